"""机关归到哪一级、哪个上级: a bureau's place in the tree (tree.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ..errors import DomainError
from ..models import Bureau
from ..models.bureau import LEVELS
from ..tree import is_higher
from . import covers, journal

if TYPE_CHECKING:
    from ..models import Account


@transaction.atomic
def place(bureau: Bureau, level: str, upper: Bureau | None, *, by: Account | None = None) -> Bureau:
    """Give a bureau its level and the bureau above it; both chains tell it. Placed there already, nothing
    happens. Raises level_unknown, upper_not_above (so there is no circle), lower_not_below."""
    bureau = Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)
    upper = upper and Bureau.objects.get(pk=upper.pk)
    if (bureau.level, bureau.upper) == (level, upper):
        return bureau
    if level not in LEVELS:
        raise DomainError("level_unknown", level=level, known="、".join(LEVELS))
    if upper is not None and not is_higher(upper.level, level):
        raise DomainError("upper_not_above", name=bureau.name, level=level, upper=upper.name, its=upper.level)
    for lower in bureau.lowers.all():
        if not is_higher(level, lower.level):
            raise DomainError("lower_not_below", name=lower.name, its=lower.level, level=level)
    before = bureau.upper
    bureau.level, bureau.upper = level, upper
    bureau.save(update_fields=["level", "upper"])
    covers.touch(bureau, [bureau], by=by)
    facts = {"bureau": bureau.code, "level": level, "upper": upper.code if upper else ""}
    for each in dict.fromkeys([bureau, before, upper]):
        if each is not None:
            journal.write("bureau.placed", by=by, bureau=each, about=each.about, facts=facts)
    return bureau
