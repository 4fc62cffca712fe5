"""Looking again where there is no network: the photos of last time, every paper, a verdict each, and the
意见书 signed and handed over on the spot."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.models import Filing, LentNumber, Verdict
from inspections.papers import issuing
from inspections.visit import onthespot
from inspections.watch import papertrail

from ..signed import Signed
from ..signed import photo as picture
from .phone import photo
from .test_field import BROWSERS, case, phone, wait_for  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def test_looking_again_without_a_network(case, phone, tmp_path):  # noqa: F811
    by = case.team().get(leads=True).inspector.account
    filed = (
        Signed(case)
        .answer("A01.1", "fail", "通道堵塞")
        .answer("A01.2", "fail", "积尘")
        .answer("A01.3", "fail", "锈")
    )
    filed.show(picture(), by, line="A01.1", caption="堵塞的通道")
    first = next(each for each in filed.sheet["findings"] if each["line"] == "A01.1")
    first["due_on"] = timezone.localdate().isoformat()
    filed.send(by)
    order = issuing.issue(case, "order", by=by)

    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in(by.username)
    phone.take_along()
    phone.tap(f"[data-review='{case.token}'] button", "领文号")
    phone.find("p.ok", "文号带好了")
    phone.context.set_offline(True)
    phone.tap(f"[data-review='{case.token}'] button", "去复查")
    phone.find(".was", order.number)
    phone.see("[data-problem='1'] .shots img")
    phone.tap("button", "看一遍再签")
    phone.find("#left", "第 1 项的意见")  # due today: not to be left out
    phone.tap("[data-problem='1'] [data-value=right]")
    phone.find("[data-problem='1'] [data-value=right][aria-pressed=true]")
    phone.attach("[data-problem='1'] input[type=file]", photo(tmp_path / "这次.jpg"))
    phone.find("[data-problem='1'] .shots b", "这次")
    phone.tap("[data-problem='2'] [data-value=half]")
    phone.fill("[data-problem='2'] textarea", "", "南侧还有三箱")
    phone.tap("[data-problem='2'] .choice", "申请延期")
    phone.find("[data-problem='2'] input[type=date]")
    later = (timezone.localdate() + timedelta(days=20)).isoformat()
    phone.fill("[data-problem='2'] input[type=date]", "", later)
    phone.fill("#met", "", "何某")
    phone.tap("button", "看一遍再签")
    phone.find("article.paper p", "第 3 项期限未到")
    phone.sign()
    phone.tap("button", "出文书，请企业签收")
    phone.tap("button", "交给企业")
    phone.tap("button", "出送达回证，签名")
    phone.tap("button", "看过了")
    for _ in range(3):
        phone.draw()
    phone.tap("button", "好了")
    phone.tap("button", "交给企业")
    phone.tap("button", "离开现场")
    phone.hand_in()
    phone.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(kind="review", status="taken").exists(), phone)
    case.refresh_from_db()
    assert onthespot.open_papers(case) == []
    assert list(
        Verdict.objects.order_by("finding__number").values_list("finding__number", "is_right", "note")
    ) == [
        (1, True, ""),
        (2, False, "部分整改：南侧还有三箱"),
    ]
    paper = case.papers.get(code="review")
    assert (
        paper.status == "signed"
        and order.number in paper.facts["record"]
        and "第 3 项期限未到" in paper.facts["record"]
    )
    assert (
        len(paper.facts["signatures"]) == 3
        and case.papers.filter(code="delivery", status="signed").count() == 1
    )
    assert case.findings.get(number=2).extensions.get().until.isoformat() == later
    assert case.exhibits.get(kind="rectified").finding.number == 1
    assert not LentNumber.objects.filter(status="lent").exists()
    assert list(papertrail.series(case.bureau)) == []
