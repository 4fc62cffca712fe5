"""Plan tables as bureaus publish them: understood where a cell says one thing, asked
about where it could be two."""

import io

import openpyxl
import pytest

from inspections.models import Plan, PlanLine
from inspections.plan import layouts, plans, tables

from ...staircase import refused_with

HEAD = ["序号", "检查事项", "检查对象", "抽查比例", "检查频次", "户数", "备注"]


def read(*rows, head=HEAD):
    """Rows under a header as csv; the lines."""
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *rows])
    return layouts.read(text.encode(), "计划.csv").lines


@pytest.mark.parametrize(
    ("cell", "rate"),
    [
        ("5%", 500),
        ("５％", 500),
        ("0.5%", 50),
        ("100%", 10_000),
        ("全覆盖", 10_000),
        ("比例5%", 500),
        ("12.25%", 1225),
    ],
)
def test_a_share_that_says_one_thing_is_taken(cell, rate):
    (line,) = read(["1", "某事项", "工贸", cell, "1次/年", "", ""])
    assert line.values["rate_bp"] == rate and not line.asks


@pytest.mark.parametrize(
    "cell",
    [
        "≥50%",
        "不低于5%",
        "5%-10%",
        "0.05",
        "5",
        "5‰",
        "约5%",
        "150%",
        "0%",
        "5%以上",
        "按上级要求",
        "百分之五",
        "M50%",
    ],
)
def test_a_share_that_could_be_two_things_is_asked(cell):
    (line,) = read(["1", "某事项", "工贸", cell, "1次/年", "", ""])
    assert line.values.get("rate_bp") is None and line.asks


@pytest.mark.parametrize(
    ("cell", "times"),
    [
        ("1次/年", 1),
        ("=1", 1),
        ("每年两次", 2),
        ("每年2次", 2),
        ("2", 2),
        ("1次/年/单位", 1),
        ("每月", 12),
        ("每季度", 4),
        ("每半年", 2),
        ("一年一次", 1),
        ("检查频次：1次/年；上限：2次/年", 1),
    ],
)
def test_a_frequency_that_says_one_thing_is_taken(cell, times):
    (line,) = read(["1", "某事项", "工贸", "5%", cell, "", ""])
    assert line.values["times"] == times and not line.asks


@pytest.mark.parametrize(
    "cell", [">=1", "≥1次", "1-2次", "每天", "每周", "三年一次", "至少1次", "根据需要", "不少于1次/年"]
)
def test_a_frequency_that_could_be_two_things_is_asked(cell):
    (line,) = read(["1", "某事项", "工贸", "5%", cell, "", ""])
    assert line.values.get("times") is None and line.asks


def test_counts_caps_and_two_kinds_in_one_cell():
    (line,) = read(["1", "某事项", "工贸", "", "检查频次：1次/年/单位 上限：2次/年/单位", "7户", ""])
    assert (line.values["count"], line.values["times"], line.values["cap"]) == (7, 1, 2) and not line.asks
    (line,) = read(["1", "某事项", "工贸", "5%", "1", "1户(以实际为准)", ""])
    assert "count" not in line.values and "是按 1 户计吗" in line.asks[0]
    key, drawn = read(
        [
            "1",
            "矿山",
            "共58家,确定检查11家重点检查矿山,“双随机”检查3家",
            "",
            "1",
            "",
            "重点检查、“双随机”检查",
        ]
    )
    assert (key.values["kind"], key.values["count"]) == ("key", 11)
    assert (drawn.values["kind"], drawn.values["count"], drawn.values["base"]) == ("random", 3, 58)


def test_the_cell_above_and_what_is_missing():
    first, second = read(
        ["1", "某事项", "工贸", "5%", "1", "", ""], ["2", "又一事项", "同上", "", "1", "", ""]
    )
    assert second.values["objects_text"] == "工贸" and "没有写抽查比例" in second.asks[0] and not first.asks
    with refused_with("plan_line_empty"):
        layouts.read("甲,乙\n1,2".encode(), "x.csv")


def test_a_workbook_with_numbers_reads_the_same():
    book = openpyxl.Workbook()
    book.active.append(["2026年双随机抽查计划表"])
    book.active.append(HEAD)
    book.active.append([1, "某事项", "工贸", "5%", 1, 7, None])
    book.active.append([2, "又一事项", "工贸", 0.05, 1, None, None])
    out = io.BytesIO()
    book.save(out)
    plain, asked = layouts.read(out.getvalue(), "计划.xlsx").lines
    assert (plain.values["rate_bp"], plain.values["times"], plain.values["count"], plain.asks) == (
        500,
        1,
        7,
        [],
    )
    assert "5%" in asked.asks[0] and "rate_bp" not in asked.values


@pytest.mark.django_db
def test_a_plan_with_open_questions_is_not_approved(bureau, cast):
    plan = Plan.objects.create(bureau=bureau, year=2027, title="计划", drafted_by=cast.clerk)
    data = (
        "检查事项,检查对象,抽查比例,频次\n机械企业检查,工贸-机械,≥5%,1次/年\n其他检查,工贸,5%,1次/年\n"
    ).encode()
    assert tables.bring(plan, data, "计划.csv", by=cast.clerk) == (2, 1, [])
    line = plan.lines.get(number=1)
    assert line.category.name == "工贸-机械" and line.cells["抽查比例"] == "≥5%"
    with refused_with("plan_lines_asked"):
        plans.approve(plan, by=cast.head)
    with refused_with("plan_line_unanswered"):
        tables.settle(line, by=cast.clerk)
    PlanLine.objects.filter(pk=line.pk).update(rate_bp=500)
    line.refresh_from_db()
    tables.settle(line, by=cast.clerk)
    assert plans.approve(plan, by=cast.head).status == "approved"
    with refused_with("stale"):
        tables.bring(plan, data, "计划.csv", by=cast.clerk)


def test_the_published_tables_lose_no_row_and_guess_nothing(real_data):
    wanted = {
        "beijing-template-2016.csv": 4,
        "dongsheng-meteo-2024.csv": 2,
        "longyan-2025.csv": 5,
        "shanggao-2023.csv": 7,
        "shiquan-list.csv": 7,
        "yiyuan-health-2023.csv": 1,
    }
    for name, count in wanted.items():
        lines = layouts.read((real_data / "published" / name).read_bytes(), name).lines
        assert len(lines) == count, name
        for line in lines:
            assert line.asks or line.values.get("rate_bp") or line.values.get("count"), (name, line)
    (yiyuan,) = layouts.read((real_data / "published/yiyuan-health-2023.csv").read_bytes(), "y.csv").lines
    assert "rate_bp" not in yiyuan.values and "5%" in yiyuan.asks[0]


def table(text):
    return layouts.read(text.encode(), "计划.csv")


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("检查频次（次/月）", "1"),
        ("抽查频次（每季度）", "1次"),
        ("检查周期（年）", "2"),
        ("检查频次（上限）", "2次"),
        ("抽查比例（不低于）", "5%"),
        ("抽查户数（不少于）", "10"),
        ("抽查户数占比（%）", "5"),
        ("抽查数量（%）", "10"),
        ("抽查比例（2025年实际）", "3%"),
        ("抽查比例（A类）", "5%"),
    ],
)
def test_a_header_that_changes_what_the_number_means_is_asked_about(header, cell):
    (line,) = table(f"检查事项,检查对象,{header}\n某事项,工贸,{cell}").lines
    assert header.replace("（", "(").replace("）", ")") in " ".join(line.asks)
    assert not any(line.values.get(name) for name in ("rate_bp", "count", "times"))


def test_a_percent_header_makes_a_bare_number_a_percentage():
    (line,) = table("检查事项,抽查比例（%）\n某事项,5").lines
    assert line.values["rate_bp"] == 500 and not line.asks


def test_two_columns_of_one_thing_are_asked_about_and_kept():
    (line,) = table("检查事项,抽查比例,抽查比例\n某事项,5%,10%").lines
    assert "rate_bp" not in line.values and "5%" in line.asks[0] and "10%" in line.asks[0]
    assert list(line.cells.values()) == ["某事项", "5%", "10%"]
    (line,) = table("检查事项,户数,计划户数\n某事项,100,5").lines
    assert "count" not in line.values and line.asks


def test_no_row_and_no_cell_is_lost():
    read_ = table(
        "序号,检查事项,检查对象,抽查比例,,备注\n1,甲,工贸,5%,另有说明,\n2,,危化,10%,,\n,合计,,,,10户"
        "\n说明：以上为全年,,,,,"
    )
    assert [line.values["title"] for line in read_.lines] == ["甲", "（没有写事项）"]
    assert read_.lines[0].cells["第 5 栏"] == "另有说明" and "没有写检查事项" in read_.lines[1].asks[0]
    assert len(read_.notes) == 2 and "合计" in read_.notes[0]


def test_two_header_rows_and_another_table_below():
    (line,) = table("序号,检查事项,抽查要求,,\n,,抽查比例,检查频次,户数\n1,甲,5%,1次/年,7").lines
    assert (line.values["rate_bp"], line.values["times"], line.values["count"], line.asks) == (500, 1, 7, [])
    first, second = table(
        "检查事项,检查对象,户数,频次\n甲,工贸,7,1\n检查对象,检查事项,频次,户数\n矿山,矿山检查,2次/年,7"
    ).lines
    assert (second.values["title"], second.values["times"], second.values["count"]) == ("矿山检查", 2, 7)
    assert first.values["title"] == "甲"


@pytest.mark.parametrize(
    ("text", "kind", "asked"),
    [
        ("事项类别,检查事项,抽查比例\n重点检查事项,甲,5%", "random", False),
        ("检查类别,检查事项,抽查比例\n重点检查,甲,5%", "key", False),
        ("检查事项,抽查比例,备注\n甲,5%,列为重点检查对象的提高比例", "random", True),
    ],
)
def test_the_kind_is_what_its_column_says(text, kind, asked):
    (line,) = table(text).lines
    assert line.values["kind"] == kind and bool(line.asks) == asked


@pytest.mark.parametrize(
    "objects",
    [
        "2025年检查20家，共58家，确定11家重点检查，双随机抽3家",
        "“双随机”检查8家，重点检查16家",
        "重点检查和双随机检查相结合",
    ],
)
def test_two_kinds_that_cannot_be_told_apart_are_asked_about(objects):
    (line,) = table(f'检查事项,检查对象,抽查比例\n甲,"{objects}",5%').lines
    assert any("分成两行" in ask for ask in line.asks)


def test_thousands_are_read_whole():
    key, drawn = table(
        '检查事项,检查对象\n甲,"工贸企业1,751家,确定16家重点检查工贸企业,“双随机”检查8家"'
    ).lines
    assert (key.values["base"], key.values["count"], drawn.values["count"]) == (1751, 16, 8)


@pytest.mark.parametrize(
    ("column", "cell"), [("户数", "99999999999999999999"), ("频次", "2026"), ("频次", "0次"), ("户数", "0")]
)
def test_a_number_beyond_all_measure_is_asked_about(column, cell):
    (line,) = table(f"检查事项,抽查比例,{column}\n甲,5%,{cell}").lines
    assert line.asks and not line.values.get("count") and not line.values.get("times")


@pytest.mark.django_db
def test_a_class_is_taken_only_where_it_is_named_alone(bureau, cast):
    plan = Plan.objects.create(bureau=bureau, year=2027, title="计划", drafted_by=cast.clerk)
    data = (
        "检查事项,检查对象,抽查比例\n甲,生产经营单位（烟花爆竹除外）"
        ",5%\n乙,烟花爆竹,5%\n丙,非工贸-机械企业,5%\n"
    ).encode()
    tables.bring(plan, data, "计划.csv", by=cast.clerk)
    assert [str(line.category) for line in plan.lines.all()] == ["None", "烟花爆竹", "None"]
    count, _, notes = tables.bring(plan, data, "计划.csv", by=cast.clerk)
    assert count == 0 and len(notes) == 3
    tables.remove(plan.lines.first(), by=cast.clerk)
    assert tables.clear(plan, by=cast.clerk) == 2


def test_a_cell_shown_per_hundred_is_what_it_shows():
    book = openpyxl.Workbook()
    for row in [
        HEAD,
        [1, "甲事项", "工贸", 1, 1, "", ""],
        [2, "乙事项", "工贸", 0.05, 1, "", ""],
        [3, "丙事项", "工贸", 0.3, 1, "", ""],
    ]:
        book.active.append(row)
    for cell, shown in (("D2", "0%"), ("D3", "0.0%")):
        book.active[cell].number_format = shown
    book.active.row_dimensions[3].hidden = True
    out = io.BytesIO()
    book.save(out)
    table = layouts.read(out.getvalue(), "计划.xlsx")
    assert [line.values.get("rate_bp") for line in table.lines] == [10_000, 500, None]
    assert not table.lines[0].asks and not table.lines[1].asks and "0.3" in table.lines[2].asks[0]
    assert table.notes == ["有 1 行在表格里是隐藏的（第 3 行），也读入了，不要的请删去"]


@pytest.mark.parametrize("cell", ["10%", "12户"])
def test_a_cell_that_says_itself_is_taken_whatever_its_header_says(cell):
    (line,) = read(["1", "甲事项", cell], head=["序号", "检查事项", "抽查比例（数量）"])
    assert not line.asks and (line.values.get("rate_bp") or line.values.get("count")) in (1000, 12)


def test_a_plan_by_objects_names_no_matter():
    head = ["序号", "检查对象", "企业数量", "检查比例", "检查户次", "检查频次"]
    lines = read(
        ["1", "危险化学品企业", "12", "100%", "24", "每半年1次"],
        ["2", "工贸企业", "40", "5%", "2", "每年1次"],
        head=head,
    )
    assert [(line.values["title"], line.values["objects_text"]) for line in lines] == [
        ("危险化学品企业", "危险化学品企业"),
        ("工贸企业", "工贸企业"),
    ]
    assert [line.values["times"] for line in lines] == [2, 1] and not any(line.asks for line in lines)
