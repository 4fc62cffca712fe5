"""先问后改: while a task that is not sealed yet would hold a firm, what would take it out of that pool, into
another, or change its lots is asked for, and done in the asker's name once another has allowed it. Which
moves touch a coming pool is known to the rooms above: they say so through POOLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ..errors import DomainError
from ..models import BatchChange, Consent, Subject, SubjectMove
from ..states import ConsentState
from . import consents, corrections, duplicates, jurisdiction, moves, subjects

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.db.models import QuerySet

    from ..models import Account

# Each takes fresh moves of a bureau and gives (the moves that touch a coming pool, the tasks' titles).
POOLS: list[Callable[[QuerySet[SubjectMove]], tuple[list[SubjectMove], list[str]]]] = []
_SHOWN = 30


class _Touches(Exception):
    """Undoes what was tried: it would have touched a coming pool."""

    def __init__(self, shown):
        super().__init__()
        self.shown = shown


@transaction.atomic
def do_or_ask(what: str, told: dict[str, Any], title: str, *, by: Account, reason: str = "") -> Any:
    """What is to be done of VERBS, with plain values. Returns what the verb gives, or the Consent that now
    waits for another; raises what the verb raises."""
    try:
        with transaction.atomic():
            last = SubjectMove.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            done = VERBS[what](told, by)
            if shown := _touched(by.bureau, last):
                raise _Touches(shown)
            return done
    except _Touches as coming:
        return ask(what, told, title, coming.shown, by=by, reason=reason)


@transaction.atomic
def ask(
    what: str, told: dict[str, Any], title: str, shown: list[list[str]], *, by: Account, reason: str
) -> Consent:
    """Put it down for another; the same thing waits once. Raises edit_waits."""
    facts = {"what": what, "told": told}
    if Consent.objects.filter(bureau=by.bureau, kind="edit", status=ConsentState.ASKED, facts=facts).exists():
        raise DomainError("edit_waits", title=title)
    return consents.ask("edit", by.bureau, title, shown, facts, by=by, reason=reason)


def carry_out(one: Consent) -> None:
    """Another has allowed it: done now, by who asked, and signed with the consent."""
    with moves.allowed(one):
        VERBS[one.facts["what"]](one.facts["told"], one.asked_by)


def _touched(bureau, last):
    fresh = SubjectMove.objects.filter(pk__gt=last, subject__bureau=bureau).select_related("subject")
    rows, titles = [], []
    for pool in POOLS:
        touching, tasks = pool(fresh)
        rows += touching
        titles += tasks
    shown = [
        [
            f"{each.subject.name}：{Subject._meta.get_field(each.field).verbose_name}",
            corrections.say_value(each.field, each.old),
            corrections.say_value(each.field, each.new),
        ]
        for each in rows[:_SHOWN]
    ]
    if rows[_SHOWN:]:
        shown.append([f"共 {len(rows)} 处，只列前 {_SHOWN} 处", "", ""])
    return shown and [*shown, ["它在这些还没有封存的任务里", "", "、".join(dict.fromkeys(titles))]]


# -- what may be asked for -----------------------------------------------------------------------------


def _own(pk, by):
    return Subject.objects.get(pk=pk, bureau=by.bureau)


def _amend(told, by):
    """`told`: {firm, before: {field: raw text}, after: {field: raw text}, reason}."""
    firm = _own(told["firm"], by)
    for name, was in told["before"].items():
        if corrections.raw(firm, name) != was:
            raise DomainError("edit_moved", name=firm.name)
    for name, text in told["after"].items():
        field = Subject._meta.get_field(name)
        typed = field.target_field if field.is_relation else field
        empty = None if field.null else ""
        setattr(firm, field.attname, typed.to_python(text) if text else empty)
    corrections.amend(firm, told["before"], by=by, reason=told["reason"])
    if "credit_code" in told["after"]:
        subjects.keep_code(firm)
    return firm


def _change_many(told, by):
    field, value = Subject._meta.get_field(told["field"]), told["value"]
    if field.is_relation:
        value = field.related_model._default_manager.get(pk=value) if value else None
    rows = Subject.objects.filter(pk__in=told["firms"])
    return corrections.change_many(rows, told["field"], value, told["reason"], by=by)


def _take_out(told, by):
    return subjects.take_out(_own(told["firm"], by), told["reason"], by=by)


def _take_out_many(told, by):
    return subjects.take_out_many(Subject.objects.filter(pk__in=told["firms"]), told["reason"], by=by)


def _bring_back(told, by):
    return subjects.bring_back(_own(told["firm"], by), by=by)


def _merge(told, by):
    return duplicates.merge(_own(told["firm"], by), _own(told["into"], by), told["reason"], by=by)


def _decide_area(told, by):
    return jurisdiction.decide(_own(told["firm"], by), told["is_ours"], told["reason"], by=by)


def _undo(told, by):
    return corrections.undo(BatchChange.objects.get(pk=told["batch"], bureau=by.bureau), by=by)


VERBS: dict[str, Callable[[dict[str, Any], Account], Any]] = {
    "amend": _amend,
    "change_many": _change_many,
    "take_out": _take_out,
    "take_out_many": _take_out_many,
    "bring_back": _bring_back,
    "merge": _merge,
    "decide_area": _decide_area,
    "undo": _undo,
}
