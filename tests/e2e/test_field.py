"""A visit where there is no network, in a real browser: filled in offline, killed, signed out,
caught by a portal, sent from two tabs, on a full phone; and in the end one report on the server
with the phone's own hashes."""

import hashlib
import os
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from PIL import Image

from inspections.case import opening
from inspections.models import Exhibit, Filing, Task, TaskSubject, Visit
from inspections.plan import plans
from inspections.visit import visits
from registries.models import CheckLine, Item
from registries.services import items

from ..staircase import approve_scheme
from .conftest import ROOT
from .phone import Phone, photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(register, inspectors, plan, cast, bureau):
    """A case of twenty lines for i1 and i2; one of the lines a major hazard."""
    drafted = items.draft("现场检查清单", timezone.localdate(), by=cast.clerk)
    item = Item.objects.create(item_list=drafted, code="A01", name="现场管理", basis="安全生产法第41条")
    for number in range(1, 21):
        CheckLine.objects.create(
            item=item,
            number=number,
            requirement=f"第 {number} 项要求：设备完好、记录齐全",
            violation=f"第 {number} 项不符合要求",
            basis="安全生产法第36条",
            measure="责令限期改正",
            is_major=number == 20,
        )
    published = items.publish(drafted, by=cast.head)
    task = Task.objects.create(
        bureau=bureau,
        title="举报核查",
        kind="complaint",
        item_list=published,
        lead_note="举报登记 1 号",
        window_from=timezone.localdate(),
        window_to=timezone.localdate() + timedelta(days=20),
        drafted_by=cast.clerk,
    )
    task.items.set(published.items.all())
    named = TaskSubject.objects.create(task=task, subject=register.filter(category__name="工贸-机械").first())
    named.inspectors.set(inspectors[:2])
    plans.approve_task(task, by=cast.head)
    made = opening.open_named(task, by=cast.clerk)[0]
    approve_scheme(task)
    return made


OLD = ROOT / ".venv/chromium-83/chromium"
BROWSERS = {
    "current": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
    "83": os.environ.get("CHROMIUM_83", str(OLD)),
}


@pytest.fixture(params=BROWSERS)
def phone(request, driver, live_server, tmp_path):
    if not os.path.exists(BROWSERS[request.param]):
        pytest.skip(f"没有 Chromium {request.param}：sh tests/chromium83.sh 会取来")
    made = Phone(driver, BROWSERS[request.param], tmp_path / "profile", live_server.url)
    yield made
    made.kill()


def stored(page, store):
    return page.evaluate(
        "(name) => FieldStore.all(name).then((all) => all.map((one) => ({...one, data: null})))", store
    )


def visit(phone, case, pictures):
    """From the list to the receipt's queue, as an inspector does it."""
    phone.tap("a.card", case.subject.name)
    phone.tap("button", "开始检查")
    phone.answer(case, fails=["A01.3", "A01.20"], paths=pictures)


def record_and_hand_in(phone):
    phone.tap("button", "下一步：记录和签名")
    phone.fill("#met", "", "何某")
    for signer in ("officer", "second", "met"):
        phone.draw(signer)
    phone.fill("#recorder_number", "", "JLY-1")
    phone.tap("button", "下一步：核对提交")
    phone.tap("button", "结束检查并提交")


def test_a_whole_visit_without_a_network(case, phone, tmp_path):
    pictures = [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#a52")]
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()

    phone.context.set_offline(True)
    phone.page.reload()
    visit(phone, case, pictures)
    phone.page.wait_for_timeout(400)

    phone.kill()  # the tab, the browser, everything
    page = phone.open(offline=True)
    phone.tap("button", "继续填写")
    phone.find("[data-line='A01.3'] .shots img")
    phone.see("[data-line='A01.3'] .shots img")
    record_and_hand_in(phone)
    phone.find("[data-state=waiting]", "待上传")
    assert not Filing.objects.exists()
    assert phone.taps <= 60, phone.taps

    Session.objects.all().delete()  # the sign-in runs out meanwhile
    portal = "<html><body>请登录本店无线网络</body></html>"
    phone.context.route(
        "**/desk/**", lambda route: route.fulfill(status=200, content_type="text/html", body=portal)
    )
    phone.context.set_offline(False)
    phone.tap("button", "现在上传")
    phone.find("[data-state=waiting]", "连通后自动上传")
    assert not Filing.objects.exists() and len(stored(page, "files")) == 5

    phone.context.unroute("**/desk/**")
    phone.tap("button", "现在上传")
    phone.find("[data-state=waiting]", "重新登录")
    second = phone.context.new_page()  # two tabs, both of them would like to send
    phone.sign_in("i1")
    second.goto(phone.base + "/desk/field/")
    phone.find(".state-sent", "服务器已收到")

    filing = Filing.objects.get()
    assert filing.status == "taken", filing.reason
    receipt = stored(page, "receipts")[0]
    assert receipt["digest"] == filing.body_id == hashlib.sha256(filing.body.read()).hexdigest()
    assert (
        receipt["receipt"] == filing.receipt and stored(page, "drafts") == [] and stored(page, "files") == []
    )
    case.refresh_from_db()
    made = Visit.objects.get(cases=case)
    assert case.status == "ended" and made.met == "何某" and made.way == "phone"
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures}
    assert sent == set(case.exhibits.filter(kind="photo").values_list("original_id", flat=True))
    assert case.exhibits.filter(kind="signature").count() == 3
    assert list(case.findings.values_list("line", "disposal", "status")) == [
        ("A01.3", "order", "open"),
        ("A01.20", "measure", "open"),
    ]


def test_a_second_tab_does_not_write_the_same_draft(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    visit(phone, case, [])
    first, phone.page = phone.page, phone.context.new_page()
    phone.page.goto(phone.base + "/desk/field/")
    phone.tap("button", "继续填写")
    phone.find("p.alert", "另一个页面填写")
    first.close()
    phone.page.goto(phone.base + "/desk/field/")
    phone.tap("button", "继续填写")
    phone.find("[data-line='A01.3'] [aria-pressed=true]")


def test_a_full_phone_loses_nothing_that_was_there(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    visit(phone, case, [photo(tmp_path / "一.jpg")])
    phone.page.evaluate("() => { FieldStore.room = async () => 1000; }")
    phone.attach("[data-line='A01.20'] input[type=file]", photo(tmp_path / "二.jpg", colour="#123"))
    phone.find("#toast", "存储空间不足")
    # the estimate may be wrong: then the store itself refuses
    phone.page.evaluate(
        "() => { FieldStore.room = async () => null;"
        "FieldStore.put = ((old) => (name, thing) => name === 'files' ? Promise.reject(new "
        "DOMException('full', 'QuotaExceededError')) : old(name, thing))(FieldStore.put); }"
    )
    phone.attach("[data-line='A01.20'] input[type=file]", photo(tmp_path / "三.jpg", colour="#321"))
    phone.find("#toast", "已填的内容都在")
    phone.page.reload()
    phone.find("[data-line='A01.3'] .shots img")
    assert len(stored(phone.page, "files")) == 1
    phone.find("[data-line='A01.1'] [data-value=pass][aria-pressed=true]")


def test_a_held_visit_is_corrected_and_sent_again(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    visit(phone, case, [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#222")])
    record_on_server = case.team()[1].inspector.account
    visits.start(case, by=record_on_server)
    visits.answer(case, {line["key"]: ("pass", "") for line in opening.lines_of(case)}, by=record_on_server)
    visits.end(case, by=record_on_server, record="另一名人员已在网页上办完。")
    record_and_hand_in(phone)
    phone.find("[data-state=needs]", "已由检查组上报")
    held = Filing.objects.get()
    assert held.status == "held" and held.exhibits.count() == 5 and len(stored(phone.page, "drafts")) == 1
    case.refresh_from_db()
    assert case.visits.get().record == "另一名人员已在网页上办完。"


def noisy(path, seed):
    """Twelve megapixels as a phone makes them: some four megabytes."""
    Image.effect_noise((4000, 3000), 20 + seed).convert("RGB").save(path, "JPEG", quality=70)
    return path


MANY = int(os.environ.get("MINGQIAN_PHOTOS", "3"))  # 30 takes seven minutes a browser
LINE = 1_500_000  # bytes a second: a weak 4G signal


def kept_files(page):
    """How many files lie on the phone, without reading them."""
    return page.evaluate("""() => new Promise((done, fail) => {
      const asked = indexedDB.open("mingqian-field");
      asked.onerror = () => fail(asked.error);
      asked.onsuccess = () => {
        const counted = asked.result.transaction("files").objectStore("files").count();
        counted.onsuccess = () => { asked.result.close(); done(counted.result); };
      };
    })""")


@pytest.mark.trial
def test_big_photos_go_on_where_a_bad_line_broke_off(case, phone, tmp_path):
    pictures = [noisy(tmp_path / f"{n}.jpg", n) for n in range(MANY)]
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    visit(phone, case, [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#222")])
    for picture in pictures:
        before = kept_files(phone.page)
        phone.attach("[data-line='A01.3'] input[type=file]", picture)
        for _ in range(120):
            if kept_files(phone.page) > before:
                break
            time.sleep(0.25)
    assert kept_files(phone.page) == MANY + 2
    sent, broken = [], []

    def bad(route):
        if route.request.method != "PUT":
            return route.continue_()
        # every seventh piece is lost on its way
        if len(sent) % 7 == 6 and len(broken) < 2 * MANY:
            broken.append(len(sent))
            return route.abort()
        first, last = route.request.headers["content-range"].split(" ")[1].split("/")[0].split("-")
        sent.append(int(last) + 1 - int(first))
        return route.continue_()

    phone.context.route("**/desk/field/*/files/*", bad)
    record_and_hand_in(phone)
    line = phone.context.new_cdp_session(phone.page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 60, "downloadThroughput": LINE, "uploadThroughput": LINE},
    )
    for _ in range(60 + 20 * MANY):
        if Filing.objects.filter(status="taken").exists():
            break
        phone.page.evaluate("() => { window.dispatchEvent(new Event('online')); }")
        # the route is answered while the driver waits, not while Python sleeps
        phone.page.wait_for_timeout(1000)
    filing = Filing.objects.get()
    assert filing.status == "taken" and filing.exhibits.filter(kind="photo").count() == MANY + 2
    kept = set(Exhibit.objects.filter(kind="photo").values_list("original_id", flat=True))
    assert {hashlib.sha256(each.read_bytes()).hexdigest() for each in pictures} <= kept
    whole = sum(each.original.size for each in Exhibit.objects.select_related("original"))
    # nothing goes twice but a piece
    assert broken and sum(sent) <= whole + 2 * 256 * 1024 * len(broken), (sum(sent), whole)


def test_targets_are_big_and_dark_enough(case, phone):
    """44 pixels for a thumb, 7:1 for the sun (WCAG 2.2 AAA), on every screen of a visit."""
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    found = []
    visit(phone, case, [])
    found += phone.page.evaluate(_SMALL)
    phone.fill("[data-line='A01.3'] textarea", "", "看到")
    phone.fill("[data-line='A01.20'] textarea", "", "看到")
    phone.tap("button", "下一步：记录和签名")
    phone.find("#met")
    found += phone.page.evaluate(_SMALL)
    phone.tap("button", "下一步：核对提交")
    phone.find("button", "结束检查并提交")
    found += phone.page.evaluate(_SMALL)
    phone.page.goto(phone.base + "/desk/field/")
    phone.find("button", "继续填写")
    assert found + phone.page.evaluate(_SMALL) == []


_SMALL = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map((each) => {
      const c = each / 255;
      return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const c = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(c)) return c;
    }
    return "rgb(255,255,255)";
  };
  const faults = [];
  const touched = "button, input:not([type=file]), textarea, .shoot, a.card, .bar a";
  for (const each of document.querySelectorAll(touched)) {
    const box = each.getBoundingClientRect();
    const name = each.textContent.slice(0, 12) || each.id;
    if (box.width && (box.height < 44 || box.width < 44))
      faults.push(["small", name, Math.round(box.width), Math.round(box.height)]);
  }
  for (const each of document.querySelectorAll("body *")) {
    const own = Array.from(each.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !each.offsetParent || each.disabled) continue;
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(each.tagName)) continue;
    const a = light(getComputedStyle(each).color), b = light(ground(each));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 7) faults.push(["pale", each.textContent.slice(0, 12), ratio.toFixed(2)]);
  }
  return faults;
}"""
