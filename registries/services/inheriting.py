"""沿用上级的清单: what a bureau above has published stands in ours as it was published, and what is our own
beside it. A version that says it follows one from above follows all of it: what is locally otherwise is no
inheritance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from .. import tree
from ..errors import DomainError
from ..models import Category, CheckLine, Item, ItemList, LegalArticle
from ..states import ItemListState
from . import journal, messages
from .access import require
from .itemcopies import copied, free_code

if TYPE_CHECKING:
    from datetime import date

    from ..models import Account, Bureau

_SAID = (
    "code",
    "name",
    "sub_item",
    "kind",
    "content",
    "basis",
    "duty_code",
    "method",
    "needs_skill",
    "rules",
)
_LINE = tuple(each.attname for each in CheckLine._meta.concrete_fields if each.name not in ("id", "item"))


def offered(bureau: Bureau) -> list[ItemList]:
    """The lists that bureaus above have published and that no version of ours follows yet, the nearest bureau
    first; of each bureau the latest that has not ended."""
    found, today = [], timezone.localdate()
    for above in tree.uppers(bureau):
        lists = ItemList.objects.filter(bureau=above, status=ItemListState.PUBLISHED)
        last = lists.exclude(effective_to__lt=today).order_by("-version").first()
        if last and not ItemList.objects.filter(bureau=bureau, source=last).exists():
            found.append(last)
    return found


@transaction.atomic
def inherit(upper: ItemList, effective_from: date, *, by: Account) -> ItemList:
    """A draft of ours with every item of a published list from above, and our own of the version in force.
    Where both have a code, ours gets another. Raises list_not_above."""
    require(by, "registries.add_itemlist")
    above = {each.pk for each in tree.uppers(by.bureau)}
    if upper.bureau_id not in above or upper.status != ItemListState.PUBLISHED:
        raise DomainError("list_not_above", title=upper.title)
    last = ItemList.objects.filter(bureau=by.bureau).aggregate(last=Max("version"))["last"] or 0
    fresh = ItemList.objects.create(
        bureau=by.bureau,
        version=last + 1,
        title=upper.title[:100],
        effective_from=effective_from,
        source=upper,
    )
    for item in upper.items.all():
        _from_above(item, fresh)
    taken = set(fresh.items.values_list("code", flat=True))
    own = Item.objects.filter(item_list__in=ItemList.objects.effective(timezone.localdate()), follows=None)
    for item in own.filter(item_list__bureau=by.bureau):
        item.code = free_code(taken) if item.code in taken else item.code
        taken.add(item.code)
        copied(item, fresh)
    facts = {"source": upper.about, "of": upper.bureau.code, "items": fresh.items.count()}
    journal.write("itemlist.inherited", by=by, about=fresh.about, facts=facts)
    return fresh


def _from_above(item, fresh):
    codes = list(item.categories.values_list("code", flat=True))
    articles = [_ours(each, fresh.bureau) for each in item.articles.all()]
    above = Item.objects.get(pk=item.pk)
    item.follows, item.authority = above, fresh.bureau.name
    made = copied(item, fresh, links=False)
    made.categories.set(Category.objects.filter(bureau=fresh.bureau, code__in=codes))
    made.articles.set(articles)


def _ours(article, bureau):
    """The same article in our own table of law."""
    told = {
        each.attname: getattr(article, each.attname)
        for each in LegalArticle._meta.concrete_fields
        if each.name not in ("id", "bureau", "law", "article")
    }
    known = LegalArticle.objects.filter(bureau=bureau, law=article.law, article=article.article).first()
    return known or LegalArticle.objects.create(
        bureau=bureau, law=article.law, article=article.article, **told
    )


def require_alike(item_list: ItemList) -> None:
    """A version that follows one from above has all of its items, word for word. Raises list_unlike_above,
    which names the first that is lacking or otherwise."""
    if item_list.source is None:
        return
    ours = {each.follows_id: each for each in item_list.items.exclude(follows=None).prefetch_related("lines")}
    for item in item_list.source.items.prefetch_related("lines"):
        mine = ours.get(item.pk)
        if mine is None:
            raise DomainError("list_unlike_above", name=item.name, how="没有了")
        if any(getattr(item, name) != getattr(mine, name) for name in _SAID) or _lines(item) != _lines(mine):
            raise DomainError("list_unlike_above", name=item.name, how="改动过")


def _lines(item):
    return [tuple(getattr(line, name) for name in _LINE) for line in item.lines.all()]


def tell_below(item_list: ItemList, *, by: Account) -> None:
    """Whoever writes the lists of the bureaus directly below hears that there is a new one to follow."""
    for lower in item_list.bureau.lowers.filter(moved_at=None):
        said = f"{item_list.bureau.name}公布了“{item_list}”，可以在“清单”里沿用。"
        messages.tell(messages.holders(lower.pk, "registries.add_itemlist"), "watch", lower, said, by=by)
