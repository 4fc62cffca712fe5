"""重大事故隐患: a measure on the spot, or an order with the reason for no stop, or the head's recorded
consent; and reported upward in time. Neither report nor closing goes without (安全生产法第70、90条)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require

from ..case import events, readiness
from ..states import FindingState, PaperState
from .models import Finding

if TYPE_CHECKING:
    from datetime import datetime

    from registries.models import Account

    from ..case.models import Case


def note_found(case: Case, *, by: Account, at: datetime) -> None:
    """The visit has ended with a major hazard: the clock of the report upward begins, the head is told."""
    found = list(case.findings.filter(is_major=True).order_by("number"))
    for each in found:
        events.record(case, "major.found", by=by, at=at, thread=each.thread)
    if found:
        said = f"“{case.subject.name}”检查发现重大事故隐患 {len(found)} 项"
        heads = messages.holders(case.bureau_id, "inspections.approve_task")
        messages.tell(heads, "major", case, said, by=by)


@transaction.atomic
def report_upward(
    finding: Finding, to: str, *, by: Account, at: datetime | None = None, said: str = ""
) -> None:
    """A major hazard was reported to whoever is above; when, to whom. Raises stale, reason_needed."""
    readiness.require_hand(finding.case, by)
    if not finding.is_major or finding.status == FindingState.NOTED:
        raise DomainError("stale", what=str(finding), status=finding.get_status_display())
    if not to.strip():
        raise DomainError("reason_needed")
    note = f"报{to.strip()}" + (f"：{said.strip()}" if said.strip() else "")
    events.record(finding.case, "major.reported", by=by, at=at, thread=finding.thread, note=note)
    journal.write(
        "major.reported",
        by=by,
        about=finding.case.about,
        facts={"number": finding.number, "to": to.strip()[:100]},
    )


@transaction.atomic
def consent(finding: Finding, reason: str, *, by: Account) -> Finding:
    """The head agrees, on record and with a reason, that nothing is stopped for a major hazard."""
    require(by, "inspections.approve_task", finding.case.bureau)
    if not finding.is_major or finding.status in (FindingState.NOTED, FindingState.CLOSED):
        raise DomainError("stale", what=str(finding), status=finding.get_status_display())
    if not reason.strip():
        raise DomainError("reason_needed")
    events.record(finding.case, "major.consented", by=by, thread=finding.thread, note=reason)
    team = [seat.inspector.account for seat in finding.case.team().select_related("inspector__account")]
    said = f"“{finding.case.subject.name}”第 {finding.number} 项：负责人同意不停产、不停用"
    messages.tell(team, "judged", finding.case, said, by=by)
    journal.write(
        "major.consented",
        by=by,
        about=finding.case.about,
        facts={"number": finding.number, "reason": reason.strip()[:200]},
    )
    return finding


def owed(case: Case) -> list[str]:
    """What is still owed for the major hazards of a case, in words."""
    found = list(case.findings.filter(is_major=True).exclude(status=FindingState.NOTED).order_by("number"))
    if not found:
        return []
    named = {"measure": set(), "order": set()}
    for paper in case.papers.filter(code__in=named, status=PaperState.SIGNED):
        named[paper.code] |= {each["number"] for each in paper.facts.get("findings", ())}
    done = set(
        case.events.filter(code__in=["major.reported", "major.consented"]).values_list("thread", "code")
    )
    lacking = []
    for each in found:
        has_paper = each.number in named["measure"] or each.number in named["order"] and each.major_reason
        if not has_paper and (each.thread, "major.consented") not in done:
            lacking.append(
                f"第 {each.number} 项重大事故隐患没有现场处理措施决定书，也没有写明不停产理由的责令改正"
                "或者负责人的同意"
            )
        if (each.thread, "major.reported") not in done:
            lacking.append(f"第 {each.number} 项重大事故隐患还没有上报")
    return lacking


def require_settled(case: Case) -> None:
    """Raises major_owed with what is missing. Nothing that was filed is touched."""
    if lacking := owed(case):
        raise DomainError("major_owed", owed="；".join(lacking))
