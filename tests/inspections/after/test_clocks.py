"""期限: what runs for a case from the door to the last step after it, and what is late."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inspections.after import penalties, rectifications, transfers
from inspections.case import events, opening, resting
from inspections.models import CaseEvent, Finding, PaperForm
from inspections.papers import issuing
from inspections.visit import duties, reports, visits
from registries.errors import DomainError
from registries.models import JournalEntry, LegalLimit, SubjectEvent

from ...penalties import decide, evidence, step
from ...staircase import confirm, publish, refused_with
from ...walls import behind_the_walls
from ..papers.test_papers import visited
from ..visit.test_filings import jpeg

pytestmark = pytest.mark.django_db
ZONE = timezone.get_fixed_timezone(480)


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


def titles(case):
    """Of the case alone, and read out of the whole bureau's after a night has let rest what rests: two ways
    of asking, one answer."""
    alone = sorted(each.title for each in duties.running(case.bureau, cases=[case]))
    resting.settle(case.bureau, timezone.now() + timedelta(days=4))
    assert alone == sorted(each.title for each in duties.running(case.bureau) if each.case == case)
    return alone


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
    # what came back was not the report: the clock of the visit goes on
    assert titles(case) == ["提交检查报告"]
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
        rectifications.ask_extension(finding, finding.due_on, "配件未到", by=by)
    with refused_with("extend_too_far"):
        rectifications.ask_extension(finding, finding.due_on + timedelta(days=31), "配件未到", by=by)
    later = finding.due_on + timedelta(days=10)
    asked = rectifications.ask_extension(finding, later, "配件未到", by=by)
    with refused_with("not_allowed"):
        rectifications.judge_extension(asked, True, by=by)
    rectifications.judge_extension(asked, True, by=cast.head)
    finding.refresh_from_db()
    with refused_with("extension_no_more"):
        rectifications.ask_extension(finding, later + timedelta(days=5), "配件未到", by=by)
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
        rectifications.reinspect(
            case, {finding: (False, "")}, by=by, second=second, at=timezone.now(), record="x"
        )
    rectifications.reinspect(
        case, {finding: (False, "仍未安装")}, by=by, second=second, at=timezone.now(), record="现场核对"
    )
    finding.refresh_from_db()
    # what is not right is looked at again; before its day, on its day
    assert finding.status == "open" and "整改期满复查" in titles(case)
    again = [each for each in duties.running(case.bureau, cases=[case]) if each.title == "整改期满复查"]
    assert [each.due.on for each in again] == [later + timedelta(days=10)]
    rectifications.reinspect(
        case, {finding: (True, "")}, by=by, second=second, at=timezone.now(), record="现场核对"
    )
    finding.refresh_from_db()
    assert finding.status == "closed" and not {"整改期满复查", "申请复查后复查"} & set(titles(case))
    assert case.papers.filter(code="review").count() == 2


def test_a_penalty_file_runs_by_its_events(case, cast):
    by = visited(case)
    made = penalties.propose(case, case.findings.all(), "未消除隐患", "情况", "建议立案", by=by)
    with refused_with("stale"):
        step(made, "penalty.told", by)
    penalties.judge(made, True, by=cast.head)
    made.refresh_from_db()
    assert "作出行政处罚决定" in titles(case)
    evidence(case, by)
    step(made, "penalty.investigated", by)
    with refused_with("event_ahead"):
        step(made, "penalty.told", by, timezone.now() + timedelta(days=1))
    step(made, "penalty.told", by)
    assert {"当事人申请听证", "当事人陈述、申辩"} <= set(titles(case))
    step(made, "statement.waived", by)
    step(made, "hearing.asked", by)
    step(made, "hearing.set", by, timezone.now() + timedelta(days=20))
    assert "听证前通知当事人" in titles(case)
    step(made, "hearing.told", by)
    with refused_with("gate_shut"):  # the day has not come
        step(made, "hearing.held", by)
    step(made, "hearing.waived", by)
    with refused_with("step_incomplete"):
        step(made, "penalty.decided", by, outcome=" ")
    step(made, "penalty.decided", by)
    assert {"公示行政处罚", "送达处罚决定书"} <= set(titles(case)) and "作出行政处罚决定" not in titles(case)
    step(made, "penalty.delivered", by)
    assert {"缴纳罚款", "申请行政复议", "提起行政诉讼"} <= set(
        titles(case)
    ) and "送达处罚决定书" not in titles(case)
    with refused_with("gate_shut"):  # neither paid nor enforced
        step(made, "penalty.closed", by)
    step(made, "penalty.revoked", by)
    assert "撤回已公开的处罚并说明理由" in titles(case) and "缴纳罚款" not in titles(case)
    step(made, "penalty.withdrawn", by)
    step(made, "penalty.closed", by)
    made.refresh_from_db()
    assert made.status == "closed" and made.outcome == "罚款二万元" and made.fine == 20000


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_decided_penalty_counts_in_the_next_pool_until_it_is_revoked(case, cast, is_closed):
    """乌审旗四（一）: 受到行政处罚的 lifts and adds lots: the record of our own comes of the file itself."""
    by, today = visited(case), timezone.localdate()
    made = penalties.propose(case, case.findings.all(), "未消除隐患", "情况", "建议立案", by=by)
    penalties.judge(made, True, by=cast.head)
    counted = SubjectEvent.objects.filter(subject=case.subject, code="penalty").counted
    assert not counted(today).exists()
    decide(made, by, number="（青）应急罚〔2026〕7号")
    (event,) = counted(today)
    assert event.source == "本机关 （青）应急罚〔2026〕7号" and event.happened_on == today
    if is_closed:
        for code in ("penalty.delivered", "penalty.paid", "penalty.closed"):
            step(made, code, by)
        made.refresh_from_db()
    step(made, "penalty.revoked", by)
    # taken back, not deleted
    assert not counted(today).exists() and SubjectEvent.objects.filter(pk=event.pk).exists()


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


def test_what_a_refused_act_kept_on_its_way_is_not_there(case, cast, client, monkeypatch):
    """The photo of a rectification whose report is refused; a file whose kind is refused: no
    exhibit, no upload, no entry."""
    by = visited(case)
    finding = case.findings.get(line="A01.1")

    def refuse(*args, **kwargs):
        raise DomainError("stale", what="问题", status="已销号")

    monkeypatch.setattr(rectifications, "report", refuse)
    client.force_login(by)
    before = (
        case.exhibits.count(),
        case.uploads.count(),
        JournalEntry.objects.filter(about=f"case {case.pk}").count(),
    )
    photo = SimpleUploadedFile("改好.jpg", jpeg(), "image/jpeg")
    told = {"finding": finding.pk, "note": "已装护栏", "file": photo}
    page = client.post(f"/desk/cases/{case.token}/rectified/", told, follow=True).content.decode()
    assert "已销号" in page
    text = SimpleUploadedFile("签名.pdf", b"%PDF-1.4 no picture", "application/pdf")
    client.post(f"/desk/cases/{case.token}/files/", {"kind": "signature", "signer": "officer", "file": text})
    after = (
        case.exhibits.count(),
        case.uploads.count(),
        JournalEntry.objects.filter(about=f"case {case.pk}").count(),
    )
    assert after == before


def test_the_nearest_of_many_are_read_and_no_more(drawn, cast):
    """What a first page shows of a limit are those that began first; by each version of the limit its own."""
    cases = list(drawn.cases.order_by("pk")[:4])
    for each in cases:
        visits.start(each, by=each.team()[0].inspector.account)
    whole = duties.running(drawn.bureau, who={"team"})
    nearest = duties.running(drawn.bureau, who={"team"}, most=2)
    assert {each.case for each in whole} == set(cases) and {each.case for each in nearest} == set(cases[:2])
    limit = LegalLimit.objects.get(bureau=drawn.bureau, title=whole[0].title)
    limit.pk, limit.since, limit.length = None, timezone.localdate() + timedelta(days=1), 1
    limit.save()
    assert [each.due for each in duties.running(drawn.bureau, who={"team"})] == [each.due for each in whole]
    LegalLimit.objects.filter(pk=limit.pk).update(since=timezone.localdate())
    sooner = duties.running(drawn.bureau, who={"team"}, most=9)
    assert len(sooner) == len(whole) and all(each.due.on < whole[0].due.on for each in sooner)


def test_rights_that_have_run_out_hide_none_that_runs(drawn, cast):
    """A party's right has no event that ends it: the old ones are not among the nearest."""
    *old, new = drawn.cases.order_by("pk")[:4]
    for each, days in [*((each, 300) for each in old), (new, 1)]:
        at = timezone.now() - timedelta(days=days)
        events.record(each, "order.delivered", by=cast.clerk, at=at, thread=f"paper:{each.pk}")
    nearest = duties.running(drawn.bureau, who={"party"}, most=2)
    assert {each.case for each in nearest if each.title == "申请行政复议"} == {new}
