"""The wide columns of a register: what files write, what the register holds, and what is refused with its reason."""

import pytest

from config import demo
from registries.columns import CHOICES, SUBJECT_HEADERS
from registries.models import Section, Subject
from registries.services import imports

pytestmark = pytest.mark.django_db
HEAD = "单位名称,信用代码,企业规模,风险等级,标准化等级,生产状态,监管层级,是否重点,监管分类,责任股室,从业人数,安全员电话,行业代码"


def brought(by, *rows):
    text = "\n".join([HEAD, *rows])
    return imports.preview(text.encode(), "宽表.csv", by=by)


def test_the_words_of_files_become_the_registers(bureau, cast):
    Section.objects.create(bureau=bureau, code="01", name="矿山股")
    code = demo.credit_code(1)
    run = brought(
        cast.clerk,
        f"甲厂,{code},小型企业,橙色,三级达标,停产,旗县级,是,非煤矿山,01,约1，200人,１３９,B1011".replace("，", ""),
    )
    imports.apply(run, by=cast.clerk)
    firm = Subject.objects.get()
    assert (firm.size, firm.risk, firm.standard, firm.production) == ("小型", "较大", "三级", "stopped")
    assert (firm.level, firm.is_key, firm.category.name, firm.section.name) == ("县级", True, "非煤矿山", "矿山股")
    assert (firm.employees, firm.safety_phone, firm.industry_code) == (1200, "139", "B1011")
    same = brought(cast.clerk, f"甲厂,{code},小型,较大,三级,停产,县级,是,非煤矿山,矿山股,1200,139,B1011")
    assert same.counts["unchanged"] == 1
    changed = brought(cast.clerk, f"甲厂,{code},,,,,,否,工贸-机械,,7,,")
    assert changed.lines.get(outcome="changed").values == {
        "is_key": [True, False], "category": ["非煤矿山", "工贸-机械"], "employees": [1200, 7],
    }  # fmt: skip
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
    code = demo.credit_code(1)
    imports.apply(imports.preview(f"名称,信用代码\n甲厂,{code}\n".encode(), "a.csv", by=cast.clerk), by=cast.clerk)
    run = imports.preview(f"名称,信用代码,成立日期,人数\n甲厂,{code},2020-01-02,9\n".encode(), "b.csv", by=cast.clerk)
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
