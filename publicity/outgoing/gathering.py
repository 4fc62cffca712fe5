"""What stands here and not there: for each receiver and shape, a row for every statement that it has not been
handed, another for one that was corrected, a withdrawal for one that was withdrawn. Nothing hooks into
publishing: what is missing is found, however it came about."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from registries import limits
from registries.onebyone import one_by_one
from registries.services import journal, messages
from registries.transitions import move

from ..models import Disclosure, Ending, HandedRow, Receiver, Release
from ..payload import HIDDEN
from ..states import MAY_BE_THERE, NEVER_LEFT, HandedState
from . import facts, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

log = logging.getLogger(__name__)
_AT_ONCE = 2_000  # rows in one turn; the next turn goes on


class Standing(NamedTuple):
    """What the other side is to have of one thing: a statement, or (`gone`) nothing any more and why."""

    key: str
    name: str
    disclosure: Disclosure | None
    release: Release | None
    gone: str = ""


def gather_all() -> int:
    """Every receiver's missing rows; one that fails keeps no other back. Returns how many were made."""
    return sum(one_by_one(Receiver.objects.filter(is_open=True).select_related("bureau"), gather, log))


@transaction.atomic
def gather(receiver: Receiver) -> int:
    """One receiver's. Returns how many rows were made."""
    receiver = Receiver.objects.select_for_update(no_key=True).select_related("bureau").get(pk=receiver.pk)
    known, made = shapes.known(receiver.bureau), 0
    # of a shape that is no more handed on, what is there is still corrected and withdrawn
    there = receiver.rows.filter(status__in=MAY_BE_THERE).values_list("shape", flat=True)
    for code in dict.fromkeys([*receiver.shapes, *there.order_by("shape").distinct()]):
        shape = known.get(code)
        if shape is None:
            continue
        things = list(islice(standing(receiver, shape["of"], code), _AT_ONCE))
        rows: dict[str, list[HandedRow]] = {}
        own = receiver.rows.filter(shape=code, thing__in=[each.key for each in things])
        for row in own.order_by("pk"):
            rows.setdefault(row.thing, []).append(row)
        for thing in things:
            own = rows.get(thing.key, [])
            if code in receiver.shapes or any(row.status in MAY_BE_THERE for row in own):
                made += _bring_up(receiver, shape, thing, own)
    if made:
        facts_ = {"receiver": receiver.code, "rows": made}
        journal.write("handing.gathered", by=None, bureau=receiver.bureau, about=receiver.about, facts=facts_)
    return made


def standing(receiver: Receiver, of: str, lacks: str = "") -> Iterator[Standing]:
    """Each thing of a kind that the receiver is to know of; with a shape's code in `lacks`, only those of
    which a row in that shape may be missing."""
    yield from _SOURCES[of](receiver, lacks)


def _disclosed(kind, matter):
    """Statements of a kind; `matter` is the field by which the versions of one thing are told."""

    def found(receiver, lacks):
        since = Q(published_at__date__gte=receiver.since)
        handed = Disclosure.objects.filter(handed__receiver=receiver).values("pk")
        rows = Disclosure.objects.filter(
            since | Q(pk__in=handed), bureau=receiver.bureau, kind=kind, superseded_by=None
        )
        if lacks:
            own = HandedRow.objects.filter(receiver=receiver, shape=lacks)
            of_it = own.filter(**{f"disclosure__{matter}": OuterRef(matter)})
            last = Subquery(of_it.order_by("-number").values("what")[:1])
            gone = Q(payload__subject=HIDDEN) | Q(ending__kind__in=["withdrawn", "repaired"])
            put = Exists(own.filter(disclosure=OuterRef("pk"), what="put"))
            is_new = Q(ending=None) & ~Q(payload__subject=HIDDEN) & ~put
            rows = rows.alias(last=last).filter(is_new | gone & Q(last="put"))
        related = ("ending", "bureau", f"{matter}__case__subject", f"{matter}__case__task")
        for each in rows.select_related(*related, f"{matter}__case__draw").order_by("pk").iterator(500):
            key = (each.report.case if each.report else each.matter).about
            ending = getattr(each, "ending", None)
            if each.payload["subject"] == HIDDEN:
                yield Standing(key, HIDDEN, None, None, "依法不公开")
            elif ending is None:
                yield Standing(key, each.subject_name, each, None)
            elif ending.kind != "ended":  # what is over its term ends there by itself
                yield Standing(key, each.subject_name, None, None, ending.reason)

    return found


def _repaired(receiver, lacks):
    ended = Ending.objects.filter(bureau=receiver.bureau, kind="repaired", at__date__gte=receiver.since)
    ended = ended.filter(disclosure__kind__in=["penalty", "listing"]).order_by("pk")
    if lacks:
        own = HandedRow.objects.filter(receiver=receiver, shape=lacks)
        ended = ended.filter(~Exists(own.filter(disclosure=OuterRef("disclosure"))))
    for each in ended.select_related("by", "disclosure__bureau", "disclosure__penalty__case__subject"):
        one = each.disclosure
        if one.payload["subject"] != HIDDEN:
            yield Standing(f"repair:{one.token}", one.subject_name, one, None)


def _released(receiver, lacks):
    rows = Release.objects.filter(bureau=receiver.bureau, released_at__date__gte=receiver.since)
    if lacks:
        own = HandedRow.objects.filter(receiver=receiver, shape=lacks)
        rows = rows.filter(~Exists(own.filter(release=OuterRef("pk"))))
    for each in rows.select_related("draw__task", "bureau").order_by("pk"):
        yield Standing(each.draw.about, each.draw.task.title, None, each)


_SOURCES = {
    "result": _disclosed("result", "report"),
    "penalty": _disclosed("penalty", "penalty"),
    "task": _released,
    "listing": _disclosed("listing", "discredit"),
    "repair": _repaired,
}


def _bring_up(receiver, shape, thing, rows):
    """Make the row that is missing of one thing, where one is. Returns 1 or 0."""
    last = rows[-1] if rows else None
    if thing.gone:
        return _withdraw(receiver, shape, thing, rows, last)
    if last is not None and last.what == "put" and _same(last, thing):
        return 0
    if last is not None and last.status in NEVER_LEFT:
        move(last, HandedState.REPLACED, said="有了更新的")
    put(receiver, shape, thing, (last.number if last else 0) + 1)
    return 1


def _same(row, thing):
    return row.disclosure_id == (thing.disclosure and thing.disclosure.pk) and row.release_id == (
        thing.release and thing.release.pk
    )


def _withdraw(receiver, shape, thing, rows, last):
    if last is None or last.what == "withdraw":
        return 0
    for each in rows:
        if each.status in NEVER_LEFT:
            move(each, HandedState.DROPPED, said=f"这里已撤回：{thing.gone}"[:300])
            messages.settle(each)
    there = [each for each in rows if each.status in MAY_BE_THERE]
    if not there or there[-1].what == "withdraw":
        return 0
    withdraw_again(receiver, shape, thing, last.number + 1)
    for each in there:
        if each.status == HandedState.AGAIN:  # it may be there: the withdrawal goes, and it does not go again
            move(each, HandedState.DROPPED, said="没等到答复；这里已撤回，以撤回为准")
    return 1


def withdraw_again(receiver: Receiver, shape: dict[str, Any], thing: Standing, number: int) -> HandedRow:
    """The withdrawal of what the receiver has of a thing, as it has it."""
    puts = receiver.rows.filter(shape=shape["code"], thing=thing.key, what="put").order_by("number")
    there = puts.filter(status__in=MAY_BE_THERE).last() or puts.last()
    return HandedRow.objects.create(
        bureau=receiver.bureau,
        receiver=receiver,
        shape=shape["code"],
        version=there.version,
        thing=thing.key,
        number=number,
        what="withdraw",
        disclosure=there.disclosure,
        release=there.release,
        subject_name=thing.name[:200],
        body=there.body,
        why=thing.gone[:200],
        due_on=limits.due(receiver.bureau, "withdraw_penalty", timezone.localdate()),
    )


def put(receiver: Receiver, shape: dict[str, Any], thing: Standing, number: int) -> HandedRow:
    """A row of one thing as it stands, checked: with a fault it waits for a person."""
    told = _told(shape, thing)
    body, faults = shapes.fill(shape, told)
    if told.get("is_person"):
        faults.insert(0, "处罚对象是个人：个人的证件不在本系统，请到对方平台上人工填报")
    row = HandedRow.objects.create(
        bureau=receiver.bureau,
        receiver=receiver,
        shape=shape["code"],
        version=shape["version"],
        thing=thing.key,
        number=number,
        disclosure=thing.disclosure,
        release=thing.release,
        subject_name=thing.name[:200],
        body=body,
        due_on=_due(receiver, shape, thing),
    )
    if faults:
        move(row, HandedState.FAULTY, said="；".join(faults)[:300])
        messages.hand_on(row)
    return row


def _told(shape, thing):
    if thing.release:
        return facts.of_release(thing.release)
    return (facts.of_repair if shape["of"] == "repair" else facts.of)(thing.disclosure)


def _due(receiver, shape, thing):
    at = thing.disclosure.published_at if thing.disclosure else thing.release.released_at
    if not shape.get("limit") or limits.of(receiver.bureau, shape["limit"], timezone.localdate(at)) is None:
        return None
    return limits.due(receiver.bureau, shape["limit"], timezone.localdate(at))
