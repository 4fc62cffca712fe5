"""Invented draws for the engine's tests: a small county made from one number."""

import hashlib
import random

from inspections.engine.canonical import dump
from inspections.engine.changes import chain
from inspections.engine.files import ZEROS, recusal_digest

SKILLS = ["危险化学品", "工贸", "烟花爆竹"]


def make(
    number,
    *,
    rows=40,
    people=10,
    rate=2000,
    minimum=1,
    lots=3,
    recusal=0.1,
    draw="150000-2026-001",
    **changed,
):
    """(commit, sealed, sources) as dictionaries; `changed` replaces keys of the
    rules or of the commitment."""
    dice = random.Random(number)
    ids = [f"9115062{number % 10}{n:09d}X" for n in range(rows)]
    rules = {
        "team": dice.choice([2, 2, 3]),
        "core": 1,
        "core_leads": dice.choice([0, 1]),
        "others": dice.choice(["skill", "any"]),
        "slack_pct": dice.choice([0, 25]),
    }
    rules |= {key: changed.pop(key) for key in list(changed) if key in rules}
    names = [f"R{n:04d}" for n in range(people)]
    inspectors = [
        {
            "id": name,
            "leader": dice.choice([0, 1]),
            "max": dice.choice([3, 12, 40]),
            "skills": sorted(dice.sample(SKILLS, dice.randint(1, 3))),
            "status": "X:leave" if dice.random() < 0.08 else "E",
        }
        for name in names
    ]
    sealed = {}
    pool = []
    for row in ids:
        recused = sorted(name for name in names if dice.random() < recusal)
        nonce = hashlib.md5(f"{number}{row}".encode()).hexdigest()
        sealed[row] = [nonce, recused]
        status = "M" if dice.random() < 0.05 else "X:closed" if dice.random() < 0.1 else "E"
        pool.append(
            [row, dice.choice(SKILLS), dice.randint(1, lots), status, recusal_digest(row, nonce, recused)]
        )
    commit = {
        "v": "SJS1",
        "draw": draw,
        "task": draw,
        "after": ZEROS,
        "prev": ZEROS,
        "seed_at": "2026-03-05T09:00+08:00",
        "salt": hashlib.md5(str(number).encode()).hexdigest(),
        "strata": [[name, rate, minimum, name] for name in sorted(SKILLS)],
        "pool": pool,
        "inspectors": inspectors,
        "rules": rules,
        "seed_plan": ["骰子甲", "骰子乙"],
        "redraw_tip": chain(codes_of(number)[-1], 30)[0],
        "redraw_max": 30,
    }
    commit |= changed
    sources = [[name, f"{dice.randrange(10**10):010d}"] for name in commit["seed_plan"]]
    return commit, sealed, sources


def codes_of(number, length=30):
    """The one-time codes of an invented draw, code 1 first."""
    return chain(hashlib.sha256(f"codes{number}".encode()).hexdigest(), length)[1]


def files(commit, sealed, sources):
    """The three dictionaries as bytes."""
    return dump(commit), dump(sealed), dump(sources)
