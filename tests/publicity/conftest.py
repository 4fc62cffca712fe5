"""What several tests of the public window begin with."""

import pytest

from inspections.after import penalties

from ..penalties import decide
from ..staircase import inspect


@pytest.fixture
def penalty(drawn, cast):
    """A decided penalty of the draw's second case."""
    case = drawn.cases.order_by("pk")[1]
    report = inspect(case, fails=["A01.1"])
    case.refresh_from_db()
    made = penalties.propose(
        case, case.findings.all(), "未按规定设置警示标志", "检查发现。", "建议立案。", by=report.author
    )
    penalties.judge(made, True, "同意", by=cast.head)
    return decide(made, report.author, outcome="罚款人民币一万元")
