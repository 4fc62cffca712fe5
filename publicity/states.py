"""The states of what is prepared for the public and of what the public writes
(form: registries/states.py)."""

from registries.states import MACHINE, States, Wait

_PUBLISH, _ANSWER = "publicity.approve_publication", "publicity.answer_letter"


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
