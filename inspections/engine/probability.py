"""The chance of being drawn, per (stratum, lots), for publication beside the commitment (SJS1 §5).

The smallest of `lots` tickets, scaled to 0…1, lies above x with chance (1-x)^lots. A row is drawn when fewer
than k others lie below it. Floats are right here: nothing is decided by these numbers.
"""

import math
from collections.abc import Callable
from functools import partial

Tiers = dict[int, int]  # lots → how many rows have so many


def tier_probabilities(tiers: Tiers, size: int) -> dict[int, float]:
    """{lots: rows} and k in; {lots: chance that one such row is drawn} out (0 to 1)."""
    rows = sum(tiers.values())
    tiers = {lots: count for lots, count in tiers.items() if count}
    if size >= rows:
        return dict.fromkeys(tiers, 1.0)
    if size <= 0:
        return dict.fromkeys(tiers, 0.0)
    if len(tiers) == 1:
        return dict.fromkeys(tiers, size / rows)
    low, high = _window(tiers, size)
    found = {}
    for lots in tiers:
        others = tiers | {lots: tiers[lots] - 1}
        # Below the window the row is surely drawn, above it surely not.
        inside = _integrate(partial(_density, others, lots, size), low, high)
        found[lots] = min(1.0, 1 - (1 - low) ** lots + inside)
    return found


def _density(others: Tiers, lots: int, size: int, x: float) -> float:
    """The density of the row's smallest ticket at x, where fewer than `size` others lie below it."""
    return lots * (1 - x) ** (lots - 1) * _fewer_than(others, size, x)


def _window(tiers: Tiers, size: int) -> tuple[float, float]:
    """The x between which the count of rows below it passes k: ten standard deviations wide each way."""

    def spread(x: float) -> tuple[float, float]:
        chances = [(count, 1 - (1 - x) ** lots) for lots, count in tiers.items()]
        mean = sum(count * p for count, p in chances)
        return mean, math.sqrt(sum(count * p * (1 - p) for count, p in chances)) + 1

    def crossing(sign: int) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            mean, deviation = spread(middle)
            low, high = (middle, high) if mean + sign * 10 * deviation < size else (low, middle)
        return high

    return crossing(+1), crossing(-1)


def _integrate(f: Callable[[float], float], low: float, high: float, steps: int = 400) -> float:
    width = (high - low) / steps
    if width <= 0:
        return 0.0
    total = f(low) + f(high)
    total += sum((4 if step % 2 else 2) * f(low + step * width) for step in range(1, steps))
    return total * width / 3


def _fewer_than(tiers: Tiers, size: int, x: float) -> float:
    """P(fewer than `size` rows have their key below x)."""
    if size > 1500:  # the exact sum would take minutes and differ in the sixth digit
        chances = [(count, 1 - (1 - x) ** lots) for lots, count in tiers.items()]
        mean = sum(count * p for count, p in chances)
        variance = sum(count * p * (1 - p) for count, p in chances)
        if variance == 0:
            return float(mean < size)
        return 0.5 * math.erfc((mean - size + 0.5) / math.sqrt(2 * variance))
    below = [1.0]
    for lots, count in tiers.items():
        part = _binomial(count, 1 - (1 - x) ** lots, size)
        below = _convolve(below, part, size)
    return min(1.0, sum(below))


def _binomial(n: int, p: float, size: int) -> list[float]:
    """P(0), …, P(size-1) of a binomial."""
    if p <= 0:
        return [1.0]
    if p >= 1:
        return [0.0] * n + [1.0] if n < size else [0.0]
    logs = math.lgamma(n + 1)
    return [
        math.exp(
            logs - math.lgamma(j + 1) - math.lgamma(n - j + 1) + j * math.log(p) + (n - j) * math.log1p(-p)
        )
        for j in range(min(n + 1, size))
    ]


def _convolve(left: list[float], right: list[float], size: int) -> list[float]:
    out = [0.0] * min(size, len(left) + len(right) - 1)
    for i, a in enumerate(left):
        if a < 1e-18:
            continue
        for j in range(min(len(right), len(out) - i)):
            out[i + j] += a * right[j]
    return out
