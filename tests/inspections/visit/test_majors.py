"""重大事故隐患: without its paper and its report upward neither the report nor the closing goes; the head is
told, the clock runs, what was filed is kept."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.case import opening
from inspections.models import Report
from inspections.papers import issuing
from inspections.visit import duties, findings, majors, outcome, reports, visits
from registries.models import Message

from ...staircase import confirm, refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(drawn):
    return drawn.cases.order_by("pk").first()


def found_major(case, **written):
    """The visit is over, and one of its problems is a major hazard."""
    by = case.team()[0].inspector.account
    visits.start(case, by=by)
    others = {line["key"]: ("pass", "") for line in opening.lines_of(case)}
    visits.answer(case, others | {"A01.1": ("fail", "现场看到")}, by=by)
    finding = case.findings.get()
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_finding SET is_major = TRUE WHERE id = %s", [finding.pk])
    findings.write(finding, by=by, **written)
    visits.end(case, by=by, record="逐项检查。", met="何某")
    confirm(case)
    case.refresh_from_db()
    return by, case.findings.get()


def submit(case, by):
    return reports.submit(reports.draft(case, by=by), by=by)


def test_without_a_paper_and_the_report_upward_nothing_goes_on(case, cast):
    by, finding = found_major(case, disposal="measure")
    (clock,) = [each for each in duties.running(case.bureau, cases=[case]) if "重大" in each.title]
    assert clock.due.at - case.ended_at == timedelta(hours=24) and clock.who == "team"
    assert Message.objects.filter(kind="major", account=cast.head).exists()
    draft = reports.draft(case, by=by)
    reports.save(draft, by=by, evaluation="照原样保存")
    with refused_with("major_owed") as caught:
        reports.submit(draft, by=by)
    assert "现场处理措施决定书" in caught.value.facts["owed"] and "还没有上报" in caught.value.facts["owed"]
    assert Report.objects.get(case=case).evaluation == "照原样保存"
    issuing.sign(issuing.draft(case, "measure", by=by), by=by)
    with refused_with("major_owed"):
        submit(case, by)
    with refused_with("event_before_cause"):
        majors.report_upward(finding, "市应急管理局", by=by, at=case.ended_at - timedelta(days=1))
    majors.report_upward(finding, "市应急管理局", by=by)
    assert not [each for each in duties.running(case.bureau, cases=[case]) if "上报重大" in each.title]
    assert submit(case, by).status == "submitted"


def test_an_order_will_do_with_the_reason_for_no_stop(case):
    by, finding = found_major(case, disposal="order", major_reason="停产会使炉料凝固，派人监护")
    majors.report_upward(finding, "市应急管理局", by=by)
    with refused_with("major_owed"):
        submit(case, by)
    issuing.sign(issuing.draft(case, "order", by=by), by=by)
    assert submit(case, by).status == "submitted"


def test_or_the_heads_recorded_consent(case, cast):
    by, finding = found_major(case, disposal="order", major_reason="炉料会凝固")
    majors.report_upward(finding, "市应急管理局", by=by)
    with refused_with("not_allowed"):
        majors.consent(finding, "同意", by=by)
    with refused_with("reason_needed"):
        majors.consent(finding, " ", by=cast.head)
    majors.consent(finding, "已派人监护，限期消除", by=cast.head)
    assert submit(case, by).status == "submitted"
    assert Message.objects.filter(account=by, said__contains="负责人同意").exists()


def test_the_case_is_not_closed_without(case, cast):
    by, finding = found_major(case, disposal="measure")
    issuing.sign(issuing.draft(case, "measure", by=by), by=by)
    majors.report_upward(finding, "市应急管理局", by=by)
    reports.approve(submit(case, by), by=cast.head)
    case.refresh_from_db()
    paper = case.papers.get(code="measure")
    issuing.void(paper, "写错", by=cast.clerk)
    assert any("重大事故隐患" in each for each in outcome.duties(case))
    with refused_with("case_duties") as caught:
        outcome.close(case, by=cast.clerk)
    assert "重大事故隐患" in caught.value.facts["owed"]


def test_the_pages_say_what_is_owed(case, cast, client):
    by, finding = found_major(case, disposal="measure")
    client.force_login(by)
    page = client.get(f"/desk/cases/{case.token}/").content.decode()
    assert "还没有上报" in page and f"/desk/cases/{case.token}/upward/" in page
    told = {
        "finding": finding.pk,
        "to": "市应急管理局",
        "at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "said": "电话",
    }
    answer = client.post(f"/desk/cases/{case.token}/upward/", told, follow=True).content.decode()
    assert "已登记上报" in answer and "还没有上报" not in answer
    client.force_login(cast.head)
    assert "检查发现重大事故隐患 1 项" in client.get(reverse("inbox")).content.decode()
