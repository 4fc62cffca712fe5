"""The states a noun may be in: one table a noun, read by everything that compares, moves, shows or waits.

A member says its value, what may follow, whom it waits for, and its title in the field's words:

    DRAFTED = "drafted", {"approved"}, [Wait("inspections.approve_task", "approve", "批准")], "起草"

Below: the registers' own tables. inspections/states/ has the procedure's, publicity/states.py the window's.
"""

from typing import NamedTuple

from django.db.models import Q, TextChoices

BACK = Q(handed_in_at=None) & ~Q(sent_back="")  # a draft that was sent back with a reason
MACHINE = "machine"  # nobody: a step of config/schedule.py, or the worker
PARTY = "party"  # the enterprise; the event of a case that says what it did


class Wait(NamedTuple):
    """Whom a thing in a state waits for, and what ends the waiting.

    `who`: the right that is needed, MACHINE, or PARTY. `act`: the button of the noun's page by its name, the
    address of the inspectors' pages ("desk:report"), the step of the schedule, or the party's event; `words`:
    what it does to the thing. `no`: the act that says no, where the thing is to be judged.
    `due`: the attribute of the thing that says until when. `when`: only the things of which this holds.
    `own`: lookups, one of which must lead to the account. `team`: the lookup that must lead to a case in
    which the account sits. `apart`: the column of the person who may not be the one that acts. `role`: of the
    several that have the right, the one whose work it is.
    """

    who: str
    act: str
    words: str = ""
    due: str = ""
    when: Q = Q()
    own: tuple = ()
    team: str = ""
    apart: str = ""
    role: str = ""
    no: str = ""


class Rest(NamedTuple):
    """Something may follow, and nobody needs to act here; why. `when`: only the
    things of which this holds."""

    why: str
    when: Q = Q()


class States(TextChoices):
    """A table of states. Of each: `following`, what may come next, by value; `waits`, [Wait]; `rests`,
    [Rest]. Nothing of either, and nothing following: here a thing ends."""

    def __new__(cls, value, following, waits):
        state = str.__new__(cls, value)
        state._value_ = value
        state.following = frozenset(following)
        state.waits = [each for each in waits if isinstance(each, Wait)]
        state.rests = [each for each in waits if isinstance(each, Rest)]
        return state

    @classmethod
    def before(cls, to):
        """The states from which one may come to `to`."""
        return [state for state in cls if to in state.following]


_BY_IMPORT = "registries.import_subject"


class ImportState(States):
    """名录导入."""

    UNMAPPED = "unmapped", {"waiting", "unmapped"}, [Wait(_BY_IMPORT, "remap", "指定栏目")], "待指定栏目"
    WAITING = (
        "waiting",
        {"waiting", "unmapped", "comparing", "failed"},
        [Wait(MACHINE, "sweep-imports")],
        "等待比对",
    )
    COMPARING = (
        "comparing",
        {"comparing", "previewed", "failed"},
        [Wait(MACHINE, "sweep-imports")],
        "正在比对",
    )
    PREVIEWED = (
        "previewed",
        {"waiting", "unmapped", "writing"},
        [Wait(_BY_IMPORT, "apply", "写入名录")],
        "已预览",
    )
    WRITING = "writing", {"applied", "failed"}, [Wait(MACHINE, "sweep-imports")], "正在写入"
    APPLIED = "applied", {"undone"}, [Rest("名录里的行各自办理；撤销是更正")], "已应用"
    UNDONE = "undone", {}, [], "已撤销"
    FAILED = "failed", {}, [], "没有做成"


class ItemListState(States):
    """随机抽查事项清单."""

    DRAFTED = (
        "drafted",
        {"published"},
        [
            Wait("registries.change_itemlist", "hand_in", "提交", when=Q(handed_in_at=None, sent_back="")),
            Wait("registries.change_itemlist", "hand_in", "改好再提交", when=BACK),
            Wait(
                "registries.publish_itemlist",
                "publish",
                "批准公布",
                when=Q(handed_in_at__isnull=False),
                no="send_back",
            ),
        ],
        "起草",
    )
    PUBLISHED = "published", {}, [], "已公布"


class RelationState(States):
    """回避关系."""

    DECLARED = (
        "declared",
        {"confirmed", "refused"},
        [Wait("registries.review_relation", "confirm", "审核", apart="recorded_by", no="refuse")],
        "待审核",
    )
    CONFIRMED = "confirmed", {}, [], "已确认"
    REFUSED = "refused", {}, [], "不成立"


class EventState(States):
    """加签事由."""

    RECORDED = (
        "recorded",
        {"verified", "dismissed"},
        [Wait("registries.verify_subjectevent", "verify", "核实", apart="recorded_by", no="dismiss")],
        "待核实",
    )
    VERIFIED = "verified", {"dismissed"}, [Rest("有效期内计入签数；作出它的决定撤销时才变")], "属实"
    DISMISSED = "dismissed", {}, [], "不属实"


class ConsentState(States):
    """双人办理."""

    ASKED = (
        "asked",
        {"confirmed", "refused", "withdrawn"},
        [
            Wait(
                "registries.confirm_consent",
                "confirm",
                "确认",
                apart="asked_by",
                no="refuse",
                when=~Q(kind="edit"),
            ),
            Wait("registries.allow_edit", "allow", "准许", apart="asked_by", no="deny", when=Q(kind="edit")),
        ],
        "待确认",
    )
    CONFIRMED = "confirmed", {}, [], "已确认，已生效"
    REFUSED = "refused", {}, [], "已退回"
    WITHDRAWN = "withdrawn", {}, [], "已撤回"


_BY_SECOND = "registries.verify_subjectevent"


class LoanState(States):
    """借人."""

    ASKED = "asked", {"granted", "refused", "withdrawn"}, [Rest("由对方机关的负责人决定")], "等对方决定"
    GRANTED = "granted", {}, [], "已借到"
    REFUSED = "refused", {}, [], "没有借到"
    WITHDRAWN = "withdrawn", {}, [], "已撤回"


class LendingState(States):
    """外借."""

    ASKED = (
        "asked",
        {"granted", "refused", "withdrawn"},
        [Wait("registries.grant_loan", "grant", "借出", no="refuse")],
        "待决定",
    )
    GRANTED = "granted", {}, [], "已借出"
    REFUSED = "refused", {}, [], "没有借出"
    WITHDRAWN = "withdrawn", {}, [], "对方已撤回"


class DeliveryState(States):
    """来数: what a source has handed over, as a whole."""

    RECEIVED = (
        "received",
        {"unmapped", "read", "taken", "failed"},
        [Wait(MACHINE, "sweep-deliveries")],
        "待读入",
    )
    UNMAPPED = (
        "unmapped",
        {"received", "undone"},
        [Wait(_BY_IMPORT, "remap", "指定栏目", no="drop")],
        "待指定栏目",
    )
    READ = (
        "read",
        {"checked", "writing", "taken", "undone"},
        [Wait(_BY_IMPORT, "check", "核对", no="drop")],
        "待核对",
    )
    CHECKED = (
        "checked",
        {"read", "writing"},
        [Wait(_BY_SECOND, "confirm", "确认", apart="checked_by", no="send_back")],
        "待另一人确认",
    )
    WRITING = "writing", {"taken", "read"}, [Wait(MACHINE, "sweep-deliveries")], "正在写入"
    TAKEN = "taken", {"undone"}, [Rest("各行各自有了结果；撤销是更正")], "已办"
    UNDONE = "undone", {}, [], "已撤销"
    FAILED = "failed", {}, [], "没有读成"


class DeliveryRowState(States):
    """来数的一行: it ends in exactly one of these."""

    LISTED = (
        "listed",
        {"plain", "odd", "stranger", "same", "older", "unreadable", "rejected"},
        [Wait(MACHINE, "sweep-deliveries")],
        "待比对",
    )
    PLAIN = (
        "plain",
        {"taken", "odd", "rejected", "undone"},
        [Rest("随整批核对和确认")],
        "待核对",
    )
    ODD = (
        "odd",
        {"matched", "taken", "rejected", "undone"},
        [Wait(_BY_IMPORT, "match", "逐条核对", no="reject")],
        "待逐条核对",
    )
    STRANGER = (
        "stranger",
        {"matched", "taken", "rejected", "undone"},
        [Rest("名录里没有这家企业：不是本机关的，不用办；入了名录的可以指明")],
        "名录中没有",
    )
    MATCHED = (
        "matched",
        {"taken", "odd", "undone"},
        [Wait(_BY_SECOND, "confirm", "确认", apart="checked_by", no="send_back")],
        "待另一人确认",
    )
    TAKEN = "taken", {"undone"}, [Rest("已作数；来源更正时另来一行")], "已采用"
    SAME = "same", {"odd"}, [Rest("已经有了；先前那一行撤销了的，再由人看")], "重复"
    OLDER = "older", {"odd"}, [Rest("已有更新的；更新的那一行撤销了的，再由人看")], "已有更新的"
    UNREADABLE = "unreadable", {}, [], "不能读"
    REJECTED = "rejected", {"odd"}, [Rest("来源否认的；否认撤销了的，再由人看")], "不采用"
    UNDONE = "undone", {}, [], "已撤销"


LIVE_ROWS = (DeliveryRowState.PLAIN, DeliveryRowState.MATCHED, DeliveryRowState.TAKEN)
OPEN_ROWS = (DeliveryRowState.PLAIN, DeliveryRowState.ODD, DeliveryRowState.MATCHED)
