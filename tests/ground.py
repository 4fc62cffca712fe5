"""The ground: the migrated, empty database that every level grows from.

Migrating takes longer than most tests. So a ground is made once for a state of the migrations and kept under
.venv/ground, as a SQLite file and as a dump of PostgreSQL; a run brings its own copy from there.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import django
import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".venv/ground"
# What the migrations read and call, besides themselves.
_CALLED = [
    "registries/triggers.py",
    "registries/search.py",
    "registries/services/bureaus.py",
    "publicity/services/listings.py",
]


def key():
    """What a ground depends on, as one hash: another state of the migrations has another ground."""
    told = hashlib.sha256(django.__version__.encode())
    files = [
        path for end in ("migrations/*.py", "data/*") for app in APPS for path in (ROOT / app).rglob(end)
    ]
    for path in sorted({*files, *(ROOT / each for each in _CALLED)}):
        told.update(path.read_bytes())
    return told.hexdigest()[:16]


APPS = ("registries", "inspections", "publicity")


def bring(home, owner):
    """A fresh ground for this process: the connection stands on it. `home`: a folder;
    `owner`: who owns the tables."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with _alone():
        if connection.vendor == "sqlite":
            _bring_file(Path(home) / "ground.sqlite3")
        else:
            _bring_database(f"ground_{secrets.token_hex(4)}", owner)


def _bring_file(path):
    kept = KEPT / f"{key()}.sqlite3"
    _lead_to(str(path))
    if kept.exists():
        shutil.copy(kept, path)
        return
    call_command("migrate", verbosity=0)
    connection.close()  # the last one to leave folds the write-ahead log into the file
    _keep(kept, lambda part: shutil.copy(path, part))


def _bring_database(name, owner):
    kept = KEPT / f"{key()}.dump"
    with cluster() as admin, admin.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"' + (f" OWNER {owner}" if owner else ""))
    _lead_to(name)
    if kept.exists():
        _tool(
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            *([f"--role={owner}"] if owner else []),
            "-d",
            name,
            kept,
        )
        return
    call_command("migrate", verbosity=0)
    _keep(kept, lambda part: _tool("pg_dump", "-Fc", "-f", part, name))


def file_into(path):
    """The kept SQLite ground at a path; False where none is kept yet."""
    kept = KEPT / f"{key()}.sqlite3"
    return kept.exists() and bool(shutil.copy(kept, path))


def dump_into(cluster, database, owner=None):
    """The kept ground into an empty database of another cluster; False where none is kept yet."""
    kept = KEPT / f"{key()}.dump"
    if not kept.exists():
        return False
    role = [f"--role={owner}"] if owner else []
    command = [_newest("pg_restore"), "--no-owner", "--exit-on-error", *role, "-d", database, str(kept)]
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(cluster.port), "PGUSER": "postgres"}
    subprocess.run(command, check=True, env=os.environ | where)
    return True


def _keep(path, write):
    for old in KEPT.glob(f"*{path.suffix}"):
        old.unlink()
    part = path.with_suffix(".part")
    write(part)
    part.rename(path)


def _lead_to(name):
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def _tool(name, *arguments):
    made = connection.settings_dict
    where = {
        "PGHOST": made["HOST"],
        "PGPORT": str(made["PORT"]),
        "PGUSER": made["USER"],
        "PGPASSWORD": made["PASSWORD"],
    }
    subprocess.run([_newest(name), *map(str, arguments)], check=True, env=os.environ | where)


def _newest(name):
    newest = max(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name), default=Path()
    )
    return newest / name if (newest / name).exists() else name


@contextmanager
def _alone():
    """Runs side by side wait for the first one's ground instead of each making its own."""
    with (KEPT / f"{connection.vendor}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cluster():
    """PostgreSQL's administrator, who alone may copy and drop databases that others own."""
    made = connection.settings_dict
    opened = psycopg2.connect(
        host=made["HOST"],
        port=made["PORT"],
        user=made["USER"],
        password=made["PASSWORD"] or None,
        dbname="postgres",
    )
    opened.autocommit = True
    return closing(opened)
