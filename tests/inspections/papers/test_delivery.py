"""送达: the remedies run from the day that is said, a second 送达回证 lists its own papers alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.models import Paper
from inspections.papers import issuing
from inspections.visit import duties

from ...staircase import refused_with
from ...walls import behind_the_walls
from .test_papers import case, visited  # noqa: F401

pytestmark = pytest.mark.django_db


def issued_days_ago(case, code, by, days):  # noqa: F811
    paper = issuing.sign(issuing.draft(case, code, by=by), by=by)
    with behind_the_walls():
        Paper.objects.filter(pk=paper.pk).update(signed_at=timezone.now() - timedelta(days=days))
    paper.refresh_from_db()
    return paper


def served(case, by, **given):  # noqa: F811
    return issuing.sign(issuing.draft(case, "delivery", by=by, given=given), by=by)


def appeals(case):  # noqa: F811
    return [each.due.on for each in duties.running(case.bureau, cases=[case]) if each.title == "申请行政复议"]


def test_the_remedies_run_from_the_day_of_service(case):  # noqa: F811
    by, today = visited(case), timezone.localdate()
    order = issued_days_ago(case, "order", by, 9)
    paper = served(case, by, on=(today - timedelta(days=4)).isoformat())
    event = case.events.get(code="order.delivered", thread=order.thread)
    assert timezone.localdate(event.at) == today - timedelta(days=4)
    day = today - timedelta(days=4)
    assert paper.facts["delivered_on"] == f"{day.year}年{day.month}月{day.day}日"
    late = appeals(case)
    event_today = today + timedelta(days=60)
    assert late and late[0] < event_today, "not from the day of typing"


def test_nothing_is_served_before_it_was_signed(case):  # noqa: F811
    by, today = visited(case), timezone.localdate()
    order = issued_days_ago(case, "order", by, 2)
    with refused_with("delivery_before"):
        served(case, by, on=(today - timedelta(days=3)).isoformat())
    served(case, by, on=(today - timedelta(days=2)).isoformat())
    event = case.events.get(code="order.delivered", thread=order.thread)
    assert event.at >= order.signed_at and timezone.localdate(event.at) == today - timedelta(days=2)


def test_a_second_list_has_its_own_papers_alone(case):  # noqa: F811
    by = visited(case, others=2)
    order = issuing.sign(issuing.draft(case, "order", by=by), by=by)
    first = served(case, by)
    assert order.number in [number for _, number in first.facts["papers"]]
    with refused_with("paper_not_yet"):
        served(case, by)
    measure = issuing.sign(issuing.draft(case, "measure", by=by), by=by)
    assert [number for _, number in served(case, by).facts["papers"]] == [measure.number]


def test_the_form_asks_for_a_day_that_has_been(case, client):  # noqa: F811
    by = visited(case)
    issuing.sign(issuing.draft(case, "order", by=by), by=by)
    client.force_login(by)
    page, today = f"/desk/cases/{case.token}/papers/new/delivery/", timezone.localdate()
    assert f'value="{today.isoformat()}"' in client.get(page).content.decode()
    told = {"way": "直接送达", "on": (today + timedelta(days=1)).isoformat()}
    assert "不能晚于今天" in client.post(page, told).content.decode()
    assert client.post(page, told | {"on": today.isoformat()}).status_code == 302
    assert case.papers.get(code="delivery").given["on"] == today.isoformat()
