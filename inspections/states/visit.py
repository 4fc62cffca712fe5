"""On site: what was filed, found, reported; recusals and remarks on the list."""

from registries.states import MACHINE, PARTY, Rest, States, Wait

from .before import CHANGE, team


class FilingState(States):
    """外勤上报."""

    RECEIVED = "received", {"taken", "held"}, [Wait(MACHINE, "sweep-filings")], "已收到"
    HELD = "held", {"taken", "settled"}, [team("desk:retry", "处理没有办成的上报")], "需处理"
    TAKEN = "taken", {}, [], "已办理"
    SETTLED = "settled", {}, [], "留存，不计入记录"


class EntryState(States):
    """逐行填写."""

    SAID = "said", {"late"}, [Rest("采用哪一份，由检查表的合并决定")], "已收到"
    LATE = "late", {"added", "set_aside"}, [team("desk:late-lines", "处理签名以后才到的填写")], "签名以后才到"
    ADDED = "added", {}, [], "写入补充记录"
    SET_ASIDE = "set_aside", {}, [], "留存，不采用"


class FindingState(States):
    """问题."""

    NOTED = "noted", {"open", "closed"}, [team("desk:end", "写记录并结束检查")], "现场填写"
    OPEN = (
        "open",
        {"reported", "closed", "escalated"},
        [Wait(PARTY, "rectify.reported", due="until")],  # the day after, the case's clock asks the team
        "待整改",
    )
    REPORTED = (
        "reported",
        {"open", "closed", "escalated"},
        [team("desk:reinspect", "复查", due="until")],
        "已报告整改",
    )
    ESCALATED = "escalated", {"closed", "open"}, [team("desk:reinspect", "复查")], "已转处理"
    CLOSED = "closed", {"open"}, [Rest("复查意见被更正时才再打开")], "已办结"


UNSETTLED = (FindingState.OPEN, FindingState.REPORTED, FindingState.ESCALATED)


class ReportState(States):
    """检查报告."""

    DRAFTED = "drafted", {"submitted"}, [team("desk:report", "写报告", due="case.report_due_on")], "起草"
    SUBMITTED = (
        "submitted",
        {"approved", "returned"},
        [Wait("inspections.approve_report", "approve", "审核", apart="author", no="return")],
        "待审核",
    )
    RETURNED = "returned", {}, [], "已退回"
    APPROVED = "approved", {}, [], "已通过"


class RecusalState(States):
    """回避申请."""

    ASKED = (
        "asked",
        {"upheld", "refused", "withdrawn"},
        [Wait(CHANGE, "uphold", "决定", due="due_on", no="refuse")],
        "待决定",
    )
    UPHELD = "upheld", {}, [], "同意回避"
    REFUSED = "refused", {}, [], "不予回避"
    WITHDRAWN = "withdrawn", {}, [], "已撤回"


class ProposalState(States):
    """清单修订建议."""

    MADE = (
        "made",
        {"adopted", "dismissed"},
        [Wait("registries.change_item", "adopt", "处理", no="dismiss")],
        "待处理",
    )
    ADOPTED = "adopted", {}, [], "已采纳"
    DISMISSED = "dismissed", {}, [], "未采纳"
