"""A firm on a phone without an account: the link, the code, a photo of what it has put right, its paper."""

import re
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from config.office import outbox
from inspections.after import eservice
from inspections.models import FirmWord
from inspections.papers import issuing

from ..signed import photo
from ..staircase import found_cast, inspect

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_firm_puts_right_and_reads_its_paper_on_a_phone(drawn, live_server, open_page, settings, tmp_path):
    settings.PUBLIC_URL = live_server.url
    cast, case = found_cast(), drawn.cases.order_by("pk").first()
    inspect(case, fails=["A01.1"])
    order = issuing.sign(issuing.draft(case, "order", by=cast.clerk), by=cast.clerk)
    told = {"scan": photo(), "agrees": True, "email": "a@example.com"}
    address = eservice.confirm(case.subject, "确1", timezone.localdate(), "安全科", by=cast.clerk, **told)
    eservice.serve(order, by=cast.clerk)
    outbox.sweep_firms()
    link = re.search(r"https?://\S+/mine/[\w-]+/", "".join(each.body for each in mail.outbox))[0]
    page = open_page(size=(390, 844))
    page.goto(link)
    page.get_by_role("button", name="发送验证码").click()
    page.get_by_text("验证码已发到").wait_for()
    outbox.sweep_firms()
    page.get_by_label("六位验证码").fill(re.search(r"验证码 (\d{6})", mail.outbox[-1].body)[1])
    page.get_by_role("button", name="进入").click()
    page.get_by_role("heading", name=case.subject.name).wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    picture = tmp_path / f"{uuid.uuid4()}.jpg"
    picture.write_bytes(photo())
    page.get_by_label("怎样整改的").fill("已加装护罩")
    page.get_by_label("整改后的照片").set_input_files(str(picture))
    page.get_by_role("button", name="报告这一项已整改").click()
    page.get_by_text("已收到，办理人员会看到").wait_for()
    assert FirmWord.objects.get().files.count() == 1
    there = page.locator("a[href$='.pdf']").get_attribute("href")
    assert page.request.get(there).body().startswith(b"%PDF")
    page.screenshot(path=str(tmp_path / "own.png"), full_page=True)
    eservice.end(address, "企业要求", by=cast.clerk)
    assert page.request.get(link).status == 404
