"""见证规则: who cosigns the bureau's log, and how many of them must have cosigned a sealing before the first
throw. Each change is itself a leaf: nobody can say later that it was otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Cosignature, LogEntry, LogWitness, PublicLog
from ..publiclog import notes
from . import journal, leaves
from .access import require

if TYPE_CHECKING:
    from ..models import Account, Bureau

ACT = "registries.publish_logpolicy"
SILENT = 26  # hours without a leaf after which whoever watches is to cry
_MOST = 20


@transaction.atomic
def add(bureau: Bureau, name: str, key: str, address: str, *, by: Account) -> LogWitness:
    """Another office watches from now on. Raises log_key_wrong, log_witness_twice."""
    require(by, ACT, bureau)
    try:
        read = notes.key_of(key)
    except notes.BadNote as wrong:
        raise DomainError("log_key_wrong", why=str(wrong)) from None
    if read.kind != notes.COSIGNS:
        raise DomainError("log_key_wrong", why="这是签名日志的公钥，不是见证方的")
    mine = LogWitness.objects.filter(bureau=bureau, until=None)
    if mine.filter(key=str(read)).exists() or mine.count() >= _MOST:
        raise DomainError("log_witness_twice", name=name)
    made = LogWitness.objects.create(
        bureau=bureau, name=name.strip()[:60], key=str(read), address=address.strip()
    )
    _publish(bureau, by)
    return made


@transaction.atomic
def end(witness: LogWitness, *, by: Account) -> LogWitness:
    """It watches no more. What it has cosigned stays."""
    require(by, ACT, witness.bureau)
    if not LogWitness.objects.filter(pk=witness.pk, until=None).update(until=timezone.now()):
        raise DomainError("log_witness_over", name=witness.name)
    _publish(witness.bureau, by)
    witness.refresh_from_db()
    return witness


@transaction.atomic
def require_so_many(bureau: Bureau, number: int | None, *, by: Account) -> None:
    """How many must have cosigned a sealing before the first throw; None: one, as soon as there is any."""
    require(by, ACT, bureau)
    have = LogWitness.objects.filter(bureau=bureau, until=None).count()
    if number is not None and not 0 <= number <= have:
        raise DomainError("log_quorum", most=have)
    PublicLog.objects.filter(bureau=bureau, is_living=True).update(quorum=number)
    _publish(bureau, by)


def needed(bureau: Bureau) -> int:
    """How many that is today."""
    log = PublicLog.objects.filter(bureau=bureau, is_living=True).first()
    have = LogWitness.objects.filter(bureau=bureau, until=None).count()
    return min(1, have) if log is None or log.quorum is None else min(log.quorum, have)


def cosigners(bureau: Bureau, about: str) -> int:
    """How many witnesses have cosigned a tree that holds the sealing of a draw."""
    leaf = LogEntry.objects.filter(log__bureau=bureau, about=about, kind="seal").order_by("-pk").first()
    if leaf is None:
        return 0
    rows = Cosignature.objects.filter(head__log=leaf.log_id, head__size__gt=leaf.n)
    return rows.values("witness").distinct().count()


def lacking(bureau: Bureau, about: str) -> int:
    """How many cosignatures a sealing still lacks."""
    number = needed(bureau)
    return max(0, number - cosigners(bureau, about)) if number else 0


def _publish(bureau, by):
    log = leaves.living(bureau)
    rows = LogWitness.objects.filter(bureau=bureau, until=None)
    told = {
        "quorum": log.quorum if log.quorum is not None else min(1, rows.count()),
        "silent_hours": SILENT,
        "witnesses": [{"name": each.name, "key": each.key, "address": each.address} for each in rows],
    }
    version = str(LogEntry.objects.filter(log__bureau=bureau, kind="rules").count() + 1)
    journal.write(
        "log.policy", by=by, about=bureau.about, facts={"witnesses": rows.count(), "version": version}
    )
    digest = leaves.publish(bureau, told)
    leaves.write("rules", bureau=bureau, about=f"witnesses-{version}.json", digest=digest, version=version)
