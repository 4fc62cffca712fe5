"""手机的时间: what a phone says of when, put on the server's clock, and what a reader has to know of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from registries.errors import DomainError

from . import submissions
from .models import Visit

if TYPE_CHECKING:
    from ..case.models import Case
    from .models import Filing


def doubt(filing: Filing, said: dict[str, Any], case: Case) -> str:
    """What a reader has to know of the phone's clock, in words; empty where it was right."""
    found, clock = [], filing.clock
    if abs(offset := _whole(clock.get("offset"))) > 60_000:
        found.append(
            f"手机的钟比标准时间{'慢' if offset > 0 else '快'} {_span(abs(offset))}，记录里已按标准时间改正"
        )
    jumps = clock.get("jumps") if isinstance(clock.get("jumps"), list) else []
    if jumps:
        found.append(f"检查期间手机的钟被拨动过 {len(jumps)} 次")
    now = timezone.now() + timedelta(minutes=5)
    moments = [submissions.time_of(each) for each in said["signed"]["stamps"].values()]
    if any(each and each > now for each in moments):
        found.append("手机记的时间在收到以后，已改为收到的时间")
    if any(each and each < case.opened_at for each in moments):
        found.append("手机记的时间在立项以前，已改为立项的时间")
    return "；".join(found)[:300]


def _whole(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _span(milliseconds):
    minutes = milliseconds // 60_000
    return (
        f"{minutes // 1440} 天"
        if minutes >= 2880
        else f"{minutes // 60} 小时"
        if minutes >= 120
        else f"{minutes} 分钟"
    )


def note_phone(case: Case, stamps: dict[str, str]) -> None:
    """The phone's own moments, beside ours. Raises filing_times."""
    began, ended = submissions.time_of(stamps["arrived"]), submissions.time_of(stamps["ended"])
    if began and ended and ended < began:
        raise DomainError("filing_times")
    Visit.objects.filter(cases=case, ended_at=None).update(
        phone_started_at=began, phone_ended_at=ended, way="phone"
    )


def ours(moment: datetime | str | None, case: Case, offset: timedelta = timedelta(0)) -> datetime:
    """The phone's moment on the server's clock: never before the case was opened, never ahead of now."""
    moment = submissions.time_of(moment) if isinstance(moment, str) else moment
    now = timezone.now()
    return min(max(moment - offset, case.opened_at), now) if moment else now
