"""日历: what a day holds for each; a feed that names no firm before its draw is released; an address that
ends."""

from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from config.year import days
from inspections.case import staffing
from publicity.services import releases
from registries.models import CalendarFeed, Leave
from registries.services import feeds, training

from .staircase import inspect

pytestmark = pytest.mark.django_db


def feed_of(client, account):
    """What a calendar program reads of an account, with nobody signed in."""
    made = feeds.begin(by=account)
    client.logout()
    answer = client.get(f"/calendar/{made.token}.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    return [str(each["summary"]) for each in Calendar.from_ical(answer.content).walk("VEVENT")]


def test_a_month_holds_ceremonies_visits_leave_courses_and_deadlines(client, cast, drawn):
    today = timezone.localdate()
    case = drawn.cases.order_by("pk").first()
    member = case.team()[0].inspector
    staffing.plan_day(case, today + timedelta(days=1), by=member.account)
    training.plan("新法", today, 4, by=cast.clerk)
    inspect(drawn.cases.order_by("pk").last())
    Leave.objects.create(inspector=member, since=today, until=today + timedelta(days=2), reason="年休")
    found = days.of(cast.clerk, today, today + timedelta(days=60), "all")
    said = "\n".join(f"{each.day} {each.said} {each.firm}" for each in found)
    for words in (
        f"{today} 摇号：",
        f"{today + timedelta(days=1)} 去检查 {case.subject.name}",
        f"{member.name}请假至",
        "培训：新法",
        f"查完 {drawn.cases.order_by('pk').last().subject.name}",
        "检查报告到期",
        "查完到期：",
    ):
        assert words in said, words
    client.force_login(cast.clerk)
    page = client.get("/admin/calendar/?of=all")
    assert page.status_code == 200 and "今天" in page.content.decode()
    on = today + timedelta(days=1)
    day = client.get(f"/admin/calendar/{on.year}/{on.month}/{on.day}/").content.decode()
    assert case.subject.name in day and case.subject.town in day
    for path in ("?month=2026-13", "2026/2/30/"):
        assert client.get(f"/admin/calendar/{path}").status_code == 404


def test_many_of_a_day_are_one_line_and_its_visits_go_by_town(client, cast, drawn):
    on = timezone.localdate() + timedelta(days=1)
    cases = list(drawn.cases.order_by("pk"))
    for case in cases:
        staffing.plan_day(case, on, by=case.team()[0].inspector.account)
    found = [each for each in days.of(cast.clerk, on, on, "all") if each.said.startswith("去检查")]
    assert len(cases) > 3 and [each.said for each in found] == [f"去检查 {len(cases)} 户"]
    client.force_login(cast.clerk)
    visits = client.get(f"/admin/calendar/{on.year}/{on.month}/{on.day}/").context["visits"]
    towns = [each.subject.town for each in visits]
    assert len(visits) == len(cases) and towns == sorted(towns)


def test_the_feed_names_no_firm_before_its_draw_is_released(client, cast, drawn):
    case = drawn.cases.order_by("pk").first()
    account = case.team()[0].inspector.account
    staffing.plan_day(case, timezone.localdate() + timedelta(days=1), by=account)
    before = feed_of(client, account)
    assert "去检查" in before and not any(case.subject.name in each for each in before)
    for each in drawn.cases.order_by("pk"):
        inspect(each)
    releases.release(drawn, by=cast.clerk)
    assert any(case.subject.name in each for each in feed_of(client, account))


def test_an_address_ends_and_belongs_to_who_may_still_sign_in(client, cast, drawn):
    account = drawn.cases.first().team()[0].inspector.account
    old = feeds.begin(by=account)
    new = feeds.begin(by=account)
    assert old.token != new.token and CalendarFeed.objects.count() == 1
    assert client.get(f"/calendar/{old.token}.ics").status_code == 404
    assert client.get(f"/calendar/{new.token}.ics").status_code == 200
    client.force_login(account)
    assert new.token in client.get("/calendar/mine/").content.decode()
    client.post("/calendar/subscribe/", {"end": "1"})
    assert client.get(f"/calendar/{new.token}.ics").status_code == 404 and feeds.of(account) is None
    again = feeds.begin(by=account)
    account.is_active = False
    account.save()
    assert client.get(f"/calendar/{again.token}.ics").status_code == 404
    assert client.get("/calendar/mine/").status_code == 302


def test_each_sees_his_own_days(client, cast, drawn):
    case = drawn.cases.order_by("pk").first()
    mine, other = case.team()[0].inspector.account, None
    on = timezone.localdate() + timedelta(days=1)
    staffing.plan_day(case, on, by=mine)
    other = next(
        each
        for each in type(mine).objects.filter(username__startswith="i")
        if not case.assignments.filter(inspector__account=each).exists()
    )
    assert [each.firm for each in days.of(mine, on, on)] == [case.subject.name]
    assert not days.of(other, on, on)
    assert not [each for each in days.of(cast.auditor, on, on, "all") if each.firm]
    assert not [each for each in days.of(cast.stranger, on, on, "all")]
