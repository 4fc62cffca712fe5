"""计划表: brought into a drafted plan from a file; what was not understood is asked, and answered line by line."""

from django.db import transaction
from django.db.models import Max

from registries.errors import DomainError
from registries.models import Category
from registries.services import journal
from registries.services.access import require

from .. import plantables
from ..models import PlanLine


@transaction.atomic
def bring(plan, data, name, encoding="", *, by):
    """Read a table into a drafted plan, after the lines it has. Returns (how many lines, how many with questions)."""
    require(by, "inspections.change_plan", plan.bureau)
    if plan.status != "drafted":
        raise DomainError("stale", what=plan.title, status=plan.get_status_display())
    lines = plantables.read(data, name, encoding)
    number = plan.lines.aggregate(last=Max("number"))["last"] or 0
    categories = {each.name: each for each in Category.objects.filter(bureau=plan.bureau)}
    rows = []
    for line in lines:
        number += 1
        values = {key: value for key, value in line.values.items() if value not in (None, "")}
        for key, value in values.items():
            limit = PlanLine._meta.get_field(key).max_length
            if limit and isinstance(value, str):
                values[key] = value[:limit]
        rows.append(
            PlanLine(
                plan=plan,
                number=number,
                category=_category(line, categories),
                cells=line.cells,
                asks=line.asks,
                **values,
            )
        )
    PlanLine.objects.bulk_create(rows)
    asked = sum(bool(row.asks) for row in rows)
    journal.write("plan.table_read", by=by, about=f"plan {plan.pk}", facts={"lines": len(rows), "asked": asked})
    return len(rows), asked


@transaction.atomic
def settle(line, *, by):
    """The clerk has looked at a line's questions and says that it stands as it is now."""
    require(by, "inspections.change_plan", line.plan.bureau)
    if line.plan.status != "drafted":
        raise DomainError("stale", what=line.plan.title, status=line.plan.get_status_display())
    if line.rate_bp is None and line.count is None:
        raise DomainError("plan_line_unanswered", number=line.number)
    asked, line.asks = len(line.asks), []
    line.save(update_fields=["asks"])
    journal.write("plan.line_answered", by=by, about=f"plan {line.plan_id}", facts={"line": line.number, "asks": asked})
    return line


def _category(line, categories):
    """The class whose very name the table gives as its objects or in its title; any other is left to the clerk."""
    said = line.values["objects_text"] + line.values["title"]
    named = [each for name, each in categories.items() if name in said]
    return named[0] if len(named) == 1 else None
