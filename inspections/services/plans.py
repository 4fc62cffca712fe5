"""年度计划 and its tasks: drafted by one, approved by another, read-only from then on."""

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import ItemList
from registries.services import journal
from registries.services.access import require, require_other

from . import numbers
from .transitions import move


@transaction.atomic
def approve(plan, *, by):
    """The head approves a drafted plan."""
    require(by, "inspections.approve_plan", plan.bureau)
    require_other(by, plan.drafted_by)
    move(plan, "approved", approved_by=by, approved_at=timezone.now())
    journal.write("plan.approved", by=by, about=f"plan {plan.pk}", facts={"year": plan.year})
    return plan


@transaction.atomic
def publish(plan, *, by):
    """Make an approved plan public."""
    require(by, "inspections.change_plan", plan.bureau)
    move(plan, "published", published_at=timezone.now())
    journal.write("plan.published", by=by, about=f"plan {plan.pk}", facts={"year": plan.year})
    return plan


@transaction.atomic
def approve_task(task, *, by):
    """The head approves a task of an approved plan; it takes its number. Returns the task."""
    require(by, "inspections.approve_task", task.bureau)
    require_other(by, task.drafted_by)
    require_ready(task)
    year = timezone.localdate().year
    serial = numbers.take(task.bureau, "task", year)
    number = f"{task.bureau.short_name}应急抽查〔{year}〕{serial}号"
    move(task, "approved", approved_by=by, approved_at=timezone.now(), number=number)
    journal.write("task.approved", by=by, about=f"task {number}", facts={"strata": task.strata.count()})
    return task


def require_ready(task):
    """What a task must have before anybody approves or seals it. Raises what is missing."""
    if task.plan.status == "drafted":
        raise DomainError("plan_not_approved", plan=task.plan.title)
    if not task.strata.exists():
        raise DomainError("task_without_strata")
    if not task.items.exists():
        raise DomainError("task_without_items")
    if task.core > task.team:
        raise DomainError("core_above_team", core=task.core, team=task.team)
    if not ItemList.objects.effective(task.window_from).filter(pk=task.item_list_id).exists():
        raise DomainError("items_not_effective", title=task.item_list.title, day=task.window_from)
    if task.items.exclude(item_list=task.item_list_id).exists():
        raise DomainError("items_of_other_list", title=task.item_list.title)
