"""Each thing after a visit by itself: what is held, given more time, looked at again, put right."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from inspections.after import rectifications, restraints, transfers
from inspections.case import readiness, staffing
from inspections.papers import issuing
from inspections.visit import duties, outcome, reports
from registries.models import Certificate, Inspector, Leave, Message

from ...staircase import refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


def due(case, title):
    """The days on which the clocks of this title end."""
    return [each.due.on for each in duties.running(case.bureau, cases=[case]) if each.title == title]


def look_again(case, by, is_right, note="还没有装", at=None):
    told = {"by": by, "second": case.team()[1].inspector, "at": at or timezone.now(), "record": "现场核对"}
    return rectifications.reinspect(case, {case.findings.get(): (is_right, note)}, **told)


def test_what_is_seized_is_extended_once_by_the_head_from_its_first_end(case, by, cast, client):
    held = restraints.take(case, "seizure", "空压机", by=by, number="（青）应急查扣〔2026〕1号")
    other = restraints.take(case, "evidence", "台账", by=by)
    first = timezone.localdate() + timedelta(days=30)
    assert due(case, "查封、扣押期限") == [first]
    with refused_with("restraint_no_more"):
        restraints.ask_extension(other, "鉴定", by=by)
    restraints.ask_extension(held, "鉴定还没有出结果", by=by)
    with refused_with("not_allowed"):
        restraints.judge_extension(held, True, by=by)
    restraints.judge_extension(held, True, by=cast.head)
    client.force_login(by)
    page = client.get(f"/desk/cases/{case.token}/measure/").content.decode()
    assert "登记处理" in page and "申请延长" not in page, "what may not be asked for is not offered"
    assert due(case, "查封、扣押期限") == []
    assert due(case, "查封、扣押延长期限") == [first + timedelta(days=30)]
    assert due(case, "先行登记保存证据的处理决定"), "the other thing has its own clock"
    with refused_with("restraint_no_more"):
        restraints.ask_extension(held, "再延一次", by=by)
    restraints.end(held, "已发还", by=by)
    assert due(case, "查封、扣押延长期限") == [] and due(case, "先行登记保存证据的处理决定")


def test_what_is_over_is_lifted_and_not_extended(case, by, days_on):
    held = restraints.take(case, "seizure", "空压机", by=by)
    days_on(31)
    with refused_with("restraint_over"):
        restraints.ask_extension(held, "鉴定", by=by)
    restraints.end(held, "期满解除", by=by)
    with refused_with("stale"):
        restraints.end(held, "再解除一次", by=by)


def test_an_end_is_not_dated_before_its_beginning(case, by):
    held = restraints.take(case, "seizure", "空压机", by=by)
    with refused_with("event_before_cause"):
        restraints.end(held, "已发还", by=by, at=timezone.now() - timedelta(days=2))
    with refused_with("reason_needed"):
        restraints.end(held, " ", by=by)
    with refused_with("restraint_incomplete"):
        restraints.take(case, "seizure", " ", by=by)


def test_an_early_verdict_moves_no_clock(case, by, days_on):
    finding = case.findings.get()
    before = due(case, "整改期满复查")
    rectifications.report(finding, "改好了", by=by)
    assert due(case, "申请复查后复查")
    look_again(case, by, False)
    assert due(case, "整改期满复查") == before and not due(case, "申请复查后复查")
    days_on((finding.due_on - timezone.localdate()).days + 1)
    look_again(case, by, False)
    assert due(case, "整改期满复查") == [timezone.localdate() + timedelta(days=10)]


def test_a_wrong_verdict_is_put_right_by_another_beside_it(case, by, cast):
    look_again(case, by, True)
    finding = case.findings.get()
    assert finding.status == "closed" and not due(case, "整改期满复查")
    wrong = finding.verdicts.get()
    with refused_with("not_allowed"):
        rectifications.correct(wrong, False, "看错了设备", by=by)
    with refused_with("reason_needed"):
        rectifications.correct(wrong, False, " ", by=cast.head)
    right = rectifications.correct(wrong, False, "看错了设备", by=cast.head)
    finding.refresh_from_db()
    assert finding.status == "open" and right.corrects == wrong and finding.verdicts.count() == 2
    assert due(case, "整改期满复查") == [finding.due_on + timedelta(days=10)]
    with refused_with("verdict_not_last"):
        rectifications.correct(wrong, False, "再来一次", by=cast.head)
    look_again(case, by, True)
    finding.refresh_from_db()
    assert finding.status == "closed"
    told = Message.objects.filter(kind="returned", account=case.team()[0].inspector.account)
    assert told.filter(said__contains="更正").exists()


@pytest.mark.parametrize("why", ["certificate", "leave"])
def test_who_looks_again_is_fit_on_that_very_day(case, by, why):
    second = case.team()[1].inspector
    if why == "certificate":
        Certificate.objects.filter(inspector=second).update(
            expires_on=timezone.localdate() - timedelta(days=1)
        )
        said = "没有有效的执法证"
    else:
        today = timezone.localdate()
        Leave.objects.create(inspector=second, since=today, until=today + timedelta(days=3))
        said = "请假"
    with refused_with("reinspect_unfit") as caught:
        look_again(case, by, True)
    assert second.name in caught.value.facts["people"] and said in caught.value.facts["people"]
    # the day is what counts, not the day of typing
    case.refresh_from_db()
    assert outcome.of(case) == "ordered"


def test_more_time_is_asked_for_once_before_the_day_and_decided_by_another(case, by, cast, days_on):
    finding = case.findings.get()
    until = finding.due_on + timedelta(days=10)
    asked = rectifications.ask_extension(finding, until, "配件未到", by=by)
    with refused_with("extension_asked"):
        rectifications.ask_extension(finding, until, "配件未到", by=by)
    with refused_with("reason_needed"):
        rectifications.judge_extension(asked, False, by=cast.head)
    rectifications.judge_extension(asked, False, "本单位自己耽误的", by=cast.head)
    finding.refresh_from_db()
    assert finding.extended_to is None
    days_on(20)
    with refused_with("extension_no_more"):
        rectifications.ask_extension(finding, until + timedelta(days=30), "晚了", by=by)


def test_a_decision_after_the_day_holds_when_it_was_asked_before(case, by, cast, days_on):
    finding = case.findings.get()
    days_on(14)
    asked = rectifications.ask_extension(finding, finding.due_on + timedelta(days=10), "配件未到", by=by)
    days_on(3)
    rectifications.judge_extension(asked, True, by=cast.head)
    finding.refresh_from_db()
    assert finding.extended_to == asked.until


def test_a_deadline_on_a_day_off_is_said(case, by, client):
    """2026-10-03 lies in the holidays; an order may end there, and whoever reads it hears so."""
    finding = case.findings.get()
    with behind_the_walls():
        type(finding).objects.filter(pk=finding.pk).update(due_on=date(2026, 10, 3))
    (clock,) = [each for each in duties.running(case.bureau, cases=[case]) if each.title.startswith("整改")][
        :1
    ]
    assert clock.due.is_rest
    client.force_login(by)
    assert "2026-10-03（休息日）" in client.get(f"/desk/cases/{case.token}/").content.decode()


def test_nothing_is_held_or_punished_before_the_visit(case, by):
    before = timezone.now() - timedelta(days=400)
    with refused_with("event_before_cause"):
        restraints.take(case, "seizure", "空压机", by=by, at=before)


def test_a_letter_is_not_sent_before_it_is_approved(case, by, cast):
    made = transfers.propose(case, "regulator", "消防救援大队", "通道堆物", by=by)
    transfers.judge(made, True, by=cast.head)
    yesterday = timezone.now() - timedelta(days=1)
    with refused_with("event_before_cause"):
        transfers.send(made, by=by, at=yesterday)
    transfers.send(made, by=by)
    with refused_with("event_before_cause"):
        transfers.receive(made, "回执 1", "", by=by, at=yesterday)


def test_what_was_put_right_before_its_order_was_signed_needs_none(case, by, cast):
    again = look_again(case, by, True)
    issuing.sign(again.papers.get(), by=by)
    reports.approve(reports.submit(reports.draft(case, by=by), by=by), by=cast.head)
    case.refresh_from_db()
    assert outcome.duties(case) == [] and case.status == "closed"


def test_a_paper_that_carries_something_out_opens_a_closed_case_again(case, by, cast):
    again = look_again(case, by, True)
    issuing.sign(again.papers.get(), by=by)
    reports.approve(reports.submit(reports.draft(case, by=by), by=by), by=cast.head)
    issuing.void(again.papers.get(), "写错", by=cast.clerk)
    case.refresh_from_db()
    assert case.status == "reported" and outcome.duties(case)
    issuing.sign(again.papers.get(status="drafted"), by=by)
    outcome.close(case, by=by)


def test_who_was_named_for_a_case_judges_nothing_there(case, by, cast):
    others = Inspector.objects.filter(bureau=case.bureau, left_on=None)
    one, other = others.exclude(pk__in=[each.pk for each in readiness.on(case)]).order_by("ref")[:2]
    staffing.name_people(case, [one, other], "原组请假", by=cast.head)
    Inspector.objects.filter(pk=one.pk).update(account=cast.head)
    made = transfers.propose(case, "regulator", "消防救援大队", "通道堆物", by=by)
    with refused_with("same_person"):
        transfers.judge(made, True, by=cast.head)
    with refused_with("same_person"):
        reports.approve(reports.submit(reports.draft(case, by=by), by=by), by=cast.head)
