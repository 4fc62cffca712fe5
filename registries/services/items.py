"""随机抽查事项清单: versions; a published one is never edited."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ..errors import DomainError
from ..models import CheckLine, Item, ItemList
from . import journal
from .access import require


@transaction.atomic
def draft(title, effective_from, *, by, like=None):
    """A new version of the list; `like` copies the items and lines of an earlier one. Returns the ItemList."""
    require(by, "registries.add_itemlist")
    last = ItemList.objects.filter(bureau=by.bureau).aggregate(last=Max("version"))["last"] or 0
    fresh = ItemList.objects.create(bureau=by.bureau, version=last + 1, title=title, effective_from=effective_from)
    if like:
        for item in like.items.all():
            _copy(item, fresh)
    journal.write("itemlist.drafted", by=by, about=f"itemlist {fresh.version}")
    return fresh


@transaction.atomic
def publish(item_list, *, by):
    """Make a drafted version public; the version before it ends the day before this one starts."""
    require(by, "registries.publish_itemlist", item_list.bureau)
    if item_list.effective_from < timezone.localdate():
        raise DomainError("list_in_the_past", day=item_list.effective_from)
    items = list(item_list.items.prefetch_related("lines"))
    if not items:
        raise DomainError("list_empty")
    for item in items:
        if not item.lines.all():
            raise DomainError("item_without_lines", name=item.name)
    changed = ItemList.objects.filter(pk=item_list.pk, status="drafted").update(
        status="published", published_on=timezone.localdate()
    )
    if not changed:
        raise DomainError("list_not_draft", title=item_list.title)
    ItemList.objects.filter(bureau=item_list.bureau, status="published", effective_to=None).exclude(
        pk=item_list.pk
    ).update(effective_to=item_list.effective_from - timedelta(days=1))
    item_list.refresh_from_db()
    journal.write("itemlist.published", by=by, about=f"itemlist {item_list.version}", facts={"items": len(items)})
    return item_list


def _copy(item, target):
    lines, categories, articles = list(item.lines.all()), list(item.categories.all()), list(item.articles.all())
    item.pk, item.item_list = None, target
    item._state.adding = True
    item.save()
    item.categories.set(categories)
    item.articles.set(articles)
    for line in lines:
        line.pk, line.item = None, Item.objects.get(pk=item.pk)
        line._state.adding = True
    CheckLine.objects.bulk_create(lines)
