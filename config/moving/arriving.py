"""搬进: a bureau out of its sealed file into this installation, whole or not at all. Its chain goes on from
where it stopped; every verifier is asked before anything stands."""

from __future__ import annotations

import hashlib
import json
import tarfile
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction

from inspections.models import CleanCopy, Draw
from inspections.watch import verification
from publicity import verification as publicity
from registries import cipher, numbering, shelf
from registries.errors import DomainError
from registries.models import Account, Bureau, JournalEntry, LedgerMark, StoredFile
from registries.services import covers, journal, ledger, storage
from registries.triggers import asleep

from . import rows
from .leaving import SEALED, close, migrations
from .packing import Broken, Opening

if TYPE_CHECKING:
    from pathlib import Path


def arrive(path: Path, password: str, renamed: dict[str, str], upper: Bureau | None = None) -> dict:
    """Take a bureau in. `renamed`: {user name there: user name here} of accounts whose names are taken here.
    The tables' owner only. Returns the manifest, with `faults`, which is empty.

    Raises move_broken (changed, cut, or another password), move_other_version, move_living (it is here and
    has not left), move_not_later (the copy of here is not the beginning of what comes), move_taken (keys,
    codes or names that are taken here), move_faulty (a verifier names a fault): then nothing has changed
    here.
    """
    try:
        manifest = _manifest(path, password)
        with transaction.atomic():
            return _taken_in(path, password, manifest, renamed, upper)
    except (Broken, tarfile.TarError, UnicodeDecodeError, json.JSONDecodeError):
        raise DomainError("move_broken") from None
    except IntegrityError as wrong:  # unique together with something else: a sign-on name, say
        raise DomainError("move_taken", what=str(wrong).strip().splitlines()[-1], count=1) from None


def _members(path, password):
    """(name, what is told of it, its bytes) one after another."""
    with path.open("rb") as source, tarfile.open(fileobj=Opening(source, password), mode="r|") as tar:
        for entry in tar:
            told = json.loads(entry.pax_headers.get("MINGQIAN.told", "{}"))
            yield entry.name, told, tar.extractfile(entry).read()


def _manifest(path, password):
    """It is the last thing in the file: reading to it opens every piece."""
    last = None
    for name, _, data in _members(path, password):
        last = json.loads(data) if name == "manifest.json" else None
    if last is None:
        raise Broken
    if last["migrations"] != migrations():
        raise DomainError("move_other_version")
    return last


def _taken_in(path, password, manifest, renamed, upper):
    was = Bureau.objects.filter(code=manifest["bureau"]).first()
    if was is not None:
        _require_later(was, path, password)
    models = list(rows.ways())
    tables = [each._meta.db_table for each in (*models, CleanCopy)]
    with asleep(connection, *tables, "registries_ledgermark"):
        if was is not None:
            _forget(was)
        _require_free(path, password, renamed)
        _load(path, password, manifest, renamed)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    numbering.catch_up()
    bureau = Bureau.objects.get(code=manifest["bureau"])
    faults = _faults(bureau, manifest["anchor"])
    if faults:
        raise DomainError("move_faulty", count=len(faults), first=faults[0])
    _open(bureau, manifest, renamed, upper)
    if faults := [*journal.verify(bureau)[1], *covers.faults(bureau), *ledger.faults(bureau)]:
        raise DomainError("move_faulty", count=len(faults), first=faults[0])
    return manifest | {"faults": []}


def _open(bureau, manifest, renamed, upper):
    """It lives here from now on, and its chain says so."""
    close(bureau, None, "")
    bureau.upper = upper
    bureau.save(update_fields=["upper"])
    head = manifest["anchor"]
    facts = {"seq": head["seq"], "digest": head["digest"], "renamed": renamed}
    journal.write("bureau.moved_in", by=None, bureau=bureau, about=bureau.about, facts=facts)
    names = Account.objects.filter(bureau=bureau, username__in=renamed.values())
    covers.touch(bureau, [bureau, *names], by=None)
    ledger.begin_anew(bureau)


def _require_later(was, path, password):
    """What is here has left, and what comes begins with it: entry by entry the same, and at least as long."""
    if was.moved_at is None:
        raise DomainError("move_living", name=was.name)
    known = dict(JournalEntry.objects.filter(bureau=was).values_list("seq", "digest"))
    for name, _, data in _members(path, password):
        if name == "rows/registries.JournalEntry":
            lines = data.decode().splitlines()
            columns = json.loads(lines[0])
            seq, digest = columns.index("seq"), columns.index("digest")
            come = {row[seq]: row[digest] for row in map(json.loads, lines[1:])}
            if any(come.get(number) != each for number, each in known.items()):
                raise DomainError("move_not_later", name=was.name)


def _forget(was):
    """The rows of before, which come again in what comes: those first that hang on others."""
    for model, way in reversed(rows.ways().items()):
        keys = model._base_manager.filter(**{way: was.pk})
        keys._raw_delete(keys.db)
    LedgerMark.objects.filter(bureau=was.pk)._raw_delete("default")


def _require_free(path, password, renamed):
    """No key and no name that comes is taken by a row of here."""
    taken, tables = [], {each._meta.label: each for each in rows.ways()}
    for name, _, data in _members(path, password):
        model = tables.get(name.removeprefix("rows/"))
        if model is None or not name.startswith("rows/"):
            continue
        lines = data.decode().splitlines()
        columns = json.loads(lines[0])
        place = columns.index(model._meta.pk.attname)
        come = [json.loads(each) for each in lines[1:]]
        if _is_any(model, "pk", [row[place] for row in come]):
            taken.append(f"{model._meta.verbose_name}的编号段")
        for field in model._meta.concrete_fields:
            if field.unique and not field.primary_key and not field.is_relation:
                at = columns.index(field.attname)
                said = [renamed.get(row[at], row[at]) if model is Account else row[at] for row in come]
                taken += [f"{field.verbose_name} {each}" for each in _which(model, field.attname, said)]
    if taken:
        raise DomainError("move_taken", what="；".join(taken[:12]), count=len(taken))


def _is_any(model, name, values):
    return bool(next(_which(model, name, values), None))


def _which(model, name, values):
    for first in range(0, len(values), 500):
        some = [each for each in values[first : first + 500] if each not in (None, "")]
        yield from model._base_manager.filter(**{f"{name}__in": some}).values_list(name, flat=True)


def _load(path, password, manifest, renamed):
    """The files first, as what speaks of them must name them as they are kept here."""
    kept = {}
    for name, told, data in _members(path, password):
        if name.startswith("files/"):
            kept[told["digest"]] = _keep(told, data)
    counts, tables = {}, {each._meta.label: each for each in rows.ways()}
    for name, _, data in _members(path, password):
        if name == "copies":
            _write(CleanCopy, _missing(data), kept, {})
        elif name.startswith("rows/"):
            model = tables[name.removeprefix("rows/")]
            counts[model._meta.label] = _write(model, data, kept, renamed)
    if counts != manifest["rows"]:
        raise Broken


def _write(model, data, kept, renamed):
    lines = data.decode().splitlines()
    if not lines:
        return 0
    columns, places = json.loads(lines[0]), rows.files(model)
    name = columns.index("username") if model is Account else None
    signs = columns.index("signs_as") if model is Account else None
    upwards = [columns.index(name) for label, name in rows.UPWARDS if label == model._meta.label]

    def as_here():
        for line in lines[1:]:
            row = json.loads(line)
            for place in places:
                row[place] = kept.get(row[place], row[place])
            if name is not None:
                row[name], was = renamed.get(row[name], row[name]), row[name]
                row[signs] = row[signs] or ("" if was == row[name] else was)
            for place in upwards:
                row[place] = None
            yield row

    return rows.write(model, columns, as_here())


def _missing(data):
    """Of the lines of copies those whose original has none here: the same photo may have come before."""
    lines = data.decode().splitlines()
    known = set(CleanCopy.objects.values_list("pk", flat=True))
    place = json.loads(lines[0]).index("original_id")
    return "\n".join(
        [lines[0], *(each for each in lines[1:] if json.loads(each)[place] not in known)]
    ).encode()


def _keep(told, data):
    """The digest under which a file is kept here."""
    if hashlib.sha256(data).hexdigest() != told["opened"]:
        raise Broken
    if bound_to := SEALED.get(told["media_type"]):
        return storage.keep(cipher.encrypt_bytes(data, bound_to), told["media_type"]).digest
    place = StoredFile(digest=told["digest"]).place
    if not shelf.has(place):
        shelf.put(place, data)
    if not StoredFile.objects.filter(pk=told["digest"]).exists():
        columns = ["digest", "size", "media_type", "kept_at", "sm3"]
        row = [told["digest"], len(data), told["media_type"], told["kept_at"], told["sm3"]]
        rows.write(StoredFile, columns, [row])
    return told["digest"]


def _faults(bureau, anchor):
    """What every verifier has to say of it, against what stood in the file."""
    found = [*journal.verify(bureau, anchor)[1], *verification.verify_series(bureau, anchor)]
    for pk in Draw.objects.filter(bureau=bureau).order_by("pk").values_list("pk", flat=True):
        found += verification.verify(pk)
    return found + list(publicity.verify(bureau))
