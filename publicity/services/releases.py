"""抽取公开: a draw's files to the public after its last visit, on release_by, or at once when void."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from inspections import engine
from inspections.draw import drawrecord, replacements
from inspections.models import Document, Draw
from inspections.states import DEAD_DRAW, OPEN_CASE, DrawState
from inspections.watch import discs
from registries.errors import DomainError
from registries.models import Subject
from registries.onebyone import one_by_one
from registries.services import journal, storage
from registries.services.access import require

from .. import daily, spreads
from ..models import Release, Ticket
from ..payload import HIDDEN, release_facts, spread_facts
from ..reading import record_of
from . import saidof

if TYPE_CHECKING:
    from registries.models import Account

log = logging.getLogger(__name__)


@transaction.atomic
def release(draw: Draw, *, by: Account | None = None) -> Release:
    """Hand the files of a draw to the public: after its last visit, on release_by, or at once when void.

    Without `by` the clock releases. Returns the Release.
    """
    if by is not None:
        require(by, "publicity.release_draw", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if Release.objects.filter(draw=draw).exists():
        raise DomainError("already_released", number=draw.number)
    if not may_release(draw):
        raise DomainError("visits_open", number=draw.number, day=draw.release_by)
    result = json.loads(draw.result_json) if draw.result_digest else None
    made = (
        replacements.completed(draw) if draw.status in (DrawState.DRAWN, DrawState.VOIDED) and result else []
    )
    released = Release.objects.create(
        bureau=draw.bureau,
        draw=draw,
        released_by=by,
        commit=_keep(draw.commit_json),
        result=_keep(draw.result_json) if result else None,
        changes=_keep(engine.dump(made).decode()) if result and "order" in result else None,
        openings=_keep(_openings(draw, made)) if result and draw.bureau.publishes_openings else None,
        names=_names(draw, result, made),
        spread=spreads.of(draw),
        record=_record(draw),
    )
    if released.result_id:
        index(released.pk, released.commit.read(), released.result.read())
    journal.write(
        "draw.released",
        by=by,
        bureau=draw.bureau,
        about=draw.about,
        facts=release_facts(released) | spread_facts(released),
    )
    saidof.released(released)
    return released


def may_release(draw):
    """All visits done, or release_by reached, or the draw has ended without visits; and no
    earlier secret told by it.

    A commitment marks X:drawn whoever an earlier draw had drawn, so its file would name them: it waits for
    that draw. Sealing sees to it that the earlier draw's release_by is not the later one.
    """
    earlier = Draw.objects.filter(bureau=draw.bureau, pk__lt=draw.pk, drawn_at__lte=draw.sealed_at)
    return _is_done(draw) and all(_is_done(each) for each in earlier)


def _is_done(draw):
    if draw.status in DEAD_DRAW:
        # The must rows of the next draw are these very enterprises: their visits come first.
        follower = Draw.objects.filter(bureau=draw.bureau, after=draw.commitment).first()
        if draw.result_digest and (follower is None or not _is_done(follower)):
            return timezone.localdate() >= draw.release_by
        return True
    if draw.status != DrawState.DRAWN:
        return False
    return not draw.cases.filter(status__in=OPEN_CASE).exists() or timezone.localdate() >= draw.release_by


def due():
    """The draws that are to be released now: nobody has yet, and their day has come, the earliest first."""
    waiting = (
        Draw.objects.filter(release=None, bureau__moved_at=None)
        .exclude(status__in=[DrawState.SEALED, DrawState.SEEDING, DrawState.SEEDED])
        .order_by("pk")
    )
    return [each for each in waiting if may_release(each)]


def release_due():
    """Release every draw whose day has come, one after another. Returns how many."""
    return len(one_by_one(due(), release, log))


def index(release, commit, result, model=Ticket):
    """Every enterprise of the released files into the index by which it finds itself
    (SJS1 §3: a row of the pool)."""
    commit, result = json.loads(commit), json.loads(result)
    drawn = {ref for each in result["objects"] for ref in each["drawn"]} | set(result["must"])
    model.objects.bulk_create(
        (
            model(
                release_id=release, ref=ref, stratum=stratum, status=status, lots=lots, is_drawn=ref in drawn
            )
            for ref, stratum, lots, status, _ in commit["pool"]
        ),
        batch_size=2000,
    )


def _keep(text):
    return storage.keep(text.encode(), "application/json")


def _openings(draw, made):
    sealed = json.loads(draw.sealed_json)
    openings = json.loads(draw.openings_json)
    newcomers = [each["in"] for each in made if each["kind"] == "subject" and each["in"]]
    return engine.dump(openings | {ref: sealed[ref] for ref in newcomers}).decode()


def _names(draw, result, made):
    if result is None:
        return {}
    refs = result["must"] + [ref for each in result["objects"] for ref in each["drawn"]]
    refs += [each["in"] for each in made if each["kind"] == "subject" and each["in"]]
    rows = Subject.objects.filter(bureau=draw.bureau, ref__in=refs).values_list("ref", "name", "is_secret")
    return {ref: HIDDEN if is_secret else name for ref, name, is_secret in rows}


def _record(draw):
    # Without PDF libraries the draw is released all the same; the page says the record is still to come.
    if not draw.result_digest:
        return None
    try:
        return drawrecord.issue(draw, "public", public=daily.of(draw.bureau)).file
    except DomainError as refused:
        if refused.code != "pdf_unavailable":
            raise
        return None


def renew_records():
    """Records that were published with the journal's head are made again without it. Returns how many."""
    old = Document.objects.filter(
        kind="draw_record", edition="public", public_day=None, draw__release__isnull=False
    )
    renewed = Document.objects.filter(draw=OuterRef("draw"), edition="public", public_day__isnull=False)
    found = {
        each.draw_id: each.draw
        for each in old.exclude(Exists(renewed)).select_related("draw__bureau").order_by("pk")
    }
    return sum(map(bool, one_by_one(found.values(), _record, log)))


def disc(draw: Draw, moment: str, *, by: Account | None = None) -> bytes:
    """The public disc of a draw, as an ISO image."""
    day = timezone.localdate(discs.moment_of(draw, moment)) - timedelta(days=1)
    return discs.export(
        draw, "public", moment, by=by, released=files_of(draw), public=daily.of(draw.bureau, day)
    )


def files_of(draw):
    """{name: bytes} of what the public has been given of a draw, for the public
    disc; {} before the release."""
    released = Release.objects.filter(draw=draw).first()
    if released is None:
        return {}
    kept = {
        "commit.json": released.commit,
        "result.json": released.result,
        "changes.json": released.changes,
        "openings.json": released.openings,
        "record.pdf": next((each for each in record_of(released) if each), None),
    }
    names = (json.dumps(released.names, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    return {name: file.read() for name, file in kept.items() if file} | {"names.json": names}
