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

from .likelihood import chance_of, chi_square, normal, poisson_above

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
class Sums:
    """One draw counted: all that is asked of it later, whatever the size of its pool. strata: {name: (seen,
    told)}; lots: {lots: (seen, expected, variance, slack)}; groups: {family: [{group: (rows, drawn)} of equal
    rows]}; seats: {id: tasks}; pairs: {(id, id): tasks}, both empty where `null` is None."""

    number: str
    strata: dict
    lots: dict
    groups: dict
    seats: dict
    pairs: dict
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


def weigh(past, groupings):
    """A Past and {family: {ref: group}} in; its Sums out."""
    drawn = Counter(past.rows[ref][0] for ref in past.drawn if ref in past.rows)
    asked = past.null is not None
    return Sums(
        past.number,
        {name: (drawn[name], past.sizes.get(name, 0)) for name in sorted(past.sizes.keys() | drawn.keys())},
        _lots_of(past),
        {family: _tiers_of(past, groups) for family, groups in groupings.items()},
        Counter(person for team in past.teams.values() for person in team) if asked else {},
        Counter(pair for team in past.teams.values() for pair in combinations(sorted(team), 2))
        if asked
        else {},
        past.null,
    )


def _lots_of(past):
    found = {}
    for tier in sorted({lots for _, lots in past.rows.values()}):
        expected, variance, slack = 0.0, 0.0, 0.0
        in_tier = Counter(stratum for stratum, lots in past.rows.values() if lots == tier)
        for stratum, rows in in_tier.items():
            chance = past.chances.get((stratum, tier), 0.0)
            expected += rows * chance
            variance += rows * chance * (1 - chance)
            slack += rows * 0.00005  # four digits are published
        seen = sum(past.rows[ref][1] == tier for ref in past.drawn if ref in past.rows)
        found[tier] = (seen, expected, variance, slack)
    return found


def _tiers_of(past, groups):
    """[{group: (rows, drawn)}] of rows that are exchangeable: of one stratum and number of lots."""
    tiers = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for ref, tier in past.rows.items():
        cell = tiers[tier][groups.get(ref, "")]
        cell[0] += 1
        cell[1] += ref in past.drawn
    return [{group: tuple(cell) for group, cell in each.items()} for each in tiers.values()]


def examine(history, names=None):
    """Sums one after another and {id: name} in; ([Finding] the least likely first, number of questions)
    out."""
    tally = Tally()
    for sums in history:
        tally.add(sums)
    return tally.findings(names or {})


class Tally:
    """What many draws come to. It holds no draw, so that it is as large after twenty years as after one."""

    def __init__(self):
        self.strata, self.lots, self.families = [], {}, {}
        self.seats, self.seats_expected, self.seats_variance = Counter(), Counter(), Counter()
        self.pairs, self.pairs_expected, self.doubt, self.draws = Counter(), Counter(), 0.0, 0
        self.people = set()

    def add(self, sums):
        """One draw more."""
        self.draws += 1
        for name, (seen, told) in sums.strata.items():
            # The number drawn in each class is fixed by the rule: any other is wrong, not unlikely.
            p = 1.0 if seen == told else 0.0
            self.strata.append(Finding("分层", name, seen, told, p, sums.number))
        for lots, cell in sums.lots.items():
            self.lots[lots] = [a + b for a, b in zip(self.lots.get(lots, [0] * 4), cell, strict=True)]
        for family, tiers in sums.groups.items():
            known = self.families.setdefault(family, _Groups())
            for tier in tiers:
                known.add(tier)
        if sums.null is not None:
            self._add_teams(sums)

    def _add_teams(self, sums):
        null = sums.null
        self.seats.update(sums.seats)
        for person, mean in null.mean.items():
            self.seats_expected[person] += mean
            # Few replays do not tell a variance: then the widest that such counts can have stands in.
            least = max(null.variance[person], 0.05) if null.replays >= 60 else max(mean, 0.05)
            self.seats_variance[person] += least + max(null.variance[person], mean) / null.replays
        self.pairs.update(sums.pairs)
        self.pairs_expected.update(null.pairs)
        self.doubt += 1 / null.replays
        self.people |= null.mean.keys() | {person for pair in sums.pairs for person in pair}

    def findings(self, names):
        """([Finding] the least likely first, number of questions). Each family has its share of LEVEL."""
        by_group = [each for name, groups in self.families.items() for each in groups.questions(name)]
        asked = [self.strata, self._lots(), by_group, self._people(names)]
        numbers = [*map(len, asked), math.comb(len(self.people), 2)]
        found = []
        for questions, number in zip([*asked, self._pairs(names)], numbers, strict=True):
            share = LEVEL / FAMILIES / max(number, 1)
            found += [each for each in questions if each.p <= share]
        return sorted(found, key=lambda each: each.p), sum(numbers)

    def _lots(self):
        """Rows of more lots against the chance published for them."""
        if len(self.lots) < 2:
            return []
        return [
            Finding("签数", f"{lots} 签", seen, expected, normal(seen, expected, variance + slack, slack))
            for lots, (seen, expected, variance, slack) in sorted(self.lots.items())
        ]

    def _people(self, names):
        seen, expected, variance = self.seats, self.seats_expected, self.seats_variance
        return [
            Finding(
                "检查人员",
                names.get(person, person),
                seen[person],
                expected[person],
                normal(seen[person], expected[person], variance[person]),
            )
            for person in sorted(expected.keys() | seen.keys())
            if expected[person] or seen[person]
        ]

    def _pairs(self, names):
        """Two people who are together too often. The Poisson tail is the wider one: pairs of a draw crowd
        each other out. Every two of them are a question; most are answered without a sum."""
        found = []
        for pair in sorted(each for each in self.pairs if self.pairs[each] >= _LEAST_PAIR):
            seen, expected = self.pairs[pair], self.pairs_expected[pair]
            mean = expected + self.doubt + math.sqrt(expected * self.doubt / self.draws)
            named = "、".join(names.get(each, each) for each in pair)
            found.append(Finding("二人组", named, seen, expected, poisson_above(seen, mean)))
        return found


class _Groups:
    """Each group of a family ("乡镇", "规模", …) given how many of its tier were drawn."""

    def __init__(self):
        self.parts, self.fixed = defaultdict(Counter), Counter()
        self.seen, self.expected = Counter(), Counter()

    def add(self, tier):
        """{group: (rows, drawn)} of rows that are exchangeable."""
        rows, size = _sum(tier, 0), _sum(tier, 1)
        for group, (count, drawn) in tier.items():
            self.seen[group] += drawn
            self.expected[group] += size * count / rows
            # Where all or none of a tier is drawn nothing is left to chance.
            if 0 < size < rows and count < rows:
                self.parts[group][rows, count, size] += 1
            elif size:
                self.fixed[group] += count if size == rows else size

    def questions(self, family):
        """One a group; none where all rows are of one group."""
        if len(self.expected) < 2:
            return []
        return [
            Finding(
                family,
                group or "（未填）",
                self.seen[group],
                self.expected[group],
                chance_of(self.seen[group] - self.fixed[group], self.parts[group]),
            )
            for group in sorted(self.expected)
        ]


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
        p, p_worst = chi_square(sum(off), len(groups) - 1), math.erfc(math.sqrt(off[worst] / 2))
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
