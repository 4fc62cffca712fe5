"""The window said plainly: towns and evenness, why a firm was inspected, who stands at the door, words."""

import hashlib
import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from csvw import CSVW
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.utils import timezone

from inspections.models import Draw
from inspections.visit import reports
from publicity import spreads, verification
from publicity.models import Disclosure, Listing, Release, Subscription
from publicity.services import dumps, subscriptions
from publicity.views import draws
from publicity.words import WORDS
from registries.models import Bureau, Certificate, Subject

from ..staircase import inspect, publish
from ..walls import behind_the_walls

pytestmark = pytest.mark.django_db


def test_towns_have_their_denominators_and_evenness_its_words(client, released):
    bureau = released.bureau
    release = Release.objects.get()
    pool = release.spread["towns"]
    assert sum(n for _, towns in pool for _, n in towns) == sum(
        each["rows"] for each in released.draw.public_facts["strata"]
    )
    page = client.get("/statistics/").content.decode()
    for town, rows in spreads.towns(list(spreads.told(bureau.pk))).items():
        done = Listing.objects.filter(kind="result", town=town).values("ref").distinct().count()
        assert f"{rows} 家查 {done} 家" in page or not town, town
    assert "抽得匀不匀" in page and "真正随便抽 100 次" in page and "不要拿来比好坏" in page
    # what was counted at the release stays, whatever the register says since
    Subject.objects.filter(bureau=bureau).update(town="别处")
    assert "别处" not in client.get("/statistics/?year=2026").content.decode()
    assert verification.verify(bureau) == []
    with behind_the_walls():
        Release.objects.update(spread=release.spread | {"shares": []})
    assert "公开文件" in " ".join(verification.verify(bureau))


def test_an_odd_year_asks_for_an_explanation(client, released):
    release = Release.objects.get()
    with behind_the_walls():
        Release.objects.update(spread=release.spread | {"shares": [["乡镇", 40, "北山镇", 30, 120, 12]]})
    page = client.get("/statistics/").content.decode()
    assert "! 乡镇：要解释" in page and "该有 12.0 家，抽中 30 家" in page and "不到 1 次" in page


def test_a_result_says_why_and_what_came_of_it(client, released):
    said = Disclosure.objects.filter(kind="result").first()
    page = client.get(f"/results/{said.token}/").content.decode()
    assert "为什么查它、谁去查" in page and "不是谁点名的" in page and "抽签前已经排除" in page
    assert re.search(r"可抽的 \d+ 家里抽 \d+ 家，机会 [\d.]+%", page) and re.search(
        r"它排第 \d+，前 \d+ 名抽中", page
    )
    assert "被抽签抽中" in page and "第一次公示" in page and "第 1 版" in page


def test_before_the_release_a_result_tells_no_rank(client, drawn, cast):
    case = drawn.cases.order_by("pk").first()
    said = publish(reports.approve(inspect(case), by=cast.head), cast)
    page = client.get(f"/results/{said.token}/").content.decode()
    assert "等这次抽签的企业全部查完" in page and "它排第" not in page and "机会 " not in page


def test_the_certificate_at_the_door(client, released):
    one = Certificate.objects.filter(inspector__bureau=released.bureau).select_related("inspector").first()
    ask = {"number": f" {one.number} ", "name": one.inspector.name}
    assert "有效到" in client.post("/verify/officer/", ask).content.decode()
    for wrong in ({"number": one.number, "name": "别人"}, {"number": "X", "name": one.inspector.name}):
        page = client.post("/verify/officer/", wrong).content.decode()
        assert "没有这样一本有效的执法证" in page
        assert one.inspector.name not in page.replace(wrong["name"], "")
    Certificate.objects.filter(pk=one.pk).update(expires_on=timezone.localdate() - timedelta(days=1))
    assert "没有这样一本有效的执法证" in client.post("/verify/officer/", ask).content.decode()
    assert client.get("/verify/holders/").status_code == 404
    Bureau.objects.update(publishes_holders=True)
    page = client.get("/verify/holders/").content.decode()
    assert one.number not in page and "有效的执法证，共" in page
    caches["counters"].clear(), caches["template_fragments"].clear()
    answers = [client.post("/verify/officer/", ask).status_code for _ in range(31)]
    assert answers[0] == 200 and answers[-1] == 429
    caches["counters"].clear(), caches["template_fragments"].clear()


def test_one_word_for_one_thing_on_every_public_page(client, released):
    paths = [
        "/",
        "/draws/",
        f"/draws/{released.draw.number}/",
        "/verify/",
        "/verify/protocol/",
        "/statistics/",
        "/data/",
    ]
    paths += [
        "/accessibility/",
        "/results/",
        f"/results/{Disclosure.objects.filter(kind='result').first().token}/",
    ]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = re.sub(r"以前的通知上叫“承诺值”", "", answer.content.decode())
        assert not re.findall("承诺值|哈希|摘要|种子|分层|锚点|开封", page), path
    page = client.get("/verify/words/").content.decode()
    assert all(word in page for word, *_ in WORDS) and len({word for word, *_ in WORDS}) == len(WORDS)


def test_the_sceptic_finds_bodies_hashes_and_the_series(client, released):
    page = client.get("/verify/").content.decode()
    assert page.count("<details><summary>") >= 5 and "要是有人想做手脚" in page
    root = Path(__file__).parents[2]
    for path in ("inspections/engine/verify.py", "static/js/verify.js"):
        assert hashlib.sha256((root / path).read_bytes()).hexdigest() in page
    assert "SJS1|LODGE|" in client.get("/verify/protocol/").content.decode()
    told = client.get("/draws/series.json").json()
    assert [each["number"] for each in told] == list(
        Draw.objects.order_by("pk").values_list("number", flat=True)
    )
    assert told[0]["prev"] == "0" * 64 and "commit.json" in told[0]["files"]


def test_a_workbook_has_codes_as_text_and_what_the_csv_has(client, released):
    answer = client.get("/results.xlsx")
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    )
    rows = list(book.active.iter_rows(values_only=True))
    told = client.get("/api/v1/results?size=200").json()["items"]
    assert len(rows) - 1 == len(told) and rows[0][0] == "公示编号"
    assert sorted(row[3] for row in rows[1:]) == sorted(each["code"] for each in told)
    assert all(
        cell.data_type == "s" for row in book.active.iter_rows() for cell in row if cell.value is not None
    )
    narrowed = client.get(f"/results.xlsx?ref={told[0]['ref']}")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(narrowed.streaming_content)))
    assert book.active.max_row == 2
    assert client.get("/penalties.xlsx").status_code == 200


def test_changes_and_lists_are_paged_in_order(client, released, cast):
    whole = client.get("/api/v1/changes").json()
    assert len(whole) > 3 and {each["what_code"] for each in whole} <= {
        "published",
        "progress",
        "corrected",
        "withdrawn",
    }
    seen, path = [], "/api/v1/changes?size=2"
    while path:
        answer = client.get(path)
        seen += answer.json()
        link = answer.get("Link", "")
        path = (
            link[1:].partition(">")[0].partition("/api/")[2]
            and "/api/" + link.partition("/api/")[2].partition(">")[0]
        )
    assert seen == whole
    assert client.get("/api/v1/changes?after=x").status_code == 404
    assert client.get("/api/v1/changes?size=0").status_code == 422
    assert client.get("/api/v1/changes?since=2999-01-01").json() == []
    one = client.get("/api/v1/results?size=1").json()
    assert len(one["items"]) == 1 and one["after"]
    for name in ("penalties", "news", "statements"):
        answer = client.get(f"/api/v1/{name}")
        assert answer.status_code == 200 and answer["Access-Control-Allow-Origin"] == "*", name
        assert client.get(f"/api/v1/{name}?after=%F0").status_code == 404


def test_nobody_is_told_who_has_not_said_yes(client, released, cast, settings):
    assert client.get("/subscribe/").status_code == 404  # no mail server, no offer
    settings.SUBSCRIPTIONS, settings.PUBLIC_URL = True, "https://gs.example.gov.cn"
    ref = Listing.objects.filter(kind="result").first().ref
    first = client.post("/subscribe/", {"email": "a@example.com", "ref": ref}).content.decode()
    assert "请到邮箱里确认" in first and len(mail.outbox) == 1
    one = Subscription.objects.get()
    link = re.search(r"https://gs\.example\.gov\.cn(/\S+)", mail.outbox[0].body)[1]
    assert subscriptions.tell_all() == 0 and len(mail.outbox) == 1
    assert "确认订阅" in client.get(link).content.decode() and Subscription.objects.get().confirmed_at is None
    assert "订好了" in client.post(link, {"yes": "1"}).content.decode()
    # the page tells nobody whether an address is known; its owner is told
    again = client.post("/subscribe/", {"email": "A@example.com", "ref": ref}).content.decode()
    assert again == first and Subscription.objects.count() == 1 and "已经订阅" in mail.outbox[1].body
    assert subscriptions.tell_all() == 0  # nothing new since
    Subscription.objects.update(told_until=timezone.now() - timedelta(days=30))
    assert subscriptions.tell_all() == 1 and subscriptions.tell_all() == 0
    told = mail.outbox[-1]
    assert told.to == ["a@example.com"] and "https://gs.example.gov.cn/results/" in told.body
    others = Listing.objects.filter(kind="result").exclude(ref=ref).values_list("name", flat=True)
    assert (
        not any(name in told.body for name in others) and one.token in told.extra_headers["List-Unsubscribe"]
    )
    assert "已退订" in client.post(link, {"end": "1"}).content.decode()
    assert not Subscription.objects.exists() and client.get(link).status_code == 404


def test_an_address_is_kept_unreadable_and_forgotten_without_a_yes(client, released, settings):
    settings.SUBSCRIPTIONS = True
    client.post("/subscribe/", {"email": "b@example.com"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, mark FROM publicity_subscription")
        assert "example" not in str(cursor.fetchall())
    Subscription.objects.update(asked_at=timezone.now() - timedelta(days=4))
    subscriptions.tell_all()
    assert not Subscription.objects.exists()
    assert (
        client.post("/subscribe/", {"email": "no"}).status_code == 200 and not Subscription.objects.exists()
    )


def test_a_validator_accepts_the_csv_and_the_package_is_dated(client, released, tmp_path):
    """W3C's CSV on the Web, by a library that is not ours; the night's package by RFC 3339."""
    dump = dumps.make(released.bureau)
    for name in ("results.csv", "results.csv-metadata.json", "datapackage.json"):
        answer = client.get(f"/data/{dump.day}/{name}")
        (tmp_path / name).write_bytes(
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        )
    read = CSVW(
        str(tmp_path / "results.csv"), md_url=str(tmp_path / "results.csv-metadata.json"), validate=True
    )
    assert read.is_valid and read.to_json()["tables"][0]["row"], read.warnings
    broken = (tmp_path / "results.csv").read_text(encoding="utf-8-sig").replace("企业名称", "名称", 1)
    (tmp_path / "results.csv").write_text(broken)
    assert not CSVW(
        str(tmp_path / "results.csv"), md_url=str(tmp_path / "results.csv-metadata.json"), validate=True
    ).is_valid
    package = json.loads((tmp_path / "datapackage.json").read_bytes())
    assert datetime.fromisoformat(package["created"]).tzinfo and package["licenses"] and package["resources"]


def test_of_a_very_large_draw_the_page_says_what_a_phone_cannot_do(client, released, monkeypatch):
    page = f"/draws/{released.draw.number}/"
    assert "手机和内存小的电脑" not in client.get(page).content.decode()
    monkeypatch.setattr(draws, "IN_A_PHONE", 10)
    assert "手机和内存小的电脑多半算不了" in client.get(page).content.decode()
