"""The primary dies for good under eight writers; the replica is promoted in its place: nothing that was
acknowledged is lost, nothing is there twice, and nobody had to be told where the database now is."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from .. import ground
from ..levels import APP, OWNER
from ..servers import _NOBODY, Postgres, Replica, free_port
from .conftest import ROOT, wait_for

pytestmark = [pytest.mark.trial, pytest.mark.usefixtures("on_postgres")]


class House:
    """The application on a cluster, or on whichever of two can be written."""

    def __init__(self, primary, folder):
        self.primary, self.folder, self.replica = primary, folder, None

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

    def begin(self):
        """A bureau with a clerk."""
        two = ("--officer", "guan", "--security", "an")
        named = ("990101", "青原县应急管理局", "青")
        for command in (("migrate", "-v0"), ("grant", APP), ("found_bureau", *named, *two)):
            told = self.manage(*command, role=OWNER)
            assert told.returncode == 0, told.stderr
        self.do("accounts.open_account(Bureau.objects.get(), 'clerk', '经办某', ['clerk'], password='x')")

    def write(self, about):
        """One entry of the journal."""
        self.do(f"journal.write('test.done', by=Account.objects.get(username='clerk'), about={about!r})")

    def do(self, code):
        begin = "from registries.models import *; from registries.services import accounts, journal; "
        told = self.manage("shell", "-v0", "-c", begin + code)
        assert told.returncode == 0, told.stderr

    def grow(self):
        """A replica, and no commit without it."""
        self.replica = Replica(self.primary.port)
        for option, value in (("synchronous_standby_names", "*"), ("synchronous_commit", "remote_apply")):
            self.primary.run(f"ALTER SYSTEM SET {option} = '{value}'")
        self.primary.run("SELECT pg_reload_conf()")
        asked = "SELECT sync_state FROM pg_stat_replication"
        assert wait_for(lambda: self.primary.run(asked) == [("sync",)], 20)


@pytest.fixture
def pair(tmp_path):
    primary = Postgres()
    primary.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
    ground.dump_into(primary, "mingqian", OWNER)
    made = House(primary, tmp_path)
    made.begin()
    made.grow()
    yield made
    for each in (made.replica, primary):
        each.stop()


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
    pair.write("x")
    assert pair.primary.kill() == -9
    pair.replica.start()
    pair.replica.run("SELECT pg_promote()")
    asked = "SELECT COUNT(*) FROM registries_journalentry WHERE action = 'test.done'"
    assert pair.replica.run(asked, "mingqian") == [(0,)]


class Recovered(Postgres):
    """A copy of a cluster and the log that it has put away since, brought to one moment."""

    def __init__(self, base, archive, moment):
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
        self.home, self.port, self.process = base.parent, free_port(), None
        self.data = base
        self.settings = {
            "restore_command": f"cp {archive}/%f %p",
            "recovery_target_time": moment,
            "recovery_target_action": "promote",
            "archive_mode": "off",
        }
        as_who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self._as = as_who | {"cwd": self.home, "env": {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}}
        (base / "recovery.signal").touch()
        if as_who:
            os.chown(base / "recovery.signal", _NOBODY, _NOBODY)
        self.start()


def test_a_moment_is_brought_back_from_the_base_and_the_log(tmp_path_factory):
    """Point-in-time recovery as config/deploy/several/README.md tells it: to the moment before a mistake."""
    home = Path(tempfile.mkdtemp(prefix="mingqian-pitr-"))
    archive = home / "archive"
    archive.mkdir()
    home.chmod(0o755)
    if os.geteuid() == 0:
        for each in (home, archive):
            os.chown(each, _NOBODY, _NOBODY)
    primary = Postgres(archive_mode="on", archive_command=f"'cp %p {archive}/%f'")
    recovered = None
    try:
        primary.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
        ground.dump_into(primary, "mingqian", OWNER)
        house = House(primary, tmp_path_factory.mktemp("house"))
        house.begin()
        base = home / "base"
        copy = [primary.bin / "pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres"]
        subprocess.run([*copy, "-D", base, "-X", "none", "-c", "fast"], check=True, **primary._as)
        for n in range(5):
            house.write(f"good {n}")
        moment = primary.run("SELECT now()::text")[0][0]
        time.sleep(1.1)
        house.write("bad")
        primary.run("SELECT pg_switch_wal()")
        asked = "SELECT archived_count FROM pg_stat_archiver"
        count = primary.run(asked)[0][0]
        assert wait_for(lambda: primary.run(asked)[0][0] >= max(count, 1), 20)
        time.sleep(1)
        assert primary.kill() == -9
        recovered = Recovered(base, archive, moment)
        assert wait_for(lambda: recovered.run("SELECT NOT pg_is_in_recovery()")[0][0], 30)
        asked = "SELECT about FROM registries_journalentry WHERE action = 'test.done' ORDER BY seq"
        assert [row[0] for row in recovered.run(asked, "mingqian")] == [f"good {n}" for n in range(5)]
        back = House(recovered, house.folder)
        whole = back.manage("verify_journal")
        assert whole.returncode == 0, whole.stdout
        back.write("after")
    finally:
        for each in (recovered, primary):
            if each is not None:
                each.stop()
        shutil.rmtree(home, ignore_errors=True)
