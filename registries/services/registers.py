"""Registers out: rows of a list as a table with the headers that the import knows. Encrypted
fields stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ..models import EncryptedTextField, Inspector, Subject
from ..resources import InspectorResource
from ..sheets.enterprises import SUBJECT_HEADERS
from . import journal
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from ..models import Account

_MORE = {
    "ref": "名录编号",
    "entered_on": "入库日期",
    "left_on": "出库日期",
    "left_reason": "出库原因",
    "verified_on": "核实日期",
}


@transaction.atomic
def export(rows: QuerySet, *, by: Account) -> tuple[int, Iterator[list[str]]]:
    """A query of enterprises or inspectors in; (how many, an iterator of rows, the headers first) out."""
    noun = rows.model._meta.model_name
    require(by, f"registries.export_{noun}", by.bureau)
    count = rows.count()
    journal.write("register.exported", by=by, about=noun, facts={"rows": count})
    return count, _SHAPES[rows.model](rows)


def _enterprises(rows):
    names = [
        name for name in SUBJECT_HEADERS if not isinstance(Subject._meta.get_field(name), EncryptedTextField)
    ]
    yield [*(SUBJECT_HEADERS[name][0] for name in names), *_MORE.values()]
    words = {name: dict(Subject._meta.get_field(name).flatchoices) for name in names}
    columns = [
        f"{name}__name" if Subject._meta.get_field(name).is_relation else name for name in [*names, *_MORE]
    ]
    for values in rows.values_list(*columns).iterator():
        told = [
            "是" if value is True else "否" if value is False else words[name].get(value, value)
            for name, value in zip(names, values, strict=False)
        ]
        yield ["" if value is None else value for value in [*told, *values[len(names) :]]]


def _inspectors(rows):
    table = InspectorResource().export(rows)
    yield table.headers
    yield from table


_SHAPES = {Subject: _enterprises, Inspector: _inspectors}
