"""A rule that is taken out of the code is missed by tests/law.py: a walk finds each of these breaches."""

import pytest

from inspections.after import gates, penalties, rectifications
from inspections.case import events, staffing
from inspections.models import Restraint
from inspections.papers import decisions, issuing, service
from inspections.visit import majors, outcome, reports

from .test_law import by, walk  # noqa: F401

pytestmark = pytest.mark.django_db
MOST = 500


def _nothing(*args, **kwargs):
    return None


def _no_gate(*args, **kwargs):
    return iter(())


def _clean(case, day=None):  # noqa: F811
    return "clean"


BREACHES = {
    "causes are not asked for": ("L1", [(events, "require_cause", _nothing)]),
    "all gates stand open": ("L2", [(gates, "shut", _no_gate)]),
    "any fine will do": ("L4", [(penalties, "_require_in_range", _nothing)]),
    "graver than told": ("L4", [(gates._RULES, "not_graver", lambda file: True)]),
    "the short way for anything": (
        "L4",
        [
            (
                gates,
                "spot_rule",
                lambda day: {"unit": 10**6, "person": 10**6, "kinds": list(gates.KINDS), "basis": ""},
            )
        ],
    ),
    "closed unpaid": ("L5", [(gates._WHEN, "fine_due", lambda file: False)]),
    "closed with everything open": ("L6", [(outcome, "duties", lambda case: [])]),
    "a major hazard like any other": ("L7", [(majors, "require_settled", _nothing)]),
    "the result never moves": ("L8", [(outcome, "of", _clean), (outcome, "require_agrees", _nothing)]),
    "two orders for one problem": ("L9", [(decisions, "_numbers_on", lambda papers: set())]),
    "served today, whatever is said": ("L10", [(service, "moment", _nothing)]),
    "one thread for all that is held": ("L11", [(Restraint, "thread", property(lambda held: "scene"))]),
    "more time as often as one likes": ("L13", [(rectifications, "_require_may_extend", _nothing)]),
    "the team judges itself": (
        "L14",
        [(staffing, "require_judge", _nothing), (issuing, "require_other", _nothing)],
    ),
    "the report is approved by its author": ("L14", [(reports, "_require_reviewer", _nothing)]),
}


@pytest.mark.trial
@pytest.mark.parametrize("name", BREACHES)
def test_a_rule_that_is_gone_is_missed(name, case, cast, by, days_on, monkeypatch):  # noqa: F811
    wanted, patches = BREACHES[name]
    for where, what, instead in patches:
        (monkeypatch.setitem if isinstance(where, dict) else monkeypatch.setattr)(where, what, instead)
    for seed in range(MOST):
        found, _ = walk(case, cast, by, seed, days_on)
        days_on(-days_on.passed[0])
        if wanted in {each for each, _ in found}:
            return
    pytest.fail(f"{MOST} walks and nothing noticed")
