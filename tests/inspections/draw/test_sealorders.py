"""A large pool is sealed by the background: the page answers at once, and what holds for a sealing holds."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections import tasks
from inspections.draw import sealing, sealorders
from inspections.models import Draw, SealOrder, Task
from inspections.plan import plans
from registries.look import waits_of
from registries.models import JournalEntry, Message

from ...staircase import CODES, refused_with

pytestmark = pytest.mark.django_db
log = logging.getLogger(__name__)


@pytest.fixture
def task(register, inspectors, make_task, monkeypatch):
    monkeypatch.setattr(sealorders, "AT_ONCE", 2)
    return make_task()


@pytest.fixture
def said(cast, task):
    return {
        "seed_at": timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1),
        "release_by": task.window_to + timedelta(days=30),
        "tell_at": None,
        "sources": [
            ("骰子甲", "dice", cast.witness1),
            ("骰子乙", "dice", cast.witness2),
            ("彩票", "lottery", cast.witness3),
        ],
        "seconds": {"彩票": cast.witness1},
        "bodies": {"骰子甲": "县人大"},
        "redraw_tip": CODES[0],
        "redraw_max": 20,
    }


def test_it_is_asked_for_once_and_done_as_if_the_clerk_had_waited(task, said, cast):
    assert sealorders.is_large(task)
    order = sealorders.ask(task, by=cast.clerk, **said)
    assert sealorders.ask(task, by=cast.clerk, **said) == order and not Draw.objects.exists()
    tasks.sweep()
    order.refresh_from_db()
    draw = Draw.objects.get()
    assert order.draw == draw and order.finished_at and not order.refused
    assert (draw.sealed_by, draw.seed_at, draw.release_by) == (
        cast.clerk,
        said["seed_at"],
        said["release_by"],
    )
    sources = list(draw.sources.order_by("position").values_list("name", "account", "second", "body"))
    assert sources[0] == ("骰子甲", cast.witness1.pk, None, "县人大") and sources[2][2] == cast.witness1.pk
    assert Message.objects.filter(account=cast.clerk, said__contains=draw.number).exists()
    sealorders.work(order.pk)  # heard twice
    assert Draw.objects.count() == 1
    asked = JournalEntry.objects.filter(action="task.seal_asked").count()
    assert asked == 1 and JournalEntry.objects.filter(action="draw.sealed").count() == 1


def test_what_can_be_refused_without_the_pool_is_refused_at_once(task, said, cast):
    with refused_with("seed_at_past"):
        sealorders.ask(task, by=cast.clerk, **said | {"seed_at": timezone.now() - timedelta(hours=1)})
    with refused_with("not_allowed"):
        sealorders.ask(task, by=cast.head, **said)
    assert not SealOrder.objects.exists()


def test_what_the_pool_refuses_is_told_and_the_task_can_be_sealed_again(task, said, cast, client):
    sealorders.ask(task, by=cast.clerk, **said)
    plans.withdraw_task(Task.objects.get(pk=task.pk), "写错了", by=cast.clerk)
    tasks.sweep()
    order = SealOrder.objects.get()
    assert order.refused and order.finished_at and not Draw.objects.exists()
    told = Message.objects.filter(account=cast.clerk, kind="returned").latest("pk").said
    assert "没有封存" in told and order.refused in told
    assert JournalEntry.objects.filter(action="task.seal_refused").exists()


def test_one_whose_process_died_is_taken_up_again_and_given_up_in_the_end(task, said, cast, monkeypatch):
    order = sealorders.ask(task, by=cast.clerk, **said)

    def dies(*args, **more):
        raise RuntimeError("killed")

    monkeypatch.setattr(sealing, "seal", dies)
    for _ in range(4):
        SealOrder.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
        sealorders.sweep()
    order.refresh_from_db()
    assert order.attempts == 4 and "几次都没有封存成" in order.refused


def test_the_page_answers_at_once_and_says_how_it_stands(task, said, cast, client):
    client.force_login(cast.clerk)
    page = f"/admin/rounds/{task.pk}/"
    assert 'class="seal"' in client.get(page).content.decode()
    sealorders.ask(task, by=cast.clerk, **said)
    assert not waits_of(Task.objects.get(pk=task.pk))  # nobody need act now
    shown = client.get(page).content.decode()
    assert "正在后台封存" in shown and 'class="seal"' not in shown
    assert "正在后台封存" in client.get("/admin/rounds/").content.decode()
    SealOrder.objects.update(is_open=False, finished_at=timezone.now(), refused="名录里没有企业")
    shown = client.get(page).content.decode()
    assert waits_of(Task.objects.get(pk=task.pk))
    assert "上一次没有封存：" in shown and "名录里没有企业" in shown and 'class="seal"' in shown


def test_who_comes_second_does_not_say_that_it_was_not_sealed(task, said, cast):
    order = sealorders.ask(task, by=cast.clerk, **said)
    sealorders.work(order.pk)
    sealorders._refuse(order, "已抽取过")  # a second worker, whose lease had run out
    order.refresh_from_db()
    assert order.draw and not order.refused
    assert not JournalEntry.objects.filter(action="task.seal_refused").exists()
