"""Under which names a log's tiles lie, and what is in them (C2SP tlog-tiles)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .merkle import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 65_535  # bytes of a leaf


def place(level: int | str, n: int, width: int = WIDTH) -> str:
    """The name of a tile: its level (or "entries"), its number, how many it holds."""
    parts = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        parts.append(f"x{n % 1000:03d}")
    part = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(reversed(parts))}{part}"


def grown(old: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of each tile that a tree of `size` has and one of `old` had not, or not so
    wide; the lowest level first."""
    level = 0
    while size:
        for n in range(old // WIDTH, -(-size // WIDTH)):
            yield level, n, min(WIDTH, size - n * WIDTH)
        old, size, level = old // WIDTH, size // WIDTH, level + 1
        if old == size:
            return


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Leaves in, an entry bundle out: each behind its length in two bytes."""
    return b"".join(len(each).to_bytes(2, "big") + each for each in leaves)
