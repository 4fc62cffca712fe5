"""下级机关: who stands above sees what is public below, the sums of it and the flags; never a secret."""

from io import BytesIO

import pytest
from django.core.cache import cache
from django.urls import reverse
from openpyxl import load_workbook

from inspections.models import RedFlag
from inspections.visit import reports
from publicity import below
from registries import tree
from registries.models import Bureau, Subject
from registries.services import accounts, bureaus, placing

from .staircase import inspect, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(bureau):
    """The city above the suite's county, with a head who looks."""
    made = bureaus.found("990100", "某市应急管理局", "市")
    placing.place(made, "市级", None)
    placing.place(bureau, "县级", made)
    return accounts.open_account(made, "city-head", "市局某", ["head"], password="pw-for-tests")


def test_from_above_the_public_facts_are_seen_and_no_secret(city, cast, drawn, client):
    client.force_login(city)
    rows = below.of(tree.lowers(city.bureau), drawn.sealed_at.year)
    row = next(each for each in rows if each.bureau.code == "990101")
    assert (
        (row.sealed, row.released, row.results) == (1, 0, 0)
        and row.plan
        and row.firms > 50
        and row.people == 12
    )
    case = drawn.cases.select_related("subject").first()
    RedFlag.objects.create(bureau=drawn.bureau, key="x", kind="逾期", text=f"“{case.subject.name}”没有查")
    for path in (reverse("below"), reverse("below-one", args=["990101"])):
        page = client.get(path)
        assert page.status_code == 200, path
        said = page.content.decode()
        names = Subject.objects.filter(bureau=drawn.bureau).values_list("name", flat=True)
        assert not any(name in said for name in names) and drawn.number not in said
    assert "检查、报告、方案、回避都有期限" in said and "还没有人看过" in said
    said = publish(reports.approve(inspect(case, ["A01.1"]), by=cast.head), cast)
    cache.clear()
    row = below.of([drawn.bureau], said.published_at.year)[0]
    assert (row.results, row.problems, row.flags) == (1, 1, 1) and row.share == 100
    assert below.totals([row, row]).results == 2


def test_only_who_stands_above_looks_and_only_down(city, cast, client):
    beside = bureaus.found("990303", "邻县应急管理局", "邻")
    client.force_login(city)
    assert client.get(reverse("below-one", args=[beside.code])).status_code == 404
    assert client.get(reverse("below-one", args=[city.bureau.code])).status_code == 404
    client.force_login(cast.head)
    page = client.get(reverse("below"))
    assert page.status_code == 200 and "没有下级机关" in page.content.decode()
    assert client.get(reverse("below-one", args=["990100"])).status_code == 404
    assert reverse("below") not in client.get(reverse("reports-page")).content.decode()
    client.force_login(city)
    assert reverse("below") in client.get(reverse("reports-page")).content.decode()
    client.force_login(cast.auditor)
    assert client.get(reverse("below")).status_code == 403


def test_a_hundred_bureaus_cost_no_more_questions_than_two(city, client, query_budget):
    client.force_login(city)
    client.get(reverse("below"))
    with query_budget(60) as few:
        client.get(reverse("below"))
    for n in range(20):
        made = Bureau.objects.create(code=f"9904{n:02d}", name=f"第{n}县", short_name="第")
        placing.place(made, "县级", city.bureau)
    with query_budget(60) as many:
        page = client.get(reverse("below"))
    assert len(many) <= len(few) + 1 and "第19县" in page.content.decode()


def test_the_table_goes_out_as_a_file(city, drawn, client):
    client.force_login(city)
    answer = client.get(reverse("below"), {"as": "xlsx", "year": drawn.sealed_at.year})
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert rows[0][0] == "机关" and "青原县应急管理局" in {row[0] for row in rows[1:]}


def test_a_release_is_counted_when_it_is_public(city, cast, released):
    row = below.of([released.bureau], released.draw.sealed_at.year)[0]
    assert row.released == 1
