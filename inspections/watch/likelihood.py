"""How likely a count is by chance. Pure arithmetic: sums of hypergeometric draws, the normal, Poisson and
chi-square tails."""

import math
from collections import defaultdict

_WIDE = 64.0  # variance from which the sum of many draws is asked by its normal tail


def chance_of(seen, parts):
    """How likely so many, or as far on the other side: of {(rows, members, size): how many such draws}. Exact
    by convolution while the sum is narrow; a wide one by the normal curve, skewed as its parts are."""
    mean = variance = third = 0.0
    for (rows, members, size), times in parts.items():
        share, rest = members / rows, (rows - size) / max(rows - 1, 1)
        each = size * share * (1 - share) * rest
        mean += times * size * share
        variance += times * each
        if rows > 2:
            third += times * each * (1 - 2 * share) * (rows - 2 * size) / (rows - 2)
    if variance > _WIDE:
        return _skewed(seen, mean, variance, third)
    spread = {0: 1.0}
    for part, times in sorted(parts.items()):
        one = _hypergeometric(*part)
        for _ in range(times):
            spread = _convolve(spread, one)
    return _two_sided(spread, seen)


def _skewed(seen, mean, variance, third):
    """Two-sided, each side by Wilson and Hilferty's cube root of the gamma of the same three moments."""
    if abs(third) < 1e-9 * variance**1.5:
        return normal(seen, mean, variance)
    skew = third / variance**1.5

    def below(value):
        z = (value - mean) / math.sqrt(variance)
        root = max(1 + skew * z / 2, 0.0) ** (1 / 3)
        return math.erfc(-(6 / skew * (root - 1) + skew / 6) / math.sqrt(2)) / 2

    return min(1.0, 2 * min(below(seen + 0.5), 1 - below(seen - 0.5)))


def _hypergeometric(rows, members, size):
    """{how many of the members are drawn: chance} when `size` of `rows` are."""
    low, high = max(0, size - (rows - members)), min(members, size)
    every = _choose(rows, size)
    spread = {
        n: math.exp(_choose(members, n) + _choose(rows - members, size - n) - every)
        for n in range(low, high + 1)
    }
    return {n: p for n, p in spread.items() if p > 1e-25}


def _choose(n, k):
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _convolve(left, right):
    made = defaultdict(float)
    for a, p in left.items():
        for b, q in right.items():
            made[a + b] += p * q
    least = max(made.values()) * 1e-18  # far below anything that is asked about
    return {n: p for n, p in made.items() if p > least}


def _two_sided(spread, seen):
    below = sum(p for n, p in spread.items() if n <= seen)
    above = sum(p for n, p in spread.items() if n >= seen)
    return min(1.0, 2 * min(below, above))


def normal(seen, expected, variance, slack=0.0):
    """Two-sided, with the half step that whole numbers ask for, and what the expected number may be off."""
    away = max(abs(seen - expected) - 0.5 - slack, 0.0)
    if variance <= 0:
        return 1.0 if away < 0.5 else 0.0
    return math.erfc(away / math.sqrt(2 * variance))


def poisson_above(seen, mean):
    """P(count >= seen)."""
    term, total = math.exp(seen * math.log(mean) - mean - math.lgamma(seen + 1)), 0.0
    n = seen
    while term > total * 1e-12:
        total += term
        n += 1
        term *= mean / n
    return min(1.0, total)


def chi_square(value, df):
    """P(chi-square >= value), by Wilson and Hilferty's cube root."""
    if value <= 0:
        return 1.0
    z = ((value / df) ** (1 / 3) - (1 - 2 / (9 * df))) / math.sqrt(2 / (9 * df))
    return math.erfc(z / math.sqrt(2)) / 2
