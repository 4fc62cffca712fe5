"""计划表各行: a task names the line it fulfils, and the plan shows what is arranged, done and open."""

import pytest

from inspections.draw import drawing
from inspections.models import PlanLine, Task
from inspections.plan import plans
from inspections.watch import progress
from registries.models import Category, Subject
from registries.services import imports
from registries.services.sealedsince import SealedSince

from ...staircase import inspect, refused_with, throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(plan):
    with behind_the_walls():
        made = PlanLine.objects.create(
            plan=plan, number=1, title="工贸企业检查", base=100, rate_bp=500, times=2
        )
        PlanLine.objects.create(plan=plan, number=2, title="没有写多少的")
    return made


def test_each_line_says_what_is_open(line, plan, make_task, seal, cast, register, inspectors, client):
    task = make_task((("工贸-机械", 0, 3),), approved=False)
    Task.objects.filter(pk=task.pk).update(plan_line=line)
    task.refresh_from_db()
    assert [(planned, arranged, done) for _, planned, arranged, done in progress.of(plan).lines] == [
        (10, 0, 0),
        (None, 0, 0),
    ]
    draw = drawing.run(throw(seal(plans.approve_task(task, by=cast.head))).pk)
    inspect(draw.cases.first())
    ((_, planned, arranged, done), _) = progress.of(plan).lines
    assert (planned, arranged, done) == (10, 3, 1)
    assert any("还差 9" in each for each in progress.of(plan).warnings)
    client.force_login(cast.head)
    assert "计划表各行" in client.get(f"/admin/plans/{plan.pk}/?tab=do").content.decode()
    # An adjusted plan's line goes on where the old one was.
    adjusted = plans.adjust(plan, "增加", by=cast.clerk)
    assert [row[1:] for row in progress.of(adjusted).lines] == [(10, 3, 1), (None, 0, 0)]


def test_a_line_of_another_plan_is_refused(line, plan, cast, client, make_task):
    task = make_task(approved=False)
    other = type(plan).objects.create(
        bureau=plan.bureau, year=plan.year, title="另一份", text="x", drafted_by=cast.clerk
    )
    with behind_the_walls():
        Task.objects.filter(pk=task.pk).update(plan=other)
    task.refresh_from_db()
    task.plan_line = line
    with pytest.raises(Exception, match="不在所选的年度计划中"):
        task.clean()


def test_an_import_is_undone_for_what_is_not_sealed(
    cast, register, inspectors, item_list, plan, make_task, seal
):
    run = imports.ImportRun.objects.get(status="applied")
    seal(make_task((("工贸-机械", 1000, 1),)))
    with refused_with("import_grown"):
        imports.undo(run, by=cast.clerk)
    one = Subject.objects.get(pk=Subject.objects.filter(category__name="工贸-机械").first().pk)
    one.category = Category.objects.get(bureau=one.bureau, name="工贸-轻工")  # it has left the class since
    one.save()
    sealed = set(Subject.objects.exclude(category__sealed_at=None).values_list("pk", flat=True)) | {one.pk}
    assert len(sealed) > 1 and SealedSince(one.bureau, run.applied_at).has(one)
    run = imports.undo(run, by=cast.clerk, leaves=True)
    assert run.status == "undone" and "已封入抽取或改动过，保留原样" in run.told[-1]
    still = set(Subject.objects.listed().values_list("pk", flat=True))
    assert sealed <= still and Subject.objects.filter(left_reason__startswith="撤销导入").exists()


def test_many_leave_with_one_reason(cast, register, client):
    chosen = list(register.order_by("pk")[:5])
    data = {"action": "take_out_many", "_selected_action": [each.pk for each in chosen]}
    page = "/admin/registries/subject/"
    client.force_login(cast.clerk)
    client.post(page, data | {"settled": "1", "reason": "搬迁"})
    assert not Subject.objects.exclude(left_on=None).exists()  # the head's right
    client.force_login(cast.head)
    assert "共选 <b>5</b> 户" in client.post(page, data).content.decode()
    client.post(page, data | {"settled": "1", "reason": "搬迁出县"})
    gone = Subject.objects.exclude(left_on=None)
    assert {each.pk for each in gone} == {each.pk for each in chosen} and {
        each.left_reason for each in gone
    } == {"搬迁出县"}
