"""Working days on the official calendar."""

import json
from datetime import date

import pytest

from registries.models import CalendarYear
from registries.services import calendar, limits

pytestmark = pytest.mark.django_db


def test_five_working_days_over_the_national_day_of_2025(bureau):
    # 1–8 October off, 28 September and 11 October worked (State Council notice for 2025).
    assert calendar.is_workday(date(2025, 9, 28)) and not calendar.is_workday(date(2025, 10, 8))
    assert calendar.add_workdays(date(2025, 9, 30), 5) == (date(2025, 10, 14), True)
    assert limits.due(bureau, "report", date(2025, 9, 30)) == date(2025, 10, 14)


def test_a_year_not_yet_published_is_said(bureau):
    assert not CalendarYear.objects.filter(year=2031).exists()
    assert calendar.add_workdays(date(2031, 1, 1), 3) == (date(2031, 1, 6), False)


def test_every_day_of_the_published_notices(bureau, real_data):
    for path in sorted((real_data / "holidays").glob("holiday-cn_*.json")):
        notice = json.loads(path.read_text(encoding="utf-8"))
        calendar.load_year(notice["year"], "测试")
        wrong = [
            day
            for day in notice["days"]
            if day["date"].startswith(str(notice["year"]))
            and calendar.is_workday(date.fromisoformat(day["date"])) == day["isOffDay"]
        ]
        assert not wrong, path.name
