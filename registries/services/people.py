"""执法检查人员: brought in from a small table, in and out of the register with a reason."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

import tablib
from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Inspector, Section
from ..resources import InspectorResource
from ..sheets.cells import clean
from ..sheets.file import open_table
from ..sheets.headers import Headers, most_telling
from . import journal
from .access import require

if TYPE_CHECKING:
    from ..models import Account

_TITLES = [field.column_name or name for name, field in InspectorResource.fields.items()]
COLUMNS = Headers({title: [title] for title in _TITLES})


@transaction.atomic
def bring(data: bytes, file_name: str, *, by: Account, writes: bool = False) -> tuple[list[str], bool]:
    """A table of inspectors in, what it does out: (lines in Chinese, whether every row is sound).

    With `writes` it is written, all rows or none; faults are told by row and nothing is written then. A row
    without a number is the person of that name, or a new one under the next number; a section that is not
    there yet is made with it, where the account may.
    """
    require(by, "registries.add_inspector")
    source, headers, rows = _read(data, file_name)
    numbered_now = _number(by.bureau, headers, rows)
    sections = _new_sections(by, headers, rows)
    table = tablib.Dataset(*(cells for _, cells in rows), headers=headers)
    twice = [each for each, count in Counter(table["名录编号"]).items() if each and count > 1]
    if twice:
        return [f"名录编号 {each} 在文件中不止一行" for each in twice[:20]], False
    resource = InspectorResource(by.bureau, timezone.localdate())
    with transaction.atomic():  # of a table that is only looked at, or refused, no section stays
        made = [Section.objects.create(bureau=by.bureau, code=code, name=name) for code, name in sections]
        result = resource.import_data(table, dry_run=not writes, rollback_on_validation_errors=True)
        faults = {rows[number - 1][0]: str(errors[0].error) for number, errors in result.row_errors()}
        for each in result.invalid_rows:
            faults[rows[each.number - 1][0]] = "；".join(each.error.messages)
        if not writes or faults or result.base_errors:
            transaction.set_rollback(True)
    wrong = [f"第 {number} 行：{said}" for number, said in sorted(faults.items())]
    if wrong or result.base_errors:
        return wrong or [f"读不懂：{result.base_errors[0].error}"], False
    totals = result.totals
    told = [
        *source.told,
        *source.late,
        *([f"新建股室：{'、'.join(name for _, name in sections)}。"] if sections else []),
        *([f"{numbered_now} 人没有写名录编号，由系统接着编。"] if numbered_now else []),
        f"新增 {totals['new']} 人，变更 {totals['update']} 人，无变化 {totals['skip']} 人。",
    ]
    if writes:
        for each in made:
            journal.write("section.added", by=by, about=each.about, facts={"fields": ["name"]})
        facts = {"new": totals["new"], "changed": totals["update"]}
        journal.write("inspector.brought", by=by, about="inspectors", facts=facts)
    return told, True


def _read(data, file_name):
    """(the file, the headers, [(number of a row, its cells)])."""
    source = open_table(data, file_name, says=_header_says)
    numbered = list(source.rows)
    if len(numbered) < 2:
        raise DomainError("file_empty")
    width = max(len(cells) for _, cells in numbered)
    place = most_telling([cells for _, cells in numbered], _columns) or 0
    headers = [COLUMNS.plain(cell) for cell in numbered[place][1]]
    headers += [f"（第 {n + 1} 列）" for n in range(len(headers), width)]
    rows = [(number, cells + [""] * (width - len(cells))) for number, cells in numbered[place + 1 :]]
    rows = [each for each in rows if not any("（示例" in str(cell) for cell in each[1])]  # of the empty table
    missing = [name for name in ("姓名", "股室") if name not in headers]
    if missing:
        raise DomainError("columns_missing", columns="、".join(missing))
    if "名录编号" not in headers:
        headers, rows = ["名录编号", *headers], [(number, ["", *cells]) for number, cells in rows]
    return source, headers, rows


def _number(bureau, headers, rows):
    """Give the rows without a number theirs: that of the one listed person of the name, else the next.
    Returns how many got a new one."""
    ref, name = headers.index("名录编号"), headers.index("姓名")
    known = Inspector.objects.filter(bureau=bureau)
    taken = {each.ref for each in known} | {clean(cells[ref]) for _, cells in rows}
    by_name = Counter(each.name for each in known if not each.left_on)
    refs = {each.name: each.ref for each in known if not each.left_on}
    # as those that are there are written: R0017 after R0016
    digits = [len(each.ref) - 1 for each in known if each.ref[:1] == "R" and each.ref[1:].isdecimal()]
    wide = max(digits, default=2)
    last = max((int(each[1:]) for each in taken if each[:1] == "R" and each[1:].isdecimal()), default=0)
    free = (code for n in count(last + 1) if (code := f"R{n:0{wide}d}") not in taken)
    fresh = 0
    for _, cells in rows:
        person = clean(cells[name])
        if clean(cells[ref]) or not person:
            continue
        if by_name[person] == 1:
            cells[ref] = refs[person]
        else:
            cells[ref], fresh = next(free), fresh + 1
    return fresh


def _new_sections(by, headers, rows):
    """[(code, name)] of the sections that the table names and nobody has made."""
    if not by.has_perm("registries.add_section"):
        return []
    place = headers.index("股室")
    known = Section.objects.filter(bureau=by.bureau)
    names, codes = {each.name for each in known}, {each.code for each in known}
    wanted = dict.fromkeys(clean(cells[place])[:50] for _, cells in rows)
    free = (code for n in count(1) if (code := f"{n:02d}") not in codes)
    return [(next(free), name) for name in wanted if name and name not in names]


def template() -> list[list[str]]:
    """The rows of an empty table of inspectors: the headers, and one row that shows how a cell is written."""
    shown = {
        "名录编号": "",
        "姓名": "（示例，请删去）",
        "股室": "危化股",
        "身份": "执法人员",
        "职务": "股长",
        "专业": "危险化学品、工贸",
        "可任组长": "是",
        "执法证号": "15060000001",
        "发证机关": "某某省司法厅",
        "发证日期": "2026-01-01",
        "有效期至": "2030-12-31",
    }
    return [_TITLES, [shown.get(each, "") for each in _TITLES]]


def _header_says(rows):
    """How much leading rows say as the header of a table of inspectors."""
    return max((len(COLUMNS.columns(row)) for row in rows), default=0)


def _columns(row):
    """The columns of a row that may be the header: one that names people."""
    found = COLUMNS.columns(row)
    return found if "姓名" in found else {}


@transaction.atomic
def take_out(inspector: Inspector, reason: str, *, by: Account) -> Inspector:
    """出库 with a reason, by the head: the person is not drawn any more; number,
    certificates and past work stay."""
    require(by, "registries.remove_inspector", inspector.bureau)
    inspector = Inspector.objects.select_for_update(no_key=True).get(pk=inspector.pk)
    if inspector.left_on:
        raise DomainError("subject_left", name=inspector.name, day=inspector.left_on)
    inspector.left_on, inspector.left_reason = timezone.localdate(), reason
    inspector.save(update_fields=["left_on", "left_reason"])
    journal.write("inspector.left", by=by, about=inspector.about, facts={"ref": inspector.ref})
    return inspector


@transaction.atomic
def bring_back(inspector: Inspector, *, by: Account) -> Inspector:
    """An inspector who had left is drawn again, under the old number."""
    require(by, "registries.remove_inspector", inspector.bureau)
    inspector = Inspector.objects.select_for_update(no_key=True).get(pk=inspector.pk)
    if inspector.left_on is None:
        raise DomainError("subject_listed", name=inspector.name)
    inspector.left_on, inspector.left_reason = None, ""
    inspector.save(update_fields=["left_on", "left_reason"])
    journal.write("inspector.returned", by=by, about=inspector.about, facts={"ref": inspector.ref})
    return inspector
