"""整改: reported by the firm, looked at again by two of the team, closed, extended
by the head, or handed on."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require
from registries.transitions import move

from ..case import events, readiness, staffing
from ..case.models import Case
from ..papers import issuing
from ..states import UNSETTLED, FindingState
from ..visit.models import Finding
from .models import Reinspection, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from registries.models import Account, Inspector


@transaction.atomic
def report(finding: Finding, note: str, *, by: Account) -> Finding:
    """The firm says that a problem is put right: its word and its evidence are
    entered by the team or the desk."""
    readiness.require_hand(finding.case, by)
    if not note.strip():
        raise DomainError("rectify_note")
    move(finding, FindingState.REPORTED, reported_at=timezone.now(), report_note=note.strip()[:500])
    events.record(finding.case, "rectify.reported", by=by, thread=finding.thread)
    messages.hand_on(finding, by=by)
    journal.write("rectify.reported", by=by, about=finding.case.about, facts={"number": finding.number})
    return finding


@transaction.atomic
def extend(finding: Finding, until: date, reason: str, *, by: Account) -> Finding:
    """The head gives more time, before the problem is put right, with a reason. The
    firm's own fault is none."""
    require(by, "inspections.approve_task", finding.case.bureau)
    finding = Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
    if finding.status != FindingState.OPEN or finding.until() is None:
        raise DomainError("stale", what=str(finding), status=finding.get_status_display())
    if until <= finding.until() or until < timezone.localdate():
        raise DomainError("extend_earlier", day=finding.until())
    if not reason.strip():
        raise DomainError("reason_needed")
    Finding.objects.filter(pk=finding.pk).update(extended_to=until)
    finding.refresh_from_db()
    last_moment = timezone.make_aware(datetime.combine(until, time(23, 59)))
    events.record(finding.case, "rectify.extended", by=by, at=last_moment, thread=finding.thread, note=reason)
    journal.write(
        "rectify.extended",
        by=by,
        about=finding.case.about,
        facts={"number": finding.number, "until": until.isoformat(), "reason": reason[:200]},
    )
    return finding


@transaction.atomic
def reinspect(
    case: Case,
    verdicts: dict[Finding, tuple[bool, str]],
    *,
    by: Account,
    second: Inspector,
    at: datetime,
    record: str,
    met: str = "",
) -> Reinspection:
    """Two of the team look again. {finding: (is_right, note)} in; what is right is
    closed, what is not stays open.

    Every problem that is due or reported may be among them; the paper (整改复查意见书) is drafted with it.
    Returns the Reinspection.
    """
    officer = staffing.require_member(case, by)
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    if case.ended_at is None or at < case.ended_at:
        raise DomainError("reinspect_early")
    if (
        second == officer
        or not readiness.able(case).filter(inspector=second).exists()
        or not case.assignments.filter(inspector=second, until=None).exists()
    ):
        raise DomainError("reinspect_two")
    if not verdicts or not record.strip():
        raise DomainError("reinspect_empty")
    if at > timezone.now():
        raise DomainError("event_ahead", title="整改复查")
    made = Reinspection.objects.create(
        case=case, at=at, record=record.strip(), met=met.strip(), officer=officer, second=second, filed_by=by
    )
    for finding, (is_right, note) in verdicts.items():
        if finding.case_id != case.pk or finding.status not in UNSETTLED:
            raise DomainError("stale", what=str(finding), status=finding.get_status_display())
        if not is_right and not note.strip():
            raise DomainError("verdict_note", number=finding.number)
        Verdict.objects.create(reinspection=made, finding=finding, is_right=is_right, note=note.strip()[:300])
        if is_right:
            move(finding, FindingState.CLOSED, closed_at=timezone.now())
        elif finding.status == FindingState.REPORTED:
            move(finding, FindingState.OPEN)
        messages.settle(finding)
        code = "rectify.reviewed" if is_right else "rectify.unmet"
        events.record(case, code, by=by, at=at, thread=finding.thread)
    journal.write(
        "rectify.reviewed",
        by=by,
        about=case.about,
        facts={
            "reinspection": made.pk,
            "right": sum(right for right, _ in verdicts.values()),
            "of": len(verdicts),
        },
    )
    issuing.draft(case, "review", by=by, reinspection=made)
    return made


def escalate(found: Iterable[Finding], *, by: Account) -> None:
    """Problems go into a penalty file. They have to be put right all the same: their clocks go on."""
    for finding in found:
        if finding.status in (FindingState.OPEN, FindingState.REPORTED):
            move(finding, FindingState.ESCALATED)
            events.record(finding.case, "rectify.escalated", by=by, thread=finding.thread)
            messages.hand_on(finding, by=by)


def take_back(found):
    """The penalty file was dropped: its problems wait as before."""
    for finding in found:
        move(finding, FindingState.OPEN)
        messages.settle(finding)
