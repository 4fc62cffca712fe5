"""A bureau's own inspection sheets: merged cells, blanks below a heading, scores;
what is odd is said by row."""

import io
import json
from datetime import date

import pytest
from django.utils import timezone
from openpyxl import Workbook

from registries.errors import DomainError
from registries.models import Item, ItemList, LegalArticle
from registries.services import items
from registries.sheets.checksheets import read

HEAD = ["Ⅰ级隐患自查标准", "Ⅱ级隐患 自查标准", "Ⅲ级隐患自查标准", "自查标准项具体描述", "部分参考依据"]
ROWS = [
    ["基础管理", "证照", "营业执照", "依法取得营业执照", "《公司法》第7条"],
    ["", "", "许可证", "依法取得许可\n一、生产\n二、经营", "《危险化学品安全管理条例》第33条"],
    ["", "人员", "专职人员", "配备专职人员", ""],
    ["", "", "", "", ""],
    ["", "", "特种作业", "特种作业人员持证", "总局令第30号"],
    ["现场管理", "用电", "", "不得私拉乱接", "规范"],
    ["", "", "", "依法取得营业执照", "规范"],
    ["", "", "", "箱体完好，接地可靠", "规范"],
    ["", "", "", "", ""],
    ["适用于：加油站。", "", "", "", ""],
]
MERGES = ["A3:A7", "B3:B4", "B5:B7", "C5:C6", "A8:A11", "B8:B11", "D10:D11", "A12:E12"]


def sheet(merges=MERGES):
    book = Workbook()
    page = book.active
    for row in [["某县加油站检查表"], HEAD, *ROWS]:
        page.append(row)
    for each in ["A1:E1", *merges]:
        page.merge_cells(each)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("merges", [MERGES, ["D10:D11", "A12:E12"]])
def test_a_sheet_with_merged_cells_or_with_blanks_below_a_heading(merges):
    (found,) = read(sheet(merges), "加油站.xlsx")
    assert found.title == "某县加油站检查表" and found.remarks == ["适用于：加油站。"]
    assert [(line.row, line.heading) for line in found.lines] == [
        (3, "基础管理 / 证照 / 营业执照"),
        (4, "基础管理 / 证照 / 许可证"),
        (5, "基础管理 / 人员 / 专职人员"),
        (7, "基础管理 / 人员 / 特种作业"),
        (8, "现场管理 / 用电"),
        (9, "现场管理 / 用电"),
        (10, "现场管理 / 用电"),
    ]
    assert found.lines[1].values["requirement"] == "依法取得许可\n一、生产\n二、经营"
    assert found.odd == [
        (0, "有 1 条没有写依据，公布前请补上"),
        (6, "表内空行，没有检查内容"),
        (9, "与第 3 行内容相同，两行都读入"),
        (11, "与上一行是同一个合并单元格，合为一条"),
        (12, "不是检查内容，作为说明保留：适用于：加油站。"),
    ]


def test_scores_flags_and_subtotals():
    text = (
        "类别,项目,检查内容,分值,评分方法,必查,重大事故隐患\n一、"
        "目标,1.1,制定目标,2分,没有的不得分,是,\n一、目标,1.2,考核,1.5,,,√\n一、目标,,,3.5,小计,,\n"
    )
    (found,) = read(text.encode(), "库房.csv")
    assert found.title == "库房"
    kept = [
        (line.values["points"], line.values["is_mandatory"], line.values["is_major"]) for line in found.lines
    ]
    assert kept == [("2", True, False), ("1.5", False, True)]
    assert (4, "没有检查内容，未读入：一、目标；3.5；小计") in found.odd


def test_a_json_of_several_lists():
    lists = {
        "SAFETY": [{"key": 1, "content": "是否签订责任书"}, {"key": 2, "content": ""}],
        "SCORE": [
            {
                "itemList": [
                    {"type": "first_title", "content": "一、责任"},
                    {
                        "type": "title",
                        "subTitle": "1.1",
                        "content": "机构",
                        "demand": "成立机构",
                        "score": "5分",
                    },
                    {"type": "total", "content": "合计"},
                ]
            }
        ],
    }
    plain, scored = read(json.dumps(lists).encode(), "h5.json")
    assert [each.values["requirement"] for each in plain.lines] == ["是否签订责任书"]
    assert (scored.lines[0].heading, scored.lines[0].values["points"]) == ("一、责任 / 1.1 机构", "5")


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"a,b\n1,2\n", "x.csv", "sheet_unknown"),
        (b"{", "x.json", "file_unreadable"),
        (b"[]", "x.json", "file_empty"),
        ("检查内容\n".encode(), "x.csv", "file_empty"),
        (b"PK\x03\x04broken", "x.xlsx", "file_unreadable"),
    ],
)
def test_what_is_no_sheet_is_refused(data, name, code):
    with pytest.raises(DomainError, match=code):
        read(data, name)


@pytest.mark.django_db
def test_a_sheet_becomes_an_item_of_a_draft_and_can_be_taken_out_again(cast, item_list):
    drafted = items.draft("下一版", timezone.localdate(), by=cast.clerk)
    (item,) = items.bring(drafted, sheet(), "加油站.xlsx", by=cast.clerk)
    assert (item.code, item.lines.count(), item.content) == ("J01", 7, "适用于：加油站。")
    assert item.told[1] == "第 6 行：表内空行，没有检查内容"
    with pytest.raises(DomainError, match="item_code_taken"):
        items.bring(drafted, sheet(), "加油站.xlsx", by=cast.clerk, code="J01")
    with pytest.raises(DomainError, match="list_not_draft"):
        items.bring(item_list, sheet(), "加油站.xlsx", by=cast.clerk)
    with pytest.raises(DomainError, match="list_not_draft"):
        items.remove(item_list.items.first(), by=cast.clerk)
    assert items.check_sheet(item)[:5] == b"%PDF-"
    items.remove(item, by=cast.clerk)
    assert not Item.objects.filter(item_list=drafted).exists()


@pytest.mark.django_db
def test_an_item_whose_law_is_gone_warns_wherever_the_law_is_cited(bureau, cast, client):
    drafted = items.draft("清单", timezone.localdate(), by=cast.clerk)
    (item,) = items.bring(drafted, sheet(), "加油站.xlsx", by=cast.clerk)
    told = " ".join(items.warnings(item))
    assert "令第19号" in told and "2026-06-01 废止" in told  # 总局令第30号, in a line
    assert "危险化学品安全法" in told and "请核对" in told
    gone = LegalArticle.objects.create(
        bureau=bureau, law="某条例", article="第三条", repealed_on=date(2020, 1, 1)
    )
    item.articles.add(gone)
    assert "《某条例》第三条 已于 2020-01-01 废止" in items.warnings(item)
    client.force_login(cast.clerk)
    assert "第三条 已于 2020-01-01 废止" in client.get("/admin/registries/item/").content.decode()
    client.force_login(cast.head)
    page = client.get(f"/admin/registries/itemlist/{drafted.pk}/act/publish/").content.decode()
    assert "1 个事项引用的法律有变" in page


@pytest.mark.django_db
def test_a_new_version_opens_on_its_own_page_and_is_in_force_from_today(client, cast):
    client.force_login(cast.clerk)
    way = "/admin/registries/itemlist/act/draft/"
    assert f'value="{timezone.localdate().isoformat()}"' in client.get(way).content.decode()
    page = client.post(way, {"title": "今年的清单", "effective_from": timezone.localdate()}, follow=True)
    drafted = ItemList.objects.get(title="今年的清单")
    assert page.redirect_chain[-1][0] == f"/admin/items/{drafted.pk}/"
    assert "读入检查表" in page.content.decode()


@pytest.mark.django_db
def test_the_bureaus_own_sheets(real_data, cast):
    """Real sheets: every line in, every oddity said."""
    drafted = items.draft("清单", timezone.localdate(), by=cast.clerk)
    counts = {}
    for path in sorted((real_data / "checklists").iterdir()):
        if path.suffix in (".xls", ".csv", ".json"):
            brought = items.bring(drafted, path.read_bytes(), path.name, by=cast.clerk)
            counts[path.name[:2]] = [each.lines.count() for each in brought]
            assert all(any("没有写依据" in said for said in each.told) for each in brought)
    assert counts == {"01": [71], "02": [82], "12": [52], "wa": [164], "zj": [33, 11, 10, 7, 15, 25, 5, 12]}
    station = Item.objects.get(item_list=drafted, name="无锡市加油站事故隐患排查治理表")
    assert station.content == "适用于：汽油加油站。"
    assert [
        said for said in station.told if said.startswith(("第 28", "第 41", "第 43", "第 61", "第 62"))
    ] == [
        "第 28 行：表内空行，没有检查内容",
        "第 41 行：表内空行，没有检查内容",
        "第 43 行：与上一行是同一个合并单元格，合为一条",
        "第 61 行：表内空行，没有检查内容",
        "第 62 行：不是检查内容，作为说明保留：适用于：汽油加油站。",
    ]


def table(*rows, merges=(), more=()):
    book = Workbook()
    for page, lines in [(book.active, rows), *((book.create_sheet(), lines) for lines in more)]:
        for row in lines:
            page.append(list(row))
    for each in merges:
        book.active.merge_cells(each)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_title_rows_between_are_headings_and_one_at_the_end_is_a_remark():
    head, rest = ("序号", "检查内容", "依据"), ("注：本表一式两份", None, None)
    rows = [
        head,
        ("一、基础管理", None, None),
        (1, "证照齐全", "甲法"),
        (2, "有人负责", "乙法"),
        ("二、现场", None, None),
        (3, "通道畅通", "丙法"),
        head,
        rest,
    ]
    for merges in ((), ("A2:C2", "A5:C5", "A8:C8")):
        (found,) = read(table(*rows, merges=merges), "表.xlsx")
        assert [line.heading for line in found.lines] == ["一、基础管理", "一、基础管理", "二、现场"]
        assert found.remarks == ["注：本表一式两份"] and (7, "重复的表头行") in found.odd


def test_a_heading_merged_over_two_columns_loses_no_line():
    rows = [
        ("类别", "项目", "检查内容", "依据"),
        ("基础", None, "证照齐全", "甲法"),
        (None, None, "有人负责", "乙法"),
    ]
    (found,) = read(table(*rows, merges=("A2:B3",)), "表.xlsx")
    assert [line.values["requirement"] for line in found.lines] == ["证照齐全", "有人负责"]


def test_what_stands_beside_a_merged_requirement_belongs_to_it():
    rows = [
        ("检查内容", "依据", "违法表述"),
        ("有人负责", "甲法第1条", "无人"),
        (None, "乙法第2条", "不管"),
        (None, "丙法第3条", None),
    ]
    (found,) = read(table(*rows, merges=("A2:A4",)), "表.xlsx")
    (line,) = found.lines
    assert (
        line.values["basis"] == "甲法第1条\n乙法第2条\n丙法第3条" and line.values["violation"] == "无人\n不管"
    )


def test_every_sheet_of_a_file_is_read():
    head = ("检查内容", "依据")
    found = read(table(head, ("一", "甲"), more=[[head, ("二", "乙")], [("只是说明",)]]), "表.xlsx")
    assert [[line.values["requirement"] for line in each.lines] for each in found] == [["一"], ["二"]]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("长" * 300, "法", "措" * 300, "查" * 300, "3", "是", "否"), ""),
        (("甲", "法", "", "", "100000", "", ""), "分值“100000”读不懂"),
        (("甲", "法", "", "", "1.25", "", ""), "分值“1.25”读不懂"),
        (("甲", "法", "", "", "", "视情况", ""), "“视情况”看不出"),
    ],
)
@pytest.mark.django_db
def test_long_and_odd_cells_come_in_and_are_said(cast, row, told):
    drafted = items.draft("清单", timezone.localdate(), by=cast.clerk)
    head = ("检查内容：", "依据", "处理措施", "检查方法", "分值", "必查项", "重大隐患")
    (item,) = items.bring(drafted, table(head, row), "表.xlsx", by=cast.clerk)
    assert item.lines.get().requirement == row[0] and told in " ".join(item.told)


@pytest.mark.parametrize(
    ("data", "name", "encoding"),
    [
        (b"", "x.csv", ""),
        ("检查内容\n甲\n".encode("utf-16-le"), "x.csv", "utf-16"),
        (b"[" * 5000, "x.json", ""),
        (b'{"a": [{"content": ' + b"9" * 5000 + b"}]}", "x.json", ""),
        (b'{"data": {"list": []}}', "x.json", ""),
        (b'{"x": [{"content": null}, {"content": {"a": 1}}]}', "x.json", ""),
    ],
)
def test_small_broken_files_are_answered(data, name, encoding):
    try:
        (found,) = read(data, name, encoding)
        assert found.lines[0].values["requirement"] == "甲"
    except DomainError as refused:
        assert refused.code in ("file_empty", "file_unreadable", "sheet_unknown", "encoding_unknown")


@pytest.mark.django_db
def test_half_letters_and_nul_in_json_do_not_stop_it(cast):
    drafted = items.draft("清单", timezone.localdate(), by=cast.clerk)
    data = b'{"x\\u0000y": [{"content": "\\ud800\\u7532\\u0000", "score": 123456}]}'
    (item,) = items.bring(drafted, data, "x.json", by=cast.clerk)
    assert (item.name, item.lines.get().requirement) == ("xy", "甲")
