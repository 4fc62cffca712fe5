"""The processes a bureau runs, started by hand: workers, the clock, and rivals in threads."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection, connections

from config import celery_app

from ..levels import APP

ROOT = Path(__file__).parents[2]


@pytest.fixture
def on_postgres():
    if connection.vendor != "postgresql":
        pytest.skip("不是 PostgreSQL：并发和崩溃的检验已跳过（SQLite 只有一个写入者）")


@pytest.fixture
def redis_url(on_postgres):
    url = os.environ.get("TEST_REDIS_URL")
    if not url:
        pytest.skip("TEST_REDIS_URL 未设置：真实 worker 的检验已跳过")
    with celery_app.connection_for_write(url) as bell:
        bell.default_channel.client.flushall()
    return url


@pytest.fixture
def processes(redis_url):
    """start(*celery arguments, app=…, **environment): a Celery process on the test
    database, as the application."""
    started = []

    def start(*arguments, app="config", **environment):
        made = connection.settings_dict
        env = os.environ | {
            "REDIS_URL": redis_url,
            "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{made['PORT']}/{made['NAME']}",
            "SWEEP_EVERY": "1",
            **environment,
        }
        command = [sys.executable, "-m", "celery", "-A", app, *arguments, "--loglevel", "ERROR"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True))
        return started[-1]

    yield start
    for process in started:  # the test is over: with all their children, at once
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture
def worker(processes):
    return lambda **options: processes("worker", "--pool", "solo", **options)


@pytest.fixture
def clock(processes, tmp_path):
    """Celery beat, which has the worker sweep every second here."""
    return lambda: processes("beat", "--schedule", str(tmp_path / "beat"))


@pytest.fixture
def bell(redis_url):
    """Ring the real bell, past the eager mode of the tests."""

    def ring(draw, times=1):
        with celery_app.connection_for_write(redis_url) as to:
            for _ in range(times):
                celery_app.send_task("inspections.tasks.run_draw", [draw.pk], connection=to)

    return ring


def wait_for(holds, seconds=40):
    """Poll until `holds()` is true; the last answer is returned."""
    until = time.monotonic() + seconds
    while not (answer := holds()) and time.monotonic() < until:
        time.sleep(0.1)
    return answer


def all_at_once(count, act):
    """Run act(n) in `count` threads that start together. Returns [(result, exception)] in the order of n."""
    barrier, outcomes = threading.Barrier(count), [None] * count

    def run(n):
        try:
            connections["default"].ensure_connection()
            barrier.wait(60)
            outcomes[n] = (act(n), None)
        except Exception as wrong:
            outcomes[n] = (None, wrong)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return outcomes


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """The commands of an environment that holds requirements.txt and nothing else, as the image does."""
    home = tmp_path_factory.mktemp("production") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    uv = Path(sys.executable).with_name("uv")  # as in the Makefile: ten times faster where it is
    pip = (
        [uv, "pip", "install", "--compile-bytecode", "--python", home / "bin/python"]
        if uv.exists()
        else [home / "bin/pip", "install"]
    )
    subprocess.run([*pip, "-q", "-r", "requirements.txt"], cwd=ROOT, check=True)
    return home / "bin"


@pytest.fixture
def small_disk():
    """A folder on a disk of its own of 500 MB."""
    folder = Path(tempfile.mkdtemp(prefix="mingqian-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=500m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("这台机器不许挂载盘：盘满的测试没有做（用 root 运行就会做）")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def fill(folder):
    """Every byte of a small disk; unlink what comes back, and there is room again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as handle, suppress(OSError):
        while handle.write(bytes(1 << 12)):
            pass
    return ballast
