"""一个机关的全部行: which rows of which tables are a bureau's, read and written as they stand, keys and
all."""

from __future__ import annotations

import base64
import json
from collections import deque
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from registries import bulk
from registries.models import Account, Bureau, StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Field, Model, QuerySet

_ROOMS = ("registries", "inspections", "publicity")
# Of the whole installation, or of a machine: each installation has its own.
_STAYS = {
    "registries.Account_groups",
    "registries.Account_user_permissions",
    "registries.CalendarYear",
    "registries.CalendarDay",
    "registries.Pulse",
    "registries.SignInTry",
    "registries.Sitting",
    "inspections.DossierJob",  # a file made for one reader
    "registries.LedgerMark",  # put down anew where it arrives, with that machine's own walls and calendar
}
# What a row says of a bureau above: it is told there, and is nothing where there is no such bureau.
UPWARDS = {
    ("registries.Bureau", "upper_id"),
    ("registries.ItemList", "source_id"),
    ("registries.Item", "follows_id"),
    ("inspections.Assigned", "directive_id"),
    ("registries.Lending", "request_id"),
}
_BY_FILE = {"registries.StoredFile", "inspections.CleanCopy"}  # these go by the files that rows speak of


def models_of_ours() -> list[type[Model]]:
    """All tables of the house."""
    return [
        each
        for each in apps.get_models(include_auto_created=True)
        if each._meta.app_label in _ROOMS and not each._meta.proxy
    ]


def ways() -> dict[type[Model], str]:
    """{table: the lookup from a row to its bureau}, the shortest first; a row without a bureau is nobody's.
    A table that is neither here nor said to stay is a mistake: the test of this module asks."""
    graph = {each: list(_upwards(each)) for each in models_of_ours()}
    found, waiting = {Bureau: "pk"}, deque([Bureau])
    while waiting:
        above = waiting.popleft()
        for model, links in graph.items():
            name = next((link.name for link in links if link.remote_field.model is above), None)
            if name and model not in found and model._meta.label not in _STAYS | _BY_FILE:
                found[model] = name if above is Bureau else f"{name}__{found[above]}"
                waiting.append(model)
    return found


def _upwards(model):
    """The links of a row that it cannot be without; of an account's own things also the account."""
    for field in model._meta.concrete_fields:
        is_own = field.name == "bureau" or (field.is_relation and not field.null)
        if field.is_relation and is_own and (field.related_model is not Account or _is_of_account(model)):
            yield field


def _is_of_account(model):
    return all(not each.is_relation or each.related_model is Account for each in model._meta.concrete_fields)


def left_out() -> set[str]:
    """Tables that go with no bureau, though nobody has said that they stay."""
    known = {each._meta.label for each in ways()} | _STAYS | _BY_FILE
    return {each._meta.label for each in models_of_ours()} - known


def of(model: type[Model], way: str, bureau: Bureau) -> QuerySet:
    """A bureau's rows of a table, in the order of their keys."""
    return model._base_manager.filter(**{way: bureau.pk}).order_by("pk")


def read(rows: QuerySet) -> Iterator[list]:
    """Rows as lists of plain values, column by column; what is encrypted is opened."""
    names = [each.attname for each in rows.model._meta.concrete_fields]
    for row in rows.values_list(*names).iterator(chunk_size=2000):
        yield list(row)


def dumped(row: list) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False, default=_plain, separators=(",", ":"))


def _plain(value):
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no plain form here")


def write(model: type[Model], columns: list[str], rows: Iterable[list]) -> int:
    """Rows of plain values into a table, as this database holds them; what is secret is sealed with the keys
    of here. Returns how many."""
    by_name = {each.attname: each for each in model._meta.concrete_fields}
    fields = [by_name[name] for name in columns]
    stored = (tuple(_stored(field, value) for field, value in zip(fields, row, strict=True)) for row in rows)
    return bulk.add(model._meta.db_table, [each.column for each in fields], stored)


def _stored(field: Field, value):
    if value is None:
        return None
    if isinstance(field, models.JSONField):
        return json.dumps(value, cls=field.encoder)
    if isinstance(field, models.BinaryField):
        return bytes(field.to_python(value))
    return field.get_db_prep_save(field.to_python(value), connection)


def links(model: type[Model]) -> list[tuple[int, Field, type[Model]]]:
    """[(place of the column, the link, whose rows it speaks of)] of a table, files left out."""
    found = []
    for place, field in enumerate(model._meta.concrete_fields):
        if field.is_relation and field.related_model is not StoredFile:
            found.append((place, field, field.related_model))
    return found


def files(model: type[Model]) -> list[int]:
    """The places of the columns that name a kept file."""
    return [
        place
        for place, field in enumerate(model._meta.concrete_fields)
        if field.is_relation and field.related_model is StoredFile
    ]
