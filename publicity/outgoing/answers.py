"""What the other side says of a row, by whichever way it comes: accepted, refused and why, or nothing within
its days; and what a person says of one that nobody can tell."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Message
from registries.onebyone import one_by_one
from registries.services import journal, messages
from registries.services.access import require
from registries.transitions import move

from ..models import HandedRow, Receiver
from ..states import MAY_BE_THERE, NOT_HANDED, HandedState
from . import gathering, shapes

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

log = logging.getLogger(__name__)
HAND = "publicity.hand_row"
_PATIENCE = 3  # days that a row waits for a receiver that is not reached


def plain(value: object) -> str:
    """What somebody else wrote, as text that can be kept."""
    return str(value).encode("utf-8", "replace").decode().replace("\0", "")


@transaction.atomic(savepoint=False)
def take(row: HandedRow, is_accepted: bool, said: str = "", receipt: str = "") -> HandedRow:
    """The other side's answer. A second one that says the same is the first; one that says another thing is
    not believed: raises stale."""
    to = HandedState.ACCEPTED if is_accepted else HandedState.REFUSED
    if row.status == to:
        return row
    stamps = {"said": plain(said)[:300], "receipt": plain(receipt)[:100], "next_at": None}
    move(row, to, **stamps, answered_at=timezone.now())
    messages.settle(row)
    if not is_accepted and not _is_over(row):
        messages.hand_on(row)
    return row


def _is_over(row):
    """What was not taken there and was withdrawn here meanwhile needs neither another try nor a
    withdrawal."""
    later = row.receiver.rows.filter(shape=row.shape, thing=row.thing, number__gt=row.number)
    withdrawal = later.filter(what="withdraw", status=HandedState.WAITING).first()
    there = row.receiver.rows.filter(shape=row.shape, thing=row.thing, what="put", status__in=MAY_BE_THERE)
    if row.what != "put" or withdrawal is None or there.exclude(pk=row.pk).exists():
        return False
    move(withdrawal, HandedState.DROPPED, said="对方没有收，不必撤回")
    move(row, HandedState.DROPPED, said=f"{row.said}；这里已撤回，不再报"[:300])
    return True


def absent(row: HandedRow, said: str, **stamps: Any) -> HandedRow:
    """The other side does not have it: it is handed on again, unless it was corrected or withdrawn here
    meanwhile."""
    later = row.receiver.rows.filter(shape=row.shape, thing=row.thing, number__gt=row.number)
    last = later.order_by("number").last()
    if last is None or row.what == "withdraw":
        move(row, HandedState.WAITING, said=said[:300], next_at=None, lost_at=None, **stamps)
        return row
    if last.what == "put":
        move(row, HandedState.REPLACED, said="对方没有收到；已有更新的", **stamps)
        return row
    move(row, HandedState.DROPPED, said="对方没有收到；这里已撤回，不再报", **stamps)
    there = row.receiver.rows.filter(shape=row.shape, thing=row.thing, what="put", status__in=MAY_BE_THERE)
    if last.status == HandedState.WAITING and not there.exists():
        move(last, HandedState.DROPPED, said="对方没有收，不必撤回")
    return row


def be_silent() -> int:
    """Rows that were handed over and had no answer within their receiver's days: whoever hands on is told.
    Returns how many."""
    count = 0
    for one in Receiver.objects.all():
        before = timezone.now() - timedelta(days=one.answer_days)
        handed = one.rows.filter(status=HandedState.HANDED, sent_at__lt=before).select_related("receiver")
        count += len(one_by_one(handed.order_by("pk"), _silent, log))
    return count


def tell_of_trouble() -> int:
    """A receiver whose rows are late, or that has not been reached for days: whoever hands on is told, again
    when he has read it and it is so still. Returns of how many."""
    own = HandedRow.objects.filter(receiver=OuterRef("pk"), status__in=NOT_HANDED)
    old = timezone.now() - timedelta(days=_PATIENCE)
    is_stuck = Exists(own.filter(made_at__lt=old)) & ~Q(trouble="")
    count = 0
    for one in Receiver.objects.filter(Exists(own.late()) | is_stuck, is_open=True):
        if not Message.objects.filter(thing=one.about, read_at=None).exists():
            said = f"报给“{one.name}”的有的过了期限，或一直报不过去。{one.trouble}"[:300]
            messages.tell(messages.holders(one.bureau_id, HAND, "clerk"), "watch", one, said)
            count += 1
    return count


@transaction.atomic
def _silent(row):
    move(row, HandedState.SILENT, said=f"交出 {row.receiver.answer_days} 天没有回执")
    messages.hand_on(row)
    journal.write("handing.silent", by=None, bureau=row.bureau, about=row.about)


@transaction.atomic
def say_there(row: HandedRow, receipt: str, *, by: Account) -> HandedRow:
    """A person has asked: the other side has it."""
    return _said(row, HandedState.ACCEPTED, f"{by} 问过：对方已有", by, receipt=receipt.strip()[:100])


@transaction.atomic
def say_refused(row: HandedRow, reason: str, *, by: Account) -> HandedRow:
    """A person has asked, or has read it in a reply: the other side does not take it, and why."""
    if not reason.strip():
        raise DomainError("reason_needed")
    return _said(row, HandedState.REFUSED, reason.strip()[:300], by)


@transaction.atomic
def say_absent(row: HandedRow, *, by: Account) -> HandedRow:
    """A person has asked: the other side does not have it. It is handed on again, unless it was corrected or
    withdrawn here meanwhile."""
    require(by, HAND, row.bureau)
    if row.status not in (HandedState.SILENT, HandedState.UNSURE):
        raise DomainError("stale", what=str(row), status=row.get_status_display())
    absent(row, f"{by} 问过：对方没有，重新报送", judged_by=by)
    messages.settle(row)
    journal.write("handing.said", by=by, about=row.about, facts={"state": row.status})
    return row


def _said(row, to, said, by, **more):
    require(by, HAND, row.bureau)
    if row.status not in (HandedState.SILENT, HandedState.UNSURE, HandedState.HANDED):
        raise DomainError("stale", what=str(row), status=row.get_status_display())
    move(row, to, said=said, judged_by=by, answered_at=timezone.now(), next_at=None, **more)
    messages.settle(row)
    if to == HandedState.REFUSED and not _is_over(row):
        messages.hand_on(row, by=by)
    journal.write("handing.said", by=by, about=row.about, facts={"state": to.value})
    return row


@transaction.atomic
def refill(row: HandedRow, *, by: Account) -> HandedRow:
    """What was wrong has been put right where it stands: another row takes this one's place, made anew.
    Returns it."""
    require(by, HAND, row.bureau)
    last = row.receiver.rows.filter(shape=row.shape, thing=row.thing).order_by("-number").first()
    shape = shapes.known(row.bureau).get(row.shape)
    things = gathering.standing(row.receiver, shape["of"]) if shape else ()
    thing = next((each for each in things if each.key == row.thing), None)
    if thing is None or shape is None or (row.what == "put" and thing.gone):
        raise DomainError("handed_gone", what=row.subject_name)
    move(row, HandedState.REPLACED, judged_by=by)
    messages.settle(row)
    again = gathering.withdraw_again if row.what == "withdraw" else gathering.put
    made = again(row.receiver, shape, thing, last.number + 1)
    journal.write("handing.refilled", by=by, about=row.about, facts={"by": made.about})
    return made


@transaction.atomic
def drop(row: HandedRow, reason: str, *, by: Account) -> HandedRow:
    """It shall not be handed on, and why; the row stays."""
    require(by, HAND, row.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    move(row, HandedState.DROPPED, said=reason.strip()[:300], judged_by=by)
    messages.settle(row)
    journal.write("handing.dropped", by=by, about=row.about)
    return row
