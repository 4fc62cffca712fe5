"""依赖的安全下限 (docs/floors.toml): what is pinned and what is installed is not below it."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FLOORS = tomllib.loads((ROOT / "docs/floors.toml").read_text(encoding="utf-8"))["floors"]
PINS = dict(
    re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)$", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M
    )
)


def test_every_package_is_pinned_exactly():
    lines = [each for each in (ROOT / "requirements.txt").read_text().splitlines() if each and each[0] != "#"]
    assert len(lines) == len(PINS) >= 25


@pytest.mark.parametrize("name", FLOORS)
def test_nothing_is_below_its_floor(name):
    least = Version(FLOORS[name]["at_least"])
    assert FLOORS[name]["why"]
    if name in PINS:
        assert Version(PINS[name]) >= least, name
    try:
        assert Version(version(name)) >= least, name
    except PackageNotFoundError:
        assert name not in PINS
