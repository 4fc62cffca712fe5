"""The log's key and its mark: two small files of the machine that signs, in no database, no backup, on no
machine that serves pages (LOG_KEYS_DIR). The mark is what has been promised: written, and on the disk, before
a signature leaves."""

from __future__ import annotations

import base64
import json
import os
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from ..publiclog import notes

if TYPE_CHECKING:
    from pathlib import Path

    from ..models import PublicLog


def signers(log: PublicLog) -> list[notes.Signer]:
    """The keys that sign a log now, the oldest first; [] on a machine that has none."""
    return [notes.Signer(log.origin, _seed(path)) for path in _paths(log)]


def is_ours(log: PublicLog, note: str) -> bool:
    """Whether a key that this log has ever had stands under a checkpoint: a promise outlives its key."""
    named = log.entries.filter(kind="key").values_list("about", flat=True)
    keys = [each.key for each in signers(log)] + [notes.key_of(each) for each in named.distinct()]
    return any(notes.is_signed(note, each) for each in keys)


def make(log: PublicLog, *, again: bool = False) -> notes.Key:
    """A new key on this machine. `again`: beside the one there is. Raises FileExistsError."""
    have = _paths(log)
    if have and not again:
        raise FileExistsError(have[0])
    number = int(have[-1].stem.rpartition("-")[2]) + 1 if have else 1
    path = _folder() / f"{_slug(log)}-{number}.key"
    seed = secrets.token_bytes(32)
    _write(path, base64.b64encode(seed).decode() + "\n", os.O_EXCL)
    return notes.Signer(log.origin, seed).key


def drop(log: PublicLog, key: str) -> None:
    """A key that has ended signs no more: its file is put aside, not destroyed."""
    for path in _paths(log):
        if str(notes.Signer(log.origin, _seed(path)).key) == key:
            path.rename(path.with_suffix(".ended"))


def promised(log: PublicLog) -> notes.Checkpoint | None:
    """What the mark says that this machine has signed at most; None where there is no mark."""
    try:
        told = json.loads(_mark(log).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return notes.Checkpoint(log.origin, told["size"], bytes.fromhex(told["root"]))


def promise(log: PublicLog, checkpoint: notes.Checkpoint) -> None:
    """Write the mark; when it returns it outlives a power cut."""
    told = json.dumps({"size": checkpoint.size, "root": checkpoint.root.hex()})
    draft = _mark(log).with_suffix(".part")
    _write(draft, told, os.O_TRUNC)
    draft.replace(_mark(log))
    _sync(_folder())


def _paths(log):
    return sorted(_folder().glob(f"{_slug(log)}-*.key"), key=lambda path: int(path.stem.rpartition("-")[2]))


def _slug(log):
    return log.folder.replace("/", "_")


def _mark(log):
    return _folder() / f"{_slug(log)}.mark"


def _folder() -> Path:
    settings.LOG_KEYS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings.LOG_KEYS_DIR


def _seed(path):
    return base64.b64decode(path.read_text(encoding="ascii"))


def _write(path, text, how):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def _sync(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
