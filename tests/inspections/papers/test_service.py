"""送达: each way with what it needs and the day it counts from; corrected on record; where to appeal is named
before a decision is signed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from inspections.papers import issuing, service
from registries.models import Bureau

from ...staircase import refused_with
from .test_delivery import appeals, issued_days_ago, served
from .test_papers import case, visited  # noqa: F401

pytestmark = pytest.mark.django_db
SAID = {
    "直接送达": {"receiver": "门卫何某"},
    "留置送达": {"witness": "嘎查干部乌某"},
    "邮寄送达": {"slip": "EMS 1234"},
    "电子送达（有确认书）": {"consent": "2026-03-01 签"},
    "公告送达": {"remark": "县政府网站；查无下落"},
}


@pytest.mark.parametrize("way", SAID)
def test_each_way_has_its_own_day(case, way):  # noqa: F811
    by, today = visited(case), timezone.localdate()
    order = issued_days_ago(case, "order", by, 5)
    on = today - timedelta(days=3)
    paper = served(case, by, on=on.isoformat(), way=way, **SAID[way])
    event = case.events.get(code="order.delivered", thread=order.thread)
    day = on + timedelta(days=30) if way == "公告送达" else on
    assert timezone.localdate(event.at) == day == service.effective(case.bureau, way, on)
    assert len(appeals(case)) == 1 and paper.facts["delivered_way"] == way
    for said in SAID[way].values():
        assert said in paper.facts["remark"] + paper.facts["receiver"]


@pytest.mark.parametrize("way", [each for each in SAID if each != "直接送达"])
def test_each_way_asks_for_its_proof(case, way):  # noqa: F811
    by = visited(case)
    issued_days_ago(case, "order", by, 5)
    with refused_with("service_incomplete"):
        served(case, by, on=timezone.localdate().isoformat(), way=way)
    assert not case.papers.filter(code="delivery", status="signed").exists()


def test_a_wrong_day_is_put_right_on_record(case, cast):  # noqa: F811
    by, today = visited(case), timezone.localdate()
    order = issued_days_ago(case, "order", by, 9)
    wrong = served(case, by, on=(today - timedelta(days=8)).isoformat())
    first = appeals(case)
    issuing.void(wrong, "日期写错", by=cast.clerk)
    assert appeals(case) == [] and case.events.filter(code="order.delivered").count() == 1
    right = served(case, by, on=(today - timedelta(days=2)).isoformat())
    assert right.facts["papers"] == wrong.facts["papers"]
    (now,) = appeals(case)
    assert now > first[0]
    # what was said stays said, and so does why it does not hold
    assert [each.code for each in case.events.filter(thread=order.thread).order_by("pk")] == [
        "order.delivered",
        "service.corrected",
        "order.delivered",
    ]


def test_no_decision_is_signed_before_it_can_say_where_to_appeal(case, client):  # noqa: F811
    by = visited(case)
    Bureau.objects.filter(pk=case.bureau_id).update(court="")
    case.refresh_from_db()
    with refused_with("remedy_unset"):
        issuing.sign(issuing.draft(case, "order", by=by), by=by)
    issuing.sign(issuing.draft(case, "record", by=by), by=by)  # nothing to appeal against
    Bureau.objects.filter(pk=case.bureau_id).update(remedy="可在六十日内申请行政复议……")
    case.refresh_from_db()
    issuing.sign(issuing.draft(case, "order", by=by), by=by)


def test_nothing_is_served_on_a_day_to_come(case):  # noqa: F811
    by = visited(case)
    issuing.sign(issuing.draft(case, "order", by=by), by=by)
    with refused_with("service_ahead"):
        served(case, by, on=(timezone.localdate() + timedelta(days=1)).isoformat())


def test_thirty_days_of_a_notice_are_the_tables_number(bureau):
    assert service.effective(bureau, "公告送达", date(2026, 2, 10)) == date(2026, 3, 12)
    assert service.effective(bureau, "直接送达", date(2026, 2, 10)) == date(2026, 2, 10)
