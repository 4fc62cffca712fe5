"""强制措施和证据保存: taken on the spot or in a file, each thing by itself: extended once by the head,
ended in time."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import limits
from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from ..case import events, readiness
from ..states import FOLLOWED_CASE, CaseState, RestraintState
from ..visit import outcome
from .models import Restraint

if TYPE_CHECKING:
    from registries.models import Account

    from ..case.models import Case

# kind: (what begins it, what ends it)
EVENTS = {
    "evidence": ("evidence.kept", "evidence.decided"),
    "seizure": ("seizure.made", "seizure.lifted"),
    "coercion": ("coercion.taken", "coercion.reported"),
    "power": ("power.stops", "power.told"),
}


@transaction.atomic
def take(
    case: Case,
    kind: str,
    what: str,
    *,
    by: Account,
    at: datetime | None = None,
    number: str = "",
    said: str = "",
) -> Restraint:
    """One thing is kept, seized, stopped or cut off; its clock begins. Returns the Restraint."""
    readiness.require_hand(case, by)
    if case.status not in (CaseState.STARTED, *FOLLOWED_CASE):
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    if kind not in EVENTS or not what.strip():
        raise DomainError("restraint_incomplete")
    readiness.require_since_visit(case, at or timezone.now(), dict(Restraint.KINDS)[kind])
    readiness.hold(case)
    made = Restraint.objects.create(
        bureau=case.bureau,
        case=case,
        kind=kind,
        what=what.strip()[:200],
        number=number.strip()[:60],
        taken_by=by,
    )
    begun = events.record(case, EVENTS[kind][0], by=by, at=at, thread=made.thread, note=said or made.what)
    messages.hand_on(made, by=by)
    _journal(made, begun.code, by)
    outcome.settle(case, by=by)
    return made


@transaction.atomic
def end(restraint: Restraint, said: str, *, by: Account, at: datetime | None = None) -> Restraint:
    """What became of it: decided on, lifted and given back, reported, told. Its own clock ends, no other."""
    readiness.require_hand(restraint.case, by)
    if not said.strip():
        raise DomainError("reason_needed")
    code = EVENTS[restraint.kind][1]
    readiness.hold(restraint.case)
    events.record(restraint.case, code, by=by, at=at, thread=restraint.thread, note=said)
    move(restraint, RestraintState.ENDED)
    messages.settle(restraint)
    _journal(restraint, code, by)
    outcome.settle(restraint.case, by=by)
    return restraint


@transaction.atomic
def ask_extension(restraint: Restraint, reason: str, *, by: Account) -> Restraint:
    """The team asks for more time for a seizure, before it is over (行政强制法第25条: once)."""
    readiness.require_hand(restraint.case, by)
    if not reason.strip():
        raise DomainError("reason_needed")
    if restraint.kind != "seizure" or was_extended(restraint):
        raise DomainError("restraint_no_more", what=str(restraint))
    if timezone.localdate() > first_end(restraint):
        raise DomainError("restraint_over", day=first_end(restraint))
    move(restraint, RestraintState.ASKED, asked_by=by, ask_note=reason.strip()[:300])
    messages.hand_on(restraint, by=by)
    _journal(restraint, "seizure.extension_asked", by)
    return restraint


@transaction.atomic
def judge_extension(restraint: Restraint, agrees: bool, note: str = "", *, by: Account) -> Restraint:
    """The head gives the second period, from the end of the first, or not."""
    require(by, "inspections.approve_change", restraint.bureau)
    require_other(by, restraint.asked_by)
    if not agrees and not note.strip():
        raise DomainError("reason_needed")
    move(restraint, RestraintState.HELD)
    if agrees:
        noon = timezone.make_aware(datetime.combine(first_end(restraint), time(12)))
        note = note.strip() or restraint.ask_note
        events.record(restraint.case, "seizure.extended", by=by, at=noon, thread=restraint.thread, note=note)
    messages.judged(restraint, restraint.asked_by, agrees, note, by=by)
    _journal(restraint, "seizure.extended" if agrees else "seizure.extension_refused", by)
    return restraint


def was_extended(restraint):
    """Whether it has had its second period."""
    return restraint.case.events.filter(thread=restraint.thread, code="seizure.extended").exists()


def first_end(restraint):
    """The last day of the first period of a seizure."""
    made = restraint.case.events.filter(thread=restraint.thread, code="seizure.made").order_by("pk").first()
    return limits.due(restraint.bureau, "seizure", timezone.localdate(made.at))


def _journal(restraint, code, by):
    journal.write(
        "restraint.noted", by=by, about=restraint.case.about, facts={"restraint": restraint.pk, "code": code}
    )
