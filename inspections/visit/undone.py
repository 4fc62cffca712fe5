"""没查成: the team was there, and no inspection was possible. Its own short record, its own result; never
"nothing found"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from registries import limits
from registries.errors import DomainError
from registries.services import journal, messages
from registries.transitions import move

from ..case import events, readiness
from ..case.staffing import require_member, require_status
from ..states import CaseState
from . import outcome, visits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from registries.models import Account

    from ..case.models import Case

REASONS = outcome.UNDONE


def require(reason: str, said: dict[str, Any], photos: int) -> None:
    """Raises undone_incomplete with what is missing: the reason, what was seen, a photo, the calls, that the
    consequence was told."""
    rule = REASONS.get(reason)
    lacking = [] if rule else ["为什么没查成"]
    if not str(said.get("seen") or "").strip():
        lacking.append("看到什么")
    if photos < 1:
        lacking.append("照片至少 1 张")
    if rule and rule.get("calls") and not _has_called(said.get("calls") or [], rule):
        lacking.append(f"打过 {rule['calls']} 次电话，隔 {rule['apart']} 分钟")
    if rule and rule.get("told") and not said.get("told"):
        lacking.append("已当面告知后果")
    if lacking:
        raise DomainError("undone_incomplete", what="、".join(lacking))


def _has_called(calls: Sequence[str], rule: dict[str, Any]) -> bool:
    moments = sorted(found for each in calls if (found := parse_datetime(str(each))) is not None)
    return len(moments) >= rule["calls"] and moments[-1] - moments[0] >= timedelta(minutes=rule["apart"])


def _is_answered(case):
    looked = case.entries.exclude(value="skip").exists() or case.answers.exclude(value="skip").exists()
    return looked or case.findings.exists()


def record_of(reason: str, said: dict[str, Any]) -> str:
    """The record in words: why, what was seen, who was asked, the calls, what was told."""
    rule = REASONS[reason]
    parts = [f"没有查成：{rule['title']}。{str(said['seen']).strip()}"]
    if asked := str(said.get("asked") or "").strip():
        parts.append(f"问了：{asked}")
    called = [parse_datetime(str(each)) for each in said.get("calls") or []]
    if called := [timezone.localtime(each).strftime("%H:%M") for each in called if each]:
        parts.append(f"打过电话：{'、'.join(called)}，没有人接")
    if rule.get("told") and said.get("told"):
        parts.append(f"已当面告知：{rule['told']}")
    return "\n".join(parts)


@transaction.atomic
def close(
    case: Case,
    reason: str,
    said: dict[str, Any],
    *,
    by: Account,
    photos: int,
    at: datetime | None = None,
    ended: datetime | None = None,
    way: str = "desk",
    **more: Any,
) -> Case:
    """The visit of a case that could not be inspected, from arriving to leaving; no line is asked for.

    `said`: "seen", "asked", "calls", "told". Raises undone_incomplete, undone_answered and what keeps a visit
    from starting.
    """
    require(reason, said, photos)
    if case.status == CaseState.OPENED:
        visits.start(case, by=by, at=at, way=way)
    inspector = require_member(case, by)
    require_status(case, CaseState.STARTED)
    if not case.is_onsite:
        raise DomainError("undone_off_site")
    together = readiness.require_may_end(case, ended)
    if any(_is_answered(each) for each in together):
        raise DomainError("undone_answered")
    began = case.visits.filter(ended_at=None).values_list("started_at", flat=True).first()
    if began and ended and ended < began:
        raise DomainError("filing_times")
    now = ended or timezone.now()
    written = {"record": record_of(reason, said), "undone": reason, "ended_at": now} | more
    case.visits.filter(ended_at=None).update(**written)
    due = limits.due(case.bureau, "report", timezone.localdate(now))
    for each in together:
        move(each, CaseState.ENDED, ended_at=now, report_due_on=due, ended_by=inspector)
        events.record(each, "visit.ended", by=by, at=now)
        messages.hand_on(each, by=by)
        journal.write(
            "case.ended",
            by=by,
            about=each.about,
            facts={
                "report_due": due.isoformat(),
                "undone": reason,
                "digest": visits.filed_digest(each),
                "findings": visits.findings_digest(each),
            },
        )
    case.refresh_from_db()
    return case
