"""A log's hashes as they stand in the database: what the tree asks for, and the proofs made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models import LogBranch, LogEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models import PublicLog


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
