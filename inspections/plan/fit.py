"""事项对企业: whether each class of enterprises of a task has something to be asked, and
each item somebody to ask.

A draw of fifty with fifty empty checklists is right in arithmetic and nothing else. Asked when a task is
written, previewed, approved, sealed and opened.
"""

from registries.errors import DomainError
from registries.models import Category, Item, Subject


def faults(items, classes):
    """Items (with lines and categories) and {key of a Category or None: its name} in; what
    does not fit, in Chinese."""
    if not items or not classes:
        return []
    found = [f"事项“{item}”没有检查内容" for item in items if not item.lines.all()]
    fits = {item.pk: {each.pk for each in item.categories.all()} for item in items}
    for key, name in sorted(classes.items(), key=lambda each: each[1]):
        if not any(item.lines.all() and (not fits[item.pk] or key in fits[item.pk]) for item in items):
            found.append(f"“{name}”没有适用的事项，检查表会是空的")
    for item in items:
        if fits[item.pk] and not fits[item.pk] & classes.keys():
            names = "、".join(each.name for each in item.categories.all())
            found.append(f"事项“{item}”只适用于{names}，这次不查这些分类")
    return found


def of_task(task):
    """The faults of a task as it stands."""
    items = list(task.items.prefetch_related("lines", "categories"))
    classes = dict(task.strata.values_list("category_id", "category__name"))
    return faults(items, classes | _classes_of(task.named.values_list("subject", flat=True)))


def of_form(bureau, items, categories, subjects):
    """The same of what somebody is about to write: keys of a bureau's Items, Categories and Subjects."""
    chosen = Item.objects.filter(item_list__bureau=bureau, pk__in=items).prefetch_related(
        "lines", "categories"
    )
    classes = dict(Category.objects.filter(bureau=bureau, pk__in=categories).values_list("pk", "name"))
    own = Subject.objects.filter(bureau=bureau, pk__in=subjects)
    return faults(list(chosen), classes | _classes_of(own.values_list("pk", flat=True)))


def require(task):
    """Raises items_unfit, naming what does not fit."""
    if found := of_task(task):
        raise DomainError("items_unfit", faults="；".join(found[:5]))


def _classes_of(subjects):
    rows = Subject.objects.filter(pk__in=list(subjects)).values_list("category_id", "category__name")
    return {key: name or "未分类的企业" for key, name in rows}
