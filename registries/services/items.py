"""随机抽查事项清单: versions; a published one is never edited."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ..documents import render
from ..errors import DomainError
from ..models import CheckLine, Item, ItemList, LegalArticle
from ..sheets import checksheets
from ..states import ItemListState
from ..transitions import move
from . import journal, messages, saying, storage
from .access import require
from .inheriting import require_alike, tell_below
from .itemcopies import copied, free_code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ..models import Account


@transaction.atomic
def draft(title: str, effective_from: date, *, by: Account, like: ItemList | None = None) -> ItemList:
    """A new version of the list; `like` copies the items and lines of an earlier
    one. Returns the ItemList."""
    require(by, "registries.add_itemlist")
    last = ItemList.objects.filter(bureau=by.bureau).aggregate(last=Max("version"))["last"] or 0
    fresh = ItemList.objects.create(
        bureau=by.bureau,
        version=last + 1,
        title=title,
        effective_from=effective_from,
        source=like.source if like else None,
    )
    if like:
        for item in like.items.all():
            copied(item, fresh)
    journal.write("itemlist.drafted", by=by, about=fresh.about)
    return fresh


@transaction.atomic
def publish(item_list: ItemList, *, by: Account) -> ItemList:
    """Make a drafted version public; the version before it ends the day before this one starts."""
    require(by, "registries.publish_itemlist", item_list.bureau)
    if item_list.effective_from < timezone.localdate():
        raise DomainError("list_in_the_past", day=item_list.effective_from)
    last = (
        ItemList.objects.filter(bureau=item_list.bureau, status=ItemListState.PUBLISHED)
        .order_by("-effective_from")
        .first()
    )
    if last and last.effective_from > item_list.effective_from:
        raise DomainError("list_before_last", title=last.title, day=last.effective_from)
    items = require_whole(item_list)
    if not ItemList.objects.get(pk=item_list.pk).is_drafted:
        raise DomainError("list_not_draft", title=item_list.title)
    move(item_list, ItemListState.PUBLISHED, published_on=timezone.localdate(), sent_back="")
    ItemList.objects.filter(
        bureau=item_list.bureau, status=ItemListState.PUBLISHED, effective_to=None
    ).exclude(pk=item_list.pk).update(effective_to=item_list.effective_from - timedelta(days=1))
    item_list.refresh_from_db()
    messages.judged(item_list, item_list.handed_in_by, True, by=by)
    tell_below(item_list, by=by)
    journal.write("itemlist.published", by=by, about=item_list.about, facts={"items": len(items)})
    saying.item_list(item_list)
    return item_list


def require_whole(item_list: ItemList) -> list[Item]:
    """What a version must have before it is handed in, or published; returns its items. Raises list_empty,
    item_without_lines, line_without_basis, list_unlike_above."""
    items = list(item_list.items.prefetch_related("lines"))
    if not items:
        raise DomainError("list_empty")
    for item in items:
        if not item.lines.all():
            raise DomainError("item_without_lines", name=item.name)
        bare = [] if item.basis else [line.number for line in item.lines.all() if not line.basis]
        if bare:
            shown = "、".join(map(str, bare[:10])) + (f" 等 {len(bare)} " if len(bare) > 10 else "")
            raise DomainError("line_without_basis", name=item.name, lines=shown)
    require_alike(item_list)
    return items


@transaction.atomic
def bring(
    item_list: ItemList, data: bytes, file_name: str, *, by: Account, code: str = "", encoding: str = ""
) -> list[Item]:
    """A bureau's own sheet into a drafted list: one item a sheet, its lines as they stand. Returns [Item].

    What the sheet leaves odd stands in Item.told; the file is kept. Raises what checksheets.read raises,
    list_not_draft, item_code_taken.
    """
    _require_draft(item_list, by)
    sheets = checksheets.read(data, file_name, encoding)
    kept = storage.keep(data, "application/octet-stream")
    taken = set(item_list.items.values_list("code", flat=True))
    brought = []
    for number, sheet in enumerate(sheets, 1):
        named = (f"{code[:16]}-{number}" if code and len(sheets) > 1 else code or free_code(taken))[:20]
        if named in taken:
            raise DomainError("item_code_taken", code=named)
        taken.add(named)
        odd = [f"第 {row} 行：{said}" if row else said for row, said in sheet.odd]
        item = Item.objects.create(
            item_list=item_list,
            code=named,
            name=sheet.title[:200],
            content="；".join(sheet.remarks),
            authority=by.bureau.name,
            file=kept,
            told=odd,
        )
        CheckLine.objects.bulk_create(
            CheckLine(item=item, number=n, heading=line.heading.replace("\n", "")[:200], **line.values)
            for n, line in enumerate(sheet.lines, 1)
        )
        brought.append(item)
        journal.write(
            "item.brought",
            by=by,
            about=item.about,
            facts={"file": kept.digest, "lines": len(sheet.lines), "odd": len(sheet.odd)},
        )
    return brought


@transaction.atomic
def give_basis(item: Item, lines: Iterable[int], basis: str, *, by: Account) -> int:
    """Write one basis on lines of a drafted item, by their keys. Returns how many."""
    _require_draft(item.item_list, by)
    count = item.lines.filter(pk__in=lines).update(basis=basis)
    journal.write("item.basis_given", by=by, about=item.about, facts={"lines": count, "basis": basis[:200]})
    return count


@transaction.atomic
def remove(item: Item, *, by: Account) -> None:
    """Take an item out of a draft; a published list keeps what it has."""
    _require_draft(item.item_list, by)
    item.lines.all().delete()
    item.articles.clear()
    item.categories.clear()
    about = item.about
    item.delete()
    journal.write("item.removed", by=by, about=about, facts={"code": item.code})


def warnings(item, laws=None):
    """What the item and its check lines cite that is no longer law, or that a newer law
    stands beside. [sentences]

    `laws`: the bureau's LegalArticles that may warn, where many items are looked at.
    """
    found = [each.warning() for each in item.articles.all()]
    text = "\n".join([item.basis, *(f"{line.basis}\n{line.penalty_basis}" for line in item.lines.all())])
    laws = laws_that_warn(item.item_list.bureau_id) if laws is None else laws
    found += [law.warning() for law in laws if law.is_cited_in(text)]
    return [each for each in dict.fromkeys(found) if each]


def laws_that_warn(bureau_id):
    """The LegalArticles of a bureau, whole laws, that are repealed or stand beside a newer one."""
    whole = LegalArticle.objects.filter(bureau=bureau_id, article="")
    return [law for law in whole if law.warning()]


def check_sheet(item):
    """The item's blank 检查表 as PDF bytes: to print, to fill in by hand."""
    return render(
        "check_sheet", {"item": item, "lines": list(item.lines.all()), "bureau": item.item_list.bureau}
    )


def _require_draft(item_list, by):
    require(by, "registries.change_item", item_list.bureau)
    if not ItemList.objects.select_for_update(no_key=True).get(pk=item_list.pk).is_open:
        raise DomainError("list_not_draft", title=item_list.title)
