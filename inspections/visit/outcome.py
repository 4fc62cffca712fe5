"""检查结果随办理而动: the gravest state of what was found, said by one function; and whether a case may be
closed, which it may when nothing is owed any more."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Reason
from registries.onebyone import one_by_one
from registries.services import journal, messages
from registries.transitions import move

from .. import numbers
from ..case import events, readiness
from ..case.models import Case
from ..states import (
    OPEN_PENALTY,
    OPEN_TRANSFER,
    OWED_PAPERS,
    UNSETTLED,
    CaseState,
    ExtensionState,
    FindingState,
    PaperState,
    RestraintState,
)
from . import majors
from .models import Outcome

if TYPE_CHECKING:
    from datetime import date
    from typing import Any

    from registries.models import Account

_log = logging.getLogger(__name__)
_DATA = json.loads((Path(__file__).parent.parent / "data/results.json").read_text(encoding="utf-8"))
ORDER: list[str] = [each["state"] for each in _DATA["gravest first"]]
CODES: dict[str, str] = {each["state"]: each["code"] for each in _DATA["gravest first"]}
_STATES = {code: state for state, code in CODES.items()}
SAID: dict[str, str] = {each["code"]: each["said"] for each in _DATA["gravest first"]}
APART: set[str] = set(_DATA["apart"])  # could not be inspected: never "nothing found"
NOTES: set[str] = set(_DATA["notes"])  # of results filed before; a transfer is a note beside the result
# Why an inspection was not possible, and what has to be on record (行政处罚法第42条; 安全生产法第108条).
UNDONE: dict[str, dict[str, Any]] = {
    each["reason"]: each
    for each in json.loads((Path(__file__).parent.parent / "data/undone.json").read_text(encoding="utf-8"))
}
UNKNOWN = ""  # nothing was looked at: whoever reports says why


def of(case: Case, day: date | None = None) -> str:
    """The state of a case's result on a day: one of ORDER, or UNKNOWN. What the visit found, and what
    became of it since."""
    day = day or timezone.localdate()
    if case.penalties.in_force().exists():
        return "penalty"
    found = list(case.findings.exclude(status=FindingState.NOTED))
    if not found:
        return "clean" if case.answers.filter(value="pass").exists() else UNKNOWN
    unmet = _unmet(case)
    states = {_of_one(each, day, unmet) for each in found}
    return next(each for each in ORDER if each in states)


def _of_one(finding, day, unmet):
    if finding.status == FindingState.CLOSED:
        return "fixed" if finding.disposal == "fixed" else "rectified"
    until = finding.until()
    if (until and until < day) or finding.thread in unmet:
        return "overdue"
    return "measured" if finding.disposal == "measure" else "ordered"


def _unmet(case):
    """The threads of problems that were last found not put right when they were due."""
    last = {}
    for thread, code in (
        case.events.filter(code__startswith="rectify.").order_by("pk").values_list("thread", "code")
    ):
        if code in ("rectify.unmet", "rectify.reviewed", "rectify.extended"):
            last[thread] = code
    return {thread for thread, code in last.items() if code == "rectify.unmet"}


def offered(case: Case) -> list[Reason]:
    """The results that a report may say now, what stands on record first."""
    state, reasons, undone_as = of(case), _reasons(case), undone_code(case)
    may = [each for code, each in reasons.items() if _against(state, reasons, code, undone_as) is None]
    return sorted(may, key=lambda each: each.code != (undone_as or CODES.get(state)))


def require_agrees(case: Case, code: str) -> None:
    """Raises unless a report may say this result: it is what stands on record, or no inspection was possible.

    A bureau's own finer code is one of the same national class. Raises result_unknown, result_not_looked,
    result_contradicts.
    """
    if refused := _against(of(case), _reasons(case), code, undone_code(case)):
        raise refused


def undone_code(case: Case) -> str:
    """The code of a case that could not be inspected, by the reason on record; empty where it could."""
    visit = case.last_visit()
    return UNDONE[visit.undone]["code"] if visit and visit.undone else ""


def _reasons(case):
    found = Reason.objects.filter(bureau=case.bureau_id, kind="result").order_by("order", "code")
    return {each.code: each for each in found}


def _against(state, reasons, code, undone_as=""):
    """Why a report may not say a code, where the case stands in a state; None where it may."""
    if undone_as and code in reasons and code != undone_as:
        title = reasons[code].title
        return DomainError("result_contradicts", title=title, said="没有查成", right=undone_as)
    if code not in reasons or code in NOTES:
        return DomainError("result_unknown", code=code)
    if state in (UNKNOWN, "clean") and code in APART:
        return None
    if state == UNKNOWN:
        return DomainError("result_not_looked")
    told = CODES[state]
    is_standard = code in CODES.values() or code in APART
    is_same_class = told in reasons and reasons[code].national_code == reasons[told].national_code
    if code == told or not is_standard and is_same_class:
        return None
    return DomainError("result_contradicts", title=reasons[code].title, said=SAID[told], right=told)


def settle(case: Case, *, by: Account | None, asked: str = "") -> None:
    """After an act: the result moves when what it is read from has, as a new row; a case is closed when
    nothing is owed, and opened again when something is. `asked`: the code of its report, the first time."""
    case = (
        type(case)
        .objects.select_for_update(no_key=True, of=["self"])
        .select_related("bureau", "subject")
        .get(pk=case.pk)
    )
    if case.status not in (CaseState.REPORTED, CaseState.CLOSED):
        return
    last, state = Outcome.standing(case), of(case)
    if last is None:
        # As the report says it; something may have moved between its submission and its approval.
        # a bureau's own finer code is one of a problem that is being put right
        said = _STATES.get(asked, "ordered" if state in ("penalty", "overdue") else state)
        last = _move_to(case, said, asked or CODES[state], None, by)
    if last.state != state and state != UNKNOWN:
        _move_to(case, state, CODES[state], last, by)
    owed = duties(case)
    if case.status == CaseState.REPORTED and not owed:
        _close(case, by)
    elif case.status == CaseState.CLOSED and owed:
        move(case, CaseState.REPORTED)
        journal.write("case.reopened", by=by, bureau=case.bureau, about=case.about, facts={"owed": len(owed)})


def _move_to(case, state, code, last, by):
    made = Outcome.objects.create(case=case, state=state, code=code, is_first=last is None, by=by)
    facts = {"from": last.code if last else "", "to": code}
    journal.write("result.moved", by=by, bureau=case.bureau, about=case.about, facts=facts)
    if last:
        reason = Reason.objects.filter(bureau=case.bureau, kind="result", code=code).first()
        said = f"“{case.subject.name}”的检查结果变为“{reason.title if reason else code}”"
        messages.tell(
            messages.holders(case.bureau_id, "publicity.prepare_publication"), "judged", case, said, by=by
        )
    return made


# -- closing -----------------------------------------------------------------------------------------


def duties(case: Case) -> list[str]:
    """What is still owed before a case may be closed, in words; what the report does not wait for."""
    found = [
        f"第 {each.number} 项问题还没有整改合格"
        for each in case.findings.filter(status__in=UNSETTLED).order_by("number")
    ]
    found += majors.owed(case)
    found += _unnamed(case)
    found += [
        f"第 {each.finding.number} 项的延期申请还没有决定"
        for each in case.extensions.filter(status=ExtensionState.ASKED).select_related("finding")
    ]
    found += [
        f"处罚案件“{each.cause}”{each.get_status_display()}，还没有结案"
        for each in case.penalties.filter(status__in=OPEN_PENALTY)
    ]
    found += [
        f"{each.get_kind_display()}（{each.receiver}）{each.get_status_display()}，还没有办复"
        for each in case.transfers.filter(status__in=OPEN_TRANSFER).exclude(kind="credit")
    ]
    found += [f"{each} 还没有处理" for each in case.restraints.exclude(status=RestraintState.ENDED)]
    drafts = case.papers.filter(status__in=[PaperState.DRAFTED, PaperState.APPROVED], code__in=OWED_PAPERS)
    drafts = drafts.select_related("form")
    found += [f"《{each.form.title}》还没有签发" for each in drafts]
    return found


def _unnamed(case):
    """The problems that were given time, or a measure, and stand in no decision that is signed."""
    named = {}
    for paper in case.papers.filter(code__in=["order", "measure"], status=PaperState.SIGNED):
        for each in paper.facts.get("findings", ()):
            named.setdefault(paper.code, set()).add(each["number"])
    either = named.get("order", set()) | named.get("measure", set())
    asked = case.findings.filter(disposal__in=["order", "measure"], status__in=UNSETTLED)
    lacking = [str(each.number) for each in asked.order_by("number") if each.number not in either]
    return [f"第 {'、'.join(lacking)} 项问题没有出具责令改正或者现场处理的文书"] if lacking else []


@transaction.atomic
def close(case: Case, *, by: Account) -> Case:
    """A case is closed when nothing is owed. Raises case_duties with what is, stale."""
    readiness.require_hand(case, by)
    case = (
        type(case)
        .objects.select_for_update(no_key=True, of=["self"])
        .select_related("bureau")
        .get(pk=case.pk)
    )
    if case.status != CaseState.REPORTED:
        raise DomainError("stale", what=str(case), status=case.get_status_display())
    if owed := duties(case):
        raise DomainError("case_duties", owed="；".join(owed))
    _close(case, by)
    return case


def _close(case, by):
    """Closed the first time, a case takes the number of its file."""
    number = case.file_number
    if not number:
        journal.hold(case.bureau)  # before the series, as whoever signs a paper does
        year = timezone.localdate().year
        serial = numbers.take(case.bureau, "file", year)
        number = f"（{case.bureau.short_name}）应急检案〔{year}〕{serial}号"
    move(case, CaseState.CLOSED, file_number=number)
    events.record(case, "case.closed", by=by)
    messages.settle(case)
    facts = {"number": number}
    journal.write("case.closed", by=by, bureau=case.bureau, about=case.about, facts=facts)


def sweep(day: date | None = None) -> int:
    """The results that a day has moved: what was to be put right by yesterday and is not. Returns how
    many."""
    due = _overdue(day or timezone.localdate())
    return len(one_by_one(due, transaction.atomic(lambda case: settle(case, by=None)), _log))


def _overdue(day):
    """The reported cases with an unsettled problem whose day is over, and whose result does not say so."""
    late = Q(findings__extended_to__lt=day) | Q(findings__extended_to=None, findings__due_on__lt=day)
    last = Outcome.objects.filter(case=OuterRef("pk")).order_by("-pk").values("state")[:1]
    found = Case.objects.filter(late, status=CaseState.REPORTED, findings__status__in=UNSETTLED)
    found = found.alias(last=Subquery(last)).filter(~Q(last__in=["overdue", "penalty"]), last__isnull=False)
    return found.order_by("pk").distinct()
