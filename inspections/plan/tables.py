"""计划表: brought into a drafted plan from a file; what was not understood is asked,
and answered line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.models import Category
from registries.services import journal
from registries.services.access import require

from . import layouts
from .models import Plan, PlanLine, Task

if TYPE_CHECKING:
    from registries.models import Account


@transaction.atomic
def bring(
    plan: Plan, data: bytes, name: str, encoding: str = "", *, by: Account
) -> tuple[int, int, list[str]]:
    """Read a table into a drafted plan, after the lines it has. Returns (lines, lines with
    questions, [what is told]).

    A row that stands there already, cell for cell, is not read twice.
    """
    require_open(plan, by)
    table = layouts.read(data, name, encoding)
    standing = list(plan.lines.all())
    number = max((line.number for line in standing), default=0)
    known = [(line.title, line.kind, line.cells) for line in standing]
    categories = {each.name: each for each in Category.objects.filter(bureau=plan.bureau)}
    rows, notes = [], list(table.notes)
    for line in table.lines:
        values = {key: value for key, value in line.values.items() if value not in (None, "")}
        for key, value in values.items():
            limit = PlanLine._meta.get_field(key).max_length
            if limit and isinstance(value, str):
                values[key] = value[:limit]
        if (values["title"], values["kind"], line.cells) in known:
            notes.append(f"第 {line.row} 行与已有的一行完全相同，没有重复读入")
            continue
        number += 1
        category = _category(line, categories)
        rows.append(
            PlanLine(plan=plan, number=number, category=category, cells=line.cells, asks=line.asks, **values)
        )
    PlanLine.objects.bulk_create(rows)
    asked = sum(bool(row.asks) for row in rows)
    journal.write("plan.table_read", by=by, about=plan.about, facts={"lines": len(rows), "asked": asked})
    return len(rows), asked, notes


@transaction.atomic
def remove(line: PlanLine, *, by: Account) -> None:
    """Take a line out of a drafted plan."""
    require_open(line.plan, by)
    _require_unnamed([line])
    journal.write("plan.line_removed", by=by, about=line.plan.about, facts={"line": line.number})
    line.delete()


@transaction.atomic
def clear(plan: Plan, *, by: Account) -> int:
    """Take all lines out of a drafted plan: the wrong file was read. Returns how many."""
    require_open(plan, by)
    _require_unnamed(plan.lines.all())
    count = plan.lines.count()
    plan.lines.all().delete()
    journal.write("plan.table_cleared", by=by, about=plan.about, facts={"lines": count})
    return count


def require_whole(plan):
    """Raises unless every line of a plan says how many are inspected and no question is open."""
    lines = list(plan.lines.all())
    asked = [line.number for line in lines if line.asks]
    if asked:
        raise DomainError("plan_lines_asked", numbers="、".join(map(str, asked[:10])), count=len(asked))
    for line in lines:
        if not line.rate_bp and not line.count:
            raise DomainError("plan_line_unanswered", number=line.number)


@transaction.atomic
def settle(line: PlanLine, *, by: Account) -> PlanLine:
    """The clerk has looked at a line's questions and says that it stands as it is now."""
    require_open(line.plan, by)
    if not line.rate_bp and not line.count:
        raise DomainError("plan_line_unanswered", number=line.number)
    asked, line.asks = len(line.asks), []
    line.save(update_fields=["asks"])
    journal.write(
        "plan.line_answered", by=by, about=line.plan.about, facts={"line": line.number, "asks": asked}
    )
    return line


def require_open(plan, by):
    """Raises unless whoever acts may write the plan, and it is a draft that lies with nobody for approval."""
    require(by, "inspections.change_plan", plan.bureau)
    held = Plan.objects.select_for_update(no_key=True, of=("self",)).get(pk=plan.pk)
    if not held.is_open:
        raise DomainError("stale", what=plan.title, status=held.get_status_display())


def _require_unnamed(lines):
    task = Task.objects.filter(plan_line__in=lines).select_related("plan_line").first()
    if task is not None:
        raise DomainError("plan_line_named", number=task.plan_line.number, task=task.title)


def _category(line, categories):
    """The class that the table names as its objects, and nothing else; any other is left to the clerk."""
    return categories.get(line.values["objects_text"].strip())
