"""处罚程序的关口: each gate refuses, names its article, and lets through what has come by the right way."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.after import gates, penalties, restraints
from inspections.case import events
from inspections.models import Penalty
from inspections.sentences import say
from inspections.states import PenaltyState
from inspections.visit import duties
from inspections.watch import verification
from registries.errors import DomainError
from registries.models import Bureau, Discretion

from ...penalties import PDF, TOLD, decide, evidence, step
from ...staircase import refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db
DATA = Path(gates.__file__).parent.parent / "data"


def refusal(penalty, code, by, at=None, **more):
    """The sentence with which a step is refused."""
    with pytest.raises(DomainError) as caught:
        step(penalty, code, by, at, **more)
    return say(caught.value)


def test_no_step_is_taken_before_its_cause_and_none_is_dated_before_it(opened, by):
    assert "行政处罚法第44条" in refusal(opened, "penalty.decided", by)
    evidence(opened.case, by)
    long_ago = timezone.now() - timedelta(days=300)
    assert "不能早于" in refusal(opened, "penalty.investigated", by, long_ago)
    step(opened, "penalty.investigated", by)
    assert "不能早于" in refusal(opened, "penalty.told", by, long_ago)
    with refused_with("stale"):
        step(opened, "penalty.delivered", by)


def test_without_evidence_nothing_is_closed_as_investigated(opened, by):
    assert "第40条" in refusal(opened, "penalty.investigated", by)
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)


def test_whoever_was_told_is_heard_before_it_is_decided(opened, by, days_on):
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)
    step(opened, "penalty.told", by)
    assert "第45条" in refusal(opened, "penalty.decided", by)
    step(opened, "statement.made", by)
    days_on(30)  # the days are over, and he has spoken all the same
    assert "第45条" in refusal(opened, "penalty.decided", by)
    step(opened, "statement.reviewed", by)
    step(opened, "penalty.decided", by)


def test_silence_lapses_with_its_days(opened, by, days_on):
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)
    step(opened, "penalty.told", by)
    days_on(14)
    step(opened, "penalty.decided", by)


def test_a_grave_fine_is_heard_reviewed_and_discussed(opened, by, days_on):
    Penalty.objects.filter(pk=opened.pk).update(is_grave=True)
    tier = Discretion.objects.get(bureau=opened.bureau, code="97-1")
    grave = {"fine": Decimal(80000), "tier": tier}
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)
    step(opened, "penalty.told", by, **grave)
    step(opened, "statement.waived", by)
    assert "第63条" in refusal(opened, "penalty.decided", by, **grave)
    step(opened, "hearing.asked", by)
    step(opened, "hearing.set", by, timezone.now() + timedelta(days=10))
    step(opened, "hearing.told", by)
    days_on(11)
    step(opened, "hearing.held", by)
    assert "第58条" in refusal(opened, "penalty.decided", by, **grave)
    assert "承办人" in refusal(opened, "penalty.reviewed", by, signer=str(opened.proposed_by))
    step(opened, "penalty.reviewed", by)
    assert "第57条" in refusal(opened, "penalty.decided", by, **grave)
    step(opened, "penalty.discussed", by)
    step(opened, "penalty.decided", by, **grave)


def test_a_hearing_is_asked_for_within_five_working_days(opened, by, days_on):
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)
    step(opened, "penalty.told", by)
    days_on(20)
    assert "第64条" in refusal(opened, "hearing.asked", by)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"fine": Decimal(50001)}, "0 元至 50,000 元"),
        ({"fine": None}, "第34条"),
        ({"tier": None}, "第34条"),
        ({"tier_reason": " "}, "第34条"),
        ({"kinds": ["warning"]}, "没有选“罚款”"),
        ({"kinds": ["nonsense"]}, "nonsense"),
        ({"kinds": []}, "处罚种类"),
        ({"number": ""}, "文号"),
        ({"file": b""}, "文书"),
        ({"signer": " "}, "签发人"),
    ],
)
def test_what_is_told_lies_within_the_tier_and_is_whole(opened, by, told, why):
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)
    assert why in refusal(opened, "penalty.told", by, **told)
    assert not opened.case.events.filter(code="penalty.told").exists()


def test_a_tier_holds_from_its_day_on_and_for_its_party(opened, by):
    evidence(opened.case, by)
    step(opened, "penalty.investigated", by)
    old = Discretion.objects.get(bureau=opened.bureau, code="102-1")
    Discretion.objects.filter(pk=old.pk).update(until=timezone.localdate())
    old.refresh_from_db()
    assert "不适用" in refusal(opened, "penalty.told", by, tier=old)
    person = Discretion.objects.get(bureau=opened.bureau, code="94-1")
    assert "不适用于单位" in refusal(opened, "penalty.told", by, tier=person, fine=Decimal(20000))


def test_the_decision_is_never_graver_than_what_was_told(opened, by):
    evidence(opened.case, by)
    for code in ("penalty.investigated", "penalty.told", "statement.waived"):
        step(opened, code, by)
    assert "第45条" in refusal(opened, "penalty.decided", by, fine=Decimal(20001))
    assert "第45条" in refusal(opened, "penalty.decided", by, kinds=["fine", "halt"])
    step(opened, "penalty.decided", by, fine=Decimal(10000))


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


def test_what_answered_an_earlier_notice_answers_no_later_one(opened, by, days_on):
    evidence(opened.case, by)
    for code in ("penalty.investigated", "penalty.told", "statement.waived", "hearing.waived"):
        step(opened, code, by)
    tier = Discretion.objects.get(bureau=opened.bureau, code="97-1")
    graver = {"fine": Decimal(80000), "tier": tier}
    step(opened, "penalty.told", by, **graver)
    assert "第45条" in refusal(opened, "penalty.decided", by, **graver)
    offered = [code for code, why in gates.open_to(opened) if why is None]
    assert {"statement.waived", "hearing.waived"} <= set(offered)
    step(opened, "statement.waived", by)
    assert "第63条" in refusal(opened, "penalty.decided", by, **graver)
    step(opened, "hearing.waived", by)
    step(opened, "penalty.reviewed", by)
    step(opened, "penalty.decided", by, **graver)


def test_whoever_speaks_after_waiving_is_heard(opened, by):
    evidence(opened.case, by)
    for code in ("penalty.investigated", "penalty.told", "statement.waived", "statement.made"):
        step(opened, code, by)
    assert "第45条" in refusal(opened, "penalty.decided", by)
    step(opened, "statement.reviewed", by)
    step(opened, "statement.made", by)  # once more
    assert "第45条" in refusal(opened, "penalty.decided", by)


def test_no_gate_is_passed_by_an_earlier_date(opened, by, days_on):
    evidence(opened.case, by)
    for code in ("penalty.investigated", "penalty.told", "statement.waived"):
        step(opened, code, by)
    days_on(1)
    before = timezone.now() - timedelta(hours=2)
    step(opened, "hearing.asked", by)
    assert "听证还没有举行" in refusal(opened, "penalty.decided", by, before)
    step(opened, "penalty.told", by)
    step(opened, "statement.waived", by)
    assert "最后一次告知" in refusal(opened, "penalty.decided", by, before)


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


def test_the_short_way_ends_where_the_law_ends_it(case, by):
    second, found = case.team()[1].inspector, case.findings.all()
    told = {
        "by": by,
        "second": second,
        "number": "（青）应急罚当〔2026〕1号",
        "outcome_said": "罚款三千元",
        "file": PDF,
    }
    for kinds, fine in ((["fine"], Decimal(3001)), (["halt"], None), ([], None)):
        with refused_with("spot_too_grave"):
            penalties.decide_on_the_spot(case, found, "案由", "事实", kinds=kinds, fine=fine, **told)
    with refused_with("spot_two"):
        penalties.decide_on_the_spot(
            case,
            found,
            "案由",
            "事实",
            kinds=["fine"],
            fine=Decimal(3000),
            **told | {"second": case.team()[0].inspector},
        )
    made = penalties.decide_on_the_spot(
        case, found, "案由", "事实", kinds=["fine"], fine=Decimal(3000), **told
    )
    assert made.status == PenaltyState.DECIDED and made.way == "spot"
    step(made, "penalty.paid", by)
    assert "第52条" in refusal(made, "penalty.closed", by)
    step(made, "penalty.filed", by)
    step(made, "penalty.closed", by)


def test_the_pages_offer_what_may_be_done_and_say_why_the_rest_may_not(opened, by, cast, client):
    evidence(opened.case, by)
    address = f"/desk/cases/{opened.case.token}/penalties/{opened.pk}/"
    client.force_login(by)
    page = client.get(address).content.decode()
    assert "?step=penalty.investigated" in page and "?step=penalty.decided" not in page
    assert "行政处罚法第44条" in page
    file = SimpleUploadedFile("调查报告.pdf", PDF, "application/pdf")
    data = {"at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "signer": "赵某", "said": "", "file": file}
    answer = client.post(f"{address}?step=penalty.investigated", data, follow=True)
    assert "已登记：调查终结" in answer.content.decode()
    (kept,) = opened.steps.all()
    assert kept.signer == "赵某" and kept.exhibit.caption.startswith("调查终结")
    client.force_login(cast.clerk)
    desk = f"/admin/inspections/penalty/{opened.pk}/act"
    page = client.get(f"{desk}/note/").content.decode()
    assert f"{desk}/penalty.told/" in page
    tier = Discretion.objects.get(bureau=opened.bureau, code="102-1")
    data = {
        "at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "kinds": ["fine"],
        "fine": "60000",
        "tier": tier.pk,
        "tier_reason": "初次",
        "number": "告 1",
        "signer": "赵某",
        "said": "",
        "file": SimpleUploadedFile("告知书.pdf", PDF, "application/pdf"),
    }
    page = client.post(f"{desk}/penalty.told/", data).content.decode()
    assert "50,000 元之间" in page
    data |= {"fine": "20000", "file": SimpleUploadedFile("告知书.pdf", PDF, "application/pdf")}
    assert "已登记：行政处罚告知" in client.post(f"{desk}/penalty.told/", data, follow=True).content.decode()


def test_a_large_fine_is_the_bureaus_own_number(opened, by):
    Bureau.objects.filter(pk=opened.bureau_id).update(hearing_fine_unit=Decimal(20000))
    opened.bureau.refresh_from_db()
    evidence(opened.case, by)
    for code in ("penalty.investigated", "penalty.told", "statement.waived"):
        step(opened, code, by)
    assert "第63条" in refusal(opened, "penalty.decided", by)


def test_the_tables_speak_of_what_there_is():
    """Every step and cause is an event, every gate has its article, and every step is told in the tests."""
    for code, rule in gates.STEPS.items():
        assert code in events.TITLES and set(rule["in"]) <= set(PenaltyState.values)
        assert code in TOLD or code == "penalty.published"
        for gate in rule["gates"]:
            assert gate["said"] and "第" in gate["basis"]
            assert set(gate.get("any", ())) <= set(events.TITLES)
    for code, cause in json.loads((DATA / "causes.json").read_text()).items():
        assert code in events.TITLES and cause["after"] and set(cause["after"]) <= set(events.TITLES)


def test_a_step_that_is_edited_behind_the_walls_is_named(opened, by):
    draw = opened.case.draw_id
    decide(opened, by)
    assert verification.verify(draw) == []
    for statement, words in (
        ("UPDATE inspections_penalty SET fine = 1", "处罚决定与登记时不同"),
        ("UPDATE inspections_penalty SET outcome = '免予处罚'", "处罚决定与登记时不同"),
        ("UPDATE inspections_penaltystep SET number = 'x'", "各步与日志所记不符"),
        ("DELETE FROM inspections_penaltystep", "各步与日志所记不符"),
    ):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), behind_the_walls() as cursor:
            cursor.execute(statement)
            assert any(words in each for each in verification.verify(draw)), statement
            raise ZeroDivisionError
    assert verification.verify(draw) == []
