"""期间: days from one to another, both counted; months, quarters, years; the same days a year before."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone


@dataclass(frozen=True)
class Span:
    """Both days count."""

    since: date
    until: date

    @classmethod
    def month(cls, year: int, month: int) -> Span:
        return cls(date(year, month, 1), date(year, month, monthrange(year, month)[1]))

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Span:
        return cls(date(year, 3 * quarter - 2, 1), cls.month(year, 3 * quarter).until)

    @classmethod
    def year(cls, year: int) -> Span:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @property
    def before(self) -> Span:
        """The same days of the year before; the end of February stays its end."""
        return Span(_year_before(self.since), _year_before(self.until, keeps_end=True))

    @property
    def days(self) -> tuple[date, date]:
        return self.since, self.until

    def within(self, field: str) -> Q:
        """Whether a moment lies in the span, as days are counted here; asked so that an index answers."""
        first = timezone.make_aware(datetime.combine(self.since, time()))
        last = timezone.make_aware(datetime.combine(self.until + timedelta(days=1), time()))
        return Q(**{f"{field}__gte": first, f"{field}__lt": last})

    def __str__(self) -> str:
        """ "2026年", "2026年3月", "2026年第一季度", or from day to day."""
        year = self.since.year
        if self == Span.year(year):
            return f"{year}年"
        if self == Span.month(year, self.since.month):
            return f"{year}年{self.since.month}月"
        quarter = (self.since.month + 2) // 3
        if self == Span.quarter(year, quarter):
            return f"{year}年第{'一二三四'[quarter - 1]}季度"
        last = f"{self.until:%-m月%-d日}" if year == self.until.year else f"{self.until:%Y年%-m月%-d日}"
        return f"{self.since:%Y年%-m月%-d日}至{last}"


def _year_before(day, keeps_end=False):
    last = monthrange(day.year - 1, day.month)[1]
    is_end = keeps_end and day.day == monthrange(day.year, day.month)[1]
    return date(day.year - 1, day.month, last if is_end else min(day.day, last))
