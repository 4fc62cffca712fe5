"""From the plan to the papers."""

from django.db.models import F, Q

from registries.states import BACK, MACHINE, Rest, States, Wait

WORK, ISSUE = "inspections.work_case", "inspections.issue_document"
_DRAFT = "inspections.change_task"
APPROVE, CHANGE, VOID = "inspections.approve_task", "inspections.approve_change", "inspections.approve_void"


def team(act, words, lookup="case", **more):
    """A Wait for the inspectors who sit in the case now; `lookup` leads from the thing to its case."""
    return Wait(WORK, act, words, team=lookup, **more)


# plan/


class PlanState(States):
    """年度计划."""

    DRAFTED = (
        "drafted",
        {"approved"},
        [
            Wait("inspections.change_plan", "hand_in", "提交", when=Q(handed_in_at=None, sent_back="")),
            Wait("inspections.change_plan", "hand_in", "改好再提交", when=BACK),
            Wait(
                "inspections.approve_plan",
                "approve",
                "批准",
                when=Q(handed_in_at__isnull=False),
                no="send_back",
            ),
        ],
        "起草",
    )
    APPROVED = (
        "approved",
        {"published", "drafted"},
        [Wait("inspections.change_plan", "publish", "公布")],
        "已批准",
    )
    PUBLISHED = "published", {"replaced"}, [Rest("由各项任务落实；调整时才换版")], "已公布"
    REPLACED = "replaced", {}, [], "已调整"


class DirectiveState(States):
    """上级部署."""

    DRAFTED = (
        "drafted",
        {"issued"},
        [Wait("inspections.issue_directive", "issue", "交办", apart="drafted_by")],
        "起草",
    )
    ISSUED = "issued", {"withdrawn"}, [Rest("由下级各自签收、办理、上报")], "已交办"
    WITHDRAWN = "withdrawn", {}, [], "已撤回"


class AssignedState(States):
    """交办任务."""

    SENT = (
        "sent",
        {"taken", "withdrawn"},
        [Wait("inspections.take_assigned", "take", "签收")],
        "待签收",
    )
    TAKEN = (
        "taken",
        {"reported", "withdrawn"},
        [Wait("inspections.take_assigned", "report", "办理、上报", due="report_by")],
        "办理中",
    )
    REPORTED = "reported", {}, [], "已上报"
    WITHDRAWN = "withdrawn", {}, [], "上级已撤回"


# The bureau's table of kinds says whether a task of its kind is drawn
# (inspections/plan/kinds.py: is_drawn). Both
# ways are said: of a relation with many rows, a Q that is denied does not mean the same row any more.
_KIND = Q(bureau__inspectionkind__code=F("kind"))
_MAY_OPT = Q(bureau__inspectionkind__draw="usual")
_DRAWN = _KIND & (
    Q(bureau__inspectionkind__draw__in=["required", "allowed"]) | _MAY_OPT & Q(undrawn_reason="")
)
_NAMED = _KIND & (Q(bureau__inspectionkind__draw="forbidden") | _MAY_OPT & Q(undrawn_reason__gt=""))
_OPENED = _NAMED & Q(cases__isnull=False)  # what is drawn is written up from its draw
_LIVING = Q(draws__status__in=["sealed", "seeding", "seeded", "drawn"])
_BEING_SEALED = Q(seal_orders__is_open=True)
_WITH_SCHEME = Q(schemes__status__in=["drafted", "approved"])


class TaskState(States):
    """抽查任务."""

    DRAFTED = (
        "drafted",
        {"approved"},
        [
            Wait(_DRAFT, "hand_in", "提交", when=Q(handed_in_at=None, sent_back="")),
            Wait(_DRAFT, "hand_in", "改好再提交", when=BACK),
            Wait(APPROVE, "approve", "批准", when=Q(handed_in_at__isnull=False), no="send_back"),
        ],
        "起草",
    )
    APPROVED = (
        "approved",
        {"drafted"},  # to be corrected, while nothing is sealed
        [
            Wait(
                "inspections.seal_draw",
                "seal",
                "封存",
                when=_DRAWN & ~_LIVING & ~_BEING_SEALED,
            ),
            Wait(
                "inspections.open_code",
                "desk:codes",
                "生成并移交一次性码",
                when=_DRAWN & ~_LIVING & ~_BEING_SEALED & Q(code_chains=None),
            ),
            Wait(_DRAFT, "open", "立项派员", when=_NAMED & Q(cases=None)),
            Rest("后台正在封存", when=_BEING_SEALED),
            Rest("抽取在办", when=_LIVING),
            Wait(_DRAFT, "scheme", "拟检查方案", when=_OPENED & ~_WITH_SCHEME),
            Rest("各件检查在办", when=_OPENED & _WITH_SCHEME),
        ],
        "已批准",
    )


# case/


class SchemeState(States):
    """检查方案."""

    DRAFTED = "drafted", {"approved", "returned"}, [Wait(APPROVE, "approve", "批准", no="return")], "待审批"
    RETURNED = "returned", {}, [], "已退回"
    APPROVED = "approved", {}, [], "已批准"


class JointState(States):
    """联合检查."""

    PROPOSED = (
        "proposed",
        {"agreed", "declined"},
        [Wait(APPROVE, "agree", "决定是否合并", no="decline")],
        "待决定",
    )
    AGREED = "agreed", {}, [], "合并到场"
    DECLINED = "declined", {}, [], "分别检查"


_MAY_BEGIN = Q(task__schemes__status="approved") | Q(task__is_urgent=True)
_UNCONFIRMED = Q(confirmations=None)
_SENT = Q(reports__status="submitted")
OWED_PAPERS = ("measure", "order", "review", "opening", "transfer", "delivery")  # each carries something out
# what is plainly in hand; the act asks for the rest (visit/outcome.py)
_OWED = (
    Q(findings__status__in=["open", "reported", "escalated"])
    | Q(penalties__status__in=["proposed", "opened", "decided", "revoked"])
    | Q(restraints__status__in=["held", "asked"])
    | Q(papers__status__in=["drafted", "approved"], papers__code__in=OWED_PAPERS)
)


class CaseState(States):
    """检查."""

    OPENED = (
        "opened",
        {"started", "not_done"},
        [
            team("desk:case", "开始检查", "pk", when=_MAY_BEGIN),
            Rest("等检查方案批准", when=~_MAY_BEGIN),
        ],
        "待检查",
    )
    STARTED = "started", {"ended", "not_done"}, [team("desk:end", "写记录并结束检查", "pk")], "检查中"
    ENDED = (
        "ended",
        {"reported"},
        [
            team("desk:confirm", "复核确认记录", "pk", apart="ended_by__account", when=_UNCONFIRMED),
            team("desk:report", "写报告", "pk", due="report_due_on", when=~_SENT),
            Rest("报告在审核", when=_SENT),
        ],
        "待报告",
    )
    REPORTED = (
        "reported",
        {"closed"},
        [
            Wait(ISSUE, "close", "办结", when=~_OWED, role="clerk"),
            Rest("整改、处罚、移送或者文书在办", when=_OWED),
        ],
        "后续办理",
    )
    CLOSED = "closed", {"reported"}, [Rest("已办结；有新的处罚、移送时再办")], "已办结"
    NOT_DONE = "not_done", {}, [], "未实施"


OPEN_CASE = (CaseState.OPENED, CaseState.STARTED)
FOLLOWED_CASE = (CaseState.ENDED, CaseState.REPORTED, CaseState.CLOSED)  # the visit is over
DONE_CASE = (CaseState.REPORTED, CaseState.CLOSED)  # the report is approved

# draw/

_TO_PREPARE = Q(cases__status="opened") & ~_WITH_SCHEME
_ASKED = Q(void_requested_by__isnull=False, void_approved_by=None)
_TO_VOID = Wait(VOID, "approve_void", "审批作废", when=_ASKED, no="refuse_void")
_VALUES = Wait(
    "inspections.enter_value",
    "desk:draw",
    "录入数值",
    due="values_by",
    own=("sources__account", "sources__second"),
)


class DrawState(States):
    """抽取. Until a hash is lodged a sealed draw may be voided; from then on it
    is completed (SJS1 §4, §8)."""

    SEALED = "sealed", {"seeding", "voided"}, [_VALUES, _TO_VOID], "已封存"
    SEEDING = "seeding", {"seeded"}, [_VALUES], "摇号中"
    SEEDED = "seeded", {"drawn", "infeasible"}, [Wait(MACHINE, "sweep-draws")], "等待执行"
    DRAWN = (
        "drawn",
        {"voided"},
        [
            Wait(_DRAFT, "scheme", "拟检查方案", when=_TO_PREPARE),
            Rest("由检查方案和各件检查接续；公开到期自动办理", when=~_TO_PREPARE),
        ],
        "已抽取",
    )
    INFEASIBLE = "infeasible", {}, [], "排不出检查组"
    VOIDED = "voided", {}, [], "已作废"


class ChangeState(States):
    """变更."""

    REQUESTED = (
        "requested",
        {"approved", "refused"},
        [Wait(CHANGE, "approve", "批准", apart="requested_by", no="refuse")],
        "待批准",
    )
    APPROVED = "approved", {"completed"}, [Wait("inspections.open_code", "open", "开码")], "待开码"
    REFUSED = "refused", {}, [], "不予批准"
    COMPLETED = "completed", {}, [], "已完成"


DEAD_DRAW = (DrawState.VOIDED, DrawState.INFEASIBLE)  # its task may be drawn again

# papers/

_JUDGED = Q(form__needs_approval=True)
_OF_A_FILE = Q(penalty__isnull=False) | Q(transfer__isnull=False)
_OWED = Q(owes_approval=True, judged_at=None)


class PaperState(States):
    """执法文书."""

    DRAFTED = (
        "drafted",
        {"approved", "returned", "signed"},
        [
            Wait(APPROVE, "approve", "审批", when=_JUDGED & ~_OF_A_FILE, apart="drafted_by", no="return"),
            team("desk:sign", "签发文书", when=~_JUDGED),
            Rest("随立案、移送一并审批", when=_JUDGED & _OF_A_FILE),
        ],
        "草稿",
    )
    APPROVED = "approved", {"signed", "returned"}, [team("desk:sign", "签发文书")], "已审批"
    RETURNED = "returned", {}, [], "已退回"
    SIGNED = (
        "signed",
        {"voided"},
        [
            Wait(APPROVE, "ratify", "补办审批", when=_OWED, apart="signed_by", no="lift"),
            Rest("送达和各项期限由案件的时钟催办；作废是更正", when=~_OWED),
        ],
        "已签发",
    )
    VOIDED = "voided", {}, [], "已作废"


class LentState(States):
    """借出的文号."""

    LENT = (
        "lent",
        {"used", "returned", "spoiled"},
        [Rest("在检查组手里，签发、交还或者作废时再动")],
        "在手机里",
    )
    RETURNED = "returned", {"used", "reused"}, [Rest("下一份文书就用这个号")], "已交还"
    USED = "used", {}, [], "已使用"
    REUSED = "reused", {}, [], "交还后另行使用"
    SPOILED = "spoiled", {}, [], "已作废"
