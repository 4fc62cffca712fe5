"""Looking again where there is no network: the phone's submission does what the desk does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.after import reviews
from inspections.models import Exhibit, LentNumber, Verdict
from inspections.papers import issuing, lending
from inspections.visit import followup, onthespot
from inspections.watch import papertrail, verification

from ...signed import Signed, photo
from ...staircase import refused_with

pytestmark = pytest.mark.django_db
PHONE = "phone-000001"


@pytest.fixture
def found(case):
    """A case with two problems to be looked at again; (case, whoever holds its pen)."""
    by = case.team()[0].inspector.account
    filed = Signed(case).answer("A01.1", "fail", "堵").answer("A01.2", "fail", "积尘")
    filed.show(photo(), by, line="A01.1", caption="通道堵塞")
    filed.send(by)
    issuing.issue(case, "order", by=by)
    case.refresh_from_db()
    return case, by


def numbers(case, by):
    found = {}
    for each in lending.lend(case, PHONE, by=by):
        found.setdefault(each.code, []).append(each)
    return found


def test_it_takes_along_what_is_open_with_its_papers_and_photos(found):
    case, by = found
    assert followup.cases(by) == [case]
    told = followup.of(case, by)
    assert [each["number"] for each in told["problems"]] == [1, 2]
    order = case.papers.get(code="order")
    assert told["problems"][0]["papers"] == [f"责令限期整改指令书 {order.number}"]
    digest, caption = told["problems"][0]["photos"][0]
    assert caption == "通道堵塞" and followup.old_photo(case, digest)[:2] == b"\xff\xd8"
    assert followup.old_photo(case, "0" * 64) is None


def test_a_review_without_a_network_is_the_review(found):
    case, by = found
    lent = numbers(case, by)
    filed = Signed(case, "review").look(1, "right").look(2, "half", "南侧还有三箱", _day(20))
    filed.show(photo("#753"), by, kind="rectified", line="finding:1", caption="这次")
    filed.sheet["number"] = lent["review"][0].number
    today = timezone.localdate().isoformat()
    told = {"listed": [lent["review"][0].number], "receiver": "何某", "receiver_signs": True, "on": today}
    told |= {"way": "直接送达", "place": ""}
    filed.paper("delivery", lent["delivery"][0].number, by, 52, names=[("met", "何某")], **told)
    spare = [lent["review"][1].typed, lent["delivery"][1].typed]
    filing = filed.send(by, reviews.receive, numbers={"device": PHONE, "spare": spare})
    assert (filing.status, filing.reason, onthespot.open_papers(case)) == ("taken", "", [])
    assert list(Verdict.objects.order_by("finding__number").values_list("is_right", "note")) == [
        (True, ""),
        (False, "部分整改：南侧还有三箱"),
    ]
    made = case.reinspections.get()
    paper = case.papers.get(code="review")
    assert (
        paper.number == lent["review"][0].number and paper.reinspection == made and paper.status == "signed"
    )
    assert len(paper.facts["signatures"]) == 3 and case.papers.get(code="delivery").status == "signed"
    assert list(case.findings.values_list("number", "status")) == [(1, "closed"), (2, "open")]
    assert case.findings.get(number=2).extensions.get().until.isoformat() == _day(20)
    assert Exhibit.objects.get(kind="rectified").finding.number == 1
    assert (
        not LentNumber.objects.filter(status="lent").exists() and issuing.file_of(paper).read()[:4] == b"%PDF"
    )
    assert list(papertrail.series(case.bureau)) == [] and verification.verify(case.draw_id) == []


def _day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_without_a_number_the_paper_is_drafted(found):
    case, by = found
    Signed(case, "review").look(1, "right").send(by, reviews.receive)
    assert case.papers.get(code="review").status == "drafted"


def test_a_spoiled_number_leaves_a_draft_and_says_so(found):
    case, by = found
    lent = numbers(case, by)
    lending.spoil(lent["review"][0], "丢了", by=by)
    filed = Signed(case, "review").look(1, "right")
    filed.sheet["number"] = lent["review"][0].number
    assert filed.send(by, reviews.receive).status == "taken"
    assert case.papers.get(code="review").status == "drafted" and len(onthespot.open_papers(case)) == 1


def test_half_is_not_right_and_says_why(found):
    case, by = found
    filing = Signed(case, "review").look(1, "half").send(by, reviews.receive)
    assert filing.status == "held" and "写明情况" in filing.reason and not Verdict.objects.exists()


@pytest.mark.parametrize("spoil", ["one", "stranger", "unsigned", "twice", "visit"])
def test_who_looked_again_has_signed(found, spoil, cast):
    case, by = found
    filed = Signed(case, "review").look(1, "right")
    if spoil == "one":
        filed.sheet["team"] = filed.sheet["team"][:1]
    if spoil == "stranger":
        filed.sheet["team"][1] = filed.sheet["team"][1] | {"name": "别人"}
    if spoil == "twice":
        filed.sheet["team"][1] = filed.sheet["team"][0] | {"role": "second"}
    if spoil == "unsigned":
        filed.sign(by)
        filed.signatures, filed.files = filed.signatures[:1], filed.files[:1]
    if spoil == "visit":
        filed = Signed(case)
        with refused_with("filing_bad"):
            filed.send(by, reviews.receive)
        return
    assert filed.send(by, reviews.receive).status == "held"
    assert not Verdict.objects.exists()
