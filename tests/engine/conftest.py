import json
import subprocess
import sys
from pathlib import Path

import pytest

from inspections.engine.canonical import Malformed
from inspections.engine.recheck import verify

from .standing import COMMANDS, Standing

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def standing():
    """The public's verifiers, up for the whole run."""
    made = {name: Standing(name) for name in COMMANDS}
    yield made
    for each in made.values():
        each.stop()


@pytest.fixture
def judges(standing, tmp_path):
    """All three verifiers on the same files: {name: (accepted, sentence)}."""

    def judge(commit, result, openings=None, changes=None, commitment=None):
        paths = [tmp_path / "commit.json", tmp_path / "result.json"]
        paths[0].write_bytes(commit)
        paths[1].write_bytes(result)
        options = []
        for name, data in (("openings", openings), ("changes", changes)):
            if data is not None:
                (tmp_path / f"{name}.json").write_bytes(data)
                options += [f"--{name}", str(tmp_path / f"{name}.json")]
        if commitment is not None:
            options += ["--commitment", commitment]
        try:
            told = {
                "engine": (
                    True,
                    verify(
                        commit, result, openings_data=openings, changes_data=changes, commitment=commitment
                    ),
                )
            }
        except Malformed as wrong:
            told = {"engine": (False, str(wrong))}
        for name, verifier in standing.items():
            ended, said, complaint = verifier.run(*paths, *options)
            assert ended in (0, 1) and said.count("\n") == 1 and not complaint, (ended, said, complaint)
            told[name] = (ended == 0, said.strip())
        return told

    return judge


@pytest.fixture
def cli():
    """python -m inspections.engine …"""

    def run(*arguments):
        command = [sys.executable, "-m", "inspections.engine", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

    return run


def as_bytes(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
