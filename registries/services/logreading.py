"""A log's hashes as they stand in the database: what the tree asks for, and the proofs made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DomainError
from ..models import LogBranch, LogEntry, LogHead, PublicLog
from ..publiclog import merkle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..models import Bureau


def reader(log: PublicLog):
    """The log's hashes as the tree asks for them."""

    def read(level: int, start: int, count: int) -> Sequence[bytes]:
        if level == 0:
            rows = LogEntry.objects.filter(log=log, n__gte=start, n__lt=start + count).order_by("n")
        else:
            rows = LogBranch.objects.filter(log=log, level=level, n__gte=start, n__lt=start + count)
            rows = rows.order_by("n")
        found = [bytes(each) for each in rows.values_list("hash", flat=True)]
        if len(found) != count:
            raise LookupError(f"level {level}: {len(found)} of {count} from {start}")
        return found

    return read


def proof_of(bureau: Bureau, about: str, kinds: tuple[str, ...]) -> dict[str, Any] | None:
    """{origin, size, root, note, leaves: [{n, text, path}]}: the leaves of one thing, and their proofs under
    the first checkpoint that holds them all, whenever it is asked for. None where nothing was ever signed.
    Raises log_soon: it will be signed in a moment."""
    rows = list(
        LogEntry.objects.filter(log__bureau=bureau, about=about, kind__in=kinds)
        .select_related("log")
        .order_by("log", "n")
    )
    rows = [each for each in rows if each.log_id == rows[-1].log_id]
    if not rows or not rows[0].log.origin:
        return None
    log = rows[0].log
    head = LogHead.objects.filter(log=log, size__gt=rows[-1].n).order_by("size").first()
    if head is None:
        raise DomainError("log_soon")
    read = reader(log)
    return {
        "origin": log.origin,
        "size": head.size,
        "root": head.root,
        "note": head.note,
        "leaves": [
            {
                "n": each.n,
                "text": each.text,
                "path": [part.hex() for part in merkle.inclusion(each.n, head.size, read)],
            }
            for each in rows
        ],
    }


def printed(bureau: Bureau, about: str, kinds: tuple[str, ...]) -> dict[str, Any] | None:
    """What paper carries of it: origin, size, the root by fours, the checkpoint itself (as a QR code's
    text)."""
    found = proof_of(bureau, about, kinds)
    if found is None:
        return None
    root = found["root"]
    groups = " ".join(root[at : at + 4] for at in range(0, 64, 4))
    return {name: found[name] for name in ("origin", "size", "note")} | {"groups": groups}


def faults(bureau: Bureau) -> Iterator[str]:
    """What is wrong with a bureau's logs as they stand in the database: each leaf under its hash, none
    lacking, every signed root met."""
    for log in PublicLog.objects.filter(bureau=bureau).order_by("number"):
        edge, heads = [], dict(LogHead.objects.filter(log=log).values_list("size", "root"))
        n = 0
        rows = LogEntry.objects.filter(log=log).order_by("n").values_list("n", "text", "hash")
        for at, text, hashed in rows.iterator(chunk_size=5000):
            if at != n or merkle.leaf_hash(text.encode()) != bytes(hashed):
                yield f"公开日志{log}第 {n} 条不在，或者被改动"
                return
            n = merkle.onto(edge, n, bytes(hashed))
            if n in heads and heads[n] != merkle.above(edge).hex():
                yield f"公开日志{log}前 {n} 条的树根与签署的不同"
                return
        if n != log.size or any(size > n for size in heads):
            yield f"公开日志{log}应有 {max([log.size, *heads])} 条，只有 {n} 条"
