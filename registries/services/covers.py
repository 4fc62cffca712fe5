"""库里的权限和规则: each act that touches a row of who may do what, or by which rule, leaves the row's
digest in the journal. A row that is otherwise than its last act left it was changed behind the application,
and is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from .. import rowmarks
from ..models import Bureau, JournalEntry, RowMark
from . import journal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from ..models import Account

ACTION = "tables.touched"


@transaction.atomic
def touch(bureau: Bureau | None, rows: Iterable[Model | str], *, by: Account | None) -> None:
    """In the act's own transaction: these rows (or their keys, where they are gone) are as the act has left
    them. The first time, and after a migration, all that is there is put down, and what differs by name."""
    if bureau is None:
        return
    keys = {each if isinstance(each, str) else rowmarks.key_of(each) for each in rows}
    known, made_of = dict(RowMark.objects.filter(bureau=bureau).values_list("row", "digest")), schema()
    if not known or not _is_based_on(bureau, made_of):
        told, base = _told(bureau)
        if base != made_of:
            marks = rowmarks.marks_of(bureau)
            strange = sorted(
                key for key, digest in told.items() if marks.get(key) != digest and key not in keys
            )
            _put(bureau, marks, by, {"base": made_of, "strange": strange})
            return
        known = told  # somebody has emptied the fast table: the journal knows
    now = {}
    for key in keys:
        label, _, pk = key.partition(" ")
        row = apps.get_model(label)._default_manager.filter(pk=pk).first()
        now[key] = rowmarks.mark(row) if row else ""
    _put(bureau, {key: digest for key, digest in now.items() if known.get(key, "") != digest}, by, {})


def _put(bureau, marks, by, more):
    if not marks and not more:
        return
    for key, digest in marks.items():
        if digest:
            RowMark.objects.update_or_create(bureau=bureau, row=key, defaults={"digest": digest})
        else:
            RowMark.objects.filter(bureau=bureau, row=key).delete()
    facts = {"rows": sorted([key, digest] for key, digest in marks.items())} | more
    journal.write(ACTION, by=by, bureau=bureau, about=bureau.about, facts=facts)


def faults(bureau: Bureau) -> list[str]:
    """Rows that no act explains: otherwise than their last act left them, added, or gone."""
    told, base = _told(bureau)
    if not base:
        return []
    now = rowmarks.marks_of(bureau)
    return [
        f"{_name(key)}：{_how(told.get(key), now.get(key))}，没有办理记录"
        for key in sorted(told.keys() | now.keys())
        if told.get(key) != now.get(key)
    ]


def strange(bureau: Bureau) -> list[tuple[int, list[str]]]:
    """[(entry's number, rows)] where a migration found rows otherwise than their last act had left them."""
    rows = _entries(bureau).filter(facts__contains='"strange"').values_list("seq", "facts")
    return [(seq, found) for seq, facts in rows if (found := json.loads(facts)["strange"])]


def _entries(bureau):
    return JournalEntry.objects.filter(bureau=bureau, action=ACTION).order_by("seq")


def _told(bureau):
    """({key: digest}, what the tables were made of) as the journal has it."""
    told: dict[str, str] = {}
    base = ""
    for facts in _entries(bureau).values_list("facts", flat=True):
        read = json.loads(facts)
        if "base" in read:
            told, base = {}, read["base"]
        told |= dict(read["rows"])
    return {key: digest for key, digest in told.items() if digest}, base


def _how(was, stands):
    return "改动过" if was and stands else "新增" if stands else "删去"


def _name(key):
    label, _, pk = key.partition(" ")
    model = apps.get_model(label)
    row = model._default_manager.filter(pk=pk).first()
    return f"{model._meta.verbose_name}“{row or pk}”"


def schema() -> str:
    """What the tables are made of: after a migration every row may read differently."""
    applied = MigrationRecorder(connection).applied_migrations()
    return journal.digest_text(" ".join(sorted(f"{app}.{name}" for app, name in applied)))


def _is_based_on(bureau, made_of):
    last = _entries(bureau).filter(facts__contains='"base"').last()
    return last is not None and json.loads(last.facts)["base"] == made_of
