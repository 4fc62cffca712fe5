"""After the visit: penalties, more time, restraints, transfers."""

from django.db.models import Q

from registries.states import MACHINE, Rest, States, Wait

from .before import APPROVE, CHANGE, ISSUE, team

_STEPS = [Wait(ISSUE, "note", "办理下一步", role="clerk"), team("desk:penalty-file", "办理处罚案件")]


class PenaltyState(States):
    """行政处罚案件."""

    PROPOSED = (
        "proposed",
        {"opened", "refused", "decided"},  # on the spot there is no opening
        [Wait(CHANGE, "approve", "审批", apart="proposed_by", no="refuse")],
        "待审批",
    )
    REFUSED = "refused", {}, [], "不予立案"
    OPENED = "opened", {"decided", "dropped"}, _STEPS, "已立案"
    DECIDED = "decided", {"closed", "revoked"}, _STEPS, "已决定"
    REVOKED = "revoked", {"closed"}, _STEPS, "决定已撤销"
    DROPPED = "dropped", {}, [], "已撤案"
    CLOSED = "closed", {"revoked"}, [Rest("已结案；只在决定被撤销时再动")], "已结案"


OPEN_PENALTY = tuple(each for each in PenaltyState if each.waits)


class ExtensionState(States):
    """延期整改."""

    ASKED = (
        "asked",
        {"agreed", "refused"},
        [Wait(APPROVE, "agree", "决定是否延期", apart="asked_by", no="refuse")],
        "待决定",
    )
    AGREED = "agreed", {}, [], "同意延期"
    REFUSED = "refused", {}, [], "不予延期"


class RestraintState(States):
    """强制措施和证据保存."""

    HELD = "held", {"asked", "ended"}, [team("desk:measure", "在期限内处理")], "在期限内"
    ASKED = (
        "asked",
        {"held", "ended"},
        [Wait(CHANGE, "agree", "决定是否延长", apart="asked_by", no="refuse")],
        "申请延长",
    )
    ENDED = "ended", {}, [], "已处理"


class DiscreditState(States):
    """严重失信主体（应急管理部令第11号）."""

    PROPOSED = (
        "proposed",
        {"approved", "refused"},
        [Wait(CHANGE, "approve", "审批", apart="proposed_by", no="refuse")],
        "待审批",
    )
    REFUSED = "refused", {}, [], "不列入"
    APPROVED = "approved", {"told", "dropped"}, [Wait(ISSUE, "tell", "告知", no="drop")], "待告知"
    TOLD = (
        "told",
        {"listed", "dropped"},
        [Wait(CHANGE, "decide", "决定是否列入", apart="proposed_by", due="may_decide_on", no="spare")],
        "已告知，等陈述申辩",
    )
    DROPPED = "dropped", {}, [], "没有列入"
    LISTED = (
        "listed",
        {"asked", "ended", "revoked"},
        [Wait(MACHINE, "move-results", due="ends_on")],
        "在名单上",
    )
    ASKED = (
        "asked",
        {"listed", "removed", "ended", "revoked"},
        [Wait(CHANGE, "agree", "决定是否提前移出", due="answer_by", no="keep")],
        "申请提前移出",
    )
    REMOVED = "removed", {"listed"}, [Rest("弄虚作假移出的，撤销移出、恢复列入")], "提前移出"
    ENDED = "ended", {}, [], "期满移出"
    REVOKED = "revoked", {}, [], "列入决定已撤销"


class DepartmentWordState(States):
    """协同部门的检查结果."""

    RECEIVED = (
        "received",
        {"answered", "replaced"},
        [
            Wait(ISSUE, "answer", "答复移交的问题", when=~Q(for_us="")),
            Rest("没有移交给本机关的问题", when=Q(for_us="")),
        ],
        "已收到",
    )
    ANSWERED = "answered", {}, [], "已答复"
    REPLACED = "replaced", {}, [], "被后来的代替"


class FirmWordState(States):
    """企业提交."""

    RECEIVED = "received", {"answered"}, [Wait(ISSUE, "answer", "看过、答复")], "待看"
    ANSWERED = "answered", {}, [], "已答复"


class TransferState(States):
    """移送."""

    PROPOSED = (
        "proposed",
        {"approved", "refused"},
        [Wait(CHANGE, "approve", "审批", apart="proposed_by", no="refuse")],
        "待审批",
    )
    REFUSED = "refused", {}, [], "不予移送"
    APPROVED = "approved", {"sent"}, [Wait(ISSUE, "send", "登记移送", role="clerk")], "待移送"
    SENT = "sent", {"received"}, [Wait(ISSUE, "receive", "登记回执", role="clerk")], "已移送"
    RECEIVED = "received", {"answered"}, [Wait(ISSUE, "answer", "登记结果", role="clerk")], "已签收"
    ANSWERED = "answered", {}, [], "已办复"


OPEN_TRANSFER = tuple(each for each in TransferState if each.following)
GONE_TRANSFER = (TransferState.SENT, TransferState.RECEIVED, TransferState.ANSWERED)
