"""核对文书: whoever holds a paper and cannot scan types the eight letters under its code; and compares the
record's fingerprint with the one he was given."""

import pytest

from inspections.papers import notices

from ..signed import Signed
from ..staircase import approve_scheme

pytestmark = pytest.mark.django_db


def test_the_code_under_the_code_opens_the_paper(client, drawn):
    case = drawn.cases.order_by("pk").first()
    approve_scheme(case.task)
    member = case.team()[0].inspector.account
    paper = notices.issue(case, by=member)
    typed = f"{paper.typed[:4].lower()}-{paper.typed[4:]} "
    answer = client.get("/papers/", {"code": typed})
    assert answer.status_code == 302 and answer["Location"] == f"/papers/{paper.token}/"
    for wrong in ("ABCD-2345", "x" * 200, "", "0000 0000"):
        page = client.get("/papers/", {"code": wrong})
        assert page.status_code == 200 and "noindex" in page["X-Robots-Tag"]
        assert ("没有找到" in page.content.decode()) == bool(wrong)
    filing = Signed(case).send(member)
    assert filing.status == "taken", filing.reason
    page = client.get(answer["Location"]).content.decode()
    assert case.sheets.get().body_id in page and "检查已经结束" in page
