"""期限: every limit of the table across the Spring Festival, the year's end and make-up days; what runs, what is late."""

import calendar as months
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import chinese_calendar
import pytest
from django.apps import apps
from django.utils import timezone

from inspections.after import penalties, rectifications, transfers
from inspections.case import events, opening
from inspections.models import CaseEvent, Finding, PaperForm
from inspections.papers import issuing
from inspections.visit import duties, reports, visits
from registries import limits
from registries.models import CalendarYear, LegalLimit

from ..staircase import confirm, inspect, publish
from ..walls import behind_the_walls
from .test_papers import visited
from .test_seal import refused_with

pytestmark = pytest.mark.django_db
ZONE = timezone.get_fixed_timezone(480)


def oracle(limit, start):
    """The same by walking day by day over the package's own calendar."""
    step = timedelta(days=-1 if limit.is_backward else 1)
    day, left = start, limit.length
    if limit.unit == "workday":
        while left:
            day += step
            left -= chinese_calendar.is_workday(day)
        return day
    if limit.unit == "month":
        year, month = start.year, start.month
        for _ in range(limit.length):
            month += -1 if limit.is_backward else 1
            year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
        day = date(year, month, min(start.day, months.monthrange(year, month)[1]))
    else:
        day = start + limit.length * step
    while limit.rolls and not chinese_calendar.is_workday(day):
        day += timedelta(days=1)
    return day


def test_every_limit_across_the_festivals_and_the_years_end(bureau):
    starts = [date(2025, 9, 20) + timedelta(days=n) for n in range(190)]  # National Day, New Year, Spring Festival
    checked = 0
    for limit in LegalLimit.objects.filter(bureau=bureau).exclude(unit="hour"):
        for start in starts:
            if start + timedelta(days=limit.length * (31 if limit.unit == "month" else 2)) > date(2026, 12, 15):
                continue
            due = limits.count(limit, start)
            assert due.on == oracle(limit, start), (limit.code, start)
            checked += 1
    assert checked > 3000


@pytest.mark.parametrize(
    ("code", "start", "due"),
    [
        ("report", date(2026, 2, 13), date(2026, 2, 27)),  # 14 Feb is worked, 15 to 23 are off, 28 is worked
        ("report", date(2026, 2, 14), date(2026, 2, 28)),
        ("report", date(2025, 12, 30), date(2026, 1, 7)),  # 1 to 3 off, Sunday the 4th worked
        ("publish_penalty", date(2026, 9, 28), date(2026, 10, 13)),  # 10 October, a Saturday, is worked
        ("pay_fine", date(2026, 2, 1), date(2026, 2, 24)),  # the 16th lies in the festival: the first day after it
        ("penalty_decide", date(2025, 11, 20), date(2026, 2, 18)),  # ninety days are ninety days
        ("hearing_notice", date(2026, 2, 26), date(2026, 2, 10)),  # seven working days before, over the festival
        ("litigate", date(2026, 3, 31), date(2026, 9, 30)),
        ("litigate", date(2025, 8, 31), date(2026, 2, 28)),
        ("licence_renew", date(2026, 5, 31), date(2026, 2, 28)),
        ("reconsider", date(2026, 8, 3), date(2026, 10, 8)),  # 2 October is off until the 7th
        ("seizure", date(2026, 1, 31), date(2026, 3, 2)),
        ("crime_decide", date(2026, 2, 14), date(2026, 2, 17)),
    ],
)
def test_days_counted_by_hand(bureau, code, start, due):
    limit = limits.of(bureau, code, start)
    assert limits.count(limit, start) == limits.Due(due, True)


def test_hours_run_through_nights_and_festivals(bureau):
    at = datetime(2026, 2, 16, 23, 30, tzinfo=ZONE)
    due = limits.count(limits.of(bureau, "crime_send", at.date()), at)
    assert due.at == at + timedelta(hours=24) and due.on == date(2026, 2, 17)
    assert not due.is_past(at + timedelta(hours=24)) and due.is_past(at + timedelta(hours=24, seconds=1))
    stop = limits.count(limits.of(bureau, "stop_power", at.date()), at)
    assert stop.at == at - timedelta(hours=24)


def test_a_day_ends_at_midnight_in_shanghai(bureau):
    due = limits.Due(date(2026, 2, 27))
    assert not due.is_past(datetime(2026, 2, 27, 15, 59, tzinfo=UTC)) and due.is_past(
        datetime(2026, 2, 27, 16, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("code", ["report", "publish_result", "pay_fine", "hearing_notice"])
def test_a_year_not_yet_published_is_provisional(bureau, code):
    limit = limits.of(bureau, code, date(2026, 12, 1))
    start = date(2027, 1, 5) if limit.is_backward else date(2026, 12, 25)
    assert not CalendarYear.objects.filter(year=2027).exists()
    assert not limits.count(limit, start).is_known
    assert limits.count(limit, date(2026, 4, 1)).is_known


def test_a_new_version_of_a_limit_counts_from_its_day(bureau):
    old = LegalLimit.objects.get(bureau=bureau, code="penalty_decide")
    new = LegalLimit.objects.get(pk=old.pk)
    new.pk, new.length, new.since = None, 60, date(2026, 6, 1)
    new.save()
    assert limits.due(bureau, "penalty_decide", date(2026, 5, 31)) == date(2026, 8, 29)
    assert limits.due(bureau, "penalty_decide", date(2026, 6, 1)) == date(2026, 7, 31)


def test_every_event_of_the_rules_has_words_and_every_limit_its_article(bureau):
    for limit in LegalLimit.objects.filter(bureau=bureau):
        assert limit.basis and set(f"{limit.begins} {limit.ends}".split()) <= set(events.TITLES), limit.code


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


def titles(case):
    return sorted(each.title for each in duties.running(case.bureau, cases=[case]))


def test_the_clocks_of_a_case_from_the_door_to_publication(case, cast):
    by = case.team()[0].inspector.account
    assert titles(case) == []
    visits.start(case, by=by)
    assert titles(case) == ["未赋码检查向司法行政机关备案"]
    visits.enter_code(case, by=by, filed="已向县司法局备案")
    assert titles(case) == []
    visits.answer(case, {each["key"]: ("pass", "") for each in opening.lines_of(case)}, by=by)
    visits.end(case, by=by, record="x")
    assert titles(case) == ["提交检查报告"]
    confirm(case)
    first = reports.submit(reports.draft(case, by=by), by=by)
    assert titles(case) == []
    reports.return_(first, "补充", by=cast.head)
    assert titles(case) == ["提交检查报告"]  # what came back was not the report: the clock of the visit goes on
    due = duties.running(case.bureau, cases=[case])[0].due
    assert due.on == case.report_due_on
    reports.approve(reports.submit(reports.draft(case, by=by), by=by), by=cast.head)
    assert titles(case) == ["公示抽查结果"]
    publish(case.reports.get(status="approved"), cast)
    assert titles(case) == []


def test_a_problem_from_the_order_to_its_end(case, cast):
    by = visited(case)
    finding = case.findings.get()
    assert {"整改期满复查", f"整改：{finding.wording[:30]}"} <= set(titles(case))
    with refused_with("extend_earlier"):
        rectifications.extend(finding, finding.due_on, "配件未到", by=cast.head)
    later = finding.due_on + timedelta(days=10)
    finding = rectifications.extend(finding, later, "配件未到", by=cast.head)
    again = [each for each in duties.running(case.bureau, cases=[case]) if each.title == "整改期满复查"]
    assert [each.due.on for each in again] == [later + timedelta(days=10)]
    finding = rectifications.report(finding, "已装防护罩", by=by)
    assert "申请复查后复查" in titles(case)
    second = case.team()[1].inspector
    with refused_with("reinspect_two"):
        rectifications.reinspect(
            case, {finding: (True, "")}, by=by, second=case.team()[0].inspector, at=timezone.now(), record="x"
        )
    with refused_with("verdict_note"):
        rectifications.reinspect(case, {finding: (False, "")}, by=by, second=second, at=timezone.now(), record="x")
    rectifications.reinspect(
        case, {finding: (False, "仍未安装")}, by=by, second=second, at=timezone.now(), record="现场核对"
    )
    finding.refresh_from_db()
    assert finding.status == "open" and "整改期满复查" in titles(case)  # what is not right is looked at again
    rectifications.reinspect(case, {finding: (True, "")}, by=by, second=second, at=timezone.now(), record="现场核对")
    finding.refresh_from_db()
    assert finding.status == "closed" and not {"整改期满复查", "申请复查后复查"} & set(titles(case))
    assert case.papers.filter(code="review").count() == 2


def test_a_penalty_file_runs_by_its_events(case, cast):
    by = visited(case)
    made = penalties.propose(case, case.findings.all(), "未消除隐患", "情况", "建议立案", by=by)
    with refused_with("stale"):
        penalties.note(made, "penalty.told", by=by)
    penalties.judge(made, True, by=cast.head)
    assert "作出行政处罚决定" in titles(case)
    with refused_with("event_ahead"):
        penalties.note(made, "penalty.told", by=by, at=timezone.now() + timedelta(days=1))
    penalties.note(made, "hearing.set", by=by, at=timezone.now() + timedelta(days=20))
    assert "听证前通知当事人" in titles(case)
    penalties.note(made, "hearing.told", by=by)
    with refused_with("penalty_decision"):
        penalties.note(made, "penalty.decided", by=by)
    penalties.note(made, "penalty.decided", by=by, decision_number="（青）应急罚〔2026〕1号", outcome="罚款二万元")
    assert {"公示行政处罚", "送达处罚决定书"} <= set(titles(case)) and "作出行政处罚决定" not in titles(case)
    penalties.note(made, "penalty.delivered", by=by)
    assert {"缴纳罚款", "申请行政复议", "提起行政诉讼"} <= set(titles(case)) and "送达处罚决定书" not in titles(case)
    penalties.note(made, "penalty.revoked", by=by, said="复议撤销")
    assert "撤回已公开的处罚并说明理由" in titles(case) and "缴纳罚款" not in titles(case)
    penalties.note(made, "penalty.withdrawn", by=by, said="已撤回并公告")
    penalties.note(made, "penalty.closed", by=by)
    made.refresh_from_db()
    assert made.status == "closed" and made.outcome == "罚款二万元"


def test_a_suspected_crime_goes_to_the_police_in_time(case, cast):
    by, second = visited(case), case.team()[1].inspector.account
    with refused_with("transfer_two"):
        transfers.propose(case, "police", "青原县公安局", "涉嫌危险作业罪", by=by, basis="刑法第134条之一")
    made = transfers.propose(
        case, "police", "青原县公安局", "涉嫌危险作业罪", by=by, second=second, basis="刑法第134条之一"
    )
    assert "决定是否移送涉嫌犯罪案件" in titles(case)
    transfers.judge(made, True, by=cast.head)
    running = {each.title: each for each in duties.running(case.bureau, cases=[case])}
    assert running["向公安机关移送"].due.at - made.judged_at == pytest.approx(
        timedelta(hours=24), abs=timedelta(seconds=2)
    )
    transfers.send(made, by=by)
    assert "公安机关决定是否立案" in titles(case)
    with refused_with("transfer_receipt"):
        transfers.receive(made, "", "", by=by)
    transfers.receive(made, "公回〔2026〕3号", "王某", by=by)
    transfers.answer(made, "不予立案", by=by, accepts=False)
    assert "对不立案提请复议" in titles(case) and "公安机关决定是否立案" not in titles(case)
    transfers.ask_review(made, "已提请", by=by)
    assert "对不立案提请复议" not in titles(case)
    assert made.papers.get().status == "signed"


def test_the_credit_platform_has_its_queue(case, cast, client):
    report = reports.approve(inspect(case), by=cast.head)
    client.force_login(cast.clerk)
    told = client.post("/admin/inspections/transfer/act/credit/").content.decode()
    assert case.subject.name in told and "抽查结果" in told
    sent = transfers.send_credit(report, by=cast.clerk)
    assert sent.status == "sent" and sent.facts in told
    assert case.subject.name not in client.post("/admin/inspections/transfer/act/credit/").content.decode()


def test_a_result_queued_before_the_upgrade_is_sent_once(case, cast):
    """Until issue 15 each approved report had a row at once: it waits like the others, and is sent as it is."""
    report = reports.approve(inspect(case), by=cast.head)
    old = case.transfers.create(bureau=case.bureau, kind="credit", receiver="信用平台", facts="旧行", status="approved")
    assert list(transfers.credit_waiting(case.bureau)) == [report]
    assert transfers.send_credit(report, by=cast.clerk) == old
    assert not transfers.credit_waiting(case.bureau) and case.transfers.count() == 1


def test_the_page_of_deadlines_says_whose_and_ranks_nobody(case, cast, client):
    visited(case)
    CaseEvent.objects.create(
        bureau=case.bureau,
        case=case,
        code="penalty.revoked",
        thread="penalty:0",
        at=timezone.now() - timedelta(days=30),
    )
    client.force_login(cast.head)
    page = client.get("/admin/deadlines/").content.decode()
    assert "撤回已公开的处罚" in page and "已超期" in page and "经办人" in page
    assert case.team()[0].inspector.name in page
    assert client.get("/admin/deadlines/?who=clerk").content.decode().count("提交检查报告") == 0
    member = case.team()[0].inspector.account
    client.force_login(member)
    assert "提交检查报告" in client.get("/desk/").content.decode()
    assert client.get("/admin/deadlines/").status_code in (302, 403)


def test_a_paper_follows_its_delivery_clock(case, cast):
    by = visited(case)
    order = issuing.sign(issuing.draft(case, "order", by=by), by=by)
    assert "申请行政复议" not in titles(case)
    issuing.deliver(order, by=by)
    assert {"申请行政复议", "提起行政诉讼"} <= set(titles(case))


def test_cases_in_hand_go_on_after_the_upgrade(case):
    visited(case)
    with behind_the_walls():
        CaseEvent.objects.all().delete()
        Finding.objects.all()._raw_delete("default")
    import_module("inspections.migrations.0011_field_work").backfill(apps, None)
    assert [each.code for each in case.events.order_by("pk")] == ["visit.started", "visit.ended"]
    assert case.findings.get().status == "open" and "提交检查报告" in titles(case)
    assert PaperForm.objects.filter(bureau=case.bureau).count() >= 12
