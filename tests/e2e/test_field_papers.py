"""Papers signed where there is no network, with lent numbers: a major hazard is stopped on the spot,
and nobody leaves before; what the enterprise holds is what the server has."""

import json
import time

import pytest

from inspections.models import Filing, LentNumber, Paper
from inspections.papers import issuing
from inspections.visit import onthespot
from inspections.watch import papertrail

from .phone import photo
from .test_field import BROWSERS, case, phone, wait_for  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
MAJOR = "A01.20"
NAMED = (  # the fields of the line, that have no names of their own
    f"[...document.querySelectorAll('[data-line=\"{MAJOR}\"] input[type=text]')]"
    ".forEach((it, n) => it.id = 'm' + n)"
)


def fill_named(phone, css, value):  # noqa: F811
    """Named and typed into in one go, again until it stands there: the page may be drawn anew in between, and
    then the name is gone."""
    typed = (
        f"([css, value]) => {{ {NAMED}; const it = document.querySelector(css); if (!it) return false; "
        "it.focus(); it.value = value; it.dispatchEvent(new Event('input', {bubbles: true})); "
        "it.dispatchEvent(new Event('change', {bubbles: true})); return it.value === value; }"
    )
    for _ in range(120):
        if phone.page.evaluate(typed, [css, value]):
            return
        time.sleep(0.25)
    raise AssertionError((css, phone.page.evaluate("document.body.innerText")))


def set_out(phone, case):  # noqa: F811
    """Notice signed, numbers taken along; then no network."""
    phone.open(path="/login/?next=/desk/field/")
    phone.sign_in("i1")
    phone.take_along()
    phone.tap(f"[data-case='{case.token}'] button", "签发检查通知书")
    phone.find("p.ok", "都带齐了：通知书、检查表、文号")
    phone.context.set_offline(True)
    phone.begin(case)


def fail(phone, tmp_path, lines):  # noqa: F811
    for key in lines:
        phone.tap(f"[data-line='{key}'] [data-value=fail]")
    phone.find_out(lines, [photo(tmp_path / f"{n}.jpg", colour=f"#3{n}5") for n in range(len(lines))])
    phone.tap("button", "其余均符合")
    phone.tap("#looked .tickbox")
    phone.tap("button", f"填 {20 - len(lines)} 行" if MAJOR in lines else f"填 {19 - len(lines)} 行")
    phone.find("nav.tabs")


def decide(phone):  # noqa: F811
    """What is stopped, whom they told, the decision with its number and two names."""
    phone.tap(f"[data-line='{MAJOR}'] a.btn", "开现场处理措施决定书")
    phone.tap(".tickbox", "责令停止使用相关设施、设备")
    phone.tap("label.choice", "打通了")
    phone.fill("li input[type=text]", "", "周某甲")
    inputs = phone.page.evaluate("document.querySelectorAll('li input[type=text]').length")
    assert inputs == 2
    phone.page.evaluate("document.querySelectorAll('li input[type=text]')[1].id = 'words'")
    phone.fill("#words", "", "同意停用，今天内补批")
    phone.tap("button", "看决定书，签名")
    phone.find("article.paper .no", "应急现决〔")
    phone.tap("button", "签")
    phone.draw()
    phone.draw()
    phone.find(".rows .st.g", "✓ 签了")
    phone.tap("button", "好了")


def test_a_major_hazard_is_stopped_on_the_spot(case, phone, tmp_path, settings, live_server):  # noqa: F811
    settings.PUBLIC_URL = live_server.url
    set_out(phone, case)
    fail(phone, tmp_path, ["A01.3", MAJOR])
    phone.read()
    phone.find(".bad", "现场处理措施决定书还没有签")
    assert phone.page.evaluate("[...document.querySelectorAll('.foot button')][0].disabled")
    phone.tap("button", "要改，回去")
    decide(phone)
    phone.read()
    phone.find("article.paper p", "当场作出现场处理措施决定书")
    phone.sign()
    phone.tap("button", "出文书，请企业签收")
    phone.tap("button", "拟一份，看一遍，签")
    phone.tap("button", "看过了")
    phone.draw()
    phone.draw()
    phone.tap("button", "好了")
    phone.kill()
    phone.open(offline=True)
    phone.tap("button", "继续填写")
    uuid = phone.page.evaluate("location.hash.split('/')[1]")
    phone.page.evaluate(f"location.hash = 'papers/{uuid}'")
    phone.tap("button", "交给企业")
    phone.find("h2", "这次交 3 份")
    phone.tap("button", "出送达回证，签名")
    phone.tap("button", "看过了")
    for _ in range(3):
        phone.draw()
    phone.find("#paper-code canvas")
    phone.tap("button", "好了")
    phone.tap("button", "交给企业")
    phone.find("p", "都签收过了")
    phone.tap("button", "离开现场")
    phone.hand_in()
    phone.find("[data-state=waiting]")
    phone.context.set_offline(False)
    phone.sign_in("i1")  # the killed browser has forgotten who it was
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    case.refresh_from_db()
    assert onthespot.open_papers(case) == []
    found = {each.code: each for each in case.papers.exclude(code="notice")}
    assert set(found) == {"record", "measure", "order", "delivery"}
    assert all(each.status == "signed" for each in found.values())
    assert found["measure"].facts["decisions"] == ["责令停止使用相关设施、设备"]
    assert found["measure"].number in case.visits.get().record
    assert case.events.get(code="measure.called").note == "周某甲，同意停用，今天内补批"
    texts = json.loads(case.sheets.get(body=found["order"].facts["sheet"]).body.read())["texts"]
    assert texts == found["order"].facts["texts"] == issuing.contents.of(_again(found["order"]))["texts"]
    assert case.events.filter(code__in=["measure.delivered", "order.delivered"]).count() == 2
    assert not LentNumber.objects.filter(status="lent").exists()
    assert list(papertrail.series(case.bureau)) == []


def _again(paper):
    """The same paper, as the desk would draft it now."""
    again = Paper(bureau=paper.bureau, case=paper.case, form=paper.form, code=paper.code)
    again.pk = paper.pk
    return again


def test_the_head_may_say_that_nothing_is_stopped(case, phone, tmp_path):  # noqa: F811
    set_out(phone, case)
    fail(phone, tmp_path, [MAJOR])
    phone.tap(f"[data-line='{MAJOR}'] [data-value=order]")
    fill_named(phone, "#m0", "已停机检修，没有危险")
    phone.read()
    phone.find(".bad", "要负责人同意")
    phone.tap("button", "要改，回去")
    phone.find("nav.tabs")
    fill_named(phone, "#m1", "周某甲")
    phone.read()
    phone.sign()
    phone.hand_in()
    phone.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    assert "周某甲" in case.events.get(code="major.told").note


def test_nothing_moves_under_a_finger_while_pictures_come(case, phone, tmp_path):  # noqa: F811
    """The height of the page when it is first drawn is its height once its photos are there: a tap goes
    where the eye saw the button."""
    set_out(phone, case)
    fail(phone, tmp_path, [MAJOR])
    phone.see(f"[data-line='{MAJOR}'] .shots img")
    heights = phone.page.evaluate(
        """async (css) => {
          const put = FieldStore.get, app = document.getElementById("app"), heights = [];
          let open;
          const slow = new Promise((done) => { open = done; });  // a slow phone
          const wait = (store) => (store === "files" ? slow : Promise.resolve());
          FieldStore.get = (store, key) => wait(store).then(() => put(store, key));
          window.dispatchEvent(new Event("hashchange"));
          await new Promise((done) => new MutationObserver(done).observe(app, { childList: true }));
          heights.push(app.getBoundingClientRect().height, document.querySelector(css).naturalWidth);
          open();
          await new Promise((done) => document.querySelector(css).addEventListener("load", done));
          heights.push(app.getBoundingClientRect().height);
          FieldStore.get = put;
          return heights;
        }""",
        f"[data-line='{MAJOR}'] .shots img",
    )
    assert heights[0] == heights[2]
    assert heights[1] == 0  # it was measured before the picture came


def test_a_spoiled_number_is_void_and_the_rest_come_home(case, phone, tmp_path):  # noqa: F811
    set_out(phone, case)
    fail(phone, tmp_path, [MAJOR])
    decide(phone)
    phone.read()
    phone.find("article.paper p", "当场作出现场处理措施决定书")
    phone.tap("button", "要改，回去")
    phone.tap(f"[data-line='{MAJOR}'] textarea")
    phone.fill(f"[data-line='{MAJOR}'] textarea", "", "三号除尘器没有泄爆片")
    phone.read()
    phone.find(".bad", "签过以后问题改过了")
    uuid = phone.page.evaluate("location.hash.split('/')[1]")
    first = phone.page.evaluate("FieldDrafts.mine('drafts').then((all) => all[0].papers[0].id)")
    phone.page.evaluate(f"location.hash = 'paper/{uuid}/{first}'")
    phone.tap("summary", "写坏了")
    phone.fill("details input", "", "写错了设备")
    phone.tap("button", "作废这个号")
    phone.tap("button", "再点一次")
    phone.find("nav.tabs")
    decide(phone)
    phone.read()
    phone.sign()
    phone.hand_in()
    phone.context.set_offline(False)
    wait_for(lambda: Filing.objects.filter(status="taken").exists(), phone)
    spoiled = LentNumber.objects.get(status="spoiled")
    assert spoiled.reason == "写错了设备" and case.papers.get(code="measure").number != spoiled.number
    assert not LentNumber.objects.filter(status="lent").exists()
    assert list(papertrail.series(case.bureau)) == []
