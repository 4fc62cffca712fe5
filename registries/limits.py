"""Legal limits: the table's number, counted on the working calendar."""

import calendar as months
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from . import workdays
from .models import LegalLimit


@dataclass(frozen=True)
class Due:
    """When a limit ends. `at` is the moment for hours; `is_known` is False where a year's
    holidays are not entered; `is_rest` that the last day is a day off, and is the last all the same."""

    on: date
    is_known: bool = True
    at: datetime | None = None
    is_rest: bool = field(default=False, compare=False)

    def is_past(self, now):
        """Whether it has gone by; a day ends at midnight, Asia/Shanghai."""
        return now > self.at if self.at else timezone.localdate(now) > self.on


def of(bureau, code, day):
    """The version of a limit that is in force on a day, or None."""
    return LegalLimit.objects.filter(bureau=bureau, code=code, since__lte=day).order_by("-since").first()


def due(bureau, code, start):
    """When a limit that starts on the day `start` ends, by the version then in force. Returns a date."""
    limit = of(bureau, code, start)
    if limit is None:
        raise LookupError(f"no legal limit {code} in force on {start}")
    return count(limit, start).on


def count(limit, start, book=None):
    """A LegalLimit and the day or moment it is counted from in, Due out.

    The first day is not counted (民法典第201条). Hours are counted on the clock, months by the calendar
    (the last day where the month is shorter, 第202条). `rolls`: a last day that is a day off goes on to the
    next working day (第203条).
    """
    # `book`: the calendar, where many are counted.
    moment = start if isinstance(start, datetime) else None
    day = timezone.localdate(start) if moment else start
    sign = -1 if limit.is_backward else 1
    if limit.unit == "hour":
        at = (moment or timezone.make_aware(datetime.combine(day, datetime.min.time()))) + sign * timedelta(
            hours=limit.length
        )
        return Due(timezone.localdate(at), at=at)
    book = book or workdays.Book.load()
    if limit.unit == "workday":
        return Due(*book.add(day, sign * limit.length))
    last = (
        day + sign * timedelta(days=limit.length)
        if limit.unit == "day"
        else _months(day, sign * limit.length)
    )
    if not limit.rolls or book.is_workday(last):
        return Due(last, not limit.rolls or book.is_known(last), is_rest=not book.is_workday(last))
    return Due(*book.add(last, 1))


def longest(limit):
    """More days than the limit can ever take: what began longer ago has surely ended."""
    days = {"hour": 1 / 24, "day": 1, "workday": 2, "month": 31}[limit.unit] * limit.length
    return timedelta(days=days + 40)  # the longest holidays at its end, and to spare


def _months(day, many):
    year, month = divmod(day.year * 12 + day.month - 1 + many, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
