"""作废: asked for with a coded reason, approved by the supervisor; the number stays (SJS1 §8)."""

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import JournalEntry
from registries.services import journal
from registries.services.access import require, require_other

from ..transitions import move
from .models import Draw


def is_approved(draw):
    # The columns alone could be written behind the program: an approval is one that the journal knows.
    if draw.void_approved_by_id is None:
        return False
    said = JournalEntry.objects.filter(
        bureau=draw.bureau, about=f"draw {draw.number}", action="draw.void_approved"
    )
    if not said.filter(actor=draw.void_approved_by.username).exists():
        raise RuntimeError("a void is approved that the journal does not know")
    return True


@transaction.atomic
def request_void(draw, reason, note, *, by):
    """Ask for a draw to be voided, with a coded reason. Nothing changes until the supervisor approves."""
    require(by, "inspections.request_void", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    _require_voidable(draw)
    if draw.void_requested_by_id:
        raise DomainError("void_already_requested", number=draw.number)
    Draw.objects.filter(pk=draw.pk).update(void_reason=reason, void_note=note, void_requested_by=by)
    journal.write("draw.void_requested", by=by, about=f"draw {draw.number}", facts={"reason": reason})
    draw.refresh_from_db()
    return draw


@transaction.atomic
def approve_void(draw, *, by):
    """The supervisor approves. A sealed draw is void at once; one whose seed has
    begun is completed first (§8)."""
    require(by, "inspections.approve_void", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if draw.void_requested_by is None:
        raise DomainError("void_not_requested")
    require_other(by, draw.void_requested_by)
    _require_voidable(draw)
    if draw.void_approved_by_id:
        raise DomainError("void_already_approved", number=draw.number)
    Draw.objects.filter(pk=draw.pk).update(void_approved_by=by)
    draw.refresh_from_db()
    is_now = draw.status == "drawn" or draw.status == "sealed" and timezone.now() < draw.seed_at
    if is_now:
        carry_out(draw)
    journal.write(
        "draw.void_approved", by=by, about=f"draw {draw.number}", facts={"reason": draw.void_reason}
    )
    if is_now:
        note(draw, by)
    return draw


@transaction.atomic
def refuse_void(draw, *, by):
    """The supervisor does not approve; the request stays in the journal and another may be made."""
    require(by, "inspections.approve_void", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if draw.void_requested_by is None or draw.void_approved_by is not None:
        raise DomainError("void_not_requested")
    journal.write("draw.void_refused", by=by, about=f"draw {draw.number}", facts={"reason": draw.void_reason})
    Draw.objects.filter(pk=draw.pk).update(void_reason="", void_note="", void_requested_by=None)
    draw.refresh_from_db()
    return draw


def _require_voidable(draw):
    if draw.status in ("voided", "infeasible"):
        raise DomainError("stale", what=draw.number, status=draw.get_status_display())
    if draw.cases.exclude(status__in=["opened", "not_done"]).exists():
        raise DomainError("void_visits_begun")


def carry_out(draw):
    move(draw, "voided", voided_at=timezone.now())
    for case in draw.cases.filter(status="opened"):
        move(case, "not_done")


def note(draw, by):
    journal.write("draw.voided", by=by, about=f"draw {draw.number}", facts={"reason": draw.void_reason})
