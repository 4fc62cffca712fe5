"""The states of what is prepared for the public and of what the public writes
(form: registries/states.py)."""

from django.db.models import Q

from registries.states import BACK, MACHINE, Rest, States, Wait

_PUBLISH, _ANSWER = "publicity.approve_publication", "publicity.answer_letter"
_PREPARE = "publicity.prepare_publication"


class PublicationState(States):
    """公示办理."""

    PREPARED = (
        "prepared",
        {"approved", "returned"},
        [Wait(_PUBLISH, "approve", "审核", apart="prepared_by", no="refuse")],
        "待审核",
    )
    APPROVED = (
        "approved",
        {"published", "returned"},
        [Wait(MACHINE, "carry-due", due="goes_out_at")],
        "已审核，到时公示",
    )
    PUBLISHED = "published", {}, [], "已公示"
    RETURNED = "returned", {}, [], "退回"


PREPARING = (PublicationState.PREPARED, PublicationState.APPROVED)


class LetterState(States):
    """来信."""

    RECEIVED = (
        "received",
        {"accepted", "refused"},
        [Wait(_ANSWER, "accept", "受理", due="due_on", no="refuse")],
        "已收到",
    )
    ACCEPTED = "accepted", {"answered"}, [Wait(_ANSWER, "answer", "答复", due="due_on")], "办理中"
    ANSWERED = "answered", {}, [], "已答复"
    REFUSED = "refused", {}, [], "不予受理"


class ReturnState(States):
    """报送材料."""

    DRAFTED = (
        "drafted",
        {"approved", "dropped"},
        [
            Wait(_PREPARE, "hand_in", "提交", when=Q(handed_in_at=None, sent_back="")),
            Wait(_PREPARE, "hand_in", "改好再提交", when=BACK),
            Wait(
                _PUBLISH,
                "approve",
                "批准",
                apart="drafted_by",
                when=Q(handed_in_at__isnull=False),
                no="send_back",
            ),
        ],
        "起草",
    )
    APPROVED = "approved", {"sent"}, [Wait(_PREPARE, "send", "报送")], "已批准，待报送"
    SENT = "sent", {}, [], "已报送"
    DROPPED = "dropped", {}, [], "不要了"


_HAND = "publicity.hand_row"


class HandedState(States):
    """报送的一条: it stands in exactly one of these."""

    WAITING = (
        "waiting",
        {"sending", "handed", "faulty", "replaced", "dropped"},
        [Wait(MACHINE, "hand-on")],
        "待报送",
    )
    FAULTY = (
        "faulty",
        {"waiting", "replaced", "dropped"},
        [Wait(_HAND, "refill", "补齐再生成", no="drop")],
        "不合格式，没有报",
    )
    SENDING = (
        "sending",
        {"sending", "waiting", "again", "handed", "accepted", "refused", "unsure"},
        [Wait(MACHINE, "hand-on")],
        "正在报送",
    )
    AGAIN = (
        "again",
        {"sending", "accepted", "unsure", "dropped"},
        [Wait(MACHINE, "hand-on")],
        "没等到答复，再报",
    )
    HANDED = (
        "handed",
        {"handed", "accepted", "refused", "silent"},
        [Rest("等对方的回执；过了日子没有的，标为逾期未回")],
        "已交出，等回执",
    )
    SILENT = (
        "silent",
        {"accepted", "refused", "waiting", "handed", "replaced", "dropped"},
        [Wait(_HAND, "accepted", "问对方，登记结果")],
        "逾期未回",
    )
    UNSURE = (
        "unsure",
        {"accepted", "refused", "waiting", "replaced", "dropped"},
        [Wait(_HAND, "accepted", "问对方，登记结果")],
        "不确定",
    )
    ACCEPTED = "accepted", {}, [], "已接收"
    REFUSED = (
        "refused",
        {"replaced", "dropped"},
        [Wait(_HAND, "refill", "改好再报", no="drop")],
        "被退回",
    )
    REPLACED = "replaced", {}, [], "被后来的代替"
    DROPPED = "dropped", {}, [], "不再报"


# What the other side has, or may have.
MAY_BE_THERE = (
    HandedState.SENDING,
    HandedState.AGAIN,
    HandedState.HANDED,
    HandedState.SILENT,
    HandedState.UNSURE,
    HandedState.ACCEPTED,
)
# What a later row of the same thing has to wait for: it could overtake it.
ON_ITS_WAY = (
    HandedState.SENDING,
    HandedState.AGAIN,
    HandedState.HANDED,
    HandedState.SILENT,
    HandedState.UNSURE,
)
# What is still to be handed over: past its day, it is late.
NOT_HANDED = (HandedState.WAITING, HandedState.AGAIN, HandedState.FAULTY)
NEVER_LEFT = (HandedState.WAITING, HandedState.FAULTY, HandedState.REFUSED)
