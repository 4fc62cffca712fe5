"""处罚决定以后的关口: serving, paying, urging, enforcing, taking back, closing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.after import restraints
from inspections.case import events
from inspections.visit import duties

from ...penalties import decide, step
from ...staircase import refused_with
from .test_gates import refusal

pytestmark = pytest.mark.django_db


def test_paying_urging_and_enforcing_come_in_their_time(opened, by, days_on):
    decide(opened, by)
    assert "送达" in refusal(opened, "penalty.paid", by)
    step(opened, "penalty.delivered", by)
    assert "行政强制法第54条" in refusal(opened, "penalty.urged", by)
    assert "还没有缴清" in refusal(opened, "penalty.closed", by)
    days_on(30)
    step(opened, "penalty.urged", by)
    assert "未满十日" in refusal(opened, "penalty.enforced", by)
    days_on(11)
    assert "行政强制法第53条" in refusal(opened, "penalty.enforced", by)
    days_on(160)
    step(opened, "penalty.enforced", by)
    step(opened, "penalty.closed", by)


def test_nothing_is_closed_while_something_is_held(opened, by):
    held = restraints.take(opened.case, "seizure", "空压机", by=by)
    decide(opened, by)
    step(opened, "penalty.delivered", by)
    step(opened, "penalty.paid", by)
    assert "行政强制法第27条" in refusal(opened, "penalty.closed", by)
    restraints.end(held, "已发还", by=by)
    step(opened, "penalty.closed", by)


@pytest.mark.parametrize(
    ("way", "given", "lacks"),
    [
        ("留置送达", {}, "见证人"),
        ("邮寄送达", {}, "回执编号"),
        ("电子送达（有确认书）", {}, "确认书"),
        ("公告送达", {}, "公告载体"),
        ("口头送达", {}, "口头送达"),
    ],
)
def test_each_way_of_serving_asks_for_its_proof(opened, by, way, given, lacks):
    decide(opened, by)
    assert lacks in refusal(opened, "penalty.delivered", by, way=way, receiver="", **given)


def test_a_public_notice_serves_after_thirty_days(opened, by):
    decide(opened, by)
    at = timezone.now()
    made = step(
        opened, "penalty.delivered", by, at, way="公告送达", receiver="", remark="县政府网站，下落不明"
    )
    assert timezone.localdate(made.at) == timezone.localdate() + timedelta(days=30)


def test_a_wrong_service_is_put_right_on_record(opened, by, days_on):
    decide(opened, by)
    with refused_with("event_without_cause"):
        step(opened, "service.corrected", by)
    step(opened, "penalty.delivered", by)
    assert "更正送达" in refusal(opened, "penalty.delivered", by)
    assert "还没有登记" not in refusal(opened, "penalty.urged", by)
    step(opened, "service.corrected", by)
    days_on(3)
    again = step(opened, "penalty.delivered", by)
    running = duties.running(opened.bureau, cases=[opened.case])
    (pay,) = [each.due.on for each in running if each.title == "缴纳罚款"]
    assert pay >= timezone.localdate(again.at) + timedelta(days=15)


def test_a_published_decision_that_is_revoked_is_taken_back_before_the_end(opened, by, days_on):
    decide(opened, by)
    step(opened, "penalty.delivered", by)
    events.record(opened.case, "penalty.published", by=by, thread=opened.thread)
    days_on(1)
    before = timezone.now() - timedelta(hours=1)
    step(opened, "penalty.revoked", by)
    for at in (None, before):
        assert "还没有撤回" in refusal(opened, "penalty.closed", by, at)
    step(opened, "penalty.withdrawn", by)
    step(opened, "penalty.closed", by)


def test_a_service_that_was_corrected_away_serves_nothing(opened, by, days_on):
    decide(opened, by)
    step(opened, "penalty.delivered", by)
    step(opened, "penalty.paid", by)
    step(opened, "service.corrected", by)
    assert "还没有送达" in refusal(opened, "penalty.closed", by)
    days_on(30)
    assert "送达已更正" in refusal(opened, "penalty.urged", by)
    # the right day lies before the correction
    step(opened, "penalty.delivered", by, timezone.now() - timedelta(days=29))
    step(opened, "penalty.closed", by)


def test_a_notice_that_still_runs_may_be_corrected_and_answered(opened, by):
    decide(opened, by)
    told = {"way": "公告送达", "receiver": "", "remark": "县政府网站"}
    step(opened, "penalty.delivered", by, timezone.now(), **told)
    assert "更正送达" in refusal(opened, "penalty.delivered", by)
    step(opened, "penalty.paid", by)
    step(opened, "service.corrected", by)
    made = step(opened, "penalty.delivered", by, timezone.now() + timedelta(minutes=1))
    assert made.at <= timezone.now()


def test_after_a_suit_that_was_lost_the_fine_is_enforced(opened, by, days_on):
    decide(opened, by)
    step(opened, "penalty.delivered", by)
    step(opened, "court.asked", by)
    days_on(20)
    step(opened, "penalty.urged", by)
    days_on(30)
    assert "第53条" in refusal(opened, "penalty.enforced", by)
    step(opened, "remedy.ended", by)
    step(opened, "penalty.enforced", by)
    step(opened, "penalty.closed", by)


def test_more_time_to_pay_brings_no_urging_forward(opened, by):
    decide(opened, by)
    step(opened, "penalty.delivered", by)
    step(opened, "penalty.deferred", by)
    assert "还没有满" in refusal(opened, "penalty.urged", by)
