"""工作日测算: how many person-days a plan's bureau has for inspecting, and how many its tasks would take.

总法定工作日 = 国家法定工作日 × 人数; less 其他执法工作日, less 非执法工作日 = 监督检查工作日
(安监总政法〔2017〕150号). The published plans get this wrong by hand; here it is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from registries import workdays
from registries.models import Inspector
from registries.services import journal, overview

from ..engine.objects import sample_size
from . import tables
from .models import PlanDays

if TYPE_CHECKING:
    from registries.models import Account

    from .models import Plan

# What bureaus usually list (宽城区 2025 and others); each may be renamed, left at nothing or added to.
USUAL = {
    "enforcement": [
        "综合监管",
        "行政许可",
        "事故调查",
        "举报核查",
        "联合执法",
        "登记备案",
        "中介机构检查",
        "宣传教育",
        "复议应诉",
        "上级交办",
    ],
    "other": ["值班", "学习会议", "指导乡镇", "党群活动", "病事假", "年休假"],
}


@dataclass
class Workload:
    """Days of the year, people, and person-days: all, other enforcement, no enforcement, left for inspecting;
    teams of `team` people have `team_days`; the plan's tasks would make `visits` by today's register."""

    days: int
    is_known: bool
    staff: int
    total: int
    enforcement: int
    other: int
    team: int
    visits: int

    @property
    def inspecting(self):
        return self.total - self.enforcement - self.other

    @property
    def team_days(self):
        return max(0, self.inspecting) // self.team

    def share(self, days):
        """Of all person-days, in whole per cent."""
        return round(days * 100 / self.total) if self.total else 0


def of(plan):
    """The Workload of a plan."""
    days, is_known = workdays.workdays_of(plan.year)
    staff = plan.staff or Inspector.objects.filter(bureau=plan.bureau, left_on=None, duty="officer").count()
    spent = {kind: 0 for kind, _ in PlanDays.KINDS}
    for each in plan.days.all():
        spent[each.kind] += each.days
    tasks = list(plan.tasks.prefetch_related("strata__category"))
    team = max((task.team for task in tasks), default=2)
    return Workload(
        days, is_known, staff, days * staff, spent["enforcement"], spent["other"], team, _visits(plan, tasks)
    )


def say(plan):
    """The measure in sentences, with what does not fit."""
    load = of(plan)
    told = [
        f"{plan.year} 年法定工作日 {load.days} 天"
        f"{'' if load.is_known else '（放假安排未录入，按周一至周五暂算）'} × {load.staff} 人"
        f" = {load.total} 人日",
        f"其他执法 {load.enforcement}（{load.share(load.enforcement)}%）、非执法 "
        f"{load.other}（{load.share(load.other)}%）、"
        f"监督检查 {load.inspecting}（{load.share(load.inspecting)}%）",
        f"每组 {load.team} 人，可用 {load.team_days} 组日；按现有名录，本计划各任务约检查 {load.visits} 户次",
    ]
    if load.inspecting < 0:
        told.append(f"工作日超支 {-load.inspecting} 人日，请核减")
    elif load.visits > load.team_days:
        told.append(
            f"每组每天一户也不够：缺 {load.visits - load.team_days} 组日。请降低比例、"
            f"增加人员或核减其他工作日"
        )
    return "；".join(told) + "。"


@transaction.atomic
def list_usual(plan: Plan, *, by: Account) -> int:
    """Put the usual heads into a drafted plan, each with no days yet. Returns how many came in."""
    tables.require_open(plan, by)
    standing = set(plan.days.values_list("title", flat=True))
    rows = [
        PlanDays(plan=plan, kind=kind, title=title)
        for kind, titles in USUAL.items()
        for title in titles
        if title not in standing
    ]
    PlanDays.objects.bulk_create(rows)
    journal.write("plan.days_listed", by=by, about=plan.about, facts={"rows": len(rows)})
    return len(rows)


def _visits(plan, tasks):
    fit = {row["category"]: (row["statuses"]["E"], row["key"]) for row in overview.subjects(plan.bureau)}
    total = 0
    for task in tasks:
        for stratum in task.strata.all():
            eligible, key = fit.get(stratum.category.name, (0, 0))
            must = min(key, eligible) if task.includes_key else 0
            total += must + sample_size(eligible - must, stratum.rate_bp, stratum.minimum)
    return total
