"""Twelve tamperings of each downloaded file against each printed command: every one is named, or said not
to be compared (the opening of an enterprise that came in by a change, left out)."""

import pytest

from inspections.engine.canonical import digest, dump
from inspections.engine.changes import request_digest

from ..tampering import WAYS
from .standing import COMMANDS
from .test_verifiers import with_changes


@pytest.fixture(scope="module")
def published():
    """A draw with openings and changes, as the public has it: {name: bytes}, and what the page prints."""
    number = next(n for n in range(30) if (with_changes(n)[3] or [0, []])[1])
    commit, _, drawn, (openings, made) = with_changes(number)
    files = {"commit.json": dump(commit), "result.json": drawn.result_bytes}
    files |= {"openings.json": dump(openings), "changes.json": dump(made)}
    printed = ["--commitment", digest(files["commit.json"]), "--result-hash", digest(drawn.result_bytes)]
    return files, [*printed, "--requests", ",".join(request_digest(each) for each in made)]


@pytest.mark.parametrize("verifier", COMMANDS)
def test_each_tampering_is_named_by_the_printed_command(verifier, published, standing, tmp_path):
    files, printed = published

    def run(given):
        for name, data in given.items():
            (tmp_path / name).write_bytes(data)
        path = {name: str(tmp_path / name) for name in given}
        more = ["--openings", path["openings.json"], "--changes", path["changes.json"]]
        return standing[verifier].run(path["commit.json"], path["result.json"], *more, *printed)

    ended, said, _ = run(files)
    assert ended == 0 and "没有比" not in said, said
    assert len(WAYS) == 12
    for name, data in files.items():
        for way, tamper in WAYS.items():
            bent = tamper(data)
            assert bent != data, (name, way)
            ended, said, complaint = run(files | {name: bent})
            assert not complaint and said.strip(), (name, way, complaint)
            assert ended == 1 or "没有比：换入的" in said, (name, way, said)


@pytest.mark.parametrize("verifier", COMMANDS)
def test_files_that_only_fit_each_other_are_refused(verifier, published, standing, tmp_path):
    """All of another draw, whole in itself: what was published is another."""
    _, printed = published
    commit, _, drawn, more = with_changes(28, rows=20)
    given = {"c": dump(commit), "r": drawn.result_bytes}
    for name, data in given.items():
        (tmp_path / name).write_bytes(data)
    ended, said, _ = standing[verifier].run(str(tmp_path / "c"), str(tmp_path / "r"), *printed)
    assert ended == 1 and "公布的指纹" in said, said
