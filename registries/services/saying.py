"""What the public log is told of lists and of the leading group: the file as it is read in public, by its
hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import leaves

if TYPE_CHECKING:
    from ..models import ItemList, LeadingGroup


def item_list(book: ItemList) -> None:
    """A published version, whole: its items, what each checklist asks, on what basis."""
    told = {
        "title": book.title,
        "version": book.version,
        "effective_from": book.effective_from.isoformat(),
        "items": [
            {
                "code": each.code,
                "name": each.name,
                "basis": each.basis,
                "lines": [
                    [line.requirement, line.violation, line.basis]
                    for line in each.lines.order_by("number", "pk")
                ],
            }
            for each in book.items.order_by("code", "pk").prefetch_related("lines")
        ],
    }
    _publish("list", book.bureau, f"list-{book.version}.json", str(book.version), told)


def group(found: LeadingGroup) -> None:
    """A published group. Its file names people, so it has a nonce: it may have to vanish."""
    told = {
        "title": found.title,
        "basis": found.basis,
        "office": found.office,
        "since": found.since.isoformat(),
        "members": [
            [each.get_role_display(), each.name, each.post] for each in found.members.order_by("order", "pk")
        ],
        "nonce": leaves.nonce(),
    }
    version = type(found).objects.filter(bureau=found.bureau, pk__lte=found.pk).count()
    _publish("group", found.bureau, f"group-{version}.json", str(version), told)


def _publish(kind, bureau, name, version, told):
    digest = leaves.publish(bureau, told)
    leaves.write(kind, bureau=bureau, about=name, digest=digest, version=version)
