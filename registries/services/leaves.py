"""公开日志: one leaf at its end, in the transaction of the fact that it tells, and the last thing in it. What
has become public and has no leaf, or the other way round, cannot be: both are committed, or neither."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone

from .. import ringing
from ..errors import DomainError
from ..models import LogEntry, LogFile, PublicLog
from ..publiclog import leaf, merkle
from . import journal, logkeys, messages

if TYPE_CHECKING:
    from typing import Any

    from ..models import Bureau, StoredFile

# A database that was restored, copied or promoted has begun anew: its postmaster, or the table.
_START = "pg_postmaster_start_time()::text || '/' || 'registries_publiclog'::regclass::oid"
# Where the database is a file that anybody may put in another's place, every process looks for itself.
_vouched: set[str] = set()


def write(kind: str, *, bureau: Bureau, about: str, digest: str = "", **fields: Any) -> LogEntry:
    """One leaf at the end of the bureau's log, in the caller's transaction. Raises log_still, log_waits,
    log_not_begun: nothing may become public now."""
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf is written in the transaction of its fact")
    journal.hold(bureau)  # first, as every act does: two orders would be a deadlock
    log = living(bureau)
    _require_open(log)
    return append(log, kind, about=about, digest=digest, **fields)


def append(log: PublicLog, kind: str, *, about: str, digest: str = "", **fields: Any) -> LogEntry:
    """The same on a log that is held, whether or not it may be written into by a public act."""
    at = timezone.now().replace(second=0, microsecond=0)
    at = max(at, log.last_at) if log.last_at else at
    told = {"bureau": log.bureau.code, "n": log.size, "at": minute(at), "about": about, "digest": digest}
    text = leaf.text_of(kind, fields, **told)
    entry = LogEntry.objects.create(
        log=log, n=log.size, kind=kind, about=about[:200], text=text, hash=merkle.leaf_hash(text.encode())
    )
    log.size, log.last_at = log.size + 1, at
    PublicLog.objects.filter(pk=log.pk).update(size=log.size, last_at=at)
    transaction.on_commit(lambda: ringing.ring_where_heard("registries.tasks.sign_log", log.pk))
    return entry


def minute(moment) -> str:
    """A moment as leaves write it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M+08:00")


def living(bureau: Bureau) -> PublicLog:
    """The bureau's log, held until the transaction ends; begun now, where it is a new bureau's. (A bureau
    that had spoken before there were logs has one that waits for `log_begin`.)"""
    rows = PublicLog.objects.select_for_update(no_key=True, of=("self",)).annotate(start=_start())
    log = rows.filter(bureau=bureau, is_living=True).first()
    if log is None:
        PublicLog.objects.get_or_create(bureau=bureau, number=1, defaults={"begun_at": timezone.now()})
        log = rows.get(bureau=bureau, is_living=True)
    log.bureau = bureau
    return log


def standing_still(bureau: Bureau) -> str:
    """Why nothing can become public; "" where the log goes on."""
    still = PublicLog.objects.filter(bureau=bureau, is_living=True).exclude(stopped_at=None)
    return still.values_list("stopped_for", flat=True).first() or ""


def _require_open(log):
    if log.stopped_at is not None:
        raise DomainError("log_still", why=log.stopped_for)
    if log.begun_at is None:
        raise DomainError("log_not_begun")
    if not log.origin:
        return  # nothing was ever signed
    if connection.vendor == "postgresql":
        if log.vouched != log.start:
            ringing.ring_where_heard("registries.tasks.sign_log", log.pk)
            raise DomainError("log_waits")
    elif (promised := logkeys.promised(log)) and promised.size > log.size:
        raise DomainError("log_still", why="数据库比已经签出去的旧")


def publish(bureau: Bureau, told: dict[str, Any]) -> str:
    """Put what a leaf names by its hash where anybody may read it. `told`: plain data; where it is not read
    by all, or may have to vanish, it has a nonce (`nonce()`). Returns the hash."""
    text = as_published(told)
    digest = hashlib.sha256(text.encode()).hexdigest()
    LogFile.objects.get_or_create(bureau=bureau, digest=digest, defaults={"text": text})
    return digest


def as_published(told: dict[str, Any]) -> str:
    """Plain data as the text that its leaf names by its hash."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def publish_kept(bureau: Bureau, stored: StoredFile) -> None:
    """The same of a file that is kept anyway."""
    LogFile.objects.get_or_create(bureau=bureau, digest=stored.digest, defaults={"stored": stored})


def take_away(bureau: Bureau, digest: str) -> None:
    """What the law takes away: from now on its address says so. The nonce goes with it, so that nobody can
    guess the hash back."""
    mine = LogFile.objects.filter(bureau=bureau, digest=digest, gone_at=None)
    mine.update(text="", stored=None, gone_at=timezone.now())


def nonce() -> str:
    """128 random bits."""
    return secrets.token_hex(16)


def vouch(log: PublicLog) -> None:
    """The signer has looked: what was promised outside is in this database."""
    PublicLog.objects.filter(pk=log.pk).update(vouched=_start())
    _vouched.add(_here(log))


def stop(log: PublicLog, why: str) -> None:
    """It stands still: nothing may become public until somebody has resumed it."""
    stops = {"stopped_at": timezone.now(), "stopped_for": why[:300], "vouched": ""}
    if PublicLog.objects.filter(pk=log.pk, stopped_at=None).update(**stops):
        tell(log, f"公开日志停住了，现在什么也不能公开：{why}")
        journal.write("log.stopped", by=None, bureau=log.bureau, about=log.bureau.about, facts={"why": why})


def tell(log: PublicLog, said: str) -> None:
    """Whom it concerns that somebody has to look at the log: who watches, who answers for the bureau, who
    keeps the machine."""
    bureau = log.bureau
    people = {
        *messages.holders(bureau.pk, "inspections.take_sealed"),
        *messages.holders(bureau.pk, "registries.publish_logpolicy"),
        *messages.holders(bureau.pk, "registries.add_account"),
    }
    messages.tell(people, "watch", bureau, said)


def _here(log):
    return f"{connection.settings_dict['NAME']} {log.origin}"


def is_vouched(log: PublicLog) -> bool:
    """Whether this start of the database has been looked at."""
    if connection.vendor != "postgresql":
        return _here(log) in _vouched
    return PublicLog.objects.filter(pk=log.pk, vouched=_start()).exists()


def _start():
    return RawSQL(_START, []) if connection.vendor == "postgresql" else Value("")  # noqa: S611


def of(bureau: Bureau, about: str) -> list[LogEntry]:
    """The leaves that speak of one thing, the first one first."""
    return list(LogEntry.objects.filter(log__bureau=bureau, about=about).order_by("log", F("n")))
