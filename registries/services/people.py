"""执法检查人员: brought in from a small table, in and out of the register with a reason."""

from collections import Counter

import tablib
from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Inspector
from ..resources import InspectorResource
from ..sheets.file import open_table
from ..sheets.headers import plain_header
from . import journal
from .access import require


@transaction.atomic
def bring(data, file_name, *, by, writes=False):
    """A table of inspectors in, what it does out: (lines in Chinese, whether every row is sound).

    With `writes` it is written, all rows or none; faults are told by row and nothing is written then.
    """
    require(by, "registries.add_inspector")
    source = open_table(data, file_name, says=_header_says)
    numbered = list(source.rows)
    if len(numbered) < 2:
        raise DomainError("file_empty")
    width = max(len(cells) for _, cells in numbered)
    place = next((n for n, (_, cells) in enumerate(numbered[:20]) if "姓名" in map(plain_header, cells)), 0)
    headers = [plain_header(cell) for cell in numbered[place][1]]
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
    faults = [f"第 {number} 行：{said}" for number, said in sorted(faults.items())]
    if faults or result.base_errors:
        return faults or [f"读不懂：{result.base_errors[0].error}"], False
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
    columns = {field.column_name or name for name, field in InspectorResource.fields.items()}
    return max((sum(plain_header(cell) in columns for cell in row) for row in rows), default=0)


@transaction.atomic
def take_out(inspector, reason, *, by):
    """出库 with a reason, by the head: the person is not drawn any more; number,
    certificates and past work stay."""
    require(by, "registries.remove_inspector", inspector.bureau)
    inspector = Inspector.objects.select_for_update(no_key=True).get(pk=inspector.pk)
    if inspector.left_on:
        raise DomainError("subject_left", name=inspector.name, day=inspector.left_on)
    inspector.left_on, inspector.left_reason = timezone.localdate(), reason
    inspector.save(update_fields=["left_on", "left_reason"])
    journal.write("inspector.left", by=by, about=f"inspector {inspector.pk}", facts={"ref": inspector.ref})
    return inspector


@transaction.atomic
def bring_back(inspector, *, by):
    """An inspector who had left is drawn again, under the old number."""
    require(by, "registries.remove_inspector", inspector.bureau)
    inspector = Inspector.objects.select_for_update(no_key=True).get(pk=inspector.pk)
    if inspector.left_on is None:
        raise DomainError("subject_listed", name=inspector.name)
    inspector.left_on, inspector.left_reason = None, ""
    inspector.save(update_fields=["left_on", "left_reason"])
    journal.write(
        "inspector.returned", by=by, about=f"inspector {inspector.pk}", facts={"ref": inspector.ref}
    )
    return inspector
