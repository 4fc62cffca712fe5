"""What the next version of the list should take up."""

import pytest

from inspections.case import opening
from inspections.models import Proposal
from inspections.visit import reports, suggestions, visits
from registries.errors import DomainError

from ...staircase import confirm, inspect

pytestmark = pytest.mark.django_db


def test_findings_become_proposals_once(drawn, cast, monkeypatch):
    monkeypatch.setattr(suggestions, "ENOUGH", 2)
    for case in drawn.cases.order_by("pk")[:2]:
        reports.approve(inspect(case, fails=("A01.1",)), by=cast.head)
    (made,) = suggestions.collect(drawn.bureau, by=cast.clerk)
    assert made.line == "A01.1" and "检查 2 次，不符合 2 次" in made.text and "A01 要求 1" in made.text
    assert suggestions.collect(drawn.bureau, by=cast.clerk) == []
    suggestions.judge(made, True, "写入下一版", by=cast.clerk)
    with pytest.raises(DomainError, match="stale"):
        suggestions.judge(made, False, by=cast.clerk)


def test_a_line_that_applies_to_nobody_is_proposed(drawn, cast, monkeypatch):
    monkeypatch.setattr(suggestions, "ENOUGH", 1)
    case = drawn.cases.order_by("pk").first()
    by = case.team()[0].inspector.account
    visits.start(case, by=by)
    keys = [each["key"] for each in opening.lines_of(case)]
    visits.answer(case, {key: ("pass", "") for key in keys[1:]} | {keys[0]: ("na", "")}, by=by)
    visits.end(case, by=by, record="逐项检查。", met="现场负责人")
    confirm(case)
    reports.approve(reports.submit(reports.draft(case, by=by), by=by), by=cast.head)
    assert "缩小适用分类" in suggestions.collect(drawn.bureau, by=cast.clerk)[0].text


def test_an_inspector_of_the_team_proposes_from_the_phone_and_nobody_else(client, drawn, cast, inspectors):
    case = drawn.cases.order_by("pk").first()
    client.force_login(case.team()[0].inspector.account)
    page = f"/desk/cases/{case.token}/suggest/"
    assert client.post(page, {"text": ""}).status_code == 200
    assert client.post(page, {"text": "应增加充电桩检查"}).status_code == 302
    assert (Proposal.objects.get().text, Proposal.objects.get().source) == ("应增加充电桩检查", "inspector")
    seated = {seat.inspector_id for seat in case.team()}
    outsider = next(each for each in inspectors if each.pk not in seated)
    with pytest.raises(DomainError):
        suggestions.suggest(case, "外人", by=outsider.account)
