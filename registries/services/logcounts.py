"""每日计数: once a day, from the leaves before it alone: how many draws were sealed, drawn, voided, released,
are late; how many statements stand. The log lives, and nothing secret moves it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils import timezone

from ..models import LogEntry, PublicLog
from . import journal, leaves

if TYPE_CHECKING:
    from typing import Any

_OVER = ("withdrawn", "repaired", "ended")


def keep(log: PublicLog) -> None:
    """The day's count, where the log has none yet. In the caller's transaction."""
    today = timezone.localdate()
    mine = LogEntry.objects.filter(log=log, kind="count")
    last = mine.order_by("-n").first()
    if last is not None and last.about >= today.isoformat():
        return
    journal.hold(log.bureau)
    held = PublicLog.objects.select_for_update(no_key=True, of=("self",)).select_related("bureau")
    row = held.get(pk=log.pk)
    told = of(row, today.isoformat(), last)
    leaves.append(row, "count", about=today.isoformat(), **told)
    log.refresh_from_db(fields=["size", "last_at"])


def of(log: PublicLog, day: str, last: LogEntry | None) -> dict[str, Any]:
    """What a count of a day says: what the count before it said, and the leaves since."""
    told = json.loads(last.text) if last else {}
    told = {name: told.get(name, 0) for name in ("sealed", "drawn", "void", "released", "force")}
    since = LogEntry.objects.filter(log=log, n__gt=last.n if last else -1)
    names = {
        "seal": "sealed",
        "result": "drawn",
        "infeasible": "drawn",
        "void": "void",
        "release": "released",
    }
    rows = since.filter(kind__in=[*names, "said"]).order_by("n")
    for kind, text in rows.values_list("kind", "text").iterator():
        if kind in names:
            told[names[kind]] += 1
            continue
        said = json.loads(text)
        told["force"] += -1 if said["sub"] in _OVER else int(said["version"] == 1)
    released = set(LogEntry.objects.filter(log=log, kind="release").values_list("about", flat=True))
    sealed = LogEntry.objects.filter(log=log, kind="seal").exclude(about__in=released)
    due = [json.loads(text)["release_by"] for text in sealed.values_list("text", flat=True)]
    return told | {"late": sum(each < day for each in due)}
