"""What a draw promises whatever its numbers are (SJS1 §5, §6)."""

import copy
import dataclasses
import itertools
import math
from collections import Counter

import pytest

from inspections.engine import draw
from inspections.engine.canonical import dump
from inspections.engine.files import read_commitment, read_sealed
from inspections.engine.objects import draw_objects
from inspections.engine.probability import tier_probabilities
from inspections.engine.teams import Fitness, build_teams, first_cap, next_cap
from inspections.engine.tickets import Tickets

from .instances import files, make


def drawn_rows(commit, seed):
    found = draw_objects(read_commitment(dump(commit)), Tickets(seed))
    return {each["stratum"]: each["drawn"] for each in found}


def test_the_order_in_which_rows_are_listed_cannot_matter():
    # Rows are sorted by id in the file; shuffling them makes another file, which is refused, not re-drawn.
    commit, sealed, sources = make(1)
    commit["pool"].reverse()
    with pytest.raises(Exception, match="次序"):
        draw(*files(commit, sealed, sources))
    seed = "0" * 64
    commit, *_ = make(1)
    straight = drawn_rows(commit, seed)
    committed = read_commitment(dump(commit))
    shuffled = dataclasses.replace(committed, pool=dict(reversed(list(committed.pool.items()))))
    assert {each["stratum"]: each["drawn"] for each in draw_objects(shuffled, Tickets(seed))} == straight


@pytest.mark.parametrize("number", range(8))
def test_removing_an_undrawn_row_changes_nothing(number):
    commit, *_ = make(number, rows=60, rate=0, minimum=4)
    seed = f"{number:064x}"
    before = drawn_rows(commit, seed)
    drawn = set(itertools.chain(*before.values()))
    loser = next(row for row in commit["pool"] if row[3] == "E" and row[0] not in drawn)
    commit["pool"].remove(loser)
    assert drawn_rows(commit, seed) == before


@pytest.mark.parametrize("number", range(8))
def test_one_lot_more_never_worsens_a_rank(number):
    commit, *_ = make(number, rows=60, rate=10000)
    seed = f"{number:064x}"
    for position in (3, 17, 40):
        row = commit["pool"][position]
        if row[3] != "E":
            continue
        before = drawn_rows(commit, seed)[row[1]].index(row[0])
        more = copy.deepcopy(commit)
        more["pool"][position][2] += 1
        assert drawn_rows(more, seed)[row[1]].index(row[0]) <= before


def test_twenty_thousand_seeds_match_the_published_probabilities():
    commit, *_ = make(5, rows=24, recusal=0)
    for position, row in enumerate(commit["pool"]):
        row[1:4] = ["工贸", 3 if position % 4 == 0 else 1, "E"]
    commit["strata"] = [["工贸", 0, 6, "工贸"]]
    expected = tier_probabilities({1: 18, 3: 6}, 6)
    assert math.isclose(18 * expected[1] + 6 * expected[3], 6, abs_tol=1e-6)
    committed = read_commitment(dump(commit))
    seeds = 20_000
    hits = Counter()
    for seed in range(seeds):
        hits.update(draw_objects(committed, Tickets(str(seed)))[0]["drawn"])
    chi = 0.0
    for row in commit["pool"]:
        p = expected[row[2]]
        # Drawing k of n leaves (n-1)/n of the binomial's variance to the sum over rows.
        chi += (hits[row[0]] - seeds * p) ** 2 / (seeds * p * (1 - p))
    rows = len(commit["pool"])
    assert rows - 1 - 5 * math.sqrt(2 * rows) < chi < rows - 1 + 5 * math.sqrt(2 * rows)


def test_probabilities_of_a_large_pool_add_up_to_k():
    for tiers, size in (
        ({1: 900, 2: 80, 5: 20}, 50),
        ({1: 50_000, 3: 5_000}, 2_000),
        ({1: 7}, 3),
        ({2: 3}, 9),
    ):
        found = tier_probabilities(tiers, size)
        assert math.isclose(
            sum(count * found[lots] for lots, count in tiers.items()),
            min(size, sum(tiers.values())),
            rel_tol=1e-4,
        )


# -- the walk against brute force -------------------------------------------------------------------


class BruteForce:
    """SJS1 §6 read literally: a complete roster exists if some choice of teams for all open tasks works."""

    def __init__(self, commitment, recused, tasks):
        self.rules = commitment.rules
        self.fitness = Fitness(commitment, recused)
        self.people = {each.id: each.max for each in commitment.people.values() if each.may_be_drawn}
        self.tasks = sorted(tasks)

    def teams_of(self, task, begun):
        fit = [each for each in self.people if self.fitness.is_member(task, each) and each not in begun]
        for rest in itertools.combinations(fit, self.rules.team - len(begun)):
            team = [*begun, *rest]
            if sum(self.fitness.is_core(task, each) for each in team) >= self.rules.core:
                yield rest

    def exists(self, begun, cap, tasks=None, load=None):
        if tasks is None:
            load = Counter(itertools.chain(*begun.values()))
            if any(load[each] > min(self.people[each], cap) for each in load):
                return False
            tasks = self.tasks
        if not tasks:
            return True
        for rest in self.teams_of(tasks[0], begun.get(tasks[0], [])):
            now = load + Counter(rest)
            if all(now[each] <= min(self.people[each], cap) for each in rest) and self.exists(
                begun, cap, tasks[1:], now
            ):
                return True
        return False

    def run(self, tickets):
        cap = first_cap(len(self.tasks), self.rules, len(self.people))
        while not self.exists({}, cap):
            if cap >= max(self.people.values(), default=0):
                return cap, None
            cap = next_cap(cap, self.rules)
        begun = {}
        for task in sorted(self.tasks, key=lambda each: tickets.ticket("TASK", each)):
            begun[task] = []
            fit = [each for each in self.people if self.fitness.is_member(task, each)]
            for each in sorted(fit, key=lambda each: tickets.ticket("INS", task, each)):
                trial = begun | {task: [*begun[task], each]}
                if len(begun[task]) < self.rules.team and self.exists(trial, cap):
                    begun = trial
        return cap, begun


@pytest.mark.parametrize("number", range(120))
def test_the_walk_equals_brute_force_on_small_instances(number):
    commit, sealed, sources = make(
        number, rows=7, people=5, rate=6000, recusal=0.25, team=2 + number % 2, core=1 + number % 3 // 2
    )
    for person in commit["inspectors"]:
        person["max"] = 1 + (number + int(person["id"][1:])) % 4
    drawn = draw(*files(commit, sealed, sources))
    committed = read_commitment(dump(commit))
    recused = read_sealed(dump(sealed), committed)
    tasks = drawn.result["must"] + [row for each in drawn.result["objects"] for row in each["drawn"]]
    cap, teams = BruteForce(committed, recused, tasks).run(Tickets(drawn.result["seed"]))
    assert drawn.result["cap"] == cap
    assert (drawn.result["teams"] if drawn.is_feasible else None) == teams


def test_the_same_seed_with_and_without_a_recusal():
    # The commitment changes with the recusal, and so would the seed: the seed is held still here on purpose.
    commit, sealed, _ = make(3, rows=30, people=12, recusal=0, others="any", team=2, core=1)
    committed = read_commitment(dump(commit))
    tickets = Tickets("5" * 64)
    tasks = [row[0] for row in commit["pool"] if row[3] == "E"][:10]
    free = build_teams(committed, dict.fromkeys(tasks, frozenset()), tasks, tickets)
    for task in tasks:
        person = free.teams[task][0]
        bound = build_teams(
            committed, dict.fromkeys(tasks, frozenset()) | {task: frozenset([person])}, tasks, tickets
        )
        assert person not in bound.teams[task]
        assert bound.order == free.order
