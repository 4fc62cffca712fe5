"""Finding a result: by part of a name, code, pinyin, initials, with a typo; narrowed, sorted,
page after page, as shown."""

import csv
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from django.utils import timezone

from inspections.visit import reports
from publicity.models import Disclosure, Listing
from publicity.reading import ORDERS, find, narrowed, page, standing
from publicity.services import dumps, listings, publications
from registries.models import Bureau, Subject
from registries.services import imports

from ..staircase import inspect, publish, refused_with

pytestmark = pytest.mark.django_db
NAMES = [
    "青原县鑫源烟花爆竹有限公司",
    "重庆石材加工厂",
    "乌审旗重工机械有限责任公司",
    "石桥乡第3砖瓦厂",
    "石桥乡第13砖瓦厂",
    "宏达加油站",
    "宏大加油站",
    "长征化工股份有限公司",
    "ＡＢＣ电子厂",
    "𠮷祥纺织厂",
]


@pytest.mark.parametrize(
    "typed",
    [
        "91990101MA0000005Y",  # a digit wrong
        "９１９９０１０１ＭＡ００００００５Ｙ",
        "91990101MA000000",  # cut off
        "91990101 MA0000 005Y",
        "152301198001011234",  # an ID number
        "9199-0101-MA00-0000-5Y",
        "91990101MA9999999X",
    ],
)
def test_a_code_is_answered_by_its_own_firm_or_by_none(public, client, typed):
    assert find(public, typed).rows == []
    for path in ("/results/", "/results.csv", "/results.json", "/api/v1/results"):
        answer = client.get(path, {"q": typed})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert not any(name in body.decode() for name in NAMES), path
    assert "没有拿别的企业来凑" in client.get("/results/", {"q": typed}).content.decode()
    right = find(public, "91990101ma0000005x").rows
    assert [each.name for each in right] == [NAMES[5]]


@pytest.fixture
def public(bureau, cast):
    """Sixty results that stand, made as statements; names of ten."""
    for n in range(60):
        name = NAMES[n] if n < len(NAMES) else f"清水镇第{n}食品厂"
        payload = {
            "subject": name,
            "code": f"91990101MA{n:07d}X",
            "ref": f"R{n}",
            "town": ["石桥乡", "清水镇"][n % 2],
            "industry": "机械" if n % 3 else "食品",
            "category": "工贸",
            "bureau": bureau.name,
            "inspected_on": (date(2026, 1, 1) + timedelta(days=n // 2)).isoformat(),
            "items": ["消防"],
            "item_codes": ["A01"] if n % 4 else ["A010"],
            "result_code": ["E0", "E2"][n % 2],
            "result": ["未发现问题", "责令限期整改"][n % 2],
            "draw": "990101-2026-001",
            "handling": [],
            "task": "抽查",
            "task_number": "1",
            "kind": "双随机抽查",
            "mode": "现场检查",
            "national_code": "1",
        }
        made = Disclosure.objects.create(
            bureau=bureau,
            subject_name=name,
            subject_code=payload["code"],
            payload=payload,
            digest="0" * 64,
            published_by=cast.head,
        )
        listings.put(made)
    return standing(Bureau.objects.first().pk, "result")


@pytest.mark.parametrize(
    ("typed", "wanted", "is_near"),
    [
        ("鑫源", NAMES[0], False),
        ("重工", NAMES[2], False),
        ("wsqzg", NAMES[2], False),
        ("wushenqi", NAMES[2], False),
        ("chongqing", NAMES[1], False),
        ("第3砖瓦", NAMES[3], False),
        ("abc", NAMES[8], False),
        ("ＡＢＣ", NAMES[8], False),
        ("91990101ma0000005x", NAMES[5], False),
        ("0000005", NAMES[5], False),
        ("𠮷祥", NAMES[9], False),
        (" 乌审 机械 ", NAMES[2], False),
        ("青原县新源烟花爆竹有限公司", NAMES[0], True),
        ("新源烟花爆竹", NAMES[0], True),
        ("长证化工", NAMES[7], True),
        ("乌审旗重工机戒厂", NAMES[2], True),
        ("wushengqizhonggong", NAMES[2], True),
    ],
)
def test_found_as_people_type(public, typed, wanted, is_near):
    told = find(public, typed)
    assert told.is_near == is_near and wanted in [each.name for each in told.rows[:3]], [
        each.name for each in told.rows
    ]


@pytest.mark.parametrize("typed", ["完全不相干的名字", "%", "_", "zzzz", "🙂", "'; DROP TABLE", "a" * 500])
def test_nothing_is_found_for_nonsense(public, typed):
    assert find(public, typed).rows == []


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "asked", [{}, {"town": "石桥乡"}, {"result": "E2", "since": "2026-01-10"}, {"item": "A01"}]
)
def test_page_after_page_shows_each_row_once(public, order, asked):
    rows, seen, after = narrowed(public, asked), [], ""
    while True:
        told = page(rows, order, after, size=7)
        seen += told.rows
        after = told.after
        if not after:
            break
    field, falls, _ = ORDERS[order]
    keys = [(getattr(each, field), each.pk) for each in seen]
    assert len(seen) == rows.count() == len(set(keys)) and keys == sorted(keys, reverse=falls)


@pytest.mark.parametrize(
    "after", ["x", "bm90anNvbg", "W10", "WyIyMDI2IiwgMV0", "WzEsMl0", "====", "WyJhIiwgMWU5OV0"]
)
def test_a_mark_that_is_none_is_the_first_page(public, client, after):
    for order in ORDERS:
        assert len(page(public, order, after, size=7).rows) == 7
    assert client.get("/results/", {"after": after}).status_code == 200


def test_a_day_that_is_none_finds_nothing(public, client):
    assert not narrowed(public, {"since": "2026-02-31"}).exists()
    assert client.get("/results/?since=gestern").status_code == 200
    assert client.get("/results/?town=%00").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=第3",
        "?town=石桥乡&order=name",
        "?result=E2&since=2026-01-05&until=2026-01-20&order=day",
        "?q=厂&order=name",
    ],
)
def test_html_csv_json_feed_and_interface_agree_row_by_row(public, client, query):
    # the file's heads are Chinese; its description beside it says which field each is
    columns = client.get("/results.csv-metadata.json").json()["tableSchema"]["columns"]
    names = {each["titles"]: each["name"] for each in columns}
    rows = csv.DictReader(io.StringIO(client.get(f"/results.csv{query}").getvalue().decode("utf-8-sig")))
    table = [{names[title]: text for title, text in each.items()} for each in rows]
    told = json.loads(client.get(f"/results.json{query}").getvalue())
    assert told == table and told
    pages, path = [], f"/results/{query}"
    while path:
        body = client.get(path).content.decode()
        pages += re.findall(
            r'<th scope="row"><a href="/results/([\w-]+)/">([^<]+)</a></th><td>([^<]+)</td><td>([\d-]+)</td>',
            body,
        )
        onward = re.search(r'href="(\?[^"]+)" rel="next"', body)
        path = f"/results/{onward[1]}".replace("&amp;", "&") if onward else ""
    assert pages == [
        (each["id"], each["subject"], f"{each['result']}", each["inspected_on"]) for each in told
    ]
    heard, after = [], ""
    while True:
        answer = client.get(f"/api/v1/results{query}{'&' if query else '?'}after={after}").json()
        heard += answer["items"]
        after = answer["after"]
        if not after:
            break
    assert heard == told
    if not query:
        feed = ET.fromstring(client.get("/results.rss").content)
        titles = [item.findtext("title") for item in feed.iter("item")]
        assert titles == [f"{each['subject']}：{each['result']}" for each in told[:50]]


def test_the_description_of_the_csv_is_of_that_csv(public, client):
    head = next(csv.reader(io.StringIO(client.get("/results.csv").getvalue().decode("utf-8-sig"))))
    described = client.get("/results.csv-metadata.json").json()
    assert [each["titles"] for each in described["tableSchema"]["columns"]] == head
    assert described["tableSchema"]["primaryKey"] == "id"
    first = next(csv.reader(io.StringIO(client.get("/data/gsxt.csv").getvalue().decode("utf-8-sig"))))
    assert {
        "insAuth",
        "insDate",
        "raninsPlanId",
        "raninsPlaneName",
        "raninsTaskId",
        "raninsTaskName",
        "raninsTypeName",
        "raninsItemName",
        "raninsCheckResName",
    } <= set(first)


def test_a_nights_version_stays_as_it_was(released, cast, client):
    today = timezone.localdate()
    (made, *_) = dumps.make_all(today)
    before = {name: client.get(f"/data/{today}/{name}").getvalue() for name in [*made.files, "SHA256SUMS"]}
    for line in before["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(before[name]).hexdigest() == digest
    shown = Disclosure.objects.first()
    Subject.objects.filter(pk=shown.report.case.subject_id).update(town="新镇")
    new = publications.judge(
        publications.prepare_correction(shown, "更名", by=cast.clerk), True, by=cast.head
    )
    assert dumps.make_all(today)[0] == made
    assert before == {name: client.get(f"/data/{today}/{name}").getvalue() for name in before}
    # what it corrected stood in that night's version
    publications.judge(
        publications.prepare_ending(new, "withdrawn", "有误", by=cast.clerk), True, by=cast.head
    )
    assert client.get(f"/data/{today}/results.csv").status_code == 410
    assert client.get(f"/data/{today}/SHA256SUMS").getvalue() == before["SHA256SUMS"]
    assert (
        client.get(f"/data/{today}/../x").status_code in (301, 404)
        and client.get("/data/2020-01-01/results.csv").status_code == 404
    )


def test_permalinks_survive_renaming_and_merging(released, cast, client):
    case = released.draw.cases.order_by("pk").first()
    said = Disclosure.objects.get(report__case=case)
    paths = [
        f"/results/{said.token}/",
        f"/enterprises/{case.subject.ref}/",
        f"/draws/{released.draw.number}/",
    ]
    assert {client.get(path).status_code for path in paths} == {200}
    # the register comes again, with a new name, every other field as it was, and all other rows missing
    subject = case.subject
    file = f"企业名称,统一社会信用代码,编号\n改名以后,{subject.credit_code},{subject.ref}\n".encode()
    imports.apply(imports.preview(file, "again.csv", by=cast.clerk), by=cast.clerk)
    subject.refresh_from_db()
    assert subject.name == "改名以后" and Subject.objects.filter(ref=subject.ref).count() == 1
    assert {client.get(path).status_code for path in paths} == {200}
    Subject.objects.filter(pk=case.subject_id).update(credit_code="")
    other = Subject.objects.filter(bureau=case.bureau).exclude(pk=case.subject_id).first()
    assert {client.get(path).status_code for path in paths} == {200}
    assert said.subject_name in client.get(paths[0]).content.decode()
    Subject.objects.filter(pk=case.subject_id).update(merged_into=other)
    moved = client.get(paths[1])
    assert moved.status_code == 301 and moved["Location"] == f"/enterprises/{other.ref}/"
    assert said.subject_name in client.get(moved["Location"]).content.decode()


def test_an_enterprise_has_a_page_only_when_something_of_it_is_public(drawn, client, approved, cast):
    ref = approved.case.subject.ref
    missing = {
        client.get(f"/enterprises/{each}/").content
        for each in (ref, "91990101MA000XXXX", Subject.objects.exclude(ref=ref).first().ref)
    }
    assert len(missing) == 1
    publish(approved, cast)
    page = client.get(f"/enterprises/{ref}/").content.decode()
    assert approved.case.subject.name in page and "已公示 1 次" in page


def test_an_enterprise_sees_where_it_stood(released, client):
    result = json.loads(released.draw.result_json)
    drawn = result["objects"][0]["drawn"][0]
    pool = json.loads(released.draw.commit_json)["pool"]
    missed = next(
        row[0]
        for row in pool
        if row[1] == result["objects"][0]["stratum"]
        and row[3] == "E"
        and row[0] not in result["objects"][0]["drawn"]
    )
    for ref, word in ((drawn, "抽中"), (missed, "没有抽中")):
        body = client.get("/verify/", {"code": ref}).content.decode()
        assert f"<b>{word}</b>" in body and released.draw.number in body
    assert "没有这个代码" in client.get("/verify/", {"code": "91990101MA0XXXXXXX"}).content.decode()


def test_listing_is_only_what_stands(public, cast):
    assert Listing.objects.count() == 60
    with refused_with("news_incomplete"):
        publications.prepare_news(cast.clerk.bureau, "gossip", "a", "b", by=cast.clerk)


def test_a_firm_that_has_moved_away_is_not_published_as_one_that_cannot_be_reached(drawn, cast, client):
    """The national codes keep 12 迁出 apart from 6 通过登记的住所无法联系; so does E12."""
    case = drawn.cases.order_by("pk").first()
    report = inspect(case)
    reports.return_(report, "企业已迁出", by=cast.head)
    by = case.team()[0].inspector.account
    again = reports.save(reports.draft(case, by=by), by=by, result_code="E12")
    publish(reports.approve(reports.submit(again, by=by), by=cast.head), cast)
    listed = json.loads(client.get("/results.json").getvalue())
    (row,) = [each for each in listed if each["result_code"] == "E12"]
    assert (row["result"], row["national_code"]) == ("迁出本辖区", "12")
    assert ",迁出," in client.get("/data/gsxt.csv").getvalue().decode("utf-8-sig")
