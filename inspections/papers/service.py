"""送达: the ways of serving a paper, what each needs, and from which day it counts as served."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from registries import limits
from registries.errors import DomainError

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Bureau

_ROWS = json.loads((Path(__file__).parent.parent / "data/service.json").read_text(encoding="utf-8"))
WAYS: dict[str, dict[str, Any]] = {each["title"]: each for each in _ROWS}
ASKED = {
    "receiver": "收件人",
    "witness": "见证人",
    "slip": "邮件回执编号",
    "consent": "送达确认书",
    "remark": "公告载体和原因",
}


def require(way: str, given: dict[str, Any]) -> None:
    """Raises service_unknown, or service_incomplete where the way needs what is not given."""
    if way not in WAYS:
        raise DomainError("service_unknown", way=way)
    rule = WAYS[way]
    lacking = [ASKED[name] for name in rule["asks"] if not str(given.get(name, "")).strip()]
    # Who received a paper handed over may be written in by hand; everything else makes the service.
    if lacking and rule["code"] != "direct":
        raise DomainError("service_incomplete", way=way, what="、".join(lacking), basis=rule["basis"])


def effective(bureau: Bureau, way: str, on: date) -> date:
    """The day from which clocks run for a paper served in a way on a day: that day, or the end of the period
    of a public notice."""
    limit = WAYS[way].get("limit")
    return limits.due(bureau, limit, on) if limit else on


def moment(bureau: Bureau, way: str, on: date, not_before: datetime | None = None) -> datetime | None:
    """As `effective`, as the moment of an event: None for today (now), else noon of the day."""
    if on > timezone.localdate():
        raise DomainError("service_ahead")
    day = effective(bureau, way, on)
    if day == timezone.localdate():
        return None
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return max(noon, not_before) if not_before else noon
