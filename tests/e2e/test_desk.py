"""The desk in a real browser: a whole draw by what the pages offer and nothing
else, counted click by click."""

import os
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inspections.models import Draw, Paper, Scheme
from inspections.papers import binding
from registries.models import Message

from .conftest import every
from .phone import Phone
from .test_field import BROWSERS

pytestmark = pytest.mark.django_db(transaction=True)


class Hand:
    """One person at a browser: counts what is clicked and what is typed, and goes nowhere but by clicking.
    MINGQIAN_PAGES names a file that is told which page it was and what was done there (docs/trials.md)."""

    def __init__(self, page, name=""):
        self.page, self.name, self.clicks, self.typed = page, name, 0, 0

    def click(self, selector):
        self.tell("点", self.page.locator(selector).first, lambda found: found.inner_text())
        self.page.click(selector)
        self.clicks += 1

    def type(self, selector, value):
        self.tell("填", self.page.locator(selector).first, lambda found: value)
        self.page.fill(selector, value)
        self.typed += 1

    def choose(self, selector, value):
        self.tell("选", self.page.locator(selector).first, lambda found: found.get_attribute("name"))
        self.page.select_option(selector, **(value if isinstance(value, dict) else {"value": value}))
        self.clicks += 1

    def tell(self, verb, found, what):
        if not os.environ.get("MINGQIAN_PAGES"):
            return
        found.wait_for()
        heading = " ".join(self.page.locator("h1").first.inner_text().split())
        with open(os.environ["MINGQIAN_PAGES"], "a", encoding="utf-8") as log:
            log.write(f"{self.name}\t{heading}\t{verb}“{' '.join(what(found).split())[:30]}”\n")

    def home(self):
        """The word 首页, which stands on every page."""
        self.click(".words a:has-text('首页')")


@pytest.fixture
def hands(open_page):
    return lambda name, size=(1366, 768): Hand(open_page(name, size=size), name)


@pytest.mark.trial  # "newcomer"; the story walks the same steps in every run
def test_a_draw_of_fifty_to_all_its_notices_in_few_clicks(register, inspectors, item_list, plan, hands, cast):
    """Clerk 20 clicks and 8 fields, head 4, supervisor 3, each witness 2 beside the throw."""
    clerk, head, supervisor = hands("clerk"), hands("head"), hands("supervisor")
    clerk.click("text=起草一轮抽查")
    for box, number in zip(every(clerk.page, "input[type=number]"), (20, 20, 10), strict=False):
        clerk.tell("填", box, lambda found, number=number: f"{number} 户")
        box.fill(str(number))
        clerk.typed += 1
    clerk.click("text=存草稿并测算")
    clerk.page.wait_for_selector("text=预计检查 50 户")
    clerk.click("button:has-text('提交批准')")
    clerk.page.wait_for_selector("text=已提交，等待批准")

    head.page.reload()
    head.click("button:has-text('批准任务')")
    head.page.wait_for_selector("text=已批准，编号")
    expect(head.page.locator(".todo li")).to_have_count(0)

    supervisor.page.reload()
    supervisor.click("text=生成并移交一次性码")
    supervisor.click("button:has-text('生成')")
    supervisor.click("button:has-text('移交给这次封存')")
    supervisor.page.wait_for_selector("text=已移交给")

    clerk.home()
    clerk.click(".todo a.b:has-text('封存')")
    for n in (1, 2, 3):
        clerk.choose(f"[name=account{n}]", str(getattr(cast, f"witness{n}").pk))
    # nobody waits two minutes here
    clerk.type("[name=seed_at]", timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    clerk.click("button:has-text('封存')")
    clerk.page.wait_for_selector("text=已封存")
    draw = Draw.objects.get()

    for n in (1, 2, 3):
        witness = hands(f"witness{n}", (390, 844))
        witness.click(f"text={draw.task.title}")
        witness.page.fill("[name=value]", f"123456789{n}")
        witness.page.fill("[name=again]", f"123456789{n}")
        witness.click("text=提交（不能更改）")
        witness.page.wait_for_selector("text=已提交，不能更改。")
        assert witness.clicks <= 2

    clerk.home()
    clerk.click("button:has-text('拟检查方案')")
    clerk.page.wait_for_selector(".told >> text=检查方案已拟好")
    head.home()
    head.click("button:has-text('批准方案')")
    head.page.wait_for_selector("text=已批准，编号")
    clerk.home()
    clerk.click("main table a:has-text('抽查')")
    clerk.click("button:has-text('全部检查通知书')")
    clerk.page.wait_for_url("**/dossiers/**")
    binding.sweep_dossiers()
    with clerk.page.expect_download() as taken:
        clerk.click("text=下载（PDF）")  # the page asks again by itself
    assert taken.value.path().read_bytes().startswith(b"%PDF")
    assert Paper.objects.filter(code="notice", status="signed").count() == 50
    assert Scheme.objects.get().status == "approved"
    assert (clerk.clicks, clerk.typed) <= (20, 8) and clerk.typed <= 8, (clerk.clicks, clerk.typed)
    assert head.clicks <= 4 and supervisor.clicks <= 3


def test_a_line_goes_and_the_next_persons_comes(register, inspectors, make_task, hands, cast):
    """Two browsers side by side; a second bureau sees nothing of it."""
    task = make_task(approved=False)
    clerk, head, stranger = hands("clerk"), hands("head"), hands("stranger")
    clerk.click("button:has-text('提交批准')")
    clerk.page.wait_for_selector(".told >> text=已提交")
    head.page.reload()
    expect(head.page.locator(".words .badge")).to_have_text("1")
    head.click("summary:has-text('退回')")
    head.type("textarea[name=reason]", "检查期限太短")
    head.click("button:has-text('退回')")
    head.page.wait_for_selector(".told >> text=已退回")
    expect(head.page.locator(".todo li")).to_have_count(0)
    clerk.page.reload()
    assert "检查期限太短" in clerk.page.inner_text(".todo")
    clerk.click("text=消息")
    clerk.page.wait_for_selector("h1:has-text('消息')")
    expect(clerk.page.locator("main")).to_contain_text("检查期限太短")
    clerk.click("text=全部标为已读")
    clerk.page.wait_for_selector("text=标为已读。")
    assert Message.objects.filter(account=cast.clerk, read_at=None).count() == 0
    stranger.page.reload()
    assert task.title not in stranger.page.inner_text("main")
    assert stranger.page.locator(".todo li").count() == 0
    assert stranger.page.request.get(f"/admin/rounds/{task.pk}/").status == 404


PAGES = [
    "/admin/",
    "/admin/rounds/",
    "/admin/rounds/new/",
    "/admin/rounds/{task}/",
    "/admin/cases/",
    "/admin/cases/?stage=todo",
    "/admin/cases/{token}/",
    "/admin/cases/{token}/?tab=checklist",
    "/admin/firms/",
    "/admin/firms/{firm}/",
    "/admin/firms/sorting/",
    "/admin/people/",
    "/admin/people/courses/",
    "/admin/items/",
    "/admin/items/1/?tab=all",
    "/admin/plans/{plan}/?tab=do",
    "/admin/plans/{plan}/?tab=sheet",
    "/admin/plans/{plan}/?tab=year",
    "/admin/reports/tables/statistics/",
    "/admin/reports/numbers/inspections/",
    "/admin/calendar/?of=all",
    "/admin/search/?q=第",
    "/admin/reports/",
    "/admin/tables/",
    "/messages/",
    "/manual/",
    "/manual/clerk/",
    "/admin/inspections/task/",
    "/admin/inspections/task/add/",
]
OWN = [each for each in PAGES if not each.startswith(("/admin/inspections", "/manual"))]
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
NPM = re.sub(r"tests/e2e/.*", ".venv/npm/node_modules", __file__)


def _named(drawn):
    """What the addresses name."""
    case = drawn.cases.first()
    return {"task": drawn.task_id, "token": case.token, "firm": case.subject_id, "plan": drawn.task.plan_id}


@pytest.mark.parametrize("size", SIZES)
def test_the_desks_pages_fit_and_axe_finds_nothing(drawn, open_page, size):
    # axe tries styles of its own, which the pages' policy forbids
    page, faults = open_page("clerk", size=SIZES[size], bypass_csp=True), []
    with open(f"{NPM}/axe-core/axe.min.js", encoding="utf-8") as script:
        rules = script.read()
    for path in PAGES:
        page.goto(path.format(**_named(drawn)))
        page.evaluate(rules)
        # 7:1 on the pages that are drawn by the desk itself; the tables keep Django's sheet
        found = page.evaluate(
            "(own) => axe.run(document, {rules: {'color-contrast-enhanced': {enabled: own}}})", path in OWN
        )
        faults += [(path, each["id"], each["nodes"][0]["html"][:160]) for each in found["violations"]]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > SIZES[size][0]:
            faults.append((path, "wide", wide))
    assert not faults, faults


@pytest.mark.parametrize("size", [pytest.param("desk", marks=pytest.mark.trial), "phone"])
def test_the_desk_stands_in_chromium_83(drawn, driver, live_server, size, tmp_path):
    """No page wider than the screen, the stepper in one row, an answer under its line."""
    if not os.path.exists(BROWSERS["83"]):
        pytest.skip("没有 Chromium 83：sh tests/chromium83.sh 会取来")
    old = Phone(driver, BROWSERS["83"], tmp_path / "profile", live_server.url)
    width, height = SIZES[size]
    try:
        old.open(path="/login/")
        old.page.set_viewport_size({"width": width, "height": height})
        for name, said in (("username", "clerk"), ("password", "pw-for-tests")):
            old.page.evaluate(
                "([name, said]) => { document.getElementById('id_' + name).value = said }", [name, said]
            )
        old.tap("main button")
        old.find(".headline h1")
        for path in OWN:
            old.page.goto(live_server.url + path.format(**_named(drawn)))
            assert old.page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert old.page.evaluate("document.querySelector('h1').getBoundingClientRect().height") > 20, path
        old.page.goto(f"{live_server.url}/admin/rounds/{drawn.task_id}/")
        tops = old.page.evaluate(
            "[...document.querySelectorAll('.stepper li')].map((each) => each.getBoundingClientRect().top)"
        )
        assert len(tops) == 9 and len(set(tops)) == 1
    finally:
        old.kill()
