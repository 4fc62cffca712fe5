"""签署公开日志: the worker that has the key writes the tiles, then the mark, then signs, then shows. It is
the only one at it (a row is held), and before it signs anything after a start it looks for what was promised
outside of this database: the mark, the files, each witness."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ..models import LogBranch, LogEntry, LogHead, LogSigner, PublicLog
from ..publiclog import merkle, notes, tiles
from . import journal, leaves, logcounts, logfiles, logkeys, logwitnesses
from .logreading import reader

if TYPE_CHECKING:
    from ..publiclog.notes import Signer

_log = logging.getLogger(__name__)
_MOST = 65_536  # leaves of one transaction: a log of a million is caught up with in steps


def sign(pk: int) -> None:
    """Bring one log to its end: tiles, signature, files; then let the witnesses see it. Does nothing on a
    machine without the key, of a log that stands still, and where another is at it."""
    while _step(pk):
        pass
    logwitnesses.ask_all(pk)


@transaction.atomic
def _step(pk):
    """One signature. Returns whether there is more to sign."""
    LogSigner.objects.get_or_create(log_id=pk)
    held = LogSigner.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    held = held.select_related("log__bureau").filter(pk=pk).first()
    if held is None or held.log.stopped_at is not None or held.log.begun_at is None:
        return False
    log = held.log
    if not log.is_living or log.bureau.moved_at is not None:
        return False
    keys = _keys(log)
    if not keys:
        return False
    log.refresh_from_db()
    if wrong := _broken(log, held):
        _log.error("%s stands still: %s", log.origin, wrong)
        leaves.stop(log, wrong)
        return False
    logcounts.keep(log)
    size = min(log.size, held.size + _MOST)
    is_lost = held.size > 0 and logfiles.get(f"{log.folder}/checkpoint") is None
    if size == held.size and not is_lost:
        return False
    _sign(log, 0 if is_lost else held.made, size, keys)
    if is_lost:
        logwitnesses.show_all(log)
    return size < log.size


def _sign(log, made, size, keys):
    """Files whose leaves have been shown before (`made` of them) are not written again, unless they are
    lost."""
    _grow(log, made, size)
    checkpoint = notes.Checkpoint(log.origin, size, merkle.root(size, reader(log)))
    logkeys.promise(log, checkpoint)
    note = notes.written(checkpoint, [each.line(checkpoint) for each in keys])
    told = {"root": checkpoint.root.hex(), "note": note}
    head, _ = LogHead.objects.get_or_create(log=log, size=size, defaults=told)
    logfiles.put(f"{log.folder}/checkpoint", head.note.encode())
    LogSigner.objects.filter(pk=log.pk).update(size=size, made=size, failed_at=None, failed_for="")


def _keys(log) -> list[Signer]:
    """The keys of this machine. A new log gets its name, and says with its next leaf whose key signs it."""
    if not log.origin and settings.LOG_KEY_BY_ITSELF:
        begin(log)
    if not log.origin:
        return []
    return logkeys.signers(log)


@transaction.atomic
def begin(log: PublicLog) -> notes.Key:
    """A log's birth: its name, fixed for ever; its first key, which a leaf names. Returns the key."""
    journal.hold(log.bureau)
    log.refresh_from_db()
    is_new = not log.origin
    log.origin = log.origin or f"{settings.LOG_HOST}/log/{log.folder}"
    PublicLog.objects.filter(pk=log.pk, origin="").update(origin=log.origin)
    have = logkeys.signers(log)
    key = have[0].key if have else logkeys.make(log)
    row = PublicLog.objects.select_for_update(no_key=True).select_related("bureau").get(pk=log.pk)
    leaves.append(row, "key", about=str(key), op="begin")
    if is_new:  # nothing was ever promised; of any other the first step asks outside
        leaves.vouch(row)
    log.refresh_from_db()
    return key


def _broken(log, held):
    """Why this log must not be signed on, in words; "" where it may: what was promised outside is in this
    database, to the byte."""
    kept = [logkeys.promised(log), shown(log)]
    if not leaves.is_vouched(log):
        kept += logwitnesses.largest(log)
    for each in kept:
        if each is None or each.size == 0:
            continue
        if each.size > log.size:
            return f"数据库只有 {log.size} 条，而已经签出去 {each.size} 条：数据库比公开过的旧"
        _grow(log, held.made, each.size, is_shown=False)
        if merkle.root(each.size, reader(log)) != each.root:
            return f"前 {each.size} 条的树根与已经签出去的不同：数据库里的日志被改动，或者不是这一本"
    leaves.vouch(log)
    return ""


def shown(log: PublicLog) -> notes.Checkpoint | None:
    """The checkpoint in our own files, if our key has signed it."""
    note = logfiles.get(f"{log.folder}/checkpoint")
    if note is None:
        return None
    try:
        checkpoint, _ = notes.read(note.decode())
        return checkpoint if logkeys.is_ours(log, note.decode()) else None
    except (notes.BadNote, UnicodeDecodeError):
        return None  # a file that is no checkpoint promises nothing; it is written over


def grow(log: PublicLog) -> None:
    """The branches of all leaves there are; nothing is shown."""
    _grow(log, 0, log.size, is_shown=False)


def _grow(log, old, size, is_shown=True):
    """The branches of what has grown, and, where it is to be shown, the tiles."""
    for level, n, width in tiles.grown(old, size):
        hashes = reader(log)(level, n * merkle.WIDTH, width)
        if width == merkle.WIDTH:
            LogBranch.objects.get_or_create(
                log=log, level=level + 1, n=n, defaults={"hash": merkle.fold(hashes)}
            )
        if is_shown:
            _show(log, level, n, hashes, old)


def _show(log, level, n, hashes, old):
    """One tile, and of the lowest level the leaves themselves; the narrow ones before it, once it is full."""
    width = len(hashes)
    logfiles.put(f"{log.folder}/{tiles.place(level, n, width)}", b"".join(hashes))
    if level == 0:
        first = n * merkle.WIDTH
        rows = LogEntry.objects.filter(log=log, n__gte=first, n__lt=first + width).order_by("n")
        texts = [each.encode() for each in rows.values_list("text", flat=True)]
        logfiles.put(f"{log.folder}/{tiles.place('entries', n, width)}", tiles.bundle(texts))
    if width == merkle.WIDTH and n * merkle.WIDTH < old // merkle.WIDTH**level:
        for what in (level, "entries") if level == 0 else (level,):
            logfiles.drop_all(f"{log.folder}/{tiles.place(what, n)}.p")


def sign_all() -> None:
    """Every living log, one after the other; one that fails keeps no other back."""
    for pk in PublicLog.objects.filter(is_living=True).order_by("pk").values_list("pk", flat=True):
        try:
            sign(pk)
        except Exception as wrong:
            _log.exception("log %s was not signed", pk)
            LogSigner.objects.filter(pk=pk).update(
                failed_at=timezone.now(), failed_for=f"{type(wrong).__name__}: {wrong}"[:300]
            )
