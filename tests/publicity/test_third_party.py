"""征求第三方意见 (政府信息公开条例第32条): what was asked waits for its answer; an objection is
passed over only with a reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.visit import duties, reports
from publicity.admin.publication import approve_many
from publicity.models import Disclosure
from publicity.services import carrying, publications, thirdparty
from registries.errors import DomainError
from registries.models import Subject

from ..staircase import inspect, refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepared(approved, cast):
    return publications.prepare_result(approved, by=cast.clerk)


def test_what_was_asked_waits_for_the_answer(prepared, cast):
    thirdparty.ask(prepared, "检查事项是否涉及商业秘密", by=cast.clerk)
    with refused_with("asked_waits"):
        publications.judge(prepared, True, by=cast.head)
    assert [each.title for each in duties.running(prepared.bureau) if each.who == "party"] == [
        "第三方答复是否同意公开"
    ]
    with refused_with("asked_already"):
        thirdparty.ask(prepared, "再问一次", by=cast.clerk)
    thirdparty.answer(prepared, True, "", by=cast.clerk)
    assert not [each for each in duties.running(prepared.bureau) if each.who == "party"]
    assert publications.judge(prepared, True, by=cast.head).kind == "result"


def test_an_objection_is_passed_over_only_with_a_reason(prepared, cast):
    with refused_with("asked_not"):
        thirdparty.answer(prepared, True, "", by=cast.clerk)
    thirdparty.ask(prepared, "处罚内容", by=cast.clerk)
    with refused_with("reason_needed"):
        thirdparty.answer(prepared, False, " ", by=cast.clerk)
    thirdparty.answer(prepared, False, "涉及工艺参数", by=cast.clerk)
    with refused_with("asked_objects"):
        publications.judge(prepared, True, by=cast.head)
    assert not Disclosure.objects.exists()
    made = publications.judge(prepared, True, "不公开可能对公共利益造成重大影响", by=cast.head)
    assert "工艺" not in str(made.payload)  # what the firm said stays in the file


def test_who_does_not_answer_in_time_does_not_hold_it_up(prepared, cast, monkeypatch):
    thirdparty.ask(prepared, "检查结果", by=cast.clerk)
    until = thirdparty.asked(prepared).until
    assert until > timezone.localdate() + timedelta(days=18)  # fifteen working days
    assert thirdparty.asked(prepared).waits
    monkeypatch.setattr(thirdparty.limits, "due", lambda *asked: timezone.localdate() - timedelta(days=1))
    assert not thirdparty.asked(prepared).waits
    assert publications.judge(prepared, True, by=cast.head).kind == "result"


def test_returning_needs_no_answer_and_news_asks_nobody(prepared, cast):
    thirdparty.ask(prepared, "检查结果", by=cast.clerk)
    publications.judge(prepared, False, "先等答复", by=cast.head)
    told = publications.prepare_news(cast.clerk.bureau, "notice", "通知", "请自查。", by=cast.clerk)
    with refused_with("asked_already"):
        thirdparty.ask(told, "？", by=cast.clerk)


def test_only_those_who_prepare_may_ask(prepared, cast):
    with refused_with("other_bureau"):
        thirdparty.ask(prepared, "检查结果", by=cast.stranger)
    with refused_with("not_allowed"):
        thirdparty.ask(prepared, "检查结果", by=cast.auditor)


def test_at_the_desk(prepared, cast, client):
    client.force_login(cast.clerk)
    page = f"/admin/publicity/publication/{prepared.pk}/"
    assert "征求企业意见" in client.get(f"{page}change/").content.decode()
    answer = client.post(f"{page}act/ask/", {"what": "检查事项"}, follow=True).content.decode()
    assert "答复期内不能公示" in answer and "登记企业答复" in answer and "答复期到" in answer
    client.force_login(cast.head)
    told = client.post(f"{page}act/approve/", {"note": ""}).content.decode()
    assert "还没有答复" in told and not Disclosure.objects.exists()


def test_preparing_anew_or_asking_again_forgets_nothing(prepared, cast):
    thirdparty.ask(prepared, "检查结果", by=cast.clerk)
    thirdparty.answer(prepared, False, "涉及商业秘密", by=cast.clerk)
    with refused_with("asked_already"):
        thirdparty.ask(prepared, "再问一次", by=cast.clerk)
    publications.judge(prepared, False, "重办", by=cast.head)
    anew = publications.prepare_result(prepared.report, by=cast.clerk)
    with refused_with("asked_objects"):
        publications.judge(anew, True, by=cast.head)
    thirdparty.answer(anew, True, "", by=cast.clerk)  # it may change its mind
    assert publications.judge(anew, True, by=cast.head).kind == "result"


def test_an_objection_while_it_is_held_back_holds_it(approved, cast, monkeypatch):
    held = publications.prepare_result(
        approved, by=cast.clerk, not_before=timezone.now() + timedelta(hours=1)
    )
    thirdparty.ask(held, "检查结果", by=cast.clerk)
    with monkeypatch.context() as later:
        later.setattr(thirdparty.limits, "due", lambda *asked: timezone.localdate() - timedelta(days=1))
        assert publications.judge(held, True, by=cast.head) is None
        thirdparty.answer(held, False, "商业秘密", by=cast.clerk)
        later.setattr(publications.timezone, "now", lambda: held.not_before + timedelta(minutes=1))
        assert carrying.carry_due() == 0 and not Disclosure.objects.exists()


def test_a_correction_speaks_of_the_same(prepared, cast):
    made = publications.judge(prepared, True, by=cast.head)
    Subject.objects.filter(pk=prepared.report.case.subject_id).update(town="另一镇")
    again = publications.prepare_correction(made, "乡镇有误", by=cast.clerk)
    thirdparty.ask(again, "更正内容", by=cast.clerk)
    with refused_with("asked_waits"):
        publications.judge(again, True, by=cast.head)


def test_many_at_once_are_all_or_none_and_leave_out_what_waits(drawn, cast, client):
    rows = [
        publications.prepare_result(reports.approve(inspect(case), by=cast.head), by=cast.clerk)
        for case in drawn.cases.order_by("pk")[:3]
    ]
    thirdparty.ask(rows[0], "检查结果", by=cast.clerk)
    client.force_login(cast.head)
    page = "/admin/publicity/publication/act/many/"
    body = client.get(page).content.decode()
    assert rows[0].title not in body and rows[1].title in body
    with pytest.raises(DomainError):
        approve_many(None, {"waiting": [rows[1], rows[0]]}, cast.head)
    assert not Disclosure.objects.exists()
    client.post(page, {"waiting": [rows[1].pk, rows[2].pk]})
    assert Disclosure.objects.count() == 2
