"""Plan tables as bureaus publish them: understood where a cell says one thing, asked about where it could be two."""

import io

import openpyxl
import pytest

from inspections import plantables
from inspections.models import Plan, PlanLine
from inspections.services import plan_tables, plans

from .test_seal import refused_with

HEAD = ["序号", "检查事项", "检查对象", "抽查比例", "检查频次", "户数", "备注"]


def read(*rows, head=HEAD):
    """Rows under a header as csv; the lines."""
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *rows])
    return plantables.read(text.encode(), "计划.csv")


@pytest.mark.parametrize(
    ("cell", "rate"),
    [("5%", 500), ("５％", 500), ("0.5%", 50), ("100%", 10_000), ("全覆盖", 10_000), ("比例5%", 500), ("12.25%", 1225)],
)
def test_a_share_that_says_one_thing_is_taken(cell, rate):
    (line,) = read(["1", "某事项", "工贸", cell, "1次/年", "", ""])
    assert line.values["rate_bp"] == rate and not line.asks


@pytest.mark.parametrize(
    "cell",
    ["≥50%", "不低于5%", "5%-10%", "0.05", "5", "5‰", "约5%", "150%", "0%", "5%以上", "按上级要求", "百分之五", "M50%"],
)
def test_a_share_that_could_be_two_things_is_asked(cell):
    (line,) = read(["1", "某事项", "工贸", cell, "1次/年", "", ""])
    assert line.values.get("rate_bp") is None and line.asks


@pytest.mark.parametrize(
    ("cell", "times"),
    [("1次/年", 1), ("=1", 1), ("每年两次", 2), ("每年2次", 2), ("2", 2), ("1次/年/单位", 1), ("每月", 12), ("每季度", 4),
     ("每半年", 2), ("一年一次", 1), ("检查频次：1次/年；上限：2次/年", 1)],
)  # fmt: skip
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
        ["1", "矿山", "共58家,确定检查11家重点检查矿山,“双随机”检查3家", "", "1", "", "重点检查、“双随机”检查"]
    )
    assert (key.values["kind"], key.values["count"]) == ("key", 11)
    assert (drawn.values["kind"], drawn.values["count"], drawn.values["base"]) == ("random", 3, 58)


def test_the_cell_above_and_what_is_missing():
    first, second = read(["1", "某事项", "工贸", "5%", "1", "", ""], ["2", "又一事项", "同上", "", "1", "", ""])
    assert second.values["objects_text"] == "工贸" and "没有写抽查比例" in second.asks[0] and not first.asks
    with refused_with("plan_line_empty"):
        plantables.read("甲,乙\n1,2".encode(), "x.csv")


def test_a_workbook_with_numbers_reads_the_same():
    book = openpyxl.Workbook()
    book.active.append(["2026年双随机抽查计划表"])
    book.active.append(HEAD)
    book.active.append([1, "某事项", "工贸", "5%", 1, 7, None])
    book.active.append([2, "又一事项", "工贸", 0.05, 1, None, None])
    out = io.BytesIO()
    book.save(out)
    plain, asked = plantables.read(out.getvalue(), "计划.xlsx")
    assert (plain.values["rate_bp"], plain.values["times"], plain.values["count"], plain.asks) == (500, 1, 7, [])
    assert "5%" in asked.asks[0] and "rate_bp" not in asked.values


@pytest.mark.django_db
def test_a_plan_with_open_questions_is_not_approved(bureau, cast):
    plan = Plan.objects.create(bureau=bureau, year=2027, title="计划", drafted_by=cast.clerk)
    data = "检查事项,检查对象,抽查比例,频次\n机械企业检查,工贸-机械,≥5%,1次/年\n其他检查,工贸,5%,1次/年\n".encode()
    assert plan_tables.bring(plan, data, "计划.csv", by=cast.clerk) == (2, 1)
    line = plan.lines.get(number=1)
    assert line.category.name == "工贸-机械" and line.cells["抽查比例"] == "≥5%"
    with refused_with("plan_lines_asked"):
        plans.approve(plan, by=cast.head)
    with refused_with("plan_line_unanswered"):
        plan_tables.settle(line, by=cast.clerk)
    PlanLine.objects.filter(pk=line.pk).update(rate_bp=500)
    line.refresh_from_db()
    plan_tables.settle(line, by=cast.clerk)
    assert plans.approve(plan, by=cast.head).status == "approved"
    with refused_with("stale"):
        plan_tables.bring(plan, data, "计划.csv", by=cast.clerk)


def test_the_published_tables_lose_no_row_and_guess_nothing(real_data):
    wanted = {"beijing-template-2016.csv": 4, "dongsheng-meteo-2024.csv": 2, "longyan-2025.csv": 5, "shanggao-2023.csv": 7,
              "shiquan-list.csv": 7, "yiyuan-health-2023.csv": 1}  # fmt: skip
    for name, count in wanted.items():
        lines = plantables.read((real_data / "published" / name).read_bytes(), name)
        assert len(lines) == count, name
        for line in lines:
            assert line.asks or line.values.get("rate_bp") or line.values.get("count"), (name, line)
    (yiyuan,) = plantables.read((real_data / "published/yiyuan-health-2023.csv").read_bytes(), "y.csv")
    assert "rate_bp" not in yiyuan.values and "5%" in yiyuan.asks[0]
