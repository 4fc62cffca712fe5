"""复核确认: the record is one officer's word until a second of the team has said that it
is so (行政处罚法第42条)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal

from ..case import staffing
from ..states import CaseState
from .models import Confirmation

if TYPE_CHECKING:
    from registries.models import Account

    from ..case.models import Case


@transaction.atomic
def confirm(case: Case, agrees: bool = True, note: str = "", *, by: Account) -> Confirmation:
    """The second officer's word on the record, once. Returns the Confirmation; an
    objection needs its reason."""
    inspector = staffing.require_member(case, by)
    staffing.require_status(case, CaseState.ENDED)
    if case.ended_by_id == inspector.pk:
        raise DomainError("confirm_own")
    if case.confirmations.filter(inspector=inspector).exists():
        raise DomainError("confirm_twice")
    if not agrees and not note.strip():
        raise DomainError("confirm_reason")
    made = Confirmation.objects.create(case=case, inspector=inspector, agrees=agrees, note=note.strip()[:300])
    journal.write("record.confirmed", by=by, about=case.about, facts={"agrees": agrees})
    return made


def require(case):
    """Raises until somebody else of the team has confirmed; an objection is for the
    reviewer to weigh, not a stop."""
    if not case.confirmations.exclude(inspector=case.ended_by_id).exists():
        raise DomainError("confirm_missing")
