"""Pushing: claim a row, send it, write down what came of it; three transactions, so that a process that dies
between them leaves a row that says so. A row whose answer was lost is sent again only where the receiver
knows it again by its key; else the receiver is asked; else a person decides."""

from __future__ import annotations

import json
import logging
import urllib.parse
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from registries import wire
from registries.services import journal, messages
from registries.transitions import move

from ..models import HandedRow, Receiver
from ..states import HandedState
from . import answers, turns

if TYPE_CHECKING:
    from typing import Any

log = logging.getLogger(__name__)
WAIT = 15  # seconds for an answer
_LEASE = timedelta(minutes=2)  # a row that is being sent longer than this has lost its process
_AT_ONCE = 300
_TELL_AT = 6  # tries without a word, and a person is told
_LONGEST = timedelta(hours=2)
# The request itself was not heard: nothing can have been taken.
_NOT_HEARD = (401, 403, 404, 405, 410, 413, 415, 425, 426, 429)
_NO = (400, 422)  # a bare 409 is what a server answers that has the row under way


class Said(NamedTuple):
    """What is known after a try: accepted, refused, handed (an answer comes later), unheard (nothing can have
    been taken) or unknown."""

    state: str
    words: str = ""
    receipt: str = ""


def push(receiver: Receiver) -> int:
    """The receiver's rows that are due, one by one, until one finds nobody there. Returns how many were
    answered."""
    settle_lost(receiver)
    done = 0
    for pk in list(turns.due(receiver).values_list("pk", flat=True)[:_AT_ONCE]):
        row = claim(pk)
        if row is None:
            continue
        said = send(receiver, row)
        settle(row, said)
        done += said.state in ("accepted", "refused", "handed")
        if said.state in ("unheard", "unknown"):
            _trouble(receiver, said.words)
            break  # the others need not run into the same wall
        _trouble(receiver, "")
    return done


def _trouble(receiver, words):
    Receiver.objects.filter(pk=receiver.pk).update(trouble=words[:200], tried_at=timezone.now())


@transaction.atomic
def claim(pk: int) -> HandedRow | None:
    """The row is this process's now; None where it is another's, or no more to be sent."""
    rows = HandedRow.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    row = (
        rows.select_related("receiver")
        .filter(pk=pk, status__in=[HandedState.WAITING, HandedState.AGAIN])
        .first()
    )
    if row is None:
        return None
    move(row, HandedState.SENDING, sent_at=timezone.now(), tries=row.tries + 1)
    return row


def send(receiver: Receiver, row: HandedRow) -> Said:
    """One try."""
    body = json.dumps(row.told(), ensure_ascii=False, sort_keys=True).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(row.mark)}
    return _exchange(receiver, receiver.address, body, headers)


def ask(receiver: Receiver, row: HandedRow) -> Said:
    """Whether the receiver has the row: accepted, refused, unheard (it says that it has not) or unknown."""
    glue = "&" if "?" in receiver.address else "?"
    said = _exchange(receiver, f"{receiver.address}{glue}{urllib.parse.urlencode({'mark': str(row.mark)})}")
    return Said("unknown", said.words) if said.state == "unheard" and said.words != "absent" else said


def _exchange(receiver, address, body=None, headers=None):
    headers = (headers or {}) | wire.signed(receiver.secret, body or b"")
    try:
        answer = wire.talk(address, body, headers, wait=WAIT)
    except wire.NoAnswer as wrong:
        return Said("unknown" if wrong.was_sent else "unheard", str(wrong))
    return _read(answer.code, answer.body)


def _read(code, data):
    try:
        told: dict[str, Any] = json.loads(data)
    except (ValueError, RecursionError):
        told = {}
    told = told if isinstance(told, dict) else {}
    state, words = told.get("state", ""), answers.plain(told.get("reason", ""))
    receipt = answers.plain(told.get("receipt", ""))
    if state == "accepted" and code < 500:
        return Said("accepted", words, receipt)
    if state == "absent" and code in (200, 404):
        return Said("unheard", "absent")
    if state == "refused" or code in _NO:
        return Said("refused", words or f"对方答 {code}，没有说原因", receipt)
    if code == 202:
        return Said("handed", words, receipt)
    if code in _NOT_HEARD or 300 <= code < 400:
        return Said("unheard", f"对方答 {code}")
    return Said("unknown", f"对方答 {code}，说不清收没收到")


@transaction.atomic
def settle(row: HandedRow, said: Said) -> HandedRow:
    """What came of a try, on the row. Where the row has gone on meanwhile, only that it was taken counts."""
    row = (
        HandedRow.objects.select_for_update(no_key=True, of=("self",))
        .select_related("receiver")
        .get(pk=row.pk)
    )
    if row.status != HandedState.SENDING:
        if said.state == "accepted" and row.status in (HandedState.AGAIN, HandedState.UNSURE):
            answers.take(row, True, said.words, said.receipt)
        return row
    was_lost = row.lost_at is not None
    if said.state == "unknown" and not was_lost:
        HandedRow.objects.filter(pk=row.pk).update(lost_at=timezone.now())
    if said.state in ("accepted", "refused"):
        answers.take(row, said.state == "accepted", said.words, said.receipt)
        journal.write(
            "handing.answered", by=None, bureau=row.bureau, about=row.about, facts={"state": said.state}
        )
    elif said.state == "handed":
        later = timezone.now() + _LEASE
        move(row, HandedState.HANDED, said=said.words[:300], receipt=said.receipt[:100], next_at=later)
    elif said.state == "unheard" or row.receiver.knows == "keys":
        rest = min(timedelta(minutes=2 ** min(row.tries, 8)), _LONGEST)
        to = HandedState.WAITING if said.state == "unheard" and not was_lost else HandedState.AGAIN
        move(row, to, said=said.words[:300], next_at=timezone.now() + rest)
    else:  # not asked at once: a slow one may be taking it still
        move(row, HandedState.UNSURE, said=said.words[:300], next_at=timezone.now() + _LEASE)
        if row.receiver.knows == "none":
            messages.hand_on(row)
    return row


def settle_lost(receiver: Receiver) -> None:
    """Rows whose process died after it had sent, or perhaps had: as one whose answer was lost. And those that
    are not sure, where the receiver can be asked."""
    lost = receiver.rows.filter(status=HandedState.SENDING, sent_at__lt=timezone.now() - _LEASE)
    for row in lost.select_related("receiver"):
        settle(row, Said("unknown", "办理中断，说不清交没交到"))
    if receiver.knows != "ask":
        return
    unknown = [HandedState.UNSURE, HandedState.HANDED, HandedState.SILENT]
    ripe = receiver.rows.filter(status__in=unknown, next_at__lte=timezone.now())
    for row in ripe.select_related("receiver").order_by("pk")[:_AT_ONCE]:
        said = ask(receiver, row)
        if said.state == "unknown":
            later = timezone.now() + timedelta(minutes=10)
            HandedRow.objects.filter(pk=row.pk).update(next_at=later, tries=F("tries") + 1)
            if row.tries == _TELL_AT and row.status == HandedState.UNSURE:
                messages.hand_on(row)
            break
        _asked(row, said)


def settle_left(receiver: Receiver) -> None:
    """Rows under way by a way that is no more the receiver's, or of one that was closed: a person asks."""
    if receiver.is_open and receiver.way == "push" and receiver.address:
        return
    lost = Q(status=HandedState.SENDING, sent_at__lt=timezone.now() - _LEASE) | Q(status=HandedState.AGAIN)
    for row in receiver.rows.filter(lost).order_by("pk"):
        with transaction.atomic():
            move(row, HandedState.UNSURE, said="办理中断，说不清交没交到", next_at=None)
            messages.hand_on(row)


@transaction.atomic
def _asked(row, said):
    if said.state == "unheard" and row.status != HandedState.HANDED:
        answers.absent(row, "问过对方：没有收到，重新报送")
    elif said.state in ("handed", "unheard"):
        HandedRow.objects.filter(pk=row.pk).update(next_at=timezone.now() + timedelta(minutes=30))
        return
    else:
        answers.take(row, said.state == "accepted", said.words, said.receipt)
    journal.write("handing.asked", by=None, bureau=row.bureau, about=row.about, facts={"state": said.state})
