"""Registers out and in again; people from a small table."""

import io

import pytest
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from registries import exports
from registries.admin import export
from registries.errors import DomainError
from registries.models import Certificate, Inspector, JournalEntry, Section, Subject
from registries.services import imports, people

pytestmark = pytest.mark.django_db


def taken(client, url):
    entries = JournalEntry.objects.count()
    asked = client.get(url)
    assert "行，将存成" in asked.content.decode() and JournalEntry.objects.count() == entries
    answer = client.post(url)
    assert JournalEntry.objects.count() == entries + 1
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_an_exported_register_comes_in_again_unchanged(client, cast, register):
    client.force_login(cast.clerk)
    Subject.objects.filter(pk=register[0].pk).update(
        is_key=True, production="stopped", employees=7, phone="13911112222"
    )
    answer, data = taken(client, "/admin/registries/subject/act/export/")
    assert "xlsx" in answer["Content-Disposition"]
    run = imports.preview(data, "again.xlsx", by=cast.clerk)
    assert (
        run.counts["unchanged"] == register.count()
        and not run.counts["changed"]
        and not run.counts["refused"]
    )
    assert b"13911112222" not in b"".join(
        map(str.encode, map(str, load_workbook(io.BytesIO(data)).active.values))
    )
    assert cast.clerk.bureau.journalentry_set.filter(action="register.exported").count() == 1


def test_an_export_has_the_lists_filters_and_no_formula(client, cast, register, monkeypatch):
    client.force_login(cast.clerk)
    Subject.objects.filter(pk=register[0].pk).update(name="=1+1", search="=1+1 evil")
    _, data = taken(client, "/admin/registries/subject/act/export/?q=evil")
    (_, row) = load_workbook(io.BytesIO(data)).active.iter_rows()
    assert (row[0].value, row[0].data_type) == ("=1+1", "s")
    monkeypatch.setattr(export, "WORKBOOK", 0)
    answer, data = taken(client, "/admin/registries/subject/act/export/?q=evil")
    assert answer["Content-Type"].startswith("text/csv") and data.decode("utf-8-sig").splitlines()[
        1
    ].startswith("'=1+1")
    client.force_login(cast.auditor)
    assert client.get("/admin/registries/subject/act/export/").status_code == 403


def test_a_long_csv_comes_in_pieces():
    pieces = list(exports.csv_lines([n, "甲"] for n in range(1200)))
    assert len(pieces) == 3 and b"".join(pieces) == exports.csv_bytes([n, "甲"] for n in range(1200))


HEAD = [
    "名录编号",
    "姓名",
    "股室",
    "身份",
    "专业",
    "可任组长",
    "执法证号",
    "发证机关",
    "发证日期",
    "有效期至",
]


def sheet(*rows):
    book = Workbook()
    for row in [HEAD, *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_people_come_in_from_a_table_checked_first(bureau, cast):
    Section.objects.create(bureau=bureau, code="01", name="综合股")
    data = sheet(
        ["R1", "赵某甲", "综合股", "", "工贸、烟花爆竹", "是", "Z001", "某厅", "2024年1月5日", "2029-01-04"],
        ["R2", "钱某乙", "综合股", "专家", "", "", "", "", "", ""],
    )
    told, is_sound = people.bring(data, "人员.xlsx", by=cast.clerk)
    assert is_sound, told
    assert told == ["新增 2 人，变更 0 人，无变化 0 人。"] and not Inspector.objects.exists()
    people.bring(data, "人员.xlsx", by=cast.clerk, writes=True)
    one = Inspector.objects.get(ref="R1")
    assert (one.bureau, one.may_lead, one.duty) == (bureau, True, "officer")
    assert sorted(each.name for each in one.skills.all()) == ["工贸", "烟花爆竹"]
    held = Certificate.objects.get()
    assert (held.number, str(held.issued_on), str(held.expires_on)) == ("Z001", "2024-01-05", "2029-01-04")
    assert Inspector.objects.get(ref="R2").duty == "expert"
    again, _ = people.bring(data, "人员.xlsx", by=cast.clerk, writes=True)
    assert again == ["新增 0 人，变更 0 人，无变化 2 人。"] and Certificate.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["R1", "", "综合股"], "第 2 行：没有姓名"),
        (["R1", "甲", "综合股", "临时工"], "身份“临时工”不认得"),
        (["R1", "甲", "综合股", "", "炼金"], "没有“炼金”这个专业"),
        (["R1", "甲", "综合股", "", "", "", "Z1", "", "2029-01-01", "2024-01-01"], "先后不颠倒"),
        (["R1", "甲", "综合股", "", "", "", "Z1", "", "去年", "2024-01-01"], "日期“去年”读不懂"),
    ],
)
def test_one_bad_row_keeps_all_out_and_is_named(client, bureau, cast, row, told):
    Section.objects.create(bureau=bureau, code="01", name="综合股")
    good = ["R9", "乙", "综合股"]
    faults, is_sound = people.bring(sheet(row, good), "人员.xlsx", by=cast.clerk, writes=True)
    assert not is_sound and any(told in each for each in faults) and not Inspector.objects.exists()
    client.force_login(cast.clerk)
    file = io.BytesIO(sheet(row, good))
    file.name = "人员.xlsx"
    assert (
        "没有写入"
        in client.post(
            "/admin/registries/inspector/act/bring/", {"file": file, "writes": "on"}
        ).content.decode()
    )


def test_a_section_that_is_not_there_is_made_with_the_table_and_only_with_it(bureau, cast):
    told, is_sound = people.bring(sheet(["", "甲", "新股"], ["", "乙", "新股"]), "人员.xlsx", by=cast.clerk)
    assert is_sound and "新建股室：新股。" in told and not Section.objects.exists()
    assert "2 人没有写名录编号，由系统接着编。" in told and not Inspector.objects.exists()
    people.bring(sheet(["", "甲", "新股"], ["", "乙", "新股"]), "人员.xlsx", by=cast.clerk, writes=True)
    assert Section.objects.get().name == "新股"
    assert list(Inspector.objects.values_list("ref", "name")) == [("R01", "甲"), ("R02", "乙")]
    again, _ = people.bring(sheet(["", "甲", "新股", "", "工贸"]), "人员.xlsx", by=cast.clerk, writes=True)
    assert (
        again[-1] == "新增 0 人，变更 1 人，无变化 0 人。"
        and Inspector.objects.get(ref="R01").skills.get().name == "工贸"
    )
    faults, is_sound = people.bring(
        sheet(["", "丙", "又一股", "临时工"]), "人员.xlsx", by=cast.clerk, writes=True
    )
    assert not is_sound and "临时工" in faults[0] and Section.objects.count() == 1


def test_exported_people_come_in_again_unchanged(client, cast, inspectors):
    client.force_login(cast.clerk)
    _, data = taken(client, "/admin/registries/inspector/act/export/")
    told, is_sound = people.bring(data, "again.xlsx", by=cast.clerk, writes=True)
    assert is_sound and told == [f"新增 0 人，变更 0 人，无变化 {len(inspectors)} 人。"]


def test_a_table_without_its_columns_is_refused(cast):
    with pytest.raises(DomainError, match="columns_missing"):
        people.bring("姓名,电话\n甲,1\n".encode(), "a.csv", by=cast.clerk)


def test_people_leave_and_return_with_a_reason_by_the_head(cast, inspectors):
    with pytest.raises(DomainError, match="not_allowed"):
        people.take_out(inspectors[0], "退休", by=cast.clerk)
    gone = people.take_out(inspectors[0], "退休", by=cast.head)
    assert (gone.left_on, gone.left_reason) == (timezone.localdate(), "退休")
    assert people.bring_back(gone, by=cast.head).left_on is None


def test_a_table_of_three_columns_keeps_the_rest_and_brings_a_new_certificate(bureau, cast):
    Section.objects.create(bureau=bureau, code="01", name="综合股")
    row = ["R1", "赵某甲", "综合股", "辅助人员", "工贸", "是", "Z001", "某厅", "2024-01-05", "2029-01-04"]
    people.bring(sheet(row), "人员.xlsx", by=cast.clerk, writes=True)
    Inspector.objects.update(entered_on="2020-01-01", post="科员")
    told, _ = people.bring(
        "某县人员表,,\n* 名录编号,姓 名,股室：\nR1,赵某甲,综合股\n".encode(),
        "a.csv",
        by=cast.clerk,
        writes=True,
    )
    assert told == ["新增 0 人，变更 0 人，无变化 1 人。"]
    one = Inspector.objects.get()
    assert (one.duty, one.may_lead, one.post, str(one.entered_on)) == (
        "assistant",
        True,
        "科员",
        "2020-01-01",
    )
    assert [each.name for each in one.skills.all()] == ["工贸"]
    renewed = [*row[:6], "Z002", "某厅", "2029-01-01", "2034-01-01"]
    extended = [*row[:9], "2030-01-04"]
    for again in (renewed, extended):
        told, _ = people.bring(sheet(again), "人员.xlsx", by=cast.clerk, writes=True)
        assert told == ["新增 0 人，变更 1 人，无变化 0 人。"]
    held = set(one.certificates.values_list("number", "expires_on"))
    assert {(number, str(day)) for number, day in held} == {("Z001", "2030-01-04"), ("Z002", "2034-01-01")}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["R1", "甲", "综合股"], ["R1", "乙", "综合股"]], "不止一行"),
        ([["R1", "甲" * 51, "综合股"]], "姓名超过 50 字"),
        ([["R1", "甲", "双股"]], "有几个“双股”"),
    ],
)
def test_people_that_cannot_be_told_apart_or_kept(bureau, cast, rows, told):
    for code, name in (("01", "综合股"), ("02", "双股"), ("03", "双股")):
        Section.objects.create(bureau=bureau, code=code, name=name)
    faults, is_sound = people.bring(sheet(*rows), "人员.xlsx", by=cast.clerk, writes=True)
    assert not is_sound and told in faults[0] and not Inspector.objects.exists()
