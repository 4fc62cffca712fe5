"""The primary dies for good under eight writers; the replica is promoted in its place: nothing that was
acknowledged is lost, nothing is there twice, and nobody had to be told where the database now is."""

import os
import random
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import pytest
from django.conf import settings as django_settings

from .. import ground
from ..levels import APP, OWNER
from ..servers import Postgres, Replica, free_port
from .conftest import ROOT, wait_for

pytestmark = [pytest.mark.trial, pytest.mark.usefixtures("on_postgres")]


class Pair:
    """A primary whose commits wait for its replica, and a house that knows both by one address."""

    def __init__(self, folder):
        self.primary = Postgres()
        self.primary.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
        assert ground.dump_into(self.primary, "mingqian", OWNER)
        self.folder, self.replica = folder, None

    def grow(self):
        self.replica = Replica(self.primary.port)
        for option, value in (("synchronous_standby_names", "*"), ("synchronous_commit", "remote_apply")):
            self.primary.run(f"ALTER SYSTEM SET {option} = '{value}'")
        self.primary.run("SELECT pg_reload_conf()")
        asked = "SELECT sync_state FROM pg_stat_replication"
        assert wait_for(lambda: self.primary.run(asked) == [("sync",)], 20)

    def environment(self, role=APP):
        at = f"host=127.0.0.1,127.0.0.1&port={self.primary.port},{self.replica.port if self.replica else 1}"
        more = "target_session_attrs=read-write&connect_timeout=2"
        return os.environ | {
            "DATABASE_URL": f"postgres://{role}@/mingqian?{at}&{more}",
            "MINGQIAN_VAR": str(self.folder),
            "FIELD_KEYS": django_settings.FIELD_KEYS,
            "SECRET_KEY": "a" * 60,
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def manage(self, *arguments, role=APP):
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment(role), capture_output=True, text=True)

    def stop(self):
        for each in (self.replica, self.primary):
            if each is not None:
                each.stop()


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path)
    assert made.manage("grant", APP, role=OWNER).returncode == 0
    two = ("--officer", "guan", "--security", "an")
    assert made.manage("found_bureau", "990101", "青原县应急管理局", "青", *two, role=OWNER).returncode == 0
    opened = (
        "from registries.models import Bureau; from registries.services import accounts;"
        "accounts.open_account(Bureau.objects.get(), 'clerk', '经办某', ['clerk'], password='x')"
    )
    told = made.manage("shell", "-v0", "-c", opened)
    assert told.returncode == 0, told.stderr
    made.grow()
    yield made
    made.stop()


def test_the_primary_dies_for_good_and_its_replica_goes_on(pair, tmp_path):
    port = free_port()
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    server = subprocess.Popen(web, cwd=ROOT, env=pair.environment(), stderr=subprocess.DEVNULL)
    stop, kept = tmp_path / "stop", [tmp_path / f"acknowledged-{n}" for n in range(8)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", str(stop), str(path)],
            cwd=ROOT,
            env=pair.environment(),
            stderr=subprocess.DEVNULL,
        )
        for path in kept
    ]

    def answers():
        with suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/draws/", timeout=5).status == 200
        return False

    def written():
        return sum(path.stat().st_size for path in kept)

    try:
        assert wait_for(lambda: all(path.exists() and path.stat().st_size for path in kept), 60)
        assert wait_for(answers, 60)
        time.sleep(random.uniform(1, 2))
        assert pair.primary.kill() == -9  # and it does not come back
        pair.replica.run("SELECT pg_promote()")
        before = written()
        assert wait_for(lambda: written() > before, 30), "nobody found the new primary"
        assert wait_for(answers, 30)
        time.sleep(1)
        stop.touch()
        assert [each.wait(60) for each in writers] == [0] * 8
        told = [tuple(line.split()) for path in kept for line in path.read_text().splitlines()]
        assert len(told) > 200 and len(set(told)) == len(told)
        asked = "SELECT seq::text, digest FROM registries_journalentry WHERE action = 'test.done'"
        stand = pair.replica.run(asked, "mingqian")
        assert set(told) <= set(stand) and len(stand) == len(set(stand))
        whole = pair.manage("verify_journal")
        assert whole.returncode == 0, whole.stdout
    finally:
        server.terminate()
        server.wait(20)
        for each in writers:
            if each.poll() is None:
                each.kill()
            each.wait(10)


def test_without_waiting_for_the_replica_something_acknowledged_may_be_lost(pair):
    """The control: the setting is what keeps the promise."""
    pair.primary.run("ALTER SYSTEM SET synchronous_commit = 'local'")
    pair.primary.run("SELECT pg_reload_conf()")
    pair.replica.run("SELECT pg_wal_replay_pause()")
    pair.replica.process.kill()
    pair.replica.process.wait(10)
    wrote = (
        "from registries.models import *; from registries.services import journal;"
        "print(journal.write('test.done', by=Account.objects.get(username='clerk'), about='x').seq)"
    )
    told = pair.manage("shell", "-v0", "-c", wrote)
    assert told.returncode == 0, told.stderr
    assert pair.primary.kill() == -9
    pair.replica.start()
    pair.replica.run("SELECT pg_promote()")
    asked = "SELECT COUNT(*) FROM registries_journalentry WHERE action = 'test.done'"
    assert pair.replica.run(asked, "mingqian") == [(0,)]
