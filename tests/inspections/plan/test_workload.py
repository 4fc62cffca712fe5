"""工作日测算: the sum that published plans get wrong, computed; frozen with the plan."""

import pytest
from django.db import DatabaseError, transaction

from inspections.models import Plan, PlanDays
from inspections.plan import plans, workload
from registries import workdays
from registries.errors import DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(bureau, cast):
    return Plan.objects.create(
        bureau=bureau, year=2025, title="2025 年度计划", text="每年两次。", drafted_by=cast.clerk, staff=8
    )


def spend(plan, **days):
    for title, count in days.items():
        kind = "other" if title in workload.USUAL["other"] else "enforcement"
        PlanDays.objects.create(plan=plan, kind=kind, title=title, days=count)


def test_the_sum_of_a_published_plan_with_its_true_shares(drafted):
    """宽城区 2025: 8 people, 248 days; its own text says 21, 71 and 8 per cent."""
    spend(drafted, 综合监管=1035, 值班=535)
    load = workload.of(drafted)
    assert (load.days, load.is_known, load.total, load.inspecting) == (248, True, 1984, 414)
    assert [load.share(each) for each in (load.enforcement, load.other, load.inspecting)] == [52, 27, 21]
    assert load.team_days == 207 and "监督检查 414（21%）" in workload.say(drafted)


def test_days_of_a_year(bureau):
    assert workdays.workdays_of(2025) == (248, True) and workdays.workdays_of(2031) == (261, False)


def test_what_does_not_fit_is_said(drafted, register, make_task, plan):
    assert "放假安排未录入" not in workload.say(drafted)
    spend(drafted, 综合监管=1500, 值班=500)
    assert "工作日超支 16 人日" in workload.say(drafted)
    make_task((("工贸-机械", 2000, 2), ("烟花爆竹", 10000, 2)))
    load = workload.of(plan)
    # 13 of the 14 machine works may be drawn, a fifth of them rounded up; all 12 shops
    assert load.visits == 3 + 12
    plan.staff = 1
    plan.save()
    assert "缺" not in workload.say(plan)


def test_staff_is_the_register_where_nothing_is_said(drafted, inspectors):
    drafted.staff = None
    inspectors[0].duty = "expert"
    inspectors[0].save()
    assert workload.of(drafted).staff == len(inspectors) - 1


def test_the_usual_heads_come_in_once_and_freeze_with_the_plan(client, drafted, cast):
    client.force_login(cast.clerk)
    page = f"/admin/inspections/plan/{drafted.pk}/act/usual/"
    assert client.post(page).status_code == 302
    assert drafted.days.count() == 16
    assert workload.list_usual(drafted, by=cast.clerk) == 0
    assert "1984 人日" in client.get(f"/admin/inspections/plan/{drafted.pk}/change/").content.decode()
    plans.approve(drafted, by=cast.head)
    with pytest.raises(DomainError, match="stale"):
        workload.list_usual(drafted, by=cast.clerk)
    for act in (
        lambda: PlanDays.objects.update(days=1),
        lambda: PlanDays.objects.all().delete(),
        lambda: PlanDays.objects.create(plan=drafted, kind="other", title="补", days=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
