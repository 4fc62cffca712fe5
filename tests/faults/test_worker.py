"""Redis is a bell, the row is the queue: whatever is killed, lost or doubled, there is one draw."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config import celery_app, lease
from config.demo import invented
from inspections import tasks
from inspections.draw import drawing, sealing
from inspections.models import Draw
from inspections.watch import verification
from registries.models import ImportRun, Subject
from registries.services import imports, journal

from ..levels import APP
from ..staircase import throw
from .conftest import ROOT, wait_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:task_always_eager"),  # sent past it on purpose, to the real bell
]
POINTS = ["before_claim", "after_claim", "after_compute", "before_commit", "after_commit"]


def status(draw):
    return Draw.objects.get(pk=draw.pk).status


def require_one_draw(draw):
    """Exactly one result, said once, one case a task; and it verifies."""
    draw.refresh_from_db()
    assert draw.status == "drawn"
    assert draw.bureau.journalentry_set.filter(action="draw.drawn").count() == 1
    assert draw.cases.count() == draw.cases.values("subject").distinct().count() > 0
    assert verification.verify(draw.pk) == []


def kill_at(point, draw, processes, bell, tmp_path, **environment):
    """A worker reaches the point, says so, and is killed there: shown by its own word and by how it ended."""
    said = tmp_path / point
    running = processes(
        "worker",
        "--pool",
        "solo",
        app="tests.faults.halting",
        HALT_AT=point,
        HALT_FILE=str(said),
        **environment,
    )
    bell(draw)
    assert wait_for(said.exists), "the worker never came to the point"
    assert int(said.read_text()) == running.pid and running.poll() is None
    with connection.cursor() as cursor:
        # What PostgreSQL sees of it: between claim and commit it holds a transaction open, else it does not.
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid() "
            "AND state = 'idle in transaction' AND datname = current_database()"
        )
        assert cursor.fetchone()[0] == (point in ("after_compute", "before_commit"))
    running.send_signal(signal.SIGKILL)
    assert running.wait(10) == -signal.SIGKILL


# The moments around the commit daily, the three before it in `make trials`.
_DAILY = [each if each.endswith("commit") else pytest.param(each, marks=pytest.mark.trial) for each in POINTS]


@pytest.mark.parametrize("point", _DAILY)
def test_a_worker_killed_anywhere_leaves_one_draw(sealed, processes, worker, clock, bell, tmp_path, point):
    draw = throw(sealed)
    kill_at(point, draw, processes, bell, tmp_path)
    draw.refresh_from_db()
    assert draw.status == ("drawn" if point == "after_commit" else "seeded")
    assert draw.attempts == (0 if point == "before_claim" else 1)
    assert draw.cases.exists() == (point == "after_commit")
    worker()
    clock()
    assert wait_for(lambda: status(draw) == "drawn")
    time.sleep(1.5)  # time for a second draw, if one were possible
    require_one_draw(draw)


def test_the_control_run_without_our_measures_loses_the_draw(sealed, processes, worker, bell, tmp_path):
    """Celery as it comes (acknowledged before it runs) and nobody sweeping: the same kill,
    and the draw never comes."""
    draw = throw(sealed)
    kill_at("after_claim", draw, processes, bell, tmp_path, WITHOUT_MEASURES="1")
    worker()
    assert not wait_for(lambda: status(draw) == "drawn", 8)


def test_a_killed_child_of_the_pool_is_run_again_by_its_worker(sealed, processes, bell, tmp_path):
    draw, said = throw(sealed), tmp_path / "child"
    running = processes(
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "1",
        app="tests.faults.halting",
        HALT_AT="after_compute",
        HALT_FILE=str(said),
    )
    bell(draw)
    for _ in range(2):  # killed, handed out again without anybody's help, and stopped at the same point
        assert wait_for(said.exists)
        child = int(said.read_text())
        assert child != running.pid
        said.unlink()
        os.kill(child, signal.SIGKILL)
    assert wait_for(said.exists) and running.poll() is None
    assert status(draw) == "seeded"


def test_a_draw_waits_without_a_worker_and_is_finished_when_one_comes(sealed, worker, bell):
    draw = throw(sealed)
    bell(draw)
    draw.refresh_from_db()
    assert draw.get_status_display() == "等待执行"
    worker()
    assert wait_for(lambda: status(draw) == "drawn")
    require_one_draw(draw)


def test_delivered_many_times_to_two_workers_there_is_one_draw(sealed, worker, bell):
    draw = throw(sealed)
    bell(draw, times=20)
    worker(), worker()
    assert wait_for(lambda: status(draw) == "drawn")
    time.sleep(1.5)
    require_one_draw(draw)


def test_redis_emptied_after_the_commit_loses_nothing(sealed, worker, clock, bell, redis_url):
    draw = throw(sealed)
    bell(draw)
    with celery_app.connection_for_write(redis_url) as to:
        assert to.default_channel.client.llen("draws") == 1
        to.default_channel.client.flushall()
    worker()
    clock()
    assert wait_for(lambda: status(draw) == "drawn")
    require_one_draw(draw)


def test_a_broken_bell_stops_nobody(sealed, redis_url):
    """Redis is gone when the last witness hands in: the page answers, the sweep draws."""
    draw = throw(sealed)
    made = connection.settings_dict
    rung = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "shell",
            "-c",
            "import time; from inspections import tasks; began = time.time(); "
            f"tasks.ring({draw.pk}); print('answered', time.time() - began < 5)",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ
        | {
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
        },
    )
    assert "answered True" in rung.stdout and "the bell is broken" in rung.stderr, rung
    assert status(draw) == "seeded"
    tasks.sweep()
    require_one_draw(draw)


def test_one_draw_that_fails_does_not_keep_the_others_waiting(sealed, make_task, seal, monkeypatch):
    broken, sound = throw(sealed), throw(seal(make_task()))
    compute = sealing.engine.draw

    def fail_for_one(commit, *files):
        if commit == broken.commit_json.encode():
            raise MemoryError("planted")
        return compute(commit, *files)

    monkeypatch.setattr(sealing.engine, "draw", fail_for_one)
    for _ in range(7):
        tasks.sweep()
    broken.refresh_from_db()
    assert status(sound) == "drawn" and broken.status == "seeded"
    assert broken.attempts == 5 and "MemoryError" in broken.attempt_error  # then it rests
    assert broken.bureau.journalentry_set.filter(action="draw.failed").count() == 5
    monkeypatch.undo()
    drawing.run(broken.pk)
    assert status(broken) == "drawn" and Draw.objects.get(pk=broken.pk).attempt_error == ""


def test_a_worker_killed_in_the_middle_of_an_import_leaves_each_row_once(
    cast, processes, redis_url, settings
):
    """Compared again from where it was, written once: no row is lost, none is there twice."""
    rows = "".join(f"第{n}号厂,{invented.credit_code(n)},小型,{'东街' * 20}{n}号\n" for n in range(1, 9001))
    data = f"单位名称,信用代码,规模,地址\n{rows}".encode()
    assert len(data) > imports.INLINE
    home = {
        "MINGQIAN_VAR": str(settings.FILES_DIR.parent),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": settings.FIELD_KEYS,
    }

    def worker():
        return processes("worker", "--pool", "solo", "-Q", "bulk,draws", **home)

    def stands():
        return ImportRun.objects.get(pk=run.pk)

    run = imports.receive(data, "名录.csv", by=cast.clerk)
    first = worker()
    with celery_app.connection_for_write(redis_url) as to:  # past the eager mode of the tests
        celery_app.send_task("registries.tasks.work_import", [run.pk], connection=to, queue="bulk")
    assert wait_for(lambda: 0 < stands().done < 9000, 60)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    assert stands().status == "comparing"
    # its lease is over
    ImportRun.objects.filter(pk=run.pk).update(claimed_at=timezone.now() - timedelta(hours=1))
    worker()
    processes("beat", "--schedule", str(settings.FILES_DIR.parent / "beat"), **home)
    assert wait_for(lambda: stands().status == "previewed", 90)
    assert stands().counts["new"] == 9000 and stands().lines.count() == 9000
    imports.approve(stands(), by=cast.clerk)
    assert wait_for(lambda: stands().status == "applied", 90)
    assert Subject.objects.filter(bureau=cast.clerk.bureau).count() == 9000
    assert journal.verify(cast.clerk.bureau)[1] == []


def test_of_two_beats_one_gives_out_the_work(redis_url, settings, tmp_path):
    settings.REDIS_URL = redis_url
    beats = [
        lease.Scheduler(celery_app, schedule_filename=str(tmp_path / name), lazy=True) for name in ("a", "b")
    ]
    assert [each.holds() for each in beats] == [True, False]
    assert [each.holds() for each in beats] == [True, False]  # extended by whoever holds it
    assert beats[1].tick() == lease.PAUSE
    beats[0]._redis.delete(lease.KEY)  # it has run out: its machine is gone
    assert beats[1].holds() and not beats[0].holds()
    beats[1]._redis = lease.Redis.from_url("redis://127.0.0.1:1/0")
    assert not beats[1].holds()  # nobody can be told of any work


def test_who_takes_the_lease_over_gives_out_no_day_again(redis_url, settings, tmp_path):
    settings.REDIS_URL = redis_url
    first = lease.Scheduler(celery_app, schedule_filename=str(tmp_path / "a"), lazy=True)
    second = lease.Scheduler(celery_app, schedule_filename=str(tmp_path / "b"))
    first._redis.delete(lease.KEY)
    assert first.holds() and second.tick() == lease.PAUSE
    for each in second.schedule.values():
        each.last_run_at = celery_app.now() - timedelta(days=3)
    assert any(each.is_due()[0] for each in second.schedule.values())
    second.tick()  # the other has given it all out
    daily = [each for name, each in second.schedule.items() if name in ("morning-news", "nightly-dump")]
    gap = celery_app.now() - timedelta(seconds=lease.SECONDS + lease.PAUSE + 5)
    assert len(daily) == 2 and all(each.last_run_at > gap for each in daily)
    second.close()
