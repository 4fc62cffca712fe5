"""检查: opened from a draw, started and ended by its team; every line answered, the record written."""

import hashlib
import json

from django.db import transaction
from django.utils import timezone

from registries import bulk, limits, presence
from registries.errors import DomainError
from registries.models import Inspector, Subject
from registries.services import caps, journal, relations
from registries.services.access import require

from ..engine.teams import leader_of
from ..models import Answer, Assignment, Case, Task, Visit
from ..models.case import new_token
from . import events, findings, kinds, notices, plans, readiness, yearly
from .transitions import move

NOTED = ["record", "met", "signed", "unsigned_reason", "witness", "recorder_number"]
MORE = ["site", "met_title", "met_phone", "experts", "video_name"]


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
    checklists = {
        category: json.dumps(checklist_of(items, category), ensure_ascii=False)
        for category in {category for _, category in subjects.values()}
    }
    fixed = {
        "mode": draw.task.mode, "bureau_id": draw.bureau_id, "draw_id": draw.pk, "task_id": draw.task_id,
        "item_list_id": draw.task.item_list_id,
    }  # fmt: skip
    opened = bulk.create(
        Case,
        (
            fixed | {"token": new_token(), "subject_id": subjects[ref][0], "checklist": checklists[subjects[ref][1]]}
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
        bureau=draw.bureau, draw=draw, task=draw.task, subject=subject, item_list=draw.task.item_list, mode=draw.task.mode,
        checklist=checklist_of(items, subject.category_id),
    )  # fmt: skip
    Assignment.objects.bulk_create(
        Assignment(case=case, inspector=each, seat=seat, leads=each.ref == leader_ref)
        for seat, each in enumerate(team, 1)
    )
    return case


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
            }  # fmt: skip
        )
    return found


def lines_of(case):
    """All lines of the case's checklist, in order."""
    return [line for item in case.checklist for line in item["lines"]]


@transaction.atomic
def open_named(task, *, by):
    """Open the cases of a task that is not drawn: its named enterprises, each with the people sent. Returns them.

    Recusal, certificates, leave and the least number of people hold as for a draw.
    """
    require(by, "inspections.change_task", task.bureau)
    Task.objects.select_for_update(no_key=True).only("pk").get(pk=task.pk)
    plans.require_ready(task)
    if kinds.is_drawn(task):
        raise DomainError("task_is_drawn", task=task.title)
    if task.status != "approved" and not task.is_urgent:
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
            bureau=task.bureau, task=task, subject=named.subject, item_list=task.item_list, mode=task.mode,
            checklist=checklist_of(items, named.subject.category_id),
        )  # fmt: skip
        leader = next((each for each in team if each.may_lead), team[0])
        Assignment.objects.bulk_create(
            Assignment(case=case, inspector=each, seat=seat, leads=each == leader) for seat, each in enumerate(team, 1)
        )
        journal.write(
            "case.opened", by=by, about=f"case {case.pk}",
            facts={"task": task.pk, "kind": task.kind, "team": len(team)},
        )  # fmt: skip
        found.append(case)
    return found


def _require_open(task, subject):
    """An enterprise that works, is ours, and, for kinds that count, has not had its year's inspections."""
    if presence.of_enterprise(subject.production, subject.registration_status, subject.level) != "E":
        raise DomainError("named_closed", subject=subject.name)
    cap = caps.cap_of(subject, caps.rules_of(task.bureau)) if kinds.kind_of(task).counts else None
    if cap is not None:
        done = sum(
            each.counts and each.subject == subject.pk for each in yearly.of(task.bureau, timezone.localdate().year)
        )
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
    """Raises unless a person may be sent where no draw is made: not recused, present, not in the team already."""
    if seats.filter(inspector=person).exists():
        raise DomainError("named_twice", person=person.name)
    _require_may_go(task, subject, person, set(relations.pairs(task.bureau, task.window_from, task.window_to)))


def _require_may_go(task, subject, person, recused):
    if (subject.ref, person.ref) in recused:
        raise DomainError("named_recused", subject=subject.name, person=person.name)
    if presence.of(person, max(task.window_from, timezone.localdate()), task.window_to) != "E":
        raise DomainError("named_absent", person=person.name, why=presence.say(person, timezone.localdate()))


@transaction.atomic
def start(case, *, by, at=None, way="desk", late_reason=""):
    """The team begins, now or, as a phone or a sheet of paper says, at a moment gone by. Each case has its notice by now.

    An on-site case gets its visit; a written or network one has none.
    """
    require_member(case, by)
    together = readiness.require_may_start(case)
    began = at or timezone.now()
    for each in together:
        notices.require_signed(each, by=by)
        move(each, "started")
        events.record(each, "visit.started", by=by, at=began)
        if case.bureau.needs_entry_code and case.mode == "onsite" and not each.entry_code:
            events.record(each, "entry.uncoded", by=by, at=began)
    if case.mode == "onsite":
        made = Visit.objects.create(bureau=case.bureau, started_at=began, way=way, late_reason=late_reason)
        made.cases.add(*together)
    for each in together:
        journal.write("case.started", by=by, about=f"case {each.pk}", facts={"way": way})
    case.refresh_from_db(fields=["status"])
    return case


@transaction.atomic
def enter_code(case, *, by, entry_code="", filed=""):
    """执法码 of the platform, or how its absence was filed; either stops that clock."""
    require_member(case, by)
    if not entry_code.strip() and not filed.strip():
        raise DomainError("code_missing")
    if entry_code.strip():
        Case.objects.filter(pk=case.pk).update(entry_code=entry_code.strip())
        journal.write("case.coded", by=by, about=f"case {case.pk}", facts={"code": entry_code.strip()})
    if case.events.filter(code="entry.uncoded").exists():
        events.record(case, "entry.filed", by=by, note=filed.strip() or entry_code.strip())
        journal.write("case.code_filed", by=by, about=f"case {case.pk}", facts={"note": filed.strip()[:200]})
    case.refresh_from_db(fields=["entry_code"])
    return case


@transaction.atomic
def give_up(case, reason, *, by):
    """The head says that a case cannot be carried out: too few of its team may go. It stays on record, and is flagged."""
    require(by, "inspections.approve_change", case.bureau)
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if not reason.strip() or readiness.able(case).count() >= 2:
        raise DomainError("not_to_give_up", subject=case.subject.name)
    move(case, "not_done")
    journal.write("case.given_up", by=by, about=f"case {case.pk}", facts={"reason": reason.strip()[:200]})
    return case


@transaction.atomic
def answer(case, answers, *, by):
    """{line key: (value, note)} in; saved as given. Incomplete is fine here, end() asks for all of it."""
    inspector = require_member(case, by)
    require_status(case, "started")
    known = {line["key"] for line in lines_of(case)}
    for key, (value, note) in answers.items():
        if key in known and value in dict(Answer.VALUES):
            Answer.objects.update_or_create(
                case=case, line=key, defaults={"value": value, "note": note.strip()[:500], "by": inspector}
            )
    findings.collect(case, inspector)
    journal.write("case.answered", by=by, about=f"case {case.pk}", facts={"lines": len(answers)})
    return case


@transaction.atomic
def note(case, *, by, **fields):
    """Keep the record of the visit as far as it is written; nothing is checked yet."""
    require_member(case, by)
    require_status(case, "started")
    readiness.require_lead(case)
    kept = {name: fields[name] for name in [*NOTED, *MORE] if name in fields}
    if case.mode == "onsite":
        case.visits.filter(ended_at=None).update(**kept)
    elif "record" in kept:
        Case.objects.filter(pk=case.pk).update(written_record=kept["record"])
    return case


@transaction.atomic
def end(
    case, *, by, record, at=None, met="", signed="signed", unsigned_reason="", witness="", recorder_number="", **more
):
    """The visit is over: every line answered or reasoned, every finding whole, the record written.

    The report's clock starts. `at`: when it was, where a phone or a sheet of paper says so; `more`: the fields of MORE.
    """
    inspector = require_member(case, by)
    require_status(case, "started")
    together = readiness.require_may_end(case)
    now = at or timezone.now()
    for each in together:
        _require_answers(each)
        findings.collect(each, each.team().first().inspector)  # also for what was answered before there were findings
        findings.require_complete(each, timezone.localdate(now))
    if not record.strip():
        raise DomainError("record_missing")
    if signed != "signed" and not unsigned_reason.strip():
        raise DomainError("sign_reason_missing")
    case.visits.filter(ended_at=None).update(
        ended_at=now, record=record, met=met, signed=signed, unsigned_reason=unsigned_reason, witness=witness,
        recorder_number=recorder_number, **{name: more[name] for name in MORE if name in more},
    )  # fmt: skip
    due = limits.due(case.bureau, "report", timezone.localdate(now))
    without_visit = {} if case.mode == "onsite" else {"written_record": record}
    for each in together:
        move(each, "ended", ended_at=now, report_due_on=due, ended_by=inspector, **without_visit)
        findings.settle(each, by=by)
        events.record(each, "visit.ended", by=by, at=now)
        journal.write(
            "case.ended", by=by, about=f"case {each.pk}",
            facts={
                "report_due": due.isoformat(), "signed": signed, "digest": filed_digest(each),
                "findings": findings_digest(each),
            },
        )  # fmt: skip
    case.refresh_from_db()
    return case


def filed_digest(case):
    """What the team has filed, as one SHA-256: every answer, and the record of the visit."""
    answers = [
        [each.line, each.value, each.note, each.by_id] for each in case.answers.order_by("line").select_related(None)
    ]
    visits = [[visit.pk, *(getattr(visit, name) for name in NOTED)] for visit in case.visits.order_by("pk")]
    written = Case.objects.values_list("written_record", flat=True).get(pk=case.pk)
    text = json.dumps([answers, visits, written], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def findings_digest(case):
    """What was found, and what else stands in the record of the visit, as one SHA-256."""
    visits = [[str(getattr(visit, name)) for name in MORE] for visit in case.visits.order_by("pk")]
    text = json.dumps([findings.as_filed(case), visits], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def name_leader(case, inspector, reason, *, by):
    """The head names another leader, of the drawn team only (乌审旗四（三）), with a reason."""
    require(by, "inspections.approve_change", case.bureau)
    if case.status not in ("opened", "started"):
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    if not case.assignments.filter(inspector=inspector, until=None).exists():
        raise DomainError("leader_not_in_team")
    Case.objects.filter(pk=case.pk).update(named_leader=inspector)
    case.assignments.filter(until=None).update(leads=False)
    case.assignments.filter(until=None, inspector=inspector).update(leads=True)
    journal.write(
        "case.leader_named", by=by, about=f"case {case.pk}", facts={"inspector": inspector.ref, "reason": reason[:200]}
    )
    return case


def require_member(case, by):
    """The Inspector of `by` in the case's team; raises not_your_case."""
    require(by, "inspections.work_case", case.bureau)
    seat = case.assignments.filter(inspector__account=by, until=None).select_related("inspector").first()
    if seat is None:
        raise DomainError("not_your_case")
    readiness.require_able(case, seat)
    return seat.inspector


def require_outside(case, by):
    """Raises same_person for anybody of the team, past or present: nobody judges what they have inspected."""
    if case.assignments.filter(inspector__account=by).exists():
        raise DomainError("same_person")


def require_status(case, status):
    """Raises stale unless the case is in that state; until the transaction ends it stays there."""
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    case.refresh_from_db(fields=["status"])
    if case.status != status:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())


def _require_answers(case):
    given = {each.line: each for each in case.answers.all()}
    lines = lines_of(case)
    missing = [line for line in lines if line["key"] not in given]
    if missing:
        raise DomainError("lines_unanswered", count=len(missing), example=missing[0]["requirement"][:30])
    for line in lines:
        found = given[line["key"]]
        if found.value in ("fail", "skip") and not found.note:
            raise DomainError("reason_missing", line=line["requirement"][:40], value=found.get_value_display())
