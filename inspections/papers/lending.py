"""借出的文号: numbers lent to a team before it sets out, for papers signed where there is no network. One
number lies on one phone; what is not used comes home and is the next to be used, what is spoiled is voided
with its reason: a series has no gap that nobody explains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal
from registries.services.access import require
from registries.transitions import move

from .. import numbers
from ..case import readiness, schemes
from ..states import FOLLOWED_CASE, OPEN_CASE, UNSETTLED, LentState
from .models import LentNumber
from .styles import form_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from registries.models import Account

    from ..case.models import Case

# How many of each kind a phone takes along: with some to spare, for one may be spoiled.
_MANY: dict[str, dict[str, int]] = json.loads(
    (Path(__file__).parent.parent / "data/lending.json").read_text(encoding="utf-8")
)
KINDS = tuple(dict.fromkeys(code for many in _MANY.values() for code in many))


def said(bureau, word, year, serial):
    """A number as it is written: （乌）应急检记〔2026〕1号."""
    return f"（{bureau.short_name}）{word}〔{year}〕{serial}号"


def next_serial(bureau, word, year):
    """The next serial of a series: the lowest that came home, or else the one after the last. The caller
    holds the journal, so that of two nobody takes the same."""
    home = LentNumber.objects.filter(bureau=bureau, word=word, year=year, status=LentState.RETURNED)
    found = home.select_for_update(no_key=True).order_by("serial").first()
    if found is None:
        return numbers.take(bureau, word, year)
    move(found, LentState.REUSED)
    return found.serial


@transaction.atomic
def lend(case: Case, device: str, *, by: Account) -> list[LentNumber]:
    """Numbers for a phone (`device`: its own mark) to take along: filled up to what data/lending.json says.
    Asked again it gives the same. Returns all that lie on that phone for the case.

    Raises stale, remedy_unset (a decision could not say where to appeal), scheme_unapproved."""
    readiness.require_hand(case, by)
    readiness.hold(case)
    case.refresh_from_db(fields=["status"])
    schemes.require_approved(case)
    made = []
    for code, many in _wanted(case).items():
        have = case.lent.filter(
            device=device, code=code, status=LentState.LENT, year=timezone.localdate().year
        )
        made += [_lent(case, code, device, by) for _ in range(many - have.count())]
    _journal("number.lent", case, made, by)
    return on_phone(case, device)


@transaction.atomic
def tell(case: Case, code: str, *, by: Account) -> LentNumber:
    """One number told by telephone, to a team that has none with it: it may be typed in on any phone."""
    readiness.require_hand(case, by)
    readiness.hold(case)
    case.refresh_from_db(fields=["status"])
    if code not in _wanted(case):
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    made = _lent(case, code, "", by)
    _journal("number.lent", case, [made], by)
    return made


def on_phone(case: Case, device: str) -> list[LentNumber]:
    """The numbers of a case that lie on a phone and may be used today."""
    found = case.lent.filter(device=device, status=LentState.LENT, year=timezone.localdate().year)
    return list(found.order_by("code", "serial"))


def _wanted(case):
    """{code: how many} of what may be signed in this stage of a case."""
    if case.status in OPEN_CASE:
        many = _MANY["visit"] if case.is_onsite else {}
    elif case.status in FOLLOWED_CASE and case.findings.filter(status__in=UNSETTLED).exists():
        many = _MANY["review"]
    else:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    bureau = case.bureau
    if "measure" in many and not (bureau.remedy or bureau.government and bureau.court):
        raise DomainError("remedy_unset", title="现场处理措施决定书")
    return many


def _lent(case, code, device, by):
    form, year = form_of(case.bureau, code), timezone.localdate().year
    journal.hold(case.bureau)
    serial = next_serial(case.bureau, form.word, year)
    return LentNumber.objects.create(
        bureau=case.bureau,
        case=case,
        code=code,
        word=form.word,
        year=year,
        serial=serial,
        number=said(case.bureau, form.word, year, serial),
        device=device,
        by=by,
    )


@transaction.atomic
def come_home(case: Case, device: str, keys: Iterable[str], *, by: Account) -> list[LentNumber]:
    """What a phone did not use is free again. `keys`: the typed codes, each of one lending: a number that was
    lent again meanwhile stays where it is, however late a phone repeats itself. Also from whoever has left
    the team: his phone still holds them. Returns what came home now."""
    require(by, "inspections.work_case", case.bureau)
    readiness.hold(case)
    found = case.lent.filter(device=device, typed__in=list(keys), status=LentState.LENT)
    made = [
        move(each, LentState.RETURNED, ended_at=timezone.now(), ended_by=by)
        for each in found.select_for_update(no_key=True).order_by("pk")
    ]
    _journal("number.returned", case, made, by)
    return made


@transaction.atomic
def spoil(lent: LentNumber, reason: str, *, by: Account) -> LentNumber:
    """A number was written on a paper that does not hold, or its phone is lost: it is never used, and says
    why. Told twice it is the same. Raises reason_needed, stale."""
    case = lent.case
    readiness.require_hand(case, by)
    readiness.hold(case)
    if not reason.strip():
        raise DomainError("reason_needed")
    lent.refresh_from_db()
    if lent.status == LentState.SPOILED:
        return lent
    told = {"ended_at": timezone.now(), "ended_by": by, "reason": reason.strip()[:200]}
    move(lent, LentState.SPOILED, **told)
    _journal("number.spoiled", case, [lent], by)
    return lent


def use(case: Case, number: str, code: str, at: datetime) -> LentNumber:
    """The number of a paper that was signed on the spot at a moment. Raises number_unknown, number_kind,
    number_year, stale (used, voided, or used by another meanwhile)."""
    found = _find(case, number)
    if found.code != code:
        raise DomainError("number_kind", number=number)
    if timezone.localdate(at).year != found.year:
        raise DomainError("number_year", number=number)
    return move(found, LentState.USED, ended_at=timezone.now())


def _find(case, number):
    found = case.lent.select_for_update(no_key=True).filter(number=number).order_by("-pk").first()
    if found is None:
        raise DomainError("number_unknown", number=number[:60])
    return found


def _journal(action, case, made, by):
    if made:
        facts = {"numbers": "|".join(each.number for each in made)}
        if action == "number.lent":
            facts["device"] = made[0].device
        if action == "number.spoiled":
            facts["reason"] = made[0].reason
        journal.write(action, by=by, about=case.about, facts=facts)
