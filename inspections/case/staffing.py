"""派员: who is of a case's team, and what the head says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from ..states import FOLLOWED_CASE, OPEN_CASE, CaseState
from . import readiness
from .models import Case, Delegate

if TYPE_CHECKING:
    from datetime import date

    from registries.models import Account, Inspector


@transaction.atomic
def give_up(case: Case, reason: str, *, by: Account) -> Case:
    """The head says that a case cannot be carried out: too few of its team may go. It stays
    on record, and is flagged."""
    require(by, "inspections.approve_change", case.bureau)
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if not reason.strip() or readiness.able(case).count() >= 2:
        raise DomainError("not_to_give_up", subject=case.subject.name)
    move(case, CaseState.NOT_DONE)
    team = [seat.inspector.account for seat in case.team().select_related("inspector__account")]
    messages.tell(team, "judged", case, f"“{case}”登记为未实施，不必再去检查", by=by)
    journal.write("case.given_up", by=by, about=case.about, facts={"reason": reason.strip()[:200]})
    return case


@transaction.atomic
def plan_day(case: Case, day: date | None, *, by: Account) -> Case:
    """The day on which the team means to go, or none; for its own list, nothing hangs on it. Raises plan_day
    where it lies outside the days of the task."""
    require_member(case, by)
    if case.status not in OPEN_CASE:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    if day and not case.task.window_from <= day <= case.task.window_to:
        raise DomainError("plan_day", since=case.task.window_from, until=case.task.window_to)
    Case.objects.filter(pk=case.pk).update(planned_on=day)
    case.planned_on = day
    journal.write("case.planned", by=by, about=case.about, facts={"day": day.isoformat() if day else ""})
    return case


@transaction.atomic
def name_leader(case: Case, inspector: Inspector, reason: str, *, by: Account) -> Case:
    """The head names another leader, of the drawn team only (乌审旗四（三）), with a reason."""
    require(by, "inspections.approve_change", case.bureau)
    if case.status not in OPEN_CASE:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    if not case.assignments.filter(inspector=inspector, until=None).exists():
        raise DomainError("leader_not_in_team")
    Case.objects.filter(pk=case.pk).update(named_leader=inspector)
    case.assignments.filter(until=None).update(leads=False)
    case.assignments.filter(until=None, inspector=inspector).update(leads=True)
    journal.write(
        "case.leader_named",
        by=by,
        about=case.about,
        facts={"inspector": inspector.ref, "reason": reason[:200]},
    )
    return case


@transaction.atomic
def name_people(case: Case, people: list[Inspector], reason: str, *, by: Account) -> list[Delegate]:
    """The head names two fit people, with a reason, where no code can bring in others: for a case that no
    draw has made, and for what follows a visit (a second look, a penalty file). The team as it was drawn, and
    changes.json, stay as they are; the supervisor is told. Returns the Delegates."""
    require(by, "inspections.approve_change", case.bureau)
    case = (
        Case.objects.select_for_update(no_key=True, of=["self"])
        .select_related("bureau", "subject")
        .get(pk=case.pk)
    )
    if not (case.status in FOLLOWED_CASE or case.draw_id is None and case.status in OPEN_CASE):
        raise DomainError("people_by_code", subject=case.subject.name)
    if not reason.strip():
        raise DomainError("reason_needed")
    if len(set(people)) != 2 or set(people) & set(readiness.on(case)):
        raise DomainError("people_two")
    made = [
        Delegate.objects.create(case=case, inspector=each, reason=reason.strip()[:200], named_by=by)
        for each in people
    ]
    out = {each: why for each, why in readiness.unfit(case).items() if each in people}
    if out:
        raise DomainError("people_unfit", people="、".join(f"{each.name}{why}" for each, why in out.items()))
    said = f"“{case}”由负责人指定{'、'.join(each.name for each in people)}办理"
    watching = messages.holders(case.bureau_id, "inspections.open_code")
    messages.tell([*(each.account for each in people), *watching], "drawn", case, said, by=by)
    journal.write(
        "case.people_named",
        by=by,
        about=case.about,
        facts={"people": [each.ref for each in people], "reason": reason.strip()[:200]},
    )
    return made


def require_member(case, by):
    """The Inspector of `by` in the case's team; raises not_your_case."""
    require(by, "inspections.work_case", case.bureau)
    seat = readiness.seat_of(case, by)
    if seat is None:
        raise DomainError("not_your_case")
    readiness.require_able(case, seat)
    return seat.inspector


def require_judge(asked, agrees, note, *, by):
    """Whether this account may judge what a team has asked for (a Penalty, a Transfer): it has the right, did
    not ask, and was never of the team, for nobody judges what they have inspected; a refusal says why.

    Raises not_allowed, same_person, reason_needed.
    """
    require(by, "inspections.approve_change", asked.bureau)
    require_other(by, asked.proposed_by)
    if readiness.was_on(asked.case, by):
        raise DomainError("same_person")
    if not agrees and not note.strip():
        raise DomainError("reason_needed")


def require_status(case, status):
    """Raises stale unless the case is in that state; until the transaction ends it stays there."""
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    case.refresh_from_db(fields=["status"])
    if case.status != status:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
