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

TITLES = json.loads((Path(__file__).parent.parent / "data/events.json").read_text(encoding="utf-8"))
# These days lie ahead: something has to be done before them, or after they have passed.
AHEAD = {"rectify.due", "rectify.extended", "hearing.set", "power.stops", "seizure.extended"}


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
    is its meaning. Returns it."""
    now = timezone.now()
    if code not in TITLES:
        raise DomainError("event_unknown", code=code)
    if at and at > now and code not in AHEAD:
        raise DomainError("event_ahead", title=TITLES[code])
    return CaseEvent.objects.create(
        bureau_id=case.bureau_id, case=case, code=code, at=at or now, thread=thread, note=note[:300], by=by
    )
