"""底册: what the register, the people, the published lists, the holidays and the database's own walls were
when somebody last looked, with one digest over all of it in the journal. What is otherwise now must be
explained by an act; what no act explains is named, also when the triggers slept that would have written it
down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from .. import walls
from ..models import (
    Bureau,
    CalendarYear,
    ImportRun,
    Inspector,
    ItemList,
    JournalEntry,
    LedgerMark,
    Subject,
    SubjectMove,
)
from ..onebyone import one_by_one
from ..states import ItemListState
from . import covers, journal

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator
    from typing import Any

ACTION = "ledger.kept"
_BENT = "底册与办理日志里的指纹不符，有人改过底册"
_FORM = 1  # of the digests: another form is put down anew
_CHUNK, _SETTLED, _REPLAYED = 5000, timedelta(minutes=10), timedelta(days=400)
_MOVED = [Subject._meta.get_field(name) for name in SubjectMove.FIELDS]


def keep_all(log: logging.Logger) -> None:
    """Of every bureau; a step of the schedule."""
    one_by_one(Bureau.objects.here(), keep, log)


@transaction.atomic
def keep(bureau: Bureau) -> None:
    """Put down what has changed and is explained; what is not is named in the journal, once, and stays
    unexplained. Nothing is written where nothing has changed. A ledger that somebody has bent vouches for
    nothing: that is put on record, and it is begun anew."""
    last, upto = _last(bureau), JournalEntry.objects.head(bureau)["seq"]
    is_bent = bool(last) and _root(bureau) != last["root"]
    is_anew = is_bent or last.get("form") != _FORM
    fresh, strange = _look(bureau, last, is_anew)
    facts = _walls(last)
    strange += facts.pop("strange", []) + ([_BENT] if is_bent else [])
    if is_anew:
        facts["form"] = _FORM
    _put(bureau, fresh)
    if fresh or facts or set(strange) - set(last.get("strange", [])):
        facts |= {"upto": upto, "root": _root(bureau), "strange": strange, "moves": _moves(bureau, last)}
        journal.write(ACTION, by=None, bureau=bureau, about=bureau.about, facts=facts)


@transaction.atomic
def begin_anew(bureau: Bureau) -> None:
    """Put everything down as it is: the bureau has come to another machine, with other walls and another
    calendar. The tables' owner only. What was named before stays named, by its entries."""
    LedgerMark.objects.filter(bureau=bureau)._raw_delete("default")
    last, upto = _last(bureau), JournalEntry.objects.head(bureau)["seq"]
    fresh, _ = _look(bureau, {}, True)
    _put(bureau, fresh)
    facts = _walls({}) | {"form": _FORM, "upto": upto, "root": _root(bureau), "strange": []}
    journal.write(
        ACTION, by=None, bureau=bureau, about=bureau.about, facts=facts | {"moves": _moves(bureau, last)}
    )


def faults(bureau: Bureau) -> list[str]:
    """What no act explains: rows as they stand, the marks themselves, the moves written down, the walls; and
    what was found so at an earlier time, by the entry that says so."""
    last = _last(bureau)
    if not last:
        return []
    found = [] if _root(bureau) == last["root"] else [_BENT]
    found += _bent_moves(bureau)
    _, strange = _look(bureau, last, False)
    strange += _walls(last).get("strange", [])
    found += [f"{each}，没有办理记录" for each in strange]
    return found + [each for each in recorded(bureau) if each.partition("（日志")[0] not in strange]


def recorded(bureau: Bureau) -> list[str]:
    """What was found without an act, and when, by the entries that say so; nothing is looked at anew."""
    found: dict[str, str] = {}
    for entry in _entries(bureau):
        at = f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M}"
        for each in json.loads(entry.facts).get("strange", []):
            found.setdefault(each, f"{each}（日志第 {entry.seq} 条，{at} 发现），没有办理记录")
    return list(found.values())


# -- rows --------------------------------------------------------------------------------------------


def _look(bureau, last, is_anew):
    """({(noun, key): digest} that is new and explained, [what is not])."""
    fresh, strange = {}, []
    for noun, differing in _differing(bureau):
        explained = {row.pk for row, _, _ in differing}
        if not is_anew:
            explained = _NOUNS[noun].explained(bureau, last, differing)
        for row, digest, was in differing:
            if row.pk in explained:
                fresh[noun, row.pk] = digest
            else:
                how = "改动过" if was else "新增"
                strange.append(f"{_NOUNS[noun].title}“{getattr(row, 'ref', row)}”{how}")
    return fresh, strange + _gone(bureau)


def _differing(bureau) -> Iterator[tuple[str, list[tuple[Any, str, str]]]]:
    """(noun, [(row, digest, digest put down)]) of what is otherwise than it was, some thousands at a time."""
    for noun, covered in _NOUNS.items():
        first = 0
        while chunk := list(covered.rows(bureau).filter(pk__gt=first).order_by("pk")[:_CHUNK]):
            kept = LedgerMark.objects.filter(bureau=bureau, noun=noun, key__gt=first, key__lte=chunk[-1].pk)
            known = dict(kept.values_list("key", "digest"))
            told = [(row, covered.digest(row), known.get(row.pk, "")) for row in chunk]
            if differing := [each for each in told if each[1] != each[2]]:
                yield noun, differing
            first = chunk[-1].pk


def _gone(bureau):
    """Rows put down that are there no more: no act takes one away."""
    found = []
    for noun, covered in _NOUNS.items():
        rows = covered.rows(bureau).values("pk")
        gone = LedgerMark.objects.filter(bureau=bureau, noun=noun).exclude(key__in=rows)
        how = "不再是公布的" if noun == "itemlist" else "删去"
        found += [f"{covered.title}（{key}）{how}" for key in gone.values_list("key", flat=True)]
    return found


def _of_subject(subject):
    return _digest([_text(subject, each) for each in _MOVED])


def _text(subject, field):
    """A value as the register's trigger writes it down."""
    value = getattr(subject, field.attname)
    return "" if value is None else str(value)[:300]


def _of_inspector(person):
    return _digest(
        [
            *_columns(person, {"phone", "identity_number"}),
            sorted(each.pk for each in person.skills.all()),
            sorted(
                [each.number, str(each.issued_on), str(each.expires_on)] for each in person.certificates.all()
            ),
        ]
    )


def _of_list(listed):
    rows = [[*_columns(item), [_columns(line) for line in item.lines.all()]] for item in listed.items.all()]
    return _digest([*_columns(listed), rows])


def _of_year(year):
    return _digest([year.year, year.source, [[str(each.day), each.is_workday] for each in year.days.all()]])


def _columns(row, free=frozenset()):
    return [
        None if (value := getattr(row, each.attname)) is None else str(value)
        for each in row._meta.concrete_fields
        if each.name not in free
    ]


def _digest(values):
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


# -- what explains them ------------------------------------------------------------------------------


def _firms(bureau, last, differing):
    """Keys of those whose moves lead back to what was put down, or that have come in by an act since."""
    since = JournalEntry.objects.filter(bureau=bureau, seq__gt=last["upto"])
    came = [row for row, _, was in differing if not was]
    runs = set(since.filter(action="import.applied").values_list("about", flat=True)) if came else set()
    entered = (
        set(since.filter(action__startswith="subject.").values_list("about", flat=True)) if came else set()
    )
    found = {
        row.pk
        for row in came
        if ImportRun.about_of(row.entered_by_run_id) in runs or Subject.about_of(row.pk) in entered
    }
    moves: dict[int, list[tuple[str, str, str]]] = {}
    rows = SubjectMove.objects.filter(
        subject__in=[row.pk for row, _, was in differing if was], at__gte=timezone.now() - _REPLAYED
    )
    for key, *move in rows.order_by("-pk").values_list("subject", "field", "old", "new"):
        moves.setdefault(key, []).append(tuple(move))
    return found | {
        row.pk for row, _, was in differing if was and _leads_back(row, was, moves.get(row.pk, []))
    }


def _leads_back(firm, was, moves):
    """Whether its moves, taken back one by one, lead from what it is to what was put down."""
    now = {each.name: _text(firm, each) for each in _MOVED}
    for field, old, new in moves:
        if now[field] != new:
            return False
        now[field] = old
        if _digest(list(now.values())) == was:
            return True
    return False


def _people(bureau, last, differing):
    """Keys of those whom the journal speaks of since, one by one or as a table brought in."""
    told = set(
        JournalEntry.objects.filter(bureau=bureau, seq__gt=last["upto"]).values_list("about", flat=True)
    )
    return {row.pk for row, _, _ in differing if row.about in told or "inspectors" in told}


def _lists(bureau, last, differing):
    """All of them where one was published since: that ends the one before it."""
    since = JournalEntry.objects.filter(bureau=bureau, seq__gt=last["upto"], action="itemlist.published")
    return {row.pk for row, _, _ in differing} if since.exists() else set()


def _years(bureau, last, differing):
    """One calendar for all: whichever bureau has entered it."""
    own = JournalEntry.objects.filter(bureau=bureau, seq__gt=last["upto"])
    others = JournalEntry.objects.exclude(bureau=bureau).filter(at__gt=_entries(bureau).last().at)
    told = set((own | others).filter(about__startswith="calendar ").values_list("about", flat=True))
    return {row.pk for row, _, _ in differing if f"calendar {row.year}" in told}


@dataclass(frozen=True)
class _Noun:
    """A table that the ledger covers: its rows, the digest of one, the keys of those that acts explain."""

    title: str
    rows: Callable
    digest: Callable
    explained: Callable


_NOUNS = {
    "subject": _Noun(
        Subject._meta.verbose_name,
        # As tuples of the columns that count: there are many.
        lambda bureau: Subject.objects.filter(bureau=bureau).values_list(
            "pk", "ref", "entered_by_run_id", *(each.attname for each in _MOVED), named=True
        ),
        _of_subject,
        _firms,
    ),
    "inspector": _Noun(
        Inspector._meta.verbose_name,
        lambda bureau: Inspector.objects.filter(bureau=bureau).prefetch_related("skills", "certificates"),
        _of_inspector,
        _people,
    ),
    "itemlist": _Noun(
        ItemList._meta.verbose_name,
        lambda bureau: ItemList.objects.filter(
            bureau=bureau, status=ItemListState.PUBLISHED
        ).prefetch_related("items__lines"),
        _of_list,
        _lists,
    ),
    "calendaryear": _Noun(
        CalendarYear._meta.verbose_name,
        lambda bureau: CalendarYear.objects.prefetch_related("days"),
        _of_year,
        _years,
    ),
}


# -- moves and walls ---------------------------------------------------------------------------------


def _moves(bureau, last):
    """[after, up to, digest] of the moves written down since the last time, but for what may still be on its
    way."""
    after = last.get("moves", [0, 0, ""])[1]
    settled = SubjectMove.objects.filter(
        subject__bureau=bureau, pk__gt=after, at__lt=timezone.now() - _SETTLED
    )
    upto = settled.order_by("-pk").values_list("pk", flat=True).first() or after
    return [after, upto, _of_moves(bureau, after, upto)]


def _of_moves(bureau, after, upto):
    told = hashlib.sha256()
    for each in _rows_of_moves(bureau, after, upto):
        told.update(_told(each))
    return told.hexdigest()


def _rows_of_moves(bureau, after, upto):
    rows = SubjectMove.objects.filter(subject__bureau=bureau, pk__gt=after, pk__lte=upto).order_by("pk")
    return rows.values_list("pk", "subject", "field", "old", "new", "by", "how", "reason").iterator()


def _told(move):
    return json.dumps(move, ensure_ascii=False).encode()


def _bent_moves(bureau):
    """Moves that are not as they were when they were put down; all are read once."""
    spans = [(*json.loads(entry.facts)["moves"], entry.seq) for entry in _entries(bureau)]
    told = {seq: hashlib.sha256() for *_, seq in spans}
    rows = _rows_of_moves(bureau, 0, spans[-1][1])
    waiting = iter(spans)
    after, upto, _, seq = next(waiting)
    for each in rows:
        while each[0] > upto:
            after, upto, _, seq = next(waiting)
        if each[0] > after:
            told[seq].update(_told(each))
    return [
        f"名录变动第 {after + 1} 到 {upto} 条与日志第 {seq} 条登记的不同，有人改过"
        for after, upto, digest, seq in spans
        if told[seq].hexdigest() != digest
    ]


def _walls(last):
    """{} where the walls are as they were put down; else what to put down, and what no migration explains."""
    now, schema = walls.standing(), covers.schema()
    if last.get("schema") == schema:
        was = last["walls"]
        return {"strange": said} if (said := walls.compare(was, now)) else {}
    return {"schema": schema, "walls": now}


# -- the marks and the entries -----------------------------------------------------------------------


def _put(bureau, fresh):
    rows = [
        LedgerMark(bureau=bureau, noun=noun, key=key, digest=digest) for (noun, key), digest in fresh.items()
    ]
    LedgerMark.objects.bulk_create(
        rows,
        batch_size=_CHUNK // 5,
        update_conflicts=True,
        update_fields=["digest"],
        unique_fields=["bureau", "noun", "key"],
    )


def _root(bureau):
    """One digest over all marks."""
    told = hashlib.sha256()
    rows = LedgerMark.objects.filter(bureau=bureau).order_by("noun", "key")
    for noun, key, digest in rows.values_list("noun", "key", "digest").iterator():
        told.update(f"{noun} {key} {digest}\n".encode())
    return told.hexdigest()


def _entries(bureau):
    return JournalEntry.objects.filter(bureau=bureau, action=ACTION).order_by("seq")


def _last(bureau):
    """The facts of the last entry, with the form, the schema and the walls that hold from an earlier one."""
    found: dict[str, Any] = {}
    for facts in _entries(bureau).values_list("facts", flat=True):
        found |= json.loads(facts)
    return found
