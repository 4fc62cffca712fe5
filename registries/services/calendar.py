"""Entering a year's holidays and make-up days; what is counted over them stands in workdays.py."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import chinese_calendar
from django.db import transaction

from ..errors import DomainError
from ..models import CalendarDay, CalendarYear
from . import journal
from .access import require

if TYPE_CHECKING:
    from ..models import Account

_DAY = r"(\d{4}-\d{2}-\d{2})"
_LINE = re.compile(rf"{_DAY}(?:\s*[至到~—-]+\s*{_DAY})?\s*(休|班)(.*)")


@transaction.atomic
def load_year(year, source, bureau):
    """Enter a year's holidays and make-up days from the package that carries the official notice, at the
    founding of a bureau.

    Returns the CalendarYear, or None when the year has not been published there.
    """
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return None
    entered, is_new = CalendarYear.objects.get_or_create(year=year, defaults={"source": source})
    if is_new:
        day = date(year, 1, 1)
        while day.year == year:
            if chinese_calendar.is_workday(day) != (day.weekday() < 5):
                name = chinese_calendar.get_holiday_detail(day)[1] or ""
                CalendarDay.objects.create(
                    year=entered, day=day, is_workday=chinese_calendar.is_workday(day), name=name
                )
            day += timedelta(days=1)
        journal.write("calendar.loaded", by=None, bureau=bureau, about=f"calendar {year}")
    return entered


@transaction.atomic
def enter_year(year: int, source: str, text: str, *, by: Account) -> CalendarYear:
    """A year's arrangement by hand, one line a day or a span: “2027-01-01 至 2027-01-03
    休 元旦”, “2027-01-10 班”.

    Entering a year again corrects it: a day that is no longer named becomes an ordinary one. Raises
    calendar_line. Returns the CalendarYear.
    """
    require(by, "registries.enter_calendar")
    named = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            named |= _named_days(year, number, line.strip())
    entered, _ = CalendarYear.objects.update_or_create(year=year, defaults={"source": source})
    for kept in entered.days.exclude(day__in=named):
        kept.is_workday, kept.name = kept.day.weekday() < 5, "（已更正）"
        kept.save()
    for day, (works, name) in named.items():
        CalendarDay.objects.update_or_create(
            day=day, defaults={"year": entered, "is_workday": works, "name": name}
        )
    journal.write(
        "calendar.entered", by=by, about=f"calendar {year}", facts={"days": len(named), "source": source}
    )
    return entered


def _named_days(year, number, line):
    match = _LINE.fullmatch(line)
    try:
        first = date.fromisoformat(match[1])
        last = date.fromisoformat(match[2]) if match[2] else first
    except (TypeError, ValueError):
        raise DomainError("calendar_line", number=number, line=line[:40]) from None
    if not first <= last <= first + timedelta(days=30) or {first.year, last.year} != {year}:
        raise DomainError("calendar_line", number=number, line=line[:40])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {day: (match[3] == "班", match[4].strip()[:30]) for day in days}
