"""期限: every limit of the table across the Spring Festival, the year's end and make-up days."""

import calendar as months
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from django.utils import timezone

from inspections.case import events
from registries import limits
from registries.models import CalendarYear, LegalLimit

pytestmark = pytest.mark.django_db
ZONE = timezone.get_fixed_timezone(480)


def oracle(limit, start):
    """The same by walking day by day over the package's own calendar."""
    step = timedelta(days=-1 if limit.is_backward else 1)
    day, left = start, limit.length
    if limit.unit == "workday":
        while left:
            day += step
            left -= chinese_calendar.is_workday(day)
        return day
    if limit.unit == "month":
        year, month = start.year, start.month
        for _ in range(limit.length):
            month += -1 if limit.is_backward else 1
            year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
        day = date(year, month, min(start.day, months.monthrange(year, month)[1]))
    else:
        day = start + limit.length * step
    while limit.rolls and not chinese_calendar.is_workday(day):
        day += timedelta(days=1)
    return day


@pytest.mark.slow
def test_every_limit_across_the_festivals_and_the_years_end(bureau):
    # National Day, New Year, Spring Festival
    starts = [date(2025, 9, 20) + timedelta(days=n) for n in range(190)]
    checked = 0
    for limit in LegalLimit.objects.filter(bureau=bureau).exclude(unit="hour"):
        for start in starts:
            if start + timedelta(days=limit.length * (31 if limit.unit == "month" else 2)) > date(
                2026, 12, 15
            ):
                continue
            due = limits.count(limit, start)
            assert due.on == oracle(limit, start), (limit.code, start)
            checked += 1
    assert checked > 3000


@pytest.mark.parametrize(
    ("code", "start", "due"),
    [
        ("report", date(2026, 2, 13), date(2026, 2, 27)),  # 14 Feb is worked, 15 to 23 are off, 28 is worked
        ("report", date(2026, 2, 14), date(2026, 2, 28)),
        ("report", date(2025, 12, 30), date(2026, 1, 7)),  # 1 to 3 off, Sunday the 4th worked
        ("publish_penalty", date(2026, 9, 28), date(2026, 10, 13)),  # 10 October, a Saturday, is worked
        (
            "pay_fine",
            date(2026, 2, 1),
            date(2026, 2, 24),
        ),  # the 16th lies in the festival: the first day after it
        ("penalty_decide", date(2025, 11, 20), date(2026, 2, 18)),  # ninety days are ninety days
        (
            "hearing_notice",
            date(2026, 2, 26),
            date(2026, 2, 10),
        ),  # seven working days before, over the festival
        ("litigate", date(2026, 3, 31), date(2026, 9, 30)),
        ("litigate", date(2025, 8, 31), date(2026, 2, 28)),
        ("licence_renew", date(2026, 5, 31), date(2026, 2, 28)),
        ("reconsider", date(2026, 8, 3), date(2026, 10, 8)),  # 2 October is off until the 7th
        ("seizure", date(2026, 1, 31), date(2026, 3, 2)),
        ("crime_decide", date(2026, 2, 14), date(2026, 2, 17)),
        ("withdraw_result", date(2026, 9, 29), date(2026, 10, 9)),  # 30 Sept, 8 and 9 Oct are worked
        ("withdraw_penalty", date(2026, 3, 6), date(2026, 3, 11)),
    ],
)
def test_days_counted_by_hand(bureau, code, start, due):
    limit = limits.of(bureau, code, start)
    assert limits.count(limit, start) == limits.Due(due, True)


def test_hours_run_through_nights_and_festivals(bureau):
    at = datetime(2026, 2, 16, 23, 30, tzinfo=ZONE)
    due = limits.count(limits.of(bureau, "crime_send", at.date()), at)
    assert due.at == at + timedelta(hours=24) and due.on == date(2026, 2, 17)
    assert not due.is_past(at + timedelta(hours=24)) and due.is_past(at + timedelta(hours=24, seconds=1))
    stop = limits.count(limits.of(bureau, "stop_power", at.date()), at)
    assert stop.at == at - timedelta(hours=24)


def test_a_day_ends_at_midnight_in_shanghai(bureau):
    due = limits.Due(date(2026, 2, 27))
    assert not due.is_past(datetime(2026, 2, 27, 15, 59, tzinfo=UTC)) and due.is_past(
        datetime(2026, 2, 27, 16, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("code", ["report", "publish_result", "pay_fine", "hearing_notice"])
def test_a_year_not_yet_published_is_provisional(bureau, code):
    limit = limits.of(bureau, code, date(2026, 12, 1))
    start = date(2027, 1, 5) if limit.is_backward else date(2026, 12, 25)
    assert not CalendarYear.objects.filter(year=2027).exists()
    assert not limits.count(limit, start).is_known
    assert limits.count(limit, date(2026, 4, 1)).is_known


def test_a_new_version_of_a_limit_counts_from_its_day(bureau):
    old = LegalLimit.objects.get(bureau=bureau, code="penalty_decide")
    new = LegalLimit.objects.get(pk=old.pk)
    new.pk, new.length, new.since = None, 60, date(2026, 6, 1)
    new.save()
    assert limits.due(bureau, "penalty_decide", date(2026, 5, 31)) == date(2026, 8, 29)
    assert limits.due(bureau, "penalty_decide", date(2026, 6, 1)) == date(2026, 7, 31)


def test_every_event_of_the_rules_has_words_and_every_limit_its_article(bureau):
    for limit in LegalLimit.objects.filter(bureau=bureau):
        assert limit.basis and set(f"{limit.begins} {limit.ends}".split()) <= set(events.TITLES), limit.code
