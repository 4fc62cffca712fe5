"""年度计划的一张表: of each class how many in which month, what else the year holds, and the working days;
written in one go, held against the days, the share and the rounds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.models import Category, InspectionKind, Subject
from registries.services import journal, overview
from registries.services.access import require

from ..states import PlanState
from . import kinds, tables, workload
from .models import Plan, PlanDays, PlanLine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from registries.models import Account, Bureau

ROUND_MONTHS = (4, 9)  # of a new plan, where last year had none: two rounds a year (汶上 二（四）)
_FIRST_SHARE = 20  # one of so many enterprises of a class, in a new plan, a round
# Of a plan as a whole: what the sheet writes beside its rows.
FACTS = ("title", "text", "rounds", "random_share", "key_least", "specials", "staff")


@dataclass
class Row:
    """One line of the sheet. `months`: {month: households}; `told`: how a table that was read in said it."""

    kind: str
    title: str
    category: Category | None = None
    line: PlanLine | None = None
    listed: int = 0
    fit: int = 0
    months: dict[int, int] = field(default_factory=dict)
    told: str = ""
    kind_title: str = ""

    @property
    def total(self) -> int:
        """Households of the year: of its months, else as its line says; a share of no base is one of the
        register."""
        if self.months or self.line is None:
            return sum(self.months.values())
        said = planned(self.line)
        if said is None and self.line.rate_bp:
            return -(-self.fit * self.line.rate_bp // 10_000) * (self.line.times or 1)
        return said or 0


def planned(line: PlanLine) -> int | None:
    """Visits that a line plans: those of its months, else its number, or its share of its base, as often a
    year as it says. None where it says none of these."""
    if line.schedule:
        return sum(line.schedule.values())
    count = line.count
    if count is None and line.base and line.rate_bp:
        count = -(-line.base * line.rate_bp // 10_000)
    return count * (line.times or 1) if count is not None else None


@transaction.atomic
def draft(year: int, *, by: Account, like: Plan | None = None) -> Plan:
    """A plan of a year to begin with: the lines and days of an earlier one, else two rounds for each class
    that has somebody to inspect. Returns the Plan."""
    require(by, "inspections.add_plan")
    require_no_other(by.bureau, year)
    plan = Plan.objects.create(
        bureau=by.bureau,
        year=year,
        title=f"{year} 年度安全生产监督检查计划",
        drafted_by=by,
        **({name: getattr(like, name) for name in FACTS if name not in ("title", "staff")} if like else {}),
    )
    if like:
        lines, days = list(like.lines.all()), list(like.days.all())
        for each in [*lines, *days]:
            each.pk, each.plan = None, plan
        PlanLine.objects.bulk_create(lines)
        PlanDays.objects.bulk_create(days)
    else:
        rows = [each for each in _rows_of_classes(plan, sizes_of(plan.bureau)) if each.fit]
        for number, row in enumerate(rows, 1):
            row.months = {month: max(1, -(-row.fit // _FIRST_SHARE)) for month in ROUND_MONTHS}
            PlanLine.objects.create(plan=plan, number=number, **_values(row))
    journal.write("plan.added", by=by, about=plan.about, facts={"like": like.pk if like else None})
    workload.list_usual(plan, by=by)
    return plan


def require_no_other(bureau: Bureau, year: int) -> None:
    """Raises plan_year_taken where the year has a published plan: it is adjusted, none is begun beside it."""
    if other := Plan.objects.filter(bureau=bureau, year=year, status=PlanState.PUBLISHED).first():
        raise DomainError("plan_year_taken", year=year, title=other.title)


def require_possible(plan: Plan) -> None:
    """Raises sheet_beyond where a month asks for more enterprises than there are to draw."""
    for row in rows(plan):
        most = max(row.months.values(), default=0)
        if row.line and row.category and most > row.listed:
            raise DomainError("sheet_beyond", title=row.title, asked=most, listed=row.listed)


def rows(plan: Plan, sizes: dict[str, tuple[int, int]] | None = None) -> list[Row]:
    """The lines of a plan, then the classes that have enterprises and no line of a random round yet.
    `sizes`: those of the classes, where somebody has counted them already."""
    sizes = sizes_of(plan.bureau) if sizes is None else sizes
    titles = _titles(plan.bureau)
    found, seen = [], set()
    for line in plan.lines.select_related("category"):
        listed, fit = sizes.get(line.category.name, (0, 0)) if line.category else (0, 0)
        months = {int(month): n for month, n in line.schedule.items()}
        row = Row(line.kind, line.title, line.category, line, listed, fit, months, _told(line))
        found.append(row)
        seen.add((line.kind, line.category_id))
    if plan.is_open:
        found += [
            each
            for each in _rows_of_classes(plan, sizes)
            if each.listed and (each.kind, each.category.pk) not in seen
        ]
    for each in found:
        each.kind_title = titles.get(each.kind, each.kind)
    return found


@transaction.atomic
def write(
    plan: Plan,
    said: Iterable[dict[str, Any]],
    days: dict[int, int],
    facts: dict[str, Any],
    *,
    by: Account,
) -> Plan:
    """The whole sheet. `said`: {"line": key or None, "kind", "title", "category": key or None, "months":
    {month: n}} of each row; a row that holds nothing leaves the plan, but for one that a table said
    otherwise. `days`: {key of PlanDays: person-days}; `facts`: of FACTS. Raises stale, sheet_wrong."""
    tables.require_open(plan, by)
    plan = Plan.objects.get(pk=plan.pk)
    known = {each.pk: each for each in plan.lines.all()}
    own = {each.pk: each for each in Category.objects.filter(bureau=plan.bureau)}
    codes = set(InspectionKind.objects.filter(bureau=plan.bureau).values_list("code", flat=True))
    number = max((each.number for each in known.values()), default=0)
    for each in said:
        line, months = known.get(each["line"]), _months(each["months"])
        if each["kind"] not in codes:
            raise DomainError("kind_unknown", code=each["kind"])
        row = Row(each["kind"], each["title"].strip()[:200], own.get(each["category"]), line, months=months)
        if line is None and row.title and not row.category and not months:
            raise DomainError("sheet_row_bare", title=row.title)
        if line is None and months:
            number += 1
            PlanLine.objects.create(plan=plan, number=number, **_values(row))
        elif line is not None and (months or line.schedule):
            if not months and not line.cells:
                tables.remove(line, by=by)
                continue
            values = _values(row) if months else {"schedule": {}, "months": ""}
            for name, value in values.items():
                setattr(line, name, value)
            line.save(update_fields=[*values])
    for each in plan.days.filter(pk__in=days):
        if each.days != days[each.pk]:
            each.days = days[each.pk]
            each.save(update_fields=["days"])
    changed = [name for name in facts if name in FACTS and getattr(plan, name) != facts[name]]
    for name in changed:
        setattr(plan, name, facts[name])
    if changed:
        plan.save(update_fields=changed)
    told = {"lines": plan.lines.count(), "visits": totals(plan)["visits"], "fields": changed}
    journal.write("plan.sheet_written", by=by, about=plan.about, facts=told)
    return plan


def totals(plan: Plan, known: list[Row] | None = None) -> dict[str, Any]:
    """What the sheet comes to: visits, of them random, by how many person-days, against those there are."""
    load = workload.of(plan)
    counts: Counter[str] = Counter()
    for row in rows(plan) if known is None else known:
        counts[row.kind] += row.total if row.line else 0
    visits = sum(counts.values())
    random_visits = counts[kinds.RANDOM]  # another kind is counted when its task is really drawn
    needed = visits * load.team
    return {
        "visits": visits,
        "random": random_visits,
        "share": round(random_visits * 100 / visits, 1) if visits else None,
        "needed": needed,
        "left": load.inspecting - needed,
        "load": load,
    }


def warnings(plan: Plan, known: list[Row], told: dict[str, Any]) -> list[str]:
    """What of the sheet (its rows, its totals) does not fit the days, the share, the rounds, the register."""
    found: list[str] = []
    if not told["visits"]:
        return ["还没有写一户"]
    if told["share"] < plan.random_share:
        found.append(f"双随机占比 {told['share']}%，低于 {plan.random_share}%")
    if told["left"] < 0:
        found.append(f"工作日不够：要 {told['needed']} 人日，能用来检查的 {told['load'].inspecting} 人日")
    if not told["load"].is_known:
        found.append(f"{plan.year} 年放假安排还没有录入，工作日按周一至周五暂算")
    if bare := [row.title for row in known if row.line and not row.total]:
        found.append(f"{len(bare)} 行没有写户数，没有算进全年户次：{'、'.join(bare[:5])}")
    for row in known:
        if row.kind == kinds.RANDOM and row.line and row.months and len(row.months) < plan.rounds:
            found.append(f"{row.title}只排了 {len(row.months)} 轮，应有 {plan.rounds} 轮")
        if row.category and row.fit and row.months and max(row.months.values()) > row.fit:
            found.append(f"{row.title}一轮 {max(row.months.values())} 户，名录里可抽的只有 {row.fit} 户")
    return found


def difference(old: Plan, new: Plan) -> list[tuple[str, str, str]]:
    """[(what, as it was, as it is)] of two versions."""
    found = [
        (str(Plan._meta.get_field(name).verbose_name), str(was or ""), str(now or ""))
        for name in FACTS
        if (was := getattr(old, name)) != (now := getattr(new, name))
    ]
    before, after = ({(each.kind, each.title): each for each in plan.lines.all()} for plan in (old, new))
    for key in [*after, *(each for each in before if each not in after)]:
        was, now = (_say(each.get(key)) for each in (before, after))
        if was != now:
            found.append((key[1], was or "没有", now or "删去"))
    days, fresh = ({each.title: each.days for each in plan.days.all()} for plan in (old, new))
    for title in [*fresh, *(each for each in days if each not in fresh)]:
        if days.get(title, 0) != fresh.get(title, 0):
            found.append((f"{title}（人日）", str(days.get(title, 0)), str(fresh.get(title, 0))))
    return found


def _say(line):
    if line is None:
        return ""
    visits = planned(line)
    return "，".join(
        filter(None, [f"{visits} 户次" if visits is not None else "", line.months or _told(line)])
    )


def _told(line):
    """A line as a table that was read in said it."""
    said = [
        f"{line.rate_bp / 100:g}%" if line.rate_bp else "",
        f"{line.count} 户" if line.count and not line.schedule else "",
        f"每年 {line.times} 次" if line.times else "",
        line.months if not line.schedule else "",
    ]
    return "，".join(each for each in said if each)


def _values(row):
    """A row as the columns of its line."""
    return {
        "kind": row.kind,
        "title": row.title or (row.category.name if row.category else ""),
        "category": row.category,
        "schedule": {str(month): n for month, n in sorted(row.months.items())},
        "count": sum(row.months.values()) if row.months else None,
        "times": None,
        "rate_bp": None,
        "months": "，".join(f"{month}月 {n} 户" for month, n in sorted(row.months.items()))[:60],
        "asks": [],
    }


def _months(said):
    """{month: households} without what is nothing. Raises sheet_wrong."""
    found: Counter[int] = Counter()
    for month, n in said:
        if not n:
            continue
        if not 1 <= month <= 12 or n < 0 or n > 1_000_000:
            raise DomainError("sheet_wrong", month=month, count=n)
        found[month] += n
    return dict(found)


def _rows_of_classes(plan, sizes):
    for each in Category.objects.filter(bureau=plan.bureau):
        listed, fit = sizes.get(each.name, (0, 0))
        yield Row(kinds.RANDOM, each.name, each, None, listed, fit)


def sizes_of(bureau: Bureau) -> dict[str, tuple[int, int]]:
    """{class: (listed, of them fit to be drawn)}."""
    return {row["category"]: (row["rows"], row["statuses"]["E"]) for row in overview.subjects(bureau)}


def _titles(bureau):
    return dict(InspectionKind.objects.filter(bureau=bureau).values_list("code", "title"))


def next_round(plan: Plan, month: int) -> dict[int, int]:
    """{class: households} that a plan asks for in the nearest month that has a random round: this one or a
    later one, else the last there is."""
    lines = [
        each for each in plan.lines.all() if each.kind == kinds.RANDOM and each.category_id and each.schedule
    ]
    known = sorted({int(each) for line in lines for each in line.schedule})
    when = next((each for each in known if each >= month), known[-1] if known else 0)
    return {each.category_id: n for each in lines if (n := each.schedule.get(str(when)))}


def keys(plan: Plan) -> int:
    """How many key units stand in the register."""
    return Subject.objects.listed().filter(bureau=plan.bureau, is_key=True, is_secret=False).count()


def list_days(plan: Plan) -> list[tuple[str, list[PlanDays]]]:
    """[(kind, its rows)] of what takes working days besides inspecting."""
    found = list(plan.days.all())
    return [(title, [each for each in found if each.kind == kind]) for kind, title in PlanDays.KINDS]
