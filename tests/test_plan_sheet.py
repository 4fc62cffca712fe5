"""年度计划 as one sheet: begun from the register or from last year's, written in one go, held against days,
share and rounds; the year as a calendar; an adjustment with its reason; what two versions differ in."""

import io

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from config.office.roundform import RoundForm
from inspections.models import Plan, PlanLine
from inspections.plan import plans, sheet
from inspections.watch import progress, yeargrid
from registries.models import JournalEntry, Subject
from registries.services import handing

from .staircase import inspect, refused_with

pytestmark = pytest.mark.django_db
NEXT = timezone.localdate().year + 1


@pytest.fixture
def drafted(register, cast):
    """Next year's plan as it is begun from the register."""
    return sheet.draft(NEXT, by=cast.clerk)


def row_of(plan, title):
    return next(each for each in sheet.rows(plan) if each.title == title)


def said(plan, **months):
    """What the page sends: every row as it stands, those named with other months."""
    return [
        {
            "line": row.line.pk if row.line else None,
            "kind": row.kind,
            "title": row.title,
            "category": row.category.pk if row.category else None,
            "months": list(months.get(row.title, row.months).items()),
        }
        for row in sheet.rows(plan)
    ]


def write(plan, cast, days=None, facts=None, more=(), **months):
    return sheet.write(plan, [*said(plan, **months), *more], days or {}, facts or {}, by=cast.clerk)


def test_it_begins_from_the_register_with_two_rounds_for_each_class(drafted):
    """汶上 二（四）: 每年两次随机抽查."""
    for row in sheet.rows(drafted):
        assert sorted(row.months) == [4, 9] and row.months[4] == -(-row.fit // 20), row.title
    assert {row.title for row in sheet.rows(drafted)} == set(
        Subject.objects.exclude(category=None).values_list("category__name", flat=True)
    )
    told = sheet.totals(drafted)
    assert told["visits"] == told["random"] and told["share"] == 100.0 and drafted.days.count() == 16


def test_the_whole_sheet_is_written_in_one_go_and_adds_up(drafted, cast):
    special = {"line": None, "kind": "special", "title": "复工复产", "category": None, "months": [(2, 12)]}
    days = {each.pk: 30 for each in drafted.days.all()}
    before = JournalEntry.objects.filter(action="plan.sheet_written").count()
    write(
        drafted,
        cast,
        days,
        {"rounds": 2, "random_share": 40},
        [special],
        **{"工贸-机械": {3: 5, 10: 6}, "烟花爆竹": {}},
    )
    plan = Plan.objects.get(pk=drafted.pk)
    assert row_of(plan, "工贸-机械").months == {3: 5, 10: 6} and row_of(plan, "复工复产").total == 12
    line = PlanLine.objects.get(plan=plan, title="工贸-机械")
    assert (line.count, line.months, sheet.planned(line)) == (11, "3月 5 户，10月 6 户", 11)
    assert row_of(plan, "烟花爆竹").line is None  # emptied: it left the plan, and may come back
    told = sheet.totals(plan)
    assert (
        told["visits"] == sum(row.total for row in sheet.rows(plan)) and told["needed"] == 2 * told["visits"]
    )
    assert told["load"].enforcement + told["load"].other == 30 * 16 and plan.random_share == 40
    assert JournalEntry.objects.filter(action="plan.sheet_written").count() == before + 1
    for wrong in ({13: 1}, {4: -1}):
        with refused_with("sheet_wrong"):
            write(plan, cast, **{"工贸-机械": wrong})
    with refused_with("not_allowed"):
        sheet.write(plan, said(plan), {}, {}, by=cast.head)


def test_what_does_not_fit_is_said(drafted, cast):
    many = row_of(drafted, "工贸-机械").fit + 1
    special = {"line": None, "kind": "key", "title": "大排查", "category": None, "months": [(5, 900)]}
    write(drafted, cast, {}, {"random_share": 90}, [special], **{"工贸-机械": {4: many}})
    plan = Plan.objects.get(pk=drafted.pk)
    rows = sheet.rows(plan)
    found = "；".join(sheet.warnings(plan, rows, sheet.totals(plan, rows)))
    for words in (
        "低于 90%",
        "工作日不够",
        "工贸-机械只排了 1 轮，应有 2 轮",
        f"工贸-机械一轮 {many} 户，名录里可抽的只有",
    ):
        assert words in found, words


def test_the_page_saves_the_sheet_and_gives_it_as_a_workbook(client, cast, drafted):
    client.force_login(cast.clerk)
    way = f"/admin/plans/{drafted.pk}/"
    page = client.get(f"{way}?tab=sheet")
    rows = page.context["rows"]
    data = {
        "rows": str(len(rows) + 3),
        "title": "明年的计划",
        "text": "",
        "rounds": "2",
        "random_share": "30",
    }
    data |= {"key_least": "1", "specials": "", "staff": ""}
    for row in rows:
        data |= {f"line-{row.n}": row.line.pk, f"kind-{row.n}": row.kind, f"title-{row.n}": row.title}
        data |= {f"category-{row.n}": row.category.pk}
        data |= {f"month-{row.n}": ["6", ""], f"number-{row.n}": ["7", ""]}
    n = len(rows)
    data |= {f"kind-{n}": "key", f"title-{n}": "重点单位", f"month-{n}": ["7"], f"number-{n}": ["36"]}
    assert client.post(f"{way}?tab=sheet", data).status_code == 302
    plan = Plan.objects.get(pk=drafted.pk)
    assert plan.title == "明年的计划" and {row.total for row in sheet.rows(plan)} == {7, 36}
    assert (
        client.post(f"{way}?tab=sheet", data | {"rounds": "0"}).status_code == 200
    )  # said, and nothing lost
    book = list(load_workbook(io.BytesIO(client.get(f"{way}?as=xlsx").content)).active.values)
    assert book[-1][0] == "合计" and book[-1][-1] == sheet.totals(plan)["visits"]
    client.force_login(cast.stranger)
    assert client.get(way).status_code == 404


def test_it_is_begun_from_last_years_and_held_against_it(cast, drafted, client):
    write(drafted, cast, {each.pk: 3 for each in drafted.days.all()}, **{"工贸-机械": {5: 9}})
    after = sheet.draft(NEXT + 1, by=cast.clerk, like=Plan.objects.get(pk=drafted.pk))
    assert row_of(after, "工贸-机械").months == {5: 9} and {each.days for each in after.days.all()} == {3}
    assert sheet.difference(drafted, after) == [
        ("计划名称", f"{NEXT} 年度安全生产监督检查计划", f"{NEXT + 1} 年度安全生产监督检查计划")
    ]
    client.force_login(cast.clerk)
    made = client.post("/admin/plans/new/", {"year": NEXT + 2, "like": drafted.pk})
    assert made.status_code == 302 and Plan.objects.get(year=NEXT + 2).lines.count() == drafted.lines.count()
    client.force_login(cast.head)
    assert client.post("/admin/plans/new/", {"year": NEXT + 3}).status_code == 302
    assert not Plan.objects.filter(year=NEXT + 3).exists()


def test_an_adjustment_has_a_reason_and_shows_what_it_changes(cast, drafted, client):
    handing.hand_in(drafted, "inspections.change_plan", by=cast.clerk, require_whole=plans.require_whole)
    plans.publish(plans.approve(drafted, by=cast.head), by=cast.clerk)
    adjusted = plans.adjust(Plan.objects.get(pk=drafted.pk), "人手减少", by=cast.clerk)
    write(adjusted, cast, **{"工贸-机械": {4: 3, 9: 1}})
    old = row_of(drafted, "工贸-机械").line.months
    assert (
        "工贸-机械",
        f"{row_of(drafted, '工贸-机械').total} 户次，{old}",
        "4 户次，4月 3 户，9月 1 户",
    ) in (sheet.difference(Plan.objects.get(pk=drafted.pk), adjusted))
    client.force_login(cast.head)
    page = client.get(f"/admin/plans/{adjusted.pk}/?tab=versions").content.decode()
    assert "人手减少" in page and "<ins>4 户次，4月 3 户，9月 1 户</ins>" in page
    assert "有一份调整稿" in client.get(f"/admin/plans/{drafted.pk}/").content.decode()
    with refused_with("stale"):
        write(Plan.objects.get(pk=drafted.pk), cast)


def test_the_year_as_a_calendar_sets_what_was_arranged_beside_what_was_planned(drawn, plan, cast):
    month = timezone.localdate().month
    case = drawn.cases.filter(subject__category__name="烟花爆竹").first()
    number = drawn.cases.filter(subject__category__name="烟花爆竹").count()
    line = PlanLine(plan=plan, number=1, title="烟花爆竹", category=case.subject.category)
    line.schedule, line.count = {str(month): number + 1}, number + 1
    Plan.objects.filter(pk=plan.pk)
    from .walls import behind_the_walls  # noqa: PLC0415

    with behind_the_walls():
        line.save()
    (cells,) = [cells for title, cells, _ in yeargrid.of(plan, sheet.rows(plan)) if title == "烟花爆竹"]
    assert (cells[month - 1]["planned"], cells[month - 1]["arranged"], cells[month - 1]["mark"]) == (
        number + 1,
        number,
        "going",
    )
    for each in drawn.cases.filter(subject__category__name="烟花爆竹"):
        inspect(each)
    (cells,) = [cells for title, cells, _ in yeargrid.of(plan, sheet.rows(plan)) if title == "烟花爆竹"]
    assert cells[month - 1]["mark"] == "done" and cells[month - 1]["done"] == number
    # and the next round's form is filled in with what the plan asks for
    form = RoundForm(bureau=plan.bureau)
    assert form.initial[f"n{case.subject.category_id}"] == number + 1


def test_the_tab_of_key_units_lists_those_that_the_plan_counts(client, cast, register, plan):
    Subject.objects.filter(
        pk__in=list(register.filter(production="normal").values_list("pk", flat=True)[:3])
    ).update(is_key=True)
    (least,) = progress.of(plan).leasts
    client.force_login(cast.clerk)
    shown = client.get("/admin/firms/?tab=key-open").context["rows"]
    assert {each.pk for each in shown.object_list} == {each.pk for each in least.open} and len(
        least.open
    ) == 3


def test_what_is_refused_stays_as_it_was_typed(client, cast, drafted):
    client.force_login(cast.clerk)
    rows = sheet.rows(drafted)
    n = len(rows)
    posted = {"rows": n + 3, f"kind-{n}": "special", f"title-{n}": "烟花旺季专项"}
    posted |= {f"month-{n}": "", f"number-{n}": "5", "month-0": "7", "number-0": "9"}
    posted |= {"title": drafted.title, "rounds": "2", "random_share": "30", "key_least": "1", "staff": "0"}
    posted |= {f"line-{i}": row.line.pk for i, row in enumerate(rows) if row.line}
    page = client.post(f"/admin/plans/{drafted.pk}/?tab=sheet", posted)
    assert page.status_code == 200 and 'value="烟花旺季专项"' in page.content.decode()
    assert page.context["extra"][0]["cells"][0] == ("", "5")
    assert page.context["rows"][0].cells[0] == (7, "9")
    assert any("只写了月份，或者只写了户数" in str(each) for each in page.context["messages"])
    assert sheet.rows(Plan.objects.get(pk=drafted.pk))[0].months == rows[0].months


def test_a_short_sheet_has_as_many_empty_rows_as_a_long_one(client, cast, bureau):
    made = Plan.objects.create(bureau=bureau, year=NEXT, title="计划", drafted_by=cast.clerk)
    client.force_login(cast.clerk)
    for n in range(3):
        page = client.get(f"/admin/plans/{made.pk}/?tab=sheet")
        assert [each["n"] for each in page.context["extra"]] == [n, n + 1, n + 2]
        PlanLine.objects.create(plan=made, number=n + 1, kind="special", title=f"专项 {n}", schedule={"5": 3})


def test_more_than_there_are_is_not_handed_in(cast, drafted):
    line = drafted.lines.first()
    PlanLine.objects.filter(pk=line.pk).update(schedule={"3": 100_000})
    with refused_with("sheet_beyond"):
        handing.hand_in(drafted, "inspections.change_plan", by=cast.clerk, require_whole=plans.require_whole)


def test_no_second_plan_is_begun_beside_a_published_one(cast, plan):
    with refused_with("plan_year_taken"):
        sheet.draft(plan.year, by=cast.clerk)
