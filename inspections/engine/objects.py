"""Which enterprises are drawn (SJS1 §5)."""

import heapq


def draw_objects(commitment, tickets):
    """Commitment and tickets in; [{stratum, n, k, drawn}] in the order of the strata out."""
    eligible = {name: [] for name in commitment.strata}
    for row in commitment.pool.values():
        if row.status == "E":
            eligible[row.stratum].append(row)
    found = []
    for name, stratum in commitment.strata.items():
        rows = eligible[name]
        size = sample_size(len(rows), stratum.rate_bp, stratum.minimum)
        keyed = ((tickets.best_lot("OBJ", row.id, lots=row.lots), row.id) for row in rows)
        drawn = [row_id for _, row_id in heapq.nsmallest(size, keyed)]
        found.append({"stratum": name, "n": len(rows), "k": size, "drawn": drawn})
    return found


def sample_size(eligible, rate_bp, minimum):
    """k of §5: rows that may be drawn, rate in basis points, least number → how many are drawn."""
    return min(eligible, max(minimum, -(-eligible * rate_bp // 10000)))


def must_rows(commitment):
    """The ids of the 必查 rows, sorted."""
    return sorted(row.id for row in commitment.pool.values() if row.status == "M")
