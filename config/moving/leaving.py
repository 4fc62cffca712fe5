"""搬出: the bureau's last entry here, its wall closed, and everything that is its own in one sealed file;
all in one transaction. What stays behind reads, signs nothing, and leads its addresses on."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from inspections.models import CleanCopy, Draw, Filing, SealOrder
from inspections.states import DrawState, FilingState
from inspections.watch import anchors
from registries import cipher
from registries.errors import DomainError
from registries.models import Bureau, Delivery, ImportRun, StoredFile
from registries.services import covers, journal, ledger
from registries.states import DeliveryState, ImportState
from registries.triggers import asleep

from . import rows
from .packing import Sealing

if TYPE_CHECKING:
    from datetime import datetime

# What came in is kept sealed with the keys of an installation: it travels opened inside the sealed file, and
# is sealed anew with the keys of where it arrives.
SEALED = {
    "application/vnd.mingqian.sealed": "registries.importrun.file",
    "application/vnd.mingqian.delivery": "registries.delivery.file",
}
_STATE = "bureau.moved_out"


def leave(bureau: Bureau, to: str, path: Path, password: str) -> dict:
    """Close a bureau and put it into a file that must not exist. `to`: where its pages will be. A bureau that
    has left already is put into a file again, as it left. The tables' owner only. Returns the manifest.

    Raises under_way where something is half done, not_whole where a verifier has a fault to name, and
    torn_apart where a row speaks of another bureau's.
    """
    if path.exists():  # before anything is closed
        raise FileExistsError(path)
    draft = path.with_name(path.name + ".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            manifest = _left(bureau, to, out, password)
            os.fsync(out.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


@transaction.atomic
def _left(bureau, to, out, password):
    journal.hold(bureau)
    bureau = Bureau.objects.select_for_update().get(pk=bureau.pk)
    if bureau.moved_at is None:
        _require_still(bureau)
        ledger.keep(bureau)
        if faults := [*journal.verify(bureau)[1], *covers.faults(bureau), *ledger.faults(bureau)]:
            raise DomainError("move_not_whole", count=len(faults), first=faults[0])
        journal.write(_STATE, by=None, bureau=bureau, about=bureau.about, facts={"to": to})
        close(bureau, timezone.now(), to)
    sealed = Sealing(out, password)
    with tarfile.open(fileobj=sealed, mode="w|") as tar:
        manifest = _pack(tar, bureau)
    sealed.close()
    return manifest


def close(bureau: Bureau, at: datetime | None, to: str) -> None:
    """Say where a bureau has gone; None: that it is here. Its wall sleeps meanwhile: the tables' owner
    only."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with asleep(connection, "registries_bureau"):
        Bureau.objects.filter(pk=bureau.pk).update(moved_at=at, moved_to=to)
    bureau.refresh_from_db()


def _require_still(bureau):
    """Nothing is half done: what the background has in hand is finished first."""
    own = {"bureau": bureau}
    busy = {
        "抽取正在执行": Draw.objects.filter(**own, status=DrawState.SEEDED),
        "正在封存": SealOrder.objects.filter(**own, is_open=True),
        "名录正在比对或写入": ImportRun.objects.filter(
            **own, status__in=[ImportState.WAITING, ImportState.COMPARING, ImportState.WRITING]
        ),
        "来数正在读入": Delivery.objects.filter(
            **own, status__in=[DeliveryState.RECEIVED, DeliveryState.WRITING]
        ),
        "上报还没有办": Filing.objects.filter(**own, status=FilingState.RECEIVED),
    }
    if found := [words for words, things in busy.items() if things.exists()]:
        raise DomainError("move_under_way", what="、".join(found))


def _pack(tar, bureau):
    """Every row, every file, and last the manifest that counts them."""
    counts, digests, known = {}, set(), {}
    ways = rows.ways()
    for model, way in ways.items():
        known[model] = set(rows.of(model, way, bureau).values_list("pk", flat=True))
    for model, way in ways.items():
        _require_own(model, way, bureau, known)
    for model, way in ways.items():
        name, found = model._meta.label, rows.of(model, way, bureau)
        places = rows.files(model)
        lines = io.BytesIO()
        columns = [each.attname for each in model._meta.concrete_fields]
        lines.write(rows.dumped(columns).encode() + b"\n")
        counts[name] = 0
        for row in rows.read(found):
            lines.write(rows.dumped(row).encode() + b"\n")
            digests |= {row[place] for place in places if row[place]}
            counts[name] += 1
        _add(tar, f"rows/{name}", lines.getvalue())
    copies = CleanCopy.objects.filter(original__in=digests).order_by("pk")
    digests |= set(copies.exclude(file=None).values_list("file", flat=True))
    _add_files(tar, sorted(digests))
    columns = [each.attname for each in CleanCopy._meta.concrete_fields]
    told = [columns, *rows.read(copies)]
    _add(tar, "copies", "".join(f"{rows.dumped(each)}\n" for each in told).encode())
    manifest = {
        "v": 1,
        "bureau": bureau.code,
        "name": bureau.name,
        "moved_at": bureau.moved_at.isoformat(),
        "moved_to": bureau.moved_to,
        "migrations": migrations(),
        "rows": counts,
        "files": len(digests),
        "anchor": anchors.of(bureau),
    }
    _add(tar, "manifest.json", json.dumps(manifest, ensure_ascii=False).encode())
    return manifest


def migrations() -> list[str]:
    """What the tables of here are made of."""
    return sorted(".".join(each) for each in MigrationRecorder(connection).applied_migrations())


def _require_own(model, way, bureau, known):
    """A row may speak of rows of its own bureau and of nobody's; of the bureau above it forgets."""
    for _, field, of in rows.links(model):
        if of in known and (model._meta.label, field.attname) not in rows.UPWARDS:
            told = rows.of(model, way, bureau).exclude(**{field.attname: None})
            strange = set(told.values_list(field.attname, flat=True)) - known[of]
            if strange:
                raise DomainError(
                    "move_torn", what=str(model._meta.verbose_name), link=str(field.verbose_name)
                )


def _add_files(tar, digests):
    for digest in digests:
        stored = StoredFile.objects.get(pk=digest)
        data = stored.read()
        told = {"digest": digest, "media_type": stored.media_type, "sm3": stored.sm3}
        told["kept_at"] = stored.kept_at.isoformat()
        if bound_to := SEALED.get(stored.media_type):
            data = cipher.decrypt_bytes(data, bound_to)
        told["opened"] = hashlib.sha256(data).hexdigest()
        _add(tar, f"files/{digest}", data, told)


def _add(tar, name, data, told=None):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    entry.pax_headers = {"MINGQIAN.told": json.dumps(told)} if told else {}
    tar.addfile(entry, io.BytesIO(data))
