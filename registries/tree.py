"""机关的树: 省、市、县. Who stands above and below a bureau, and which enterprises one above inspects itself.
Read only; placed by services/placing.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from .models import Bureau, Subject
from .models.bureau import LEVELS

if TYPE_CHECKING:
    from django.db.models import QuerySet


def is_higher(one: str, other: str) -> bool:
    """Whether one level is above another."""
    return LEVELS.index(one) < LEVELS.index(other)


def uppers(bureau: Bureau) -> list[Bureau]:
    """The bureaus above, the nearest first, as they stand now: one question."""
    found, last = [], Bureau.objects.select_related("upper__upper").get(pk=bureau.pk)
    while last.upper_id:
        last = last.upper
        found.append(last)
    return found


def lowers(bureau: Bureau) -> list[Bureau]:
    """All bureaus below, the higher first, by their codes: a question for each level."""
    found, above = [], [bureau.pk]
    while above:
        rows = list(Bureau.objects.filter(upper__in=above).order_by("code"))
        found, above = found + rows, [each.pk for each in rows]
    return found


def others(bureau: Bureau) -> list[int]:
    """The keys of all other bureaus of the tree."""
    above = uppers(bureau)
    root = above[-1] if above else bureau
    return [each.pk for each in [root, *lowers(root)] if each.pk != bureau.pk]


def below(bureau: Bureau, code: str) -> Bureau | None:
    """The bureau of a code, where it stands below this one."""
    return next((each for each in lowers(bureau) if each.code == code), None)


def claimed(bureau: Bureau) -> dict[str, str]:
    """{credit code: name of the bureau above that lists the enterprise as one of its own level}. One
    enterprise, one level (江西 2025): the bureau above decides, and says so in its register."""
    return dict(_theirs(uppers(bureau)).values_list("credit_code", "bureau__name"))


def twice(bureau: Bureau) -> list[tuple[Subject, str]]:
    """[(an enterprise of the bureau's register, name of the bureau above that lists it as its own)]."""
    theirs = _theirs(uppers(bureau))
    own = Subject.objects.listed().filter(bureau=bureau, credit_code__in=theirs.values("credit_code"))
    rows = list(own.select_related("category").order_by("ref"))
    whose = dict(
        theirs.filter(credit_code__in=[each.credit_code for each in rows]).values_list(
            "credit_code", "bureau__name"
        )
    )
    return [(each, whose[each.credit_code]) for each in rows]


def _theirs(above: list[Bureau]) -> QuerySet[Subject]:
    """What bureaus list as enterprises of their own level."""
    rows = Subject.objects.listed().filter(
        bureau__in=above, level=F("bureau__level"), is_secret=False, merged_into=None
    )
    return rows.exclude(credit_code="").order_by()
