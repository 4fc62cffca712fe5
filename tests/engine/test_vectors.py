"""The public conformance vectors of SJS1 §11, when the data folder is there."""

import json

import pytest

from inspections.engine import draw
from inspections.engine.canonical import digest
from inspections.engine.changes import Ledger
from inspections.engine.files import read_commitment, read_sealed
from inspections.engine.series import check_folder

from . import puzzles
from .conftest import as_bytes


@pytest.fixture
def vectors(real_data):
    return real_data / "draw-vectors"


def test_the_engine_conforms_to_every_vector(vectors):
    for commit in sorted(vectors.glob("*.commit.json")):
        number = commit.name.split(".")[0]
        parts = {path.name.split(".")[1]: path.read_bytes() for path in vectors.glob(f"{number}.*.json")}
        drawn = draw(parts["commit"], parts["sealed"], parts["sources"])
        expected = json.loads(parts.get("result") or parts["infeasible"])
        assert drawn.is_feasible == ("result" in parts), number
        assert {**drawn.result, "log": 0} == {**expected, "log": 0}, number
        assert drawn.openings_bytes == parts["openings"], number
        if "changes" in parts:
            committed = read_commitment(parts["commit"])
            Ledger(committed, read_sealed(parts["sealed"], committed), expected).replay(
                json.loads(parts["changes"])
            )


@pytest.mark.slow
def test_all_verifiers_accept_every_vector_and_its_log(vectors, judges):
    for commit in sorted(vectors.glob("*.commit.json")):
        number = commit.name.split(".")[0]
        parts = {path.name.split(".")[1]: path.read_bytes() for path in vectors.glob(f"{number}.*.json")}
        verdicts = judges(
            parts["commit"], parts.get("result") or parts["infeasible"], parts["sealed"], parts.get("changes")
        )
        assert all(each[0] for each in verdicts.values()), (number, verdicts)


def test_the_vectors_are_one_series_and_a_fork_is_seen(vectors, tmp_path):
    assert "36" in check_folder(vectors)
    for path in vectors.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    second = json.loads((tmp_path / "35.commit.json").read_bytes())
    second["task"] = "2026-001"
    (tmp_path / "35.commit.json").write_bytes(as_bytes(second))
    (tmp_path / "35.result.json").unlink()
    with pytest.raises(Exception, match="第二次"):
        check_folder(tmp_path)


def test_the_public_puzzles_are_what_the_engine_makes_and_all_verifiers_agree(judges):
    """What is handed out to whoever writes a verifier (static/sjs1/vectors.json)."""
    assert puzzles.PLACE.read_text(encoding="utf-8") == puzzles.as_text(), "python -m tests.engine.puzzles"
    kept = json.loads(puzzles.PLACE.read_text(encoding="utf-8"))
    assert len(kept) == 25 and sum("changes.json" in each for each in kept) > 9
    assert sum("infeasible.json" in each for each in kept) >= 2
    prev = "0" * 64
    for each in kept:
        data = {name: text.encode() for name, text in each.items()}
        assert json.loads(data["commit.json"])["prev"] == prev
        prev = digest(data["commit.json"])
        result = data.get("result.json") or data["infeasible.json"]
        told = judges(data["commit.json"], result, data["openings.json"], data.get("changes.json"), prev)
        assert all(ok for ok, _ in told.values()), told
