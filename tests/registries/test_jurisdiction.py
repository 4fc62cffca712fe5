"""辖区: rows outside are named and stay out, what is undecided a person decides, and nobody
draws a neighbour's firm."""

import json
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from config.demo.invented import credit_code
from inspections.draw import pool
from inspections.models import TaskStratum
from inspections.watch import redflags
from registries import divisions
from registries.models import Bureau, Consent, ImportRun, JournalEntry, Subject
from registries.services import confirming, imports, jurisdiction

from ..walls import behind_the_walls
from .test_codes_in_files import doubtful_code
from .test_odd_files import text

pytestmark = pytest.mark.django_db
HEADERS = ["企业名称", "统一社会信用代码", "住所", "经营场所", "登记机关"]
WUSHEN = divisions.Area.of("150626", "乌审旗应急管理局")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("内蒙古自治区鄂尔多斯市乌审旗嘎鲁图镇", "150626"),
        ("乌审旗嘎鲁图镇", "150626"),
        ("内蒙古乌审旗图克镇", "150626"),
        ("内蒙古自治区伊克昭盟乌审旗", "150626"),
        ("鄂尔多斯市东胜区乌审街", "150602"),
        ("中国内蒙古鄂尔多斯东胜区铁西区", "150602"),
        ("鄂尔多斯市", "1506"),
        ("山东省济宁市汶上县", "370830"),
        ("吉林省吉林市昌邑区", "220202"),
        ("北京市朝阳区", "110105"),
        ("北京路12号", ""),
        ("青海路", ""),
        ("一路1号", ""),
        ("嘎鲁图镇达布察克路", ""),
        ("", ""),
    ],
)
def test_a_place_is_read_from_its_beginning(said, code):
    assert divisions.named_in(said, WUSHEN) == code


def test_what_a_beginning_has_said_is_what_it_says_again():
    """Beginnings are remembered (a city has 180,000 addresses): each text, cut and mixed, is read as if
    new."""
    dice, table = random.Random(15), divisions._table()
    names = [
        *dice.sample(sorted(table.whole), 60),
        *dice.sample(sorted(table.short), 30),
        "青原县",
        "中国",
        "，",
    ]
    for area in (WUSHEN, divisions.Area.of("990101", "青原县应急管理局")):
        for _ in range(4000):
            whole = "".join(dice.choices(names, k=dice.randint(0, 4))) + dice.choice(
                ["", "一路1号", "北京路", "县"]
            )
            said = whole[dice.randint(0, 1) : dice.randint(0, len(whole) + 3)]
            assert divisions.named_in(said, area) == divisions._read(said, area)[0], said
        assert len(divisions._KNOWN[area].said) > 100


@pytest.mark.parametrize(
    ("places", "verdict"),
    [
        (("乌审旗图克镇", "鄂尔多斯市东胜区"), "undecided"),
        (("鄂尔多斯市东胜区", "乌审旗"), "undecided"),
        (("", "乌审旗"), "ours"),
        (("", "东胜区"), "outside"),
        (("", "一路", "乌审旗市场监督管理局"), "ours"),
        (("", "一路", "东胜区市场监督管理局"), "outside"),
        (("", "一路", "鄂尔多斯市市场监督管理局", "91150602MA0NXYZQ1L"), "outside"),
        (("", "一路", "", "91150600MA0NXYZQ1L"), "ours"),
        (("", "一路", "", "91150626MA0NXYZQ1L"), "ours"),
        ((), "ours"),
    ],
)
def test_who_says_it_first_and_where_they_disagree(places, verdict):
    assert divisions.judge(WUSHEN, *places)[0] == verdict


def test_a_citys_and_an_invented_countys_own():
    city = divisions.Area.of("150600", "鄂尔多斯市应急管理局")
    assert (
        divisions.judge(city, "", "东胜区")[0] == "ours"
        and divisions.judge(city, "", "包头市昆都仑区")[0] == "outside"
    )
    invented = divisions.Area.of("990101", "青原县应急管理局")
    assert divisions.judge(invented, "", "青原县北山镇", "", "91150626MA0NXYZQ1L")[0] == "ours"
    assert divisions.judge(invented, "", "北山镇", "", "91150626MA0NXYZQ1L")[0] == "ours"
    assert divisions.judge(invented, "", "白河县一路")[0] == "outside"  # a real one is called so


def brought(cast):
    rows = [
        ["甲厂", credit_code(1), "青原县一路", "", ""],
        ["乙厂", credit_code(2), "鄂尔多斯市东胜区", "", ""],
        ["丙厂", credit_code(3), "青原县二路", "鄂尔多斯市东胜区", ""],
        ["丁厂", credit_code(4), "二路", "", "乌审旗市场监督管理局"],
    ]
    return imports.preview(text([HEADERS, *rows]), "名录.csv", by=cast.clerk)


def test_rows_outside_are_named_and_stay_lines(cast):
    run = brought(cast)
    assert (run.counts["new"], run.counts["outside"], run.counts["undecided"]) == (1, 2, 1)
    assert "辖区外 2 户，不写入名录：鄂尔多斯市东胜区 1 户，鄂尔多斯市乌审旗 1 户" in " ".join(
        jurisdiction.say(run)
    )
    assert run.lines.get(outcome="undecided").reason == "生产经营地址在鄂尔多斯市东胜区，住所在青原县"
    imports.apply(run, by=cast.clerk)
    assert [each.name for each in Subject.objects.all()] == ["甲厂"]


@pytest.mark.parametrize("is_applied", [False, True])
def test_a_person_decides_before_or_after(cast, client, is_applied):
    run = brought(cast)
    if is_applied:
        imports.apply(run, by=cast.clerk)
    client.force_login(cast.clerk)
    page = f"/admin/registries/importrun/{run.pk}/act/area/"
    asked = client.get(page).content.decode()
    assert asked.index("丙厂") < asked.index("乙厂")  # what is open comes first
    lines = dict(run.lines.values_list("name", "pk"))
    client.post(page, {"lines": [lines["丙厂"], lines["丁厂"]], "is_ours": "yes", "reason": "实地核查"})
    client.post(page, {"lines": [lines["乙厂"]], "is_ours": "no", "reason": "在东胜"})
    run.refresh_from_db()
    assert run.counts["undecided"] == 0 and run.counts["outside"] == 1
    if not is_applied:
        imports.apply(run, by=cast.clerk)
    assert {each.name: each.area for each in Subject.objects.all()} == {
        "甲厂": "",
        "丙厂": "ours",
        "丁厂": "ours",
    }
    assert all(each.codes.count() == 1 for each in Subject.objects.all())
    entry = JournalEntry.objects.filter(action="import.area_decided").order_by("seq").first()
    assert json.loads(entry.facts)["reason"] == "实地核查" and jurisdiction.strangers(cast.clerk.bureau) == []
    imports.undo(run, by=cast.clerk)
    assert not Subject.objects.listed().exists()


def test_after_an_import_the_way_goes_on(cast, client):
    """Outside, class with the names to tick, town, section, what is missing: each step with its
    page, until none is left."""
    run = brought(cast)
    client.force_login(cast.clerk)
    page = f"/admin/registries/importrun/{run.pk}/change/"
    assert "应用到名录以后" in client.get(page).content.decode()
    imports.apply(run, by=cast.clerk)
    told = client.get(page).content.decode()
    for step in (
        "认定辖区</a>（3 户）",
        "按规则建议</a>（1 户）",
        "没有乡镇的，批量更正或补填</a>（1 户）",
        "没有责任股室",
    ):
        assert step in told, step
    Subject.objects.update(proposed_category=cast.clerk.bureau.category_set.first(), proposed_for="机械")
    told = client.get("/admin/registries/subject/act/confirm_some/").content.decode()
    assert "甲厂 → " in told
    (subject,) = Subject.objects.all()
    client.post("/admin/registries/subject/act/confirm_some/", {"chosen": [subject.pk]})
    subject.refresh_from_db()
    assert subject.category and "逐户勾选确认" not in client.get(page).content.decode()


def test_a_code_that_came_in_meanwhile_is_said(cast):
    run = brought(cast)
    imports.apply(run, by=cast.clerk)
    other = imports.preview(
        text([HEADERS, ["丙厂", credit_code(3), "青原县二路", "", ""]]), "b.csv", by=cast.clerk
    )
    imports.apply(other, by=cast.clerk)
    line = run.lines.get(outcome="undecided")
    assert jurisdiction.decide_rows(run, [line.pk], True, "核查", by=cast.clerk) == 1
    line.refresh_from_db()
    assert (line.outcome, line.reason) == ("unchanged", "已在名录中")
    assert (
        Subject.objects.filter(name="丙厂").count() == 1
        and not run.lines.filter(outcome="undecided").exists()
    )
    # a second time decides nothing
    assert jurisdiction.decide_rows(run, [line.pk], True, "核查", by=cast.clerk) == 0


def test_one_called_the_same_elsewhere_is_another(cast):
    imports.apply(
        imports.preview(text([HEADERS, ["甲厂", "", "青原县一路", "", ""]]), "a.csv", by=cast.clerk),
        by=cast.clerk,
    )
    again = [["甲厂", "", "鄂尔多斯市东胜区", "", ""], ["甲厂", credit_code(9), "鄂尔多斯市乌审旗", "", ""]]
    run = imports.preview(text([HEADERS, *again]), "b.csv", by=cast.clerk)
    assert run.counts["outside"] == 2 and run.counts.get("changed", 0) == 0
    imports.apply(run, by=cast.clerk)
    assert Subject.objects.get().address == "青原县一路"


def test_a_doubtful_code_still_waits_for_the_licence_and_outside_is_outside(cast):
    odd = doubtful_code()
    run = imports.preview(text([HEADERS, ["甲厂", odd, "青原县一路", "东胜区", ""]]), "a.csv", by=cast.clerk)
    imports.apply(run, by=cast.clerk)
    line = run.lines.get()
    jurisdiction.decide_rows(run, [line.pk], True, "核查", by=cast.clerk)
    line.refresh_from_db()
    assert line.outcome == "doubtful" and not Subject.objects.exists()
    assert imports.confirm(run, [line.pk], by=cast.clerk) == 1 and Subject.objects.get().credit_code == odd
    other = brought(cast)
    line = other.lines.get(outcome="undecided")
    jurisdiction.decide_rows(other, [line.pk], False, "核查", by=cast.clerk)
    line.refresh_from_db()
    assert (line.outcome, line.place) == ("outside", "人工认定")
    assert not jurisdiction.open_rows(other).filter(pk=line.pk).exists()


def test_a_county_that_was_renamed_is_the_same():
    zhangqiu = divisions.Area.of("370114", "章丘区应急管理局")
    assert divisions.judge(zhangqiu, "", "山东省济南市章丘市双山街")[0] == "ours"
    assert divisions.judge(zhangqiu, "", "", "", "91370181MA0NXYZQ1L")[0] == "ours"
    # the national office's own
    assert divisions.judge(zhangqiu, "", "", "", "91100000MA0NXYZQ1L")[0] == "ours"
    assert divisions.judge(zhangqiu, "", "济南市历城区")[0] == "outside"


def test_the_way_goes_on_until_nobody_is_left(cast, client):
    run = brought(cast)
    imports.apply(run, by=cast.clerk)
    client.force_login(cast.clerk)
    page = f"/admin/registries/importrun/{run.pk}/change/"
    assert "认定辖区" in client.get(page).content.decode()
    client.post(
        f"/admin/registries/importrun/{run.pk}/act/area/",
        {"more": "丙厂\n没有的厂", "is_ours": "yes", "reason": "核查"},
    )
    assert jurisdiction.open_rows(run).count() == 3  # a name that nobody finds: nothing is decided
    jurisdiction.decide_rows(
        run, [line.pk for line in jurisdiction.open_rows(run)], False, "核查", by=cast.clerk
    )
    assert not jurisdiction.open_rows(run).exists()


def test_one_that_is_registered_stands_in_the_pool_as_out_of_area(sealed, make_task, cast, client):
    task = make_task()
    stratum = TaskStratum.objects.filter(task=task).first()
    free, torn = Subject.objects.listed().filter(category=stratum.category)[:2]
    with behind_the_walls():
        Subject.objects.filter(pk=free.pk).update(address="鄂尔多斯市东胜区")
        Subject.objects.filter(pk=torn.pk).update(
            address="青原县一路", premises="乌审旗", entered_on="2020-01-01"
        )
    rows = {row[0]: row[3] for row in pool.build(task).rows}
    assert rows[free.ref] == rows[torn.ref] == "X:area"
    facts = pool.public_facts(pool.build(task), task)
    assert sum(each["counts"].get("X:area", 0) for each in facts["strata"]) == 2
    flags = [flag for flag in redflags.of(task.bureau) if flag.kind == "辖区"]
    assert len(flags) == 1 and torn.name in flags[0].text and flags[0].grave
    client.force_login(cast.head)
    page = client.get("/admin/registries/subject/act/strangers/").content.decode()
    assert free.name in page and "鄂尔多斯市东胜区" in page and "认定辖区" in page
    client.post(f"/admin/registries/subject/{torn.pk}/act/area/", {"is_ours": "yes", "reason": "就在青原"})
    confirming.confirm(Consent.objects.get(kind="edit"), by=cast.supervisor)  # a task is on its way
    client.force_login(cast.clerk)
    answer = client.post(
        f"/admin/registries/subject/{free.pk}/act/area/", {"is_ours": "yes", "reason": "就在青原"}
    )
    assert answer.status_code == 403
    rows = {row[0]: row[3] for row in pool.build(task).rows}
    assert rows[free.ref] == "X:area" and rows[torn.ref] != "X:area"


def test_undecided_for_a_month_is_a_red_flag(cast):
    run = brought(cast)
    assert not [flag for flag in redflags.of(cast.clerk.bureau) if flag.kind == "辖区"]
    ImportRun.objects.update(compared_at=timezone.now() - timedelta(days=31))
    (flag,) = [flag for flag in redflags.of(cast.clerk.bureau) if flag.kind == "辖区"]
    assert "1 户辖区未定已过 30 日" in flag.text
    lines = list(run.lines.filter(outcome="undecided").values_list("pk", flat=True))
    jurisdiction.decide_rows(run, lines, False, "在东胜", by=cast.clerk)
    assert not [flag for flag in redflags.of(cast.clerk.bureau) if flag.kind == "辖区"]


def test_every_bureau_has_the_reason(cast):
    for bureau in Bureau.objects.all():
        assert bureau.reason_set.filter(kind="exclusion", code="area").exists()
