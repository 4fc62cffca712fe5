"""承诺 (docs/trust.md) that no other file asserts whole: one step to a download, the tags and the foot of a
government's pages, the national export value by value, an enterprise's own count against its cap, no mass
assignment anywhere."""

import csv
import io
import re

import pytest
from django.contrib import admin
from django.utils import timezone

from publicity.exports import NATIONAL_RESULTS
from publicity.models import Disclosure, Listing
from registries.models import Bureau, Category

from .staircase import make_task_with, publish

pytestmark = pytest.mark.django_db
TAGS = [
    "SiteName",
    "SiteDomain",
    "SiteIDCode",
    "ColumnName",
    "ColumnDescription",
    "ColumnKeywords",
    "ColumnType",
]


def test_from_the_home_page_and_each_list_a_download_is_one_step(client, released):
    """D5: 查询、浏览、下载一步可达."""
    home = client.get("/").content.decode()
    assert 'name="q"' in home and 'href="/results/"' in home and 'href="/data/"' in home
    for path, files in {
        "/results/": ("/results.csv", "/results.xlsx", "/results.json"),
        "/data/": ("/results.csv", "/penalties.csv", "/data/gsxt.csv", "/draws/series.json"),
        f"/draws/{released.draw.number}/": (f"/draws/{released.draw.number}/commit.json",),
    }.items():
        page = client.get(path).content.decode()
        for each in files:
            assert f'href="{each}' in page, (path, each)
            assert client.get(each).status_code == 200, each


def test_the_tags_and_the_foot_of_a_governments_pages_are_filled(client, released):
    """D12: 国办发〔2017〕47号."""
    Bureau.objects.filter(pk=released.bureau_id).update(
        site_code="9901010001", site_record="蒙ICP备00000000号", site_contact="电话 0990-5550100"
    )
    for path in ("/", "/results/", "/draws/", "/statistics/", "/verify/", "/news/"):
        page = client.get(path).content.decode()
        for tag in TAGS:
            found = re.search(rf'<meta name="{tag}" content="([^"]*)"', page)
            assert found and found[1].strip(), (path, tag)
        foot = page[page.index("<footer") :]
        for words in ("主办单位：青原县应急管理局", "9901010001", "蒙ICP备00000000号", "0990-5550100"):
            assert words in foot, (path, words)


def test_the_national_export_says_what_was_published_value_by_value(client, released):
    """D17: the columns of 国家企业信用信息公示系统, each with the value of its statement."""
    answer = client.get("/data/gsxt.csv")
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    said = {each.payload["code"]: each.payload for each in Disclosure.objects.filter(kind="result")}
    assert len(rows) == Listing.objects.filter(kind="result").count() == len(said)
    for row in rows:
        told = said[row["uniscId"]]
        assert re.fullmatch(r"[0-9A-Z]{18}", row["uniscId"]) and row["entName"] == told["subject"]
        assert row["insAuth"] == told["bureau"] and row["raninsPlanId"] == told["draw"]
        assert row["insDate"] == told["inspected_on"] and re.fullmatch(r"\d{4}-\d\d-\d\d", row["insDate"])
        assert row["raninsTypeName"] == told["kind"] and row["raninsTaskId"] == told["task_number"]
        assert row["raninsItemName"] == "；".join(told["items"])
        assert row["raninsCheckResName"] == NATIONAL_RESULTS[told["national_code"]]


def test_an_enterprise_sees_its_count_and_its_cap_and_when_it_is_over(client, approved, cast):
    """D18."""
    Category.objects.update(yearly_cap=1)
    publish(approved, cast)
    one = Disclosure.objects.get(kind="result")
    page = client.get(f"/enterprises/{one.payload['ref']}/").content.decode()
    year = timezone.localdate().year
    times = Listing.objects.filter(kind="result", ref=one.payload["ref"], on__year=year).count()
    assert f"{year} 年检查" in page and f"已公示 {times} 次" in page
    assert "年度上限 1 次" in page and ("已超过上限" in page) == (times > 1)
    # before the next draw the desk says how many stand out because they have had their visits
    task = make_task_with(cast, (("工贸-机械", 2000, 2), ("烟花爆竹", 2000, 2)))
    client.force_login(cast.clerk)
    preview = client.get(f"/admin/rounds/{task.pk}/").content.decode()
    assert re.search(r"本年度检查次数已达上限 [1-9]", preview)


@pytest.mark.parametrize("role", ["clerk", "officer"])
def test_no_form_takes_what_it_does_not_show(client, cast, drawn, role):
    """S9: poisoned values beside a form's own fields change nothing, on any form of any room."""
    client.force_login(getattr(cast, role))
    tried = 0
    for model, desk in admin.site._registry.items():
        row = model.objects.first()
        if row is None or not hasattr(desk, "bureau_path"):
            continue
        page = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/")
        if page.status_code != 200 or "adminform" not in page.context:
            continue
        shown = set(page.context["adminform"].form.fields)
        hidden = [
            each for each in model._meta.concrete_fields if each.name not in shown and not each.primary_key
        ]
        poison = {each.name: _poison(each) for each in hidden if each.name != "id"}
        before = {each.attname: getattr(row, each.attname) for each in hidden}
        client.post(f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/", poison)
        row.refresh_from_db()
        moved = {
            name
            for name, value in before.items()
            if getattr(row, name) != value
            and name not in ("changed_at", "search", "sound", "alike_name", "alike_place")
        }
        assert not moved, (model, moved)
        tried += 1
    assert tried > 5, tried


def _poison(field):
    if field.is_relation:
        return "1"
    return {"BooleanField": "on", "IntegerField": "9", "DateField": "2020-01-01"}.get(
        field.get_internal_type(), "x"
    )
