"""作废: asked for with a coded reason, approved by the supervisor; the number stays (SJS1 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import JournalEntry
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from ..case import schemes
from ..states import DEAD_DRAW, CaseState, DrawState
from . import hands, logged
from .models import Draw

if TYPE_CHECKING:
    from registries.models import Account


_LOST_LOG = "log"  # the reason class where the log of a sealing is lost
_LOG_LOST = "draw.log_lost"
_OF_LOST_LOG = "公开日志的条目哪里都找不回，另起一本；没有办完的抽取依规定作废"


def is_due(draw):
    """Whether a draw is void as soon as it is complete."""
    return is_approved(draw) or is_log_lost(draw)


def is_log_lost(draw):
    return journal.has_happened(draw.bureau_id, draw.about, (_LOG_LOST,), draw.sealed_at)


def is_approved(draw):
    # The columns alone could be written behind the program: an approval is one that the journal knows.
    if draw.void_approved_by_id is None:
        return False
    said = JournalEntry.objects.filter(bureau=draw.bureau, about=draw.about, action="draw.void_approved")
    if not said.filter(actor=draw.void_approved_by.journal_name).exists():
        raise RuntimeError("a void is approved that the journal does not know")
    return True


@transaction.atomic
def request_void(draw: Draw, reason: str, note: str, *, by: Account) -> Draw:
    """Ask for a draw to be voided, with a coded reason. Nothing changes until the supervisor approves."""
    require(by, "inspections.request_void", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    _require_voidable(draw)
    if draw.void_requested_by_id:
        raise DomainError("void_already_requested", number=draw.number)
    Draw.objects.filter(pk=draw.pk).update(void_reason=reason, void_note=note, void_requested_by=by)
    draw.refresh_from_db()
    messages.hand_on(draw, by=by)
    journal.write("draw.void_requested", by=by, about=draw.about, facts={"reason": reason})
    return draw


@transaction.atomic
def approve_void(draw: Draw, *, by: Account) -> Draw:
    """The supervisor approves. A sealed draw is void at once; one whose seed has
    begun is completed first (§8)."""
    require(by, "inspections.approve_void", draw.bureau)
    hands.require_one(draw, "supervisor", by=by)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if draw.void_requested_by is None:
        raise DomainError("void_not_requested")
    require_other(by, draw.void_requested_by)
    _require_voidable(draw)
    if draw.void_approved_by_id:
        raise DomainError("void_already_approved", number=draw.number)
    Draw.objects.filter(pk=draw.pk).update(void_approved_by=by)
    draw.refresh_from_db()
    is_now = (
        draw.status == DrawState.DRAWN or draw.status == DrawState.SEALED and timezone.now() < draw.seed_at
    )
    if is_now:
        carry_out(draw)
    journal.write("draw.void_approved", by=by, about=draw.about, facts={"reason": draw.void_reason})
    if is_now:
        note(draw, by)
    messages.judged(draw, draw.void_requested_by, True, "作废已批准", by=by)
    return draw


@transaction.atomic
def refuse_void(draw: Draw, *, by: Account) -> Draw:
    """The supervisor does not approve; the request stays in the journal and another may be made."""
    require(by, "inspections.approve_void", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if draw.void_requested_by is None or draw.void_approved_by is not None:
        raise DomainError("void_not_requested")
    journal.write("draw.void_refused", by=by, about=draw.about, facts={"reason": draw.void_reason})
    asked = draw.void_requested_by
    Draw.objects.filter(pk=draw.pk).update(void_reason="", void_note="", void_requested_by=None)
    draw.refresh_from_db()
    messages.judged(draw, asked, False, "不予作废", by=by)
    return draw


def _require_voidable(draw):
    if draw.status in DEAD_DRAW:
        raise DomainError("stale", what=draw.number, status=draw.get_status_display())
    if draw.cases.exclude(status__in=[CaseState.OPENED, CaseState.NOT_DONE]).exists():
        raise DomainError("void_visits_begun")


def end_with_log(draw: Draw) -> None:
    """The log that its sealing stands in is lost (public-log §4): void at once; one whose hour has come is
    completed first (SJS1 §8). One whose visits have begun goes on: they are facts of their own."""
    has_begun = draw.cases.exclude(status__in=[CaseState.OPENED, CaseState.NOT_DONE]).exists()
    if draw.status in DEAD_DRAW or draw.void_approved_by_id or has_begun:
        return
    Draw.objects.filter(pk=draw.pk).update(void_reason=_LOST_LOG, void_note=_OF_LOST_LOG)
    Draw.objects.filter(pk=draw.pk, restored_at=None).update(restored_at=timezone.now())
    draw.refresh_from_db()
    journal.write(_LOG_LOST, by=None, bureau=draw.bureau, about=draw.about, facts={})
    if draw.status == DrawState.DRAWN or draw.status == DrawState.SEALED and timezone.now() < draw.seed_at:
        carry_out(draw)
        note(draw, None)


def carry_out(draw, at=None):
    move(draw, DrawState.VOIDED, voided_at=at or timezone.now())
    messages.settle(draw)
    said = f"“{draw.task}”的抽取已作废，不必再去检查"
    messages.tell(schemes.people_of(draw.task, draw), "judged", draw, said, not_before=draw.tell_at)
    for case in draw.cases.filter(status=CaseState.OPENED):
        move(case, CaseState.NOT_DONE)


def note(draw: Draw, by: Account | None) -> None:
    facts = {"reason": draw.void_reason}
    journal.write("draw.voided", by=by, bureau=draw.bureau, about=draw.about, facts=facts)
    logged.voided(draw)
