"""Working days: arithmetic over the official calendar as it was entered. Reads only."""

from dataclasses import dataclass
from datetime import date, timedelta

from .models import CalendarDay, CalendarYear


def workdays_of(year):
    """(how many working days the year has, whether its arrangement has been entered)."""
    first, length = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
    differs = dict(CalendarDay.objects.filter(day__year=year).values_list("day", "is_workday"))
    days = (first + timedelta(days=n) for n in range(length))
    return sum(differs.get(day, day.weekday() < 5) for day in days), is_known(first)


@dataclass(frozen=True)
class Book:
    """The whole calendar in memory, for whoever counts many limits at once."""

    differs: dict
    years: frozenset

    @classmethod
    def load(cls):
        """What has been entered so far."""
        differs = dict(CalendarDay.objects.values_list("day", "is_workday"))
        return cls(differs, frozenset(CalendarYear.objects.values_list("year", flat=True)))

    def is_known(self, *days):
        """As the function below."""
        return self.years.issuperset(day.year for day in days)

    def is_workday(self, day):
        """As the function below."""
        return self.differs.get(day, day.weekday() < 5)

    def add(self, start, count):
        """The count-th working day after `start`, or before it where count is negative; and whether every
        year crossed has been entered."""
        step, day, left = timedelta(days=1 if count > 0 else -1), start, abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        first, last = sorted((start, day))
        return day, self.is_known(*(date(year, 1, 1) for year in range(first.year, last.year + 1)))


def is_known(*days):
    """Whether the years of these days have been entered; a date counted in another is provisional."""
    years = {day.year for day in days}
    return CalendarYear.objects.filter(year__in=years).count() == len(years)


def is_workday(day):
    """Whether a day is a working day; by weekday alone where its year has not been entered."""
    known = CalendarDay.objects.filter(day=day).first()
    return known.is_workday if known else day.weekday() < 5


def add_workdays(start, count):
    """The count-th working day after `start`. Returns (date, whether every year crossed has been entered)."""
    return Book.load().add(start, count)
