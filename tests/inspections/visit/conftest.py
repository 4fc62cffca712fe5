"""A case that was drawn, and who is on its team."""

import pytest


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


@pytest.fixture
def member(case):
    return case.team()[0].inspector.account
