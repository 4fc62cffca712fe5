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
from inspections.visit import lines, sheets, visits
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


def test_what_the_pages_policy_refuses_is_noticed(driver, live_server, tmp_path, db):
    """The control run of every walk here: a picture from elsewhere is refused, and the phone tells."""
    made = Phone(driver, BROWSERS["current"], tmp_path / "profile", live_server.url)
    try:
        made.open(path="/login/")
        made.page.evaluate("new Image().src = 'https://elsewhere.example/a.png'")
        made.page.wait_for_timeout(500)
        seen = len(made.blocked)
    finally:
        made.blocked.clear()
        made.kill()
    assert seen


def stored(page, store):
    return page.evaluate(
        "(name) => FieldStore.all(name).then((all) => all.map((one) => ({...one, data: null})))", store
    )


FAILS = ["A01.3", "A01.12"]


def visit(phone, case, pictures):
    """From the list to the last line, as an inspector does it."""
    phone.begin(case)
    phone.answer(case, fails=FAILS, paths=pictures)


def finish(phone):
    phone.read()
    phone.sign()
    phone.hand_in()


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
    finish(phone)
    phone.find("[data-state=waiting]", "等网络")
    assert not Filing.objects.exists()
    assert phone.taps - 1 <= 45, phone.taps  # the one that went on after the kill apart

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
    phone.context.route("**/desk/**", lambda route: route.fulfill(status=500, body="broken"))
    phone.tap("button", "现在上传")
    phone.find("[data-state=waiting]", "服务器忙，稍后自动再传")
    assert not Filing.objects.exists() and len(stored(page, "files")) == 5

    phone.context.unroute("**/desk/**")
    phone.tap("button", "现在上传")
    phone.find("[data-state=waiting]", "重新登录")
    phone.find(".net a", "点这里登录")
    second = phone.context.new_page()  # two tabs, both of them would like to send
    phone.sign_in("i1")
    second.goto(phone.base + "/desk/field/")
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)

    filing = Filing.objects.get()
    phone.page.goto(phone.base + "/desk/field/#uploads")
    phone.find(".state-sent", "都收到了")
    receipt = stored(page, "receipts")[0]
    assert receipt["digest"] == filing.body_id == hashlib.sha256(filing.body.read()).hexdigest()
    assert (
        receipt["receipt"] == filing.receipt and stored(page, "drafts") == [] and stored(page, "files") == []
    )
    case.refresh_from_db()
    made = Visit.objects.get(cases=case)
    assert case.status == "ended" and made.met == "何某" and made.way == "phone"
    assert made.stamps["shown"] and made.left_at and "出示执法证件" in made.record
    sheet = case.sheets.get()
    assert receipt["fingerprint"] == sheet.body_id == sheets.digest(sheet.body.read().decode())
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures}
    assert sent == set(case.exhibits.filter(kind="photo").values_list("original_id", flat=True))
    assert case.exhibits.signatures().count() == 3
    assert list(case.findings.values_list("line", "disposal", "status")) == [
        ("A01.3", "order", "open"),
        ("A01.12", "order", "open"),
    ]


def wait_for(holds, phone, seconds=60):
    for _ in range(seconds * 2):
        if holds():
            return
        phone.page.wait_for_timeout(500)
    raise AssertionError([phone.page.evaluate("document.body.innerText"), list(Filing.objects.values())])


def test_with_the_rest_conforming_and_a_changed_mind(case, phone, tmp_path):
    """20 lines, two problems, two photos, three signatures in 25 taps; then a line is changed after
    signing: the signatures do not count, and count again when it is as it was."""
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.context.set_offline(True)
    phone.begin(case)
    phone.tap("[data-line='A01.20'] [data-value=pass]")  # a major hazard is never among the rest
    for key, path in zip(
        FAILS, [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#a52")], strict=True
    ):
        phone.tap(f"[data-line='{key}'] [data-value=fail]")
        phone.find_out([key], [path])
    phone.tap("button", "其余均符合")
    phone.tap("#looked .tickbox")
    phone.tap("button", "填 17 行")
    phone.find("b", "填了 20 / 20 行")
    phone.read()
    phone.sign()
    phone.find("button", "离开现场，交上去")
    assert phone.taps + 1 <= 25, phone.taps

    uuid = phone.page.evaluate("location.hash.split('/')[1]")
    phone.page.evaluate(f"location.hash = 'lines/{uuid}'")
    phone.tap("[data-line='A01.5'] [data-value=na]")
    phone.page.evaluate(f"location.hash = 'hand/{uuid}'")
    phone.find(".bad", "3 个签名不算数了")
    phone.find(".diff", "第 5 行")
    phone.tap("button", "改回去")
    phone.tap("[data-line='A01.5'] [data-value=pass]")
    phone.page.evaluate(f"location.hash = 'hand/{uuid}'")
    phone.find("button", "离开现场，交上去")  # byte for byte what they signed
    phone.context.set_offline(False)
    phone.hand_in()
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    assert case.exhibits.signatures().count() == 3
    assert case.answers.get(line="A01.5").way == "rest" and "一起填为符合" in case.visits.get().record


def test_a_new_version_of_the_page_comes_in_the_middle_of_a_visit(case, phone, monkeypatch):
    """A worker with other files takes over while a draft lies open: the draft is there, also offline, also
    after a kill."""
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.begin(case)
    phone.tap("[data-line='A01.2'] [data-value=na]")
    phone.page.wait_for_timeout(400)
    kept = "caches.keys().then((all) => all.sort().join())"
    before = phone.page.evaluate(kept)
    monkeypatch.setattr("inspections.visit.phone._digest", lambda name: "another")
    phone.page.evaluate("navigator.serviceWorker.getRegistration('/desk/').then((it) => it.update())")
    wait_for(lambda: phone.page.evaluate(kept) != before and "," not in phone.page.evaluate(kept), phone)
    phone.page.reload()
    phone.context.set_offline(True)
    phone.kill()
    phone.open(offline=True)
    phone.tap("button", "继续填写")
    phone.find("[data-line='A01.2'] [data-value=na][aria-pressed=true]")


def test_an_empty_pad_is_not_taken(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    visit(phone, case, [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#a52")])
    phone.read()
    phone.tap("button", "看完了，开始签名")
    phone.find("canvas.pad")
    phone.tap("button", "签好了")
    phone.find("#toast", "还没有签名")
    at = phone.find("canvas.pad")
    phone._mouse(at["x"], at["y"], "mousePressed", "mouseReleased")  # a dot
    phone.tap("button", "签好了")
    phone.find("#toast", "只有一个点")
    for _ in range(2):
        phone.tap("button", "重写")
        phone.draw()
    phone.tap("button", "我不签")
    phone.tap(".choice", "不同意内容")
    phone.fill("#witness", "", "白某")
    phone.tap("button", "记下，请见证人签名")
    phone.draw()
    phone.hand_in()
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    made = Visit.objects.get(cases=case)
    assert (made.signed, made.witness) == ("refused", "白某") and case.exhibits.signatures().count() == 3


def test_a_closed_firm(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.context.set_offline(True)
    phone.tap(f"[data-case='{case.token}'] button", "到了，开始检查")
    phone.tap("button", "没查成")
    phone.tap(".choice", "关了、停产了")
    phone.taps += 3
    phone.attach("input[type=file]", photo(tmp_path / "门.jpg"))
    phone.see(".shots img")
    phone.fill("#seen", "", "大门上锁，厂牌已拆。")
    phone.tap("button", "看一遍，两人签名")
    phone.sign(2)
    phone.find("button", "离开现场，交上去")
    phone.hand_in()
    assert phone.taps <= 14, phone.taps
    phone.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    case.refresh_from_db()
    made = case.visits.get()
    assert case.status == "ended" and made.undone == "closed" and "大门上锁" in made.record


def test_a_full_phone_loses_nothing_that_was_there(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    visit(phone, case, [photo(tmp_path / "一.jpg")])
    phone.page.evaluate("() => { FieldStore.room = async () => 1000; }")
    phone.attach("[data-line='A01.12'] input[type=file]", photo(tmp_path / "二.jpg", colour="#123"))
    phone.find("#toast", "存储空间不足")
    # the estimate may be wrong: then the store itself refuses
    phone.page.evaluate(
        "() => { FieldStore.room = async () => null;"
        "FieldStore.put = ((old) => (name, thing) => name === 'files' ? Promise.reject(new "
        "DOMException('full', 'QuotaExceededError')) : old(name, thing))(FieldStore.put); }"
    )
    phone.attach("[data-line='A01.12'] input[type=file]", photo(tmp_path / "三.jpg", colour="#321"))
    phone.find("#toast", "已填的内容都在")
    phone.page.reload()
    phone.find("[data-line='A01.3'] .shots img")
    assert len(stored(phone.page, "files")) == 1
    phone.find("[data-line='A01.1'] [data-value=pass][aria-pressed=true]")


def test_a_visit_that_a_colleague_has_ended_at_the_desk_loses_no_answer(case, phone, tmp_path):
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.context.set_offline(True)
    visit(phone, case, [photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#222")])
    colleague = case.team()[1].inspector.account
    visits.start(case, by=colleague)
    visits.answer(case, {line["key"]: ("pass", "") for line in opening.lines_of(case)}, by=colleague)
    visits.end(case, by=colleague, record="另一名人员已在网页上办完。")
    finish(phone)
    phone.context.set_offline(False)
    wait_for(lambda: Filing.objects.exists(), phone)
    phone.find("[data-state=needs]", "与记录不一样")
    held = Filing.objects.get()
    assert held.status == "held" and held.exhibits.count() == 5
    case.refresh_from_db()
    assert case.visits.get().record == "另一名人员已在网页上办完。"
    assert set(lines.waiting(case).values_list("line", flat=True)) == set(FAILS)
    assert not case.exhibits.standing().exists()


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
    finish(phone)
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


def test_targets_are_big_and_dark_enough(case, phone, tmp_path):
    """44 pixels for a thumb, 7:1 for the sun (WCAG 2.2 AAA), on every screen of a visit."""
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    found = [["home", *each] for each in phone.page.evaluate(_SMALL)]
    phone.tap(f"[data-case='{case.token}'] button", "到了，开始检查")
    phone.find("[data-act=shown]")
    uuid = phone.page.evaluate("location.hash.split('/')[1]")
    look = ["arrive", "cards", "recuse", "lines", "partner", "rest", "record", "refuse", "handlines"]
    for name in look:
        phone.page.evaluate(f"location.hash = '{name}/{uuid}'")
        phone.page.wait_for_timeout(350)
        found += [[name, *each] for each in phone.page.evaluate(_SMALL)]
    phone.page.evaluate(f"location.hash = 'arrive/{uuid}'")
    phone.act()
    phone.answer(
        case, fails=FAILS, paths=[photo(tmp_path / "一.jpg"), photo(tmp_path / "二.jpg", colour="#a52")]
    )
    found += [["lines", *each] for each in phone.page.evaluate(_SMALL)]
    phone.tap("[data-line='A01.3'] .shot")
    phone.see("img.large")
    found += [["photo", *each] for each in phone.page.evaluate(_SMALL)]
    phone.tap("button", "好了")
    phone.read()
    found += [["read", *each] for each in phone.page.evaluate(_SMALL)]
    phone.tap("button", "看完了，开始签名")
    phone.find("canvas.pad")
    found += [["sign", *each] for each in phone.page.evaluate(_SMALL)]
    for _ in range(3):
        phone.draw()
    phone.find("button", "离开现场")
    found += [["hand", *each] for each in phone.page.evaluate(_SMALL)]
    for name in ("uploads", "backup"):
        phone.page.goto(phone.base + "/desk/field/#" + name)
        phone.page.wait_for_timeout(350)
        found += [[name, *each] for each in phone.page.evaluate(_SMALL)]
    assert found == []


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
  const touched = "button, input:not([type=file]):not([type=radio]):not([type=checkbox]), textarea, .shoot,"
    + " .choice, .tickbox, .btn, .go, .bar a";
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
