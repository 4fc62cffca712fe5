"""docs/law.md: what is written there holds after any walk, and a breach that is planted is found."""

import os
import re
from collections import Counter

import pytest
from django.db import transaction

from ... import law
from ...test_architecture import ROOT
from ...walks import Walk
from ..papers.test_papers import visited

pytestmark = pytest.mark.django_db
WALKS, STEPS = 10, 40


@pytest.fixture
def by(case):
    return visited(case, others=2)


class _Back(Exception):
    """Undo a walk."""


def walk(case, cast, by, seed, days_on, many=STEPS):
    """One walk, its breaches, and everything as before."""
    found = done = None
    try:
        with transaction.atomic():
            going = Walk(case, cast, by, seed, days_on)
            going.set_out()
            done = going.steps(many)
            found = law.breaches(case)
            raise _Back
    except _Back:
        case.refresh_from_db()
    return found, done


@pytest.mark.slow
def test_the_law_holds_on_random_walks(case, cast, by, days_on):
    carried = Counter()
    for seed in range(WALKS):
        found, done = walk(case, cast, by, seed, days_on)
        days_on(-_passed(days_on))
        carried.update(done)
        assert found == [], (seed, found, done)
    # walks that get nowhere would prove nothing
    assert len(carried) > 20, carried


def test_the_list_names_what_is_checked():
    text = (ROOT / "docs/law.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (L\d+) \|", text, re.M) == list(law.RULES)


def _passed(days_on):
    return days_on.passed[0]


@pytest.mark.trial
def test_the_law_holds_on_three_thousand_walks(case, cast, by, days_on):
    carried, first = Counter(), int(os.environ.get("MINGQIAN_SEED", "1000"))
    for seed in range(first, first + int(os.environ.get("MINGQIAN_WALKS", "3000"))):
        found, done = walk(case, cast, by, seed, days_on, 20)
        days_on(-_passed(days_on))
        carried.update(done)
        assert found == [], (seed, found, done)
    print(carried, end=" ")
    assert len(carried) > 25, carried
