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


# What answers a 告知: it counts for the last one only.
_ANSWERS = {
    "statement.made",
    "statement.waived",
    "statement.reviewed",
    "hearing.asked",
    "hearing.waived",
    "hearing.set",
    "hearing.told",
    "hearing.held",
    "penalty.reviewed",
    "penalty.discussed",
}


class File:
    """A penalty file at a moment. What opens a gate is on record by then; what shuts one shuts it whenever it
    is dated. What answers a 告知 counts for the last 告知."""

    def __init__(self, penalty: Penalty, at: datetime, told: dict[str, Any]) -> None:
        self.penalty, self.at, self.told = penalty, at, told
        self.day = timezone.localdate(at)
        thread = list(penalty.case.events.filter(thread=penalty.thread).order_by("pk"))
        last_told = max((each.pk for each in thread if each.code == "penalty.told"), default=0)
        self.thread = [each for each in thread if each.code not in _ANSWERS or each.pk > last_told]

    def ever(self, *codes: str) -> list[CaseEvent]:
        """On record, whatever its date; in the order of registering."""
        return [each for each in self.thread if each.code in codes]

    def by_then(self, *codes: str) -> list[CaseEvent]:
        """On record, and dated by the moment."""
        return [each for each in self.ever(*codes) if each.code in events.AHEAD or each.at <= self.at]

    def served(self) -> CaseEvent | None:
        """The service of the decision that stands; None before, and after it was corrected."""
        found = self.ever("penalty.delivered", "service.corrected")
        return found[-1] if found and found[-1].code == "penalty.delivered" else None

    def proposed(self) -> dict[str, Any]:
        """The kinds and the fine of the last 告知, as they were told."""
        step = self.penalty.steps.filter(event__code="penalty.told").order_by("-pk").first()
        return step.facts if step else {}

    def over(self, limit: str, since: str) -> bool:
        """Whether a limit that the last event of a kind began is over on the day."""
        found = [self.served()] if since == "penalty.delivered" else self.ever(since)[-1:]
        if not found or found[0] is None:
            return False
        rule = limits.of(self.penalty.bureau, limit, timezone.localdate(found[0].at))
        return limits.count(rule, found[0].at, workdays.Book.load()).is_past(self.at)


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
    return bool(file.ever("hearing.asked"))


def _review_due(file):
    """行政处罚法第58条: grave, or heard, or entangled."""
    return file.penalty.is_grave or bool(file.ever("hearing.held")) or hearing_due(file)


def _is_grave(file):
    return file.penalty.is_grave


def _fine_due(file):
    return _in_force(file) and "fine" in file.penalty.kinds and bool(file.penalty.fine)


def _is_spot(file):
    return file.penalty.way == "spot"


def _in_force(file):
    return not file.ever("penalty.revoked")


def _withdrawal_due(file):
    return bool(file.ever("penalty.revoked") and file.ever("penalty.published"))


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
    days = file.ever("hearing.set")
    return not days or timezone.localdate(days[-1].at) <= file.day


def _other_signer(file):
    return file.told.get("signer", "").strip() != str(file.penalty.proposed_by or "")


def _not_graver(file):
    told, now = file.proposed(), file.told
    if not now.get("kinds"):
        return True
    new = set(now["kinds"]) - set(told.get("kinds", ()))
    return not new and Decimal(now.get("fine") or 0) <= Decimal(told.get("fine") or 0)


def _pay_over(file):
    return file.over("pay_fine", "penalty.delivered")


def _urge_over(file):
    return file.over("urge", "penalty.urged")


def _remedy_over(file):
    """Nothing was asked for in time, or what was asked for has ended (行政强制法第53条)."""
    asked = file.ever("review.asked", "court.asked")
    if not asked:
        return file.over("litigate", "penalty.delivered")
    return any(each.pk > asked[-1].pk for each in file.by_then("remedy.ended"))


def _served(file):
    return file.served() is not None


def _not_served(file):
    return file.served() is None


def _after_last_told(file):
    told = file.ever("penalty.told")
    return not told or told[-1].at.replace(second=0, microsecond=0) <= file.at


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
    "after_last_told": _after_last_told,
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
    """One of what is wanted is there, after what it answers; or nothing was said until the limit was over."""
    lapse = gate.get("lapses", {})
    asked = file.ever(lapse.get("unless", gate.get("answers", "")))
    found = file.by_then(*gate["any"])
    if any(not asked or each.pk > asked[-1].pk for each in found):
        return True
    return bool(lapse) and not asked and file.over(lapse["limit"], lapse["from"])


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
    done = {each.code for each in File(penalty, now, {}).thread}
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
