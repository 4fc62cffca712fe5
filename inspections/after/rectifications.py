"""整改: reported by the firm, looked at again by two of the team, closed, given more time, put right where a
verdict was wrong, or handed on."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import limits
from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from ..case import events, readiness, staffing
from ..case.models import Case
from ..papers import issuing
from ..states import UNSETTLED, ExtensionState, FindingState
from ..visit import outcome
from ..visit.models import Finding
from .models import Extension, Reinspection, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from registries.models import Account, Inspector


@transaction.atomic
def report(finding: Finding, note: str, *, by: Account) -> Finding:
    """The firm says that a problem is put right: its word and its evidence are
    entered by the team or the desk."""
    readiness.require_hand(finding.case, by)
    readiness.hold(finding.case)
    if not note.strip():
        raise DomainError("rectify_note")
    move(finding, FindingState.REPORTED, reported_at=timezone.now(), report_note=note.strip()[:500])
    events.record(finding.case, "rectify.reported", by=by, thread=finding.thread)
    messages.hand_on(finding, by=by)
    outcome.settle(finding.case, by=by)
    journal.write("rectify.reported", by=by, about=finding.case.about, facts={"number": finding.number})
    return finding


@transaction.atomic
def ask_extension(finding: Finding, until: date, reason: str, *, by: Account) -> Extension:
    """More time is asked for, before the day is over: once, within the limit, with a reason. The firm's own
    fault is none. Returns the Extension."""
    readiness.require_hand(finding.case, by)
    finding = Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
    _require_may_extend(finding, until)
    if not reason.strip():
        raise DomainError("reason_needed")
    if finding.extensions.filter(status=ExtensionState.ASKED).exists():
        raise DomainError("extension_asked", number=finding.number)
    made = Extension.objects.create(
        finding=finding, case=finding.case, until=until, reason=reason.strip()[:300], asked_by=by
    )
    messages.hand_on(made, by=by)
    facts = {"number": finding.number, "until": until.isoformat()}
    journal.write("rectify.extension_asked", by=by, about=finding.case.about, facts=facts)
    return made


@transaction.atomic
def judge_extension(asked: Extension, agrees: bool, note: str = "", *, by: Account) -> Extension:
    """The head gives more time, or not; never on what he has asked for himself."""
    require(by, "inspections.approve_task", asked.case.bureau)
    require_other(by, asked.asked_by)
    if not agrees and not note.strip():
        raise DomainError("reason_needed")
    readiness.hold(asked.case)
    finding = Finding.objects.select_for_update(no_key=True).get(pk=asked.finding_id)
    told = {"judged_by": by, "judged_at": timezone.now(), "judge_note": note.strip()[:300]}
    move(asked, ExtensionState.AGREED if agrees else ExtensionState.REFUSED, **told)
    if agrees:
        _require_may_extend(finding, asked.until, on=timezone.localdate(asked.asked_at))
        Finding.objects.filter(pk=finding.pk).update(extended_to=asked.until)
        last = timezone.make_aware(datetime.combine(asked.until, time(23, 59)))
        events.record(
            asked.case, "rectify.extended", by=by, at=last, thread=finding.thread, note=asked.reason
        )
    messages.judged(asked, asked.asked_by, agrees, note, by=by)
    journal.write(
        "rectify.extended" if agrees else "rectify.extension_refused",
        by=by,
        about=asked.case.about,
        facts={"number": finding.number, "until": asked.until.isoformat(), "reason": asked.reason[:200]},
    )
    outcome.settle(asked.case, by=by)
    return asked


def _require_may_extend(finding, until, on=None):
    """An open problem, whose day is not over, once, to a later day that the limit allows."""
    if finding.status != FindingState.OPEN or finding.due_on is None:
        raise DomainError("stale", what=str(finding), status=finding.get_status_display())
    if finding.extended_to or (on or timezone.localdate()) > finding.due_on:
        raise DomainError("extension_no_more", number=finding.number)
    if until <= finding.due_on or until < timezone.localdate():
        raise DomainError("extend_earlier", day=finding.due_on)
    most = limits.due(finding.case.bureau, "rectify_more", finding.due_on)
    if until > most:
        raise DomainError("extend_too_far", day=most)


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
    drafts: bool = True,
) -> Reinspection:
    """Two of the team look again. {finding: (is_right, note)} in; what is right is
    closed, what is not stays open.

    Every problem that is due or reported may be among them; the paper (整改复查意见书) is drafted with it,
    unless it was signed on the spot already (`drafts`). Returns the Reinspection.
    """
    officer = staffing.require_member(case, by)
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    if case.ended_at is None or at < case.ended_at:
        raise DomainError("reinspect_early")
    _require_two(case, officer, second, at)
    if not verdicts or not record.strip():
        raise DomainError("reinspect_empty")
    if at > timezone.now():
        raise DomainError("event_ahead", title="整改复查")
    made = Reinspection.objects.create(
        case=case, at=at, record=record.strip(), met=met.strip(), officer=officer, second=second, filed_by=by
    )
    for finding, (is_right, note) in verdicts.items():
        finding.refresh_from_db(fields=["status"])  # as it stands now that the case is held
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
        events.record(case, _said(finding, is_right, at), by=by, at=at, thread=finding.thread)
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
    if drafts:
        draft_paper(made, by=by)
    outcome.settle(case, by=by)
    return made


def draft_paper(made: Reinspection, *, by: Account) -> None:
    """The 整改复查意见书 of a re-inspection, to be looked at and signed."""
    issuing.draft(made.case, "review", by=by, reinspection=made)


def _require_two(case, officer, second, at):
    """Two who are on the case, both fit on the day of the visit; who is not is named."""
    if second == officer or second not in readiness.on(case):
        raise DomainError("reinspect_two")
    out = readiness.unfit(case, at)
    named = "、".join(f"{each.name}{out[each]}" for each in (officer, second) if each in out)
    if named:
        raise DomainError("reinspect_unfit", people=named)


def _said(finding, is_right, at):
    """The event of a verdict. One that comes before the day, and is not right yet, moves no clock."""
    if is_right:
        return "rectify.reviewed"
    until = finding.until()
    return "rectify.looked" if until and timezone.localdate(at) < until else "rectify.unmet"


@transaction.atomic
def correct(verdict: Verdict, is_right: bool, reason: str, *, by: Account) -> Verdict:
    """The head puts a wrong verdict right by another, which stays beside it; the problem opens again, or is
    closed, and so does its clock. Returns the new Verdict."""
    case = verdict.reinspection.case
    require(by, "inspections.approve_task", case.bureau)
    require_other(by, verdict.reinspection.filed_by)
    readiness.hold(case)
    finding = Finding.objects.select_for_update(no_key=True).get(pk=verdict.finding_id)
    if not reason.strip():
        raise DomainError("reason_needed")
    if verdict.is_right == is_right or verdict.corrected_by.exists() or _last_of(finding) != verdict:
        raise DomainError("verdict_not_last", number=finding.number)
    again = Reinspection.objects.create(
        case=case,
        at=verdict.reinspection.at,
        record=f"更正复查意见：{reason.strip()}",
        officer=verdict.reinspection.officer,
        second=verdict.reinspection.second,
        filed_by=by,
    )
    made = Verdict.objects.create(
        reinspection=again, finding=finding, is_right=is_right, note=reason.strip()[:300], corrects=verdict
    )
    if is_right:
        move(finding, FindingState.CLOSED, closed_at=timezone.now())
    elif finding.status == FindingState.CLOSED:
        move(finding, FindingState.OPEN)
    events.record(case, "rectify.corrected", by=by, thread=finding.thread, note=reason)
    _begin_again(finding, is_right, by)
    team = [seat.inspector.account for seat in case.team().select_related("inspector__account")]
    messages.tell(
        team, "returned", case, f"“{case.subject.name}”第 {finding.number} 项的复查意见已更正", by=by
    )
    facts = {"number": finding.number, "right": is_right, "reason": reason.strip()[:200]}
    journal.write("rectify.corrected", by=by, about=case.about, facts=facts)
    outcome.settle(case, by=by)
    return made


def _begin_again(finding, is_right, by):
    """After a correction: the clocks as they would stand, had the verdict been right at once."""
    code, at = _said(finding, is_right, timezone.now()), None
    if code == "rectify.looked":  # the day has not come: it is waited for again
        code, at = "rectify.due", timezone.make_aware(datetime.combine(finding.until(), time(23, 59)))
    events.record(finding.case, code, by=by, at=at, thread=finding.thread)


def _last_of(finding):
    return finding.verdicts.order_by("-pk").first()


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
