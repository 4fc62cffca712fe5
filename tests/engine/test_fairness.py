"""The self-check: planted biases are named, a thousand fair histories stay quiet."""

import random
from collections import Counter

import pytest

from inspections.engine.compute import compute
from inspections.engine.files import check_sealed, read_commitment
from inspections.engine.objects import sample_size
from inspections.engine.probability import tier_probabilities
from inspections.watch.fairness import Past, evenness, examine, weigh
from inspections.watch.selfcheck import replay

from .instances import files, make

TOWNS = ["北山镇", "清水镇", "柳林镇", "石桥乡", "白塔乡", "城关街道"]
DRAWS = 6


def published(commitment):
    """What is published at sealing: the rows that may be drawn, k of each class, the chance of each tier."""
    rows = {row.id: (row.stratum, row.lots) for row in commitment.pool.values() if row.status == "E"}
    sizes, chances = {}, {}
    for name, stratum in commitment.strata.items():
        tiers = Counter(lots for each, lots in rows.values() if each == name)
        sizes[name] = sample_size(sum(tiers.values()), stratum.rate_bp, stratum.minimum)
        chances |= {
            (name, lots): chance for lots, chance in tier_probabilities(dict(tiers), sizes[name]).items()
        }
    return rows, sizes, chances


class County:
    """Six draws of an invented county, sealed once; histories of it are thrown with different seeds."""

    def __init__(self):
        self.draws = []
        for number in range(DRAWS):
            commit, sealed, _ = make(
                100 + number,
                rows=120,
                people=10,
                rate=2500,
                lots=2,
                recusal=0.04,
                team=2,
                slack_pct=25,
                others="any",
                core_leads=0,
                draw=f"990101-2026-{number + 1:03d}",
            )
            for person in commit["inspectors"]:
                person |= {"max": 40, "skills": ["危险化学品", "工贸", "烟花爆竹"], "status": "E"}
            commitment = read_commitment(files(commit, sealed, [])[0])
            recused = check_sealed(sealed, commitment)
            self.draws.append((commitment, recused, replay(commitment, recused, 100), *published(commitment)))
        refs = [ref for commitment, *_ in self.draws for ref in commitment.pool]
        self.towns = {ref: TOWNS[int(ref[8:17]) % 6] for ref in refs}
        self.sizes = {ref: ["大型", "小型", "微型"][int(ref[8:17]) % 3] for ref in refs}

    def throw(self, dice, spoil=None):
        """One history; `spoil(commitment, result)` plants what is not fair."""
        return [self._past(each, dice, spoil) for each in self.draws]

    def _past(self, draw, dice, spoil):
        commitment, recused, null, rows, sizes, chances = draw
        sources = [(name, f"{dice.randrange(10**10):010d}") for name in commitment.seed_plan]
        result, is_feasible = compute(commitment, recused, sources)
        assert is_feasible
        if spoil:
            spoil(self, rows, result, dice)
        drawn = frozenset(ref for each in result["objects"] for ref in each["drawn"])
        return Past(commitment.draw, rows, drawn, sizes, chances, result["teams"], null)

    def examine(self, history):
        return examine([weigh(each, {"乡镇": self.towns, "规模": self.sizes}) for each in history])[0]


@pytest.fixture(scope="module")
def county():
    return County()


def spare_a_town(county, rows, result, dice):
    """Whoever of 石桥乡 is drawn is exchanged for another of the class."""
    for each in result["objects"]:
        others = [ref for ref in rows if rows[ref][0] == each["stratum"] and county.towns[ref] != "石桥乡"]
        free = [ref for ref in others if ref not in each["drawn"]]
        dice.shuffle(free)
        each["drawn"] = [free.pop() if county.towns[ref] == "石桥乡" else ref for ref in each["drawn"]]


def fix_a_pair(county, rows, result, dice):
    """One pair is put together on every sixth task."""
    for number, ref in enumerate(sorted(result["teams"])):
        if number % 6 == 0:
            result["teams"][ref] = ["R0003", "R0007"]


def favour_an_inspector(county, rows, result, dice):
    """One person takes a seat in a third of the teams."""
    for number, team in enumerate(result["teams"].values()):
        if number % 3 == 0 and "R0005" not in team:
            team[dice.randrange(2)] = "R0005"


def double_a_class(county, rows, result, dice):
    """One class is drawn twice as often as published."""
    each = next(each for each in result["objects"] if each["stratum"] == "工贸")
    free = [ref for ref in rows if rows[ref][0] == "工贸" and ref not in each["drawn"]]
    each["drawn"] = each["drawn"] + dice.sample(free, len(each["drawn"]))


@pytest.mark.parametrize(
    ("spoil", "family", "group"),
    [
        (spare_a_town, "乡镇", "石桥乡"),
        (fix_a_pair, "二人组", "R0003、R0007"),
        (favour_an_inspector, "检查人员", "R0005"),
        (double_a_class, "分层", "工贸"),
    ],
)
def test_a_planted_bias_is_named(county, spoil, family, group):
    for seed in range(5):
        found = county.examine(county.throw(random.Random(seed), spoil))
        assert (family, group) in {(each.family, each.group) for each in found}, (seed, found)
        assert next(each for each in found if each.group == group).text


@pytest.mark.trial
@pytest.mark.slow
def test_of_a_thousand_fair_histories_at_most_ten_alarm(county):
    alarms = []
    for seed in range(1000):
        found = county.examine(county.throw(random.Random(10_000 + seed)))
        if found:
            alarms.append((seed, [each.text for each in found]))
    assert len(alarms) <= 10, alarms


def test_a_fair_year_looks_even_and_a_bent_one_does_not():
    """Shares are those of chance: over fair years they are spread evenly; where one town is spared they are
    next to nothing. The same seed plays the same years."""
    dice, shares = random.Random(7), []
    for n in range(60):
        tiers = []
        for rows in (120, 40):
            towns = [TOWNS[i % 6] for i in range(rows)]
            drawn = set(dice.sample(range(rows), rows // 5))
            tier = Counter(towns)
            seen = Counter(towns[i] for i in drawn)
            tiers.append({town: (tier[town], seen[town]) for town in tier})
        shares.append(evenness(tiers, str(n)).share)
    assert evenness(tiers, "59") == evenness(tiers, "59")
    assert sum(each < 0.1 for each in shares) <= 14 and sum(each > 0.5 for each in shares) >= 18
    bent = [{"城关街道": (60, 0), "北山镇": (60, 30), "清水镇": (60, 6)}]
    found = evenness(bent, "x")
    assert found.share < 0.01 and found.group == "北山镇" and found.seen == 30 and found.expected == 12
    many = [{"东": (60_000, 15_000), "西": (60_000, 15_100)}]  # too many to play: the chi-square of so many
    assert 0.2 < evenness(many, "x").share < 0.9
    assert evenness([{"东": (60_000, 16_000), "西": (60_000, 14_000)}], "x").share < 1e-6
    assert evenness([{"东": (5, 5), "西": (4, 4)}], "x") is None
