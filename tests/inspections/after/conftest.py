"""A case whose visit is over, and a clock that can be set."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.after import penalties
from inspections.models import Case

from ...staircase import DRAWN, lay
from ..papers.test_papers import visited


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


looked_at = lay(
    "looked_at",
    DRAWN,
    lambda: visited(Case.objects.order_by("pk").first()),
    lambda _: Case.objects.order_by("pk").first(),
)


@pytest.fixture
def by(case, looked_at):
    """The visit has found one problem; whoever holds the case's pen."""
    return case.team()[0].inspector.account


@pytest.fixture
def days_on(monkeypatch):
    """Let days pass: everything that asks for the time hears the later one."""
    real, passed = timezone.now, [0]
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=passed[0]))

    def go(days):
        passed[0] += days

    go.passed = passed
    return go


@pytest.fixture
def opened(case, by, cast):
    """A penalty file that the head has opened."""
    made = penalties.propose(case, case.findings.all(), "未消除隐患", "情况", "建议立案", by=by)
    penalties.judge(made, True, by=cast.head)
    made.refresh_from_db()
    return made
