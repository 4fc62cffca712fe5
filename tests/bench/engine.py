"""The draw itself, CPU: enterprises beside hashing their ids once, teams beside
hashing every admissible pair."""

import hashlib
import random
import tracemalloc
from itertools import cycle

from inspections.engine.files import Commitment, Person, Row, Rules, Stratum
from inspections.engine.objects import drawn
from inspections.engine.teams import build_teams
from inspections.engine.tickets import Tickets

from .measure import Ratio, beside

SEED = hashlib.sha256(b"bench").hexdigest()
SIZES = (1_000, 100_000, 1_000_000)
TEAMS = ((50, 500), (200, 2_000), (500, 10_000))


def ids(count):
    return [f"91150626{n:09d}X" for n in range(count)]


def hash_once(names):
    sha256 = hashlib.sha256
    for name in names:
        sha256(name.encode()).hexdigest()


def objects():
    """`drawn` at 1 %: one lot each, and 10 % of the rows with three."""
    for count in SIZES:
        for title, lots, bar in (("每户一签", [1], 1.5), ("一成三签", [3] + [1] * 9, 2.2)):
            yield _draw_of(f"{count:,} 户，{title}", ids(count), lots, bar)


def _draw_of(title, names, lots, bar):
    tickets, size = Tickets(SEED), len(names) // 100
    rounds = 25 if len(names) < 10_000 else 5
    return beside(
        title,
        lambda: drawn(tickets, zip(names, cycle(lots), strict=False), size),
        lambda: hash_once(names),
        bar,
        rounds=rounds,
    )


def memory():
    """Peak while a million are drawn, beside the list of their ids. MB."""
    tracemalloc.start()
    names = ids(SIZES[-1])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    drawn(Tickets(SEED), zip(names, cycle([3] + [1] * 9), strict=False), SIZES[-1] // 100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Ratio(f"{SIZES[-1]:,} 户，一成三签", peak / 2**20, held / 2**20, 1.3)


def instance(people, tasks, recusal=0.1):
    """(Commitment, {row: recused ids}): eight skills, two a person, teams of two, 25 % slack."""
    dice = random.Random(7)
    skills = [f"专业{n}" for n in range(8)]
    names = [f"R{n:04d}" for n in range(people)]
    staff = {name: Person(name, True, tasks, frozenset(dice.sample(skills, 2)), True) for name in names}
    pool = {row: Row(row, skills[n % 8], 1, "E", "") for n, row in enumerate(ids(tasks))}
    recused = {row: frozenset(name for name in names if dice.random() < recusal) for row in pool}
    strata = {skill: Stratum(skill, 10_000, 1, skill) for skill in skills}
    rules = Rules(2, 1, False, False, 25)
    return Commitment("", "", "", "", "", "", "", strata, pool, staff, rules, [], "", 0), recused


def teams():
    for people, tasks in TEAMS:
        commitment, recused = instance(people, tasks)
        pairs = [
            (row, name)
            for row in commitment.pool
            for name, person in commitment.people.items()
            if commitment.skill_of(row) in person.skills and name not in recused[row]
        ]

        def every_pair(pairs=pairs):
            sha256 = hashlib.sha256
            for row, name in pairs:
                sha256(f"{SEED}|INS|{row}|{name}".encode()).hexdigest()

        def ours(commitment=commitment, recused=recused):
            assert build_teams(commitment, recused, list(commitment.pool), Tickets(SEED)).infeasible is None

        yield beside(f"{people} 人 × {tasks:,} 户（{len(pairs):,} 对）", ours, every_pair, 4)
