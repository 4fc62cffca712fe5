"""检查报告: drafted from the record, submitted by the team, approved or returned by somebody else."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require
from registries.transitions import move

from ..case import events, readiness
from ..case.opening import lines_of
from ..case.staffing import require_member, require_status
from ..papers import days, decisions
from ..states import CaseState, ReportState
from . import confirmations, majors, outcome
from .models import Report

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..case.models import Case


def outline(case, *, by):
    """What a report of this case would start from: the draft there is, or one not yet kept, from the record
    or the last revision. Reads only. Returns the Report.
    """
    require_member(case, by)
    if case.status != CaseState.ENDED:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    last = case.reports.order_by("-revision").first()
    if last is None:
        return Report(case=case, author=by, **_parts_from_record(case))
    if last.status == ReportState.RETURNED:
        parts = {part: getattr(last, part) for part in Report.PARTS}
        return Report(case=case, revision=last.revision + 1, author=by, result_code=last.result_code, **parts)
    return last


@transaction.atomic
def draft(case: Case, *, by: Account) -> Report:
    """The current draft of a case's report, kept; the first is written from the
    record. Returns the Report."""
    require_status(case, CaseState.ENDED)
    found = outline(case, by=by)
    if found.pk is None:
        found.save(force_insert=True)
    return found


@transaction.atomic
def save(report: Report, *, by: Account, **parts: Any) -> Report:
    """Write the parts of a draft."""
    require_member(report.case, by)
    _require_draft(report)
    for name in [*Report.PARTS, "result_code"]:
        if name in parts:
            setattr(report, name, parts[name].strip())
    report.author = by
    report.save()
    return report


@transaction.atomic
def submit(report: Report, *, by: Account) -> Report:
    """Hand in a draft with its five parts and a result. What was handed in is not edited again."""
    require_member(report.case, by)
    missing = [
        Report._meta.get_field(part).verbose_name
        for part in [*Report.PARTS, "result_code"]
        if not getattr(report, part).strip()
    ]
    if missing:
        raise DomainError("report_incomplete", parts="、".join(missing))
    outcome.require_agrees(report.case, report.result_code)
    majors.require_settled(report.case)
    confirmations.require(report.case)
    move(report, ReportState.SUBMITTED, submitted_at=timezone.now())
    events.record(report.case, "report.submitted", by=by)
    messages.hand_on(report, by=by)
    messages.settle(report.case)
    journal.write(
        "report.submitted",
        by=by,
        about=report.case.about,
        facts={"revision": report.revision, "digest": filed_digest(report)},
    )
    return report


def filed_digest(report):
    """The five parts and the result of a report as one SHA-256."""
    parts = [getattr(report, name) for name in [*Report.PARTS, "result_code"]]
    return hashlib.sha256(json.dumps([report.revision, *parts], ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def approve(report: Report, note: str = "", *, by: Account) -> Report:
    """Somebody who was not in the team approves; the result stands, and the case is closed where nothing
    is owed."""
    _require_reviewer(report, by)
    readiness.hold(report.case)
    move(report, ReportState.APPROVED, reviewed_by=by, reviewed_at=timezone.now(), review_note=note)
    move(report.case, CaseState.REPORTED)
    events.record(report.case, "report.approved", by=by)
    outcome.settle(report.case, by=by, asked=report.result_code)
    report.case.refresh_from_db(fields=["status"])
    messages.judged(report, report.author, True, note, by=by)
    journal.write(
        "report.approved",
        by=by,
        about=report.case.about,
        facts={"revision": report.revision, "result": report.result_code},
    )
    return report


@transaction.atomic
def return_(report: Report, note: str, *, by: Account) -> Report:
    """Send a report back with what is to be mended; the team writes the next revision."""
    _require_reviewer(report, by)
    move(report, ReportState.RETURNED, reviewed_by=by, reviewed_at=timezone.now(), review_note=note)
    # The clock of the visit goes on: what was handed in was not the report.
    events.record(report.case, "visit.ended", by=by, at=report.case.ended_at)
    messages.judged(report, report.author, False, note, by=by)
    journal.write("report.returned", by=by, about=report.case.about, facts={"revision": report.revision})
    return report


def _require_reviewer(report, by):
    require(by, "inspections.approve_report", report.case.bureau)
    if report.author_id == by.pk or readiness.was_on(report.case, by):
        raise DomainError("same_person")


def _require_draft(report):
    report.refresh_from_db()
    if report.status != ReportState.DRAFTED:
        raise DomainError("stale", what=str(report), status=report.get_status_display())


def _parts_from_record(case):
    visit = case.last_visit()
    given = {each.line: each for each in case.answers.all()}
    lines = lines_of(case)
    found = list(case.findings.order_by("number"))
    skipped = [line for line in lines if line["key"] in given and given[line["key"]].value == "skip"]
    began = timezone.localtime(days.began(case))
    ended = timezone.localtime(case.ended_at)
    content = "；".join(f"{item['name']}（{len(item['lines'])} 项）" for item in case.checklist)
    if visit and visit.undone:
        evaluation = f"没有查成：{visit.get_undone_display()}。情况见现场检查笔录。"
        opinion = outcome.UNDONE[visit.undone]["after"]
    elif found:
        said = "；".join(map(_problem, found))
        evaluation = f"检查 {len(lines)} 项，发现问题 {len(found)} 项：{said}。"
        opinion = "；".join(_opinion(each) for each in found) + "。"
    else:
        evaluation = f"检查 {len(lines)} 项，未发现问题。"
        opinion = "无需后续处理。"
    if skipped:
        evaluation += f"另有 {len(skipped)} 项未检查，原因已逐项写明。"
    return {
        "time_text": f"{began:%Y年%m月%d日 %H:%M} 至 {ended:%Y年%m月%d日 %H:%M}",
        "content": content,
        "record": visit.record if visit else case.written_record,
        "evaluation": evaluation,
        "opinion": opinion,
        "result_code": outcome.undone_code(case) or outcome.CODES.get(outcome.of(case), ""),
    }


def _problem(finding):
    facts = finding.facts.rstrip("。；")
    major = "（重大事故隐患）" if finding.is_major else ""
    return finding.wording + major + (f"（{facts}）" if facts else "")


def _opinion(finding):
    until = (
        f"，{finding.due_on:%Y年%-m月%-d日}前整改完毕"
        if finding.due_on and finding.disposal not in decisions.AT_ONCE
        else ""
    )
    measure = f"：{finding.measure}" if finding.measure else ""
    return f"第 {finding.number} 项{finding.get_disposal_display()}{measure}{until}"
