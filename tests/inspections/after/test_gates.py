"""处罚程序的关口: each gate refuses, names its article, and lets through what has come by the right way."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.after import gates, penalties
from inspections.case import events
from inspections.models import Penalty
from inspections.sentences import say
from inspections.states import PenaltyState
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
