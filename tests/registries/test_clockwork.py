"""A clock that jumps forward releases nothing, spoils no chain, and is said where people look."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from config import schedule
from config.management.commands import run_due
from inspections.draw import bell
from publicity import tasks
from publicity.models import Dump, Release
from registries import tasks as registers
from registries.models import Bureau, JournalEntry, Pulse, SignInTry
from registries.services import clockwork, journal

from ..staircase import inspect

pytestmark = pytest.mark.django_db
DAY = 86400


@pytest.fixture
def clock(monkeypatch):
    """clock.wall is what the server's clock says beyond the truth, clock.ran how long it has
    run, clock.boot which start."""
    made = SimpleNamespace(wall=0.0, ran=0.0, boot="first", now=timezone.now)
    monkeypatch.setattr(clockwork, "_ticks", lambda: 1000 + made.ran)
    monkeypatch.setattr(clockwork, "_boot", lambda: made.boot)
    monkeypatch.setattr(clockwork, "_apart", lambda: 0)
    monkeypatch.setattr(timezone, "now", lambda: made.now() + timedelta(seconds=made.wall + made.ran))
    clockwork.look()
    return made


def actions(bureau):
    rows = JournalEntry.objects.filter(bureau=bureau, about="clock").order_by("seq")
    return [each.action for each in rows]


def test_time_that_passes_is_time(clock, bureau):
    for ran in (30, 3 * DAY, 40 * DAY):
        clock.ran = ran
        assert clockwork.look() and clockwork.jump() is None
    clock.wall = 9 * 60  # a clock set right
    assert clockwork.look() and actions(bureau) == []


def test_a_jump_releases_nothing_and_is_said(clock, drawn, cast, client):
    for case in drawn.cases.all():
        inspect(case)
    clock.wall = 400 * DAY  # beyond release_by, whoever has not reported
    tasks.release_due()
    tasks.make_dump()
    assert not Release.objects.exists() and not Dump.objects.exists()
    assert actions(drawn.bureau) == ["clock.jumped"]
    client.force_login(cast.officer)
    page = client.get("/admin/health/").content.decode()
    assert "忽然往前跳了 400.0 天" in page and "对照过了" in page
    assert "clock" in client.get("/healthz/all").json()["wrong"]
    client.force_login(cast.clerk)
    assert "对照过了" not in client.get("/admin/health/").content.decode()


def test_back_again_the_chain_is_whole_and_everything_goes_on(clock, drawn, cast):
    clock.wall = 10 * DAY
    # by somebody, before anybody has noticed
    journal.write("account.changed", by=cast.officer, about="account 1")
    bell.sweep()
    journal.write("account.changed", by=cast.officer, about="account 1")
    clock.wall, clock.ran = 0, 3600
    journal.write("account.changed", by=cast.officer, about="account 1")
    bell.sweep()
    assert actions(drawn.bureau) == ["clock.jumped", "clock.came_back"]
    assert journal.verify(drawn.bureau)[1] == [] and clockwork.jump() is None
    clock.wall = -1 * DAY  # set back without a jump before it: that is named
    journal.write("account.changed", by=cast.officer, about="account 1")
    bell.sweep()
    assert (
        actions(drawn.bureau)[-1] == "clock.set_back" and "时钟被拨回" in journal.verify(drawn.bureau)[1][0]
    )


def test_a_jump_excuses_no_more_than_itself(clock, bureau, cast):
    clock.wall = DAY
    bell.sweep()
    clock.wall = -DAY
    journal.write("account.changed", by=cast.officer, about="account 1")
    assert "时钟被拨回" in journal.verify(bureau)[1][0]


def test_what_was_confirmed_excuses_no_step_back(clock, bureau, cast):
    clock.wall = DAY
    bell.sweep()
    clockwork.confirm(by=cast.officer)
    clock.wall = 0
    journal.write("account.changed", by=cast.officer, about="account 1")
    assert "时钟被拨回" in journal.verify(bureau)[1][0]
    for each in Bureau.objects.all():  # the clock is everybody's
        assert actions(each) == ["clock.jumped", "clock.confirmed"]


def test_back_again_nothing_waits_until_the_clock_is_where_it_was(clock, drawn):
    """What was done in the future is due: by run_due's own table and by Celery's beat."""
    clock.wall = 10 * DAY
    done = {}
    run_due.run_once(done, timezone.localtime())
    assert clockwork.jump()
    clock.wall, clock.ran = 0, 60
    run_due.run_once(done, timezone.localtime())
    assert clockwork.jump() is None
    ahead = timezone.now() + timedelta(days=10)
    for step in schedule.steps().values():
        made = step.beat
        made.nowfun = timezone.now
        assert made.is_due(ahead).is_due, step.task


def test_nothing_is_thrown_away_by_a_clock_that_has_jumped(clock, cast):
    SignInTry.objects.create(username="clerk", address="1.1.1.1")
    clock.wall = 400 * DAY
    registers.clear_old()
    assert SignInTry.objects.count() == 1
    clockwork.confirm(by=cast.officer)
    registers.clear_old()
    assert not SignInTry.objects.exists()


def test_an_officer_who_has_compared_says_that_it_is_right(clock, bureau, cast, client):
    clock.wall = DAY
    bell.sweep()
    client.force_login(cast.clerk)
    client.post("/admin/health/clock/")
    assert clockwork.jump()
    client.force_login(cast.officer)
    client.post("/admin/health/clock/")
    assert (
        clockwork.jump() is None
        and clockwork.look()
        and actions(bureau) == ["clock.jumped", "clock.confirmed"]
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(3, []), (14, []), (16, ["clock.jumped"]), (3650, ["clock.jumped"]), (-1, ["clock.set_back"])],
)
def test_across_a_restart_only_a_long_absence_is_asked_about(clock, bureau, days, said):
    clock.wall, clock.boot = days * DAY, "second"
    assert clockwork.look() is (said != ["clock.jumped"]) and actions(bureau) == said


def test_a_database_whose_clock_is_apart_holds_releases_back_too(clock, bureau, monkeypatch):
    monkeypatch.setattr(clockwork, "_apart", lambda: 3600)
    assert not clockwork.look() and clockwork.jump()["apart"] == 3600
    monkeypatch.setattr(clockwork, "_apart", lambda: 3)
    assert clockwork.look() and clockwork.jump() is None


def test_the_machines_own_count_is_read(db):
    assert clockwork.look() and clockwork.look()
    facts = Pulse.objects.get(name="clock").facts
    assert facts["ticks"] > 0 and len(facts["boot"]) == 36 and json.dumps(facts)
