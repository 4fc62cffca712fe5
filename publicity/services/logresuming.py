"""恢复公开日志 (public-log §4): a database that was restored, copied or promoted is older than what was
promised outside. The missing leaves are fetched, byte for byte, until the promised root is met; never is one
made anew. What the database then lacks of the facts is listed, a `restore` leaf says so, and the log goes
on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from inspections.draw import recovery, voiding
from inspections.models import Change, Draw, SeedSource
from inspections.states import DEAD_DRAW, ChangeState
from registries.errors import DomainError
from registries.models import LogEntry, LogFile, LogSigner, PublicLog
from registries.publiclog import merkle, notes
from registries.services import journal, leaves, logfiles, logkeys, logsigning, logwitnesses
from registries.services.logreading import reader

from .. import monitor
from ..lognote import Wrong
from ..models import Disclosure, Ending, Release
from . import carrying

if TYPE_CHECKING:
    from typing import Any

    from registries.publiclog.notes import Checkpoint

_NAMES = ("list", "plan", "group", "rules", "seal", "said", "release")  # leaves that name a file
_MOST = 50_000  # bytes of a leaf's list
_LOST = "restore"  # the reason class of what is void because its files are gone


@dataclass
class Resumed:
    """What came of it. `fetched`: leaves; `missing`: facts that the database lacked, as the leaf says them;
    `said`: what was taken back, and what could not be."""

    log: PublicLog
    fetched: int = 0
    missing: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def promised(log: PublicLog, note: str = "") -> Checkpoint | None:
    """The largest tree that our key has signed: by the mark, the files, each witness, and a checkpoint typed
    from paper. Raises log_note_wrong."""
    found = [logkeys.promised(log), logsigning.shown(log), *logwitnesses.largest(log)]
    if note.strip():
        found.append(_typed(log, note))
    return max((each for each in found if each is not None), key=lambda each: each.size, default=None)


def _typed(log, note):
    try:
        checkpoint, _ = notes.read(note.replace("\r\n", "\n"))
        if checkpoint.origin == log.origin and logkeys.is_ours(log, note):
            return checkpoint
    except notes.BadNote as wrong:
        raise DomainError("log_note_wrong", why=str(wrong)) from None
    raise DomainError("log_note_wrong", why="不是这本日志的，或者签名不对")


def resume(
    log: PublicLog,
    note: str = "",
    sources: tuple[str, ...] = (),
    copies: tuple[bytes, ...] = (),
    gives_up: bool = False,
) -> Resumed:
    """Go on with a log that stands still.

    `note`: the newest printed checkpoint; `sources`: where else its tiles may lie (addresses, folders);
    `copies`: the files of sealings that the supervisor has kept; `gives_up`: what is sealed and in none of
    them is void. Raises log_forked, log_bytes_nowhere, log_seals_lost, copies_failed: then nothing is
    changed.
    """
    places = [_Ours(log), *map(monitor.Source, sources)]
    target = promised(log, note)
    if target is None:
        raise DomainError("log_nothing_promised")
    entries = _fetched(log, target, places) if target.size > log.size else []
    with transaction.atomic():
        journal.hold(log.bureau)
        held = PublicLog.objects.select_for_update(no_key=True, of=("self",)).select_related("bureau")
        log = held.get(pk=log.pk)
        _take_in(log, entries)
        if merkle.root(target.size, reader(log)) != target.root:
            raise DomainError("log_forked", size=target.size)
        sealed = [told["draw"] for told in map(json.loads, entries) if told["kind"] == "seal"]
        lost = recovery.lost(log.bureau, copies, sealed)
        thrown = [number for number, leaves_of in lost.items() if leaves_of["value"]]
        if thrown and not gives_up:
            raise DomainError("log_seals_lost", numbers="、".join(thrown))
        PublicLog.objects.filter(pk=log.pk).update(stopped_at=None, stopped_for="")
        log.refresh_from_db()
        done = Resumed(log, len(entries), _missing(log, entries))
        if entries:
            told: dict[str, Any] = {"from": target.size - len(entries), "to": target.size}
            leaves.append(log, "restore", about="restore", missing=_cut(done.missing), **told)
        leaves.vouch(log)
        done.said = _take_back(log, places, copies)
        for number, leaves_of in lost.items():
            _void(log, number, leaves_of)
        _tell(done)
        facts = {"fetched": len(entries), "missing": done.missing[:100]}
        journal.write("log.resumed", by=None, bureau=log.bureau, about=log.bureau.about, facts=facts)
    return done


def _cut(missing):
    """A leaf holds 65,535 bytes."""
    kept, size = [], 0
    for each in missing:
        size += len(each.encode()) + 3
        if size > _MOST:
            return [*kept, f"另有 {len(missing) - len(kept)} 项"]
        kept.append(each)
    return kept


def _take_back(log, places, copies):
    """The facts of all that was fetched, now or at an earlier resuming. [Chinese sentence]."""
    restored = LogEntry.objects.filter(log=log, kind="restore").values_list("text", flat=True)
    begun = [told["from"] for told in map(json.loads, restored) if told["missing"] != monitor.logrules.BEFORE]
    if not begun:
        return recovery.take_back(log.bureau, copies).done
    names = LogEntry.objects.filter(log=log, kind__in=_NAMES, n__gte=min(begun)).order_by("n")
    leaves_of = [json.loads(text) for text in names.values_list("text", flat=True)]
    _files_back(log, leaves_of, places, copies)
    told = recovery.take_back(log.bureau, copies)
    if copies and told.failed:
        raise DomainError("copies_failed", why="；".join(told.failed))
    said = [each for each in leaves_of if each["kind"] == "said"]
    held = carrying.hold_back(log.bureau) if said else []
    return told.done + told.failed + _said_again(log, said) + held


def _can_fetch(log, target, sources):
    try:
        return bool(_fetched(log, target, [_Ours(log), *map(monitor.Source, sources)]))
    except DomainError:
        return False


def _fetched(log, target, places):
    """The leaves between the database's end and the promised size, from wherever the promised root is met."""
    for place in places:
        tiles = monitor.Tiles(place, target.size)
        try:
            if tiles.root(target.size) != target.root:
                continue
            found, n = [], log.size // merkle.WIDTH
            while n * merkle.WIDTH < target.size:
                found += tiles.entries(n)
                n += 1
        except (Wrong, monitor.Gone, OSError):
            continue
        return found[log.size % merkle.WIDTH :]
    raise DomainError("log_bytes_nowhere", size=target.size)


class _Ours(monitor.Source):
    """The files that we have served ourselves."""

    def __init__(self, log):
        self.log = log

    def get(self, name):
        return logfiles.get(f"{self.log.folder}/{name}")


def _take_in(log, entries):
    """Byte for byte as they were."""
    for n, data in enumerate(entries, log.size):
        told = json.loads(data)
        LogEntry.objects.create(
            log=log,
            n=n,
            kind=told["kind"],
            about=told["about"][:200],
            text=data.decode(),
            hash=merkle.leaf_hash(data),
        )
        PublicLog.objects.filter(pk=log.pk).update(size=n + 1)
    if entries:
        last = json.loads(entries[-1])["at"]
        log.refresh_from_db()
        PublicLog.objects.filter(pk=log.pk).update(
            last_at=max(filter(None, [log.last_at, monitor.logrules.moment(last)]))
        )
        logsigning.grow(log)
        log.refresh_from_db()


def _files_back(log, told, places, copies):
    """What leaves name by its hash and is here no more, from wherever it can be had. What the law has taken
    away meanwhile stays away."""
    kept = {hashlib.sha256(each).hexdigest(): each for each in copies}
    over = {each["about"] for each in told if each.get("sub") in monitor.logrules.OVER}
    wanted = {}
    for each in told:
        is_gone = each["kind"] == "said" and each["about"] in over
        is_gone &= each.get("sub") not in monitor.logrules.OVER
        named = (
            [each["notice"]] if each["kind"] == "seal" else [each["digest"], *each.get("files", {}).values()]
        )
        wanted |= dict.fromkeys(named, is_gone)
    here = set(LogFile.objects.filter(bureau=log.bureau).values_list("digest", flat=True))
    for digest, is_gone in wanted.items():
        if digest and digest not in here:
            _file_back(log, digest, kept.get(digest), is_gone, places)


def _file_back(log, digest, data, is_gone, places):
    try:
        data = None if is_gone else data or _file_of(places, digest)
    except monitor.Gone:
        is_gone = True
    gone_at = timezone.now() if is_gone else None
    if data is not None or is_gone:
        text = "" if is_gone else data.decode()
        LogFile.objects.create(bureau=log.bureau, digest=digest, text=text, gone_at=gone_at)


def _said_again(log, said):
    """Corrections and endings: what was withdrawn or mended is not shown as it was. Of an ending that has no
    file any more the leaf says enough."""
    found = []
    for told in said:
        file = LogFile.objects.filter(bureau=log.bureau, digest=told["digest"], gone_at=None).first()
        facts = json.loads(file.text) if file and file.text else None
        is_over = told["sub"] in monitor.logrules.OVER
        if facts is None and is_over:
            facts = {"token": told["about"], "kind": told["sub"], "reason": "照公开日志补回"}
        if facts and carrying.said_again(log.bureau, facts):
            found.append(f"公示 {told['about']} 已照日志补回：{'终止' if is_over else '更正'}")
        elif is_over and not Ending.objects.filter(disclosure__token=told["about"]).exists():
            found.append(
                f"公示 {told['about']} 在日志里已经终止，数据库里没有它："
                "它可能更正过仍在公示的一份，请逐份核对"
            )
    return found


def _file_of(places, digest):
    """The bytes, from the first that has them; None. Raises Gone where the law has taken them away."""
    for place in places:
        try:
            data = place.get(f"file/{digest}")
        except (Wrong, OSError):
            continue
        if data is not None and hashlib.sha256(data).hexdigest() == digest:
            return data
    return None


def _missing(log, entries):
    """[kind about …] of each fact that a fetched leaf tells and the database does not have."""
    found = []
    for data in entries:
        told = json.loads(data)
        look = _HAS.get(told["kind"])
        if look is not None and not look(log.bureau, told):
            more = f" {told['pos']}" if "pos" in told else f" {told['num']}" if "num" in told else ""
            found.append(f"{told['kind']} {told['about']}{more}")
    return found


def _draws(bureau, told, **more):
    return Draw.objects.filter(bureau=bureau, number=told["draw"], **more).exists()


def _sources(bureau, told, **more):
    mine = SeedSource.objects.filter(draw__bureau=bureau, draw__number=told["draw"], position=told["pos"])
    return mine.filter(**more).exists()


def _changes(bureau, told, **more):
    return Change.objects.filter(
        draw__bureau=bureau, draw__number=told["draw"], n=told["num"], **more
    ).exists()


def _said(bureau, told):
    mine = Disclosure.objects.filter(bureau=bureau, token=told["about"])
    if told["sub"] in monitor.logrules.OVER:
        return Ending.objects.filter(disclosure__in=mine).exists()
    return mine.exists()


def _file(bureau, told):
    return LogFile.objects.filter(bureau=bureau, digest=told["digest"]).exists()


_HAS = {
    "list": _file,
    "plan": _file,
    "group": _file,
    "rules": _file,
    "seal": lambda bureau, told: _draws(bureau, told, commitment=told["digest"]),
    "lodge": lambda bureau, told: _sources(bureau, told, lodged_digest=told["digest"]),
    "value": lambda bureau, told: _sources(bureau, told, value=told["value"]),
    "result": lambda bureau, told: _draws(bureau, told, result_digest=told["digest"]),
    "infeasible": lambda bureau, told: _draws(bureau, told, result_digest=told["digest"]),
    "request": lambda bureau, told: _changes(bureau, told, request_digest=told["digest"]),
    "change": lambda bureau, told: _changes(bureau, told, status=ChangeState.COMPLETED),
    "void": lambda bureau, told: _draws(bureau, told, status__in=DEAD_DRAW),
    "release": lambda bureau, told: Release.objects.filter(
        draw__bureau=bureau, draw__number=told["draw"]
    ).exists(),
    "said": _said,
}


def _void(log, number, told):
    """A sealing that nobody has any more is void, in the open."""
    if "void" not in told and "infeasible" not in told:
        carry = int("result" in told)
        leaves.append(log, "void", about=number, draw=number, reason=_LOST, carry=carry)


def _tell(done):
    """Whom it concerns: that the log goes on, what came back, what people have to look at."""
    count = f"，数据库里缺过 {len(done.missing)} 项" if done.missing else ""
    leaves.tell(done.log, f"公开日志已恢复：取回 {done.fetched} 条{count}")
    for each in done.said:
        leaves.tell(done.log, each)


@transaction.atomic
def begin_anew(log: PublicLog, why: str, sources: tuple[str, ...] = ()) -> PublicLog:
    """The promised bytes are nowhere: this log never signs again.

    A second one begins, holding the last checkpoint of the first; what was sealed in the first and is not
    done yet ends. Raises log_not_lost where they could still be fetched.
    """
    target = promised(log)
    if target is None or target.size <= log.size or _can_fetch(log, target, sources):
        raise DomainError("log_not_lost")
    journal.hold(log.bureau)
    last = (logfiles.get(f"{log.folder}/checkpoint") or b"").decode() or f"{target.size}:{target.root.hex()}"
    PublicLog.objects.filter(pk=log.pk).update(is_living=False, stopped_for=why[:300])
    fresh = PublicLog.objects.create(bureau=log.bureau, number=log.number + 1, begun_at=log.begun_at)
    told: dict[str, Any] = {"from": 0, "to": 0, "missing": [last]}
    leaves.append(fresh, "restore", about=log.origin, **told)
    journal.write(
        "log.begun", by=None, bureau=log.bureau, about=log.bureau.about, facts={"number": fresh.number}
    )
    LogSigner.objects.get_or_create(log=fresh)
    leaves.tell(fresh, f"公开日志的条目找不回，另起了第 {fresh.number} 本：没有办完的抽取随之作废")
    for draw in Draw.objects.filter(bureau=log.bureau, release=None).order_by("pk"):
        voiding.end_with_log(draw)
    return fresh
