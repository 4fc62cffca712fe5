"""The frame of every public page: kept and named, never private, the government's own
tags, nothing from elsewhere."""

import csv
import io
import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.utils import timezone

from inspections.models import Report
from publicity import figures
from publicity.models import Disclosure, Listing
from publicity.services import letters, publications
from registries.models import Bureau, CheckLine, Item, ItemList, Subject
from registries.services import items

from ..staircase import publish, refused_with
from ..test_public_access import crawl
from ..walls import behind_the_walls, clear_caches

pytestmark = pytest.mark.django_db
TAGS = {
    "SiteName",
    "SiteDomain",
    "SiteIDCode",
    "ColumnName",
    "ColumnDescription",
    "ColumnKeywords",
    "ColumnType",
}


class Page(HTMLParser):
    def __init__(self, body):
        super().__init__()
        self.metas, self.sources, self.headings, self.inline = {}, [], 0, []
        self.feed(body.decode())

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        if tag == "meta" and "name" in facts:
            self.metas[facts["name"]] = facts.get("content", "")
        if tag == "h1":
            self.headings += 1
        self.sources += [facts[name] for name in ("src", "srcset", "action") if name in facts] + (
            [facts["href"]] if tag == "link" else []
        )
        self.inline += [name for name, _ in attributes if name == "style" or name.startswith("on")]


@pytest.mark.slow
def test_every_page_is_named_and_takes_nothing_from_elsewhere(client, released, cast):
    news = publications.judge(
        publications.prepare_news(cast.clerk.bureau, "rules", "监管细则", "按清单检查。", by=cast.clerk),
        True,
        by=cast.head,
    )
    seen = 0
    for path, (status, body) in crawl(client).items():
        if (
            status != 200
            or not body.startswith(b"<!DOCTYPE html>")
            or path.startswith(("/login", "/desk", "/embed"))
        ):
            continue
        page, seen = Page(body), seen + 1
        assert set(page.metas) >= TAGS and page.metas["SiteName"] and page.metas["ColumnName"], path
        assert page.headings == 1 and not page.inline and len(body) < 60_000, (
            path,
            page.headings,
            page.inline,
            len(body),
        )
        assert all(each.startswith("/") for each in page.sources), (path, page.sources)
        if path in (f"/results/{news.token}/", f"/results/{Disclosure.objects.first().token}/"):
            assert (
                re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", page.metas["PubDate"])
                and page.metas["ArticleTitle"]
                and page.metas["ContentSource"]
            )
    assert seen > 25


@pytest.fixture
def kept(settings):
    settings.PUBLIC_SECONDS = 60
    clear_caches()
    yield
    clear_caches()


def test_a_page_is_kept_for_its_time_with_an_etag(client, released, kept, django_assert_num_queries):
    first = client.get("/results/")
    with django_assert_num_queries(0):
        second = client.get("/results/")
        again = client.get("/results/", headers={"If-None-Match": first["ETag"]})
    assert (
        first.content == second.content
        and first["ETag"] == second["ETag"]
        and again.status_code in (200, 304)
    )
    assert (
        "max-age=60" in second["Cache-Control"]
        and "public" in second["Cache-Control"]
        and "Cookie" not in second.get("Vary", "")
    )
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]
    packed = client.get("/results/", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and client.get("/results/").content == first.content
    assert client.get("/results/?town=x").content != first.content


def test_an_unchanged_page_is_not_sent_again(client, released):
    first = client.get("/results/")
    again = client.get("/results/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and not again.content


def test_nothing_private_is_kept(client, released, cast, kept):
    client.force_login(cast.clerk)
    mine = client.get("/admin/").content
    client.post("/letters/report/", {"text": "一二三"})
    receipt_page = client.get("/letters/")
    client.logout()
    assert client.get("/desk/").status_code == 302 and client.get("/admin/").status_code == 302
    assert cast.clerk.display_name.encode() in mine
    assert "no-store" in receipt_page["Cache-Control"]
    # what a signed-in person sees of the public pages is what everybody sees
    client.force_login(cast.clerk)
    assert client.get("/results/").content == client.get("/results/").content
    kept_keys = [key for key in cache._cache if "public" in key and "cache_page" in key]
    assert kept_keys and all(b"clerk" not in cache._cache[key] for key in kept_keys)


def test_a_head_and_a_wrong_method(client, released):
    assert client.head("/results/").status_code == 200 and client.post("/results/").status_code == 405
    assert client.post("/api/v1/results").status_code == 405


def test_three_clicks_from_home_to_was_i_drawn_fairly(client, released):
    """Home → 我的企业抽得公平吗 → (code) 查看 → 在我的浏览器里重算这一次."""
    home = client.get("/").content.decode()
    door = re.search(r'href="([^"]+)">我的企业抽得公平吗', home)[1]
    code = json.loads(released.draw.result_json)["objects"][0]["drawn"][0]
    answer = client.get(door, {"code": code}).content.decode()
    last = re.search(r'href="([^"]+)#check">在我的浏览器里重算这一次', answer)[1]
    assert 'id="verdict"' in client.get(last).content.decode()


def test_the_embedded_list_may_be_framed_and_no_other_page(client, released):
    framed, plain = client.get("/embed/results/"), client.get("/results/")
    assert "frame-ancestors *" in framed["Content-Security-Policy"] and "X-Frame-Options" not in framed
    assert "frame-ancestors 'none'" in plain["Content-Security-Policy"] and plain["X-Frame-Options"] == "DENY"
    assert b"<script" not in framed.content and len(framed.content) < 6000


@pytest.mark.parametrize(
    "path",
    [
        "/results/%00/",
        "/results/?q=%ff",
        "/verify/?code=%00%00",
        "/draws/x/",
        "/items/%F0%9F%99%82/",
        "/enterprises/%00/",
        "/data/9999-99-99/x",
        "/data/2026-13-45/results.csv",
        "/news/none/",
        "/letters/x/y/",
        "/draws/?page=99999999999999999999",
        "/results/?after=%F0%9F%99%82&order=none",
        "/api/v1/results?after=%00",
        "/api/v1/draws?after=99999999999999999999999",
        "/results.csv?q=%00&since=x",
        "/results/?since=10000-01-01",
    ],
)
def test_strange_questions_get_plain_answers(client, released, path):
    assert client.get(path).status_code in (200, 400, 404, 422)


def test_a_correction_takes_the_place_of_the_old_in_every_list(client, approved, cast):
    old = publish(approved, cast)
    with refused_with("correction_same"):
        publications.prepare_correction(old, "更正", by=cast.clerk)
    Subject.objects.filter(pk=approved.case.subject_id).update(name="更名后的企业")
    new = publications.judge(publications.prepare_correction(old, "更正", by=cast.clerk), True, by=cast.head)
    for path in ("/results/", "/results.csv", "/results.json", "/results.rss", "/api/v1/results", "/"):
        body = client.get(path)
        text = (body.getvalue() if body.streaming else body.content).decode()
        assert new.token in text, path
        assert path in ("/results.csv", "/results.json", "/api/v1/results") or old.token not in text, path
    assert client.get(f"/api/v1/results/{old.token}").status_code == 410


def test_an_item_keeps_its_page_when_it_is_off_the_list(client, released, cast):
    """Results point to it for ever; what is shown is said to be an older version."""
    old = Item.objects.get(code="A01", item_list__status="published")
    day = timezone.localdate()
    fresh = items.draft("清单二", day, by=cast.clerk)
    item = Item.objects.create(item_list=fresh, code="B01", name="新事项", basis="安全生产法第四条")
    CheckLine.objects.create(item=item, number=1, requirement="要求", violation="违反", measure="限期改正")
    items.publish(fresh, by=cast.head)
    with behind_the_walls():  # as after a day
        ItemList.objects.filter(pk=old.item_list_id).update(effective_to=day - timedelta(days=1))
    body = client.get("/items/A01/").content.decode()
    assert old.name in body and "现在不施行" in body
    assert "现在不施行" not in client.get("/items/B01/").content.decode()
    assert client.get("/items/C99/").status_code == 404


def test_what_is_not_there_leads_on(client, released):
    answer = client.get("/no-such-page/")
    body = answer.content.decode()
    assert (
        answer.status_code == 404
        and "没有这一页" in body
        and 'href="/results/"' in body
        and 'name="q"' in body
    )
    assert body == client.get("/results/no-such-one/").content.decode()


def test_a_statement_is_read_with_one_question(client, released, django_assert_num_queries, settings):
    settings.PUBLIC_SECONDS = 60
    clear_caches()
    said, other = Disclosure.objects.filter(kind="result")[:2]
    client.get("/results/")
    client.get(f"/results/{other.token}/")  # what is told of its draw is read once a minute
    caches = client.get("/").status_code
    assert caches == 200
    with django_assert_num_queries(1):  # the statement, and its ticket in the draw
        assert client.get(f"/results/{said.token}/").status_code == 200
    with django_assert_num_queries(1):
        assert client.get("/results/?order=name").status_code == 200
    clear_caches()


def test_what_was_owed_to_the_public_and_what_came_in_time(client, released, cast):
    told = figures.of_the_year(Bureau.objects.first().pk, timezone.localdate().year)
    (chart,) = [each for each in told["charts"] if each.title == "办理时效"]
    count = Disclosure.objects.filter(kind="result").count()
    assert chart.rows[0][0] == ("检查结果公示", count, count, "100.0%", count, "100.0%")
    old = timezone.now() - timedelta(days=60)  # approved long ago, said today: not in time
    with behind_the_walls():
        Report.objects.filter(pk=Disclosure.objects.filter(kind="result").first().report_id).update(
            reviewed_at=old
        )
    told = figures.of_the_year(Bureau.objects.first().pk, old.year)
    (chart,) = [each for each in told["charts"] if each.title == "办理时效"]
    assert chart.rows[0][0][4:] == (count - 1, f"{100 * (count - 1) / count:.1f}%")
    assert "办理时效" in client.get("/statistics/").content.decode()
    assert client.get("/statistics/?year=1999").status_code == 200


def test_the_coverage_of_a_class_is_of_the_bureaus_own_enterprises(released, cast):
    """Beside a bureau that shows results of the same class and has sealed nothing."""

    def covered():
        told = figures.of_the_year(Bureau.objects.first().pk, timezone.localdate().year)
        (chart,) = [each for each in told["charts"] if each.title.startswith("各类企业抽查覆盖面")]
        return chart.rows[0][0]

    name, size, done, _ = covered()
    assert 0 < done <= size
    Listing.objects.filter(pk=Listing.objects.filter(kind="result", category=name).first().pk).update(
        bureau=cast.stranger.bureau
    )
    assert covered()[:3] == (name, size, done - 1)


def test_what_a_draw_has_drawn_is_not_told_even_as_a_number(drawn, approved):
    told = figures.of_the_year(Bureau.objects.first().pk, timezone.localdate().year)
    (chart,) = [each for each in told["charts"] if each.title == "办理时效"]
    assert chart.rows[0][0][1] == 0


def test_penalties_are_handed_out_as_the_credit_platform_names_them(client, penalty, cast):
    made = publications.judge(
        publications.prepare_penalty(penalty, "general", by=cast.clerk), True, by=cast.head
    )
    rows = json.loads(client.get("/penalties.json").getvalue())
    assert rows[0]["公示编号"] == made.token and rows[0]["行政处罚决定文书号"] == penalty.decision_number
    table = csv.DictReader(io.StringIO(client.get("/penalties.csv").getvalue().decode("utf-8-sig")))
    assert list(table) == rows
    assert made.subject_name in client.get("/penalties/").content.decode()


def test_what_is_withdrawn_is_told_as_such_everywhere(client, released, cast):
    said = Disclosure.objects.filter(kind="result").first()
    ref, number = said.payload["ref"], released.draw.number
    ending = publications.prepare_ending(said, "withdrawn", "认定有误", by=cast.clerk)
    with refused_with("already_prepared"):
        publications.prepare_ending(said, "withdrawn", "再来一次", by=cast.clerk)
    client.force_login(cast.head)
    judging = client.get(f"/admin/publicity/publication/{ending.pk}/act/approve/").content.decode()
    assert said.subject_name in judging and "不能恢复" in judging and f"/results/{said.token}/" in judging
    publications.judge(ending, True, by=cast.head)
    client.logout()
    page = client.get(f"/draws/{number}/").content.decode()
    assert "公示已终止" in page and "尚未公示" not in page
    gone = client.get(f"/enterprises/{ref}/")
    assert gone.status_code == 410 and f"/results/{said.token}/" in gone.content.decode()
    assert said.subject_name not in gone.content.decode()
    tombstone = client.get(f"/results/{said.token}/")
    assert tombstone.status_code == 410 and said.subject_name not in tombstone.content.decode()
    told = client.get(f"/results/{said.token}.json").json()
    assert told["ending"] == "withdrawn" and told["reason"] == "认定有误" and told["at"]
    reasons = {
        each["what"]: each["reason"]
        for each in client.get("/api/v1/changes").json()
        if each["id"] == said.token
    }
    assert reasons == {"撤回": "认定有误", "公示": ""}


def test_an_enterprise_kept_from_the_public_since_is_named_by_no_older_version(client, released, cast):
    said = Disclosure.objects.filter(kind="result").first()
    name = said.subject_name
    Subject.objects.filter(ref=said.payload["ref"]).update(is_secret=True)
    publications.judge(
        publications.prepare_correction(said, "依法不公开名称", by=cast.clerk), True, by=cast.head
    )
    for path in (f"/results/{said.token}/", f"/results/{said.token}.json", f"/results/{said.token}.jsonld"):
        answer = client.get(path)
        assert answer.status_code == 410 and name not in answer.content.decode(), path


def test_a_true_objection_stays_to_be_seen_until_it_is_corrected(client, approved, cast):
    said = publish(approved, cast)
    letter = letters.hand_in(cast.clerk.bureau, "objection", "乡镇写错了", disclosure=said)
    letters.accept(letter, by=cast.clerk)
    letters.answer(letter, "确有错误", True, by=cast.clerk)
    assert "经核查属实" in client.get(f"/results/{said.token}/").content.decode()
    client.force_login(cast.clerk)
    assert "待更正或撤回" in client.get("/admin/").content.decode()
    assert [each.title for each in letters.clocks(cast.clerk)] == [f"撤回有误的公示：{said.subject_name}"]
    Subject.objects.filter(pk=approved.case.subject_id).update(town="另一镇")
    after = publications.judge(
        publications.prepare_correction(said, "乡镇有误", by=cast.clerk), True, by=cast.head
    )
    for token in (said.token, after.token):
        assert "经核查属实" not in client.get(f"/results/{token}/").content.decode()
    assert "待更正或撤回" not in client.get("/admin/").content.decode() and not letters.clocks(cast.clerk)


def test_who_has_a_page_already_gets_no_second_copy(client, released, settings):
    settings.PUBLIC_SECONDS = 60
    clear_caches()
    for _ in range(2):  # from the view, then from what is kept
        first = client.get("/group/")
        again = client.get("/group/", headers={"If-None-Match": first["ETag"]})
        assert first.status_code == 200 and again.status_code == 304 and not again.content
    clear_caches()


def test_codes_with_a_stroke_have_a_page(client, drawn, cast):
    fresh = items.draft("清单二", timezone.localdate(), by=cast.clerk)
    item = Item.objects.create(item_list=fresh, code="AJ/01", name="新事项", basis="安全生产法第四条")
    CheckLine.objects.create(item=item, number=1, requirement="要求", violation="违反", measure="限期改正")
    items.publish(fresh, by=cast.head)
    assert "AJ/01" in client.get("/items/").content.decode()
    assert "新事项" in client.get("/items/AJ/01/").content.decode()


def test_a_name_leads_to_the_check(client, released):
    said = Disclosure.objects.filter(kind="result").first()
    body = client.get("/verify/", {"code": said.subject_name}).content.decode()
    assert f"?code={said.payload['ref']}" in body and "您找的是不是" in body
    assert "没有找到" in client.get("/verify/", {"code": "查无此户"}).content.decode()


def test_nobody_reads_a_merge_out_of_the_register(client, released, cast):
    said = Disclosure.objects.filter(kind="result").first()
    heir = Subject.objects.get(ref=said.payload["ref"])
    said_of = [each.payload["ref"] for each in Disclosure.objects.filter(kind="result")]
    quiet = Subject.objects.exclude(ref__in=said_of).first()
    Subject.objects.filter(pk=quiet.pk).update(merged_into=heir)
    assert client.get(f"/enterprises/{quiet.ref}/").status_code == 301
    Subject.objects.filter(pk=heir.pk).update(is_secret=True)
    assert client.get(f"/enterprises/{quiet.ref}/").status_code == 404
