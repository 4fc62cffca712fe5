"""The visit and the report: every line answered, somebody else approves, five working days."""

import pytest
from django.utils import timezone

from inspections.case import opening, staffing
from inspections.models import Case
from inspections.visit import reports, visits
from registries import workdays

from ...staircase import inspect, refused_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


@pytest.fixture
def member(case):
    return case.team()[0].inspector.account


def answers(case, value="pass", note=""):
    return {line["key"]: (value, note) for line in opening.lines_of(case)}


def test_only_the_team_sees_and_works_the_case(drawn, case, inspectors, member, cast):
    seated = {seat.inspector_id for seat in case.team()}
    for inspector in inspectors:
        assert Case.objects.visible_to(inspector.account).filter(pk=case.pk).exists() == (
            inspector.pk in seated
        )
    outsider = next(each for each in inspectors if each.pk not in seated)
    with refused_with("not_your_case"):
        visits.start(case, by=outsider.account)
    with refused_with("not_allowed"):
        visits.start(case, by=cast.clerk)


def test_every_line_must_be_answered_or_reasoned(case, member):
    visits.start(case, by=member)
    with refused_with("lines_unanswered"):
        visits.end(case, by=member, record="x")
    visits.answer(case, answers(case, "skip"), by=member)
    with refused_with("reason_missing"):
        visits.end(case, by=member, record="x")
    visits.answer(case, answers(case, "skip", "停产检修"), by=member)
    with refused_with("record_missing"):
        visits.end(case, by=member, record=" ")
    with refused_with("sign_reason_missing"):
        visits.end(case, by=member, record="x", signed="refused")
    visits.end(
        case, by=member, record="x", signed="refused", unsigned_reason="负责人拒签", witness="村委会某"
    )
    case.refresh_from_db()
    assert case.status == "ended" and case.visits.get().unsigned_reason == "负责人拒签"


def test_unknown_lines_and_values_are_not_taken(case, member):
    visits.start(case, by=member)
    visits.answer(case, {"Z99.1": ("pass", ""), "A01.1": ("bogus", "")}, by=member)
    assert not case.answers.exists()


def test_the_report_is_due_five_working_days_after_the_visit(case, member):
    inspect(case)
    case.refresh_from_db()
    assert case.report_due_on == workdays.add_workdays(timezone.localdate(case.ended_at), 5)[0]


def test_after_the_end_nothing_is_answered_again(case, member):
    inspect(case)
    with refused_with("stale"):
        visits.answer(case, answers(case, "fail", "x"), by=member)


def test_the_report_is_drafted_from_the_record(case, member):
    report = inspect(case, fails=["A01.2"])
    assert "发现问题 1 项" in report.evaluation and "A01 违反 2" in report.evaluation
    assert "责令限期改正" in report.opinion and report.record == "逐项检查。"
    assert report.time_text and "事项 A01" in report.content


def test_an_incomplete_report_is_not_submitted(case, member):
    by = member
    visits.start(case, by=by)
    visits.answer(case, answers(case), by=by)
    visits.end(case, by=by, record="x")
    draft = reports.save(reports.draft(case, by=by), by=by, opinion=" ")
    with refused_with("report_incomplete"):
        reports.submit(draft, by=by)
    reports.save(draft, by=by, opinion="无", result_code="E99")
    with refused_with("result_unknown"):
        reports.submit(draft, by=by)


def test_somebody_else_approves(case, cast, drawn, bureau):
    report = inspect(case)
    with refused_with("not_allowed"):
        reports.approve(report, by=report.author)
    # Even a head does not approve what they inspected themselves.
    seat = case.team()[0].inspector
    seat.account = cast.head
    seat.save()
    with refused_with("same_person"):
        reports.approve(report, by=cast.head)
    assert reports.approve(report, by=cast.legal).status == "approved"
    case.refresh_from_db()
    assert case.status == "closed"


def test_a_returned_report_stays_and_the_next_revision_is_new(case, cast, member):
    first = reports.return_(inspect(case), "补充整改期限", by=cast.head)
    second = reports.draft(case, by=member)
    reports.save(second, by=member, opinion="责令三十日内改正")
    reports.submit(second, by=member)
    reports.approve(second, by=cast.head)
    first.refresh_from_db()
    assert (first.status, second.revision) == ("returned", 2) and first.opinion != second.opinion
    with refused_with("stale"):
        reports.approve(first, by=cast.head)


def test_the_head_names_a_leader_of_the_team_only(case, cast, inspectors):
    team = [seat.inspector for seat in case.team()]
    staffing.name_leader(case, team[-1], "熟悉该行业", by=cast.head)
    assert [seat.inspector for seat in case.team() if seat.leads] == [team[-1]]
    outsider = next(each for each in inspectors if each not in team)
    with refused_with("leader_not_in_team"):
        staffing.name_leader(case, outsider, "x", by=cast.head)


def test_a_written_inspection_has_no_visit(case, member):
    Case.objects.filter(pk=case.pk).update(mode="written")
    case.refresh_from_db()
    visits.start(case, by=member)
    visits.answer(case, answers(case), by=member)
    visits.end(case, by=member, record="书面核查")
    assert not case.visits.exists()
    assert reports.draft(case, by=member).record == "书面核查"


def test_what_is_written_of_the_record_is_kept_before_the_end(case, member):
    visits.start(case, by=member)
    visits.note(case, by=member, record="到场，正在检查", met="何某")
    assert case.visits.get().record == "到场，正在检查"


def test_a_result_that_contradicts_the_checklist_is_not_submitted(case, member):
    visits.start(case, by=member)
    visits.answer(case, answers(case, "fail", "看到"), by=member)
    visits.end(case, by=member, record="x")
    draft = reports.draft(case, by=member)
    assert draft.result_code == "E2"
    reports.save(draft, by=member, result_code="E0")
    with refused_with("result_contradicts"):
        reports.submit(draft, by=member)


def test_a_leader_is_not_named_after_the_visit(case, cast):
    inspect(case)
    case.refresh_from_db()
    with refused_with("stale"):
        staffing.name_leader(case, case.team()[0].inspector, "x", by=cast.head)


def test_opening_the_page_of_the_report_writes_no_draft(case, cast, client):
    first = inspect(case)
    by = case.team()[0].inspector.account
    client.force_login(by)
    reports.return_(first, "措施写得不清楚", by=cast.head)
    for _ in range(2):
        page = client.get(f"/desk/cases/{case.token}/report/").content.decode()
        assert "第 2 稿" in page and "措施写得不清楚" in page
    assert case.reports.count() == 1
    client.post(f"/desk/cases/{case.token}/report/", {"then": "save"})
    assert case.reports.count() == 2
