"""Working days: the official calendar as data, arithmetic over it."""

from datetime import date, timedelta

import chinese_calendar
from django.db import transaction

from ..models import CalendarDay, CalendarYear


@transaction.atomic
def load_year(year, source):
    """Enter a year's holidays and make-up days from the package that carries the official notice.

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
    return entered


def is_workday(day):
    """Whether a day is a working day; by weekday alone where its year has not been entered."""
    known = CalendarDay.objects.filter(day=day).first()
    return known.is_workday if known else day.weekday() < 5


def add_workdays(start, count):
    """The count-th working day after `start`. Returns (date, whether every year crossed has been entered)."""
    day, differs = start, _differences(start, count)
    while count:
        day += timedelta(days=1)
        count -= differs.get(day, day.weekday() < 5)
    years = set(range(start.year, day.year + 1))
    return day, CalendarYear.objects.filter(year__in=years).count() == len(years)


def _differences(start, count):
    end = start + timedelta(days=count * 3 + 30)
    return dict(CalendarDay.objects.filter(day__gt=start, day__lte=end).values_list("day", "is_workday"))
