"""The public pages in a real browser: accessible in every dress, alive while they compute, without
JavaScript, on old Chromium."""

import json
import os
import subprocess

import pytest
from playwright.sync_api import expect

from publicity.models import Disclosure, Release
from publicity.services import dumps, publications
from registries.models import LogHead
from registries.services import logsigning

from ..tampering import WAYS
from .conftest import ROOT
from .phone import Phone
from .test_field import BROWSERS

pytestmark = pytest.mark.django_db(transaction=True)
NPM = ROOT / ".venv/npm/node_modules"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def paths(released, cast):
    """One address of every template of the window."""
    news = publications.judge(
        publications.prepare_news(
            cast.clerk.bureau, "publicity", "安全生产月", "# 一、活动\n请参加。\n\n第二段。", by=cast.clerk
        ),
        True,
        by=cast.head,
    )
    said = Disclosure.objects.filter(kind="result").order_by("pk")
    gone, first = said.last(), said.first()
    publications.judge(
        publications.prepare_ending(gone, "withdrawn", "认定有误", by=cast.clerk), True, by=cast.head
    )
    dumps.make_all()
    ref, number = first.payload["ref"], Release.objects.get().draw.number
    return {
        "home": "/",
        "items": "/items/",
        "item": "/items/A01/",
        "plans": "/plans/",
        "group": "/group/",
        "news": "/news/",
        "article": f"/results/{news.token}/",
        "statistics": "/statistics/",
        "changes": "/changes/",
        "draws": "/draws/",
        "draw": f"/draws/{number}/?code={ref}",
        "results": "/results/?order=name",
        "none": "/results/?q=没有这家",
        "penalties": "/penalties/",
        "result": f"/results/{first.token}/",
        "ended": f"/results/{gone.token}/",
        "enterprise": f"/enterprises/{ref}/",
        "verify": f"/verify/?code={ref}",
        "data": "/data/",
        "log": "/log/",
        "witness": "/log/witness/",
        "letters": "/letters/",
        "letter": "/letters/report/",
        "about": f"/letters/objection/{first.token}/",
        "embedded": "/embed/results/",
        "login": "/login/",
        "missing": "/nothing/",
    }


DRESSES = {
    "normal": ((1366, 768), []),
    "large": ((1366, 768), ["large"]),
    "contrast": ((1366, 768), ["contrast"]),
    "phone": ((390, 844), []),
    "narrow": ((320, 640), []),
    "both": ((320, 640), ["large", "contrast"]),
}


_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""


_DAILY = ("both",)  # the hardest: small, large type, contrast; all six in `make trials`


@pytest.mark.parametrize(
    "dress", [each if each in _DAILY else pytest.param(each, marks=pytest.mark.trial) for each in DRESSES]
)
def test_axe_finds_nothing_on_any_page(chromium, live_server, paths, dress):
    size, switched = DRESSES[dress]
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, base_url=live_server.url, bypass_csp=True
    )
    for name in switched:
        context.add_init_script(f"try {{ localStorage.setItem('view-{name}', 'yes') }} catch (e) {{}}")
    page, faults = context.new_page(), []
    rules = (NPM / "axe-core/axe.min.js").read_text(encoding="utf-8")
    for name, path in paths.items():
        page.goto(path)
        if name == "draw":
            page.wait_for_selector(".verdict-ok")
        page.evaluate(rules)
        found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES)
        faults += [
            (name, each["id"], [node["html"][:120] for node in each["nodes"][:3]])
            for each in found["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append((name, "overflow", page.evaluate(_WIDE)))
    context.close()
    assert not faults, json.dumps(faults, ensure_ascii=False, indent=1)


def test_the_html_checker_finds_nothing(client, live_server, paths, tmp_path):
    for name, path in paths.items():
        (tmp_path / f"{name}.html").write_bytes(client.get(path).content)
    jar = NPM / "vnu-jar/build/dist/vnu.jar"
    told = subprocess.run(
        [
            "java",
            "-Xmx400m",
            "-jar",
            str(jar),
            "--format",
            "json",
            "--exit-zero-always",
            *map(str, sorted(tmp_path.glob("*.html"))),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    faults = [
        (
            each.get("url", "").rsplit("/", 1)[-1],
            each.get("lastLine"),
            each["message"],
            each.get("extract", "")[:120],
        )
        for each in json.loads(told.stderr)["messages"]
    ]
    assert not faults, json.dumps(faults[:20], ensure_ascii=False, indent=1)


def test_first_load_is_light_and_takes_nothing_from_others(chromium, live_server, paths):
    for name, path in paths.items():
        context = chromium.new_context(base_url=live_server.url)
        page, answers = context.new_page(), []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(path, wait_until="networkidle")
        # Asked for when the page is there: a handler that waits for a body can be overtaken by the page.
        size = sum(len(each.body()) for each in answers if each.status not in (301, 302, 304))
        hosts = {each.url.split("/")[2] for each in answers}
        assert size <= 100_000 and len(hosts) == 1, (name, size, hosts)
        assert context.cookies() == [] or name == "login", name
        context.close()


def test_without_javascript_everything_is_there(chromium, live_server, paths, released):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.fill("#q", "第")
    page.click("main button")
    page.wait_for_selector("main .rows a")
    page.click("main .rows a")
    expect(page.locator(".outcome")).to_have_count(1)
    page.click("text=对这条公示有异议")
    page.fill("#id_text", "与事实不符，附照片。")
    page.click("main button")
    assert page.locator(".value").inner_text().count("-") == 3
    page.goto(paths["verify"])
    assert page.locator("text=抽中的界线").count() == 1
    context.close()


def test_by_keyboard_alone(chromium, live_server, paths):
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, base_url=live_server.url)
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content" or page.url.endswith("#content")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("第")
    page.keyboard.press("Enter")
    page.wait_for_url("**/results/**")
    page.locator("[data-view=large]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.classList.contains('large')")
    page.goto("/draws/")
    assert page.evaluate("document.documentElement.classList.contains('large')"), "the switch is kept"
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("name", BROWSERS)
def test_the_draw_is_computed_in_the_readers_browser(name, driver, live_server, paths, settings, tmp_path):
    """On a plain-http address (no crypto.subtle) too; the page answers while it is computed."""
    if not os.path.exists(BROWSERS[name]):
        pytest.skip(f"没有 Chromium {name}：sh tests/chromium83.sh 会取来")
    settings.ALLOWED_HOSTS = ["*"]
    plain = f"http://plain.test:{live_server.url.rsplit(':', 1)[1]}"
    reader = Phone(
        driver,
        BROWSERS[name],
        tmp_path / "profile",
        plain,
        ["--host-resolver-rules=MAP plain.test 127.0.0.1"],
    )
    try:
        reader.open(path=paths["draw"])
        assert not reader.page.evaluate("isSecureContext")
        reader.find(".verdict-ok")
        reader.find("#stood", "抽中的界线")
        lodged = reader.page.query_selector_all("[data-lodged]")
        reader.find(".lodged-ok", "相同")
        assert len(reader.page.query_selector_all(".lodged-ok")) == len(lodged) > 1
        assert not reader.page.query_selector_all(".lodged-bad")
        reader.open(path="/draws/")
        reader.page.evaluate("document.getElementById('check-series').click()")
        reader.find("#series-verdict.verdict-ok", "系列核对通过")
        assert "1 次封存" in reader.page.inner_text("#series-steps")
        for path in paths.values():
            reader.page.goto(plain + path)
            assert reader.page.evaluate("document.querySelectorAll('main').length") <= 1
            assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    finally:
        reader.kill()


def test_the_series_is_followed_over_a_sealing_that_only_the_log_knows(chromium, live_server, released):
    """A restored database has lost it: its number is not missing, and the browser says what became of it."""
    page = chromium.new_context(base_url=live_server.url).new_page()
    (real,) = page.request.get(f"{live_server.url}/draws/series.json").json()
    lost = real | {
        "status": "lost",
        "is_void": True,
        "is_dead": True,
        "files": [],
        "result_hash": "",
        "leaf": 4,
    }
    number = real["number"][:-1] + "2"
    later = real | {"number": number, "prev": real["commitment"], "commitment": "b" * 64, "files": []}
    later["after"] = real["commitment"]
    for rows, said in (
        ([lost, later], "丢了、没有文件可比的 1 次：" + lost["number"]),
        ([later], "没有接在前一次后面"),
        ([lost | {"is_dead": False}, later], "没有作废"),
    ):
        page.route("**/series.json", _answering(json.dumps(rows).encode()))
        page.goto("/draws/")
        page.click("#check-series")
        page.wait_for_selector("#series-verdict.verdict-ok, #series-verdict.verdict-bad")
        assert said in page.inner_text("#series"), said
        if rows == [lost, later]:  # what is lost does not wait to be released
            assert f"还没有公开、没有比的：{number}\n" in page.inner_text("#series")
        page.unroute("**/series.json")


def test_each_tampering_of_a_downloaded_file_is_named_in_the_browser(chromium, live_server, released):
    """Twelve of each file, in the page that computes the draw again."""
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto(f"/draws/{released.draw.number}/")
    page.wait_for_selector(".verdict-ok")
    assert "没有比：names.json" in page.inner_text("#steps")
    names = page.get_attribute("#source", "data-files").split()
    assert {"commit.json", "result.json"} <= set(names)
    for name in names:
        data = page.request.get(f"/draws/{released.draw.number}/{name}").body()
        for way, tamper in WAYS.items():
            if tamper(data) == data:
                assert data == b"[]", (name, way)  # no changes were made: there is no letter to change
                continue
            page.route(f"**/{name}", _answering(tamper(data)))
            page.click("#recheck button")
            page.wait_for_selector(".verdict-bad, .verdict-ok")
            page.wait_for_function("!/正在/.test(document.getElementById('verdict').textContent)")
            said = page.inner_text("#verdict")
            assert page.locator(".verdict-bad").count() == 1 and said, (name, way, said)
            page.unroute(f"**/{name}")
    page.click("#recheck button")
    page.wait_for_selector(".verdict-ok")
    context.close()


def test_the_draws_leaves_are_proved_in_the_browser(chromium, live_server, released, settings, tmp_path):
    """In the worker that verifies the draw, from the tiles alone; a bent tile, leaf or page is named."""
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "keys"
    settings.LOG_KEY_BY_ITSELF = True
    logsigning.sign_all()
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    address = f"/draws/{released.draw.number}/"
    page.goto(address)
    page.wait_for_selector("#logsaid.verdict-ok")
    said = page.inner_text("#logsaid")
    root = LogHead.objects.latest("size").root
    assert root[:4] in said and root[-4:] in said and "都在签名的树里" in said
    code = released.draw.bureau.code
    entries = next((tmp_path / "log" / code / "tile/entries").rglob("*.p/*"))
    tile = next((tmp_path / "log" / code / "tile/0").rglob("*.p/*"))
    for path, bend, words in (
        (tile, lambda data: data[:-1] + bytes([data[-1] ^ 1]), "不在签名的树里"),
        (entries, lambda data: data.replace(b'"draw"', b'"drow"'), "不在签名的树里"),
        (entries, None, "没有取到"),
    ):
        kept = path.read_bytes()
        path.unlink() if bend is None else path.write_bytes(bend(kept))
        other = chromium.new_context(base_url=live_server.url)  # a tile is kept for long
        page = other.new_page()
        page.goto(address)
        page.wait_for_selector("#logsaid.verdict-bad")
        assert words in page.inner_text("#logsaid")
        other.close()
        path.write_bytes(kept)
    page = context.new_page()
    page.route(
        f"**{address}*",
        lambda route: route.fulfill(body=route.fetch().text().replace(released.draw.commitment, "0" * 64)),
    )
    page.goto(address)
    page.wait_for_selector("#logsaid.verdict-bad")
    assert "日志里封存的指纹与本页的不同" in page.inner_text("#logsaid")
    context.close()


def _answering(body):
    return lambda route: route.fulfill(body=body)
