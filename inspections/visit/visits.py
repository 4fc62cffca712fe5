"""检查: started and ended by its team; every line answered, the record written."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import limits
from registries.errors import DomainError
from registries.services import journal, messages
from registries.transitions import move

from ..case import events, readiness
from ..case.models import Case
from ..case.opening import lines_of
from ..case.staffing import require_member, require_status
from ..papers import notices
from ..states import CaseState
from . import completeness, findings, lines, majors
from .models import Visit

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from registries.models import Account

NOTED = ["record", "met", "signed", "unsigned_reason", "witness", "recorder_number"]
MORE = ["site", "met_title", "met_phone", "experts", "video_name"]
TOLD = [
    "stamps",
    "statement",
    "clock_note",
    "left_at",
]  # said on the spot; under the digest of what was signed


@transaction.atomic
def start(
    case: Case, *, by: Account, at: datetime | None = None, way: str = "desk", late_reason: str = ""
) -> Case:
    """The team begins, now or, as a phone or a sheet of paper says, at a moment gone by. Each
    case has its notice by now.

    An on-site case gets its visit; a written or network one has none.
    """
    require_member(case, by)
    together = readiness.require_may_start(case, at)
    began = at or timezone.now()
    for each in together:
        notices.require_signed(each, by=by)
        move(each, CaseState.STARTED)
        events.record(each, "visit.started", by=by, at=began)
        if case.bureau.needs_entry_code and case.is_onsite and not each.entry_code:
            events.record(each, "entry.uncoded", by=by, at=began)
    if case.is_onsite:
        made = Visit.objects.create(bureau=case.bureau, started_at=began, way=way, late_reason=late_reason)
        made.cases.add(*together)
    for each in together:
        lines.stand(each)  # what was said before the start, on a phone that had a network
        journal.write("case.started", by=by, about=each.about, facts={"way": way})
    case.refresh_from_db(fields=["status"])
    return case


@transaction.atomic
def enter_code(case: Case, *, by: Account, entry_code: str = "", filed: str = "") -> Case:
    """执法码 of the platform, or how its absence was filed; either stops that clock."""
    require_member(case, by)
    if not entry_code.strip() and not filed.strip():
        raise DomainError("code_missing")
    return take_code(case, entry_code.strip(), filed.strip(), by=by)


@transaction.atomic(savepoint=False)
def take_code(case: Case, code: str, filed: str = "", *, by: Account | None) -> Case:
    """A code by whichever way it came (`by`: None from the platform), or how its absence was filed."""
    if code:
        Case.objects.filter(pk=case.pk).update(entry_code=code)
        journal.write("case.coded", by=by, bureau=case.bureau, about=case.about, facts={"code": code})
    if case.events.filter(code="entry.uncoded").exists():
        events.record(case, "entry.filed", by=by, note=filed or code)
        facts = {"note": filed[:200]}
        journal.write("case.code_filed", by=by, bureau=case.bureau, about=case.about, facts=facts)
    case.refresh_from_db(fields=["entry_code"])
    return case


@transaction.atomic
def answer(case: Case, answers: dict[str, tuple[str, str]], *, by: Account) -> Case:
    """{line key: (value, note)} in; saved as given. Incomplete is fine here, end() asks for all of it."""
    inspector = require_member(case, by)
    require_status(case, CaseState.STARTED)
    # What stands in the form and is what stands already, nobody has said anew: its author stays.
    given = {each.line: (each.value, each.note) for each in case.answers.filter(is_open=False)}
    said = {
        key: {"value": value, "note": note}
        for key, (value, note) in answers.items()
        if given.get(key) != (value, note.strip())
    }
    lines.say(case, inspector, said)
    if case.team().filter(inspector=inspector, leads=True).exists():
        _choose(case, inspector, said, by)  # the leader has what the others said before him on this page
    findings.collect(case, inspector)
    journal.write("case.answered", by=by, about=case.about, facts={"lines": len(answers)})
    return case


def _choose(case, inspector, said, by):
    """Of the lines that two answered differently, what the leader has just put down stands."""
    for line in set(case.answers.filter(is_open=True).values_list("line", flat=True)) & set(said):
        told = (said[line]["value"], said[line]["note"].strip()[:500])
        found = case.entries.filter(line=line, by=inspector).order_by("at").last()
        if found and (found.value, found.note) == told:
            lines.rule(case, line, found, inspector, by=by)


def with_answers(found):
    """The checklist's items with what has been answered."""
    given = {each.line: each for each in found.answers.select_related("by")}
    return [
        item
        | {
            "lines": [
                line
                | {
                    "value": given[line["key"]].value,
                    "note": given[line["key"]].note,
                    "by": given[line["key"]].by,
                    "is_open": given[line["key"]].is_open,
                }
                if line["key"] in given
                else line
                for line in item["lines"]
            ]
        }
        for item in found.checklist
    ]


@transaction.atomic
def note(case: Case, *, by: Account, **fields: Any) -> Case:
    """Keep the record of the visit as far as it is written; nothing is checked yet."""
    require_member(case, by)
    require_status(case, CaseState.STARTED)
    readiness.require_lead(case)
    kept = {name: fields[name] for name in [*NOTED, *MORE] if name in fields}
    if case.is_onsite:
        case.visits.filter(ended_at=None).update(**kept)
    elif "record" in kept:
        Case.objects.filter(pk=case.pk).update(written_record=kept["record"])
    return case


@transaction.atomic
def end(
    case: Case,
    *,
    by: Account,
    record: str,
    at: datetime | None = None,
    met: str = "",
    signed: str = "signed",
    unsigned_reason: str = "",
    witness: str = "",
    recorder_number: str = "",
    **more: Any,
) -> Case:
    """The visit is over: every line answered or reasoned, every finding whole, the record written.

    The report's clock starts. `at`: when it was, where a phone or a sheet of paper says so;
    `more`: the fields of MORE.
    """
    inspector = require_member(case, by)
    require_status(case, CaseState.STARTED)
    together = readiness.require_may_end(case, at)
    now = at or timezone.now()
    written = {
        "record": record,
        "signed": signed,
        "unsigned_reason": unsigned_reason,
        "witness": witness,
        "recorder_number": recorder_number,
    }
    for each in together:
        if each.pk != case.pk and each.answers.count() < len(lines_of(each)):
            raise DomainError("joint_waits", task=each.task.title)
        # also for what was answered before there were findings
        findings.collect(each, each.team().first().inspector)
        completeness.require(each, timezone.localdate(now), **written)
    more = {name: more[name] for name in [*MORE, *TOLD] if name in more}
    case.visits.filter(ended_at=None).update(ended_at=now, met=met, **written, **more)
    due = limits.due(case.bureau, "report", timezone.localdate(now))
    stamps = {"ended_at": now, "report_due_on": due, "ended_by": inspector}
    stamps |= {} if case.is_onsite else {"written_record": record}
    for each in together:
        move(each, CaseState.ENDED, **stamps)
        findings.settle(each, by=by)
        events.record(each, "visit.ended", by=by, at=now)
        majors.note_found(each, by=by, at=now)
        facts = {"report_due": due.isoformat(), "signed": signed}
        facts |= {"digest": filed_digest(each), "findings": findings_digest(each)}
        messages.hand_on(each, by=by)
        journal.write("case.ended", by=by, about=each.about, facts=facts)
    case.refresh_from_db()
    return case


def filed_digest(case):
    """What the team has filed, as one SHA-256: every answer, and the record of the visit."""
    answers = [
        [each.line, each.value, each.note, each.by_id]
        for each in case.answers.order_by("line").select_related(None)
    ]
    visits = [[visit.pk, *(getattr(visit, name) for name in NOTED)] for visit in case.visits.order_by("pk")]
    written = Case.objects.values_list("written_record", flat=True).get(pk=case.pk)
    text = json.dumps([answers, visits, written], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def findings_digest(case):
    """What was found, and what else stands in the record of the visit, as one SHA-256."""
    visits = [[str(getattr(visit, name)) for name in MORE] for visit in case.visits.order_by("pk")]
    text = json.dumps([findings.as_filed(case), visits], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
