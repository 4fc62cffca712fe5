"""Without signing in: exactly the written list of addresses, and no byte that tells who was drawn."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from inspections.draw import drawrecord
from inspections.models import Case

pytestmark = pytest.mark.django_db

# Written by hand: an address that is public without standing here fails the test.
PUBLIC = {
    "/",
    "/items/",
    "/plans/",
    "/draws/",
    "/draws/990101-2026-001/",
    "/results/",
    "/search/",
    "/verify/",
    "/log/",
    "/log/log.pyz",
    "/log/witness/",
    "/papers/",
    "/news/",
    "/statistics/",
    "/changes/",
    "/changes.rss",
    "/results.rss",
    "/results.csv",
    "/results.json",
    "/penalties.csv",
    "/penalties.json",
    "/results.xlsx",
    "/penalties.xlsx",
    "/results.csv-metadata.json",
    "/penalties/",
    "/embed/results/",
    "/data/",
    "/discredits/",
    "/data/gsxt.csv",
    "/endings.csv",
    "/data/catalog.jsonld",
    "/letters/",
    "/sitemap.xml",
    "/api/v1/openapi.json",
    "/api/v1/results",
    "/api/v1/draws",
    "/api/v1/items",
    "/api/v1/changes",
    "/api/v1/plans",
    "/api/v1/penalties",
    "/api/v1/news",
    "/api/v1/statements",
    "/desk/field.js",
    "/desk/field.webmanifest",
    "/anchor.json",
    "/group/",
    "/verify/verify.py",
    "/verify/protocol/",
    "/verify/words/",
    "/verify/officer/",
    "/verify/holders/",
    "/draws/series.json",
    "/accessibility/",
    "/subscribe/",
    "/robots.txt",
    "/healthz",
    "/healthz/all",
    "/login/",
}


PUBLIC_PATTERNS = [
    r"/draws/990101-\d{4}-\d{3}/((commit|result|changes|names|openings)\.json|record\.pdf)?",
    r"/results/[\w-]+(/|\.json|\.jsonld)",
    r"/items/A\d+/",
    r"/news/(publicity|notice|rules|problems|summary)/",
    r"/enterprises/[\w-]+/",
    r"/letters/(report|complaint)/",
    r"/letters/(objection|correction|statement)/[\w-]+/",
    r"/data/\d{4}-\d\d-\d\d/[\w.-]+",
    r"/log/990101/(checkpoint|(tile|cosigned|file)/.+)",
    r"/static/.+",
]


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if (
                name in ("href", "src", "action")
                and value
                and not value.startswith(("#", "http:", "https:", "data:"))
            ):
                self.found.add(value.split("#")[0])


def crawl(client, start="/"):
    """Every page an anonymous reader reaches: {path: (status, bytes)}."""
    reached, waiting = {}, [start]
    while waiting:
        path = waiting.pop()
        if path in reached or not path.startswith("/") or path.startswith("/static/"):
            continue
        answer = client.get(path)
        body = answer.content if hasattr(answer, "content") else b"".join(answer.streaming_content)
        reached[path] = (answer.status_code, body)
        if answer["Content-Type"].startswith("text/html"):
            links = Links()
            links.feed(body.decode())
            base = path.split("?")[0]
            waiting += [base + each if each.startswith("?") else each for each in links.found]
    return reached


def is_public(path):
    plain = path.split("?")[0]
    return plain in PUBLIC or any(re.fullmatch(pattern, plain) for pattern in PUBLIC_PATTERNS)


def every_path(resolver=None, prefix="/"):
    for entry in (resolver or get_resolver()).url_patterns:
        route = str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from every_path(entry, prefix + route)
        elif isinstance(entry, URLPattern):
            yield prefix + re.sub(
                r"<(\w+:)?\w+>", "1", route.replace("^", "").replace("$", "").replace("\\Z", "")
            )


def test_the_anonymous_crawl_reaches_exactly_the_written_list(client, released):
    reached = {path: status for path, (status, _) in crawl(client).items()}
    assert all(is_public(path) for path in reached if reached[path] == 200), sorted(reached)
    named = {path.split("?")[0] for path, status in reached.items() if status == 200}
    assert {
        "/",
        "/items/",
        "/plans/",
        "/draws/",
        "/results/",
        "/letters/",
        "/statistics/",
        "/data/",
        "/verify/",
        "/verify/verify.py",
        "/login/",
    } <= named
    assert not any(status >= 500 for status in reached.values())


def test_every_other_address_of_the_resolver_asks_who_you_are(client, released):
    public_names = set()
    for path in every_path():
        answer = client.get(path)
        if answer.status_code == 200 or path == "/healthz/all":  # which answers 503 where no backup was made
            public_names.add(path)
        elif answer.status_code == 302:
            assert answer["Location"].startswith(("/login/", "/admin/login/")) or path == "/logout/", path
        elif path.startswith("/api/v1/handed/"):  # a machine's own entrance: it asks for its key, not a login
            assert answer.status_code == 401, path
        else:
            assert answer.status_code in (404, 405), (path, answer.status_code)
    assert public_names <= PUBLIC, public_names - PUBLIC


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/files/",
        "/var/mingqian.sqlite3",
        "/static/../var/secrets.json",
        "/admin/jsi18n/",
        "/admin/autocomplete/",
        "/admin/r/1/1/",
        "/admin/login/",
        "/desk/draws/990101-2026-001/",
        "/admin/inspections/draw/1/act/record/",
    ],
)
def test_side_doors_are_shut(client, released, path):
    answer = client.get(path)
    assert answer.status_code in (302, 403, 404)
    if answer.status_code == 302:
        assert answer["Location"].startswith(("/login/", "/admin/login/"))


def drawn_names(draw):
    result = json.loads(draw.result_json)
    refs = [ref for each in result["objects"] for ref in each["drawn"]]
    return refs, list(Case.objects.filter(draw=draw).values_list("subject__name", flat=True))


def test_before_release_no_public_byte_names_a_drawn_enterprise(client, drawn, cast):
    drawrecord.issue(drawn, "inner", by=cast.clerk)
    refs, names = drawn_names(drawn)
    pages = crawl(client)
    pages |= {
        f"/search/?q={word}": (200, client.get("/search/", {"q": word}).content) for word in refs + names
    }
    for name in ("commit.json", "result.json", "changes.json", "openings.json", "names.json", "record.pdf"):
        answer = client.get(f"/draws/{drawn.number}/{name}")
        assert answer.status_code == 404
    seed = json.loads(drawn.result_json)["seed"]
    salt = json.loads(drawn.commit_json)["salt"]
    for path, (_, body) in pages.items():
        for word in [*refs, *names, seed, salt]:
            assert word.encode() not in body, (path, word)


def test_the_answer_is_the_same_bytes_for_a_drawn_and_an_undrawn_enterprise(client, drawn, register):
    refs, _ = drawn_names(drawn)
    hit = register.get(ref=refs[0])
    missed = register.exclude(ref__in=refs).filter(category=hit.category).first()
    for word in ("ref", "name", "credit_code"):
        answers = [client.get("/search/", {"q": getattr(each, word)}) for each in (hit, missed)]
        assert answers[0].content == answers[1].content
        assert sorted(answers[0].items()) == sorted(answers[1].items())


def test_a_published_result_is_found_by_name_and_code(client, released):
    case = released.draw.cases.first()
    for word in (case.subject.name[2:], case.subject.credit_code, case.subject.credit_code.lower()):
        assert case.subject.name.encode() in client.get("/search/", {"q": word}).content


@pytest.mark.slow
def test_public_pages_set_no_cookie_and_speak_of_no_session(client, released):
    for path, (status, _) in crawl(client).items():
        answer = client.get(path)
        if path.startswith(("/login/", "/desk/", "/admin/")) or status != 200:
            continue
        assert not answer.cookies and "Cookie" not in answer.get("Vary", ""), path
        assert "default-src 'self'" in answer["Content-Security-Policy"]
