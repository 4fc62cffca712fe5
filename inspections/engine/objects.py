"""Which enterprises are drawn (SJS1 §5)."""

from collections.abc import Iterable

from .canonical import Doc
from .files import Commitment, Row
from .tickets import Tickets


def draw_objects(commitment: Commitment, tickets: Tickets) -> list[Doc]:
    """Commitment and tickets in; [{stratum, n, k, drawn}] in the order of the strata out."""
    eligible: dict[str, list[Row]] = {name: [] for name in commitment.strata}
    for row in commitment.pool.values():
        if row.status == "E":
            eligible[row.stratum].append(row)
    found = []
    for name, stratum in commitment.strata.items():
        rows = eligible[name]
        size = sample_size(len(rows), stratum.rate_bp, stratum.minimum)
        chosen = drawn(tickets, ((row.id, row.lots) for row in rows), size)
        found.append({"stratum": name, "n": len(rows), "k": size, "drawn": chosen})
    return found


def drawn(tickets: Tickets, rows: Iterable[tuple[str, int]], size: int) -> list[str]:
    """Tickets, (id, lots) of every row that may be drawn and k in; the ids drawn, in drawing order, out.

    One pass in any order. A key is compared as the 32 bytes of the hash, which order as its hex digits do;
    only keys that may still be drawn are kept, at most twice k of them.
    """
    copy = tickets.beginning("OBJ").copy
    best: list[tuple[bytes, str]] = []
    bound, room = b"\xff" * 33, 2 * size
    for row_id, lots in rows:
        state = copy()
        state.update(row_id.encode() + b"|1")
        key = state.digest()
        if lots > 1:
            for lot in range(2, lots + 1):
                state = copy()
                state.update(f"{row_id}|{lot}".encode())
                key = min(key, state.digest())
        if key <= bound:
            best.append((key, row_id))
            if len(best) > room:
                best.sort()
                del best[size:]
                bound = best[-1][0] if best else b""
    best.sort()
    return [row_id for _, row_id in best[:size]]


def sample_size(eligible: int, rate_bp: int, minimum: int) -> int:
    """k of §5: rows that may be drawn, rate in basis points, least number → how many are drawn."""
    return min(eligible, max(minimum, -(-eligible * rate_bp // 10000)))


def must_rows(commitment: Commitment) -> list[str]:
    """The ids of the 必查 rows, sorted."""
    return sorted(row.id for row in commitment.pool.values() if row.status == "M")
