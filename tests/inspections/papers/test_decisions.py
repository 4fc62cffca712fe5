"""What the decisions on findings say: an order names a finding once, a measure gives no days, a review cites
what it reviews."""

import pytest
from django.utils import timezone

from inspections.after import rectifications
from inspections.models import Finding
from inspections.papers import issuing
from inspections.visit import reports

from ...staircase import refused_with
from .test_papers import case, visited  # noqa: F401

pytestmark = pytest.mark.django_db


def signed(case, code, by):  # noqa: F811
    return issuing.sign(issuing.draft(case, code, by=by), by=by)


def test_an_order_names_a_finding_once(case, cast):  # noqa: F811
    by = visited(case, others=2)
    drafts = [issuing.draft(case, "order", by=by) for _ in range(2)]
    first = issuing.sign(drafts[0], by=by)
    assert [each["number"] for each in first.facts["findings"]] == [1, 2, 3]
    with refused_with("order_again"):
        issuing.sign(drafts[1], by=by)
    with refused_with("order_again"):
        issuing.draft(case, "order", by=by)
    issuing.void(first, "写错了一项", by=cast.clerk)
    assert signed(case, "order", by).facts["findings"] == first.facts["findings"]


def test_what_was_measured_at_once_has_no_day_but_in_an_order(case):  # noqa: F811
    by = visited(case, others=2)
    dues = {
        code: {each["number"]: each["due"] for each in signed(case, code, by).facts["findings"]}
        for code in ("record", "measure", "order")
    }
    assert dues["measure"] == {2: ""} and dues["record"][2] == ""
    assert dues["record"][1] and dues["record"][3] and all(dues["order"].values()) and len(dues["order"]) == 3


def test_the_report_gives_a_measure_no_day_either(case):  # noqa: F811
    by = visited(case, others=2)
    drafted = reports.draft(case, by=by)
    first, second, third = drafted.opinion.rstrip("。").split("；")
    assert "前整改完毕" in first and "前整改完毕" in third and "前整改完毕" not in second
    assert "（现场看到防护罩缺失）" in drafted.evaluation
    assert reports._problem(Finding(wording="无防护", facts="护罩缺失。")) == "无防护（护罩缺失）"


def test_a_review_cites_the_decisions_that_it_reviews(case, cast):  # noqa: F811
    by = visited(case, others=2)
    measure = signed(case, "measure", by)
    order = signed(case, "order", by)
    assert f"［{order.number}］" in _cited(case, by, [1, 2])
    issuing.void(order, "写错了", by=cast.clerk)
    again = signed(case, "order", by)
    assert f"［{again.number}］" in _cited(case, by, [1, 3])
    issuing.void(again, "又写错了", by=cast.clerk)
    assert f"［{measure.number}］" in _cited(case, by, [2]), "no order stands: the measure that named it"
    assert "［文号另见］" in _cited(case, by, [1])


def _cited(case, by, numbers):  # noqa: F811
    found = {case.findings.get(number=each): (False, "还没有改") for each in numbers}
    second = case.team()[1].inspector
    told = {"at": timezone.now(), "record": "现场核对。", "met": "何某"}
    made = rectifications.reinspect(case, found, by=by, second=second, **told)
    return made.papers.get().facts["texts"]["opening"]
