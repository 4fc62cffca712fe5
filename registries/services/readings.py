"""查看留痕: who has opened what holds phones, people or names that are not public.
Once a day each is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..models import JournalEntry
from . import journal

if TYPE_CHECKING:
    from django.db.models import Model

    from ..models import Account


@transaction.atomic
def note(thing: Model, *, by: Account) -> None:
    """An account has opened a thing; written once a day."""
    if by.bureau.moved_at is not None:
        return  # what is left of a bureau that has moved is read by its auditor alone
    noun, about = thing._meta.model_name, journal.key_of(thing)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    noted = JournalEntry.objects.filter(bureau=by.bureau, about=about, at__gte=midnight)
    noted = noted.filter(action=f"{noun}.read", actor=by.journal_name)
    if noted.exists():
        return
    journal.hold(by.bureau)  # two looks at once are one
    if not noted.all().exists():
        journal.write(f"{noun}.read", by=by, about=about)
