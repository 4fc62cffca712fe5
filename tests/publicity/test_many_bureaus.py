"""A province hosts its counties: no public page asks a question for each of them, nor for each year."""

import hashlib
import json
import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.models import Case, Draw, Plan, Task, TaskStratum
from publicity import daily
from publicity.counts import tables
from publicity.counts.span import Span
from publicity.models import DailyDigest, Disclosure
from registries.models import Bureau, Category, ItemList, Skill

from ..test_public_access import PUBLIC
from ..walls import behind_the_walls, clear_caches
from .test_a_year import YEAR, played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
__all__ = ["played"]
MOST, log = 10, logging.getLogger(__name__)
APART = ("/login/", "/healthz", "/desk/", "/api/v1/openapi.json")  # no page of the window


@pytest.fixture
def county(released, cast):
    """more(n): so many counties more, each with a plan of five years, its draws and a word to the public."""
    with behind_the_walls():
        Bureau.objects.update(site_host="")
    made = []

    def more(number):
        for n in range(len(made), len(made) + number):
            bureau = Bureau.objects.create(code=f"88{n:04d}", name=f"第{n}县应急管理局", short_name="外")
            made.append(bureau)
            skill = Skill.objects.create(bureau=bureau, name="工贸")
            category = Category.objects.create(bureau=bureau, code="1", name="工贸", skill=skill)
            for year in range(2022, 2027):
                _year(bureau, category, year, cast)
            _word(bureau, cast)
        daily.keep_all(log)  # as the background does once a day

    return more


def _year(bureau, category, year, cast):
    own = {"bureau": bureau}
    plan = Plan(**own, year=year, title=f"{year}年", text="查", drafted_by=cast.clerk, status="published")
    plan.approved_by, plan.published_at, plan.rounds = cast.head, timezone.now(), 9
    with behind_the_walls():
        plan.save()
        number = f"{bureau.code}-{year}-001"
        today = timezone.localdate()
        told = {"version": year, "title": "清单", "published_on": today, "effective_from": today}
        book = ItemList.objects.create(**own, **told, status="published")
        told = {"number": number, "title": number, "status": "approved", "drafted_by": cast.clerk}
        told |= {"window_from": today, "window_to": today, "item_list": book}
        task = Task.objects.create(**own, **told, plan=plan)
        TaskStratum.objects.create(task=task, category=category)
        Draw.objects.create(
            **own,
            task=task,
            number=number,
            status="drawn",
            commitment=hashlib.sha256(number.encode()).hexdigest(),
            prev=hashlib.sha256(f"p{number}".encode()).hexdigest(),
            after="0" * 64,
            public_facts={"strata": [], "lots": []},
            seed_at=timezone.now(),
            release_by=timezone.localdate(),
            redraw_max=1,
            sealed_by=cast.clerk,
            result_digest="1" * 64,
            drawn_at=timezone.now(),
        )


def _word(bureau, cast):
    payload = {"bureau": bureau.name, "subject": "公告", "news": "notice", "text": "话", "title": "公告"}
    told = {"subject_name": "公告", "payload": payload, "digest": "0" * 64, "published_by": cast.head}
    Disclosure.objects.create(bureau=bureau, kind="news", **told)


def _asked(client, query_budget, paths):
    told = {}
    for path in paths:
        clear_caches()
        client.get(path)  # what holds for a day is counted once a day
        with query_budget(10_000) as asked:
            answer = client.get(path)
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200, (path, answer.status_code)
        told[path] = asked
    return told


def test_no_page_asks_for_each_bureau(client, county, query_budget):
    places = [each for each in sorted(PUBLIC) if not each.startswith(APART)]
    inner = [each for each in places if "990101-2026" not in each and each not in {"/", "/sitemap.xml"}]
    county(2)
    first = [f"/b/880000{each}" for each in ("/", "/sitemap.xml", *inner)]
    first = [each for each in first if client.get(each).status_code == 200]
    assert len(first) > 30
    whole = ["/", "/sitemap.xml", "/anchor.json"]
    few = _asked(client, query_budget, [*whole, *first])
    county(20)
    many = _asked(client, query_budget, [*whole, *first])
    grown = {path: (len(few[path]), len(each)) for path, each in many.items() if len(each) > len(few[path])}
    assert not grown, grown
    over = {path: len(each) for path, each in many.items() if len(each) > MOST}
    assert not over, (over, [many[path] for path in over][:1])


def test_a_days_digest_is_written_once_and_the_verifier_counts_again(released, bureau):
    daily.keep_all(log)
    kept = DailyDigest.objects.get(bureau=bureau)
    told = daily.anchor()["bureaus"][bureau.code]
    assert (told["day"], told["digest"]) == (kept.day.isoformat(), kept.digest)
    assert kept.digest == daily.of(bureau)["digest"] and not list(daily.faults(bureau, told))
    daily.keep_all(log)
    assert DailyDigest.objects.filter(bureau=bureau).count() == 1
    with behind_the_walls():
        Draw.objects.update(sealed_at=timezone.now() - timedelta(days=2))  # put under what was told
    assert list(daily.faults(bureau, told)) and daily.shown(bureau)["digest"] == kept.digest


def _looked_at(plan, table):
    """Rows of a table that a plan has read, kept or thrown away."""
    own = 0
    if plan.get("Relation Name") == table:
        own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return own + sum(_looked_at(each, table) for each in plan.get("Plans", ()))


def _crowd(own, few, many=12_000):
    """A bureau with few inspections beside one with many and newer ones."""
    if connection.vendor != "postgresql":
        pytest.skip("只有 PostgreSQL 说得出一个查询看了多少行")
    other, like = Bureau.objects.exclude(pk=own.pk).first(), Case.objects.exclude(ended_at=None).first()
    with behind_the_walls() as cursor:
        for bureau, number in ((own, few), (other, many)):
            said = {"subject": like.subject, "item_list": like.item_list, "ended_at": like.ended_at}
            rows = (Case(bureau=bureau, checklist=[], status="closed", **said) for _ in range(number))
            Case.objects.bulk_create(rows, batch_size=2000)
        cursor.execute("ANALYZE inspections_case")


def test_the_list_behind_a_number_reads_no_other_bureaus_rows(played, cast):
    own, few = cast.clerk.bureau, 1500
    _crowd(own, few)
    found = tables.listed("inspections", own, Span.year(YEAR))
    assert found.count() == few + 6
    for asked in (found[:20], found):
        plan = json.loads(asked.explain(format="json", analyze=True))[0]["Plan"]
        assert _looked_at(plan, "inspections_case") <= 3 * (few + 20), plan


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("clerk", "/admin/cases/?year=all"),
        ("clerk", "/admin/cases/?year=all&stage=report"),
        ("clerk", "/admin/rounds/"),
        ("clerk", f"/admin/reports/numbers/inspections/?since={YEAR}-01-01"),
        ("clerk", "/admin/inspections/case/"),
        ("supervisor", "/admin/oversight/"),
    ],
)
def test_a_page_of_the_desk_walks_through_no_other_bureaus_rows(played, cast, client, who, path):
    few = 300
    _crowd(cast.clerk.bureau, few)
    client.force_login(getattr(cast, who))
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    for sql in (each["sql"] for each in asked.captured_queries if "inspections_case" in each["sql"]):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            plan = cursor.fetchone()[0][0]["Plan"]
        assert _looked_at(plan, "inspections_case") <= 3 * (few + 20), sql
