"""年度计划 and its tasks: drafted by one, approved by another, read-only from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.models import ItemList, JournalEntry
from registries.services import journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from .. import numbers
from ..states import DEAD_DRAW, PlanState, TaskState
from . import fit, kinds, publishing, sheet, strata, tables
from .models import ListSignature, Plan, PlanDays, PlanLine, Task

if TYPE_CHECKING:
    from registries.models import Account, HandedIn


@transaction.atomic
def approve(plan: Plan, *, by: Account) -> Plan:
    """The head approves a drafted plan."""
    require(by, "inspections.approve_plan", plan.bureau)
    require_other(by, plan.drafted_by)
    _require_no_hand_in(plan, by)
    require_whole(plan)
    move(plan, PlanState.APPROVED, approved_by=by, approved_at=timezone.now(), sent_back="")
    messages.judged(plan, plan.handed_in_by or plan.drafted_by, True, by=by)
    journal.write("plan.approved", by=by, about=plan.about, facts={"year": plan.year})
    return plan


def require_whole(plan: Plan) -> None:
    """What a plan must have before it is handed in, or approved. Raises plan_empty, what the table lacks."""
    if not plan.lines.exists() and not plan.text.strip():
        raise DomainError("plan_empty", title=plan.title)
    tables.require_whole(plan)
    sheet.require_possible(plan)


def _require_no_hand_in(plan, by):
    # Who has read in or settled its table has drafted it too.
    drafting = JournalEntry.objects.filter(bureau=plan.bureau, about=plan.about, actor=by.journal_name)
    if drafting.filter(action__in=["plan.table_read", "plan.line_answered", "plan.line_removed"]).exists():
        raise DomainError("same_person")


@transaction.atomic
def publish(plan: Plan, *, by: Account) -> Plan:
    """Make an approved plan public."""
    require(by, "inspections.change_plan", plan.bureau)
    others = Plan.objects.filter(bureau=plan.bureau, year=plan.year, status=PlanState.PUBLISHED).exclude(
        pk=plan.replaces_id
    )
    if others.exists():
        raise DomainError("plan_year_taken", year=plan.year, title=others.first().title)
    move(plan, PlanState.PUBLISHED, published_at=timezone.now())
    if plan.replaces_id:
        move(plan.replaces, PlanState.REPLACED)
        journal.write("plan.replaced", by=by, about=plan.replaces.about, facts={"by": plan.pk})
    messages.settle(plan)
    journal.write("plan.published", by=by, about=plan.about, facts={"year": plan.year})
    publishing.log(plan)
    return plan


@transaction.atomic
def adjust(plan: Plan, reason: str, *, by: Account) -> Plan:
    """Draft an adjusted plan from a published one; approved and published the same way
    (150号). Returns the draft.

    The published one stands, and is shown, until the adjusted one takes its place.
    """
    require(by, "inspections.change_plan", plan.bureau)
    if plan.status != PlanState.PUBLISHED:
        raise DomainError("stale", what=plan.title, status=plan.get_status_display())
    if Plan.objects.filter(replaces=plan).exists():
        raise DomainError("plan_adjusting", title=plan.title)
    lines, days = list(plan.lines.all()), list(plan.days.all())
    draft = Plan.objects.create(
        bureau=plan.bureau,
        year=plan.year,
        title=plan.title,
        text=plan.text,
        staff=plan.staff,
        rounds=plan.rounds,
        random_share=plan.random_share,
        share_rule=plan.share_rule,
        specials=plan.specials,
        key_least=plan.key_least,
        replaces=plan,
        reason=reason,
        drafted_by=by,
    )
    for rows, model in ((lines, PlanLine), (days, PlanDays)):
        for row in rows:
            row.pk, row.plan = None, draft
        model.objects.bulk_create(rows)
    journal.write("plan.adjusted", by=by, about=draft.about, facts={"of": plan.pk})
    return draft


@transaction.atomic
def approve_task(task: Task, *, by: Account) -> Task:
    """The head approves a task of an approved plan; it takes its number. Returns the task."""
    require(by, "inspections.approve_task", task.bureau)
    require_other(by, task.drafted_by)
    require_ready(task)
    _require_specials_left(task)
    year = timezone.localdate().year
    # one that comes back keeps its number
    serial = None if task.number else numbers.take(task.bureau, "task", year)
    stamps = {"round": next_round(task)} if _is_random(task) else {}
    number = task.number or f"{task.bureau.short_name}应急抽查〔{year}〕{serial}号"
    move(
        task,
        TaskState.APPROVED,
        approved_by=by,
        approved_at=timezone.now(),
        number=number,
        sent_back="",
        **stamps,
    )
    # who approves sees in the preview what was done to the register, and signs it
    ListSignature.put(task, by)
    messages.judged(task, task.handed_in_by or task.drafted_by, True, by=by)
    journal.write(
        "task.approved",
        by=by,
        about=task.about,
        facts={"kind": task.kind, "strata": task.strata.count(), "named": task.named.count()},
    )
    return task


@transaction.atomic
def withdraw_task(task: Task, reason: str, *, by: Account) -> Task:
    """Take an approved task back to be corrected, while nothing of it is sealed or opened. It keeps its
    number, is approved again, and has used up no round. Returns the task."""
    require(by, "inspections.change_task", task.bureau)
    Task.objects.select_for_update(no_key=True).only("pk").get(pk=task.pk)
    if task.draws.exists():
        raise DomainError("task_is_sealed", task=task.title)
    if task.cases.exists():
        raise DomainError("already_opened", task=task.title)
    move(task, TaskState.DRAFTED, round=None, handed_in_at=None, handed_in_by=None, sent_back=reason)
    messages.settle(task)
    journal.write("task.withdrawn", by=by, about=task.about, facts={"task": task.pk, "reason": reason})
    return task


@transaction.atomic
def allow_above_cap(task: Task, reason: str, *, by: Account) -> Task:
    """The head allows an approved task to visit again whoever has had the year's inspections, for
    a reason that the supervisor sees. Also after a failed draw, whose task cannot be withdrawn
    any more. Returns the task."""
    require(by, "inspections.approve_task", task.bureau)
    require_other(by, task.drafted_by)
    task = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    if task.status != TaskState.APPROVED or task.draws.exclude(status__in=DEAD_DRAW).exists():
        raise DomainError("stale", what=task.title, status=task.get_status_display())
    task.cap_reason = reason
    task.save(update_fields=["cap_reason"])
    journal.write("task.above_cap", by=by, about=task.about, facts={"task": task.pk, "reason": reason})
    return task


@transaction.atomic
def withdraw_plan(plan: Plan, reason: str, *, by: Account) -> Plan:
    """Take an approved plan that is not public yet back to be corrected. Returns the plan."""
    require(by, "inspections.change_plan", plan.bureau)
    if plan.tasks.exclude(status=TaskState.DRAFTED).exists():
        raise DomainError("plan_has_tasks", plan=plan.title)
    if plan.status != PlanState.APPROVED:
        raise DomainError("stale", what=plan.title, status=plan.get_status_display())
    move(plan, PlanState.DRAFTED, handed_in_at=None, handed_in_by=None, sent_back=reason)
    messages.settle(plan)
    journal.write("plan.withdrawn", by=by, about=plan.about, facts={"reason": reason})
    return plan


@transaction.atomic
def drop(draft: HandedIn, *, by: Account) -> None:
    """Delete a draft that nobody ever approved: a plan or a task, with its rows. The
    journal keeps that it was."""
    noun = draft._meta.model_name
    require(by, f"inspections.change_{noun}", draft.bureau)
    draft = type(draft).objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)
    was_approved = draft.number if noun == "task" else draft.approved_at
    if draft.status != TaskState.DRAFTED or was_approved or draft.handed_in_at:
        raise DomainError("stale", what=draft.title, status=draft.get_status_display())
    about, title = draft.about, draft.title
    if noun == "task":
        draft.items.clear(), draft.sections.clear()
        for named in draft.named.all():
            named.inspectors.clear()
    elif draft.tasks.exists():
        raise DomainError("plan_has_tasks", plan=title)
    draft.delete()
    journal.write(f"{noun}.dropped", by=by, about=about, facts={"title": title})


def require_ready(task):
    """What a task must have before anybody approves or seals it. Raises what is missing."""
    kind = kinds.kind_of(task)
    _require_plan(task, kind)
    if kind.needs_papers and not (task.approval_number and task.filing_number):
        raise DomainError("papers_missing", kind=kind.title)
    if task.is_urgent and not kind.may_be_urgent:
        raise DomainError("kind_not_urgent", kind=kind.title)
    if kinds.is_drawn(task, kind):
        if not task.strata.exists():
            raise DomainError("task_without_strata")
        if kind.draw == "required" and task.named.exists():
            raise DomainError("named_in_random", kind=kind.title)
        if kind.draw == "allowed" and not task.named.exists() and not task.includes_key:
            raise DomainError("task_without_named", kind=kind.title)
        titles = [each.title for each in task.strata.select_related("category")]
        if twice := next(
            (each for each in titles if titles.count(each) > 1 or each.endswith(f"·{strata.REST}")), None
        ):
            raise DomainError("stratum_title_taken", title=twice)
        _require_named_in_strata(task)
    elif not task.named.exists():
        raise DomainError("task_without_named", kind=kind.title)
    if not task.items.exists():
        raise DomainError("task_without_items")
    if task.core > task.team:
        raise DomainError("core_above_team", core=task.core, team=task.team)
    if not ItemList.objects.effective(task.window_from).filter(pk=task.item_list_id).exists():
        raise DomainError("items_not_effective", title=task.item_list.title, day=task.window_from)
    if task.items.exclude(item_list=task.item_list_id).exists():
        raise DomainError("items_of_other_list", title=task.item_list.title)
    if not task.draws.exists():  # a draw that follows another asks what that one asked
        fit.require(task)


def random_tasks(bureau, year):
    """The approved tasks of a year, under whatever plan, whose enterprises are drawn at random."""
    tasks = Task.objects.filter(bureau=bureau, plan__year=year, status=TaskState.APPROVED, undrawn_reason="")
    return tasks.filter(kind__in=kinds.random(bureau), named=None)


def take_round(task):
    """The round that a task is sealed as; written on it. None where its
    enterprises are not drawn at random."""
    if not _is_random(task) or task.draws.exists():
        return task.round
    Task.objects.filter(pk=task.pk).update(round=next_round(task))
    task.refresh_from_db(fields=["round"])
    return task.round


def _is_random(task):
    return task.plan is not None and task.kind in kinds.random(task.bureau) and kinds.is_drawn(task)


def _require_named_in_strata(task):
    # Whom the pool would leave out without a word is asked about first; a draw that
    # follows another takes over all.
    if task.draws.exists():
        return
    stratum_of = strata.chooser(task)
    for named in task.named.select_related("subject"):
        subject = named.subject
        if subject.left_on or subject.is_secret or stratum_of(subject) is None:
            raise DomainError("named_outside", subject=subject.name)


def _require_specials_left(task):
    # 54号: their number a year is controlled; who needs more has the plan adjusted,
    # approved and published first.
    most = task.plan.specials if task.plan else None
    if most is not None and kinds.kind_of(task).needs_papers:
        done = kinds.specials_of(task.bureau, task.plan.year).exclude(pk=task.pk).count()
        if done >= most:
            raise DomainError("specials_used_up", most=most, plan=task.plan.title)


def _require_plan(task, kind):
    if task.plan is None:
        if kind.is_planned:
            raise DomainError("kind_needs_plan", kind=kind.title)
        return
    if (
        task.plan.status == PlanState.DRAFTED
        or task.plan.replaces_id
        and task.plan.status == PlanState.APPROVED
    ):
        raise DomainError("plan_not_approved", plan=task.plan.title)
    # A draw that follows a failed one belongs to the plan its task was approved under.
    if task.plan.status == PlanState.REPLACED and task.status == TaskState.DRAFTED:
        raise DomainError("plan_replaced", plan=task.plan.title)


def next_round(task):
    """The round of the year that a random task is: once more than any of its classes has
    been sealed for this section.

    Asked again at the sealing: without it, who dislikes a draw would have another task approved, and draw
    again. A task that was never sealed uses up none.
    """
    earlier = random_tasks(task.bureau, task.plan.year).exclude(draws=None).exclude(pk=task.pk)
    if task.section_id:
        earlier = earlier.filter(Q(section=task.section) | Q(section=None))
    earlier = list(earlier.distinct().prefetch_related("strata"))
    drawn = [list(each.strata.all()) for each in earlier]
    used = max((strata.most_drawn(mine, drawn) for mine in task.strata.all()), default=0)
    if used >= task.plan.rounds:
        raise DomainError("rounds_used_up", rounds=task.plan.rounds, plan=task.plan.title)
    return used + 1
