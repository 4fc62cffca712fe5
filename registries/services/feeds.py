"""日历订阅: an address for one account's days, begun and ended by the account itself."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from ..models import CalendarFeed
from . import journal

if TYPE_CHECKING:
    from ..models import Account


def of(account: Account) -> CalendarFeed | None:
    """The feed of an account, or None."""
    return CalendarFeed.objects.filter(account=account, is_ended=False).first()


@transaction.atomic
def begin(*, by: Account) -> CalendarFeed:
    """An address that nobody guesses; the one before it leads nowhere any more."""
    made, _ = CalendarFeed.objects.update_or_create(
        account=by, defaults={"token": secrets.token_urlsafe(24), "is_ended": False}
    )
    journal.write("feed.begun", by=by, about=by.about)
    return made


@transaction.atomic
def end(*, by: Account) -> None:
    """The address leads nowhere any more."""
    CalendarFeed.objects.filter(account=by).update(token=f"ended-{secrets.token_urlsafe(24)}", is_ended=True)
    journal.write("feed.ended", by=by, about=by.about)
