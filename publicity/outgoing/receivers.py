"""接收方: its secret."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from registries.services import journal
from registries.services.access import require

from ..models import Receiver
from .shapes import MANAGE

if TYPE_CHECKING:
    from registries.models import Account


@transaction.atomic
def renew_secret(receiver: Receiver, *, by: Account) -> str:
    """Another secret: it signs what is pushed, and is the token of who fetches. Returns it: it is shown
    once."""
    require(by, MANAGE, receiver.bureau)
    secret = secrets.token_urlsafe(32)
    Receiver.objects.filter(pk=receiver.pk).update(secret=secret)
    receiver.refresh_from_db(fields=["secret"])
    journal.write("receiver.secret_renewed", by=by, about=receiver.about)
    return secret
