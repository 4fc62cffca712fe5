"""A new bureau by its opening list, in a browser, by what the pages offer and nothing else: accounts by two
hands, people, the register, classes, the list, the plan, to the first plan that the public reads; every
click and every typed field of every hand counted."""

import io
import re

import pytest
from openpyxl import Workbook

from inspections.models import Plan
from registries.models import Account, Inspector, ItemList, Subject
from registries.services import accounts, bureaus

from ..registries.test_checksheets import sheet
from .conftest import every
from .test_desk import Hand

pytestmark = pytest.mark.django_db(transaction=True)
MOST_CLICKS, MOST_TYPED = 60, 30
STAFF = [
    ("林某", "经办人"),
    ("江某", "负责人"),
    ("顾某", "监督人"),
    ("唐某", "见证人"),
    ("宋某", "见证人"),
    ("元某", "见证人"),
]


class Newcomer(Hand):
    """Somebody at a browser of his own, with no account yet."""

    def __init__(self, page, name, base):
        super().__init__(page, name)
        page.goto(base + "/login/")

    def enter(self, username, password, own):
        """Sign in with what one was handed, and set a password of one's own."""
        self.type("#id_username", username)
        self.type("#id_password", password)
        self.click("main button")
        self.type("#id_old_password", password)
        self.type("#id_new_password1", own)
        self.type("#id_new_password2", own)
        self.click("main button")
        self.page.wait_for_url(re.compile(r"/(desk|admin)/$"))

    def carry_out(self, selector):
        """An act of the first page: done at once, or on a page of its own that asks for more."""
        with self.page.expect_navigation():
            self.click(selector)
        if self.page.locator("input[type=submit]").count():
            with self.page.expect_navigation():
                self.click("input[type=submit]")

    def hand_over(self, selector, *files):
        """Choose files: one click."""
        self.page.set_input_files(selector, list(files))
        self.clicks += 1


def _book(path, rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    return path


def _people(path):
    head = ["姓名", "股室", "专业", "可任组长", "执法证号", "发证机关", "发证日期", "有效期至"]
    rows = [
        [f"检查{n}某", "危化股" if n % 2 else "工贸股", "危险化学品、工贸、烟花爆竹、非煤矿山", "是", f"Z{n}"]
        + ["某省司法厅", "2024-01-01", "2035-12-31"]
        for n in range(12)
    ]
    return _book(path, [head, *rows])


def _files(tmp_path, request):
    """(the register, three check sheets, whose they are): the real ones where they are, else invented."""
    try:
        data = request.getfixturevalue("real_data")
        sheets = sorted((data / "checklists").glob("*.xls"))
        where = ("150626", "乌审旗应急管理局", "乌")
        return data / "enterprises/乌审旗_994.xls", sheets[:3], where
    except pytest.skip.Exception:
        from config.demo import invented  # noqa: PLC0415 (only without the real files)

        register = tmp_path / "名录.csv"
        register.write_bytes(invented.register_csv())
        made = []
        for n in range(3):
            path = tmp_path / f"检查表{n}.xlsx"
            path.write_bytes(sheet())
            made.append(path)
        return register, made, ("990101", "青原县应急管理局", "青")


def _halves(hand):
    """{username: half} of the slips on the page."""
    return {
        each.locator(".hash").nth(0).inner_text(): each.locator("code").inner_text()
        for each in every(hand.page, ".slips li")
    }


def test_to_the_first_published_plan(chromium, live_server, tmp_path, request):
    register, sheets, where = _files(tmp_path, request)
    bureau = bureaus.found(*where)
    for name, role in (("officer", "officer"), ("security", "security")):
        accounts.open_account(bureau, name, name, [role], password="first-of-all-words", is_once=True)
    hands, contexts = [], []
    request.node.pages_open = []  # what stood on them is told where the walk fails

    def sit(name):
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        contexts.append(context)
        hands.append(Newcomer(context.new_page(), name, live_server.url))
        request.node.pages_open.append(hands[-1].page)
        return hands[-1]

    officer, security = sit("officer"), sit("security")
    officer.enter("officer", "first-of-all-words", "officer-own-words-9")
    officer.click(".open8 .now a.b-go")
    staff = _book(tmp_path / "账户.xlsx", [["姓名", "角色"], *map(list, STAFF)])
    officer.hand_over("[name=file]", staff)
    officer.click("text=读这张表")
    officer.click("text=提出，并显示密码条")
    officer.page.wait_for_selector(".slips")
    first = _halves(officer)
    security.enter("security", "first-of-all-words", "security-own-words-9")
    security.click("text=新账户 6 个等另一人确认")
    security.click("text=确认打勾的，并显示密码条")
    security.page.wait_for_selector(".slips")
    passwords = {name: f"{first[name]}-{half}" for name, half in _halves(security).items()}
    by_role = {each.display_name: each.username for each in Account.objects.filter(bureau=bureau)}
    clerk, head = sit("clerk"), sit("head")

    clerk.enter(by_role["林某"], passwords[by_role["林某"]], "clerk-own-words-99")
    clerk.click(".open8 .now a.b-go")  # sections and people: one table
    clerk.hand_over("[name=file]", _people(tmp_path / "人员.xlsx"))
    clerk.click("text=核对这张表")
    clerk.click("text=核对无误，写入名录")
    clerk.page.wait_for_selector("text=新增 12 人")
    clerk.home()
    clerk.click(".open8 .now a.b-go")  # the register
    clerk.hand_over("[name=file]", register)
    clerk.click("input[type=submit]")
    clerk.click("text=应用到名录")
    clerk.click("input[type=submit]")
    clerk.page.wait_for_selector(".messagelist >> text=正在写入名录")
    clerk.click(".words a:has-text('首页')")
    clerk.click(".open8 .now a.b-go")  # the classes
    clerk.click("text=按词语建议分类")
    if clerk.page.locator("#classes [name=rest]").count():
        clerk.choose("#classes [name=rest]", {"label": "综合监管"})
    clerk.click("text=确认所选的分类")
    clerk.page.wait_for_selector("text=每一户都有分类")
    clerk.home()
    clerk.click(".open8 .now a.b-go")  # the list
    clerk.click(".empty a.b-go")
    clerk.hand_over("[name=sheets]", *sheets)
    clerk.click("input[type=submit]")
    clerk.page.wait_for_selector("text=没有依据不能公布")
    clerk.type("[name=one_basis]", "《安全生产法》第四十一条")
    clerk.click("[name=all_bare]")
    clerk.click("text=写上这一依据")
    clerk.click("text=提交批准")
    clerk.home()
    clerk.click(".open8 >> li:has-text('年度计划') >> a")
    clerk.click("text=/起草 .* 年计划/")
    clerk.click("text=提交批准")
    clerk.page.wait_for_selector("text=等负责人批准")

    head.enter(by_role["江某"], passwords[by_role["江某"]], "head-own-words-999")
    head.carry_out(".todo li:has-text('清单') .acts >> text='公布'")
    head.home()
    head.carry_out(".todo li:has-text('计划') .acts >> text='批准计划'")
    head.page.wait_for_selector("text=已批准")
    clerk.home()
    clerk.carry_out(".todo li:has-text('计划') .acts >> text='公布计划'")
    clerk.page.wait_for_selector("text=已公布")

    # and the accounts of the twelve
    officer.click("text=已打印或抄好")
    officer.home()
    officer.click("text=12 名检查人员没有账户")
    officer.click("text=提出，并显示密码条")
    officer.page.wait_for_selector(".slips")
    security.click("text=已打印或抄好")
    security.click("text=确认打勾的，并显示密码条")
    security.page.wait_for_selector(".slips")

    assert Subject.objects.filter(bureau=bureau, left_on=None).count() > 100
    assert Inspector.objects.filter(bureau=bureau).exclude(account=None).count() == 12
    book = ItemList.objects.get(bureau=bureau)
    assert book.items.count() >= 3 and book.status == "published"
    assert Plan.objects.get(bureau=bureau).published_at
    page = contexts[0].new_page()
    page.goto(live_server.url + "/plans/")
    assert "监督检查计划" in page.inner_text("main")
    told = {each.name: (each.clicks, each.typed) for each in hands}
    clicks, typed = (sum(each[n] for each in told.values()) for n in (0, 1))
    for context in contexts:
        context.close()
    print(f"{clicks} 次点击，{typed} 个栏：{told}")
    assert clicks <= MOST_CLICKS and typed <= MOST_TYPED, told
