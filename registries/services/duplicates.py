"""疑似重复: enterprises that stand twice in the register, offered to a person; one
is merged into the other."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Subject
from . import journal, moves
from .access import require

if TYPE_CHECKING:
    from ..models import Account

LIMIT = 200
_DROPPED = re.compile(r"有限责任公司|有限公司|股份|[\W_]")


def find(bureau):
    """[(why, [Subject, …])]: the same name in other writing, or the same head at the
    same address. LIMIT groups."""
    seen = {}
    rows = Subject.objects.filter(bureau=bureau).listed().order_by("ref")
    for pk, name, head, address in rows.values_list(
        "pk", "name", "legal_representative", "address"
    ).iterator():
        plain = _DROPPED.sub("", unicodedata.normalize("NFKC", name))
        if plain:
            seen.setdefault(("名称相同（不计括号和“有限公司”等字）", plain), []).append(pk)
        if head and len(address) > 6:
            seen.setdefault(("负责人和地址相同", head, _DROPPED.sub("", address)), []).append(pk)
    groups, shown = [], set()
    for (why, *_), keys in seen.items():
        if len(keys) > 1 and tuple(keys) not in shown:
            shown.add(tuple(keys))
            groups.append((why, keys))
        if len(groups) == LIMIT:
            break
    found = Subject.objects.select_related("category").in_bulk([pk for _, keys in groups for pk in keys])
    return [(why, [found[pk] for pk in keys]) for why, keys in groups]


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
