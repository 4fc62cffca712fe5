"""企业 and 一企一档: the list says what one wants to know; one page tells all that happened to a firm in
order, also across renaming and merging, and to each role only what it may see."""

import io

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from config.year import moments
from inspections.models import Finding
from inspections.visit import reports
from publicity.services import letters
from registries.models import Account, Subject
from registries.services import accounts, corrections, duplicates

from .staircase import PASSWORD, inspect, publish

pytestmark = pytest.mark.django_db


def told(client, firm, tab="life"):
    """The text of a firm's page."""
    return client.get(f"/admin/firms/{firm.pk}/?tab={tab}&all=1").content.decode()


@pytest.fixture
def wrong(drawn, cast):
    """A firm of the draw, inspected with one problem, the report approved."""
    case = drawn.cases.order_by("pk").first()
    reports.approve(inspect(case, ["A01.1"]), by=cast.head)
    case.refresh_from_db()
    return case


@pytest.fixture
def townsman(cast, bureau, wrong):
    """An account of the firm's town, and of no other."""
    return accounts.open_account(
        bureau, "town", "乡镇某", ["town"], password=PASSWORD, town=wrong.subject.town
    )


def test_the_list_says_class_last_visit_problems_and_cap(client, cast, wrong):
    client.force_login(cast.clerk)
    wrong.subject.category.yearly_cap = 2
    wrong.subject.category.save()
    page = client.get("/admin/firms/", {"q": wrong.subject.name})
    (row,) = page.context["rows"].object_list
    assert (row.visits, row.cap, row.wrong) == (1, 2, 1) and timezone.localdate(row.last)
    counts = {code: n for code, _, n, _ in page.context["tabs"]}
    assert counts["problems"] == 1 and counts[""] == Subject.objects.listed().count()
    for code, _, n, _ in page.context["tabs"]:
        shown = client.get("/admin/firms/", {"tab": code})
        assert shown.context["rows"].paginator.count == n, code
    book = load_workbook(io.BytesIO(client.get("/admin/firms/?tab=problems&as=xlsx").content)).active
    rows = list(book.values)
    assert len(rows) == 2 and rows[1][0] == wrong.subject.name and rows[1][-3:] == (1, 2, 1)


def test_an_empty_register_leads_to_the_import(client, cast):
    client.force_login(cast.clerk)
    page = client.get("/admin/firms/").content.decode()
    assert "名录里还没有企业" in page and "/admin/registries/subject/act/upload/" in page


def test_the_ticked_and_all_that_the_address_asks_for_go_to_an_act_on_many(client, cast, register):
    client.force_login(cast.clerk)
    town, some = register[0].town, list(register.filter(town=register[0].town)[:2])
    picked = {"action": "change_many", "_selected_action": [each.pk for each in some]}
    assert "共选 <b>2</b> 户" in client.post("/admin/firms/", picked).content.decode()
    every = {"action": "change_many", "select_across": "1"}
    page = client.post(f"/admin/firms/?town={town}", every).content.decode()
    assert f"共选 <b>{register.filter(town=town).count()}</b> 户" in page
    done = {"field": "grid", "value": "一格", "reason": "划片", "settled": "1"}
    client.post(f"/admin/firms/?town={town}", every | done)
    assert Subject.objects.filter(grid="一格").count() == register.filter(town=town).count()
    assert client.post("/admin/firms/", {"action": "take_out_many", "select_across": "1"}).status_code == 302
    assert not Subject.objects.exclude(left_on=None).exists()  # the clerk may not


def test_one_page_tells_all_in_order_across_renaming_and_merging(client, cast, wrong, released_after):
    firm = wrong.subject
    other = Subject.objects.filter(bureau=firm.bureau, category=firm.category).exclude(pk=firm.pk).first()
    renamed = Subject.objects.get(pk=firm.pk)
    renamed.name, renamed.former_name = "新名称机械厂", firm.name
    corrections.amend(renamed, {"name": firm.name, "former_name": ""}, by=cast.clerk, reason="变更登记")
    duplicates.merge(Subject.objects.get(pk=firm.pk), other, "同一执照", by=cast.head)
    client.force_login(cast.clerk)
    for page in (told(client, renamed), told(client, other)):
        for words in (
            "企业名称：",
            "变更登记",
            "检查报告第 1 稿",
            "抽查结果已公示",
            "参加抽取",
            "机会",
            "由文件",
        ):
            assert words in page, words
    assert "［新名称机械厂］" in told(client, other) and "新名称机械厂" in told(client, other)
    assert "条，未改 1 条" in told(client, other)
    found = moments.of(other, cast.clerk)
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    paper = client.get(f"/admin/firms/{other.pk}/?as=pdf")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert other.name in text and "新名称机械厂" in text and "检查报告第 1 稿" in text


@pytest.fixture
def released_after(wrong, cast):
    """The rest of the draw inspected, the result published, the files released."""
    from publicity.services import releases  # noqa: PLC0415

    publish(wrong.reports.get(), cast)
    for case in wrong.draw.cases.exclude(pk=wrong.pk):
        inspect(case)
    return releases.release(wrong.draw, by=cast.clerk)


def test_a_draw_that_is_not_released_is_not_among_those_it_stood_in(client, cast, wrong):
    client.force_login(cast.clerk)
    assert "参加抽取" not in told(client, wrong.subject)
    never = Subject.objects.filter(bureau=wrong.bureau, cases=None, category=wrong.subject.category).first()
    assert "还没有在已公开的抽取里出现过" in told(client, never)


def test_each_role_reads_what_it_may(client, cast, wrong, bureau):
    letters.hand_in(bureau, "report", "这家厂夜里动火", subject_said=wrong.subject.name)
    letters.accept(bureau.letter_set.get(), subject=wrong.subject, by=cast.clerk)
    client.force_login(cast.clerk)
    assert "来信：举报安全生产违法行为" in told(client, wrong.subject)
    client.force_login(cast.legal)  # no letters for the legal role
    assert "来信" not in told(client, wrong.subject)
    for name in ("officer", "auditor", "security"):
        client.force_login(Account.objects.get(username=name))
        assert client.get(f"/admin/firms/{wrong.subject.pk}/").status_code == 403, name
    client.force_login(cast.stranger)
    assert client.get(f"/admin/firms/{wrong.subject.pk}/").status_code == 404


def test_a_town_reads_its_own_firms_and_nothing_that_lies_ahead(client, cast, wrong, townsman):
    """汶上 四（一）: 加强对乡镇、有关部门的指导: what its enterprises have not put right, for reading
    only."""
    client.force_login(townsman)
    home = client.get("/admin/")
    assert home.status_code == 200 and [word for word, *_ in home.context["menu"]] == ["首页", "企业"]
    firm = wrong.subject
    # of a draw that is not released a town hears nothing: not that the firm was inspected, nor what was found
    assert Finding.objects.get().wording not in home.content.decode() and home.context["numbers"]["seen"] == 0
    assert (
        "现场检查" not in told(client, firm)
        and client.get("/admin/firms/?tab=problems").context["rows"].paginator.count == 0
    )
    elsewhere = Subject.objects.filter(bureau=firm.bureau).exclude(town=firm.town).first()
    assert client.get(f"/admin/firms/{elsewhere.pk}/").status_code == 404
    listed = client.get("/admin/firms/").context["rows"]
    assert listed.paginator.count == Subject.objects.listed().filter(town=firm.town).count()
    for path in (
        "/admin/cases/",
        "/admin/rounds/",
        "/admin/people/",
        "/admin/registries/subject/",
        "/admin/oversight/",
    ):
        assert client.get(path).status_code in (302, 403), path
    assert (
        client.post("/admin/firms/", {"action": "verify_many", "_selected_action": [firm.pk]}).status_code
        == 302
    )
    assert Subject.objects.get(pk=firm.pk).verified_on is None


def test_a_town_reads_what_is_to_be_put_right_once_the_draw_is_released(
    client, released_after, wrong, townsman
):
    client.force_login(townsman)
    home = client.get("/admin/").content.decode()
    assert Finding.objects.get().wording in home and wrong.subject.name in home
    page = told(client, wrong.subject)
    assert "现场检查" in page and "参加抽取" in page
    for seat in wrong.team():
        assert seat.inspector.name not in page.split('class="time"')[1].split("</ol>")[0]
    assert client.get("/admin/search/", {"q": wrong.subject.name}).status_code in (200, 302)
