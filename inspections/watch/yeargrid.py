"""全年安排: the year as a calendar of classes and months, what was planned beside what has been arranged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count

from ..case.models import Case, in_vain
from ..plan import kinds, sheet
from ..plan.models import PlanLine, Task
from ..states import FOLLOWED_CASE, CaseState, TaskState

if TYPE_CHECKING:
    from typing import Any

    from ..plan.models import Plan


_BESIDE = "不在表上的检查"
_MARKS = {(True, True): "done", (True, False): "going", (False, True): "", (False, False): ""}


def of(plan: Plan, rows: list[sheet.Row]) -> list[tuple[str, list[dict[str, Any]], int]]:
    """The year as a calendar: [(what, a cell for each of twelve months, households of the year)]. A cell:
    {planned, arranged, done, mark: done, going, late, plan or ""}."""
    arranged = arranged_of(plan)
    found = []
    for row in rows:
        if not row.total and not any((row.line and row.line.pk, m) in arranged for m in range(1, 13)):
            continue
        cells = []
        for month in range(1, 13):
            wanted = row.months.get(month, 0)
            there, done = arranged.get((row.line.pk, month), (0, 0)) if row.line else (0, 0)
            mark = "done" if there and done == there else "going" if there else "plan" if wanted else ""
            cells.append({"planned": wanted, "arranged": there, "done": done, "mark": mark})
        found.append((row.title, cells, row.total))
    beside = [arranged.get((None, month), (0, 0)) for month in range(1, 13)]
    if any(there for there, _ in beside):
        cells = [
            {"planned": 0, "arranged": n, "done": done, "mark": _MARKS[bool(n), done == n]}
            for n, done in beside
        ]
        found.append((_BESIDE, cells, 0))
    return found


def arranged_of(plan: Plan) -> dict[tuple[int | None, int], tuple[int, int]]:
    """{(line or None, month): (arranged, of them inspected)}: of tasks that say which line they carry out,
    and of random rounds by their classes; the month is that in which the window begins."""
    versions = plan.line_of_versions()
    lines = list(PlanLine.objects.filter(plan__in=versions))
    own = {(each.number, each.title): each.pk for each in lines if each.plan_id == plan.pk}
    of_line = {each.pk: own.get((each.number, each.title)) for each in lines}
    of_class = {each.category_id: each.pk for each in plan.lines.all() if each.kind == kinds.RANDOM}
    tasks = Task.objects.filter(bureau=plan.bureau, status=TaskState.APPROVED, window_from__year=plan.year)
    found: dict[Any, tuple[int, int]] = {}
    cases = Case.objects.filter(task__in=tasks).exclude(status=CaseState.NOT_DONE).annotate(vain=in_vain())
    asked = ("task__plan_line", "task__kind", "task__window_from", "subject__category", "status", "vain")
    for line, kind, begins, category, status, vain, n in (
        cases.order_by().values_list(*asked).annotate(n=Count("pk"))
    ):
        key = of_line.get(line) or (of_class.get(category) if kind == kinds.RANDOM else None)
        there, done = found.get((key, begins.month), (0, 0))
        found[key, begins.month] = there + n, done + (n if status in FOLLOWED_CASE and not vain else 0)
    return found
