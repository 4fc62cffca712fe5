"""事项对企业: no sealed draw and no opened case asks nothing, or what does not apply."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.case import opening
from inspections.draw import drawing, sealing
from inspections.models import Case, Task, TaskStratum, TaskSubject
from inspections.plan import fit, plans
from registries.errors import DomainError
from registries.models import Category, CheckLine, Item, Subject
from registries.services import items

from ...staircase import refused_with, throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def apart(cast, item_list):
    """A newer list whose items are for one class each, one for all, and one that asks nothing."""
    drafted = items.draft("分类的清单", timezone.localdate(), by=cast.clerk)
    for code, names in (("M1", ["工贸-机械"]), ("Y1", ["烟花爆竹"]), ("W1", ["危险化学品"])):
        item = Item.objects.create(
            item_list=drafted, code=code, name=f"只查{names[0]}", basis="安全生产法第41条"
        )
        item.categories.set(Category.objects.filter(bureau=cast.clerk.bureau, name__in=names))
        CheckLine.objects.create(item=item, number=1, requirement=f"{code} 要求")
    everything = Item.objects.create(item_list=drafted, code="Q1", name="都查", basis="安全生产法第41条")
    CheckLine.objects.create(item=everything, number=1, requirement="Q1 要求")
    items.publish(drafted, by=cast.head)
    return drafted


def task_of(apart, make_task, *codes, **more):
    task = make_task(approved=False, **more)
    start = apart.effective_from
    Task.objects.filter(pk=task.pk).update(
        item_list=apart, window_from=start, window_to=start + timedelta(days=30)
    )
    task.refresh_from_db()
    task.items.set(apart.items.filter(code__in=codes))
    return task


def test_a_class_that_nothing_is_asked_of_is_refused_everywhere(apart, make_task, cast, seal, client):
    task = task_of(apart, make_task, "M1")
    assert fit.of_task(task) == ["“烟花爆竹”没有适用的事项，检查表会是空的"]
    with refused_with("items_unfit"):
        plans.approve_task(task, by=cast.head)
    client.force_login(cast.clerk)
    assert "检查表会是空的" in client.get(f"/admin/inspections/task/{task.pk}/act/preview/").content.decode()
    task.items.set(apart.items.filter(code__in=["M1", "Y1", "W1"]))
    with refused_with("items_unfit") as refused:
        plans.approve_task(task, by=cast.head)
    assert "只适用于危险化学品" in refused.value.facts["faults"]
    task.items.set(apart.items.filter(code__in=["M1", "Y1"]))
    task = plans.approve_task(task, by=cast.head)
    task.items.set(apart.items.filter(code="M1"))  # by whatever way
    with refused_with("items_unfit"):
        seal(task)


def test_it_is_refused_where_it_is_written(apart, make_task, cast, client):
    """The clerk is told at saving, and what was typed is there."""
    task = task_of(apart, make_task, "M1", "Y1")
    client.force_login(cast.clerk)
    page = f"/admin/inspections/task/{task.pk}/change/"
    form = client.get(page).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    data |= {
        "window_from": str(task.window_from),
        "window_to": str(task.window_to),
        "items": [apart.items.get(code="M1").pk],
    }
    strata = list(task.strata.all())
    data |= {
        "strata-TOTAL_FORMS": "2",
        "strata-INITIAL_FORMS": "2",
        "named-TOTAL_FORMS": "0",
        "named-INITIAL_FORMS": "0",
    }
    for n, each in enumerate(strata):
        data |= {
            f"strata-{n}-id": each.pk,
            f"strata-{n}-task": task.pk,
            f"strata-{n}-category": each.category_id,
            f"strata-{n}-rate_bp": each.rate_bp,
            f"strata-{n}-minimum": each.minimum,
        }
    answer = client.post(page, data)
    assert answer.status_code == 200 and "“烟花爆竹”没有适用的事项" in answer.content.decode()
    assert task.items.count() == 2
    for hostile in ({"items": ["9" * 40, "²"]}, {"named-TOTAL_FORMS": "²"}):
        assert client.post(page, data | hostile).status_code == 200  # no page breaks by what is typed
    other = Category.objects.filter(bureau=apart.bureau).first()
    other.pk, other.bureau, other.name, other.code, other.section = (
        None,
        cast.stranger.bureau,
        "邻县的分类",
        "T1",
        None,
    )
    other.save()
    theirs = Subject.objects.create(
        bureau=cast.stranger.bureau,
        ref="T1",
        name="邻县的厂",
        category=other,
        entered_on=timezone.localdate(),
    )
    told = client.post(
        page, data | {"named-TOTAL_FORMS": "1", "named-0-subject": theirs.pk, "named-0-task": task.pk}
    )
    assert told.status_code == 200 and "邻县的分类" not in told.content.decode()
    data["items"] = [each.pk for each in apart.items.filter(code__in=["M1", "Q1"])]
    saved = client.post(page, data)
    assert saved.status_code == 302, list(saved.context["errors"])
    assert set(task.items.values_list("code", flat=True)) == {"M1", "Q1"}


def test_a_named_enterprise_too(apart, cast, register, inspectors):
    subject = register.filter(category__name="工贸-机械", production="normal").first()
    start = apart.effective_from
    task = Task.objects.create(
        bureau=subject.bureau,
        kind="complaint",
        title="核查举报",
        item_list=apart,
        window_from=start,
        window_to=start + timedelta(days=5),
        drafted_by=cast.clerk,
    )
    task.items.set(apart.items.filter(code="Y1"))
    TaskSubject.objects.create(task=task, subject=subject).inspectors.set(inspectors[:2])
    with refused_with("items_unfit"):
        plans.approve_task(task, by=cast.head)
    task.items.set(apart.items.filter(code="Q1"))
    (case,) = opening.open_named(plans.approve_task(task, by=cast.head), by=cast.clerk)
    assert [each["code"] for each in case.checklist] == ["Q1"]


def test_what_is_asked_is_what_the_stratum_was_sealed_for(apart, make_task, cast, seal, register, inspectors):
    """A firm put into another class between the sealing and the draw is asked what it was drawn for."""
    task = plans.approve_task(task_of(apart, make_task, "M1", "Y1"), by=cast.head)
    draw = throw(seal(task))
    other = Category.objects.get(bureau=task.bureau, name="危险化学品")
    with behind_the_walls():
        Subject.objects.filter(bureau=task.bureau, category__in=task.strata.values("category")).update(
            category=other
        )
    drawn = drawing.run(draw.pk)
    assert drawn.cases.count() and all(
        case.checklist and case.checklist[0]["lines"] for case in drawn.cases.all()
    )
    assert {each["code"] for case in drawn.cases.all() for each in case.checklist} <= {"M1", "Y1"}


def test_whatever_is_put_together_no_checklist_is_empty(apart, make_task, cast, seal, register, inspectors):
    """Forty tasks by dice: classes, items, drawn or named. What is let through asks
    each something that applies."""
    dice, let_through, refused = random.Random(54), 0, 0
    names = ["工贸-机械", "烟花爆竹", "危险化学品", "非煤矿山", "工贸-轻工"]
    for turn in range(40):
        codes = dice.sample(["M1", "Y1", "W1", "Q1"], dice.randint(1, 3))
        chosen = dice.sample(names, dice.randint(1, 2))
        drawn = turn % 2
        task = task_of(apart, make_task, *codes, strata=[(name, 1000, 1) for name in chosen])
        if not drawn:
            TaskStratum.objects.filter(task=task).delete()
            Task.objects.filter(pk=task.pk).update(kind="complaint", plan=None)
            task.refresh_from_db()
            one = register.filter(
                category__name=chosen[0], production="normal", registration_status="存续"
            ).first()
            TaskSubject.objects.create(task=task, subject=one).inspectors.set(inspectors[:2])
        try:
            plans.approve_task(task, by=cast.head)
            if drawn:
                drawing.run(throw(seal(task)).pk)
            else:
                opening.open_named(task, by=cast.clerk)
        except DomainError as said:
            assert said.code in (
                "items_unfit",
                "preflight_failed",
                "pool_empty",
                "named_cap",
                "named_closed",
            ), said
            refused += 1
            continue
        let_through += 1
        for case in Case.objects.filter(task=task).select_related("subject__category"):
            assert case.checklist and all(item["lines"] for item in case.checklist)
            for item in case.checklist:
                classes = set(apart.items.get(code=item["code"]).categories.values_list("pk", flat=True))
                assert not classes or case.subject.category_id in classes
    assert let_through > 5 and refused > 5
    assert sealing  # the way was the product's own
