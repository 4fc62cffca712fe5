"""疑似重复: enterprises that stand twice in the register, offered to a person; one
is merged into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from ..errors import DomainError
from ..models import Subject
from . import journal, moves
from .access import require

if TYPE_CHECKING:
    from ..models import Account

LIMIT = 200
_WHY = {
    "alike_name": "名称相同（不计括号和“有限公司”等字）",
    "alike_place": "负责人和地址相同",
}


def find(bureau):
    """[(why, [Subject, …])]: the same name in other writing, or the same head at the same address
    (alike.py). At most LIMIT groups, the first of the register first."""
    groups, shown = [], set()
    for column, why in _WHY.items():
        for keys in _groups(bureau, column):
            if keys not in shown:
                shown.add(keys)
                groups.append((why, keys))
    groups = sorted(groups[:LIMIT], key=lambda each: each[1][0])
    found = Subject.objects.select_related("category").in_bulk([pk for _, keys in groups for pk in keys])
    return [(why, [found[pk] for pk in keys]) for why, keys in groups]


def _groups(bureau, column):
    """The keys of the enterprises that have this column in common: [(key, key, …)]."""
    rows = Subject.objects.filter(bureau=bureau).listed().exclude(**{column: ""}).order_by()
    often = rows.values(column).annotate(rows=Count("pk")).filter(rows__gt=1).values_list(column, flat=True)
    found = {}
    for key, pk in (
        rows.filter(**{f"{column}__in": list(often[:LIMIT])}).order_by("ref").values_list(column, "pk")
    ):
        found.setdefault(key, []).append(pk)
    return [tuple(keys) for keys in found.values()]


@transaction.atomic
def merge(gone: Subject, stays: Subject, reason: str, *, by: Account) -> Subject:
    """`gone` leaves the register into `stays`: its number, codes and history remain, and count for the other.

    The head does it, as every 出库. Raises merge_self, subject_left.
    """
    require(by, "registries.remove_subject", gone.bureau)
    require(by, "registries.remove_subject", stays.bureau)
    # In the order of their keys, so that two merges cannot wait for each other.
    rows = {
        each.pk: each
        for each in Subject.objects.select_for_update(no_key=True)
        .filter(pk__in=[gone.pk, stays.pk])
        .order_by("pk")
    }
    gone, stays = rows[gone.pk], rows[stays.pk]
    if gone.pk == stays.pk:
        raise DomainError("merge_self")
    for each in (gone, stays):
        if each.left_on:
            raise DomainError("subject_left", name=each.name, day=each.left_on)
    gone.left_on, gone.left_by, gone.merged_into = timezone.localdate(), by, stays
    gone.left_reason = f"并入“{stays.name}”：{reason}"[:100]
    with moves.signed(gone.bureau, f"并入 {stays.ref}", by=by, reason=reason):
        gone.save()
        stays.save(update_fields=["changed_at"])  # an import that brought it in is not undone under it
        Subject.objects.filter(merged_into=gone).update(merged_into=stays)
    journal.write("subject.merged", by=by, about=gone.about, facts={"ref": gone.ref, "into": stays.ref})
    return stays
