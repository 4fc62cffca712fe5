"""行政处罚案件: proposed from findings, opened by the head, then step by step through its gates; or
decided on the spot."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages, subjects
from registries.transitions import move

from ..case import events, readiness, staffing
from ..papers import issuing, service
from ..states import FOLLOWED_CASE, FindingState, PaperState, PenaltyState
from ..visit import exhibits, outcome, uploads
from . import gates, rectifications
from .models import Penalty, PenaltyStep

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from registries.models import Account, Inspector

    from ..case.models import Case, CaseEvent
    from ..visit.models import Finding

_MOVES = {
    "penalty.decided": PenaltyState.DECIDED,
    "penalty.dropped": PenaltyState.DROPPED,
    "penalty.revoked": PenaltyState.REVOKED,
    "penalty.closed": PenaltyState.CLOSED,
}
_FACTS = ["kinds", "fine", "tier", "tier_reason"]  # what is told, and then decided
_ASKED = {"number": "文号", "signer": "签发人、审批人", "said": "说明", "file": "文书（照片或 PDF）"}


@transaction.atomic
def propose(
    case: Case,
    found: Iterable[Finding],
    cause: str,
    facts: str,
    opinion: str,
    *,
    by: Account,
    party: str = "unit",
    is_grave: bool = False,
) -> Penalty:
    """The team asks to open a file on these findings, whatever became of them. Drafts the 立案审批表.
    Returns the Penalty."""
    made = _made(case, found, cause, facts, opinion, by, party=party, is_grave=is_grave)
    messages.hand_on(made, by=by)
    journal.write(
        "penalty.proposed",
        by=by,
        about=case.about,
        facts={"penalty": made.pk, "findings": made.findings.count()},
    )
    issuing.draft(case, "opening", by=by, penalty=made)
    outcome.settle(case, by=by)
    return made


def _made(case, found, cause, facts, opinion, by, **more):
    staffing.require_member(case, by)
    readiness.hold(case)
    if case.status not in FOLLOWED_CASE:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    found = list(found)
    if not found or any(each.case_id != case.pk for each in found):
        raise DomainError("penalty_findings")
    if not all(text.strip() for text in (cause, facts, opinion)):
        raise DomainError("penalty_incomplete")
    made = Penalty.objects.create(
        bureau=case.bureau,
        case=case,
        cause=cause.strip(),
        facts=facts.strip(),
        opinion=opinion.strip(),
        proposed_by=by,
        **more,
    )
    made.findings.add(*found)
    return made


@transaction.atomic
def judge(penalty: Penalty, opens: bool, note: str = "", *, by: Account) -> Penalty:
    """The head opens the file, or not. Opening approves and numbers the 立案审批表
    and starts the ninety days."""
    staffing.require_judge(penalty, opens, note, by=by)
    readiness.hold(penalty.case)
    move(
        penalty,
        PenaltyState.OPENED if opens else PenaltyState.REFUSED,
        judged_by=by,
        judged_at=timezone.now(),
        judge_note=note.strip()[:300] or "同意立案",
    )
    messages.judged(penalty, penalty.proposed_by, opens, note, by=by)
    journal.write(
        "penalty.opened" if opens else "penalty.refused",
        by=by,
        about=penalty.case.about,
        facts={"penalty": penalty.pk},
    )
    paper = penalty.papers.filter(code="opening", status=PaperState.DRAFTED).first()
    if opens:
        events.record(penalty.case, "penalty.opened", by=by, thread=penalty.thread)
        rectifications.escalate(penalty.findings.filter(disposal__in=["order", "measure"]), by=by)
    if paper:
        issuing.carry(paper, opens, note, by=by)
    outcome.settle(penalty.case, by=by)
    return penalty


@transaction.atomic
def note(
    penalty: Penalty, code: str, *, by: Account, at: datetime | None = None, file: bytes = b"", **told: Any
) -> CaseEvent:
    """A step of the file, on a day: investigated, told, heard, reviewed, decided, delivered, paid, closed.

    `told`: what the step asks for (gates.STEPS): number, signer, said; kinds, fine, tier, tier_reason
    where a penalty is proposed or decided; outcome; way and what it needs where something is served.
    `file`: the bytes of its paper. Raises step_incomplete, gate_shut and what gates.require raises.
    """
    readiness.require_hand(penalty.case, by)
    if code not in gates.STEPS:
        raise DomainError("event_unknown", code=code)
    readiness.hold(penalty.case)
    penalty = Penalty.objects.select_for_update(no_key=True).get(pk=penalty.pk)
    penalty.case.bureau = penalty.bureau
    moment = at or timezone.now()
    gates.require(penalty, code, moment, told)
    _require_whole(penalty, code, bool(file), told)
    if "kinds" in gates.STEPS[code]["asks"]:
        _require_in_range(penalty, moment, told)
    if code == "penalty.delivered":
        at = service.moment(penalty.bureau, told["way"], timezone.localdate(moment), at) if at else None
        at = at or min(moment, timezone.now())
    made = events.record(
        penalty.case, code, by=by, at=at, thread=penalty.thread, note=told.get("said", "").strip()
    )
    step = _keep(penalty, made, file, told, by)
    _follow(penalty, made, told, by)
    _note(step, by)
    outcome.settle(penalty.case, by=by)
    return made


def _require_whole(penalty, code, has_file, told):
    asks = gates.STEPS[code]["asks"]
    lacking = [
        title
        for name, title in _ASKED.items()
        if name in asks and not (has_file if name == "file" else str(told.get(name, "")).strip())
    ]
    if "kinds" in asks and not told.get("kinds"):
        lacking.append("处罚种类")
    if "outcome" in asks and not str(told.get("outcome", "")).strip():
        lacking.append("处理结果")
    if lacking:
        raise DomainError("step_incomplete", title=events.TITLES[code], what="、".join(lacking))
    if "way" in asks:
        service.require(told.get("way", ""), told)


def _require_in_range(penalty, moment, told):
    """The fine is within the tier in force on the day, and why this tier; without a fine there is none."""
    kinds, fine = told["kinds"], told.get("fine")
    if set(kinds) - set(gates.KINDS):
        raise DomainError("penalty_kind", kinds="、".join(sorted(set(kinds) - set(gates.KINDS))))
    if "fine" not in kinds:
        if fine:
            raise DomainError("fine_not_among")
        return
    tier, day = told.get("tier"), timezone.localdate(moment)
    if not fine or fine <= 0 or tier is None or not told.get("tier_reason", "").strip():
        raise DomainError("fine_incomplete")
    if tier.bureau_id != penalty.bureau_id or tier.since > day or tier.until and tier.until <= day:
        raise DomainError("tier_not_in_force", tier=tier.code, day=day)
    if tier.party != penalty.party:
        raise DomainError("tier_party", tier=tier.code, party=penalty.get_party_display())
    if not tier.least <= fine <= tier.most:
        raise DomainError(
            "fine_out_of_range", least=f"{tier.least:,.0f}", most=f"{tier.most:,.0f}", basis=tier.basis
        )


def _keep(penalty, event, file, told, by):
    """The step beside its event: number, signer, the paper as an exhibit of the case, what was told."""
    kept = None
    if file:
        upload = uploads.keep(penalty.case, file, by=by)
        title = f"{events.TITLES[event.code]} {told.get('number', '')}".strip()
        kept = exhibits.keep(penalty.case, upload, "document", by=by, caption=title[:200])
    facts = {name: told[name] for name in ("kinds", "tier_reason", "outcome", "way") if told.get(name)}
    facts |= {"fine": str(told["fine"])} if told.get("fine") else {}
    facts |= {"tier": told["tier"].code} if told.get("tier") else {}
    facts |= {name: told[name] for name in service.ASKED if told.get(name)}
    return PenaltyStep.objects.create(
        penalty=penalty,
        event=event,
        number=str(told.get("number", "")).strip()[:60],
        signer=str(told.get("signer", "")).strip()[:60],
        exhibit=kept,
        facts=facts,
    )


def _note(step, by):
    event = step.event
    facts = {"penalty": step.penalty_id, "code": event.code, "on": timezone.localdate(event.at).isoformat()}
    facts |= {"step": step.pk, "digest": digest_of(step)}
    journal.write("penalty.noted", by=by, about=event.case.about, facts=facts)


def digest_of(step):
    """What a step says, as one SHA-256."""
    at = step.event.at.astimezone(UTC).isoformat()
    said = [step.penalty_id, step.event.code, at, step.event.note]
    said += [step.number, step.signer, step.exhibit_id, step.facts]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def decided(penalty):
    """What a file says was decided: kinds, fine, outcome, number."""
    fine = f"{penalty.fine:.2f}" if penalty.fine else ""
    return [list(penalty.kinds), fine, penalty.outcome, penalty.decision_number]


def decided_by(step):
    """The same, as the step of the decision has it."""
    fine = f"{Decimal(step.facts['fine']):.2f}" if step.facts.get("fine") else ""
    return [list(step.facts.get("kinds", ())), fine, step.facts.get("outcome", "").strip()[:300], step.number]


def _follow(penalty, event, told, by):
    """What a step moves: the file, what is proposed in it, the register's record of the firm."""
    code, case = event.code, penalty.case
    if "kinds" in gates.STEPS[code]["asks"]:
        Penalty.objects.filter(pk=penalty.pk).update(
            **{name: told.get(name) or Penalty._meta.get_field(name).get_default() for name in _FACTS}
        )
        penalty.refresh_from_db(fields=_FACTS)
    if code in _MOVES:
        stamps = {}
        if code == "penalty.decided":
            stamps = {"decision_number": told["number"].strip(), "outcome": told["outcome"].strip()[:300]}
        move(penalty, _MOVES[code], **stamps)
    if code == "penalty.decided":
        day = timezone.localdate(event.at)
        subjects.record_own(case.subject, "penalty", day, f"本机关 {penalty.decision_number}", by=by)
    elif code == "penalty.revoked":
        subjects.take_back_own(case.subject, "penalty", f"本机关 {penalty.decision_number}", by=by)
    elif code == "penalty.dropped":
        rectifications.take_back(penalty.findings.filter(status=FindingState.ESCALATED))
    messages.hand_on(penalty, by=by)


@transaction.atomic
def decide_on_the_spot(
    case: Case,
    found: Iterable[Finding],
    cause: str,
    facts: str,
    *,
    by: Account,
    second: Inspector,
    kinds: list[str],
    number: str,
    outcome_said: str,
    file: bytes,
    fine: Decimal | None = None,
    party: str = "unit",
    at: datetime | None = None,
) -> Penalty:
    """当场处罚 (行政处罚法第51、52条): facts certain, a warning or a small fine; two officers tell, hear,
    decide and hand over at once, and file it with their bureau. Returns the Penalty.

    Raises spot_two, spot_too_grave, step_incomplete and what `propose` raises.
    """
    officer = staffing.require_member(case, by)
    moment = at or timezone.now()
    if second == officer or not {officer, second} <= set(readiness.fit(case, moment)):
        raise DomainError("spot_two")
    rule = gates.spot_rule(timezone.localdate(moment))
    if set(kinds) - set(rule["kinds"]) or (fine or 0) > rule[party] or not kinds:
        raise DomainError("spot_too_grave", most=rule[party], basis=rule["basis"])
    if ("fine" in kinds) != bool(fine) or not number.strip() or not outcome_said.strip() or not file:
        raise DomainError(
            "step_incomplete", title="当场作出处罚决定", what="罚款数额、决定书文号、处理结果、文书"
        )
    readiness.require_since_visit(case, moment, "当场作出处罚决定")
    made = _made(case, found, cause, facts, "事实确凿，当场处罚。", by, party=party, way="spot")
    told = {"number": number, "outcome": outcome_said, "kinds": kinds, "fine": fine}
    events.record(case, "penalty.spot", by=by, at=moment, thread=made.thread)
    events.record(case, "penalty.told", by=by, at=moment, thread=made.thread, note="当场告知，听取陈述申辩")
    decided = events.record(case, "penalty.decided", by=by, at=moment, thread=made.thread)
    step = _keep(made, decided, file, told | {"signer": f"{officer.name}、{second.name}"}, by)
    _follow(made, decided, told, by)
    _note(step, by)
    events.record(case, "penalty.delivered", by=by, at=moment, thread=made.thread, note="当场交付")
    journal.write(
        "penalty.spot", by=by, about=case.about, facts={"penalty": made.pk, "number": number.strip()}
    )
    outcome.settle(case, by=by)
    return made
