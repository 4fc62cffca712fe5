"""The tree of RFC 6962 over hashes that somebody else keeps: roots and proofs.

`read(level, start, count)` gives the hashes of `count` whole subtrees, each of 256**level leaves, from the
`start`th on: what a tile holds (C2SP tlog-tiles). Level 0 are the leaves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Read = Callable[[int, int, int], Sequence[bytes]]

WIDTH = 256  # hashes of a tile
HEIGHT = 8  # of the subtree that a tile is
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of what stands above two."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """A whole subtree's hashes in (their number is a power of two), the hash above them all out."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def root(size: int, read: Read) -> bytes:
    """The root of the first `size` leaves."""
    return _between(0, size, read) if size else EMPTY


def inclusion(n: int, size: int, read: Read) -> list[bytes]:
    """The path that proves leaf `n` (counted from 0) in a tree of `size`. Raises ValueError outside it."""
    if not 0 <= n < size:
        raise ValueError(f"leaf {n} of {size}")
    return _path(n, 0, size, read)


def consistency(old: int, size: int, read: Read) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of that of `size`; [] from nothing and of the
    same. Raises ValueError where it cannot be."""
    if not 0 <= old <= size:
        raise ValueError(f"{old} of {size}")
    return [] if old in (0, size) else _subproof(old, 0, size, True, read)


def onto(edge: list[bytes], size: int, leaf: bytes) -> int:
    """One more leaf's hash onto a tree's right edge (its whole subtrees, the largest first). The new size."""
    rest = size
    while rest & 1:
        leaf, rest = node_hash(edge.pop(), leaf), rest >> 1
    edge.append(leaf)
    return size + 1


def above(edge: Sequence[bytes]) -> bytes:
    """The root above an edge that is not empty."""
    found = edge[-1]
    for each in reversed(edge[:-1]):
        found = node_hash(each, found)
    return found


def _between(low, high, read):
    count = high - low
    if count & (count - 1) == 0:
        return _whole(count.bit_length() - 1, low // count, read)
    middle = low + _half(count)
    return node_hash(_between(low, middle, read), _between(middle, high, read))


def _whole(height, index, read):
    """A whole subtree's hash, from the hashes of the tile it lies in."""
    level, rest = divmod(height, HEIGHT)
    return fold(read(level, index << rest, 1 << rest))


def _half(count):
    """The largest power of two below."""
    return 1 << ((count - 1).bit_length() - 1)


def _path(n, low, high, read):
    if high - low == 1:
        return []
    middle = low + _half(high - low)
    if n < middle:
        return [*_path(n, low, middle, read), _between(middle, high, read)]
    return [*_path(n, middle, high, read), _between(low, middle, read)]


def _subproof(old, low, high, is_known, read):
    if old == high:
        return [] if is_known else [_between(low, high, read)]
    middle = low + _half(high - low)
    if old <= middle:
        return [*_subproof(old, low, middle, is_known, read), _between(middle, high, read)]
    return [*_subproof(old, middle, high, False, read), _between(low, middle, read)]
