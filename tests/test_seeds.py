"""docs/seeds.md speaks of every sentence of the two plans and names nothing that does not exist."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from .seedtext import sentences

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "docs/seeds.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| ([0-9a-f]{8}) \| (.+?) \| (.+?) \|$", TABLE, re.M)


@pytest.fixture
def plans(real_data):
    return real_data.parent / "seeds"


@pytest.mark.parametrize("name", ["wushen-2024", "wenshang-2017"])
def test_every_sentence_of_the_plan_stands_in_the_table(plans, name):
    part = TABLE.split(f"（{name}）")[1].split("\n## ")[0]
    told = re.findall(r"^\| (\d+) \| ([0-9a-f]{8}) \|", part, re.M)
    found = sentences((plans / f"{name}.txt").read_text(encoding="utf-8"))
    assert [(int(number), digest) for number, digest in told] == [
        (number, digest) for number, (digest, _) in enumerate(found, 1)
    ]


def test_no_requirement_is_left_without_a_place():
    for number, digest, what, where in ROWS:
        assert where == "标题" or "`" in where or "issue" in where, (number, digest, what)


def test_every_name_in_the_table_exists():
    for _, digest, _, where in ROWS:
        for name in re.findall(r"`([^`]+)`", where):
            if name.startswith("url:"):
                assert reverse(name.removeprefix("url:")), digest
                continue
            path, _, test = name.partition("::")
            assert (ROOT / path).is_file(), name
            assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), name


def test_a_heading_is_only_what_says_nothing_to_do():
    for number, digest, what, where in ROWS:
        if where == "标题":
            assert not re.search(r"应当|不得|必须", what), (number, digest, what)
