"""办理节点: what happened, on which day. Clocks, the time line and the case file read from here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from registries.errors import DomainError

from .models import CaseEvent

if TYPE_CHECKING:
    from datetime import datetime

    from registries.models import Account

    from .models import Case

_DATA = Path(__file__).parent.parent / "data"
TITLES = json.loads((_DATA / "events.json").read_text(encoding="utf-8"))
# What has to be on record in the same thread before something else may be, by which article.
CAUSES = json.loads((_DATA / "causes.json").read_text(encoding="utf-8"))
# These days lie ahead: something has to be done before them, or after they have passed.
AHEAD = {"rectify.due", "rectify.extended", "hearing.set", "power.stops", "seizure.extended"}
# Papers that are served by a public notice count as served when its days are over.
SERVED = {"measure.delivered", "order.delivered", "penalty.delivered"}


def record(
    case: Case,
    code: str,
    *,
    by: Account | None = None,
    at: datetime | None = None,
    thread: str = "",
    note: str = "",
) -> CaseEvent:
    """One event of a case; `at` is now unless given, and lies ahead only where that
    is its meaning. Nothing is there, or dated, before its cause. Returns it.

    Raises event_unknown, event_ahead, event_without_cause, event_before_cause.
    """
    now = timezone.now()
    if code not in TITLES:
        raise DomainError("event_unknown", code=code)
    if at and at > now and code not in AHEAD | SERVED:
        raise DomainError("event_ahead", title=TITLES[code])
    require_cause(case, code, at or now, thread)
    case.wake()
    return CaseEvent.objects.create(
        bureau_id=case.bureau_id, case=case, code=code, at=at or now, thread=thread, note=note[:300], by=by
    )


def require_cause(case: Case, code: str, at: datetime, thread: str) -> None:
    """Raises unless one of an event's causes stands in its thread, and not after it; to the minute, as people
    type it. What was fixed for a day to come (a deadline, a hearing) is a cause whatever the day."""
    cause = CAUSES.get(code)
    if cause is None:
        return
    found = list(case.events.filter(code__in=cause["after"], thread=thread).order_by("at"))
    told = {
        "title": TITLES[code],
        "cause": "、".join(TITLES[each] for each in cause["after"]),
        "basis": f"（{cause['basis']}）" if cause["basis"] else "",
    }
    if not found:
        raise DomainError("event_without_cause", **told)
    now = timezone.now()  # a public notice that still runs stands for what corrects or answers it
    fixed = [each for each in found if each.code in AHEAD or each.code in SERVED and each.at > now]
    if not fixed and all(each.at.replace(second=0, microsecond=0) > at for each in found):
        day = timezone.localtime(found[0].at).strftime("%Y-%m-%d %H:%M")
        raise DomainError("event_before_cause", day=day, **told)
