"""立项: cases opened from a draw, or for named enterprises; each with its team and its
checklist as it reads today."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import bulk, presence, tree
from registries.errors import DomainError
from registries.models import Inspector, Subject
from registries.services import caps, journal, relations
from registries.services.access import require
from registries.services.jurisdiction import Jurisdiction

from ..engine.files import read_commitment
from ..engine.teams import leader_of
from ..plan import kinds, plans
from ..plan.models import Task
from ..states import TaskState
from . import yearly
from .models import Assignment, Case, new_token

if TYPE_CHECKING:
    from registries.models import Account


def open_all(draw, drawn):
    """One case a task of what the engine has Drawn, with its team and the checklist as it reads today."""
    order, teams = drawn.result["order"], drawn.result["teams"]
    subjects = {
        ref: (pk, category)
        for ref, pk, category in Subject.objects.filter(bureau=draw.bureau, ref__in=order).values_list(
            "ref", "pk", "category_id"
        )
    }
    people = dict(Inspector.objects.filter(bureau=draw.bureau).values_list("ref", "pk"))
    items = list(draw.task.items.prefetch_related("lines", "categories"))
    # As text, once a class: a checklist is the same for a thousand cases.
    sealed = sealed_classes(draw, drawn.commitment)
    subjects = {ref: (pk, sealed.get(ref, category)) for ref, (pk, category) in subjects.items()}
    checklists = {
        category: json.dumps(checklist_of(items, category), ensure_ascii=False)
        for category in {category for _, category in subjects.values()}
    }
    fixed = {
        "mode": draw.task.mode,
        "bureau_id": draw.bureau_id,
        "draw_id": draw.pk,
        "task_id": draw.task_id,
        "item_list_id": draw.task.item_list_id,
    }
    opened = bulk.create(
        Case,
        (
            fixed
            | {
                "token": new_token(),
                "subject_id": subjects[ref][0],
                "checklist": checklists[subjects[ref][1]],
            }
            for ref in order
        ),
    )
    bulk.create(
        Assignment,
        (
            {"case_id": case, "inspector_id": people[each], "seat": seat, "leads": each == leader}
            for ref, case in zip(order, opened, strict=True)
            for leader in [leader_of(drawn.commitment, ref, teams[ref])]
            for seat, each in enumerate(teams[ref], 1)
        ),
    )


def open_one(draw, subject, team, leader_ref, items):
    """A case of a draw for one enterprise and its team of Inspectors. Returns the Case."""
    case = Case.objects.create(
        bureau=draw.bureau,
        draw=draw,
        task=draw.task,
        subject=subject,
        item_list=draw.task.item_list,
        mode=draw.task.mode,
        checklist=checklist_of(items, sealed_classes(draw).get(subject.ref, subject.category_id)),
    )
    Assignment.objects.bulk_create(
        Assignment(case=case, inspector=each, seat=seat, leads=each.ref == leader_ref)
        for seat, each in enumerate(team, 1)
    )
    return case


def sealed_classes(draw, commitment=None):
    """{ref: key of the class it was sealed in}: what is asked of an enterprise is what its stratum was drawn
    for, whatever class somebody has put it in since."""
    commitment = commitment or read_commitment(draw.commit_json.encode())
    keys = {each.title: each.category_id for each in draw.task.strata.select_related("category")}
    return {ref: keys[row.stratum] for ref, row in commitment.pool.items() if row.stratum in keys}


def checklist_of(items, category_id):
    """The items that apply to a class of enterprises, with their texts, as plain data."""
    found = []
    for item in items:
        classes = {each.pk for each in item.categories.all()}
        if classes and category_id not in classes:
            continue
        found.append(
            {
                "code": item.code,
                "name": item.name,
                "basis": item.basis,
                "content": item.content,
                "lines": [
                    {
                        "key": f"{item.code}.{line.number}",
                        "heading": line.heading,
                        "requirement": line.requirement,
                        "violation": line.violation,
                        "basis": line.basis,
                        "measure": line.measure,
                        "penalty_basis": line.penalty_basis,
                        "how": line.how,
                        "is_mandatory": line.is_mandatory,
                        "is_major": line.is_major,
                    }
                    for line in item.lines.all()
                ],
            }
        )
    return found


def wording_of(line):
    """What a violated line of a checklist is called as a problem, so that what was seen may follow it:
    without the stop that the checklist ends in. The phone says the same (static/js/field-content.js,
    worded)."""
    return (line["violation"] or f"不符合：{line['requirement']}").rstrip("。；;，, ")


def lines_of(case):
    """All lines of the case's checklist, in order."""
    return [line for item in case.checklist for line in item["lines"]]


@transaction.atomic
def open_named(task: Task, *, by: Account) -> list[Case]:
    """Open the cases of a task that is not drawn: its named enterprises, each with the
    people sent. Returns them.

    Recusal, certificates, leave and the least number of people hold as for a draw.
    """
    require(by, "inspections.change_task", task.bureau)
    Task.objects.select_for_update(no_key=True).only("pk").get(pk=task.pk)
    plans.require_ready(task)
    if kinds.is_drawn(task):
        raise DomainError("task_is_drawn", task=task.title)
    if task.status != TaskState.APPROVED and not task.is_urgent:
        raise DomainError("task_not_approved", task=task.title)
    if task.cases.exists():
        raise DomainError("already_opened", task=task.title)
    items = list(task.items.prefetch_related("lines", "categories"))
    recused = set(relations.pairs(task.bureau, task.window_from, task.window_to))
    found = []
    for named in task.named.select_related("subject__category").prefetch_related("inspectors"):
        _require_open(task, named.subject)
        team = _require_team(task, named, recused)
        case = Case.objects.create(
            bureau=task.bureau,
            task=task,
            subject=named.subject,
            item_list=task.item_list,
            mode=task.mode,
            checklist=checklist_of(items, named.subject.category_id),
        )
        leader = next((each for each in team if each.may_lead), team[0])
        Assignment.objects.bulk_create(
            Assignment(case=case, inspector=each, seat=seat, leads=each == leader)
            for seat, each in enumerate(team, 1)
        )
        journal.write(
            "case.opened",
            by=by,
            about=case.about,
            facts={"task": task.pk, "kind": task.kind, "team": len(team)},
        )
        found.append(case)
    return found


def _require_open(task, subject):
    """An enterprise that works, is ours, and, for kinds that count, has not had its year's inspections."""
    if not Jurisdiction(task.bureau).is_ours(subject):
        raise DomainError("subject_not_ours", subject=subject.name)
    said = (subject.production, subject.registration_status, subject.level)
    if presence.of_enterprise(*said, task.bureau.level) != "E":
        raise DomainError("named_closed", subject=subject.name)
    if upper := tree.claimed(task.bureau).get(subject.credit_code):
        raise DomainError("named_other_level", subject=subject.name, upper=upper)
    asks = kinds.kind_of(task).counts and not task.cap_reason
    cap = caps.cap_of(subject, caps.rules_of(task.bureau)) if asks else None
    if cap is not None:
        done = sum(
            each.counts and each.subject == subject.pk
            for each in yearly.of(task.bureau, timezone.localdate().year)
        )
        done += yearly.others(task.bureau, timezone.localdate().year)[subject.pk]
        if done >= cap:
            raise DomainError("named_cap", subject=subject.name, cap=cap)


def _require_team(task, named, recused):
    team = list(named.inspectors.order_by("ref"))
    if len(team) < task.team:
        raise DomainError("named_team_short", subject=named.subject.name, team=task.team, given=len(team))
    for person in team:
        _require_may_go(task, named.subject, person, recused)
    return team


def require_fit(task, subject, person, seats):
    """Raises unless a person may be sent where no draw is made: not recused,
    present, not in the team already."""
    if seats.filter(inspector=person).exists():
        raise DomainError("named_twice", person=person.name)
    _require_may_go(
        task, subject, person, set(relations.pairs(task.bureau, task.window_from, task.window_to))
    )


def _require_may_go(task, subject, person, recused):
    if (subject.ref, person.ref) in recused:
        raise DomainError("named_recused", subject=subject.name, person=person.name)
    if presence.of(person, max(task.window_from, timezone.localdate()), task.window_to) != "E":
        raise DomainError("named_absent", person=person.name, why=presence.say(person, timezone.localdate()))
