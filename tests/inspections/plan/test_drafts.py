"""提交、退回、撤回、删除: a clerk's mistake is put right, leaves a trace, and costs the class no round."""

import json

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from inspections.models import Draw, Plan, PlanLine, Task, TaskStratum
from inspections.plan import plans, tables, workload
from registries.models import CheckLine, Item, ItemList, JournalEntry
from registries.services import handing, items

from ...staircase import refused_with

pytestmark = pytest.mark.django_db
WRITES, JUDGES = "inspections.change_task", "inspections.approve_task"


def act(client, who, thing, name, **data):
    client.force_login(who)
    noun = thing._meta.model_name
    app = thing._meta.app_label
    return client.post(f"/admin/{app}/{noun}/{thing.pk}/act/{name}/", data)


def waits_of(client, account):
    """[(kind, [answers])] of the tasks on an account's first page."""
    client.force_login(account)
    lines = client.get("/admin/").context["lines"]
    return [(each.kind, [button.label for button in each.buttons]) for each in lines if each.kind == "任务"]


def test_handed_in_sent_back_mended_and_approved(make_task, cast, client):
    task = make_task(approved=False)
    assert act(client, cast.clerk, task, "hand_in").status_code == 302
    assert client.get(f"/admin/inspections/task/{task.pk}/change/").context["has_change_permission"] is False
    assert act(client, cast.clerk, task, "send_back", reason="x").status_code == 403
    assert waits_of(client, cast.clerk) == []
    assert waits_of(client, cast.head) == [("任务", ["批准任务", "退回"])]
    act(client, cast.head, task, "send_back", reason="检查期限太短")
    assert waits_of(client, cast.head) == []
    assert waits_of(client, cast.clerk) == [("任务", ["提交批准"])]
    assert "检查期限太短" in client.get("/admin/").content.decode()
    client.force_login(cast.clerk)
    page = client.get(f"/admin/inspections/task/{task.pk}/change/")
    assert "检查期限太短" in page.content.decode() and page.context["has_change_permission"] is True
    act(client, cast.clerk, task, "hand_in")
    act(client, cast.clerk, task, "take_back")
    act(client, cast.clerk, task, "hand_in")
    act(client, cast.head, task, "approve")
    task.refresh_from_db()
    assert task.status == "approved" and task.sent_back == ""
    told = list(
        JournalEntry.objects.filter(about=f"task {task.pk}").order_by("seq").values_list("action", flat=True)
    )
    assert [each for each in told if each != "task.read"] == [
        "task.handed_in",
        "task.sent_back",
        "task.handed_in",
        "task.taken_back",
        "task.handed_in",
        "task.approved",
    ]


def test_an_approved_task_is_corrected_before_it_is_sealed(
    make_task, cast, client, seal, plan, register, inspectors
):
    Plan.objects.filter(pk=plan.pk).update(rounds=1)
    task = make_task()
    number = task.number
    assert act(client, cast.clerk, task, "withdraw", reason="期限写错").status_code == 302
    task.refresh_from_db()
    assert (task.status, task.number, task.round) == ("drafted", number, None)
    assert json.loads(JournalEntry.objects.get(action="task.withdrawn").facts)["reason"] == "期限写错"
    again = plans.approve_task(task, by=cast.head)
    assert again.number == number and again.round == 1
    seal(again)
    with refused_with("task_is_sealed"):
        plans.withdraw_task(again, "再改", by=cast.clerk)


def test_a_task_that_was_never_sealed_uses_up_no_round(make_task, cast, seal, plan, register, inspectors):
    Plan.objects.filter(pk=plan.pk).update(rounds=1)
    idle, second = make_task(), make_task()
    seal(second)
    second.refresh_from_db()
    assert (idle.round, second.round) == (1, 1)
    with refused_with("rounds_used_up"):  # two were approved, one round there is
        seal(idle)
    with refused_with("rounds_used_up"):
        make_task()


def test_the_round_is_the_one_it_is_sealed_as(make_task, cast, seal, plan, register, inspectors):
    Plan.objects.filter(pk=plan.pk).update(rounds=2)
    first, second = make_task(), make_task()
    seal(second), seal(first)
    first.refresh_from_db(), second.refresh_from_db()
    assert (second.round, first.round) == (1, 2)


def test_a_draft_is_deleted_and_nothing_that_was_approved(make_task, cast, client, plan):
    task = make_task(approved=False)
    title = task.title
    assert (
        act(client, cast.clerk, task, "drop").status_code == 302
        and not Task.objects.filter(pk=task.pk).exists()
    )
    assert json.loads(JournalEntry.objects.get(action="task.dropped").facts)["title"] == title
    kept = make_task()
    plans.withdraw_task(kept, "改", by=cast.clerk)
    with refused_with("stale"):
        plans.drop(kept, by=cast.clerk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Task.objects.filter(pk=kept.pk)._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk)._raw_delete("default")


def test_a_plan_too(cast, plan, client):
    drafted = Plan.objects.create(
        bureau=plan.bureau, year=plan.year + 1, title="明年的计划", drafted_by=cast.clerk
    )
    with refused_with("plan_empty"):
        plans.approve(drafted, by=cast.head)
    Plan.objects.filter(pk=drafted.pk).update(text="每年两次。")
    drafted.refresh_from_db()
    act(client, cast.clerk, drafted, "hand_in")
    act(client, cast.head, drafted, "approve")
    act(client, cast.clerk, drafted, "withdraw", reason="漏了矿山")
    drafted.refresh_from_db()
    assert drafted.status == "drafted" and drafted.sent_back == "漏了矿山"
    with refused_with("stale"):  # it was approved once
        plans.drop(drafted, by=cast.clerk)
    other = Plan.objects.create(bureau=plan.bureau, year=plan.year + 1, title="另一份", drafted_by=cast.clerk)
    assert (
        act(client, cast.clerk, other, "drop").status_code == 302
        and not Plan.objects.filter(pk=other.pk).exists()
    )


def test_a_draft_that_was_handed_in_is_not_written(cast, plan, client):
    drafted = Plan.objects.create(
        bureau=plan.bureau, year=plan.year + 1, title="明年的计划", drafted_by=cast.clerk
    )
    line = PlanLine.objects.create(plan=drafted, number=1, title="检查", count=3)
    act(client, cast.clerk, drafted, "hand_in")
    for write in (
        lambda: tables.bring(drafted, "检查事项,户数\n甲,3\n".encode(), "a.csv", by=cast.clerk),
        lambda: tables.remove(line, by=cast.clerk),
        lambda: tables.clear(drafted, by=cast.clerk),
        lambda: tables.settle(line, by=cast.clerk),
        lambda: workload.list_usual(drafted, by=cast.clerk),
    ):
        with refused_with("stale"):
            write()
    client.force_login(cast.clerk)
    page = client.get(f"/admin/inspections/planline/{line.pk}/change/")
    assert page.context["has_change_permission"] is False and "删去这一行" not in page.content.decode()


def test_a_line_that_a_task_fulfils_is_not_removed(cast, plan, make_task):
    drafted = Plan.objects.create(
        bureau=plan.bureau, year=plan.year + 1, title="明年的计划", drafted_by=cast.clerk
    )
    line = PlanLine.objects.create(plan=drafted, number=1, title="检查", count=3)
    Task.objects.filter(pk=make_task(approved=False).pk).update(plan_line=line)
    for remove in (lambda: tables.remove(line, by=cast.clerk), lambda: tables.clear(drafted, by=cast.clerk)):
        with refused_with("plan_line_named"):
            remove()


def test_what_is_sealed_was_approved_and_stays_so(sealed, make_task):
    """Whoever seals and whoever takes the task back at the same moment: the database lets one of them."""
    with pytest.raises(DatabaseError), transaction.atomic():
        Task.objects.filter(pk=sealed.task_id).update(status="drafted")
    drafted = make_task(approved=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        Draw.objects.filter(pk=sealed.pk).update(task=drafted)
    for write in (
        lambda: TaskStratum.objects.filter(task=sealed.task).update(rate_bp=1),
        lambda: TaskStratum.objects.filter(task=sealed.task).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_a_list_is_published_only_where_every_line_has_its_basis(cast, item_list, client):
    drafted = items.draft("下一版", item_list.effective_from, by=cast.clerk)
    item = Item.objects.create(item_list=drafted, code="B01", name="没有依据的", duty_code="150626-001")
    for number in range(1, 4):
        CheckLine.objects.create(
            item=item, number=number, requirement="要求", basis="" if number > 1 else "第41条"
        )
    with refused_with("line_without_basis") as refused:
        items.publish(drafted, by=cast.head)
    assert refused.value.facts["lines"] == "2、3"
    page = f"/admin/registries/item/{item.pk}/act/give_basis/"
    client.force_login(cast.clerk)
    lines = list(item.lines.filter(basis="").values_list("pk", flat=True))
    assert client.post(page, {"lines": lines, "basis": "安全生产法第41条"}).status_code == 302
    assert not item.lines.filter(basis="").exists()
    handing.hand_in(drafted, "registries.change_itemlist", by=cast.clerk)
    client.force_login(cast.clerk)
    assert client.get(f"/admin/registries/item/{item.pk}/change/").context["has_change_permission"] is False
    assert items.publish(ItemList.objects.get(pk=drafted.pk), by=cast.head).status == "published"
