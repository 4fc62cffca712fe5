"""Found by trying: each of these once told the three verifiers apart, or hung or broke one of them."""

import copy
import json
import subprocess
import sys

import pytest

from inspections.engine import draw
from inspections.engine.canonical import digest, dump
from inspections.engine.changes import request_digest

from .conftest import ROOT
from .instances import files, make
from .test_verifiers import accepted, with_changes


def infeasible():
    commit, sealed, sources = make(15, people=6, rows=60, rate=5000)
    for person in commit["inspectors"]:
        person["max"] = 2
    return commit, draw(*files(commit, sealed, sources))


@pytest.mark.parametrize(
    "bend",
    [
        lambda r: r.update(cap="x"),
        lambda r: r.update(cap=-1),
        lambda r: r.update(tasks=[], open=[], demand=0, supply=0),
        lambda r: r.update({"supply tasks": [r.pop("supply"), r.pop("tasks")]}),
        lambda r: r.update(supply=r["demand"]),
        lambda r: r.update(tasks=[5]),
    ],
)
def test_an_infeasible_result_bent_without_openings_is_refused(bend, judges):
    commit, drawn = infeasible()
    result = dict(drawn.result)
    bend(result)
    assert not accepted(judges(dump(commit), dump(result)))


def with_a_reserved_line():
    for number in range(60, 160):
        instance = make(number, people=14, slack_pct=0)
        drawn = draw(*files(*instance))
        if any(line[2] for line in drawn.result.get("log", [])):
            return instance[0], drawn
    raise AssertionError("no instance with a reserved line")


@pytest.mark.parametrize("cut", [[5], [5, "9"], [["x"]], [None]])
def test_a_cut_that_is_not_text_is_refused(cut, judges):
    commit, drawn = with_a_reserved_line()
    log = copy.deepcopy(drawn.result["log"])
    next(line for line in log if line[2])[2] = cut
    spoiled = json.dumps(
        drawn.result | {"log": log}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    for openings in (None, drawn.openings_bytes):
        assert not accepted(judges(dump(commit), spoiled, openings))


def test_a_personal_maximum_beyond_all_measure_hangs_nobody(judges):
    commit, sealed, sources = make(62, people=14, slack_pct=0)
    for person in commit["inspectors"]:
        person["max"] = 2**53 - 1
    drawn = draw(*files(commit, sealed, sources))
    assert accepted(judges(dump(commit), drawn.result_bytes, drawn.openings_bytes))
    assert accepted(judges(dump(commit), drawn.result_bytes))


def test_an_infeasible_draw_ends_at_once_however_high_the_maxima():
    commit, sealed, sources = make(63, people=3, rows=40, recusal=1, slack_pct=0)
    for person in commit["inspectors"]:
        person["max"] = 2**40
    drawn = draw(*files(commit, sealed, sources))
    assert not drawn.is_feasible and drawn.result["cap"] == 2**40


def test_an_id_that_cannot_be_a_key_is_refused(judges):
    commit, sealed, sources = make(64)
    drawn = draw(*files(commit, sealed, sources))
    commit["pool"][-1][0] = "企业"
    assert not accepted(judges(dump(commit), dump(drawn.result | {"commit": digest(dump(commit))})))


def test_what_a_file_says_makes_no_second_line(judges):
    commit, sealed, sources = make(65, people=16, draw="A\n核验通过：B")
    drawn = draw(*files(commit, sealed, sources))
    assert accepted(judges(dump(commit), drawn.result_bytes))  # the fixture asks for exactly one line


@pytest.mark.parametrize("option", [["--opening", "x"], ["--commitment"], ["--openings", "/nowhere"]])
def test_a_slip_in_the_options_is_never_a_pass(option, tmp_path):
    commit, sealed, sources = make(66, people=16)
    drawn = draw(*files(commit, sealed, sources))
    (tmp_path / "c").write_bytes(dump(commit))
    (tmp_path / "r").write_bytes(drawn.result_bytes)
    for command in (
        [sys.executable, "-m", "inspections.engine", "verify"],
        [sys.executable, ROOT / "inspections/engine/verify.py"],
        ["node", ROOT / "static/js/verify.js"],
    ):
        run = subprocess.run(
            [*command, tmp_path / "c", tmp_path / "r", *option], capture_output=True, text=True, cwd=ROOT
        )
        assert run.returncode != 0 and "Traceback" not in run.stderr, run


def test_a_changed_reason_is_refused_against_the_published_request(tmp_path):
    commit, sealed, drawn, (openings, made) = with_changes(3, people=16, recusal=0)
    published = ",".join(request_digest(event) for event in made)
    for name, data in {"c": commit, "r": drawn.result, "o": openings, "good": made}.items():
        (tmp_path / name).write_bytes(dump(data))
    bent = [made[0] | {"nonce": "1" + made[0]["nonce"][1:]}, *made[1:]]
    (tmp_path / "bent").write_bytes(dump(bent))
    for command in (
        [sys.executable, "-m", "inspections.engine", "verify"],
        [sys.executable, ROOT / "inspections/engine/verify.py"],
        ["node", ROOT / "static/js/verify.js"],
    ):
        for name, code in (("good", 0), ("bent", 1)):
            files_ = [
                tmp_path / "c",
                tmp_path / "r",
                "--openings",
                tmp_path / "o",
                "--changes",
                tmp_path / name,
            ]
            run = subprocess.run(
                [*command, *files_, "--requests", published], capture_output=True, text=True, cwd=ROOT
            )
            assert run.returncode == code, run
