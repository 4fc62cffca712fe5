"""Two bureaus on one installation: each page, file, letter and feed is of one, and says no word of the other;
every address of before answers or leads on."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.visit import reports
from publicity.models import Disclosure, Dump, Letter
from publicity.services import dumps
from publicity.whose import everybody
from registries.models import Bureau

from ..staircase import inspect, publish

pytestmark = pytest.mark.django_db
OTHER = "外县第九机关"


@pytest.fixture
def two(drawn, cast):
    """(the first bureau's result, the second's announcement)."""
    said = publish(reports.approve(inspect(drawn.cases.order_by("pk").first()), by=cast.head), cast)
    second = Bureau.objects.exclude(pk=drawn.bureau_id).first() or Bureau.objects.create(
        code="990999", name=OTHER, short_name="外"
    )
    Bureau.objects.filter(pk=second.pk).update(name=OTHER, site_contact="外县人民路一号")
    second.refresh_from_db()
    news = Disclosure.objects.create(
        bureau=second,
        kind="news",
        subject_name=f"{OTHER}公告",
        payload={
            "bureau": OTHER,
            "subject": f"{OTHER}公告",
            "news": "notice",
            "text": "外县的话",
            "title": "外县",
        },
        digest="0" * 64,
        published_by=cast.head,
    )
    return said, news, second


def test_one_bureau_is_as_simple_as_ever(drawn, client, cast):
    said = publish(reports.approve(inspect(drawn.cases.order_by("pk").first()), by=cast.head), cast)
    assert [each.prefix for each in everybody()][0] == ""
    page = client.get("/")
    assert page.status_code == 200 and said.subject_name in page.content.decode()
    leads = client.get(f"/b/{drawn.bureau.code}/results/?q=x")
    assert leads.status_code == 302 and leads.url == "/results/?q=x"


def test_each_page_is_of_one_bureau(two, client):
    said, news, second = two
    first = said.bureau
    directory = client.get("/").content.decode()
    assert f"/b/{first.code}/" in directory and f"/b/{second.code}/" in directory
    mine = client.get(f"/b/{first.code}/").content.decode()
    theirs = client.get(f"/b/{second.code}/").content.decode()
    assert said.subject_name in mine and OTHER not in mine and first.name in mine
    assert said.subject_name not in theirs and OTHER in theirs and first.name not in theirs
    assert f'href="/b/{first.code}/results/{said.token}/"' in mine
    assert client.get(f"/b/{first.code}/results/{said.token}/").status_code == 200
    assert client.get(f"/b/{second.code}/results/{said.token}/").status_code == 404
    assert client.get("/b/none/").status_code == 404
    assert client.get(f"/b/{first.code}/admin/").url == "/admin/"


def test_addresses_of_before_lead_on(two, client):
    said, news, second = two
    first = said.bureau.code
    for path in (
        "/results/",
        "/results/?q=a",
        "/results.csv",
        "/draws/",
        "/api/v1/results",
        "/letters/",
        "/data/",
    ):
        answer = client.get(path)
        assert answer.status_code == 302 and answer.url == f"/b/{first}{path}", path
        assert client.get(answer.url).status_code == 200, path
    assert client.get(f"/results/{said.token}/").url == f"/b/{first}/results/{said.token}/"
    assert client.get(f"/results/{news.token}/").url == f"/b/{second.code}/results/{news.token}/"
    draw = said.report.case.draw.number
    assert client.get(f"/draws/{draw}/").url == f"/b/{first}/draws/{draw}/"
    notice = said.report.case.papers.filter(code="notice").first()
    if notice:
        assert client.get(f"/papers/{notice.token}/").url == f"/b/{first}/papers/{notice.token}/"
    sent = client.post("/letters/report/", {"text": "x"})
    assert sent.status_code == 307 and sent.url == f"/b/{first}/letters/report/"
    for path in ("/verify/verify.py", "/anchor.json", "/robots.txt", "/sitemap.xml", "/papers/"):
        assert client.get(path).status_code == 200, path


def test_a_host_of_its_own(two, client, settings):
    said, news, second = two
    settings.ALLOWED_HOSTS = ["*"]
    Bureau.objects.filter(pk=second.pk).update(site_host="wai.example.test")
    page = client.get("/", headers={"host": "wai.example.test"}).content.decode()
    assert OTHER in page and said.subject_name not in page and 'href="/results/"' in page


def test_a_letter_goes_to_whose_page_it_was_written_on(two, client):
    said, news, second = two
    client.post(f"/b/{second.code}/letters/report/", {"text": "外县有隐患", "subject_said": "某厂"})
    letter = Letter.objects.get()
    assert letter.bureau == second
    asked = {"receipt": letter.receipt}
    assert "已收到" in client.post(f"/b/{second.code}/letters/", asked).content.decode()
    assert "已收到" not in client.post(f"/b/{said.bureau.code}/letters/", asked).content.decode()


@pytest.mark.parametrize("many", [400, pytest.param(1000, marks=pytest.mark.trial)])
def test_a_thousand_questions_and_no_word_of_the_other(two, client, settings, many):
    said, news, second = two
    first = said.bureau
    dumps.make_all()
    day = timezone.localdate().isoformat()
    words = {
        first.code: [OTHER, "外县", second.code],
        second.code: [first.name, said.subject_name, first.code],
    }
    paths = [
        "/",
        "/items/",
        "/plans/",
        "/group/",
        "/news/",
        "/statistics/",
        "/changes/",
        "/changes.rss",
        "/draws/",
        "/results/",
        "/results.rss",
        "/results.csv",
        "/results.json",
        "/penalties.csv",
        "/penalties.json",
        "/penalties/",
        "/embed/results/",
        "/verify/",
        "/data/",
        "/data/gsxt.csv",
        "/endings.csv",
        "/data/catalog.jsonld",
        "/letters/",
        "/letters/report/",
        "/sitemap.xml",
        "/api/v1/results",
        "/api/v1/draws",
        "/api/v1/items",
        "/api/v1/plans",
        "/api/v1/changes",
        "/anchor.json",
    ]
    paths += [f"/data/{day}/{name}" for name in ("results.csv", "draws.json", "anchor.json", "SHA256SUMS")]
    paths += [f"/results/{each.token}/" for each in (said, news)]
    paths += [f"/results/{each.token}.json" for each in (said, news)]
    paths += [f"/draws/{said.report.case.draw.number}/", f"/enterprises/{said.payload['ref']}/"]
    asks = ["", "?q=" + said.subject_name[:3], "?q=外县", "?code=" + (said.subject_code or "9"), "?year=2026"]
    dice = random.Random(7)
    everything = [(path, ask) for path in paths for ask in asks]
    for path, ask in everything + [dice.choice(everything) for _ in range(many - 2 * len(everything))]:
        for code in (first.code, second.code):
            answer = client.get(f"/b/{code}{path}{ask}")
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            told = body.decode().replace(f"/b/{code}/", "/")
            for word in words[code]:
                if word in ask or answer.status_code == 404:
                    continue
                assert word not in told, (code, path, ask, word)


def test_versions_of_before_are_the_first_ones(two, client):
    said, news, second = two
    old = Dump.objects.create(day=timezone.localdate() - timedelta(days=3), files={})
    assert client.get(f"/b/{said.bureau.code}/data/{old.day}/SHA256SUMS").status_code == 200
    assert client.get(f"/b/{second.code}/data/{old.day}/SHA256SUMS").status_code == 404
