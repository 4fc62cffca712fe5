"""Many rows at once: COPY where the database has it, plain statements elsewhere."""

import json
import re
from itertools import islice

from django.db import connection, models
from django.utils import timezone

from . import givingway
from .numbering import last_of

_BATCH = 5_000


def create(model, rows):
    """Dictionaries {column: value as the column holds it} in, the keys of the new rows out, in their order.

    What a row leaves out gets the field's default; no model is built and no save() runs.
    """
    rows = list(rows)
    keys = _keys(model._meta.db_table, len(rows))
    now = timezone.now()
    defaults = {
        field.column: now if _is_stamp(field) else default(field)
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    full = (
        (key, *(row.get(column, default) for column, default in defaults.items()))
        for key, row in zip(keys, rows, strict=True)
    )
    add(model._meta.db_table, ["id", *defaults], full)
    return keys


def refresh_statistics():
    """What the planner knows of the register is made anew, after many rows have come in (migration 0056)."""
    with connection.cursor() as cursor:
        is_served = connection.vendor == "postgresql"
        cursor.execute("SELECT mingqian_refresh_statistics()" if is_served else "PRAGMA optimize")


def default(field):
    """A field's default as its column holds it."""
    if field.null:
        return None
    found = field.get_default()
    return json.dumps(found) if isinstance(field, models.JSONField) else found


def _is_stamp(field):
    return getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)


def _keys(table, count):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')  # noqa: S608  our own table; one writer at a time
        first = max(cursor.fetchone()[0], last_of(table)) + 1
        return list(range(first, first + count))


def add(table, columns, rows):
    """Tuples of values into a table, as its columns hold them (encrypted, JSON as text). Returns how many."""
    named = ", ".join(f'"{column}"' for column in columns)
    count = 0
    with connection.cursor() as cursor:
        for batch in _batches(rows, _BATCH):
            count += len(batch)
            if connection.vendor == "postgresql":
                with connection.wrap_database_errors:  # COPY is psycopg2's own: its errors are not Django's
                    cursor.copy_expert(f'COPY "{table}" ({named}) FROM STDIN', _Lines(batch))
            else:
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({marks})', batch)  # noqa: S608
    return count


def change(model, columns, rows):
    """Tuples (key, value of each column) into the rows with these keys. Returns how many."""
    table = model._meta.db_table
    kinds = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    # Cast, because a column of nothing but NULLs would pass for text.
    cast = "::{}" if connection.vendor == "postgresql" else ""
    sets = ", ".join(
        f'"{column}" = v.column{number}{cast.format(kinds[column])}'
        for number, column in enumerate(columns, 2)
    )
    count = 0
    with connection.cursor() as cursor:
        for batch in _batches(rows, 30_000 // (len(columns) + 1)):
            count += len(batch)
            marks = ", ".join([f"({', '.join(['%s'] * (len(columns) + 1))})"] * len(batch))
            cursor.execute(
                f'UPDATE "{table}" SET {sets} FROM (VALUES {marks}) AS v WHERE "{table}".id = v.column1',  # noqa: S608
                [value for row in batch for value in row],
            )
    return count


def _batches(rows, size):
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        with givingway.piece():
            yield batch


class _Lines:
    """A batch as COPY's text format, read by psycopg2 in one gulp."""

    def __init__(self, batch):
        text = "".join("\t".join(map(_cell, row)) + "\n" for row in batch)
        self.text, self.at = text.encode(), 0

    def read(self, size=-1):
        end = len(self.text) if size < 0 else self.at + size
        found, self.at = self.text[self.at : end], end
        return found


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]")


def _cell(value):
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    text = str(value)
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text
