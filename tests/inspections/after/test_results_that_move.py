"""检查结果随办理而动: after each step the result, the public page and its interface, the credit queue, the
statistics and the desk say the same."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.after import penalties, rectifications, transfers
from inspections.models import Outcome
from inspections.papers import issuing
from inspections.visit import findings, outcome, reports, visits
from publicity.models import Disclosure, Listing
from publicity.services import pending, publications
from registries.models import Reason

from ...penalties import decide, step
from ...staircase import confirm, publish, refused_with
from ..papers.test_papers import visited

pytestmark = pytest.mark.django_db


def title(case, code):
    return Reason.objects.get(bureau=case.bureau, kind="result", code=code).title


def approve(case, by, cast, **parts):
    draft = reports.draft(case, by=by)
    reports.save(draft, by=by, **parts) if parts else None
    reports.approve(reports.submit(draft, by=by), by=cast.head)
    case.refresh_from_db()


def look_again(case, by, is_right, note="", at=None):
    told = {"by": by, "second": case.team()[1].inspector, "at": at or timezone.now(), "record": "现场核对"}
    found = {each: (is_right, note) for each in case.findings.exclude(status="closed")}
    return rectifications.reinspect(case, found, **told)


def all_say(case, code, cast, client):
    """Everything that shows a result shows this one, once two people have let it out."""
    assert Outcome.standing(case).code == code
    for each in pending.moved().filter(report__case=case):
        assert each.payload["result_code"] != code
        publications.judge(publications.prepare_moved(each, by=cast.clerk), True, by=cast.head)
    assert not pending.moved().exists()
    (shown,) = Disclosure.objects.filter(report__case=case, superseded_by=None)
    assert shown.payload["result_code"] == code
    page = client.get(f"/results/{shown.token}/").content.decode()
    assert title(case, code) in page
    if shown.supersedes_id:
        # a result that has moved is news, and no correction
        assert "办理进展：检查结果由" in page and "更正后" not in page
        before = client.get(f"/results/{shown.supersedes.token}/").content.decode()
        assert "新的办理结果" in before and shown.token in before
    rows = json.loads(client.get("/results.json").getvalue())
    rows = rows["results"] if isinstance(rows, dict) and "results" in rows else rows
    assert code in json.dumps(rows, ensure_ascii=False)
    assert list(Listing.objects.filter(disclosure=shown).values_list("result_code", flat=True)) == [code]
    client.force_login(cast.head)
    assert title(case, code) in client.get(f"/admin/cases/{case.token}/?tab=report").content.decode()
    client.logout()


def _report(case):
    return case.reports.get(status="approved")


def test_put_right_overdue_and_put_right_after_all(case, by, cast, client, days_on):
    order = issuing.sign(issuing.draft(case, "order", by=by), by=by)
    approve(case, by, cast)
    assert case.status == "reported" and order.number
    publish(_report(case), cast)
    all_say(case, "E2", cast, client)
    days_on(16)  # nobody acts; the day is over
    assert outcome.sweep() == 1 and outcome.sweep() == 0
    all_say(case, "E4", cast, client)
    look_again(case, by, False, "还没有装")
    all_moves = list(Outcome.objects.filter(case=case).values_list("code", flat=True))
    assert all_moves == ["E2", "E4"], "what has not moved has no new row"
    again = look_again(case, by, True)
    all_say(case, "E3", cast, client)
    case.refresh_from_db()
    assert case.status == "reported", "the review is not signed yet"
    with refused_with("case_duties"):
        outcome.close(case, by=by)
    issuing.sign(again.papers.get(), by=by)
    for each in case.papers.filter(status="drafted"):
        issuing.sign(each, by=by)
    outcome.close(case, by=by)
    case.refresh_from_db()
    assert case.status == "closed"


def test_more_time_that_is_given_is_no_delay(case, by, cast, days_on):
    approve(case, by, cast)
    finding = case.findings.get()
    asked = rectifications.ask_extension(finding, finding.due_on + timedelta(days=10), "配件未到", by=by)
    rectifications.judge_extension(asked, True, by=cast.head)
    days_on(16)
    assert outcome.sweep() == 0 and Outcome.standing(case).code == "E2"
    days_on(10)
    assert outcome.sweep() == 1 and Outcome.standing(case).code == "E4"


def test_a_penalty_and_its_revocation(case, by, cast, client):
    approve(case, by, cast)
    publish(_report(case), cast)
    all_say(case, "E2", cast, client)
    made = penalties.propose(case, case.findings.all(), "未消除隐患", "情况", "建议立案", by=by)
    penalties.judge(made, True, by=cast.head)
    assert Outcome.standing(case).code == "E2", "a file that is only opened is no penalty"
    made.refresh_from_db()
    decide(made, by)
    all_say(case, "E6", cast, client)
    look_again(case, by, True)
    assert Outcome.standing(case).code == "E6"
    step(made, "penalty.delivered", by)
    step(made, "penalty.revoked", by)
    all_say(case, "E3", cast, client)


def test_what_was_mended_on_the_spot_may_still_be_punished(drawn, cast):
    case = drawn.cases.order_by("pk").first()
    by = case.team()[0].inspector.account
    visits.start(case, by=by)
    lines = [line["key"] for item in case.checklist for line in item["lines"]]
    visits.answer(case, dict.fromkeys(lines, ("pass", "")) | {lines[0]: ("fail", "缺")}, by=by)
    findings.write(case.findings.get(), by=by, disposal="fixed")
    visits.end(case, by=by, record="逐项检查。", met="何某")
    confirm(case)
    case.refresh_from_db()
    approve(case, by, cast)
    assert case.status == "closed" and Outcome.standing(case).code == "E1"
    made = penalties.propose(case, case.findings.all(), "未消除隐患", "情况", "建议立案", by=by)
    case.refresh_from_db()
    assert case.status == "reported", "a file that is open opens the case again"
    penalties.judge(made, False, "情节轻微，不予处罚", by=cast.head)
    case.refresh_from_db()
    assert case.status == "closed" and Outcome.standing(case).code == "E1"


@pytest.mark.parametrize("code", ["E9", "E10", "E11", "E12"])
def test_what_could_not_be_inspected_is_never_nothing_found(code, drawn, cast, client):
    case = drawn.cases.order_by("pk").first()
    by = case.team()[0].inspector.account
    visits.start(case, by=by)
    lines = [line["key"] for item in case.checklist for line in item["lines"]]
    visits.answer(case, dict.fromkeys(lines, ("skip", "大门紧闭，无人应答")), by=by)
    visits.end(case, by=by, record="大门紧闭。", signed="absent", unsigned_reason="无人", witness="王某")
    confirm(case)
    case.refresh_from_db()
    draft = reports.draft(case, by=by)
    assert draft.result_code == "" and [each.code for each in outcome.offered(case)] == sorted(
        outcome.APART, key=lambda each: int(each[1:])
    )
    reports.save(draft, by=by, result_code="E0")
    with refused_with("result_not_looked"):
        reports.submit(draft, by=by)
    approve(case, by, cast, result_code=code)
    publish(_report(case), cast)
    all_say(case, code, cast, client)


def test_a_report_says_the_gravest_state_and_no_other(case, by, cast, client):
    draft = reports.draft(case, by=by)
    assert draft.result_code == "E2"
    client.force_login(by)
    page = client.get(f"/desk/cases/{case.token}/report/").content.decode()
    assert '<option value="E2"' in page and '<option value="E0"' not in page
    for code in ("E0", "E1", "E3", "E4", "E5", "E6", "E9"):
        reports.save(draft, by=by, result_code=code)
        with refused_with("result_contradicts"):
            reports.submit(draft, by=by)
    for code in ("E7", "E8", "XX"):  # a transfer is a note beside the result
        reports.save(draft, by=by, result_code=code)
        with refused_with("result_unknown"):
            reports.submit(draft, by=by)
    # a finer code of the bureau's own, of the same national class
    Reason.objects.create(
        bureau=case.bureau, kind="result", code="Q2", title="责令改正（用电）", national_code="A"
    )
    reports.save(draft, by=by, result_code="Q2")
    reports.approve(reports.submit(draft, by=by), by=cast.head)
    assert Outcome.standing(case).code == "Q2"
    look_again(case, by, True)
    assert Outcome.standing(case).code == "E3"


def test_what_moves_between_submission_and_approval_is_two_rows(case, by, cast):
    draft = reports.submit(reports.draft(case, by=by), by=by)
    look_again(case, by, True)
    reports.approve(draft, by=cast.head)
    assert list(case.outcomes.values_list("code", "is_first")) == [("E2", True), ("E3", False)]


def test_a_transfer_is_a_note_and_no_result(case, by, cast, client):
    approve(case, by, cast)
    made = transfers.propose(case, "regulator", "消防救援大队", "通道堆物", by=by)
    transfers.judge(made, True, by=cast.head)
    transfers.send(made, by=by)
    assert Outcome.standing(case).code == "E2"
    shown = publish(_report(case), cast)
    assert "移送有关部门 1 件" in shown.payload["handling"]


def test_every_result_has_a_national_code_and_stands_in_one_table(bureau):
    national = dict(Reason.objects.filter(bureau=bureau, kind="result").values_list("code", "national_code"))
    told = {
        "E0": "1", "E1": "E", "E2": "A", "E3": "E", "E4": "A", "E5": "A", "E6": "A", "E7": "A", "E8": "A",
        "E9": "F", "E10": "6", "E11": "8", "E12": "12",
    }  # fmt: skip
    assert national == told
    assert set(outcome.CODES.values()) | outcome.APART | outcome.NOTES == set(told)


def test_a_problem_that_was_given_days_is_being_put_right(drawn):
    case = drawn.cases.order_by("pk")[1]
    visited(case)
    assert outcome.of(case) == "ordered"
