"""起草一轮抽查: a task written from five answers, as a draft that anybody of the
bureau's clerks may still write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from registries.errors import DomainError
from registries.models import Item, ItemList
from registries.services import journal
from registries.services.access import require

from . import fit
from .models import Task, TaskStratum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from registries.models import Account, Category, Section

    from .models import Plan

HOUSEHOLDS, PER_CENT = "户", "%"


@transaction.atomic
def write(
    task: Task | None,
    *,
    by: Account,
    title: str,
    strata: Mapping[Category, tuple[int, str]],
    item_list: ItemList,
    items: Iterable[Item],
    window_from: date,
    window_to: date,
    sections: Iterable[Section] = (),
    plan: Plan | None = None,
    includes_key: bool = False,
) -> Task:
    """A new draft, or a draft written over. `strata`: of each class how many, in 户 or in %. What else a task
    may say stays as it was. Returns the Task; raises items_unfit, stale."""
    bureau = by.bureau
    require(by, "inspections.change_task" if task else "inspections.add_task", bureau)
    is_new = task is None
    if task is not None:
        task = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk, bureau=bureau)
        if not task.is_open or task.cases.exists():
            raise DomainError("stale", what=task.title, status=task.get_status_display())
    else:
        task = Task(bureau=bureau)
    task.title, task.item_list, task.plan, task.includes_key = title, item_list, plan, includes_key
    task.window_from, task.window_to, task.drafted_by = window_from, window_to, by
    try:
        task.clean()
    except ValidationError as wrong:
        raise DomainError("draft_wrong", why="；".join(wrong.messages)) from None
    task.save()
    task.items.set(items)
    task.sections.set(sections)
    task.strata.filter(risk="", town="").exclude(category__in=strata).delete()
    for category, (number, unit) in strata.items():
        rate, least = (0, number) if unit == HOUSEHOLDS else (number * 100, 1)
        TaskStratum.objects.update_or_create(
            task=task, category=category, risk="", town="", defaults={"rate_bp": rate, "minimum": least}
        )
    fit.require(task)
    journal.write(
        "task.added" if is_new else "task.changed", by=by, about=task.about, facts={"strata": len(strata)}
    )
    return task


def items_for(item_list, categories):
    """The items of a list that have something to ask of one of the classes."""
    keys = {each.pk for each in categories}
    found = []
    for item in item_list.items.prefetch_related("lines", "categories"):
        own = {each.pk for each in item.categories.all()}
        if item.lines.all() and (not own or own & keys):
            found.append(item)
    return found
