"""分层: a class, or a class by risk grade and town, each with its own rate; read
from a sealed commit.json."""

import json
from collections import Counter

import pytest
from django.db import DatabaseError, transaction

from inspections.draw import drawing, voiding
from inspections.models import Plan, Task, TaskStratum
from inspections.plan import plans
from inspections.watch import verification
from registries.models import Category, Subject

from ...staircase import refused_with, throw

pytestmark = pytest.mark.django_db


@pytest.fixture
def graded(register):
    firms = list(register.filter(category__name="工贸-机械").order_by("ref"))
    for n, firm in enumerate(firms):
        Subject.objects.filter(pk=firm.pk).update(
            risk=("重大", "较大", "")[n % 3], town=("清水镇", "北山镇")[n % 2]
        )
    return firms


def split(task, *rows):
    """Strata of 工贸-机械: (risk, town, rate, minimum)."""
    TaskStratum.objects.filter(task=task).delete()
    category = Category.objects.get(bureau=task.bureau, name="工贸-机械")
    for risk, town, rate, minimum in rows:
        TaskStratum.objects.create(
            task=task, category=category, risk=risk, town=town, rate_bp=rate, minimum=minimum
        )
    return task


def test_each_enterprise_stands_in_the_narrowest(graded, make_task, seal, cast, inspectors):
    task = split(make_task(approved=False), ("重大", "", 10_000, 1), ("", "清水镇", 5_000, 1), ("", "", 0, 1))
    draw = seal(plans.approve_task(task, by=cast.head))
    commit = json.loads(draw.commit_json)
    assert [each[0] for each in commit["strata"]] == ["工贸-机械", "工贸-机械·清水镇", "工贸-机械·重大风险"]
    found = {row[0]: row[1] for row in commit["pool"]}
    for firm in Subject.objects.filter(pk__in=[each.pk for each in graded]):
        expected = "工贸-机械" + (
            "·重大风险" if firm.risk == "重大" else "·清水镇" if firm.town == "清水镇" else ""
        )
        assert found[firm.ref] == expected
    drawn = drawing.run(throw(draw).pk)
    counts = Counter(found[ref] for ref in drawn.cases.values_list("subject__ref", flat=True))
    eligible = Counter(row[1] for row in commit["pool"] if row[3] == "E")
    assert counts["工贸-机械·重大风险"] == eligible["工贸-机械·重大风险"] and counts["工贸-机械"] == 1
    assert all(case.checklist and case.checklist[0]["lines"] for case in drawn.cases.all())


def test_whom_no_stratum_holds_stands_in_the_pool_and_is_not_drawn(graded, make_task, seal, cast, inspectors):
    task = split(make_task(approved=False), ("较大", "北山镇", 5_000, 1))
    draw = seal(plans.approve_task(task, by=cast.head))
    rows = json.loads(draw.commit_json)["pool"]
    held = {
        each.ref for each in Subject.objects.filter(category__name="工贸-机械", risk="较大", town="北山镇")
    }
    assert held and {row[0] for row in rows if row[1] == "工贸-机械·较大风险·北山镇"} == held
    rest = [row for row in rows if row[1] == "工贸-机械·其余"]
    assert {row[0] for row in rest} == {each.ref for each in graded} - held
    assert {row[3] for row in rest} <= {"X:stratum", "X:closed", "X:level"}
    facts = next(each for each in draw.public_facts["strata"] if each["name"] == "工贸-机械·其余")
    assert facts["k"] == 0 and facts["counts"]["X:stratum"] > 0
    drawn = drawing.run(throw(draw).pk)
    assert (
        set(drawn.cases.values_list("subject__ref", flat=True)) <= held
        and verification.verify(drawn.pk) == []
    )


def test_two_strata_that_would_be_called_the_same_are_refused(graded, make_task, cast):
    with refused_with("stratum_title_taken"):
        plans.approve_task(split(make_task(approved=False), ("", "其余", 5_000, 1)), by=cast.head)


def test_a_class_that_is_renamed_after_the_sealing_is_what_it_was_sealed_as(
    graded, make_task, seal, cast, inspectors
):
    task = split(make_task(approved=False), ("重大", "", 10_000, 1), ("", "", 1_000, 1))
    draw = seal(plans.approve_task(task, by=cast.head))
    Category.objects.filter(name="工贸-机械").update(name="机械制造")
    drawn = drawing.run(throw(draw).pk)
    assert drawn.cases.exists() and all(
        case.checklist and case.checklist[0]["lines"] for case in drawn.cases.all()
    )
    assert verification.verify(drawn.pk) == []
    voiding.approve_void(voiding.request_void(drawn, "pool", "名录有误", by=cast.clerk), by=cast.supervisor)
    again = drawing.run(throw(seal(Task.objects.get(pk=task.pk))).pk)  # and the draw that follows it too
    assert set(again.cases.values_list("subject", flat=True)) == set(
        drawn.cases.values_list("subject", flat=True)
    )
    assert all(case.checklist and case.checklist[0]["lines"] for case in again.cases.all())
    with pytest.raises(DatabaseError), transaction.atomic():
        TaskStratum.objects.filter(task=task).update(rate_bp=1)


def test_rounds_are_counted_where_strata_overlap(graded, make_task, seal, cast, inspectors, plan):
    Plan.objects.filter(pk=plan.pk).update(rounds=1)
    high = split(make_task(approved=False), ("重大", "", 5_000, 1))
    seal(plans.approve_task(high, by=cast.head))
    other = split(make_task(approved=False), ("较大", "", 5_000, 1))
    assert plans.approve_task(other, by=cast.head).round == 1  # nobody of these was drawn
    seal(other)
    Plan.objects.filter(pk=plan.pk).update(rounds=2)
    third = split(make_task(approved=False), ("", "", 5_000, 1))
    # each of its enterprises was drawn once at most, in one task or the other
    assert plans.next_round(third) == 2
    Plan.objects.filter(pk=plan.pk).update(rounds=1)
    for rows in ((("重大", "清水镇", 5_000, 1),), (("", "", 5_000, 1),)):
        with refused_with("rounds_used_up"):
            plans.approve_task(split(make_task(approved=False), *rows), by=cast.head)
