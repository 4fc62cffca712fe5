"""A backup proves itself in a fresh cluster; there PostgreSQL is killed five times under eight writers."""

import hashlib
import io
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from config.management.commands import backup as backup_command
from inspections.draw import drawing
from registries.models import Pulse, StoredFile
from registries.services import pulses

from .. import ground
from ..levels import APP, OWNER
from ..servers import Postgres
from ..staircase import throw
from ..walls import behind_the_walls
from .conftest import ROOT, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """What is made once for all tests here: the backup, and the cluster into which it was restored."""
    kept = SimpleNamespace(home=tmp_path_factory.mktemp("shelf"), waiting="", cluster=None, restored=None)
    yield kept
    if kept.cluster:
        kept.cluster.stop()


@pytest.fixture
def backed_up(shelf, released, make_task, seal, cast):
    """A backup of a bureau with a released draw, one that is drawn and one whose seed is complete."""
    path = shelf.home / "backup.tar"
    if not path.exists():
        drawing.run(throw(seal(make_task())).pk)
        shelf.waiting = throw(seal(make_task())).number
        call_command("backup", output=str(path), verbosity=0)
    return SimpleNamespace(path=path, waiting=shelf.waiting)


@pytest.fixture
def fresh(on_postgres, shelf, backed_up):
    """A cluster of its own into which the backup was restored, and `manage` that runs a command
    there as one of two roles."""
    var = shelf.home / "var"

    def environment(role):
        return os.environ | {
            "DATABASE_URL": shelf.cluster.url("mingqian", role),
            "MINGQIAN_VAR": str(var),
            "FIELD_KEYS": django_settings.FIELD_KEYS,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def manage(role, *arguments, **more):
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=environment(role) | more, capture_output=True, text=True)

    if shelf.cluster is None:
        shelf.cluster = Postgres()
        shelf.cluster.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
        var.mkdir()
        shelf.restored = manage(OWNER, "restore", backed_up.path)
        with tarfile.open(backed_up.path) as tar:
            said = json.load(tar.extractfile("manifest.json"))["rows"]
        found = {
            table: shelf.cluster.run(f"SELECT COUNT(*) FROM {table}", "mingqian")[0][0] for table in said
        }
        shelf.rows = said, found
    return SimpleNamespace(
        cluster=shelf.cluster,
        manage=manage,
        environment=environment,
        var=var,
        restored=shelf.restored,
        rows=shelf.rows,
    )


def test_the_drill_restores_into_a_fresh_cluster_and_every_verifier_agrees(backed_up, fresh):
    restored = fresh.restored
    assert restored.returncode == 0 and "不一致" not in restored.stdout, restored
    assert restored.stdout.count("一致") >= 8 and "恢复用时" in restored.stdout
    said, found = fresh.rows
    assert said == found and len(said) > 80 and said["registries_journalentry"] > 50
    may = f"SELECT has_table_privilege('{APP}', 'registries_journalentry', 'UPDATE')"
    assert fresh.cluster.run(may, "mingqian") == [(False,)]
    # the application runs on it: the waiting draw is drawn there, and everything still agrees
    assert fresh.manage(APP, "run_due").returncode == 0
    # three draws; series and publicity of two bureaus
    assert fresh.manage(APP, "verify_draw", "--all").stdout.count("：一致") == 3 + 2 * 2
    assert fresh.manage(APP, "verify_journal").returncode == fresh.manage(APP, "verify_files").returncode == 0
    code = (
        "from django.test import Client; from registries.models import Account; c = "
        "Client(HTTP_HOST='localhost');"
        "c.force_login(Account.objects.get(username='clerk')); print([c.get(p).status_code for p in "
        "('/', '/messages/', '/admin/', '/draws/')])"
    )
    # people work on it
    assert (
        "[200, 200, 200, 200]" in fresh.manage(APP, "shell", "-v0", "-c", code, SECOND_FACTOR_ROLES="").stdout
    )
    # a second restore over it, and a restore without the keys, are refused before anything is written
    assert "不是空的" in fresh.manage(OWNER, "restore", backed_up.path).stderr
    assert "密钥" in fresh.manage(OWNER, "restore", backed_up.path, FIELD_KEYS="1:" + "A" * 43 + "=").stderr


def test_a_file_bent_after_the_restore_is_named(fresh):
    kept = sorted(each for each in (fresh.var / "files").rglob("*") if each.is_file())[:2]
    sound = [each.read_bytes() for each in kept]
    kept[0].write_bytes(sound[0] + b" ")
    kept[1].unlink()
    told = fresh.manage(APP, "verify_files")
    assert told.returncode == 1 and kept[0].name in told.stdout and kept[1].name in told.stdout
    for each, data in zip(kept, sound, strict=True):
        each.write_bytes(data)
    assert fresh.manage(APP, "verify_files").returncode == 0


def play(fresh, tmp_path, kills, *options):
    """Eight writers, and the postmaster killed under them again and again. Returns
    the acknowledged entries."""
    stop = tmp_path / f"stop-{len(options)}"
    kept = [tmp_path / f"acknowledged-{n}-{len(options)}" for n in range(8)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", str(stop), str(path), *options],
            cwd=ROOT,
            env=fresh.environment(APP),
            stderr=subprocess.DEVNULL,
        )
        for path in kept
    ]
    assert wait_for(lambda: all(path.exists() and path.stat().st_size for path in kept))
    for _ in range(kills):
        time.sleep(random.uniform(0.4, 1.2))
        before = sum(path.stat().st_size for path in kept)
        assert fresh.cluster.kill() == -signal.SIGKILL
        fresh.cluster.start()
        assert wait_for(lambda before=before: sum(path.stat().st_size for path in kept) > before)
    stop.touch()
    for each in writers:
        assert each.wait(60) == 0
    return [tuple(line.split()) for path in kept for line in path.read_text().splitlines()]


def stands(fresh):
    written = "SELECT seq::text, digest FROM registries_journalentry WHERE action = 'test.done'"
    return set(fresh.cluster.run(written, "mingqian"))


@pytest.mark.trial
def test_postgresql_killed_five_times_under_eight_writers_loses_nothing_acknowledged(
    backed_up, fresh, tmp_path
):
    acknowledged = play(fresh, tmp_path, 5)
    assert len(acknowledged) > 200
    assert set(acknowledged) <= stands(fresh)
    told = fresh.manage(APP, "verify_journal")
    assert told.returncode == 0, told.stdout
    told = fresh.manage(APP, "verify_draw", "--all")
    assert told.returncode == 0 and f"{backed_up.waiting}（已抽取）：一致" in told.stdout, told.stdout
    # the control run says “received” before the commit: the same kills, and what it said is not true
    assert set(play(fresh, tmp_path, 3, "--early")) - stands(fresh)


def test_a_backup_on_sqlite_is_refused_on_postgresql_and_bad_files_are_named(on_postgres, tmp_path):
    bent = tmp_path / "bent.tar"
    bent.write_bytes(b"not a tar")
    with pytest.raises(CommandError, match="读不了备份"):
        call_command("restore", str(bent))
    bent.write_text("already here")
    with pytest.raises(CommandError, match="不覆盖"):
        call_command("backup", output=str(bent))


def test_sqlite_restores_too(backed_up, tmp_path):
    if connection.vendor == "postgresql":
        pytest.skip("在 SQLite 一轮里检验")
    var = tmp_path / "elsewhere"
    env = os.environ | {"MINGQIAN_VAR": str(var), "FIELD_KEYS": django_settings.FIELD_KEYS}
    restored = subprocess.run(
        [sys.executable, "manage.py", "restore", str(backed_up.path)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert restored.returncode == 0 and "不一致" not in restored.stdout, restored


def older(path, into):
    """The same backup as a program of before the second factor would have made it: fewer
    tables, fewer migrations."""
    folder = into / "older"
    folder.mkdir()
    with tarfile.open(path) as tar:
        tar.extractall(folder, filter="data")
    env = os.environ | {"MINGQIAN_VAR": str(folder), "FIELD_KEYS": django_settings.FIELD_KEYS}
    (folder / "database").rename(folder / "mingqian.sqlite3")
    subprocess.run(
        [sys.executable, "-m", "tests.backwards", "registries", "0017_signin"], cwd=ROOT, env=env, check=True
    )
    with sqlite3.connect(folder / "mingqian.sqlite3") as there:
        there.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        tables = {name for (name,) in there.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    there.close()
    (folder / "mingqian.sqlite3").rename(folder / "database")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {
        "database": hashlib.sha256((folder / "database").read_bytes()).hexdigest(),
        "rows": {table: rows for table, rows in manifest["rows"].items() if table in tables},
        "migrations": [
            each
            for each in manifest["migrations"]
            if "squashed" not in each and not "registries.0018" <= each < "registries.1"
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    made = into / "older.tar"
    with tarfile.open(made, "w") as tar:
        for name in ("manifest.json", "database", "files"):
            tar.add(folder / name, name)
    return made


@pytest.mark.trial
def test_an_older_backup_is_brought_on_and_a_newer_one_refused(backed_up, tmp_path):
    if connection.vendor == "postgresql":
        pytest.skip("在 SQLite 一轮里检验")

    def restored(path, name):
        env = os.environ | {"MINGQIAN_VAR": str(tmp_path / name), "FIELD_KEYS": django_settings.FIELD_KEYS}
        command = [sys.executable, "manage.py", "restore", str(path)]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    old = restored(older(backed_up.path, tmp_path), "brought-on")
    assert (
        old.returncode == 0
        and re.search(r"比程序旧：已补做 \d+ 项迁移", old.stdout)
        and "不一致" not in old.stdout
    ), old
    newer = tmp_path / "newer.tar"
    with tarfile.open(backed_up.path) as tar, tarfile.open(newer, "w") as out:
        manifest = json.load(tar.extractfile("manifest.json"))
        manifest["migrations"].append("registries.9999_to_come")
        data = json.dumps(manifest).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(data)
        out.addfile(entry, io.BytesIO(data))
    refused = restored(newer, "refused")
    assert refused.returncode == 1 and "先把程序升级" in refused.stderr


def test_a_backup_looks_at_every_kept_file_and_says_so_aloud(backed_up, tmp_path, client):
    folder = tmp_path / "backups"
    for day in range(1, 5):
        (folder / f"mingqian-2026010{day}-024000.tar").parent.mkdir(exist_ok=True)
        (folder / f"mingqian-2026010{day}-024000.tar").write_bytes(b"old")
    (folder / "notes.txt").write_text("不是备份")
    call_command("backup", folder=str(folder), keep=3, stdout=io.StringIO())
    names = sorted(each.name for each in folder.iterdir())
    assert (
        names[:2] == ["mingqian-20260103-024000.tar", "mingqian-20260104-024000.tar"] and "notes.txt" in names
    )
    assert (folder / names[2]).stat().st_mode & 0o777 == 0o600 and len(names) == 4
    lost, bent = StoredFile.objects.order_by("digest")[:2]
    lost.path.unlink()
    bent.path.write_bytes(b"bent")
    time.sleep(1.1)  # named by the second
    with pytest.raises(CommandError, match=f"缺损 2 个(.|\n)*{lost.digest}"):
        call_command("backup", folder=str(folder), keep=1, stdout=io.StringIO())
    assert len(list(folder.glob("mingqian-*.tar"))) == 4  # nothing old is thrown away for it
    assert "backup" in client.get("/healthz/all").json()["wrong"]


def test_what_a_phone_is_still_sending_is_in_no_backup(backed_up, settings, tmp_path):
    part = settings.FILES_DIR / "pieces" / "1-ab" / "000000000000-12"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half a photo")
    call_command("backup", output=str(tmp_path / "again.tar"), verbosity=0)
    with tarfile.open(tmp_path / "again.tar") as tar, tarfile.open(backed_up.path) as before:
        assert (
            {each for each in tar.getnames() if each.startswith("files/")}
            == {each for each in before.getnames() if each.startswith("files/")}
            != set()
        )


def test_what_a_stopped_backup_left_is_cleared_when_it_is_surely_dead(db, tmp_path):
    folder = tmp_path / "backups"
    for name, hours in (("old", 7), ("young", 1)):
        (folder / f".backup-{name}").mkdir(parents=True)
        (folder / f".backup-{name}" / "database").write_bytes(b"half")
        (folder / f"mingqian-{name}.tar.part").write_bytes(b"half")
        for each in (folder / f".backup-{name}", folder / f"mingqian-{name}.tar.part"):
            os.utime(each, (time.time() - hours * 3600,) * 2)
    call_command("backup", folder=str(folder), stdout=io.StringIO())
    assert {each.name for each in folder.iterdir() if "mingqian-2" not in each.name} == {
        ".backup-young",
        "mingqian-young.tar.part",
    }


def test_a_backup_that_is_told_to_stop_leaves_nothing(db, tmp_path):
    """As the container's stop does: in the middle of the dump."""
    folder, here = tmp_path / "backups", tmp_path / "var"
    env = os.environ | {"MINGQIAN_VAR": str(here), "FIELD_KEYS": django_settings.FIELD_KEYS}
    env = {name: value for name, value in env.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    here.mkdir()
    ground.file_into(here / "mingqian.sqlite3")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
    code = (
        "import time; from config import backups; from django.core.management import call_command;"
        "whole = backups._dump; backups._dump = lambda *a: (whole(*a), time.sleep(60));"
        f"call_command('backup', folder={str(folder)!r}, daily='02:40')"
    )
    running = subprocess.Popen([sys.executable, "manage.py", "shell", "-v0", "-c", code], cwd=ROOT, env=env)
    assert wait_for(lambda: list(folder.glob(".backup-*/database")))
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 143 and list(folder.iterdir()) == []


def test_one_backup_a_day_by_the_clock(db, tmp_path, monkeypatch):
    slept, made = [], []
    pulses.beat("backup")  # this night was not missed

    class Enough(Exception):
        pass

    def sleep(seconds):
        if len(slept) == 2:
            raise Enough
        slept.append(seconds)

    monkeypatch.setattr(backup_command.time, "sleep", sleep)
    monkeypatch.setattr(backup_command.backups, "make_in", lambda folder, keep: made.append(keep) or 1 / 0)
    with pytest.raises(ZeroDivisionError):  # what is no refusal is no secret
        call_command("backup", folder=str(tmp_path), daily="02:40", keep=5)

    def refused(folder, keep):
        made.append(keep)
        raise backup_command.backups.BackupRefused("磁盘满")

    monkeypatch.setattr(backup_command.backups, "make_in", refused)
    slept.clear()
    told = io.StringIO()
    with pytest.raises(Enough):
        call_command("backup", folder=str(tmp_path), daily="02:40", keep=5, stderr=told)
    assert (
        made == [5, 5, 5]
        and told.getvalue().count("没有备份成：磁盘满") == 2
        and all(0 < each <= 86400 for each in slept)
    )
    made.clear(), slept.clear()
    with behind_the_walls():
        Pulse.objects.filter(name="backup").update(at=timezone.now() - timedelta(hours=25))
    with pytest.raises(Enough):
        call_command("backup", folder=str(tmp_path), daily="02:40", keep=5, stderr=io.StringIO())
    assert made == [5, 5, 5] and len(slept) == 2  # the night that was missed is made up for at once
    for wrong in ("2:40", "24:00", "x"):
        with pytest.raises(CommandError, match="02:40"):
            call_command("backup", folder=str(tmp_path), daily=wrong)
