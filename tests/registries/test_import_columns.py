"""The wide columns of a register: what files write, what the register holds, and what
is refused with its reason."""

import io

import pytest
from openpyxl import Workbook

from config.demo import invented
from registries.models import Section, Subject
from registries.services import imports
from registries.sheets.enterprises import CHOICES, SUBJECT_HEADERS

pytestmark = pytest.mark.django_db
HEAD = (
    "单位名称,信用代码,企业规模,风险等级,标准化等级,生产状态,监管层级,是否重点,监管分类,责任股室,从业"
    "人数,安全员电话,行业代码"
)


def brought(by, *rows):
    text = "\n".join([HEAD, *rows])
    return imports.preview(text.encode(), "宽表.csv", by=by)


def test_the_words_of_files_become_the_registers(bureau, cast):
    Section.objects.create(bureau=bureau, code="01", name="矿山股")
    code = invented.credit_code(1)
    run = brought(
        cast.clerk,
        f"甲厂,{code},小型企业,橙色,三级达标,停产,旗县级,是,非煤矿山,01,约1，200人,１３９,B1011".replace(
            "，", ""
        ),
    )
    imports.apply(run, by=cast.clerk)
    firm = Subject.objects.get()
    assert (firm.size, firm.risk, firm.standard, firm.production) == ("小型", "较大", "三级", "stopped")
    assert (firm.level, firm.is_key, firm.category.name, firm.section.name) == (
        "县级",
        True,
        "非煤矿山",
        "矿山股",
    )
    assert (firm.employees, firm.safety_phone, firm.industry_code) == (1200, "139", "B1011")
    same = brought(cast.clerk, f"甲厂,{code},小型,较大,三级,停产,县级,是,非煤矿山,矿山股,1200,139,B1011")
    assert same.counts["unchanged"] == 1
    changed = brought(cast.clerk, f"甲厂,{code},,,,,,否,工贸-机械,,7,,")
    assert changed.lines.get(outcome="changed").values == {
        "is_key": [True, False],
        "category": ["非煤矿山", "工贸-机械"],
        "employees": [1200, 7],
    }
    imports.apply(changed, by=cast.clerk)
    imports.undo(changed, by=cast.clerk)
    firm.refresh_from_db()
    assert (firm.is_key, firm.category.name, firm.employees) == (True, "非煤矿山", 1200)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("甲厂,,巨型,,,,,,,,,,", "规模“巨型”不认得，可写：大型、中型、小型、微型"),
        ("甲厂,,,,,,,大概,,,,,", "是否重点"),
        ("甲厂,,,,,,,,没有这类,,,,", "监管分类“没有这类”不在本机关的表中"),
        ("甲厂,,,,,,,,,,许多,,", "从业人员数“许多”不是人数"),
        ("甲厂,,,,,,,,,,,,Z9", "行业代码“Z9”"),
    ],
)
def test_what_is_not_understood_keeps_its_row_out_and_says_why(cast, row, told):
    run = brought(cast.clerk, row, "乙厂" + "," * 12)
    line = run.lines.get(outcome="refused")
    assert told in line.reason or told in line.reason.replace("重点单位", "是否重点")
    assert run.counts["new"] == 1
    back = list(imports.rejected(run))
    assert back[1][0] == "甲厂" and back[1][-1] == line.reason


def test_nothing_known_before_is_put_back_to_nothing(cast):
    """A column that was empty in every row goes back to empty: NULL is not text to the database."""
    code = invented.credit_code(1)
    imports.apply(
        imports.preview(f"名称,信用代码\n甲厂,{code}\n".encode(), "a.csv", by=cast.clerk), by=cast.clerk
    )
    run = imports.preview(
        f"名称,信用代码,成立日期,人数\n甲厂,{code},2020-01-02,9\n".encode(), "b.csv", by=cast.clerk
    )
    imports.apply(run, by=cast.clerk)
    imports.undo(run, by=cast.clerk)
    firm = Subject.objects.get()
    assert (firm.registered_on, firm.employees) == (None, None)


def test_every_column_and_choice_is_the_models_own():
    for field in SUBJECT_HEADERS:
        assert Subject._meta.get_field(field)
    for field, table in CHOICES.items():
        held = dict(Subject._meta.get_field(field).flatchoices)
        assert set(table) == (set(held) if held else {True, False})


def preview(cast, text, name="a.csv", encoding=""):
    data = text if isinstance(text, bytes) else text.encode()
    return imports.preview(data, name, by=cast.clerk, encoding=encoding)


def test_codes_under_a_header_that_does_not_say_so_are_found(cast):
    codes = [invented.credit_code(n) for n in (1, 2)]
    run = preview(cast, f"企业名称,主体码\n甲厂,{codes[0]}\n乙厂,{codes[1]}\n")
    assert run.mapping["credit_code"] == 1 and "第 2 列“主体码”的内容是信用代码" in run.told[0]
    imports.apply(run, by=cast.clerk)
    assert set(Subject.objects.values_list("credit_code", flat=True)) == set(codes)


def test_the_header_is_the_row_that_says_most(cast):
    run = preview(
        cast, f"单位名称：,清源县应急管理局,\n序号,企业名称,信用代码\n1,甲厂,{invented.credit_code(1)}\n"
    )
    assert run.lines.get(outcome="new").name == "甲厂"


def test_merged_cells_and_further_sheets_are_said(cast):
    book = Workbook()
    for row in [("名称", "乡镇"), ("甲厂", "北镇"), ("乙厂", None), ("丙厂", "南镇")]:
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.create_sheet("南片").append(["名称"])
    out = io.BytesIO()
    book.save(out)
    run = preview(cast, out.getvalue(), "a.xlsx")
    assert run.lines.get(name="乙厂").values["town"] == "北镇"
    assert "另有：南片" in " ".join(run.told) and "合并单元格" in " ".join(run.told)
    imports.apply(run, by=cast.clerk)


def test_semicolons_in_a_text_are_no_delimiter(cast):
    run = preview(cast, "名称,经营范围\n" + "".join(f"厂{n},采砂;制砖;运输;销售\n" for n in range(9)))
    assert run.counts["new"] == 9


def test_lines_of_another_encoding_are_refused_one_by_one(cast):
    good = "名称,经营范围\n" + "".join(f"甲{n}厂,生产销售有限公司经营\n" for n in range(90))
    data = good.encode("gb18030") + "鄂尔多斯市工厂,销售\n".encode() + "乙厂,生产\n".encode("gb18030")
    run = preview(cast, data)
    assert "乙厂" in set(run.lines.filter(outcome="new").values_list("name", flat=True))
    assert not run.lines.filter(outcome="new", name__regex="[\ue000-\uf8ff]").exists()
    assert run.lines.filter(outcome="refused", reason__contains="企业名称有无法识别的字").exists()
