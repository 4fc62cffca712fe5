"""行的指纹: a digest of one row of the tables that decide who may do what, and by which rules. Plain: no
journal."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

    from .models import Bureau

# {table: (the lookup of its bureau, columns that move by themselves)}
COVERED: dict[str, tuple[str, frozenset[str]]] = {
    "registries.account": (
        "bureau",
        frozenset({"last_login", "email", "first_name", "last_name", "date_joined"}),
    ),
    "registries.rolegrant": ("account__bureau", frozenset()),
    "registries.secondfactor": ("account__bureau", frozenset({"last_step"})),
    # where it has gone is set by a wall's owner alone, beside the chain's last entry (config/moving)
    "registries.bureau": ("pk", frozenset({"moved_at", "moved_to"})),
    "registries.category": ("bureau", frozenset({"sealed_at"})),
    "registries.caprule": ("category__bureau", frozenset()),
    "registries.lotrule": ("bureau", frozenset()),
    "registries.legallimit": ("bureau", frozenset()),
    "registries.inspectionkind": ("bureau", frozenset()),
    "registries.discretion": ("bureau", frozenset()),
}


def mark(row: Model) -> str:
    """Every column that counts, as text, in one digest."""
    _, free = COVERED[row._meta.label_lower]
    values = {
        each.name: None if (value := getattr(row, each.attname)) is None else str(value)
        for each in row._meta.concrete_fields
        if each.name not in free
    }
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def rows_of(bureau: Bureau) -> Iterator[Model]:
    """All rows of a bureau that are covered."""
    for label, (path, _) in COVERED.items():
        model = apps.get_model(label)
        yield from model._default_manager.filter(**{path: bureau.pk}).order_by("pk").iterator()


def marks_of(bureau: Bureau) -> dict[str, str]:
    """{"table key": digest} as the bureau's rows stand now."""
    return {key_of(row): mark(row) for row in rows_of(bureau)}


def key_of(row: Model) -> str:
    """How a mark names its row: "registries.account 5"."""
    return f"{row._meta.label_lower} {row.pk}"
