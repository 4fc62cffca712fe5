"""A backup proves itself in a fresh cluster; there PostgreSQL is killed five times under eight writers."""

import os
import random
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from inspections.draw import drawing

from ..levels import APP, OWNER
from ..servers import Postgres
from ..staircase import throw
from .conftest import ROOT, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backed_up(released, make_task, seal, cast, tmp_path):
    """A backup of a bureau with a released draw, one that is drawn and one whose seed is complete."""
    drawing.run(throw(seal(make_task())).pk)
    waiting = throw(seal(make_task()))
    path = tmp_path / "backup.tar"
    call_command("backup", output=str(path), verbosity=0)
    return SimpleNamespace(path=path, waiting=waiting)


@pytest.fixture
def fresh(on_postgres, tmp_path):
    """A cluster of its own with an empty database, and `manage` that runs a command there as one of the two roles."""
    cluster = Postgres()
    cluster.run(f"CREATE DATABASE mingqian OWNER {OWNER}")
    var = tmp_path / "var"
    var.mkdir()

    def environment(role):
        return os.environ | {
            "DATABASE_URL": cluster.url("mingqian", role), "MINGQIAN_VAR": str(var),
            "FIELD_KEYS": django_settings.FIELD_KEYS, "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip

    def manage(role, *arguments, **more):
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=environment(role) | more, capture_output=True, text=True)

    yield SimpleNamespace(cluster=cluster, manage=manage, environment=environment, var=var)
    cluster.stop()


def test_the_drill_restores_into_a_fresh_cluster_and_every_verifier_agrees(backed_up, fresh, tmp_path):
    restored = fresh.manage(OWNER, "restore", backed_up.path)
    assert restored.returncode == 0 and "不一致" not in restored.stdout, restored
    assert restored.stdout.count("一致") >= 8 and "恢复用时" in restored.stdout
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != "registries_pulse":  # the backup itself is noted after it
                cursor.execute(f"SELECT COUNT(*) FROM {table}")
                assert fresh.cluster.run(f"SELECT COUNT(*) FROM {table}", "mingqian") == cursor.fetchall(), table
    may = f"SELECT has_table_privilege('{APP}', 'registries_journalentry', 'UPDATE')"
    assert fresh.cluster.run(may, "mingqian") == [(False,)]
    # the application runs on it: the waiting draw is drawn there, and everything still agrees
    assert fresh.manage(APP, "run_due").returncode == 0
    assert (
        fresh.manage(APP, "verify_draw", "--all").stdout.count("：一致") == 3 + 2 * 2
    )  # three draws; series and publicity of two bureaus
    assert fresh.manage(APP, "verify_journal").returncode == fresh.manage(APP, "verify_files").returncode == 0
    # a second restore over it, and a restore without the keys, are refused before anything is written
    assert "不是空的" in fresh.manage(OWNER, "restore", backed_up.path).stderr
    assert "密钥" in fresh.manage(OWNER, "restore", backed_up.path, FIELD_KEYS="1:" + "A" * 43 + "=").stderr


def test_a_file_bent_after_the_restore_is_named(backed_up, fresh):
    assert fresh.manage(OWNER, "restore", backed_up.path).returncode == 0
    kept = sorted(each for each in (fresh.var / "files").rglob("*") if each.is_file())
    kept[0].write_bytes(kept[0].read_bytes() + b" ")
    kept[1].unlink()
    told = fresh.manage(APP, "verify_files")
    assert told.returncode == 1 and kept[0].name in told.stdout and kept[1].name in told.stdout


def play(fresh, tmp_path, kills, *options):
    """Eight writers, and the postmaster killed under them again and again. Returns the acknowledged entries."""
    stop = tmp_path / f"stop-{len(options)}"
    kept = [tmp_path / f"acknowledged-{n}-{len(options)}" for n in range(8)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", str(stop), str(path), *options],
            cwd=ROOT, env=fresh.environment(APP), stderr=subprocess.DEVNULL,
        )
        for path in kept
    ]  # fmt: skip
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


def test_postgresql_killed_five_times_under_eight_writers_loses_nothing_acknowledged(backed_up, fresh, tmp_path):
    assert fresh.manage(OWNER, "restore", backed_up.path).returncode == 0
    acknowledged = play(fresh, tmp_path, 5)
    assert len(acknowledged) > 200
    assert set(acknowledged) <= stands(fresh)
    told = fresh.manage(APP, "verify_journal")
    assert told.returncode == 0, told.stdout
    told = fresh.manage(APP, "verify_draw", "--all")
    assert told.returncode == 0 and f"{backed_up.waiting.number}（已抽取）：一致" in told.stdout, told.stdout
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
        [sys.executable, "manage.py", "restore", str(backed_up.path)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert restored.returncode == 0 and "不一致" not in restored.stdout, restored
