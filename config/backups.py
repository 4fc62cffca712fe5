"""Backup and restore: one tar with the database, the kept files and a manifest to prove the restore against.

The keys (FIELD_KEYS) are not in it: what is stored encrypted stays so in the backup, and a restore without
the keys is refused before anything is written.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from inspections.watch import anchors
from publicity import downloads
from registries import shelf
from registries.models import StoredFile
from registries.services import pulses, storage

_LISTS = ("auth", "contenttypes")
_OURS = ("registries", "inspections", "publicity")
_NAMED = re.compile(r"mingqian-\d{8}-\d{6}\.tar")
_DRAFTS, _LEFT = ".backup-", 6 * 3600  # a backup that is still being made is younger
_KEPT = re.compile(r"files/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{64})")


class BackupRefused(Exception):
    """Why nothing was backed up or restored, as a Chinese sentence."""


def make(path):
    """Write a backup to `path`, which must not exist. Returns its manifest; its `faults` are the kept files
    that lack or have changed: the backup is whole but for them, and somebody must look."""
    path = Path(path)
    if path.exists():
        raise BackupRefused(f"{path} 已经存在，备份不覆盖旧文件。请换一个文件名。")
    draft = path.with_name(path.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent or ".", prefix=_DRAFTS) as folder:
            dump = Path(folder) / "database"
            with _snapshot() as snapshot:
                for _ in range(10):
                    facts = _facts()
                    _dump(dump, snapshot)
                    # SQLite has no snapshot to share: if somebody wrote meanwhile, copy again.
                    if snapshot or facts | {"made_at": ""} == _facts() | {"made_at": ""}:
                        break
                manifest = facts | {"database": _digest(dump), "bytes": dump.stat().st_size}
            # After the dump: a file is on the disk before its row exists, so every
            # row's file is there by now.
            # it holds personal data
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
                data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
                entry = tarfile.TarInfo("manifest.json")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
                tar.add(dump, "database")
                _add_kept(tar)
            with draft.open("rb") as written:
                os.fsync(written.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    manifest["faults"] = storage.verify()[1]
    pulses.beat("backup", file=path.name, faults=len(manifest["faults"]))
    return manifest


def make_in(folder, keep):
    """A backup in a folder, named by its time; of those made so only the last `keep` stay.
    Returns (path, manifest).

    Nothing is thrown away for a backup that has faults: the one before may still hold what is lacking.
    """
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in (*folder.glob(f"{_DRAFTS}*"), *folder.glob("mingqian-*.tar.part")):  # of one that was stopped
        if time.time() - left.stat().st_mtime > _LEFT:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
    path = folder / f"mingqian-{timezone.localtime():%Y%m%d-%H%M%S}.tar"
    manifest = make(path)
    made = sorted(each for each in folder.glob("mingqian-*.tar") if _NAMED.fullmatch(each.name))
    if not manifest["faults"]:
        for old in made[:-keep]:
            old.unlink()
    return path, manifest


def _add_kept(tar):
    """Each kept file by its row: a file lies on the shelf before its row is there. What lacks is told by the
    look at all of them that follows."""
    for stored in StoredFile.objects.order_by("digest").iterator():
        try:
            with stored.open() as handle:
                entry = tarfile.TarInfo(f"files/{stored.place}")
                entry.size, entry.mtime = handle.size, int(stored.kept_at.timestamp())
                tar.addfile(entry, handle)
        except FileNotFoundError:
            continue


def restore(path):
    """Bring a backup into an empty database and an empty store. Returns its manifest, with `wrong` (the
    tables whose rows are not as many as were backed up) and `migrated` (how many migrations an older
    backup was brought on by).
    """
    with _open(path) as tar:
        manifest = _manifest(tar)
        _require_keys(manifest)
        _require_known(manifest)
        _require_empty(manifest)
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / "database"
            with dump.open("wb") as out:
                shutil.copyfileobj(tar.extractfile("database"), out)
            if _digest(dump) != manifest["database"]:
                raise BackupRefused("备份里的数据库已损坏（与清单的摘要不符），没有恢复。")
            try:
                _load(dump)
            except sqlite3.DatabaseError as wrong:
                raise BackupRefused(f"备份里的数据库读不了：{wrong}") from None
        for entry in tar:
            if entry.isfile() and _KEPT.fullmatch(entry.name):
                shelf.put(entry.name.removeprefix("files/"), tar.extractfile(entry).read())
    counts = _counts_of(manifest["rows"])
    wrong = [
        f"{table}：备份时 {rows} 行，恢复后 {counts[table]} 行"
        for table, rows in manifest["rows"].items()
        if counts[table] != rows
    ]
    executor = MigrationExecutor(connection)  # a backup may be older than the program
    left = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    call_command("migrate", verbosity=0)
    downloads.forget()  # lists of the database that was here before
    return manifest | {"wrong": wrong, "migrated": left}


def _manifest(tar):
    try:
        manifest = json.load(tar.extractfile("manifest.json"))
        for key in ("vendor", "keys", "rows", "anchor", "database", "made_at"):
            manifest[key]
        manifest["anchor"]["bureaus"].items(), manifest["rows"].items(), manifest["keys"].items()
        datetime.fromisoformat(manifest["made_at"])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BackupRefused("备份的清单（manifest.json）读不懂，没有恢复。") from None
    return manifest


def _counts_of(tables):
    counts = {}
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in tables:
            counts[table] = 0
            if table in there:
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  quoted
                counts[table] = cursor.fetchone()[0]
    return counts


def _facts():
    return {
        "v": 1,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "vendor": connection.vendor,
        "keys": _fingerprints(),
        "rows": _counts(),
        "migrations": sorted(".".join(each) for each in MigrationRecorder(connection).applied_migrations()),
        "anchor": {"bureaus": anchors.take()["bureaus"]},
    }


def _counts():
    # Without Django's own lists, which a migration after the restore may lengthen.
    models = [
        each for each in apps.get_models(include_auto_created=True) if each._meta.app_label not in _LISTS
    ]
    return {model._meta.db_table: model._base_manager.count() for model in models}


def _fingerprints():
    """{version: fingerprint} of the keys; nothing of a key can be learnt from it."""
    pairs = (entry.strip().partition(":") for entry in settings.FIELD_KEYS.split(","))
    return {version: hashlib.sha256(f"mingqian|{key}".encode()).hexdigest()[:16] for version, _, key in pairs}


def _require_keys(manifest):
    held = _fingerprints()
    missing = [version for version, print_ in manifest["keys"].items() if held.get(version) != print_]
    if missing:
        raise BackupRefused(
            f"这份备份的加密内容用的是第 {'、'.join(missing)} 版密钥，现在的 FIELD_KEYS 里没有它。"
            "请把当时的 FIELD_KEYS 放回环境变量（嵌入式安装是 var/secrets.json）再恢复。"
        )


def _require_known(manifest):
    ours = {".".join(each) for each in MigrationLoader(None).disk_migrations}
    newer = [
        each for each in manifest.get("migrations", []) if each.split(".")[0] in _OURS and each not in ours
    ]
    if newer:
        raise BackupRefused(f"这份备份来自更新的程序（有 {newer[-1]}），没有恢复。请先把程序升级到同一版本。")


def _require_empty(manifest):
    if manifest["vendor"] != connection.vendor:
        raise BackupRefused(
            f"这份备份来自 {manifest['vendor']}，现在的数据库是 {connection.vendor}，不能互相恢复。"
        )
    with connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            raise BackupRefused("目标数据库不是空的，恢复会覆盖它。请指定一个新建的空数据库。")
    if not shelf.is_empty():
        where = os.environ.get("FILES_BUCKET") or settings.FILES_DIR
        raise BackupRefused(f"存档处 {where} 不是空的。请指定一个新的 MINGQIAN_VAR（或 FILES_BUCKET）。")


@contextmanager
def _open(path):
    try:
        with tarfile.open(path) as tar:
            tar.getmember("manifest.json")
            yield tar
    except (OSError, tarfile.TarError, KeyError) as wrong:
        raise BackupRefused(f"读不了备份 {path}：{wrong}") from None


@contextmanager
def _snapshot():
    """One moment for the dump, the counts and the anchor."""
    if connection.vendor != "postgresql":
        yield None
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _dump(path, snapshot):
    if connection.vendor == "postgresql":
        _run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            "-f",
            path,
        )
        return
    connection.ensure_connection()
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()


def _load(path):
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        _run(
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            "-d",
            name,
            path,
        )
        return
    connection.ensure_connection()
    copy = sqlite3.connect(path)
    copy.backup(connection.connection)
    copy.close()


def _run(program, *arguments):
    made = connection.settings_dict
    env = os.environ | {
        "PGHOST": made["HOST"] or "",
        "PGPORT": str(made["PORT"] or ""),
        "PGUSER": made["USER"],
        "PGPASSWORD": made["PASSWORD"] or "",
        "PGDATABASE": made["NAME"],
    }
    try:
        done = subprocess.run([program, *arguments], env=env, capture_output=True, text=True)  # noqa: S603  ours
    except FileNotFoundError:
        raise BackupRefused(
            f"找不到 {program}。请安装 PostgreSQL 客户端工具（postgresql-client）。"
        ) from None
    if done.returncode:
        raise BackupRefused(f"{program} 没有做成：{done.stderr.strip()[-500:]}")


def _digest(path):
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def age(manifest):
    """How long ago the backup was made."""
    return timezone.now() - datetime.fromisoformat(manifest["made_at"])
