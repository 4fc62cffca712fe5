"""What a bureau had said in public before there was a log: its first leaves, in the order in which it was
said, marked so (a `restore` leaf "before" in front of them): their time dates nothing."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from inspections.draw import logged, replacements
from inspections.models import Change, Draw, Plan, SeedSource
from inspections.plan import publishing
from inspections.states import ChangeState
from registries.models import ItemList, LeadingGroup, PublicLog
from registries.services import journal, leaves, saying
from registries.states import ItemListState

from ..models import Disclosure, Ending, Release
from . import saidof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registries.models import Bureau

    Fact = tuple[datetime, int, Callable[[], None]]

BEFORE = "before"


@transaction.atomic
def enter(log: PublicLog) -> int:
    """Begin a log that waits. Returns how many facts were entered."""
    journal.hold(log.bureau)
    log = (
        PublicLog.objects.select_for_update(no_key=True, of=("self",)).select_related("bureau").get(pk=log.pk)
    )
    if log.begun_at is not None:
        return 0
    facts = sorted(_facts(log.bureau), key=lambda fact: fact[:2])
    PublicLog.objects.filter(pk=log.pk).update(begun_at=timezone.now())
    told = {"from": log.size + 1, "to": log.size + 1 + len(facts), "missing": BEFORE}
    leaves.append(log, "restore", about="before", **told)
    for _, _, say in facts:
        say()
    journal.write(
        "log.begun", by=None, bureau=log.bureau, about=log.bureau.about, facts={"leaves": len(facts)}
    )
    return len(facts)


def _facts(bureau: Bureau) -> Iterator[Fact]:
    """(when, which of those of one moment comes first, how it is said)"""
    for book in ItemList.objects.filter(bureau=bureau, status=ItemListState.PUBLISHED):
        yield _morning(book.published_on), 0, partial(saying.item_list, book)
    for group in LeadingGroup.objects.filter(bureau=bureau).exclude(published_on=None):
        yield _morning(group.published_on), 1, partial(saying.group, group)
    for plan in Plan.objects.filter(bureau=bureau).exclude(published_at=None):
        yield plan.published_at, 2, partial(publishing.log, plan)
    for draw in Draw.objects.filter(bureau=bureau).select_related("bureau", "task").order_by("pk"):
        yield from _of_draw(draw)
    for made in Release.objects.filter(bureau=bureau).select_related("draw", "bureau"):
        yield made.released_at, 9, partial(saidof.released, made)
    said = Disclosure.objects.filter(bureau=bureau).select_related("supersedes", "bureau")
    for made in said:
        yield made.published_at, 10, partial(saidof.said, made)
    for ending in Ending.objects.filter(bureau=bureau).select_related("disclosure__bureau"):
        yield ending.at, 11, partial(saidof.ended, ending)


def _morning(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def _of_draw(draw):
    yield draw.sealed_at, 3, partial(logged.sealed, draw)
    for source in SeedSource.objects.filter(draw=draw).select_related("draw__bureau").order_by("position"):
        if source.lodged_at:
            yield source.lodged_at, 4, partial(logged.lodged, source)
        if source.opened_at:
            yield source.opened_at, 5, partial(logged.opened, source)
    if draw.result_digest:
        yield draw.drawn_at, 6, partial(logged.drawn, draw)
    for change in (
        Change.objects.filter(draw=draw).exclude(n=None).order_by("n").select_related("draw__bureau")
    ):
        if change.approved_at and change.request_digest:
            yield change.approved_at, 7, partial(logged.requested, change)
        if change.status == ChangeState.COMPLETED:
            yield change.completed_at, 7, partial(_changed, change)
    if draw.voided_at:
        yield draw.voided_at, 8, partial(logged.voided, draw)


def _changed(change):
    logged.changed(change, replacements.event_of(change) | {"code": change.code, "in": change.in_ref})
