"""执法检查人员: brought in from a small table, in and out of the register with a reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import tablib
from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Inspector
from ..resources import InspectorResource
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

    With `writes` it is written, all rows or none; faults are told by row and nothing is written then.
    """
    require(by, "registries.add_inspector")
    source = open_table(data, file_name, says=_header_says)
    numbered = list(source.rows)
    if len(numbered) < 2:
        raise DomainError("file_empty")
    width = max(len(cells) for _, cells in numbered)
    place = most_telling([cells for _, cells in numbered], _columns) or 0
    headers = [COLUMNS.plain(cell) for cell in numbered[place][1]]
    headers += [f"（第 {n + 1} 列）" for n in range(len(headers), width)]
    rows = [(number, cells + [""] * (width - len(cells))) for number, cells in numbered[place + 1 :]]
    missing = [name for name in ("名录编号", "姓名", "股室") if name not in headers]
    if missing:
        raise DomainError("columns_missing", columns="、".join(missing))
    table = tablib.Dataset(*(cells for _, cells in rows), headers=headers)
    twice = [each for each, count in Counter(table["名录编号"]).items() if each and count > 1]
    if twice:
        return [f"名录编号 {each} 在文件中不止一行" for each in twice[:20]], False
    resource = InspectorResource(by.bureau, timezone.localdate())
    result = resource.import_data(table, dry_run=not writes, rollback_on_validation_errors=True)
    faults = {rows[number - 1][0]: str(errors[0].error) for number, errors in result.row_errors()}
    for each in result.invalid_rows:
        faults[rows[each.number - 1][0]] = "；".join(each.error.messages)
    wrong = [f"第 {number} 行：{said}" for number, said in sorted(faults.items())]
    if wrong or result.base_errors:
        return wrong or [f"读不懂：{result.base_errors[0].error}"], False
    totals = result.totals
    told = [
        *source.told,
        *source.late,
        f"新增 {totals['new']} 人，变更 {totals['update']} 人，无变化 {totals['skip']} 人。",
    ]
    if writes:
        facts = {"new": totals["new"], "changed": totals["update"]}
        journal.write("inspector.brought", by=by, about="inspectors", facts=facts)
    return told, True


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
