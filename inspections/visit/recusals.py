"""回避申请: asked for by the inspector, the enterprise or somebody else; decided by
the head (行政处罚法第43条).

Until the decision the visit goes on, unless the bureau has set otherwise. An upheld one is a change of the
draw (SJS1 §7): approved with the decision, completed by the supervisor's code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import limits
from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from ..case import opening, readiness
from ..case.models import Assignment, Case
from ..draw import replacements
from ..states import OPEN_CASE, RecusalState
from .models import RecusalRequest

if TYPE_CHECKING:
    from registries.models import Account, Inspector, RecusalGround

_SCANS = 10  # who holds a notice and no account cannot fill the desk


@transaction.atomic
def ask(
    case: Case,
    inspector: Inspector,
    *,
    applicant: str,
    channel: str,
    text: str,
    ground: RecusalGround | None = None,
    contact: str = "",
    by: Account | None = None,
) -> RecusalRequest:
    """Receive a request. `by` None is the enterprise itself, through the notice's QR code.
    Returns the RecusalRequest.

    An inspector may ask for themselves, and enter what the enterprise says on the spot of one of their
    team; who enters any other oral or written request is the clerk.
    """
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    case.refresh_from_db(fields=["status"])
    if by is not None:
        own = inspector.account_id == by.pk and applicant == "inspector"
        heard = applicant == "subject" and channel == "oral" and readiness.seat_of(case, by) is not None
        require(by, "inspections.work_case" if own or heard else "inspections.enter_recusal", case.bureau)
    if case.status not in OPEN_CASE:
        raise DomainError("recusal_over")
    if not case.assignments.filter(inspector=inspector, until=None).exists():
        raise DomainError("recusal_not_in_team")
    if not text.strip():
        raise DomainError("recusal_text")
    if case.recusals.filter(inspector=inspector, status=RecusalState.ASKED).exists():
        raise DomainError("recusal_again")
    if by is None and case.recusals.filter(channel="scan").count() >= _SCANS:
        raise DomainError("recusal_too_often", limit=_SCANS)
    made = RecusalRequest.objects.create(
        bureau=case.bureau,
        case=case,
        inspector=inspector,
        applicant=applicant,
        channel=channel,
        ground=ground,
        text=text.strip()[:2000],
        contact=contact.strip()[:100],
        entered_by=by,
        visit_went_on=not case.bureau.recusal_suspends,
        due_on=limits.due(case.bureau, "recusal_decide", timezone.localdate()),
    )
    messages.hand_on(made, by=by)
    journal.write(
        "recusal.asked",
        by=by,
        bureau=case.bureau,
        about=case.about,
        facts={"request": made.pk, "applicant": applicant, "channel": channel},
    )
    return made


@transaction.atomic
def uphold(
    request: RecusalRequest, note: str = "", replacement: Inspector | None = None, *, by: Account
) -> RecusalRequest:
    """The head agrees: the seat is drawn anew; where no draw was made the head sends `replacement` (an
    Inspector), or the seat is given up if enough remain. Returns the request."""
    _decide(request, RecusalState.UPHELD, note, by)
    case = request.case
    if case.draw_id is None:
        _replace(case, request.inspector, replacement)
        return request
    try:
        with transaction.atomic():
            # Who asked is not who approves; a request through the QR code stands under the
            # clerk who sealed the draw.
            change = replacements.ask(
                case.draw,
                "inspector",
                request.inspector.ref,
                by=request.entered_by or case.draw.sealed_by,
                reason="recusal",
                note=f"回避申请第 {request.pk} 号",
                task=case.subject.ref,
                scope="task",
            )
            RecusalRequest.objects.filter(pk=request.pk).update(change=change)
            replacements.approve_upheld(case.draw)
    except DomainError:
        # upheld all the same: no change can be made any more, and whom it names does
        # not inspect (readiness.able)
        pass
    request.refresh_from_db()
    return request


@transaction.atomic
def refuse(request: RecusalRequest, note: str, *, by: Account) -> RecusalRequest:
    """The head does not agree, with reasons."""
    if not note.strip():
        raise DomainError("recusal_text")
    return _decide(request, RecusalState.REFUSED, note, by)


@transaction.atomic
def withdraw(request: RecusalRequest, *, by: Account) -> RecusalRequest:
    """Who entered it takes it back before the decision; what an enterprise has asked for is
    not the bureau's to take."""
    if request.entered_by_id != by.pk:
        raise DomainError("recusal_not_yours")
    move(request, RecusalState.WITHDRAWN)
    messages.settle(request)
    journal.write("recusal.withdrawn", by=by, about=request.case.about, facts={"request": request.pk})
    return request


def _decide(request, to, note, by):
    require(by, "inspections.approve_change", request.bureau)
    require_other(by, request.entered_by, request.inspector.account)
    if to == RecusalState.UPHELD:
        Case.objects.select_for_update(no_key=True).only("pk").get(pk=request.case_id)
        request.case.refresh_from_db(fields=["status"])
        if request.case.status not in OPEN_CASE:
            raise DomainError("recusal_over")
    move(request, to, decided_by=by, decided_at=timezone.now(), decision_note=note.strip()[:300])
    messages.judged(request, request.entered_by, to == RecusalState.UPHELD, note, by=by)
    journal.write(f"recusal.{to}", by=by, about=request.case.about, facts={"request": request.pk})
    return request


def _replace(case, inspector, newcomer):
    seat = case.assignments.filter(inspector=inspector, until=None).first()
    if seat is None:
        return
    if newcomer is not None:
        opening.require_fit(case.task, case.subject, newcomer, case.assignments.filter(until=None))
    elif case.assignments.filter(until=None).count() <= case.task.team:
        raise DomainError("recusal_needs_replacement", team=case.task.team)
    Assignment.objects.filter(pk=seat.pk).update(until=timezone.now(), leads=False)
    if newcomer is not None:
        Assignment.objects.create(case=case, inspector=newcomer, seat=seat.seat)
    if not case.assignments.filter(until=None, leads=True).exists():
        first = case.assignments.filter(until=None).order_by("-inspector__may_lead", "seat").first()
        Assignment.objects.filter(pk=first.pk).update(leads=True)
