"""年度计划 and its tasks: drafted by one, approved by another, read-only from then on."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.models import ItemList
from registries.services import journal
from registries.services.access import require, require_other

from ..models import Plan, PlanDays, PlanLine, Task
from . import kinds, numbers
from .transitions import move


@transaction.atomic
def approve(plan, *, by):
    """The head approves a drafted plan."""
    require(by, "inspections.approve_plan", plan.bureau)
    require_other(by, plan.drafted_by)
    asked = [line.number for line in plan.lines.all() if line.asks]
    if asked:
        raise DomainError("plan_lines_asked", numbers="、".join(map(str, asked[:10])), count=len(asked))
    move(plan, "approved", approved_by=by, approved_at=timezone.now())
    journal.write("plan.approved", by=by, about=f"plan {plan.pk}", facts={"year": plan.year})
    return plan


@transaction.atomic
def publish(plan, *, by):
    """Make an approved plan public."""
    require(by, "inspections.change_plan", plan.bureau)
    move(plan, "published", published_at=timezone.now())
    if plan.replaces_id:
        move(plan.replaces, "replaced")
        journal.write("plan.replaced", by=by, about=f"plan {plan.replaces_id}", facts={"by": plan.pk})
    journal.write("plan.published", by=by, about=f"plan {plan.pk}", facts={"year": plan.year})
    return plan


@transaction.atomic
def adjust(plan, reason, *, by):
    """Draft an adjusted plan from a published one; approved and published the same way (150号). Returns the draft.

    The published one stands, and is shown, until the adjusted one takes its place.
    """
    require(by, "inspections.change_plan", plan.bureau)
    if plan.status != "published":
        raise DomainError("stale", what=plan.title, status=plan.get_status_display())
    if Plan.objects.filter(replaces=plan).exists():
        raise DomainError("plan_adjusting", title=plan.title)
    lines, days = list(plan.lines.all()), list(plan.days.all())
    draft = Plan.objects.create(
        bureau=plan.bureau, year=plan.year, title=plan.title, text=plan.text, staff=plan.staff, rounds=plan.rounds,
        random_share=plan.random_share, replaces=plan, reason=reason, drafted_by=by,
    )  # fmt: skip
    for rows, model in ((lines, PlanLine), (days, PlanDays)):
        for row in rows:
            row.pk, row.plan = None, draft
        model.objects.bulk_create(rows)
    journal.write("plan.adjusted", by=by, about=f"plan {draft.pk}", facts={"of": plan.pk})
    return draft


@transaction.atomic
def approve_task(task, *, by):
    """The head approves a task of an approved plan; it takes its number. Returns the task."""
    require(by, "inspections.approve_task", task.bureau)
    require_other(by, task.drafted_by)
    require_ready(task)
    stamps = {"round": _next_round(task)} if task.kind == kinds.RANDOM else {}
    year = timezone.localdate().year
    serial = numbers.take(task.bureau, "task", year)
    number = f"{task.bureau.short_name}应急抽查〔{year}〕{serial}号"
    move(task, "approved", approved_by=by, approved_at=timezone.now(), number=number, **stamps)
    journal.write(
        "task.approved", by=by, about=f"task {number}",
        facts={"kind": task.kind, "strata": task.strata.count(), "named": task.named.count()},
    )  # fmt: skip
    return task


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


def living_tasks(plan, kind=kinds.RANDOM):
    """The approved tasks of a kind under a plan and those that it adjusts."""
    return Task.objects.filter(plan__in=plan.line_of_versions(), kind=kind, status="approved")


def _require_plan(task, kind):
    if task.plan is None:
        if kind.is_planned:
            raise DomainError("kind_needs_plan", kind=kind.title)
        return
    if task.plan.status == "drafted":
        raise DomainError("plan_not_approved", plan=task.plan.title)
    # A draw that follows a failed one belongs to the plan its task was approved under.
    if task.plan.status == "replaced" and task.status == "drafted":
        raise DomainError("plan_replaced", plan=task.plan.title)


def _next_round(task):
    """The round of the year that a random task is: once more than any of its classes has been drawn for this section.

    Without it, who dislikes a draw would have another task approved, and draw again.
    """
    categories = set(task.strata.values_list("category", flat=True))
    used = 0
    for category in categories:
        earlier = living_tasks(task.plan).filter(strata__category=category)
        if task.section_id:
            earlier = earlier.filter(Q(section=task.section) | Q(section=None))
        used = max(used, earlier.distinct().count())
    if used >= task.plan.rounds:
        raise DomainError("rounds_used_up", rounds=task.plan.rounds, plan=task.plan.title)
    return used + 1
