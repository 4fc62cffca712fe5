"""行政处罚案件: proposed from findings, opened by the head; from then on its events are
noted, and the clocks run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages, subjects
from registries.transitions import move

from ..case import events, readiness, staffing
from ..papers import issuing
from ..states import CaseState, FindingState, PaperState, PenaltyState
from . import rectifications
from .models import Penalty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from registries.models import Account

    from ..case.models import Case, CaseEvent
    from ..visit.models import Finding

# What may be noted once a file is open; four of them also move it.
NOTABLE = [
    "evidence.kept",
    "evidence.decided",
    "seizure.made",
    "seizure.extended",
    "seizure.lifted",
    "coercion.taken",
    "coercion.reported",
    "power.stops",
    "power.told",
    "penalty.told",
    "hearing.asked",
    "hearing.waived",
    "hearing.set",
    "hearing.told",
    "penalty.decided",
    "penalty.dropped",
    "penalty.delivered",
    "penalty.published",
    "penalty.paid",
    "penalty.revoked",
    "penalty.withdrawn",
    "penalty.closed",
    "review.asked",
    "court.asked",
]
_MEASURES = {
    "evidence.kept",
    "evidence.decided",
    "seizure.made",
    "seizure.extended",
    "seizure.lifted",
    "coercion.taken",
    "coercion.reported",
    "power.stops",
    "power.told",
}
_AFTER = {
    "penalty.delivered",
    "penalty.published",
    "penalty.paid",
    "penalty.revoked",
    "penalty.withdrawn",
    "review.asked",
    "court.asked",
}
# What may be noted in which state: remedies come after a file is closed, seized things are given
# back after it is dropped.
_WHEN = {
    PenaltyState.OPENED: _MEASURES
    | {
        "penalty.told",
        "hearing.asked",
        "hearing.waived",
        "hearing.set",
        "hearing.told",
        "penalty.decided",
        "penalty.dropped",
    },
    PenaltyState.DECIDED: _MEASURES | _AFTER | {"penalty.closed"},
    PenaltyState.REVOKED: _MEASURES | _AFTER - {"penalty.revoked"} | {"penalty.closed"},
    PenaltyState.CLOSED: _MEASURES | _AFTER,
    PenaltyState.DROPPED: _MEASURES,
}
_MOVES = {
    "penalty.decided": PenaltyState.DECIDED,
    "penalty.dropped": PenaltyState.DROPPED,
    "penalty.revoked": PenaltyState.REVOKED,
    "penalty.closed": PenaltyState.CLOSED,
}


@transaction.atomic
def propose(
    case: Case, found: Iterable[Finding], cause: str, facts: str, opinion: str, *, by: Account
) -> Penalty:
    """The team asks to open a file on these findings. Drafts the 立案审批表. Returns the Penalty."""
    staffing.require_member(case, by)
    if case.status not in (CaseState.ENDED, CaseState.CLOSED):
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    found = list(found)
    if not found or any(each.case_id != case.pk for each in found):
        raise DomainError("penalty_findings")
    if not all(text.strip() for text in (cause, facts, opinion)):
        raise DomainError("penalty_incomplete")
    made = Penalty.objects.create(
        bureau=case.bureau,
        case=case,
        cause=cause.strip(),
        facts=facts.strip(),
        opinion=opinion.strip(),
        proposed_by=by,
    )
    made.findings.add(*found)
    messages.hand_on(made, by=by)
    journal.write(
        "penalty.proposed", by=by, about=case.about, facts={"penalty": made.pk, "findings": len(found)}
    )
    issuing.draft(case, "opening", by=by, penalty=made)
    return made


@transaction.atomic
def judge(penalty: Penalty, opens: bool, note: str = "", *, by: Account) -> Penalty:
    """The head opens the file, or not. Opening approves and numbers the 立案审批表
    and starts the ninety days."""
    staffing.require_judge(penalty, opens, note, by=by)
    move(
        penalty,
        PenaltyState.OPENED if opens else PenaltyState.REFUSED,
        judged_by=by,
        judged_at=timezone.now(),
        judge_note=note.strip()[:300] or "同意立案",
    )
    messages.judged(penalty, penalty.proposed_by, opens, note, by=by)
    journal.write(
        "penalty.opened" if opens else "penalty.refused",
        by=by,
        about=penalty.case.about,
        facts={"penalty": penalty.pk},
    )
    paper = penalty.papers.filter(code="opening", status=PaperState.DRAFTED).first()
    if opens:
        events.record(penalty.case, "penalty.opened", by=by, thread=_thread(penalty))
        rectifications.escalate(penalty.findings.filter(disposal__in=["order", "measure"]), by=by)
    if paper:
        issuing.carry(paper, opens, note, by=by)
    return penalty


@transaction.atomic
def note(
    penalty: Penalty,
    code: str,
    *,
    by: Account,
    at: datetime | None = None,
    said: str = "",
    decision_number: str = "",
    outcome: str = "",
) -> CaseEvent:
    """Something happened in the file, on a day: told, heard, decided, delivered, paid …
    Clocks begin and end by it."""
    readiness.require_hand(penalty.case, by)
    if code not in NOTABLE:
        raise DomainError("event_unknown", code=code)
    if code not in _WHEN.get(penalty.status, ()):
        raise DomainError("stale", what=str(penalty), status=penalty.get_status_display())
    if code == "penalty.decided" and not (decision_number.strip() and outcome.strip()):
        raise DomainError("penalty_decision")
    if code in ("penalty.dropped", "penalty.revoked", "penalty.withdrawn") and not said.strip():
        raise DomainError("reason_needed")
    made = events.record(penalty.case, code, by=by, at=at, thread=_thread(penalty), note=said)
    if code in _MOVES:
        stamps = (
            {"decision_number": decision_number.strip(), "outcome": outcome.strip()}
            if code == "penalty.decided"
            else {}
        )
        move(penalty, _MOVES[code], **stamps)
    if code == "penalty.decided":
        day = timezone.localdate(made.at)
        subjects.record_own(penalty.case.subject, "penalty", day, f"本机关 {penalty.decision_number}", by=by)
    elif code == "penalty.revoked":
        subjects.take_back_own(penalty.case.subject, "penalty", f"本机关 {penalty.decision_number}", by=by)
    if code == "penalty.dropped":
        rectifications.take_back(penalty.findings.filter(status=FindingState.ESCALATED))
    journal.write(
        "penalty.noted",
        by=by,
        about=penalty.case.about,
        facts={"penalty": penalty.pk, "code": code, "on": timezone.localdate(made.at).isoformat()},
    )
    return made


@transaction.atomic
def note_measure(
    case: Case, code: str, *, by: Account, at: datetime | None = None, said: str = ""
) -> CaseEvent:
    """Evidence kept, things seized, force used, power cut on the spot, before any file is
    opened: their clocks run too."""
    staffing.require_member(case, by)
    if code not in _MEASURES:
        raise DomainError("event_unknown", code=code)
    made = events.record(case, code, by=by, at=at, thread="scene", note=said)
    journal.write("case.noted", by=by, about=case.about, facts={"code": code})
    return made


MEASURES = [code for code in NOTABLE if code in _MEASURES]


def _thread(penalty):
    return penalty.thread
