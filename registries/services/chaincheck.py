"""整链核验: the whole journal is walked in the background, every night and when somebody asks; a look goes on
from where that walk ended. A walk is kept every STEP entries: it goes on where a crash has left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..models import ChainCheck, JournalEntry
from ..onebyone import one_by_one
from . import journal
from .access import require

if TYPE_CHECKING:
    from ..models import Account, Bureau

STEP = 20_000  # entries between two notes of how far it is
LOOK = 2_000  # entries that a page walks itself


def of(bureau):
    """{entries, upto (the last entry walked), rest, faults, done (in percent, of a walk under way),
    checked_at}: what the last whole walk found, and what came since as far as LOOK goes."""
    kept = ChainCheck.objects.filter(bureau=bureau).first()
    walk = journal.Walk(kept.state if kept else None)
    if walk.seq and not _stands(bureau, walk):
        walk.fault(f"第 {walk.seq} 条与上次核验时不同：此前的日志被重写")
    walk.on(bureau, most=LOOK)
    entries = journal.head(bureau)["seq"]
    done = None if kept is None or kept.walk is None else kept.walk.get("seq", 0) * 100 // max(entries, 1)
    told = {"entries": entries, "upto": walk.seq, "rest": entries - walk.seq, "faults": walk.faults}
    return told | {"done": done, "checked_at": kept and kept.checked_at}


@transaction.atomic
def ask(bureau: Bureau, *, by: Account) -> ChainCheck:
    """Have the whole chain walked now, in the background. Asked again while it walks, it goes on."""
    require(by, "inspections.watch_draws", bureau)
    kept = ChainCheck.objects.get_or_create(bureau=bureau)[0]
    if kept.walk is None:
        kept.walk, kept.asked_by = {}, by
        kept.save(update_fields=["walk", "asked_by"])
        journal.write("journal.check_asked", by=by, about=bureau.about)
    return kept


def begin(bureau):
    """The night's walk begins, unless one is under way."""
    kept = ChainCheck.objects.get_or_create(bureau=bureau)[0]
    if kept.walk is None:
        ChainCheck.objects.filter(pk=kept.pk, walk__isnull=True).update(walk={})


def walk_all(log):
    """All walks that are under way, to their ends."""
    waiting = ChainCheck.objects.filter(walk__isnull=False).select_related("bureau").order_by("pk")
    one_by_one(waiting, _walk, log)


def _walk(kept):
    while _step(kept.pk):
        pass


@transaction.atomic
def _step(pk):
    """STEP entries on, by whoever is free: the row is held meanwhile. Returns whether there is more."""
    rows = ChainCheck.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    kept = rows.filter(pk=pk, walk__isnull=False).select_related("bureau").first()
    if kept is None:
        return False
    walk = journal.Walk(kept.walk)
    went = walk.on(kept.bureau, most=STEP)
    if went:
        kept.walk = walk.state
    else:
        kept.state, kept.walk, kept.checked_at = walk.state, None, timezone.now()
    kept.save(update_fields=["state", "walk", "checked_at"])
    return bool(went)


def _stands(bureau, walk):
    return JournalEntry.objects.filter(bureau=bureau, seq=walk.seq, digest=walk.prev).exists()
