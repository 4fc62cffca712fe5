"""The processes a bureau runs: Redis is a bell, the row is the queue."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from config import celery_app
from inspections.models import Draw

from ..conftest import throw

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def redis_url():
    url = os.environ.get("TEST_REDIS_URL")
    if not url or connection.vendor != "postgresql":
        pytest.skip("TEST_REDIS_URL 未设置或不是 PostgreSQL：真实 worker 的检验已跳过")
    return url


@pytest.fixture
def worker(redis_url):
    """Start a real worker on the test database."""
    started = []

    def start():
        made = connection.settings_dict
        env = os.environ | {
            "REDIS_URL": redis_url,
            "DATABASE_URL": f"postgres://{made['USER']}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
        }
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "ERROR"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=env))

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


@pytest.mark.filterwarnings("ignore:task_always_eager")  # sent past it on purpose, to the real bell
def test_a_draw_waits_without_a_worker_and_is_finished_when_one_comes(sealed, worker, redis_url):
    draw = throw(sealed)
    with celery_app.connection_for_write(redis_url) as bell:
        celery_app.send_task("inspections.tasks.run_draw", [draw.pk], connection=bell)
        celery_app.send_task("inspections.tasks.run_draw", [draw.pk], connection=bell)
    draw.refresh_from_db()
    assert draw.get_status_display() == "等待执行"
    worker()
    for _ in range(120):
        if Draw.objects.get(pk=draw.pk).status == "drawn":
            break
        time.sleep(0.25)
    draw.refresh_from_db()
    assert draw.status == "drawn" and draw.cases.exists()
    assert draw.bureau.journalentry_set.filter(action="draw.drawn").count() == 1
