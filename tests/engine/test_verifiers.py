"""Three verifiers, written apart, must give one verdict: honest files pass, any tampering is refused."""

import copy
import json
import random
import subprocess
import sys

import pytest

from inspections.engine import draw
from inspections.engine.canonical import digest, dump
from inspections.engine.changes import Ledger, request_digest
from inspections.engine.compute import tasks_of
from inspections.engine.files import read_commitment, read_sealed, recusal_digest, seed_of
from inspections.engine.teams import Fitness
from inspections.engine.tickets import Tickets

from .conftest import ROOT
from .instances import codes_of, files, make
from .standing import Standing


def accepted(verdicts):
    assert len({each[0] for each in verdicts.values()}) == 1, verdicts
    return verdicts["engine"][0]


def with_changes(number, count=8, **options):
    """A drawn instance with some replacements made by the engine."""
    commit, sealed, sources = make(number, **options)
    drawn = draw(*files(commit, sealed, sources))
    if not drawn.is_feasible:
        return commit, sealed, drawn, None
    committed = read_commitment(dump(commit))
    ledger = Ledger(committed, read_sealed(dump(sealed), committed), drawn.result)
    dice, codes, made = random.Random(number), codes_of(number), []
    for n in range(1, count + 1):
        event = {"n": n, "code": codes[n - 1], "reason": "ill", "nonce": f"{n:032x}"}
        if ledger.owed:
            task, out = ledger.owed[0]
            event |= {"kind": "inspector", "task": task, "out": out, "scope": "task"}
        elif dice.random() < 0.4:
            event |= {"kind": "subject", "out": dice.choice(sorted(ledger.teams))}
        else:
            task = dice.choice(sorted(ledger.teams))
            scope = dice.choice(["task", "draw"])
            event |= {
                "kind": "inspector",
                "task": task,
                "out": dice.choice(ledger.teams[task]),
                "scope": scope,
            }
        made.append(ledger.apply(event))
    newcomers = [each["in"] for each in made if each["kind"] == "subject" and each["in"]]
    openings = drawn.openings | {row: sealed[row] for row in newcomers}
    return commit, sealed, drawn, (openings, made)


@pytest.mark.parametrize("number", range(12))
def test_honest_files_pass(number, judges):
    commit, sealed, drawn, more = with_changes(number, recusal=0.15)
    if more is None:
        verdicts = judges(
            dump(commit), drawn.result_bytes, drawn.openings_bytes, commitment=digest(dump(commit))
        )
    else:
        verdicts = judges(
            dump(commit), drawn.result_bytes, dump(more[0]), dump(more[1]), digest(dump(commit))
        )
    assert accepted(verdicts), verdicts
    assert accepted(judges(dump(commit), drawn.result_bytes))


def test_without_openings_nothing_is_claimed_of_the_teams(judges):
    commit, sealed, sources = make(2)
    drawn = draw(*files(commit, sealed, sources))
    for _, sentence in judges(dump(commit), drawn.result_bytes).values():
        assert "人员分组未核验" in sentence


def leaves(value, path=()):
    if isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], (*path, key))
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from leaves(each, (*path, position))
    else:
        yield path


def changed_at(value, path, dice):
    found = copy.deepcopy(value)
    at = found
    for step in path[:-1]:
        at = at[step]
    old = at[path[-1]]
    if isinstance(old, int):
        at[path[-1]] = old + 1
    else:
        spot = dice.randrange(max(len(old), 1))
        letter = dice.choice([each for each in "0123456789abcdef" if each != old[spot : spot + 1]])
        at[path[-1]] = old[:spot] + letter + old[spot + 1 :]
    return found


@pytest.mark.parametrize("number", range(6))
def test_one_character_changed_anywhere_is_refused(number, judges):
    commit, sealed, drawn, more = with_changes(number, rows=25, people=7, recusal=0.2)
    if more is None:
        more = (drawn.openings, None)
    openings, changes = more
    dice = random.Random(number)
    parts = {"commit": commit, "result": drawn.result, "openings": openings}
    if changes:
        parts["changes"] = changes
    published = digest(dump(commit))
    for name, value in parts.items():
        paths = list(leaves(value))
        for path in dice.sample(paths, min(8, len(paths))):
            if name == "changes" and path[-1] in ("reason", "nonce"):
                continue  # bound by the digest published beforehand, not by these files
            tampered = {
                key: dump(each) for key, each in (parts | {name: changed_at(value, path, dice)}).items()
            }
            verdicts = judges(
                tampered["commit"],
                tampered["result"],
                tampered["openings"],
                tampered.get("changes"),
                published,
            )
            assert not accepted(verdicts), (name, path, verdicts)


def test_a_fitting_pair_under_another_commitment_is_refused(judges):
    commit, sealed, sources = make(4)
    drawn = draw(*files(commit, sealed, sources))
    published = digest(dump(make(4, task="another")[0]))
    assert accepted(judges(dump(commit), drawn.result_bytes, drawn.openings_bytes))
    assert not accepted(judges(dump(commit), drawn.result_bytes, drawn.openings_bytes, commitment=published))


def greedy(commit, sealed, sources):
    """The draw as most systems make it: least loaded first, no look-ahead, no recusal of the later ones."""
    drawn = draw(*files(commit, sealed, sources))
    committed = read_commitment(dump(commit))
    fitness = Fitness(committed, read_sealed(dump(sealed), committed))
    load, teams = {}, {}
    for row in drawn.result["order"]:
        fit = [each for each in committed.people if fitness.is_member(row, each)]
        fit.sort(key=lambda each: (not fitness.is_core(row, each), load.get(each, 0), each))
        teams[row] = fit[: committed.rules.team]
        for each in teams[row]:
            load[each] = load.get(each, 0) + 1
    return drawn, drawn.result | {"teams": teams, "log": []}


def test_greedy_teams_are_refused(judges):
    commit, sealed, sources = make(7, people=16)
    drawn, forged = greedy(commit, sealed, sources)
    assert forged["teams"] != drawn.result["teams"]
    assert not accepted(judges(dump(commit), dump(forged), drawn.openings_bytes))


def test_another_cap_is_refused(judges):
    commit, sealed, sources = make(9, slack_pct=25)
    roomy = copy.deepcopy(commit)
    roomy["rules"]["slack_pct"] = 200
    drawn = draw(*files(commit, sealed, sources))
    # The result of looser rules, dressed up with the committed seed.
    committed = read_commitment(dump(commit))
    loose = draw(*files(roomy, sealed, sources)).result
    assert loose["cap"] != drawn.result["cap"]
    forged = drawn.result | {key: loose[key] for key in ("cap",)}
    assert not accepted(judges(dump(commit), dump(forged), drawn.openings_bytes))
    assert committed.digest == drawn.result["commit"]


def test_a_wrong_opening_is_refused(judges):
    commit, sealed, sources = make(10)
    drawn = draw(*files(commit, sealed, sources))
    task = drawn.result["order"][0]
    openings = drawn.openings | {task: [drawn.openings[task][0], ["R0000"]]}
    if openings == drawn.openings:
        openings[task] = [drawn.openings[task][0], []]
    assert not accepted(judges(dump(commit), drawn.result_bytes, dump(openings)))
    missing = {key: value for key, value in drawn.openings.items() if key != task}
    assert not accepted(judges(dump(commit), drawn.result_bytes, dump(missing)))


def test_a_pool_row_swapped_after_the_seed_is_known_is_refused(judges):
    commit, sealed, sources = make(11)
    drawn = draw(*files(commit, sealed, sources))
    forged = copy.deepcopy(drawn.result)
    stratum = next(each for each in forged["objects"] if len(each["drawn"]) > 1)
    stratum["drawn"] = stratum["drawn"][1:] + stratum["drawn"][:1]
    assert not accepted(judges(dump(commit), dump(forged)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c.pop("salt"),
        lambda c: c.update(extra=1),
        lambda c: c.update(v="SJS2"),
        lambda c: c["pool"].append(c["pool"][-1]),
        lambda c: c["pool"].reverse(),
        lambda c: c["pool"][0].__setitem__(2, 0),
        lambda c: c["pool"][0].__setitem__(3, "Y"),
        lambda c: c["pool"][0].__setitem__(3, "X:"),
        lambda c: c["pool"][0].__setitem__(0, "0|1"),
        lambda c: c["pool"][0].__setitem__(0, "0,1"),
        lambda c: c["pool"][0].__setitem__(1, "没有这一层"),
        lambda c: c["strata"].append(c["strata"][-1]),
        lambda c: c["inspectors"][0].update(status="M"),
        lambda c: c["inspectors"][0].update(skills=["工贸", "工贸"]),
        lambda c: c["inspectors"].insert(0, c["inspectors"][0]),
        lambda c: c["rules"].update(team=1),
        lambda c: c["rules"].update(core=9),
        lambda c: c["rules"].update(others="all"),
        lambda c: c["rules"].update(slack_pct=-1),
        lambda c: c.update(seed_plan=["骰子甲", "骰子甲"]),
        lambda c: c.update(seed_plan=["骰=子", "骰子乙"]),
        lambda c: c.update(seed_plan=[]),
        lambda c: c.update(redraw_tip="AB" * 32),
        lambda c: c.update(redraw_max=-1),
        lambda c: c.update(salt="00"),
    ],
)
def test_a_commitment_outside_the_protocol_is_refused(spoil, judges):
    commit, sealed, sources = make(12)
    drawn = draw(*files(commit, sealed, sources))
    spoil(commit)
    spoiled = json.dumps(commit, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    result = dump(drawn.result | {"commit": digest(spoiled)})
    assert not accepted(judges(spoiled, result))


@pytest.mark.parametrize(
    "spelling", [b" ", b"\n", b'{"a":1,"a":1}', b"[1.0]", b"[null]", b"[true]", b"\xff", b"[[", b"9" * 5000]
)
def test_bytes_that_are_not_canonical_are_refused(spelling, judges):
    commit, sealed, sources = make(13)
    drawn = draw(*files(commit, sealed, sources))
    assert not accepted(judges(dump(commit) + spelling, drawn.result_bytes))
    assert not accepted(judges(dump(commit), spelling))


def test_a_seed_of_other_dice_is_refused(judges):
    commit, sealed, sources = make(14)
    drawn = draw(*files(commit, sealed, sources))
    other = [[sources[0][0], "0000000000"], sources[1]]
    committed = read_commitment(dump(commit))
    forged = drawn.result | {"seed": seed_of(committed, [tuple(each) for each in other])}
    assert Tickets(forged["seed"]).ticket("A") != Tickets(drawn.result["seed"]).ticket("A")
    assert not accepted(judges(dump(commit), dump(forged), drawn.openings_bytes))


def test_an_infeasible_draw_is_confirmed_and_its_facts_cannot_be_bent(judges):
    commit, sealed, sources = make(15, people=6, rows=60, rate=5000)
    for person in commit["inspectors"]:
        person["max"] = 2
    drawn = draw(*files(commit, sealed, sources))
    assert not drawn.is_feasible and tasks_of(drawn.result)
    assert accepted(judges(dump(commit), drawn.result_bytes, drawn.openings_bytes))
    for key in ("demand", "supply", "cap"):
        forged = drawn.result | {key: drawn.result[key] + 1}
        assert not accepted(judges(dump(commit), dump(forged), drawn.openings_bytes)), key


def test_recusal_digest_is_the_one_of_the_protocol():
    assert recusal_digest("A", "00" * 16, ["R2", "R1"]) == digest("SJS1|REC|A|" + "00" * 16 + "|R1,R2")


@pytest.mark.parametrize("number", range(6))
def test_without_openings_most_tampering_with_the_teams_is_refused_all_the_same(number, judges):
    commit, sealed, sources = make(number + 40, people=16, recusal=0)
    drawn = draw(*files(commit, sealed, sources))
    assert accepted(judges(dump(commit), drawn.result_bytes))
    if not drawn.is_feasible:
        return
    last = drawn.result["order"][-1]
    forged = [
        drawn.result | {"cap": drawn.result["cap"] + 1000},
        drawn.result | {"order": drawn.result["order"][::-1]},
        drawn.result | {"log": [*drawn.result["log"], [last, "R0000", [], []]]},
        drawn.result | {"teams": drawn.result["teams"] | {last: drawn.result["teams"][last][::-1]}},
    ]
    for each in forged:
        assert not accepted(judges(dump(commit), dump(each))), each


def test_the_published_hash_of_the_result_binds_every_byte(tmp_path):
    commit, sealed, sources = make(50, people=16)
    drawn = draw(*files(commit, sealed, sources))
    (tmp_path / "c").write_bytes(dump(commit))
    (tmp_path / "r").write_bytes(drawn.result_bytes)
    for command in (
        [sys.executable, "-m", "inspections.engine", "verify"],
        [sys.executable, ROOT / "inspections/engine/verify.py"],
        ["node", ROOT / "static/js/verify.js"],
    ):
        for hash_, code in ((digest(drawn.result_bytes), 0), ("0" * 64, 1)):
            run = subprocess.run(
                [*command, tmp_path / "c", tmp_path / "r", "--result-hash", hash_],
                capture_output=True,
                cwd=ROOT,
            )
            assert run.returncode == code, run


@pytest.mark.parametrize("name", ["verify.py", "verify.js"])
def test_each_command_says_what_it_did_not_compare(name, tmp_path):
    """The printed command gives everything; one that gives less says so; an emptied file does not pass."""
    number = next(n for n in range(12) if (with_changes(n)[3] or [0, []])[1])
    commit, sealed, drawn, (openings, made) = with_changes(number)
    given = {"commit.json": dump(commit), "result.json": drawn.result_bytes, "openings.json": dump(openings)}
    given |= {"changes.json": dump(made), "empty.json": dump([])}
    for each, data in given.items():
        (tmp_path / each).write_bytes(data)
    path = {each: tmp_path / each for each in given}
    asked = ",".join(request_digest(each) for each in made)
    all_ = ["--openings", path["openings.json"], "--commitment", digest(dump(commit))]
    all_ += ["--result-hash", digest(drawn.result_bytes), "--requests", asked]
    files_ = [path["commit.json"], path["result.json"]]
    verifier = Standing(name)
    try:
        code, said, _ = verifier.run(*files_, *all_, "--changes", path["changes.json"])
        assert code == 0 and "没有比" not in said, said
        assert verifier.run(*files_, *all_, "--changes", path["empty.json"])[0] == 1
        assert verifier.run(*files_, *all_)[0] == 1  # changes were published, and none is given
        code, said, _ = verifier.run(*files_, "--changes", path["empty.json"])
        assert code == 0 and "没有比：公布的结果的指纹、变更有没有少给" in said
        code, said, _ = verifier.run(*files_, *all_[:-1], "none")
        assert code == 0 and "没有比" not in said
    finally:
        verifier.stop()
