"""导入以后: which class, which town, which section: read from what the register says, shown with whom it is,
written for many at once by whoever confirms it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..models import Subject

if TYPE_CHECKING:
    from ..models import Bureau

_SHOWN = 4
# What stands before the town in an address; the town itself.
_ABOVE = re.compile(r".*?(?:省|自治区|自治州|市|盟|县|区|旗)")
_TOWN = re.compile(r"^([一-龥]{1,6}?(?:街道办事处|街道|镇|乡|苏木))")


class Group(NamedTuple):
    """Enterprises that go the same way: where, how many, some of their names, the words that say so."""

    value: Any
    number: int
    names: list[str]
    words: str


def by_class(bureau: Bureau) -> tuple[list[Group], list[Subject]]:
    """([Group by proposed class], the first of those that no rule has been found for)."""
    listed = Subject.objects.listed().filter(bureau=bureau, category=None)
    found: dict[Any, list[Subject]] = {}
    rows = listed.exclude(proposed_category=None).select_related("proposed_category")
    for each in rows.only("name", "proposed_for", "proposed_category__name", "proposed_category__code"):
        found.setdefault(each.proposed_category, []).append(each)
    groups = [_group(category, firms) for category, firms in found.items()]
    loose = listed.filter(proposed_category=None).only("name", "industry", "town").order_by("name")[:50]
    return sorted(groups, key=lambda each: -each.number), list(loose)


def _group(category, firms):
    words = Counter(each.proposed_for for each in firms)
    told = "、".join(f"{word} {n}" for word, n in words.most_common(4))
    return Group(category, len(firms), [each.name for each in firms[:_SHOWN]], told)


def town_in(address: str, known: set[str]) -> str:
    """The town that an address names: one that the register knows, else what reads like one; "" where none
    does."""
    inside = max((each for each in known if each and each in address), key=len, default="")
    if inside:
        return inside
    rest = _ABOVE.sub("", address)
    match = _TOWN.match(rest)
    return match[1].removesuffix("办事处") if match else ""


def by_town(bureau: Bureau) -> tuple[list[Group], int]:
    """([Group by the town that its address names], how many name none), of enterprises without a town."""
    listed = Subject.objects.listed().filter(bureau=bureau)
    known = set(listed.exclude(town="").order_by().values_list("town", flat=True).distinct())
    found: dict[str, list[str]] = {}
    loose = 0
    for name, premises, address in listed.filter(town="").values_list("name", "premises", "address"):
        town = town_in(premises, known) or town_in(address, known)
        if town:
            found.setdefault(town, []).append(name)
        else:
            loose += 1
    groups = [Group(town, len(names), names[:_SHOWN], "") for town, names in found.items()]
    return sorted(groups, key=lambda each: -each.number), loose


def firms_of_town(bureau: Bureau, town: str) -> list[int]:
    """Keys of the enterprises without a town whose address names this one."""
    listed = Subject.objects.listed().filter(bureau=bureau)
    known = set(listed.exclude(town="").order_by().values_list("town", flat=True).distinct())
    rows = listed.filter(town="").values_list("pk", "premises", "address")
    return [
        pk for pk, premises, address in rows if (town_in(premises, known) or town_in(address, known)) == town
    ]


def by_section(bureau: Bureau) -> list[Group]:
    """[Group by class] of enterprises without a section; `words` says the section that its class has."""
    rows = Subject.objects.listed().filter(bureau=bureau, section=None).exclude(category=None)
    found: dict[Any, list[str]] = {}
    for each in rows.select_related("category__section").only(
        "name", "category__name", "category__section__name"
    ):
        found.setdefault(each.category, []).append(each.name)
    return [
        Group(category, len(names), names[:_SHOWN], str(category.section or ""))
        for category, names in sorted(found.items(), key=lambda each: -len(each[1]))
    ]
