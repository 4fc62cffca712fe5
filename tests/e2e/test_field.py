"""A visit where there is no network, in a real browser: filled in offline, killed, signed out, caught by a portal, sent
from two tabs, on a full phone; and in the end one report on the server with the phone's own hashes."""

import hashlib
import os
import signal
import subprocess
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from inspections.models import Filing, Task, TaskSubject, Visit
from inspections.services import cases, plans
from registries.models import CheckLine, Item
from registries.services import items

from ..conftest import approve_scheme
from .conftest import FLAGS

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def case(register, inspectors, plan, cast, bureau):
    """A case of twenty lines for i1 and i2; one of the lines a major hazard."""
    drafted = items.draft("现场检查清单", timezone.localdate(), by=cast.clerk)
    item = Item.objects.create(item_list=drafted, code="A01", name="现场管理", basis="安全生产法第41条")
    for number in range(1, 21):
        CheckLine.objects.create(
            item=item, number=number, requirement=f"第 {number} 项要求：设备完好、记录齐全", violation=f"第 {number} 项不符合要求",
            basis="安全生产法第36条", measure="责令限期改正", is_major=number == 20,
        )  # fmt: skip
    published = items.publish(drafted, by=cast.head)
    task = Task.objects.create(
        bureau=bureau, title="举报核查", kind="complaint", item_list=published, lead_note="举报登记 1 号",
        window_from=timezone.localdate(), window_to=timezone.localdate() + timedelta(days=20), drafted_by=cast.clerk,
    )  # fmt: skip
    task.items.set(published.items.all())
    named = TaskSubject.objects.create(task=task, subject=register.filter(category__name="工贸-机械").first())
    named.inspectors.set(inspectors[:2])
    plans.approve_task(task, by=cast.head)
    made = cases.open_named(task, by=cast.clerk)[0]
    approve_scheme(task)
    return made


def photo(path, size=(1600, 1200), colour="#486"):
    Image.new("RGB", size, colour).save(path, "JPEG", quality=90)
    return path


class Phone:
    """A browser with a profile that outlives its process."""

    def __init__(self, driver, folder, base):
        self.driver, self.folder, self.base, self.taps = driver, folder, base, 0

    def open(self, offline=False, path="/desk/field/"):
        self.context = self.driver.chromium.launch_persistent_context(
            self.folder, executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS, viewport=PHONE,
            base_url=self.base, has_touch=True,
        )  # fmt: skip
        self.page = self.context.pages[0]
        self.context.set_offline(offline)
        self.page.goto(path)
        return self.page

    def kill(self):
        """SIGKILL on the browser: what was not on the disk is gone."""
        listing = subprocess.run(["pgrep", "-f", str(self.folder)], capture_output=True, text=True, check=False)
        for pid in listing.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        with suppress(Exception):  # it is gone, which is the point
            self.context.close()

    def sign_in(self, name):
        self.page.goto("/login/?next=/desk/field/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", "pw-for-tests")
        self.page.click("main button")
        self.page.wait_for_url("**/desk/field/**")

    def take_along(self):
        """Until the worker has the page and the tasks are on the phone."""
        expect(self.page.locator("text=任务取自")).to_be_visible(timeout=15000)
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_timeout(500)

    def tap(self, target):
        self.taps += 1
        target.tap()

    def answer(self, case, fails=(), paths=()):
        """Every line, then what the violated ones ask for."""
        page = self.page
        for line in cases.lines_of(case):
            card = page.locator(f"[data-line='{line['key']}']")
            value = "fail" if line["key"] in fails else "pass"
            self.tap(card.locator(f"[data-value={value}]"))
        for key, path in zip(fails, paths, strict=False):
            card = page.locator(f"[data-line='{key}']")
            self.tap(card.locator("textarea").first)
            card.locator("textarea").first.fill("现场看到的情况")
            self.taps += 3  # open the camera, take, use
            card.locator("input[type=file]").set_input_files(path)
            expect(card.locator(".shots img")).to_be_visible()

    def draw(self, signer):
        self.tap(self.page.locator(f"[data-sign={signer}]"))
        box = self.page.locator("canvas").bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 90)
        mouse.down()
        mouse.move(box["x"] + 140, box["y"] + 40, steps=5)
        mouse.move(box["x"] + 240, box["y"] + 120, steps=5)
        mouse.up()
        self.taps += 1
        self.tap(self.page.locator("text=签好了"))
        expect(self.page.locator(f"[data-sign={signer}]")).to_contain_text("已签")


@pytest.fixture
def phone(live_server, tmp_path):
    with sync_playwright() as driver:
        made = Phone(driver, tmp_path / "profile", live_server.url)
        yield made
        with suppress(Exception):
            made.context.close()


def stored(page, store):
    return page.evaluate(
        "(name) => FieldStore.all(name).then((all) => all.map((one) => ({...one, data: null})))", store
    )


def test_a_whole_visit_without_a_network(case, phone, tmp_path):
    pictures = [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#a52")]
    page = phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()

    phone.context.set_offline(True)
    page.reload()
    phone.tap(page.locator(f"text={case.subject.name}"))
    phone.tap(page.locator("text=开始检查"))
    phone.answer(case, fails=["A01.3", "A01.20"], paths=pictures)
    page.wait_for_timeout(400)

    phone.kill()  # the tab, the browser, everything
    page = phone.open(offline=True)
    phone.tap(page.locator("text=继续填写"))
    expect(page.locator("[data-line='A01.3'] .shots img")).to_be_visible()
    phone.tap(page.locator("text=下一步：记录和签名"))
    phone.tap(page.get_by_label("现场负责人姓名"))
    page.get_by_label("现场负责人姓名").fill("何某")
    for signer in ("officer", "second", "met"):
        phone.draw(signer)
    phone.tap(page.get_by_label("执法记录仪编号"))
    page.get_by_label("执法记录仪编号").fill("JLY-1")
    phone.tap(page.locator("text=下一步：核对提交"))
    phone.tap(page.locator("text=结束检查并提交"))
    expect(page.locator("[data-state=waiting]")).to_be_visible()
    assert not Filing.objects.exists()
    assert phone.taps <= 60, phone.taps

    Session.objects.all().delete()  # the sign-in runs out meanwhile
    portal = "<html><body>请登录本店无线网络</body></html>"
    phone.context.route("**/desk/**", lambda route: route.fulfill(status=200, content_type="text/html", body=portal))
    phone.context.set_offline(False)
    page.locator("text=现在上传").click()
    expect(page.locator("[data-state=waiting]")).to_contain_text("连通后自动上传")
    assert not Filing.objects.exists() and len(stored(page, "files")) == 5

    phone.context.unroute("**/desk/**")
    page.locator("text=现在上传").click()
    expect(page.locator("[data-state=waiting]")).to_contain_text("重新登录")
    second = phone.context.new_page()  # two tabs, both of them would like to send
    phone.sign_in("i1")
    second.goto("/desk/field/")
    expect(page.locator("text=服务器已收到")).to_be_visible(timeout=30000)

    filing = Filing.objects.get()
    assert filing.status == "taken", filing.reason
    receipt = stored(page, "receipts")[0]
    assert receipt["digest"] == filing.body_id == hashlib.sha256(filing.body.read()).hexdigest()
    assert receipt["receipt"] == filing.receipt and stored(page, "drafts") == [] and stored(page, "files") == []
    case.refresh_from_db()
    visit = Visit.objects.get(cases=case)
    assert case.status == "ended" and visit.met == "何某" and visit.way == "phone"
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures}
    assert sent == set(case.exhibits.filter(kind="photo").values_list("original_id", flat=True))
    assert case.exhibits.filter(kind="signature").count() == 3
    assert list(case.findings.values_list("line", "disposal", "status")) == [
        ("A01.3", "order", "open"), ("A01.20", "measure", "open"),
    ]  # fmt: skip
