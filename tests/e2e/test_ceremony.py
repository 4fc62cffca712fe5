"""The draw before witnesses on four screens: the operator's projector and three phones, to
the minutes and the disc."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inspections.models import Case, Disc, Draw

from ..inspections.watch.test_discs import extract
from ..staircase import CODES
from .test_story import act

pytestmark = pytest.mark.django_db(transaction=True)


def check_code(page):
    return page.inner_text("#check")


def wait_for_same(pages):
    """Every screen follows the committed rows: within seconds they say the same."""
    for _ in range(40):
        codes = {check_code(page) for page in pages}
        if len(codes) == 1:
            return codes.pop()
        pages[0].wait_for_timeout(500)
    raise AssertionError({check_code(page) for page in pages})


def test_a_ceremony_on_four_screens(register, inspectors, make_task, open_page, cast, tmp_path):
    task = make_task()
    clerk = open_page("clerk")
    clerk.goto(f"/admin/inspections/task/{task.pk}/act/preview/")
    assert "每户都配得齐检查组" in clerk.inner_text("#content-main")
    act(clerk, f"inspections/task/{task.pk}/change", "封存")
    clerk.fill("[name=seed_at]", timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    clerk.fill("[name=redraw_tip]", CODES[0])
    for n, witness in enumerate((cast.witness1, cast.witness2, cast.witness3), 1):
        clerk.select_option(f"[name=account{n}]", str(witness.pk))
    clerk.fill("[name=lottery_name]", "排列五26300期")
    clerk.select_option("[name=lottery_account]", str(cast.supervisor.pk))
    clerk.select_option("[name=lottery_second]", str(cast.clerk.pk))
    clerk.click("input[type=submit]")
    clerk.wait_for_url("**/inspections/draw/*/change/")
    draw = Draw.objects.get()
    with clerk.expect_download() as notice:
        act(clerk, f"inspections/draw/{draw.pk}/change", "封存公告（PDF）")
        clerk.click("input[type=submit]")
    assert Path(notice.value.path()).read_bytes()[:5] == b"%PDF-"

    projector = open_page("clerk", size=(1366, 768))
    projector.goto(f"/desk/draws/{draw.number}/stage/")
    assert draw.commitment[:4] in projector.inner_text(".stage-hash")
    phones = [open_page(f"witness{n}", size=(390, 844)) for n in (1, 2, 3)]
    for phone in phones:
        phone.goto(f"/desk/draws/{draw.number}/stage/")
    wait_for_same([projector, *phones])

    for n, phone in enumerate(phones, 1):
        phone.goto(f"/desk/draws/{draw.number}/")
        phone.fill("[name=value]", f"900000000{n}")
        phone.fill("[name=again]", f"900000000{n}")
        phone.click("text=提交（不能更改）")
        phone.wait_for_selector("text=已提交，不能更改。")
        expect(projector.locator(".is-lodged, .is-open")).to_have_count(n, timeout=15_000)
        if n < 3:
            assert f"900000000{n}" not in projector.inner_text("#sources")
        phone.goto(f"/desk/draws/{draw.number}/stage/")
    expect(projector.locator(".is-open")).to_have_count(3, timeout=15_000)
    assert "9000000001" in projector.inner_text("#sources")

    # The lottery: typed by two, first not alike, then alike.
    supervisor = open_page("supervisor")
    for page, value in ((supervisor, "12345"), (clerk, "12346"), (supervisor, "12345"), (clerk, "12345")):
        page.goto(f"/desk/draws/{draw.number}/")
        page.fill("[name=value]", value)
        page.fill("[name=again]", value)
        page.click("text=提交（不能更改）")
        page.wait_for_selector(".messages")
    expect(projector.locator("#count")).not_to_have_text("0", timeout=30_000)
    draw.refresh_from_db()
    assert draw.status == "drawn" and draw.result_digest in projector.inner_text("#outcome")
    assert projector.locator("#rows li").count() == draw.cases.count()
    name = Case.objects.first().subject.name
    assert name in projector.inner_text("#rows")
    assert wait_for_same([projector, *phones])
    for phone in phones:  # a witness's phone shows that it happened, not who was drawn
        assert name not in phone.content()
    projector.reload()
    assert check_code(projector) == wait_for_same([projector, *phones])

    act(clerk, f"inspections/draw/{draw.pk}/change", "填写抽取会记录")
    for field in ("place", "host", "operator", "supervisor", "witnesses", "video_number"):
        clerk.fill(f"[name={field}]", "三楼会议室" if field == "place" else "某某")
    clerk.click("input[type=submit]")
    clerk.wait_for_selector(".messagelist >> text=已记下")
    with clerk.expect_download() as record:
        act(clerk, f"inspections/draw/{draw.pk}/change", "抽取记录（PDF）")
        clerk.click("input[type=submit]")
    assert Path(record.value.path()).read_bytes()[:5] == b"%PDF-"

    images = []
    for _ in range(2):
        with supervisor.expect_download() as image:
            act(supervisor, f"inspections/draw/{draw.pk}/change", "光盘映像（监督版）")
            supervisor.click("input[type=submit]")
        images.append(Path(image.value.path()).read_bytes())
    assert images[0] == images[1]
    folder = extract(images[0], tmp_path / "disc")
    run = subprocess.run(
        [sys.executable, "-I", "-S", folder / "check.py"],
        capture_output=True,
        text=True,
        env={"LANG": "C.UTF-8"},
    )
    assert run.returncode == 0 and "光盘核验通过" in run.stdout

    digest = hashlib.sha256(images[0]).hexdigest()
    act(supervisor, f"inspections/draw/{draw.pk}/change", "登记光盘")
    for field, value in {
        "number": "GP-1",
        "digest": digest,
        "burnt_by": "甲",
        "witness": "乙",
        "kept_at": "柜",
    }.items():
        supervisor.fill(f"[name={field}]", value)
    supervisor.click("input[type=submit]")
    supervisor.wait_for_selector(".messagelist >> text=已登记光盘")
    assert Disc.objects.get().digest == digest

    # The disc's page, opened from a folder without any network, computes the draw again.
    offline = projector.context.browser.new_context(offline=True)
    page = offline.new_page()
    page.goto(f"file://{folder}/index.html")
    page.wait_for_selector(".verdict-ok")
    assert "核验通过" in page.inner_text("#verdict") and name in page.inner_text("#drawn")
    offline.close()

    supervisor.goto("/admin/oversight/")
    assert draw.number in supervisor.inner_text("main")
    supervisor.goto("/admin/oversight/statistics/")
    assert "没有发现" in supervisor.inner_text("#content-main")


def test_the_operator_on_two_machines_sees_one_ceremony(drawn, open_page):
    pages = [open_page("clerk"), open_page("supervisor", size=(390, 844))]
    for page in pages:
        page.goto(f"/desk/draws/{drawn.number}/stage/")
    assert wait_for_same(pages)
    assert {page.locator("#rows li").count() for page in pages} == {drawn.cases.count()}
