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


def test_every_requirement_has_a_test_or_says_what_is_missing():
    for number, digest, what, where in ROWS:
        assert where == "标题" or "::" in where or "尚未做到" in where, (number, digest, what)


# The sentences that the product does not carry out yet, by their digests. The list only
# grows shorter; when the last
# open issue has landed it is empty.
STILL_OPEN: set[str] = set()


def test_what_is_not_done_yet_is_counted():
    said = {digest for _, digest, _, where in ROWS if "尚未做到" in where}
    assert said == STILL_OPEN
    assert all(
        re.search(r"尚未做到\*\*：.+（issue \d+", where) for _, digest, _, where in ROWS if digest in said
    )


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


def test_every_test_that_is_named_stands_where_it_is_named():
    """In the documents and in the list of planted faults: a test that moved takes its names along."""
    for page in (*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), ROOT / "tests/trials/planted.json"):
        for path, test in re.findall(r"(tests/[\w/]+\.py)::(\w+)", page.read_text(encoding="utf-8")):
            kept = ROOT / path
            assert kept.exists() and f"def {test}(" in kept.read_text(encoding="utf-8"), (page, path, test)


def test_the_list_of_promises_names_tests_that_exist_and_counts_itself():
    text = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([SRD]\d+) \| .+? \| (守住|部分|未守) \| (.+?) \|", text, re.M)
    assert len({number for number, _, _ in rows}) == len(rows) == 58
    for number, state, where in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", where)
        assert named or state == "未守", number
    counts = [sum(state == each for _, state, _ in rows) for each in ("守住", "部分", "未守")]
    assert "守住 {}，部分 {}，未守 {}".format(*counts) in text


def test_the_rows_of_the_grades_and_of_asvs_are_kept_or_excused():
    """Each leads to promises that are kept, or to tests that exist; what is excused says by whom."""
    text = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
    promises = set(re.findall(r"^\| ([SRD]\d+) \|.+?\| 守住 \|", text, re.M))
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (守住|免) \| (.+?) \|$", text.partition("# 等保三级和 ASVS")[2], re.M
    )
    assert len(rows) == 25 + 44
    for number, _, state, why in rows:
        led = set(re.findall(r"\b([SRD]\d+)\b", re.sub(r"`.+?`", "", why)))
        assert led <= promises, (number, led - promises)
        named = re.findall(r"`tests/[\w/]+\.py::\w+`", why)
        excused = re.search(r"机器的事|维护单位的事|法第\d+条", why)
        assert (led or named) if state == "守住" else excused, number
