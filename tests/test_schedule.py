"""What happens by itself: one table for Celery's beat and for run_due; a step that
fails keeps no other back."""

import logging
from datetime import datetime, timedelta

import pytest
from celery.schedules import crontab
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from config import celery_app, schedule
from config.management.commands import run_due
from inspections.draw import bell
from inspections.models import Draw
from publicity import tasks
from publicity.models import Dump, Release
from publicity.services import dumps
from registries.models import Bureau, JournalEntry
from registries.onebyone import one_by_one
from registries.services import bureaus, journal, pulses

from .staircase import inspect, publish, reports, throw
from .walls import behind_the_walls

pytestmark = pytest.mark.django_db
celery_app.loader.import_default_modules()


def test_beat_and_run_due_read_one_table():
    pulses, beat = {}, {}
    for name, each in celery_app.conf.beat_schedule.items():
        (pulses if each["task"] == "config.tasks.pulse" else beat)[name] = each
    assert {name: each["task"] for name, each in beat.items()} == {
        name: each.task for name, each in schedule.steps().items()
    }
    for name, step in schedule.steps().items():
        planned, expires = beat[name]["schedule"], beat[name]["options"]["expires"]
        if step.every:  # a turn that was not taken before the next comes is no turn any more
            assert planned.run_every.total_seconds() == step.every == expires
        else:
            assert (planned.hour, planned.minute) == (
                {step.daily.hour},
                {step.daily.minute},
            ) and expires == 3600
    assert (
        isinstance(beat["nightly-dump"]["schedule"], crontab) and schedule.steps()["release-due"].every == 600
    )
    assert set(schedule.ROUTES.values()) | {schedule.USUAL} == set(schedule.QUEUES)
    for task in {*schedule.ROUTES, *(step.task for step in schedule.steps().values())}:
        assert task in celery_app.tasks, task
    assert {each["options"]["queue"] for each in pulses.values()} == set(schedule.QUEUES)
    alone = {task for task, queue in schedule.ROUTES.items() if queue == "draws"}
    assert alone == {f"inspections.tasks.{each}" for each in ("run_draw", "seal", "sweep")}


@pytest.mark.parametrize("name", ["nightly-dump", "release-due"])
def test_a_clock_that_came_back_is_waited_for_by_nobody(name):
    planned = schedule.steps()[name].beat
    planned.app = celery_app
    assert planned.is_due(timezone.now() + timedelta(days=400))[0]
    assert not planned.is_due(timezone.now())[0]


@pytest.mark.parametrize(
    ("at", "last", "is_due"),
    [
        ("2026-11-28 03:00", None, True),  # never done
        ("2026-11-28 02:09", "2026-11-27 02:10", False),  # not yet
        ("2026-11-28 02:10", "2026-11-27 02:10", True),
        ("2026-11-28 23:59", "2026-11-28 02:10", False),  # done today
        ("2026-11-30 05:00", "2026-11-27 02:10", True),  # the machine was off
    ],
)
def test_what_is_done_once_a_day(at, last, is_due):
    step = schedule.steps()["nightly-dump"]
    assert step.is_due(datetime.fromisoformat(at), last and datetime.fromisoformat(last)) is is_due


def test_what_is_done_every_so_often():
    step, now = schedule.steps()["release-due"], timezone.localtime()
    assert not step.is_due(now, now - timedelta(seconds=599)) and step.is_due(
        now, now - timedelta(seconds=600)
    )


@pytest.mark.parametrize("name", schedule.steps())
def test_a_step_that_fails_keeps_no_other_back_and_is_tried_again(bureau, name, monkeypatch, caplog):
    done, ran = {}, []
    for each, step in schedule.steps().items():

        def run(each=each):
            ran.append(each)
            if each == name and len(ran) <= len(schedule.steps()):
                raise RuntimeError("planted")

        monkeypatch.setattr(celery_app.tasks[step.task], "run", run)
    now = timezone.localtime()
    assert run_due.run_once(done, now) == [name]
    assert ran == list(schedule.steps()) and "planted" in caplog.text
    ran += ["again"]
    assert run_due.run_once(done, now + timedelta(seconds=1)) == []
    assert ran[-1] == name and set(done) == set(schedule.steps())


def test_a_single_run_says_by_its_exit_code_that_a_step_failed(bureau, monkeypatch):
    call_command("run_due")
    monkeypatch.setattr(celery_app.tasks["publicity.tasks.make_dump"], "run", lambda: 1 / 0)
    with pytest.raises(SystemExit) as ended:
        call_command("run_due")
    assert ended.value.code == 1 and pulses.last("sweep")


@pytest.mark.slow
def test_a_draw_that_cannot_be_released_keeps_no_later_one_back(
    drawn, cast, make_task, seal, monkeypatch, caplog
):
    second = bell.drawing.run(throw(seal(make_task((("工贸-轻工", 2000, 2),)))).pk)
    for draw in (drawn, second):
        for case in draw.cases.exclude(status="not_done").order_by("pk"):
            publish(reports.approve(inspect(case), by=cast.head), cast)
    with behind_the_walls():
        drawn.files.filter(name="result").update(text="torn")
    with caplog.at_level(logging.ERROR):
        tasks.release_due()
    assert Release.objects.get().draw == second and f"Draw {drawn.pk} failed" in caplog.text


def test_a_draw_that_cannot_be_computed_keeps_no_later_one_back(sealed, make_task, seal, cast, caplog):
    first, second = throw(sealed), throw(seal(make_task()))
    with behind_the_walls() as cursor:
        cursor.execute(
            "UPDATE inspections_drawfile SET text = 'torn' WHERE name = 'commit' AND draw_id = %s", [first.pk]
        )
    bell.sweep()
    assert (
        Draw.objects.get(pk=second.pk).status == "drawn" and Draw.objects.get(pk=first.pk).status == "seeded"
    )


@pytest.mark.parametrize("answers", [True, False])
def test_a_lock_stops_one_thing_and_a_database_that_is_away_stops_all(bureau, answers, monkeypatch):
    def act(number):
        if number == 1:
            raise OperationalError("canceling statement due to lock timeout")
        return number

    if answers:
        assert one_by_one([1, 2, 3], act, logging.getLogger("tests")) == [2, 3]
        return
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(OperationalError):
        one_by_one([1, 2, 3], act, logging.getLogger("tests"))


def test_a_version_of_the_data_is_journaled_for_every_bureau_or_not_made(cast, monkeypatch):
    write, told = journal.write, []

    def once(*args, bureau, **more):
        told.append(bureau)
        if len(told) == 2:
            raise RuntimeError("planted")
        return write(*args, bureau=bureau, **more)

    bureaus.found("990303", "红河县应急管理局", "红")
    first, second, third = Bureau.objects.order_by("pk")
    monkeypatch.setattr(dumps.journal, "write", once)
    tasks.make_dump()
    # of the second there is nothing, and it keeps no other back
    made = Dump.objects.order_by("pk").values_list("bureau", flat=True)
    said = JournalEntry.objects.filter(action="dump.made").order_by("pk").values_list("bureau", flat=True)
    assert list(made) == list(said) == [first.pk, third.pk] and list(dumps.missing()) == [second]
    monkeypatch.setattr(dumps.journal, "write", write)
    tasks.make_dump()
    assert not dumps.missing() and dumps.make_all() == dumps.make_all()
    assert JournalEntry.objects.filter(action="dump.made").count() == Bureau.objects.count() == 3


def _everything():
    """{table: a digest of its rows} but for what only says when somebody last looked."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in ("registries_pulse", "django_session"):
                cursor.execute(f'SELECT * FROM "{table}"')
                rows = [[bytes(x) if isinstance(x, memoryview) else x for x in row] for row in cursor]
                found[table] = sorted(map(repr, rows))
    return found


def test_every_step_done_twice_is_done_once(drawn, cast, seal, make_task):
    waiting = throw(seal(make_task((("工贸-轻工", 2000, 2),))))
    publish(reports.approve(inspect(drawn.cases.first()), by=cast.head), cast)
    assert waiting.status == "seeded"
    for step in schedule.steps().values():
        celery_app.tasks[step.task].run()
        once = _everything()
        celery_app.tasks[step.task].run()
        assert _everything() == once, step.task
