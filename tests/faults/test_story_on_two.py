"""The whole story in a browser on two machines: a balancer, two servers and two workers with a disk each, one
bucket, Redis, a primary and its replica, once with PgBouncer before the primary. Meanwhile one machine after
the other is killed and put back, and a worker, and the replica."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.db import connection

from inspections.models import Case, Draw
from inspections.watch import verification
from registries.services import journal

from ..e2e.conftest import chromium, driver, open_page
from ..e2e.test_story import test_the_whole_round
from ..levels import APP
from ..servers import Pooler, Replica, free_port
from .conftest import ROOT, wait_for
from .test_fronts import balancer, listens
from .test_two_nodes import bucket_of

pytestmark = [
    pytest.mark.trial,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("on_postgres"),
]
__all__ = ["chromium", "driver", "open_page", "test_the_whole_round"]


class Machines:
    """Two of them, started and stopped one by one; what they share is told by `env`."""

    def __init__(self, folder, env):
        self.folder, self.env, self.ports = folder, env, [free_port(), free_port()]
        self.web, self.workers = [None, None], [None, None]
        for n in range(2):
            (folder / f"node{n}").mkdir()

    def own(self, n):
        return self.env | {"MINGQIAN_VAR": str(self.folder / f"node{n}")}

    def _run(self, name, n, *command):
        log = (self.folder / f"{name}{n}.log").open("ab")
        command = [sys.executable, "-m", *command]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.own(n), start_new_session=True, stdout=log, stderr=log
        )

    def start(self, n):
        web = (
            "gunicorn",
            "tests.faults.quick_wsgi",
            "--bind",
            f"127.0.0.1:{self.ports[n]}",
            "--workers",
            "2",
        )
        self.web[n] = self._run("web", n, *web, "--graceful-timeout", "30")
        assert wait_for(lambda: self._answers(n), 90)

    def _answers(self, n):
        """It binds before it has loaded: only an answer says that it is there."""
        with suppress(OSError):
            asked = urllib.request.Request(f"http://127.0.0.1:{self.ports[n]}/healthz")
            return urllib.request.urlopen(asked, timeout=5).status == 200
        return False

    def work(self, n):
        celery = (
            "celery",
            "-A",
            "config",
            "worker",
            "--pool",
            "solo",
            "-n",
            f"w{n}@%h",
            "--loglevel",
            "ERROR",
        )
        self.workers[n] = self._run("worker", n, *celery)

    def die(self, n, nginx):
        """Killed between two requests: the front stands still meanwhile, so that what was sent is answered.
        (A form that is on its way to a machine at the moment it dies gets 502, and whoever sent it looks and
        sends it again.)"""
        nginx.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        os.killpg(self.web[n].pid, signal.SIGKILL)
        self.web[n].wait(10)
        nginx.send_signal(signal.SIGCONT)

    def stop(self):
        for each in (*self.web, *self.workers):
            if each is not None:
                if each.poll() is None:
                    os.killpg(each.pid, signal.SIGKILL)
                each.wait(10)


@pytest.fixture(params=["direct", "pooled"])
def live_server(request, settings, redis_url, register, inspectors, make_task, cast, tmp_path):
    """Where the browser goes: the balancer, and the misfortunes behind it."""
    made = connection.settings_dict
    replica = Replica(made["PORT"])
    pooler = Pooler(made["PORT"], [APP]) if request.param == "pooled" else None
    with bucket_of(settings) as told:
        env = (
            os.environ
            | told
            | {
                "DATABASE_URL": f"postgres://{APP}@{made['HOST']}:{pooler.port if pooler else made['PORT']}"
                f"/{made['NAME']}",
                "PGBOUNCER": "yes" if pooler else "no",
                "REPLICA_URL": f"postgres://{APP}@127.0.0.1:{replica.port}/{made['NAME']}",
                "REDIS_URL": redis_url,
                "SECRET_KEY": settings.SECRET_KEY,
                "FIELD_KEYS": django_settings.FIELD_KEYS,
                "SECOND_FACTOR_ROLES": "",
                "PUBLISH_HOLD_MINUTES": "0",
                "SWEEP_EVERY": "1",
                "ALLOWED_HOSTS": "127.0.0.1",
                "PROXIES": "1",
            }
        )
        house = Machines(tmp_path, env)
        port = free_port()
        (tmp_path / "balancer").mkdir()
        front = balancer(tmp_path / "balancer", port, house.ports)
        nginx = subprocess.Popen([*front[:-1], "daemon off; master_process off;"])
        over, said = threading.Event(), []
        try:
            for n in range(2):
                house.start(n)
                house.work(n)
            assert wait_for(lambda: listens(port), 20)
            chaos = threading.Thread(target=_misfortunes, args=[house, nginx, replica, over, said])
            chaos.start()
            # what pytest-django does with its own server, it does with nothing here
            nothing = SimpleNamespace(enable=lambda: None, disable=lambda: None)
            yield SimpleNamespace(url=f"http://127.0.0.1:{port}", _live_server_modified_settings=nothing)
            over.set()
            chaos.join()
            _is_whole()
            assert {"node 0 killed", "node 1 killed", "worker killed", "replica killed"} <= set(said), said
        finally:
            over.set()
            nginx.terminate()
            nginx.wait(10)
            house.stop()
            replica.stop()
            if pooler:
                pooler.stop()


def _misfortunes(house, nginx, replica, over, said):
    """One after the other until the story is over."""
    n = 0
    while not over.wait(5):  # longer than the balancer leaves alone who did not answer
        house.die(n % 2, nginx)
        said.append(f"node {n % 2} killed")
        over.wait(2)
        house.start(n % 2)
        if n == 0:
            house.workers[0].kill()
            said.append("worker killed")
        if n == 1:
            replica.kill()
            said.append("replica killed")
        n += 1


def _is_whole():
    """Nothing is there twice, nothing is lacking: every verifier agrees."""
    draw = Draw.objects.get()
    assert draw.cases.count() == Case.objects.count() > 3
    assert journal.verify(draw.bureau)[1] == [] and list(verification.verify(draw.pk)) == []
    assert list(verification.verify_series(draw.bureau)) == []
