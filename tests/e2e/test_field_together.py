"""Two phones on one visit, without a network and with one: by codes from phone to phone, through the server,
and home one after the other. No answer is lost, none is there that nobody gave, a signature counts for what
was seen."""

import base64
import io
import json
import os
import random
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from inspections.case import opening
from inspections.models import Entry, Filing, TaskSubject, Upload, Visit
from inspections.plan import plans
from inspections.visit import lines, merging, sheets
from registries import presence
from registries.models import Leave

from ..staircase import approve_scheme
from ..walls import behind_the_walls
from .conftest import FLAGS
from .phone import Phone, photo
from .test_field import BROWSERS, case, finish, stored, wait_for  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=BROWSERS)
def phones(request, driver, live_server, tmp_path, case):  # noqa: F811
    """The leader's phone and the other's, signed in, with the tasks on them."""
    if not os.path.exists(BROWSERS[request.param]):
        pytest.skip(f"没有 Chromium {request.param}：sh tests/chromium83.sh 会取来")
    seats = sorted(case.team(), key=lambda seat: not seat.leads)
    made = []
    for seat in seats[:2]:
        phone = Phone(driver, BROWSERS[request.param], tmp_path / seat.inspector.ref, live_server.url)
        phone.open(path="/login/?next=/desk/field/")
        phone.account = seat.inspector.account.username
        phone.sign_in(phone.account)
        phone.take_along()
        made.append(phone)
    yield made
    for phone in made:
        phone.kill()


def codes_of(phone, folder):
    """The codes that a phone shows, as photos of them."""
    phone.tap("a.go", "对一下")
    phone.find(".codes figcaption")
    for _ in range(40):
        said = phone.page.evaluate("document.querySelector('.codes figcaption').textContent")
        shown = phone.page.evaluate(
            "[...document.querySelectorAll('.codes canvas')].map((c) => c.toDataURL())"
        )
        if len(shown) == int(said.split("共")[1].split("张")[0]):
            break
        time.sleep(0.25)
    paths = []
    for n, each in enumerate(shown):
        code = Image.open(io.BytesIO(base64.b64decode(each.split(",")[1]))).convert("RGB")
        seen = Image.new("RGB", (code.width + 300, code.height + 420), "#8a8f96")  # a phone on a table
        seen.paste(code, (150, 200))
        path = folder / f"{phone.port}-{n}.jpg"
        seen.rotate(3, expand=True, fillcolor="#8a8f96").save(path, "JPEG", quality=80)
        paths.append(path)
    return paths


def take_codes(phone, paths):
    if not phone.page.evaluate("location.hash").startswith("#partner"):
        phone.tap("a.go", "对一下")
    for n, path in enumerate(paths, 1):
        phone.attach("input[aria-label='拍下同伴手机上的码']", path)
        phone.find("#toast", "收进来了" if n == len(paths) else f"还差 {len(paths) - n} 张")


def test_twenty_lines_between_two_with_three_conflicts(case, phones, tmp_path):  # noqa: F811
    lead, second = phones
    keys = [each["key"] for each in opening.lines_of(case)]
    for phone in phones:
        phone.context.set_offline(True)
        phone.begin(case)
    lead.answer(case, only=keys[:12])
    second.answer(case, fails=keys[9:12], only=keys[9:])  # lines 10, 11 and 12 are answered by both
    for key in keys[9:12]:
        second.fill(f"[data-line='{key}'] textarea", "", f"第二人看到的 {key}")
    second.attach(f"[data-line='{keys[9]}'] input[type=file]", photo(tmp_path / "二.jpg"))
    second.see(f"[data-line='{keys[9]}'] .shots img")
    second.kill()  # and is there again
    second.open(offline=True)
    second.tap("button", "继续填写")
    take_codes(lead, codes_of(second, tmp_path))
    lead.find("li", "3 行")
    lead.tap("button", "回检查表")
    lead.find("section.thin", "3 行不一样")
    # the leader: the other's on two lines, his own on one
    for key, ref in ((keys[9], "第二人"), (keys[10], "第二人"), (keys[11], "您：")):
        lead.tap(f"[data-line='{key}'] .warn p:nth-of-type({_at(lead, key, ref)}) button")
    lead.read()
    lead.find("article", f"第二人看到的 {keys[9]}")
    lead.find("span.lost", "在同伴手机里")
    lead.sign()
    lead.hand_in()
    uuid = second.page.evaluate("location.hash.split('/')[1]")
    for phone in phones:
        phone.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(kind="visit", status="taken").exists(), lead)
    second.sign_in(second.account)  # the kill has cost the sign-in, and nothing else
    second.page.goto(f"{second.base}/desk/field/#handlines/{uuid}")
    second.tap("button", "交上去")
    wait_for(lambda: Filing.objects.filter(kind="lines").exclude(status="received").exists(), second)
    assert set(Filing.objects.values_list("status", flat=True)) == {"taken"}, Filing.objects.values("reason")
    answers = {each.line: each for each in case.answers.select_related("by")}
    assert len(answers) == 20 and [answers[key].value for key in keys[9:12]] == ["fail", "fail", "pass"]
    assert (
        answers[keys[9]].note == f"第二人看到的 {keys[9]}"
        and len({each.by_id for each in answers.values()}) == 2
    )
    aside = {(each.line, each.value) for each in lines.aside(case)}
    assert (
        aside == {(keys[9], "pass"), (keys[10], "pass"), (keys[11], "fail")}
        and not lines.waiting(case).exists()
    )
    assert case.exhibits.standing().filter(kind="photo").count() == 1  # from the phone on which it lay
    assert case.exhibits.signatures().count() == 3


def _at(phone, key, ref):
    said = phone.page.evaluate(
        "(key) => [...document.querySelectorAll(`[data-line='${key}'] .warn p`)].map((p) => p.textContent)",
        key,
    )
    return 1 + next(n for n, text in enumerate(said) if ref in text)


def test_both_come_home_after_the_leader_has_signed(case, phones, tmp_path):  # noqa: F811
    lead, second = phones
    keys = [each["key"] for each in opening.lines_of(case)]
    for phone in phones:
        phone.context.set_offline(True)
        phone.begin(case)
    lead.answer(case)
    second.answer(case, fails=[keys[4]], only=keys[:6])
    second.fill(f"[data-line='{keys[4]}'] textarea", "", "配电箱没有接地")
    lead.read()
    lead.sign()
    digest = lead.page.evaluate("document.querySelector('p.fp').textContent")
    lead.hand_in()
    lead.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), lead)
    second.page.evaluate("location.hash = 'handlines/' + location.hash.split('/')[1]")
    second.tap("button", "交上去")
    second.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(kind="lines", status="held").exists(), second)
    sheet = case.sheets.get()
    assert sheet.fingerprint == digest and case.exhibits.signatures().count() == 3
    assert set(case.answers.values_list("value", flat=True)) == {"pass"}
    assert [(each.line, each.note) for each in lines.waiting(case)] == [(keys[4], "配电箱没有接地")]
    # settled on the phone: a supplement, signed apart
    second.page.goto(second.base + "/desk/field/")
    second.tap("button", "更新任务")
    second.tap("button", "去处理")
    second.find("section", "配电箱没有接地")
    second.tap("button", "写补充记录")
    second.tap("button", "看一遍，签名")
    second.sign(2)
    second.tap("button", "交上去")
    wait_for(lambda: case.supplements.exists(), second)
    assert not lines.waiting(case).exists() and case.findings.get().line == keys[4]
    assert Filing.objects.get(kind="lines").status == "settled"


# -- one phone, what goes wrong --------------------------------------------------------------------------

_SHIFT = (  # a phone whose clock is set as `shift` says
    "(() => { const real = Date, now = () => real.now() + Number(localStorage.getItem('shift') || 0);"
    "window.Date = class extends real {"
    " constructor(...given) { if (given.length) super(...given); else super(now()); }"
    " static now() { return now(); } }; })();"
)


@pytest.fixture
def today(driver, live_server, tmp_path, case):  # noqa: F811
    """A phone with today's browser: for what an old one makes no difference to."""
    made = Phone(driver, BROWSERS["current"], tmp_path / "profile", live_server.url)
    made.open(path="/login/?next=/desk/field/")
    made.sign_in("i1")
    made.take_along()
    yield made
    made.kill()


@pytest.fixture(params=BROWSERS)
def phone(request, driver, live_server, tmp_path, case):  # noqa: F811
    if not os.path.exists(BROWSERS[request.param]):
        pytest.skip(f"没有 Chromium {request.param}：sh tests/chromium83.sh 会取来")
    made = Phone(driver, BROWSERS[request.param], tmp_path / "profile", live_server.url)
    made.name = request.param
    made.open(path="/login/?next=/desk/field/")
    made.sign_in("i1")
    made.take_along()
    yield made
    made.kill()


def test_photos_seen_refused_by_name_and_served_twice(case, phone, tmp_path):  # noqa: F811
    phone.begin(case)
    keys = ["A01.3", "A01.4"]
    for key in keys:
        phone.tap(f"[data-line='{key}'] [data-value=fail]")
    whole = photo(tmp_path / "好.jpg")
    spoiled = tmp_path / "坏.jpg"
    spoiled.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    huge = tmp_path / "大.png"
    huge.write_bytes(_says_it_is(30000, 30000))
    heic = tmp_path / "苹果.heic"
    heic.write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 400)
    text = tmp_path / "说明.txt"
    text.write_text("not a photo")
    for path, said in ((spoiled, "打不开"), (huge, "百万像素"), (heic, "HEIC"), (text, "不是照片")):
        phone.attach("[data-line='A01.3'] input[type=file]", path)
        phone.find("#toast", said)
    assert stored(phone.page, "files") == []
    frames = [Image.new("RGB", (800, 600), colour) for colour in ("#933", "#393")]
    frames[0].save(tmp_path / "双.jpg", "MPO", save_all=True, append_images=frames[1:])
    for key in keys:  # the same picture serves two problems
        phone.attach(f"[data-line='{key}'] input[type=file]", tmp_path / "双.jpg")
        phone.see(f"[data-line='{key}'] .shots img")
    assert len(stored(phone.page, "files")) == 1
    phone.attach("[data-line='A01.3'] input[type=file]", whole)
    phone.find("[data-line='A01.3'] .shots li:nth-child(2)")
    phone.tap("[data-line='A01.3'] .shots li:nth-child(2) button")
    phone.see("img.large")
    phone.tap("button", "不要这张")
    phone.tap("button", "再点一次")
    phone.find("#toast", "已经去掉")
    phone.find("[data-line='A01.3'] .shots img")
    for key in keys:
        phone.fill(f"[data-line='{key}'] textarea", "", "看到")
    phone.answer(case, only=[each["key"] for each in opening.lines_of(case) if each["key"] not in keys])
    finish(phone)
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    kept = Upload.objects.exclude(width=600).get(original__media_type="image/jpeg")
    assert kept.original.read() == (tmp_path / "双.jpg").read_bytes()  # an ordinary photo keeps its bytes
    assert set(case.exhibits.filter(kind="photo").values_list("line", flat=True)) == set(keys)


def _says_it_is(width, height):
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return bytes(data)


def test_a_clock_two_days_wrong_and_mended_before_the_upload(case, today, tmp_path):  # noqa: F811
    today.page.evaluate("localStorage.setItem('shift', String(2 * 86400000))")
    today.context.add_init_script(_SHIFT)
    today.page.reload()  # the tasks are fetched with the wrong clock: the phone learns how wrong it is
    today.page.wait_for_function("() => FieldClock.offset() < -86400000")
    today.context.set_offline(True)
    today.begin(case)
    today.find("[data-line]")
    today.answer(case)
    today.read()
    today.sign()
    today.page.evaluate("localStorage.setItem('shift', '0')")  # mended before it is sent
    today.hand_in()
    today.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), today)
    made = Visit.objects.get(cases=case)
    assert abs((timezone.now() - made.phone_started_at).total_seconds()) < 300
    assert abs((timezone.now() - made.ended_at).total_seconds()) < 300 and made.started_at <= made.ended_at
    assert "拨动过" in made.clock_note or "快 2 天" in made.clock_note, made.clock_note


def test_a_certificate_that_has_lapsed_is_said_at_the_gate(case, today, tmp_path):  # noqa: F811
    person = case.team()[1].inspector
    with behind_the_walls():
        person.certificates.update(expires_on=timezone.localdate() - timedelta(days=1))
    today.tap("button", "更新任务")
    today.find("p.warn", "人员今天的条件")
    today.tap(f"[data-case='{case.token}'] button", "到了，开始检查")
    today.find("h2", "今天还不能开始")
    today.find("li", "执法证到期")
    today.tap("button", "拍下新证")
    today.attach("input[type=file]", photo(tmp_path / "证.jpg"))
    today.see(".shots img")
    today.tap("button", "拍好了，开始检查")
    today.act()
    today.answer(case)
    finish(today)
    wait_for(lambda: Filing.objects.filter(status="held").exists(), today)
    assert "没有有效的执法证" in Filing.objects.get().reason
    assert not Leave.objects.exists()


def test_what_is_not_sent_comes_back_on_another_phone(case, today, driver, live_server, tmp_path):  # noqa: F811
    today.context.set_offline(True)
    today.begin(case)
    today.answer(case, fails=["A01.3"], paths=[photo(tmp_path / "一.jpg")])
    today.page.wait_for_timeout(400)
    packed = today.page.evaluate(
        "async () => { const mine = await FieldDrafts.mine('drafts');"
        "const blob = await FieldBackup.pack(mine, 'eight letters');"
        "const bytes = new Uint8Array(await blob.arrayBuffer()); let out = '';"
        "for (const each of bytes) out += String.fromCharCode(each); return btoa(out); }"
    )
    path = tmp_path / "未上传的检查.mqbak"
    path.write_bytes(base64.b64decode(packed))
    assert "现场看到的情况".encode() not in path.read_bytes() and b"JFIF" not in path.read_bytes()
    other = Phone(driver, BROWSERS["current"], tmp_path / "other", live_server.url)
    try:
        other.open(path="/login/?next=/desk/field/")
        other.sign_in("i1")
        other.take_along()
        other.page.evaluate("location.hash = 'backup'")
        other.attach("#backup-file", path)
        other.fill("#password-in", "", "wrong one")
        other.tap("button.two", "读回")
        other.find("#toast", "密码不对")
        other.fill("#password-in", "", "eight letters")
        other.tap("button.two", "读回")
        other.tap("button", "继续填写")
        other.see("[data-line='A01.3'] .shots img")
        finish(other)
        wait_for(lambda: Filing.objects.filter(status="taken").exists(), other)
    finally:
        other.kill()
    assert case.findings.get().facts == "现场看到的情况" and case.exhibits.filter(kind="photo").count() == 1


# -- many histories ----------------------------------------------------------------------------------------

_MANY = int(os.environ.get("MINGQIAN_HISTORIES", "200"))
_AT_ONCE = 5
_SCRIPT = (Path(__file__).parent / "histories.js").read_text(encoding="utf-8")


@pytest.fixture
def pages(driver, live_server, case):  # noqa: F811
    """Two phones of which only the scripts are asked: a store each, of the leader and of the other."""
    browser = driver.chromium.launch(executable_path=BROWSERS["current"], args=FLAGS)
    made = []
    for seat in sorted(case.team(), key=lambda seat: not seat.leads)[:2]:
        client = Client()
        client.force_login(seat.inspector.account)
        context = browser.new_context(base_url=live_server.url)
        kept = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": kept, "url": live_server.url}])
        context.add_init_script(_SHIFT)
        made.append((seat.inspector, context))
    yield made
    browser.close()


class Pocket:
    """One of two phones, asked by its own scripts; a kill closes its page, what it keeps stays."""

    def __init__(self, inspector, context):
        self.ref, self.context, self.page, self.uuid = inspector.ref, context, None, ""

    def ask(self, act, told=None):
        if self.page is None:
            self.page = self.context.new_page()
            self.page.goto("/desk/field/")
            self.page.wait_for_selector("text=任务取自")
            self.page.evaluate(_SCRIPT)
        return self.page.evaluate(f"(told) => History.{act}(told)", told)

    def kill(self):
        if self.page:
            self.page.close()
        self.page = None


def _histories(number, case, pages, register, cast):  # noqa: F811
    dice = random.Random(f"{number} {os.environ.get('MINGQIAN_SEED', '')}")
    for first in range(0, number, _AT_ONCE):
        # Few open at a time, as for an inspector: each contact brings all that are open.
        made = _cases(case, register, cast, min(_AT_ONCE, number - first), first)
        for n, each in enumerate(made, first):
            _history(each, pages, random.Random(dice.random()), n)


def _is_open(subject, case):  # noqa: F811
    stands = presence.of_enterprise(
        subject.production, subject.registration_status, subject.level, subject.bureau.level
    )
    return stands == "E" and subject.pk != case.subject_id


def _cases(case, register, cast, number, first=0):  # noqa: F811
    """So many cases of the same two people."""
    task, found = case.task, []
    people = [seat.inspector for seat in case.team()]
    subjects = [each for each in register.filter(category=case.subject.category) if _is_open(each, case)]
    while len(found) < number:
        copy = type(task).objects.get(pk=task.pk)
        copy.pk, copy.number, copy.status, copy.title = (
            None,
            "",
            "drafted",
            f"{task.title} {first + len(found)}",
        )
        for name in ("approved_by", "approved_at"):
            if hasattr(copy, name):
                setattr(copy, name, None)
        copy.save()
        copy.items.set(task.items.all())
        for subject in subjects[: number - len(found)]:
            TaskSubject.objects.create(task=copy, subject=subject).inspectors.set(people)
        plans.approve_task(copy, by=cast.head)
        found += opening.open_named(copy, by=cast.clerk)
        approve_scheme(copy)
    return found


def _history(case, pages, dice, n):  # noqa: F811
    """Random answers, contacts, kills and wrong clocks on two phones; then everything comes home."""
    keys = [each["key"] for each in opening.lines_of(case)]
    pockets = lead, second = [Pocket(*each) for each in pages]
    given, signed = [], None
    for each in pockets:
        each.uuid = each.ask("begin", case.token)
    for _ in range(dice.randrange(14, 22)):
        act = dice.choice(["say"] * 6 + ["server", "code", "kill", "clock", "sign"])
        who = second if signed else dice.choice(pockets)
        if act == "say":
            key, value = dice.choice(keys), dice.choice(["pass", "fail", "na", "skip"])
            note = dice.choice(["甲", "乙"]) if value in ("fail", "skip") else ""
            who.ask("say", [who.uuid, key, value, note])
            given.append((who.ref, key, value, note))
        elif act == "server":
            who.ask("exchange", who.uuid)
        elif act == "code":
            other = lead if who is second else second
            said = who.ask("share", who.uuid)
            if not (signed and other is lead):
                other.ask("receive", [other.uuid, said])
        elif act == "kill":
            who.kill()
        elif act == "clock":
            by = dice.choice([0, 3_600_000, -7_200_000, 172_800_000])
            who.ask("exchange", who.uuid)
            who.page.evaluate("(by) => localStorage.setItem('shift', String(by))", by)
        elif act == "sign" and signed is None and dice.random() < 0.5:
            signed = _sign(lead, given, n)
    signed = signed or _sign(lead, given, n)
    second.ask("handLines", second.uuid)
    for each in dice.sample(pockets, 2):
        each.ask("send")
        each.kill()
    _look(case, given, signed)


def _sign(lead, given, n):
    """The leader answers what is left, chooses where two differ, and everybody signs what is on his phone."""
    for key in lead.ask("open", lead.uuid):
        lead.ask("say", [lead.uuid, key, "pass", ""])
        given.append((lead.ref, key, "pass", ""))
    lead.ask("choose", lead.uuid)
    return lead.ask("sign", [lead.uuid, n])


def _look(case, given, signed):  # noqa: F811
    """No answer lost, none that nobody gave, what was not taken readable, the signature counting for what it
    names."""
    filings = {each.kind: each for each in Filing.objects.filter(case=case)}
    assert filings["visit"].status == "taken", filings["visit"].reason
    assert filings["lines"].status in ("taken", "held"), filings["lines"].reason
    sheet = case.sheets.get(kind="visit")
    assert sheet.body.read().decode() == signed and case.exhibits.signatures().count() == 3
    told = json.loads(signed)
    answers = {each.line: each for each in case.answers.select_related("by")}
    assert {each["line"]: (each["value"], each["note"], each["by"]) for each in told["lines"]} == {
        line: (each.value, each.note, each.by.ref) for line, each in answers.items()
    }
    known = {(each.by.ref, each.line, each.value, each.note) for each in case.entries.select_related("by")}
    assert known <= set(given), known - set(given)
    last = {(ref, key): (value, note) for ref, key, value, note in given}
    entries = lines.told(case)
    for (ref, key), said in last.items():
        mine = max((each for each in entries[key] if each["by"] == ref), key=lambda each: each["at"])
        assert (mine["value"], mine["note"]) == said, (ref, key, mine, said)
        stands = answers[key]
        merged = merging.merge(entries[key])
        differs = said[0] != stands.value or said[1] not in ("", stands.note)
        if differs:  # waits for the team, was chosen against, or is plainly readable
            shown = [each for each in lines.aside(case) if each.line == key and each.by.ref == ref]
            assert [(each.value, each.note) for each in shown] == [said], (key, merged)
    assert Entry.objects.filter(case=case, status="late").count() == lines.waiting(case).count()
    assert sheets.digest(signed) == sheet.body_id


def test_with_a_network_photos_and_problems_come_over_too(case, pages):  # noqa: F811
    """The leader's record names what lies on the other phone before anybody signs; what is dropped goes."""
    lead, second = [Pocket(*each) for each in pages]
    key = opening.lines_of(case)[0]["key"]
    for each in (lead, second):
        each.uuid = each.ask("begin", case.token)
    second.ask("say", [second.uuid, key, "fail", "看到的"])
    second.ask("photo", [second.uuid, key, 7, 64])
    second.ask("problem", [second.uuid, "表外看到的"])
    second.ask("exchange", second.uuid)
    lead.ask("exchange", lead.uuid)
    seen = lead.ask("content", lead.uuid)
    mine = second.ask("content", second.uuid)
    assert [each["sha256"] for each in seen["photos"]] == [each["sha256"] for each in mine["photos"]] != []
    assert seen["photos"][0]["of"] == second.ref
    assert [each["wording"] for each in seen["findings"] if not each["line"]] == ["表外看到的"]
    second.ask("problem", [second.uuid, ""])
    second.ask("exchange", second.uuid)
    lead.ask("exchange", lead.uuid)
    assert [each for each in lead.ask("content", lead.uuid)["findings"] if not each["line"]] == []


def test_five_histories_of_contact_kill_and_clock(case, pages, register, cast):  # noqa: F811
    _histories(5, case, pages, register, cast)


@pytest.mark.trial
def test_two_hundred_histories_of_contact_kill_and_clock(case, pages, register, cast):  # noqa: F811
    _histories(_MANY, case, pages, register, cast)


# -- fast, and not wasteful --------------------------------------------------------------------------------


@pytest.mark.trial  # a second is a second only where nothing else runs beside it ("pairs")
def test_the_shell_opens_offline_within_a_second_on_a_slow_phone(case, today):  # noqa: F811
    today.context.set_offline(True)
    slow = today.context.new_cdp_session(today.page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    times = []
    for _ in range(3):
        today.page.goto("about:blank")
        began = time.monotonic()
        today.page.goto(today.base + "/desk/field/")
        today.find(f"[data-case='{case.token}'] button", "到了")
        times.append(time.monotonic() - began)
    assert min(times) <= 1.0, times
    print(f"没有网络时打开外勤页 {min(times):.2f} 秒（慢四倍的手机）")


def test_the_shell_opens_offline(case, today):  # noqa: F811
    today.context.set_offline(True)
    today.page.goto("about:blank")
    today.page.goto(today.base + "/desk/field/")
    today.find(f"[data-case='{case.token}'] button", "到了")


@pytest.mark.trial
def test_a_day_of_ten_visits_and_sixty_photos_sends_little_more_than_is_kept(case, pages, register, cast):  # noqa: F811
    made, lead = _cases(case, register, cast, 10), Pocket(*pages[0])
    sent = []
    lead.context.on("request", lambda asked: sent.append(len(asked.post_data_buffer or b"")))
    for n, each in enumerate(made):
        lead.uuid = lead.ask("begin", each.token)
        for key in lead.ask("open", lead.uuid):
            lead.ask("say", [lead.uuid, key, "pass", ""])
        for m in range(6):
            assert lead.ask("photo", [lead.uuid, "A01.1", 10 * n + m + 1, 1200])
        lead.ask("sign", [lead.uuid, n])
        lead.ask("send")
    filings = Filing.objects.filter(case__in=made)
    assert filings.count() == 10 and set(filings.values_list("status", flat=True)) == {"taken"}
    kept = sum(each.original.size for each in Upload.objects.select_related("original"))
    kept += sum(each.body.size for each in filings.select_related("body"))
    assert Upload.objects.filter(width__gt=600).count() == 60
    assert sum(sent) <= 1.1 * kept, (sum(sent), kept)
    print(f"十次检查、60 张照片：发出 {sum(sent):,} 字节，存下 {kept:,} 字节")


@pytest.mark.trial
def test_a_picture_of_108_megapixels_is_scaled_in_little_memory(case, today, tmp_path):  # noqa: F811
    picture = Image.new("RGB", (12000, 9000), "#385")
    pen = ImageDraw.Draw(picture)
    for n in range(0, 12000, 400):
        pen.line([(n, 0), (12000 - n, 9000)], fill=(n % 255, 90, 200), width=60)
    picture.save(tmp_path / "亿.jpg", "JPEG", quality=85)
    today.begin(case)
    today.tap("[data-line='A01.3'] [data-value=fail]")
    peak = _Peak(today.process.pid)
    today.attach("[data-line='A01.3'] input[type=file]", tmp_path / "亿.jpg")
    today.see("[data-line='A01.3'] .shots img")
    most = peak.stop()
    file = stored(today.page, "drafts")[0]["files"][0]
    assert file["scaled_from"] and max(file["width"], file["height"]) <= 4000
    assert most <= 600, f"{most} MB"
    print(f"108 百万像素：浏览器各进程多用 {most} MB")


class _Peak:
    """The most memory that one process of a browser takes above what it had, in MB: ten looks a second."""

    def __init__(self, pid):
        self.group, self.over = os.getpgid(pid), False
        self.before = self._now()
        self.most = 0
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _now(self):
        found = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getpgid(int(name)) == self.group:
                    with open(f"/proc/{name}/status") as handle:
                        said = handle.read()
                    found[name] = int(said.split("VmRSS:")[1].split()[0]) // 1024 if "VmRSS:" in said else 0
            except (OSError, IndexError):
                continue
        return found

    def _watch(self):
        while not self.over:
            now = self._now()
            self.most = max([self.most, *(size - self.before.get(name, 0) for name, size in now.items())])
            time.sleep(0.1)

    def stop(self):
        self.over = True
        self.thread.join()
        return self.most
