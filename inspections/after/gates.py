"""处罚程序的关口: what has to be on record before a step of a penalty file, by which article. The steps are
data (inspections/data/penalty.json), and so is what comes before what (causes.json)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from registries import limits, workdays
from registries.errors import DomainError

from ..case import events
from ..states import PaperState, RestraintState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from typing import Any

    from ..case.models import CaseEvent
    from .models import Penalty

_DATA = json.loads((Path(__file__).parent.parent / "data/penalty.json").read_text(encoding="utf-8"))
KINDS: dict[str, str] = dict(_DATA["kinds"])
STEPS: dict[str, dict[str, Any]] = {each["code"]: each for each in _DATA["steps"]}


class File:
    """A penalty file as it stands at a moment: what is on record by then, and what is proposed."""

    def __init__(self, penalty: Penalty, at: datetime, told: dict[str, Any]) -> None:
        self.penalty, self.at, self.told = penalty, at, told
        thread = penalty.case.events.filter(thread=penalty.thread).order_by("at", "pk")
        self.events = [each for each in thread if each.code in events.AHEAD or each.at <= at]
        self.day = timezone.localdate(at)

    def last(self, code: str) -> CaseEvent | None:
        found = [each for each in self.events if each.code == code]
        return found[-1] if found else None

    def has(self, *codes: str) -> bool:
        return any(each.code in codes for each in self.events)

    def proposed(self) -> dict[str, Any]:
        """The kinds and the fine of the last 告知, as they were told."""
        step = self.penalty.steps.filter(event__code="penalty.told").order_by("-pk").first()
        return step.facts if step else {}

    def over(self, limit: str, since: str) -> bool:
        """Whether a limit that an event began is over on the day."""
        event = self.last(since)
        if event is None:
            return False
        rule = limits.of(self.penalty.bureau, limit, timezone.localdate(event.at))
        return limits.count(rule, event.at, workdays.Book.load()).is_past(self.at)


# -- when a gate stands there ------------------------------------------------------------------------


def hearing_due(file: File) -> bool:
    """行政处罚法第63条: what is proposed is grave enough for a hearing, or was told as such."""
    facts, penalty = file.proposed(), file.penalty
    return is_heard(penalty.bureau, penalty.party, facts.get("kinds", ()), facts.get("fine") or 0)


def is_heard(bureau, party, kinds, fine):
    """Whether such a penalty gives the right to a hearing."""
    large = bureau.hearing_fine_person if party == "person" else bureau.hearing_fine_unit
    return bool(set(kinds) & set(_DATA["heard"])) or Decimal(fine or 0) >= large


def _hearing_asked(file):
    return file.has("hearing.asked")


def _review_due(file):
    """行政处罚法第58条: grave, or heard, or entangled."""
    return file.penalty.is_grave or file.has("hearing.held") or hearing_due(file)


def _is_grave(file):
    return file.penalty.is_grave


def _fine_due(file):
    return _in_force(file) and "fine" in file.penalty.kinds and bool(file.penalty.fine)


def _is_spot(file):
    return file.penalty.way == "spot"


def _in_force(file):
    return not file.has("penalty.revoked")


def _withdrawal_due(file):
    return file.has("penalty.revoked") and file.has("penalty.published")


_WHEN = {
    "hearing_due": hearing_due,
    "hearing_asked": _hearing_asked,
    "review_due": _review_due,
    "is_grave": _is_grave,
    "fine_due": _fine_due,
    "is_spot": _is_spot,
    "in_force": _in_force,
    "withdrawal_due": _withdrawal_due,
}

# -- rules that are more than "this has to be on record" ------------------------------------------------


def _evidence(file):
    case = file.penalty.case
    signed = case.papers.filter(code="record", status=PaperState.SIGNED).exists()
    return signed or case.exhibits.exclude(kind="signature").exists()


def _hearing_in_time(file):
    return not file.over("hearing_request", "penalty.told")


def _hearing_day(file):
    day = file.last("hearing.set")
    return day is None or timezone.localdate(day.at) <= file.day


def _other_signer(file):
    return file.told.get("signer", "").strip() != str(file.penalty.proposed_by or "")


def _not_graver(file):
    told, now = file.proposed(), file.told
    if not now.get("kinds"):
        return True
    new = set(now["kinds"]) - set(told.get("kinds", ()))
    return not new and Decimal(now.get("fine") or 0) <= Decimal(told.get("fine") or 0)


def _pay_over(file):
    return file.has("penalty.deferred") or file.over("pay_fine", "penalty.delivered")


def _urge_over(file):
    return file.over("urge", "penalty.urged")


def _remedy_over(file):
    return not file.has("review.asked", "court.asked") and file.over("litigate", "penalty.delivered")


def _served(file):
    last = [each for each in file.events if each.code in ("penalty.delivered", "service.corrected")]
    return bool(last) and max(last, key=lambda each: each.pk).code == "penalty.delivered"


def _not_served(file):
    return not _served(file)


def _nothing_held(file):
    return not file.penalty.case.restraints.exclude(status=RestraintState.ENDED).exists()


_RULES = {
    "evidence": _evidence,
    "hearing_in_time": _hearing_in_time,
    "hearing_day": _hearing_day,
    "other_signer": _other_signer,
    "not_graver": _not_graver,
    "pay_over": _pay_over,
    "urge_over": _urge_over,
    "remedy_over": _remedy_over,
    "nothing_held": _nothing_held,
    "served": _served,
    "not_served": _not_served,
}


def shut(penalty: Penalty, code: str, at: datetime, told: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The gates that are shut before a step at a moment: each says what is missing, and by which article."""
    file = File(penalty, at, told)
    for gate in STEPS[code]["gates"]:
        if "when" in gate and not _WHEN[gate["when"]](file):
            continue
        if not _RULES[gate["rule"]](file) if "rule" in gate else not _stands(file, gate):
            yield gate


def _stands(file, gate):
    if file.has(*gate["any"]):
        return True
    lapse = gate.get("lapses")
    return bool(lapse) and not file.has(lapse["unless"]) and file.over(lapse["limit"], lapse["from"])


def require(penalty: Penalty, code: str, at: datetime, told: dict[str, Any]) -> None:
    """Raises what stands in the way of a step: stale, event_without_cause, event_before_cause, gate_shut."""
    if penalty.status not in STEPS[code]["in"]:
        raise DomainError("stale", what=str(penalty), status=penalty.get_status_display())
    events.require_cause(penalty.case, code, at, penalty.thread)
    for gate in shut(penalty, code, at, told):
        raise DomainError("gate_shut", title=events.TITLES[code], said=gate["said"], basis=gate["basis"])


def open_to(penalty: Penalty) -> list[tuple[str, DomainError | None]]:
    """[(step, what stands in its way now or None)] of the steps of the state a file is in, in the order
    of the procedure. What was done and is done once is left out."""
    now = timezone.now()
    done = set(penalty.case.events.filter(thread=penalty.thread).values_list("code", flat=True))
    found: list[tuple[str, DomainError | None]] = []
    for code in STEPS:
        if penalty.status not in STEPS[code]["in"] or code in done & _ONCE:
            continue
        if penalty.way not in STEPS[code].get("ways", [penalty.way]):
            continue
        try:
            require(penalty, code, now, {})
        except DomainError as refused:
            found.append((code, refused))
        else:
            found.append((code, None))
    return found


_ONCE = {
    "penalty.investigated",
    "statement.waived",
    "hearing.asked",
    "hearing.waived",
    "hearing.held",
    "penalty.reviewed",
    "penalty.discussed",
    "penalty.published",
    "penalty.paid",
    "penalty.deferred",
    "penalty.enforced",
    "penalty.filed",
    "penalty.withdrawn",
    "review.asked",
}


def steps_of(penalty: Penalty) -> list[tuple[str, CaseEvent, Any]]:
    """[(title, event, its step or None)] of a file, in the order in which they happened."""
    found = penalty.case.events.filter(thread=penalty.thread).select_related("by", "step__exhibit")
    return [
        (events.TITLES[each.code], each, getattr(each, "step", None)) for each in found.order_by("at", "pk")
    ]


def spot_rule(day: date) -> dict[str, Any]:
    """The limits of the short way (当场处罚) in force on a day."""
    return max(
        (each for each in _DATA["spot"] if each["since"] <= day.isoformat()), key=lambda each: each["since"]
    )
