"""What several tests of the public window begin with."""

from inspections.after import penalties
from inspections.models import Draw, Penalty

from ..penalties import decide
from ..staircase import DRAWN, found_cast, inspect, lay


def play_penalty():
    """A decided penalty of the draw's second case."""
    cast, case = found_cast(), Draw.objects.get().cases.order_by("pk")[1]
    report = inspect(case, fails=["A01.1"])
    case.refresh_from_db()
    made = penalties.propose(
        case, case.findings.all(), "未按规定设置警示标志", "检查发现。", "建议立案。", by=report.author
    )
    penalties.judge(made, True, "同意", by=cast.head)
    decide(made, report.author, outcome="罚款人民币一万元")


penalty = lay("penalty", DRAWN, play_penalty, lambda _: Penalty.objects.get())
