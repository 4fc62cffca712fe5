"""自查: do all draws together look like what the published rules would give? Pure arithmetic, no database.

Enterprises are compared exactly. Rows of one draw, stratum and number of lots are exchangeable: given how
many of them were drawn, how many fall into a township is hypergeometric, and the draws add up by convolution.
Teams follow from a walk no formula tells, so what they would be under other seeds is computed with the same
engine ("replays") and the real counts are set beside it. Each family of questions has its share of LEVEL
(Bonferroni), so of a thousand fair histories hardly six raise any alarm at all.
"""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import accumulate, combinations
from random import Random

LEVEL = 0.006
FAMILIES = 5
_LEAST_PAIR = 3


@dataclass(frozen=True)
class Null:
    """What a draw's teams would be under other seeds: means and variances of tasks a person, means a pair."""

    replays: int
    mean: dict
    variance: dict
    pairs: dict


@dataclass(frozen=True)
class Past:
    """One draw. rows: {ref: (stratum, lots)} of all that might be drawn; drawn: refs; sizes: {stratum:
    published k}; chances: {(stratum, lots): published chance}; teams: {ref: [ids]}; null: Null, or None
    where teams are not asked."""

    number: str
    rows: dict
    drawn: frozenset
    sizes: dict
    chances: dict
    teams: dict
    null: Null | None


@dataclass(frozen=True)
class Finding:
    """What no fair draw explains: of which family and group, what was seen, what was
    to be expected, how likely."""

    family: str
    group: str
    seen: int
    expected: float
    p: float
    draw: str = ""

    @property
    def text(self):
        how = "从未" if self.seen == 0 else f"{self.seen} {_UNIT.get(self.family, '户次')}"
        rare = "不可能" if self.p == 0 else f"机会约 {self.p:.1e}"
        if self.family == "分层":
            return (
                f"{self.draw} “{self.group}”抽取 {self.seen} 户，按公布的比例应为 {self.expected:.0f} "
                f"户：与公布的规则不符"
            )
        if self.family == "二人组":
            return f"{self.group} 同组 {self.seen} 次，按公平抽取约 {self.expected:.1f} 次（{rare}）"
        verb = "派出" if self.family == "检查人员" else "被抽到"
        return f"{self.family}“{self.group}”{verb} {how}，按公平抽取约 {self.expected:.1f}（{rare}）"


_UNIT = {"检查人员": "次", "二人组": "次"}


def null_of(people, replays):
    """Teams of each replay ({ref: [ids]}) and the people asked about in; Null out."""
    counts, pairs, number = defaultdict(list), Counter(), 0
    for teams in replays:
        number += 1
        seats = Counter(person for team in teams.values() for person in team)
        for person in people:
            counts[person].append(seats[person])
        for team in teams.values():
            pairs.update(combinations(sorted(team), 2))
    if not number:
        return Null(0, {}, {}, {})
    mean = {person: sum(seen) / number for person, seen in counts.items()}
    variance = {
        person: sum((each - mean[person]) ** 2 for each in seen) / max(number - 1, 1)
        for person, seen in counts.items()
    }
    return Null(number, mean, variance, {pair: seen / number for pair, seen in pairs.items()})


def examine(history, groupings, names=None):
    """[Past], {family: {ref: group}} and {id: name} in; ([Finding] the least likely first,
    number of questions) out."""
    names = names or {}
    asked = [_strata(history), _lots(history)]
    by_group = [
        question for family, groups in groupings.items() for question in _groups(history, family, groups)
    ]
    asked += [by_group, _people(history, names), _pairs(history, names)]
    found = []
    for questions in asked:
        share = LEVEL / FAMILIES / max(len(questions), 1)
        found += [each for each in questions if each.p <= share]
    return sorted(found, key=lambda each: each.p), sum(map(len, asked))


def _strata(history):
    """The number drawn in each class of each draw is fixed by the rule: any other
    number is wrong, not unlikely."""
    found = []
    for past in history:
        seen = Counter(past.rows[ref][0] for ref in past.drawn if ref in past.rows)
        for name in sorted(past.sizes.keys() | seen.keys()):
            told = past.sizes.get(name, 0)
            found.append(
                Finding("分层", name, seen[name], told, 1.0 if seen[name] == told else 0.0, past.number)
            )
    return found


def _lots(history):
    """Rows of more lots against the chance published for them."""
    tiers = {past_lots for past in history for _, past_lots in past.rows.values()}
    found = []
    for lots in sorted(tiers) if len(tiers) > 1 else []:
        seen, expected, variance, rounded = 0, 0.0, 0.0, 0.0
        for past in history:
            in_tier = Counter(stratum for stratum, each in past.rows.values() if each == lots)
            seen += sum(past.rows[ref][1] == lots for ref in past.drawn if ref in past.rows)
            for stratum, rows in in_tier.items():
                chance = past.chances.get((stratum, lots), 0.0)
                expected += rows * chance
                variance += rows * chance * (1 - chance)
                rounded += rows * 0.00005  # four digits are published
        found.append(
            Finding(
                "签数", f"{lots} 签", seen, expected, _normal(seen, expected, variance + rounded, rounded)
            )
        )
    return found


def _groups(history, family, groups):
    """Each group of a family ("乡镇", "规模", …) given how many of its tier were drawn."""
    spread, seen, expected = {}, Counter(), Counter()
    for past in history:
        tiers = defaultdict(list)
        for ref, tier in past.rows.items():
            tiers[tier].append(ref)
        for refs in tiers.values():
            size, rows = sum(ref in past.drawn for ref in refs), len(refs)
            members = Counter(groups.get(ref, "") for ref in refs)
            seen.update(groups.get(ref, "") for ref in refs if ref in past.drawn)
            for group, count in members.items():
                expected[group] += size * count / rows
                # Where all or none of a tier is drawn nothing is left to chance.
                if 0 < size < rows and count < rows:
                    part = _hypergeometric(rows, count, size)
                    spread[group] = _convolve(spread[group], part) if group in spread else part
                elif size:
                    spread[group] = _shift(spread.get(group, {0: 1.0}), count if size == rows else size)
    return [
        Finding(
            family,
            group or "（未填）",
            seen[group],
            expected[group],
            _two_sided(spread.get(group, {0: 1.0}), seen[group]),
        )
        for group in sorted(expected)
    ]


def _people(history, names):
    seen, expected, variance = Counter(), Counter(), Counter()
    for past in history:
        if past.null is None:
            continue
        seen.update(person for team in past.teams.values() for person in team)
        for person, mean in past.null.mean.items():
            expected[person] += mean
            # Few replays do not tell a variance: then the widest that such counts can have stands in.
            variance[person] += (
                max(past.null.variance[person], 0.05) if past.null.replays >= 60 else max(mean, 0.05)
            )
            variance[person] += max(past.null.variance[person], mean) / past.null.replays
    return [
        Finding(
            "检查人员",
            names.get(person, person),
            seen[person],
            expected[person],
            _normal(seen[person], expected[person], variance[person]),
        )
        for person in sorted(expected.keys() | seen.keys())
        if expected[person] or seen[person]
    ]


def _pairs(history, names):
    """Two people who are together too often. The Poisson tail is the wider one: pairs of a
    draw crowd each other out."""
    seen, expected, doubt = Counter(), Counter(), 0.0
    for past in history:
        if past.null is None:
            continue
        for team in past.teams.values():
            seen.update(combinations(sorted(team), 2))
        expected.update(past.null.pairs)
        doubt += 1 / past.null.replays
    found = []
    people = {person for past in history if past.null for person in past.null.mean}
    people |= {person for pair in seen for person in pair}
    for pair in combinations(sorted(people), 2):
        mean = expected[pair] + doubt + math.sqrt(expected[pair] * doubt / max(len(history), 1))
        p = _poisson_above(seen[pair], mean) if seen[pair] >= _LEAST_PAIR else 1.0
        found.append(
            Finding(
                "二人组", "、".join(names.get(each, each) for each in pair), seen[pair], expected[pair], p
            )
        )
    return found


_SAMPLED = 20_000  # drawn rows of a year up to which chance is played; above it, the chi-square of so many
_PLAYED = 1000  # years that are played at most
_COST = 2_000_000  # drawn rows that all of them together may be


@dataclass(frozen=True)
class Evenness:
    """Of a family: in what share of fair years the groups come out less evenly than they did; the group that
    is furthest off, what it got, what it was to be expected to get, and the share of fair years in which it
    is as far off."""

    share: float
    group: str
    seen: int
    expected: float
    share_of_group: float


def evenness(tiers, seed):
    """[{group: (rows, drawn)}] of each draw's equal rows in; an Evenness out, or None where nothing is left
    to chance. `seed`: text from which the played years follow, so that anybody plays the same ones."""
    tiers = [each for each in tiers if _is_chance(each)]
    groups = sorted({name for each in tiers for name in each})
    if len(groups) < 2:
        return None
    seen = [sum(each.get(name, (0, 0))[1] for each in tiers) for name in groups]
    expected, variance = [0.0] * len(groups), [0.0] * len(groups)
    for each in tiers:
        rows, size = _sum(each, 0), _sum(each, 1)
        for n, name in enumerate(groups):
            part = each.get(name, (0, 0))[0] / rows
            expected[n] += size * part
            variance[n] += size * part * (1 - part) * (rows - size) / (rows - 1)
    off = [_away(seen[n], expected[n], variance[n]) for n in range(len(groups))]
    worst = max(range(len(groups)), key=off.__getitem__)
    played = _played(tiers, groups, expected, variance, worst, seed)
    if played is None:
        p, p_worst = _chi_square(sum(off), len(groups) - 1), math.erfc(math.sqrt(off[worst] / 2))
    else:
        p = (1 + sum(total >= sum(off) - 1e-9 for total, _ in played)) / (1 + len(played))
        p_worst = (1 + sum(each >= off[worst] - 1e-9 for _, each in played)) / (1 + len(played))
    return Evenness(p, groups[worst], seen[worst], expected[worst], p_worst)


def _is_chance(tier):
    return 0 < _sum(tier, 1) < _sum(tier, 0) and len([rows for rows, _ in tier.values() if rows]) > 1


def _sum(tier, n):
    return sum(each[n] for each in tier.values())


def _away(seen, expected, variance):
    return (seen - expected) ** 2 / variance if variance > 0 else 0.0


def _played(tiers, groups, expected, variance, worst, seed):
    """[(how far all groups are off, how far the worst one is)] of fair years; None where they are too
    many."""
    drawn = sum(_sum(each, 1) for each in tiers)
    if drawn > _SAMPLED:
        return None
    known = {name: n for n, name in enumerate(groups)}
    ends = [
        (list(accumulate(rows for rows, _ in each.values())), [known[name] for name in each])
        for each in tiers
    ]
    chance, found = Random(seed), []  # noqa: S311 (a played year is no draw)
    for _ in range(max(200, min(_PLAYED, _COST // drawn))):
        counts = [0] * len(groups)
        for tier, (until, names) in zip(tiers, ends, strict=True):
            for row in chance.sample(range(until[-1]), _sum(tier, 1)):
                counts[names[bisect_right(until, row)]] += 1
        off = [_away(counts[n], expected[n], variance[n]) for n in range(len(groups))]
        found.append((sum(off), off[worst]))
    return found


# -- arithmetic ------------------------------------------------------------------------------------


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


def _shift(spread, by):
    return {n + by: p for n, p in spread.items()}


def _two_sided(spread, seen):
    below = sum(p for n, p in spread.items() if n <= seen)
    above = sum(p for n, p in spread.items() if n >= seen)
    return min(1.0, 2 * min(below, above))


def _normal(seen, expected, variance, slack=0.0):
    """Two-sided, with the half step that whole numbers ask for, and what the expected number may be off."""
    away = max(abs(seen - expected) - 0.5 - slack, 0.0)
    if variance <= 0:
        return 1.0 if away < 0.5 else 0.0
    return math.erfc(away / math.sqrt(2 * variance))


def _poisson_above(seen, mean):
    """P(count >= seen)."""
    term, total = math.exp(seen * math.log(mean) - mean - math.lgamma(seen + 1)), 0.0
    n = seen
    while term > total * 1e-12:
        total += term
        n += 1
        term *= mean / n
    return min(1.0, total)


def _chi_square(value, df):
    """P(chi-square >= value), by Wilson and Hilferty's cube root."""
    if value <= 0:
        return 1.0
    z = ((value / df) ** (1 / 3) - (1 - 2 / (9 * df))) / math.sqrt(2 / (9 * df))
    return math.erfc(z / math.sqrt(2)) / 2
