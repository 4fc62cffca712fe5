"""Working days on the official calendar."""

import json
from datetime import date, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from registries import limits, workdays
from registries.errors import DomainError
from registries.models import CalendarYear
from registries.services import calendar

pytestmark = pytest.mark.django_db


def test_five_working_days_over_the_national_day_of_2025(bureau):
    # 1–8 October off, 28 September and 11 October worked (State Council notice for 2025).
    assert workdays.is_workday(date(2025, 9, 28)) and not workdays.is_workday(date(2025, 10, 8))
    assert workdays.add_workdays(date(2025, 9, 30), 5) == (date(2025, 10, 14), True)
    assert limits.due(bureau, "report", date(2025, 9, 30)) == date(2025, 10, 14)


def test_a_year_not_yet_published_is_said(bureau):
    assert not CalendarYear.objects.filter(year=2031).exists()
    assert workdays.add_workdays(date(2031, 1, 1), 3) == (date(2031, 1, 6), False)


def test_every_day_of_the_published_notices(bureau, real_data):
    """2015 to 2025, day by day: what a notice names, and that no other day differs from its weekday."""
    off = {}
    # a notice also names days of the year before
    for path in (real_data / "holidays").glob("holiday-cn_*.json"):
        days = json.loads(path.read_text(encoding="utf-8"))["days"]
        off |= {date.fromisoformat(day["date"]): day["isOffDay"] for day in days}
    for year in range(2015, 2026):
        calendar.load_year(year, "测试", bureau)
    every = [date(2015, 1, 1) + timedelta(days=n) for n in range(4018)]
    assert every[-1] == date(2025, 12, 31)
    wrong = [
        day
        for day in every
        if workdays.is_workday(day) != (not off[day] if day in off else day.weekday() < 5)
    ]
    assert not wrong


def test_a_year_is_entered_by_hand_and_corrected(client, cast):
    text = "2031-01-01 至 2031-01-03 休 元旦\n\n2031-01-04 班 元旦\n"
    with pytest.raises(DomainError, match="not_allowed"):
        calendar.enter_year(2031, "通知", text, by=cast.clerk)
    client.force_login(cast.officer)
    page = "/admin/registries/calendaryear/act/enter/"
    for wrong in ("元旦放假", "2031-01-09 至 2031-01-03 休", "2030-01-01 休", "2031-02-30 休"):
        answer = client.post(
            page, {"year": 2031, "source": "通知", "days": f"{text}{wrong}"}
        ).content.decode()
        assert "第 4 行" in answer and not CalendarYear.objects.filter(year=2031).exists()
    assert client.post(page, {"year": 2031, "source": "通知", "days": text}).status_code == 302
    assert not workdays.is_workday(date(2031, 1, 3)) and workdays.is_workday(date(2031, 1, 4))
    assert workdays.add_workdays(date(2031, 1, 1), 1) == (date(2031, 1, 4), True)
    calendar.enter_year(2031, "更正通知", "2031-01-01 休 元旦", by=cast.officer)
    assert workdays.is_workday(date(2031, 1, 3)) and not workdays.is_workday(date(2031, 1, 4))


def test_the_health_page_says_when_the_calendar_ends(client, cast):
    client.force_login(cast.officer)
    year = timezone.localdate().year + 1  # in December the page asks for the next one
    calendar.enter_year(year, "通知", f"{year}-01-01 休 元旦", by=cast.officer)
    assert "年已录入" in client.get("/admin/health/").content.decode()
    CalendarYear.objects.update(year=F("year") - 500)
    assert "只按周一至周五暂算" in client.get("/admin/health/").content.decode()
