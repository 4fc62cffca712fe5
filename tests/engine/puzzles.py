"""考题 (static/sjs1/vectors.json): 25 invented draws, one series, for whoever writes a verifier. Made again
by `python -m tests.engine.puzzles`; a test compares what stands there with what the engine makes today."""

from __future__ import annotations

import json
from pathlib import Path

from inspections.engine.canonical import digest, dump
from inspections.engine.files import ZEROS

from .test_verifiers import with_changes

PLACE = Path(__file__).parents[2] / "static" / "sjs1" / "vectors.json"
# what makes a draw hard: few people, many recusals, more lots, teams of three, nobody free
_OPTIONS = [
    {"rows": 6, "people": 4, "recusal": 0.0, "lots": 1},
    {"rows": 12, "people": 6},
    {"rows": 20, "people": 8, "recusal": 0.2},
    {"rows": 25, "people": 7, "recusal": 0.3},
    {"rows": 30, "people": 10, "rate": 5000, "lots": 4},
]


def made() -> list[dict[str, str]]:
    """[{name of a file: its canonical text}] of each puzzle."""
    found, prev = [], ZEROS
    for n in range(1, 26):
        options = _OPTIONS[n % len(_OPTIONS)] | {
            "prev": prev,
            "draw": f"990101-2026-{n:03d}",
            "task": f"T{n}",
        }
        commit, sealed, drawn, more = with_changes(n, **options)
        openings, changes = more or (drawn.openings, None)
        texts = {
            "commit.json": commit,
            "sealed.json": sealed,
            "sources.json": drawn.result["sources"],
            "result.json" if drawn.is_feasible else "infeasible.json": drawn.result,
            "openings.json": openings,
        } | ({"changes.json": changes} if changes else {})
        found.append({name: dump(each).decode() for name, each in texts.items()})
        prev = digest(dump(commit))
    return found


def as_text() -> str:
    return json.dumps(made(), ensure_ascii=False, indent=0) + "\n"


if __name__ == "__main__":
    PLACE.write_text(as_text(), encoding="utf-8")
