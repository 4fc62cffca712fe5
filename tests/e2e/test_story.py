"""One walk through the house in a browser: plan approved, sealed, thrown, drawn, inspected, reported,
published, released, and computed again by a citizen."""

import pytest
from django.utils import timezone
from playwright.sync_api import Error

from inspections.engine import digest
from inspections.models import Case, Draw, Report, Task
from publicity.models import Release

from ..staircase import CODES, inspect
from .conftest import every

pytestmark = pytest.mark.django_db(transaction=True)


def act(page, thing, label):
    """Open a desk page, press the act's button, leave the form to the caller."""
    try:
        page.goto(f"/admin/{thing}/")
    except Error:  # a download that has just begun still counts as a navigation for a moment
        page.wait_for_timeout(1000)
        page.goto(f"/admin/{thing}/")
    page.click(f".object-tools a:text-is('{label}')")


def test_the_whole_round(register, inspectors, make_task, open_page, cast):
    task = make_task(approved=False)
    desk = open_page("head")
    act(desk, f"inspections/task/{task.pk}/change", "批准任务")
    desk.click("input[type=submit]")
    desk.wait_for_selector(".messagelist >> text=已批准")
    task = Task.objects.get(pk=task.pk)
    assert task.status == "approved" and task.number

    clerk = open_page("clerk")
    act(clerk, f"inspections/task/{task.pk}/change", "封存前检查")
    clerk.click("input[type=submit]")
    clerk.wait_for_selector(".messagelist >> text=可以封存")
    act(clerk, f"inspections/task/{task.pk}/change", "封存")
    clerk.fill("[name=seed_at]", timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    clerk.fill("[name=redraw_tip]", CODES[0])
    for n, witness in enumerate((cast.witness1, cast.witness2, cast.witness3), 1):
        clerk.select_option(f"[name=account{n}]", str(witness.pk))
    clerk.click("input[type=submit]")
    clerk.wait_for_url("**/inspections/draw/*/change/")
    draw = Draw.objects.get()
    assert draw.status == "sealed"
    clerk.wait_for_selector(f"text={draw.commitment}")

    public = open_page()
    public.goto(f"/draws/{draw.number}/")
    assert draw.commitment in public.content() and "名单在全部企业检查完毕后公开" in public.content()

    for n in (1, 2, 3):
        witness = open_page(f"witness{n}", size=(390, 844))
        witness.click(f"text={draw.task.title}")
        witness.fill("[name=value]", "000000000" + str(n))
        witness.fill("[name=again]", "000000000" + str(n))
        witness.click("text=提交（不能更改）")
        witness.wait_for_selector("text=已提交，不能更改。")
        if n < 3:
            assert f"000000000{n}" not in witness.inner_text("table")
    for _ in range(100):  # at once where the page does it itself, else by a worker
        draw.refresh_from_db()
        if draw.status == "drawn":
            break
        clerk.wait_for_timeout(200)
    assert draw.status == "drawn"
    clerk.goto(f"/desk/draws/{draw.number}/")
    clerk.wait_for_selector(f"text={Case.objects.first().subject.name}")

    first, *others = Case.objects.filter(draw=draw).order_by("pk")
    phone = open_page(first.team()[0].inspector.account.username, size=(390, 844))
    phone.click(f"li:has-text('{first.subject.name}') .meta", force=True)  # the whole entry leads there
    phone.wait_for_selector("text=检查方案还没有批准")
    act(clerk, f"inspections/task/{task.pk}/change", "检查方案")
    clerk.click("input[type=submit]")
    clerk.wait_for_url("**/inspections/scheme/*/change/")
    act(desk, clerk.url.split("/admin/")[1].rstrip("/"), "批准方案")
    desk.click("input[type=submit]")
    desk.wait_for_selector(".messagelist >> text=已批准，编号")
    phone.reload()
    phone.click("text=开始检查")
    for line in every(phone, ".line"):
        line.locator("text='符合'").click()
    phone.locator(".line").first.locator("text='不符合'").click()
    phone.locator(".line input[type=text]").first.fill("制度未上墙")
    phone.click("text=保存，去写记录")
    phone.wait_for_selector("text=问题（1 项）")
    phone.click("text=保存，去写记录")
    phone.fill("[name=record]", "到场两人，出示证件，逐项检查。")
    phone.click("button:has-text('结束检查')")

    phone.wait_for_selector("text=前提交检查报告")
    second = open_page(first.team()[1].inspector.account.username, size=(390, 844))
    second.goto(f"/desk/cases/{first.token}/")
    second.click("text=复核确认记录")
    second.click("text=提交（不能更改）")
    second.wait_for_selector("text=已登记您的意见")
    phone.click("text=写检查报告")
    phone.wait_for_selector("[name=evaluation]")
    assert "发现问题 1 项" in phone.input_value("[name=evaluation]")
    phone.click("text=提交审核")
    phone.wait_for_selector("text=已提交审核")
    for case in others:
        inspect(case)

    for report in Report.objects.filter(status="submitted"):
        act(desk, f"inspections/report/{report.pk}/change", "审核通过")
        desk.click("input[type=submit]")
        desk.wait_for_selector(".messagelist >> text=已通过")

    clerk.goto("/admin/publicity/publication/")
    clerk.click("text=拟办检查结果公示")
    for box in every(clerk, "[name=reports]"):
        box.check()
    clerk.click("input[type=submit]")
    clerk.wait_for_selector(".messagelist >> text=已拟办")
    desk.goto("/admin/")
    desk.click("form:has(h2:has-text('公示')) button")
    desk.wait_for_selector(".told >> text=同意公示：办好")
    clerk.goto("/admin/publicity/release/")
    clerk.click("text=公开抽取文件")
    clerk.select_option("[name=draw]", str(draw.pk))
    clerk.click("input[type=submit]")
    clerk.wait_for_selector(".messagelist >> text=已公开")
    assert Release.objects.filter(draw=draw).exists()

    public.goto("/")
    public.fill("#q", first.subject.name)
    public.click("text='查询'")
    public.click(f"a:has-text('{first.subject.name}')")
    public.wait_for_selector(".outcome")
    public.goto(f"/draws/{draw.number}/")
    public.wait_for_selector(".verdict-ok")
    assert "核验通过" in public.inner_text("#verdict")
    assert "与公布的指纹相符" in public.inner_text("#steps")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("result.json", b'"cap":', b'"cap":1'),
        ("commit.json", b'"redraw_max":2', b'"redraw_max":3'),
        ("changes.json", b"[", b"[1,"),
    ],
)
def test_one_digit_changed_in_a_file_is_refused_in_the_browser(released, open_page, name, old, new):
    page = open_page()
    answers = []

    def spoil(route):
        answer = route.fetch()
        spoiled = answer.body().replace(old, new, 1)
        answers.append(spoiled != answer.body())
        route.fulfill(response=answer, body=spoiled)

    page.route(f"**/{name}", spoil)
    page.goto(f"/draws/{released.draw.number}/")
    page.wait_for_selector(".verdict-bad")
    assert answers == [True] and "核验不通过" in page.inner_text("#verdict")


def test_another_printed_commitment_is_refused_in_the_browser(released, open_page):
    page = open_page()
    page.goto(f"/draws/{released.draw.number}/")
    page.wait_for_selector(".verdict-ok")
    page.fill("#printed", "0" * 64)
    page.click("button:has-text('自己核验')")
    page.wait_for_selector(".verdict-bad")
    assert "不是公布的指纹" in page.inner_text("#verdict")
    page.fill("#printed", released.draw.commitment.upper())
    page.click("button:has-text('自己核验')")
    page.wait_for_selector(".verdict-ok")


def test_the_supervisors_codes_are_a_chain_made_in_the_browser(cast, open_page):
    page = open_page("supervisor")
    page.goto("/desk/codes/")
    page.fill("#many", "3")
    page.click("button:has-text('生成')")
    tip = page.inner_text("#tip")
    codes = [each.split("　")[1] for each in page.locator("#codes li").all_inner_texts()]
    for n, code in enumerate(codes, 1):
        for _ in range(n):
            code = digest(code)
        assert code == tip


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_no_page_is_wider_than_the_screen(released, open_page, size):
    page = open_page(size=size)
    number = released.draw.number
    token = released.bureau.disclosure_set.first().token
    for path in (
        "/",
        "/items/",
        "/plans/",
        "/draws/",
        f"/draws/{number}/",
        "/results/",
        f"/results/{token}/",
        "/search/",
        "/verify/",
        "/login/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert page.locator("h1").count() == 1, path
