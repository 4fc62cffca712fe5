"""The hash-chained journal: write one entry, verify the chain, take its head as an anchor.

digest = SHA-256 of canonical JSON [bureau, seq, at, actor, action, about, facts, prev, salt]. Facts are
codes, counts and digests: no personal value enters (docs/decisions/0006). The salt is 128 random bits:
everything else can be guessed, so without it a head that leaves the database would tell what was done.
Entries of before the salt have none and eight parts.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import JournalEntry
from ..models.journal import FIRST
from ..models.keys import Keyed

if TYPE_CHECKING:
    from typing import Any

    from ..models import Account, Bureau

ACTIONS = json.loads((Path(__file__).parent.parent / "data/actions.json").read_text(encoding="utf-8"))
_SAVED = {"added": "新增", "changed": "修改"}
_CLOCK = timedelta(minutes=2)  # what a clock may be set right by
_TOLD = 200  # faults of one chain


@transaction.atomic(savepoint=False)
def write(
    action: str,
    *,
    by: Account | None,
    about: str,
    bureau: Bureau | None = None,
    facts: dict[str, Any] | None = None,
) -> JournalEntry:
    """One entry at the end of the bureau's chain, in the caller's transaction. Returns it.

    The chain is serialised by a transaction lock on PostgreSQL (without a transaction it would be let go at
    once, so one is opened where the caller has none); SQLite has one writer anyway. Without the lock a
    quarter of concurrent writers fork the chain, `SELECT … FOR UPDATE` on the tail included.
    """
    bureau = bureau or (by.bureau if by else None)
    if bureau and bureau.moved_at is not None:  # the database would refuse it too, without saying why
        raise DomainError("bureau_moved", to=bureau.moved_to)
    hold(bureau)
    last = JournalEntry.objects.filter(bureau=bureau).order_by("-seq").first()
    entry = JournalEntry(
        bureau=bureau,
        seq=last.seq + 1 if last else 1,
        at=timezone.now(),
        actor=by.journal_name if by else "system",
        action=action,
        about=about,
        facts=_canonical(facts or {}),
        prev=last.digest if last else FIRST,
        salt=secrets.token_hex(16),
    )
    entry.digest = digest_of(entry)
    if settings.NATIONAL_CIPHERS:
        entry.sm3 = sm3_of(entry, last.sm3 if last else "")
    entry.save(force_insert=True)
    return entry


def hold(bureau):
    """Wait for the chain and keep it until the transaction ends. Whoever needs another row that many wait for
    (a series of numbers) takes the chain first: two orders would be a deadlock."""
    if connection.vendor == "postgresql":
        # A lock's number has 32 bits, a key 53: two bureaus that share one wait for each other, no more.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x4A4F, bureau.pk % 2**31])


def digest_of(entry):
    """What the entry's digest must be."""
    return hashlib.sha256(_canonical(_parts(entry)).encode()).hexdigest()


def sm3_of(entry, before):
    """What its SM3 must be; `before`: that of the entry before, "" where that has none."""
    return hashlib.new("sm3", _canonical([*_parts(entry), before]).encode()).hexdigest()


def _parts(entry):
    at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = [
        entry.bureau.code,
        entry.seq,
        at,
        entry.actor,
        entry.action,
        entry.about,
        entry.facts,
        entry.prev,
    ]
    return parts + ([entry.salt] if entry.salt else [])


def digest_text(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(thing):
    """How the journal speaks of a row, also of one that has no word of its own."""
    return thing.about if isinstance(thing, Keyed) else f"{thing._meta.model_name} {thing.pk}"


def in_words(action):
    """An action as the desk says it. "noun.added" and "noun.changed" are composed of a table's name where the
    desk saves a row, so their words are too; an action nobody has words for stays as it was written."""
    noun, _, verb = action.partition(".")
    if action in ACTIONS or verb not in _SAVED:
        return ACTIONS.get(action, action)
    model = next((each for each in apps.get_models() if each._meta.model_name == noun), None)
    return f"{_SAVED[verb]}{model._meta.verbose_name}" if model else action


def about(bureau, thing):
    """[(JournalEntry, its action in words)] of one thing ("subject 12"), the newest
    first; a hundred at most."""
    rows = JournalEntry.objects.filter(bureau=bureau, about=thing).order_by("-seq")[:100]
    return [(entry, in_words(entry.action)) for entry in rows]


def has_happened(bureau_id: int | None, thing: str, actions: tuple[str, ...], since: datetime) -> bool:
    """Whether one of these actions was done to a thing since a moment."""
    rows = JournalEntry.objects.filter(bureau=bureau_id, about=thing, action__in=actions, at__gte=since)
    return rows.exists()


def head(bureau):
    """{seq, digest, at} of the last entry: what leaves the database as an anchor."""
    return JournalEntry.objects.head(bureau)


def verify(bureau, anchor=None):
    """Walk the chain. Returns (number of entries, [faults in Chinese, the first broken place first])."""
    walk = Walk()
    walk.on(bureau, anchor)
    return walk.seq, walk.faults


class Walk:
    """A walk along a bureau's chain. It may stop anywhere and go on later: `state` is what it has to know, as
    plain data."""

    def __init__(self, state=None):
        state = state or {}
        self.seq, self.found, self.more = (
            state.get("seq", 0),
            list(state.get("found", [])),
            state.get("more", 0),
        )
        self.prev, self.sm3 = state.get("prev", FIRST), state.get("sm3", "")
        self.before = datetime.fromisoformat(state["before"]) if state.get("before") else None
        self.is_salted = state.get("is_salted", False)
        self.ahead = state.get(
            "ahead", 0
        )  # seconds by which the clock is known to have jumped (clockwork.py)

    def fault(self, said):
        """One more; of a chain that is broken everywhere the first ones are told, and how many more."""
        if len(self.found) < _TOLD:
            self.found.append(said)
        else:
            self.more += 1

    @property
    def faults(self):
        return [*self.found, f"另有 {self.more} 处，没有一一列出"] if self.more else list(self.found)

    @property
    def state(self):
        told = {
            name: getattr(self, name)
            for name in ("seq", "found", "more", "prev", "sm3", "is_salted", "ahead")
        }
        return told | {"before": self.before.isoformat() if self.before else ""}

    def on(self, bureau, anchor=None, most=None):
        """Go on from where it stands, by `most` entries where given. Returns how many it went."""
        try:
            return self._go(bureau, anchor, most)
        except (OperationalError, InterfaceError):  # the database, not the chain: it is walked on later
            raise
        except Exception as wrong:  # whatever somebody has put into a row
            self.fault(f"第 {self.seq + 1} 条起读不下去：{type(wrong).__name__}: {str(wrong)[:100]}")
            return 0

    def _go(self, bureau, anchor, most):
        went, anchored = 0, None
        rows = JournalEntry.objects.filter(bureau=bureau, seq__gt=self.seq).select_related("bureau")
        for entry in rows.order_by("seq")[:most].iterator():
            went += 1
            try:
                self._step(entry)
            except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as wrong:
                self.fault(f"第 {entry.seq} 条读不下去：{type(wrong).__name__}: {str(wrong)[:100]}")
            self.prev, self.before, self.sm3 = entry.digest, entry.at, entry.sm3
            if anchor and entry.seq == anchor.get("seq"):
                anchored = entry.digest
        if anchor and anchor.get("seq"):
            if anchored is None:
                self.fault(f"锚点记到第 {anchor['seq']} 条，现在只有 {self.seq} 条：尾部被截去")
            elif anchored != anchor["digest"]:
                self.fault(f"第 {anchor['seq']} 条与锚点不同：此前的日志被重写")
        return went

    def _step(self, entry):
        self.seq += 1
        if entry.seq != self.seq:
            self.fault(f"第 {self.seq} 条缺失（下一条是第 {entry.seq} 条）")
            self.seq = entry.seq
        if entry.prev != self.prev:
            self.fault(f"第 {entry.seq} 条没有接在前一条之后")
        if digest_of(entry) != entry.digest:
            self.fault(f"第 {entry.seq} 条（{entry.action}）的内容被改动过")
        if entry.sm3 and entry.sm3 != sm3_of(entry, self.sm3):
            self.fault(f"第 {entry.seq} 条（{entry.action}）的 SM3 与内容不符")
        if self.is_salted and not entry.salt:
            self.fault(f"第 {entry.seq} 条（{entry.action}）没有随机附加数：不是本系统写入的")
        self.is_salted = self.is_salted or bool(entry.salt)
        if entry.action == "clock.jumped":
            self.ahead += json.loads(entry.facts)["seconds"]
        elif entry.action == "clock.confirmed":
            self.ahead = 0  # it was no jump: nothing is to come back
        if (
            self.before
            and entry.at < self.before - _CLOCK
            and not self._has_come_back(self.before - entry.at)
        ):
            self.fault(f"第 {entry.seq} 条（{entry.action}）的时间早于前一条：时钟被拨回，或倒填日期")

    def _has_come_back(self, by):
        """Whether a clock that had jumped forward, which the journal says, has been
        set right by about as much."""
        is_so = self.ahead and by <= timedelta(seconds=self.ahead) + _CLOCK
        self.ahead = 0 if is_so else self.ahead
        return is_so


def _canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
