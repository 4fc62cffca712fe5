"""How a year stands against its plan: shares by enterprises and by visits,
coverage, rounds, caps, forecast."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.case import opening
from inspections.draw import drawing, pool, preview, voiding
from inspections.models import Case, Plan, PlanLine, Task, TaskSubject
from inspections.plan import plans
from inspections.watch import progress, shares
from registries.models import Category, Subject

from ...staircase import inspect, throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def complaint(bureau, cast, item_list, inspectors):
    def make(subject):
        today = timezone.localdate()
        task = Task.objects.create(
            bureau=bureau,
            title="举报核查",
            kind="complaint",
            item_list=item_list,
            window_from=today,
            window_to=today + timedelta(days=5),
            drafted_by=cast.clerk,
        )
        task.items.set(item_list.items.all())
        TaskSubject.objects.create(task=task, subject=subject).inspectors.set(inspectors[:2])
        return opening.open_named(plans.approve_task(task, by=cast.head), by=cast.clerk)[0]

    return make


def test_the_share_counts_what_was_drawn_against_all(drawn, plan, complaint, register):
    count = drawn.cases.count()
    counted = shares.of(plan.bureau, plan.year)
    share, kinds = counted.arranged, counted.by_kind
    assert (share.random_visits, share.visits, share.by_visits) == (count, count, 100)
    for subject in register.exclude(pk__in=drawn.cases.values("subject"))[:2]:
        complaint(subject)
    complaint(drawn.cases.first().subject)
    counted = shares.of(plan.bureau, plan.year)
    share, kinds = counted.arranged, counted.by_kind
    assert (share.random_visits, share.visits) == (count, count + 3)
    assert (share.random_firms, share.firms) == (count, count + 2)
    assert share.by_visits == round(count * 100 / (count + 3), 1) and ("投诉举报核查", 3, 0) in kinds


def test_below_the_plan_and_below_last_year_is_said(drawn, plan, complaint, register):
    Plan.objects.filter(pk=plan.pk).update(random_share=90)
    plan.refresh_from_db()
    for subject in register.exclude(pk__in=drawn.cases.values("subject"))[:12]:
        complaint(subject)
    said = " ".join(progress.of(plan).warnings)
    assert "低于计划的 90%" in said and "按家次" in said and "按家计" in said
    assert "低于上年" not in said  # there was no year before
    lately = drawn.cases.order_by("pk").first()
    with behind_the_walls() as cursor:
        cursor.execute(
            "UPDATE inspections_case SET opened_at = %s WHERE id = %s",
            [lately.opened_at - timedelta(days=366), lately.pk],
        )
    assert "双随机占比低于上年（100.0%），应逐年提高" in progress.of(plan).warnings
    Case.objects.exclude(task=drawn.task).update(status="not_done")
    assert not [each for each in progress.of(plan).warnings if "低于上年" in each]  # it has not fallen


def test_key_units_not_yet_covered_are_listed(drawn, plan, register):
    """汶上 25: 对危险性较大的重点单位每年要实现检查全覆盖: a thing of its own beside the
    rounds of the random draw."""
    case = drawn.cases.first()
    other = register.exclude(pk__in=drawn.cases.values("subject")).filter(production="normal").first()
    Subject.objects.filter(pk__in=[case.subject_id, other.pk]).update(is_key=True)
    (key,) = progress.of(plan).leasts
    assert (key.title, key.least, key.firms, key.done, key.unarranged) == ("重点单位", 1, 2, 0, 1)
    assert {each.pk for each in key.open} == {case.subject_id, other.pk}
    inspect(case)
    found = progress.of(plan)
    (key,) = found.leasts
    assert key.done == 1 and [each.pk for each in key.open] == [other.pk] and 1 <= key.ending <= 2
    assert any("重点单位每户每年至少 1 次，还有 1 户没有检查够" in each for each in found.warnings)
    assert found.rounds and all(planned == plan.rounds for _, _, planned, _ in found.rounds)


def test_a_least_number_for_every_enterprise_of_a_class(drawn, plan, complaint, cast, client):
    case = drawn.cases.order_by("pk").first()
    category = case.subject.category
    with behind_the_walls():
        PlanLine.objects.create(plan=plan, number=1, title="重点行业", category=category, count=1, least=2)
        Plan.objects.filter(pk=plan.pk).update(key_least=0)
    plan.refresh_from_db()
    (found,) = progress.of(plan).leasts
    fit = [
        row[0]
        for row in pool.build(drawn.task).rows
        if row[1] == category.name and row[3] in ("E", "M", "X:drawn", "X:cap")
    ]
    assert (found.title, found.least, found.firms, found.done) == (category.name, 2, len(fit), 0)
    inspect(case)
    inspect(complaint(case.subject))
    (found,) = progress.of(plan).leasts
    assert found.done == 1 and case.subject not in found.open and found.unarranged == len(fit) - 1
    client.force_login(cast.head)
    page = client.get(f"/admin/plans/{plan.pk}/?tab=do").content.decode()
    assert f"没查够的 {len(fit) - 1} 户" in page


def test_caps_and_forecast(drawn, plan, make_task, complaint, register):
    Category.objects.update(yearly_cap=1)
    found = progress.of(plan)
    assert len(found.at_cap) == drawn.cases.count() and not found.over_cap
    before = found.forecast.visits
    make_task((("工贸-轻工", 1000, 3),))
    assert progress.of(plan).forecast.visits > before
    assert Case.objects.exists()


def test_a_draw_made_again_after_a_void_is_still_random(drawn, cast, seal, plan):
    count = drawn.cases.count()
    voiding.request_void(drawn, "order", "x", by=cast.clerk)
    voiding.approve_void(drawn, by=cast.supervisor)
    drawing.run(throw(seal(drawn.task)).pk)
    share = shares.of(plan.bureau, plan.year).arranged
    assert (share.random_visits, share.visits) == (count, count)
    assert sum(row[3] for row in progress.of(plan).rounds) == count


def test_a_preview_of_what_follows_a_void_shows_what_will_be_sealed(drawn, cast, seal):
    count = drawn.cases.count()
    voiding.request_void(drawn, "order", "x", by=cast.clerk)
    voiding.approve_void(drawn, by=cast.supervisor)
    shown = preview.of(drawn.task)
    assert shown.tasks == count and all(each["k"] == 0 for each in shown.facts["strata"])


def test_an_idle_year_is_not_well(plan):
    assert any("还没有开展检查" in said for said in progress.of(plan).warnings)
