"""清单草稿的修改: lines altered in place, one basis for many lines; what two versions differ in; what a
change of law touches."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from ..errors import DomainError
from ..models import CheckLine, Item, ItemList, LegalArticle
from . import journal
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from ..models import Account

FIELDS = ("requirement", "violation", "basis", "measure", "penalty_basis")
_OF_ITEM = ("name", "sub_item", "kind", "content", "basis", "method", "frequency", "rules")
_MOST = 2000  # characters of a cell


class Change(NamedTuple):
    """One cell that two versions say differently."""

    where: str
    field: str
    old: str
    new: str


class Difference(NamedTuple):
    """What a version says otherwise than another: cells, and lines and items that came or went (where,
    what)."""

    changed: list[Change]
    added: list[tuple[str, str]]
    removed: list[tuple[str, str]]


@transaction.atomic
def edit(item_list: ItemList, said: dict[int, dict[str, str]], *, by: Account) -> int:
    """Lines of a draft by their keys, {field of FIELDS: text}. Returns how many have changed. Raises
    list_not_draft, line_empty."""
    _require_open(item_list, by)
    changed = []
    for line in CheckLine.objects.filter(item__item_list=item_list, pk__in=said).select_related("item"):
        fields = {name: text.strip()[:_MOST] for name, text in said[line.pk].items() if name in FIELDS}
        if fields.get("requirement", line.requirement) == "":
            raise DomainError("line_empty", line=f"{line.item.code}.{line.number}")
        differing = [name for name, text in fields.items() if text != getattr(line, name)]
        if differing:
            for name in differing:
                setattr(line, name, fields[name])
            line.save(update_fields=differing)
            changed.append([line.item_id, line.number, differing])
    if changed:
        journal.write("itemlist.lines_edited", by=by, about=item_list.about, facts={"lines": changed[:400]})
    return len(changed)


@transaction.atomic
def give_basis(item_list: ItemList, lines: Iterable[int], basis: str, *, by: Account) -> int:
    """One basis for many lines of a draft, whatever their item. Returns how many."""
    _require_open(item_list, by)
    rows = CheckLine.objects.filter(item__item_list=item_list, pk__in=list(lines))
    count = rows.update(basis=basis.strip()[:_MOST])
    facts = {"lines": count, "basis": basis[:200]}
    journal.write("itemlist.basis_given", by=by, about=item_list.about, facts=facts)
    return count


def bare(item_list: ItemList) -> list[CheckLine]:
    """The lines that have no basis, nor has their item."""
    rows = CheckLine.objects.filter(item__item_list=item_list, basis="", item__basis="")
    return list(rows.select_related("item").order_by("item__code", "number"))


def difference(old: ItemList, new: ItemList) -> Difference:
    """Items go by their code; lines by their text, and what is left by their place."""
    before, after = _items(old), _items(new)
    changed, added, removed = [], [], []
    for code in sorted(before.keys() | after.keys()):
        was, now = before.get(code), after.get(code)
        if now is None:
            removed.append((code, f"事项 {was.name}（{len(was.lines.all())} 条）"))
        elif was is None:
            added.append((code, f"事项 {now.name}（{len(now.lines.all())} 条）"))
        else:
            changed += _cells(code, was, now, _OF_ITEM)
            changed += _classes(code, was, now)
            _lines(code, was, now, changed, added, removed)
    return Difference(changed, added, removed)


def with_lines(lists: QuerySet[ItemList]) -> QuerySet[ItemList]:
    """Lists, read with all that a law may be cited in."""
    return lists.prefetch_related("items__lines", "items__articles")


def touched(law: LegalArticle, lists: Iterable[ItemList]) -> list[tuple[ItemList, str, str]]:
    """The lines and items that cite a law: [(version, where, the words)]. The lists come with their items,
    lines and articles (`with_lines`): many laws are held against them."""
    found = []
    for each in lists:
        for item in each.items.all():
            if law in item.articles.all() or law.is_cited_in(item.basis):
                found.append((each, item.code, item.basis or item.name))
            found += [
                (each, f"{item.code}.{line.number}", line.requirement)
                for line in item.lines.all()
                if law.is_cited_in(f"{line.basis}\n{line.penalty_basis}")
            ]
    return found


def _items(item_list):
    return {each.code: each for each in item_list.items.prefetch_related("lines", "categories")}


def _cells(where, was, now, fields):
    for name in fields:
        old, new = str(getattr(was, name) or ""), str(getattr(now, name) or "")
        if old != new:
            yield Change(where, str(now._meta.get_field(name).verbose_name), old, new)


def _classes(code, was, now):
    old, new = ("、".join(sorted(each.name for each in item.categories.all())) for item in (was, now))
    if old != new:
        yield Change(code, "适用分类", old or "全部", new or "全部")


def _lines(code, was, now, changed, added, removed):
    kept: dict[str, list[CheckLine]] = defaultdict(list)
    for line in was.lines.all():
        kept[line.requirement].append(line)
    loose = []
    for line in now.lines.all():
        if kept.get(line.requirement):
            old = kept[line.requirement].pop(0)
            changed += _cells(f"{code}.{line.number}", old, line, FIELDS)
        else:
            loose.append(line)
    left = {each.number: each for rest in kept.values() for each in rest}
    for line in loose:
        if line.number in left:  # at the same place another text: it was rewritten
            changed += _cells(f"{code}.{line.number}", left.pop(line.number), line, FIELDS)
        else:
            added.append((f"{code}.{line.number}", line.requirement))
    removed += [(f"{code}.{number}", line.requirement) for number, line in sorted(left.items())]


def _require_open(item_list, by):
    require(by, "registries.change_item", item_list.bureau)
    if not ItemList.objects.select_for_update(no_key=True).get(pk=item_list.pk).is_open:
        raise DomainError("list_not_draft", title=item_list.title)


def lines_of(item_list: ItemList, words: str = ""):
    """All lines of a version in the order of the list; those that hold `words`, where given."""
    rows = CheckLine.objects.filter(item__item_list=item_list).select_related("item")
    rows = rows.filter(requirement__contains=words) if words else rows
    return rows.order_by("item__code", "number")


def counts(item_list: ItemList) -> dict[str, int]:
    """{"items", "lines", "bare"} of a version."""
    lines = CheckLine.objects.filter(item__item_list=item_list)
    return {
        "items": Item.objects.filter(item_list=item_list).count(),
        "lines": lines.count(),
        "bare": lines.filter(basis="", item__basis="").count(),
    }
