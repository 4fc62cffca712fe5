"""编号段: where the keys of an installation begin. Each begins in the span of its first bureau's division
code, so that the rows of two installations never have the same key, and a bureau can move from one to the
other as it stands: the journal speaks of rows by their keys (models/keys.py), and is never written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.db.models import AutoField, Max

from .errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

SPAN = 10**9  # rows of one table in one installation; the six digits of its code stand before them
_TURN = 10**6 * SPAN  # each turn is above all spans of the turn before
_TURNS = 9  # so many stay below 2**53, which every reader of numbers holds
_ROOMS = ("registries", "inspections", "publicity")


def begin(code: str) -> bool:
    """The division code of an installation's first bureau in; the keys of all tables that are made from here
    on begin in its span. The tables' owner only: False where the role may not, True where it is done."""
    if not code[:6].isdecimal() or len(code) < 6:
        return False
    try:
        with transaction.atomic():
            for model in numbered():
                _go_on_from(model._meta.db_table, int(code[:6]) * SPAN)
    except ProgrammingError:
        return False
    return True


def catch_up() -> None:
    """After rows came in with keys of their own: what is made from here on has higher keys than they, in this
    installation's own span (of the next turn where theirs is higher): the order of keys is the order in which
    things were done. Raises keys_used_up after too many moves."""
    for model in numbered():
        table = model._meta.db_table
        last, most = last_of(table), model._base_manager.aggregate(most=Max("pk"))["most"]
        if most is not None and most > last:
            own = last // SPAN % 10**6 * SPAN
            turn = next((each for each in range(_TURNS) if each * _TURN + own > most), None)
            if turn is None:
                raise DomainError("keys_used_up", table=str(model._meta.verbose_name))
            _go_on_from(table, turn * _TURN + own)


def numbered() -> Iterator[type[Model]]:
    """Our tables whose keys the database gives out."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in _ROOMS and isinstance(model._meta.pk, AutoField) and model._meta.managed:
            yield model


def last_of(table: str) -> int:
    """The last key that was given out; 0 where none was."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            own = cursor.fetchone()[0]  # a name as the database itself writes it
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {own}")  # noqa: S608
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    return found[0] if found else 0


def _go_on_from(table, last):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, table])
        if cursor.rowcount == 0:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
