"""协同部门以后: what the department that went with us has found comes back as a file, ours goes to it as
one; what it hands over to us is answered. Nothing of its draw or ours is done again."""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.creditcode import normalise
from registries.errors import DomainError
from registries.exports import workbook
from registries.models import Reason
from registries.services import journal, messages
from registries.services.access import require
from registries.sheets.enterprises import read_date
from registries.sheets.file import open_table
from registries.sheets.headers import Headers, most_telling
from registries.transitions import move

from ..states import DepartmentWordState, ReportState
from ..visit.models import Outcome
from .partymodels import DepartmentWord

if TYPE_CHECKING:
    from registries.models import Account

    from ..draw.models import Draw

HAND = "inspections.issue_document"
COLUMNS = Headers(
    {
        "ref": ["企业编号", "名录编号"],
        "code": ["统一社会信用代码", "信用代码"],
        "name": ["企业名称", "检查对象", "单位名称"],
        "on": ["检查日期", "检查时间"],
        "items": ["检查事项", "检查内容", "抽查事项"],
        "result": ["检查结果", "结果"],
        "handling": ["处理", "处理情况", "处理结果", "后续处理"],
        "for_us": ["移交应急管理部门的问题", "移交问题", "移交贵局的问题", "移送问题"],
    }
)
_NEEDS = ("on", "result")


@transaction.atomic
def take(draw: Draw, department: str, data: bytes, name: str, *, by: Account) -> tuple[int, int]:
    """A department's results as a table; (new or changed, the same as before) out. All or nothing: raises
    partner_results, naming the lines. Another result of a firm is another version; the former stays."""
    require(by, HAND, draw.bureau)
    if not draw.partners.filter(department=department).exists():
        raise DomainError("partner_unknown", department=department)
    rows, faults = _read(draw, data, name)
    if faults:
        raise DomainError("partner_results", detail="；".join(faults[:8]) + ("……" if faults[8:] else ""))
    fresh = 0
    for case, said in rows:
        digest = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        last = DepartmentWord.objects.filter(case=case, department=department).order_by("-pk").first()
        if last is not None and last.digest == digest:
            continue
        made = DepartmentWord.objects.create(
            bureau=draw.bureau, case=case, department=department, digest=digest, received_by=by, **said
        )
        if last is not None and last.status == DepartmentWordState.RECEIVED:
            move(last, DepartmentWordState.REPLACED)
            messages.settle(last)
        messages.hand_on(made, by=by)
        fresh += 1
    facts = {"rows": len(rows), "fresh": fresh, "digest": hashlib.sha256(data).hexdigest()}
    journal.write("partner.results_taken", by=by, about=draw.about, facts=facts)
    return fresh, len(rows) - fresh


def _read(draw, data, name):
    """([(case, what is said)], [faults])"""
    table = open_table(
        data, name, "", lambda rows: max((len(COLUMNS.mapping(each)) for each in rows), default=0)
    )
    leading = list(islice(table.rows, 21))
    place = most_telling([cells for _, cells in leading], COLUMNS.mapping)
    mapping = COLUMNS.mapping(leading[place][1]) if place is not None else {}
    if not set(_NEEDS) <= set(mapping) or not {"ref", "code", "name"} & set(mapping):
        raise DomainError("columns_missing", columns="企业编号（或信用代码、名称）、检查日期、检查结果")
    cases = list(draw.cases.select_related("subject"))
    keys = {"ref": lambda one: one.ref, "code": lambda one: one.credit_code, "name": lambda one: one.name}
    found, faults, lines = {}, [], {}
    for number, cells in [*leading[place + 1 :], *table.rows]:
        said = {field: cells[at].strip() if at < len(cells) else "" for field, at in mapping.items()}
        case = _case(cases, keys, said)
        day = read_date(said.get("on", ""))
        if case is None:
            faults.append(f"第 {number} 行不是这次任务的企业")
        elif day is None or day > timezone.localdate():
            faults.append(f"第 {number} 行的检查日期“{said.get('on', '')[:20]}”不对")
        elif not said["result"]:
            faults.append(f"第 {number} 行没有检查结果")
        elif case.pk in lines:
            faults.append(f"第 {lines[case.pk]} 行和第 {number} 行是同一户，请并成一行")
        else:
            lines[case.pk] = number
            told = {field: said.get(field, "") for field in ("items", "result", "handling", "for_us")}
            found[case.pk] = (case, told | {"on": day.isoformat()})
    if not found and not faults:
        raise DomainError("file_empty")
    return list(found.values()), faults


def _case(cases, keys, said):
    """The case of the enterprise that a row names: by each of what it says, all of which must agree."""
    wanted = {
        field: normalise(said[field]) if field == "code" else said[field] for field in keys if said.get(field)
    }
    fits = [
        each
        for each in cases
        if wanted and all(keys[field](each.subject) == text for field, text in wanted.items())
    ]
    return fits[0] if len(fits) == 1 else None


@transaction.atomic
def give(draw: Draw, department: str, *, by: Account) -> bytes:
    """Our results of the shared list as a workbook for a department: those whose report is approved, what we
    hand over to it and what became of that, and our answers to what it handed over."""
    require(by, HAND, draw.bureau)
    if not draw.partners.filter(department=department).exists():
        raise DomainError("partner_unknown", department=department)
    head = [
        "企业编号",
        "企业名称",
        "统一社会信用代码",
        "检查日期",
        "检查事项",
        "检查结果",
        "移交贵部门的问题",
        "对贵部门移交问题的答复",
    ]
    titles = dict(Reason.objects.filter(bureau=draw.bureau, kind="result").values_list("code", "title"))
    rows = []
    cases = draw.cases.filter(reports__status=ReportState.APPROVED).select_related("subject").distinct()
    for case in cases.order_by("subject__ref"):
        standing, firm = Outcome.standing(case), case.subject
        code = standing.code if standing else case.reports.get(status=ReportState.APPROVED).result_code
        rows.append(
            [
                firm.ref,
                firm.name,
                firm.credit_code,
                f"{timezone.localdate(case.ended_at)}",
                "；".join(each["name"] for each in case.checklist),
                titles.get(code, code),
                "；".join(
                    each.facts for each in case.transfers.filter(kind="regulator", receiver=department)
                ),
                "；".join(
                    each.answer for each in case.department_words.filter(department=department) if each.answer
                ),
            ]
        )
    facts = {"rows": len(rows), "department": department}
    journal.write("partner.results_given", by=by, about=draw.about, facts=facts)
    return workbook([head, *rows])


@transaction.atomic
def answer(word: DepartmentWord, text: str, *, by: Account) -> DepartmentWord:
    """What became of a problem that a department has handed over to us; it goes back with our results."""
    require(by, HAND, word.bureau)
    if not text.strip():
        raise DomainError("reason_needed")
    stamps = {"answer": text.strip()[:300], "answered_by": by, "answered_at": timezone.now()}
    move(word, DepartmentWordState.ANSWERED, **stamps)
    messages.settle(word)
    journal.write("partner.word_answered", by=by, about=word.case.about, facts={"word": word.pk})
    return word
