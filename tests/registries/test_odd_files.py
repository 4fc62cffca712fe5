"""Small files of everyday kinds: each row comes in once and right, or it is said why not. Real
ones: MINGQIAN_DATA/cases."""

import csv
import io
import random
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from config.demo.invented import credit_code
from registries import exports
from registries.errors import DomainError
from registries.models import ImportLine, ImportRun, JournalEntry, Subject
from registries.sentences import say
from registries.services import imports
from registries.sheets import file

pytestmark = pytest.mark.django_db
HEADERS = ["企业名称", "统一社会信用代码", "成立日期", "住所"]


def rows(count=6, first=1):
    return [
        [f"青原县样例{n}号厂", credit_code(n), "2020-01-05", f"一路{n}号"]
        for n in range(first, first + count)
    ]


def book(*sheets, hidden=(), columns=(), states=()):
    made = Workbook()
    made.remove(made.active)
    for n, lines in enumerate(sheets):
        page = made.create_sheet(f"表{n + 1}")
        for line in lines:
            page.append(line)
        page.sheet_state = states[n] if n < len(states) else "visible"
    for row in hidden:
        made.worksheets[-1].row_dimensions[row].hidden = True
    for column in columns:
        made.worksheets[-1].column_dimensions[column].hidden = True
    return saved(made)


def saved(made):
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def text(lines, delimiter=",", encoding="utf-8", head=""):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(lines)
    return (head + out.getvalue()).encode(encoding)


def bring(cast, data, name="名录.xlsx", counted=None):
    run = imports.preview(data, name, by=cast.clerk)
    assert run.status == "previewed", (run.headers, run.told)
    lines = run.lines.exclude(outcome="missing")
    seen = list(lines.values_list("row", flat=True))
    assert len(seen) == len(set(seen)) == sum(run.counts.values())  # no row in two outcomes
    assert counted is None or len(seen) == counted  # nor in none
    return run


# -- sheets ----------------------------------------------------------------------------------------------


def test_hidden_rows_are_said_and_may_be_left_out(cast, client):
    run = bring(cast, book([HEADERS, *rows()], hidden=(3, 4)), counted=6)
    assert "有 2 行在表格里是隐藏的（第 3、4 行），也读入了" in run.told[0]
    client.force_login(cast.clerk)
    page = f"/admin/registries/importrun/{run.pk}/act/reread/"
    assert "隐藏的行" in client.get(page).content.decode()
    client.post(page, {"sheet": "表1", "shows_only": "yes"})
    imports.work(run.pk)
    run.refresh_from_db()
    assert run.counts["new"] == 4 and "按选择没有读入" in run.told[0]
    assert '"shows_only":true' in JournalEntry.objects.get(action="import.reread").facts


def test_filtered_rows_and_hidden_columns_too(cast):
    made = Workbook()
    for line in [HEADERS, *rows()]:
        made.active.append(line)
    made.active.auto_filter.ref = "A1:D7"
    made.active.auto_filter.add_filter_column(3, ["一路1号"])
    for row in range(3, 8):
        made.active.row_dimensions[row].hidden = True
    made.active.column_dimensions["D"].hidden = True
    told = bring(cast, saved(made), counted=6).told
    assert (
        "有 5 行在表格里是隐藏的（第 3、4、5、6、7 行）" in told[0]
        and "有 1 栏在表格里是隐藏的（第 4 栏）" in told[1]
    )


def test_the_sheet_whose_header_says_most_is_read_and_no_hidden_one(cast):
    words = [["填表说明"], ["请逐项填写企业名称"], ["不得漏填"]]
    few = [["企业名称", "备用"], ["（下拉）", ""]]
    run = bring(cast, book(few, words, [HEADERS, *rows()], states=["hidden"]), counted=6)
    assert run.sheet == "表3" and "另有：表1（隐藏的）、表2" in run.told[0]
    other = book([HEADERS, *rows(2)], [HEADERS, *rows(3, 10)], states=["visible", "veryHidden"])
    run = bring(cast, other, counted=2)
    again = imports.reread(run, "表2", False, by=cast.clerk)
    assert imports.compare(again.pk).counts["new"] == 3  # who wants the hidden one can have it


@pytest.mark.parametrize("where", ["IV1", "XFD3", "A1048576", "IV200000"])
def test_coloured_cells_without_anything_in_them_do_not_count(cast, where):
    made = Workbook()
    for line in [HEADERS, *rows()]:
        made.active.append(line)
    made.active[where].fill = PatternFill("solid", fgColor="FFFF00")
    bring(cast, saved(made), counted=6)
    made.active[where] = "x"
    with pytest.raises(DomainError) as refused:
        bring(cast, saved(made))
    assert "表格过大" in say(refused.value)


def test_a_cell_far_out_is_found_however_it_is_written():
    sound = zipfile.ZipFile(io.BytesIO(book([HEADERS, *rows()])))
    part = sound.read("xl/worksheets/sheet1.xml").decode()
    for far in (
        '<row r="9"><c r="XFD9"><!-- x --><v>1</v></c></row>',
        '<row r="999999"><c><v>1</v></c></row>',
        '<row r="9"><c r="A9"/><c r="IV9" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="9"><c r="ZZ9"><foo/><v>1</v></c></row>',
        '<row r="999999"><c r="A999999"/><c><f>1+1</f></c></row>',
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sound.namelist():
                bent = part.replace("</sheetData>", f"{far}</sheetData>").encode()
                archive.writestr(name, bent if name.endswith("sheet1.xml") else sound.read(name))
        with pytest.raises(DomainError, match="file_unreadable"):
            file.open_table(out.getvalue(), "a.xlsx")


def test_what_web_systems_call_xls(cast):
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in [HEADERS, *rows()])
    page = (
        f"<html><meta charset=gb2312><style>td {{}}</style><table><tr><td "
        f"colspan=4>企业名单&nbsp;</td></tr>{cells}</table></html>"
    )
    run = bring(cast, page.encode("gb18030"), "名录.xls")
    assert run.counts["new"] == 6 and "网页格式" in run.told[0]
    assert bring(cast, f"\ufeff<TABLE>{cells}".encode(), "导出.xls").counts["new"] == 6  # never closed
    line = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in each) + "</Row>"
        for each in [HEADERS, *rows()]
    )
    xml = (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="名录"><Table>'
        f'{line}<Row ss:Index="20" ss:Hidden="1"><Cell><Data ss:Type="String">第九厂</Data></Cell>'
        '<Cell ss:Index="3"><Data ss:Type="DateTime">2020-03-05T00:00:00.000</Data></Cell></Row></Tab'
        "le></Worksheet></Workbook>"
    )
    run = bring(cast, xml.encode(), "名录.xls", counted=7)
    last = run.lines.get(row=20)
    assert last.values["registered_on"] == "2020-03-05" and any("第 20 行" in each for each in run.told)
    run = bring(cast, text([HEADERS, *rows()], "\t", "gb18030"), "名录.xls", counted=6)
    assert "文字表格" in run.told[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"%PDF-1.7 x", "PDF"),
        (b"\x89PNG\r\n\x1a\n123", "图片"),
        (b"MIME-Version: 1.0\r\n", "网页存档"),
        (b"{\\rtf1", "RTF"),
        ("EncryptedPackage".encode("utf-16-le").join([b"\xd0\xcf\x11\xe0" + bytes(600)] * 2), "文件有密码"),
        (
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><Workbook "
            b"xmlns='urn:schemas-microsoft-com:office:spreadsheet'>&b;</Workbook>",
            "XML 不完整",
        ),
    ],
)
def test_what_is_no_table_is_said_in_words(cast, data, told):
    with pytest.raises(DomainError) as refused:
        imports.preview(data, "名录.xls", by=cast.clerk)
    assert told in say(refused.value) and not ImportRun.objects.exists()


# -- text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "head", ["", "青原县企业名单\n", "青原县企业名单\n填报单位：青原局；填报人，甲某\n\n"]
)
def test_titles_delimiters_and_encodings(cast, delimiter, encoding, head):
    run = bring(cast, text([HEADERS, *rows()], delimiter, encoding, head), "名录.csv", counted=6)
    assert run.counts["new"] == 6 and run.lines.first().row == head.count("\n") + 2


def test_a_mark_of_utf8_before_what_is_gbk(cast):
    run = bring(cast, b"\xef\xbb\xbf" + text([HEADERS, *rows()], encoding="gb18030"), "名录.csv", counted=6)
    assert run.counts["new"] == 6 and run.mapping["name"] == 0


def test_a_lone_quotation_mark_swallows_nobody(cast):
    lines = text([HEADERS, *rows(8)]).decode().splitlines()
    lines[2] = lines[2].replace(",一路", ',"一路')  # opens and never closes
    lines[5] = lines[5].replace(",一路", ',"一路') + '"'  # a sound one, between
    lines[6] = f'"{lines[6]}'
    lines[7] = lines[7].replace("一路", '3"管一路')
    run = bring(cast, "\r\n".join(lines).encode(), "名录.csv", counted=8)
    assert run.counts["new"] == 8 and any("第 3、7 行的引号不成对" in each for each in run.told)
    assert (
        run.lines.get(row=3).values["address"] == "一路2号" and run.lines.get(row=7).name == "青原县样例6号厂"
    )


def test_a_cell_over_several_lines_is_one_cell_and_rows_keep_their_lines(cast):
    lines = [HEADERS, *rows(3)]
    lines[1][3] = '一路\n东侧，"老厂"\n院内'
    run = bring(cast, text(lines), "名录.csv", counted=3)
    assert run.lines.get(row=2).values["address"] == '一路 东侧，"老厂" 院内'
    assert list(run.lines.values_list("row", flat=True)) == [2, 5, 6]


def test_the_first_cell_over_several_lines_and_a_mark_that_would_swallow_three_rows(cast):
    lines = [HEADERS, *rows(5)]
    lines[1][0] = "青原县\n样例1号厂"
    run = bring(cast, text(lines), "名录.csv", counted=5)
    assert run.lines.get(row=2).name == "青原县 样例1号厂"
    told = [",".join(line) for line in [HEADERS, *rows(8)]]
    told[2], told[5] = f'"{told[2]}', f'{told[5]}"'  # opened in one row, closed three further on
    run = bring(cast, "\n".join(told).encode(), "名录.csv", counted=8)
    assert [line.name for line in run.lines.order_by("row")] == [line[0] for line in rows(8)]


def test_a_csv_that_is_exported_comes_back_unchanged(cast):
    names = ("=SUM厂", "+甲厂", "-乙厂", "@丙厂", "'丁厂", "戊厂")
    table = [[name, credit_code(n + 50), "2020-01-05", f"{name}路"] for n, name in enumerate(names)]
    imports.apply(bring(cast, exports.workbook([HEADERS, *table])), by=cast.clerk)
    held = [[each.name, each.credit_code, each.registered_on, each.address] for each in Subject.objects.all()]
    assert len(held) == 6
    assert bring(cast, exports.csv_bytes([HEADERS, *held]), "名录.csv").counts["unchanged"] == 6
    assert bring(cast, exports.workbook([HEADERS, *held])).counts["unchanged"] == 6


def test_any_small_csv_loses_no_row(cast):
    """Random quotation marks, line ends and delimiters inside cells of any column: what csv writes
    is read back row for row.

    A line inside a cell that holds as many cells as a row is a row: so one comma a line, of four columns.
    """
    dice = random.Random(17)
    for _ in range(40):
        lines = rows(dice.randint(2, 12))
        for line in lines:
            for column in (0, 3):
                cell = "".join(dice.choice('路号",;\n\t 甲"') for _ in range(dice.randint(0, 12)))
                parts = [part.replace(",", "，", max(0, part.count(",") - 1)) for part in cell.split("\n")]
                line[column] += "\n".join(parts)
        bring(cast, text([HEADERS, *lines]), "名录.csv", counted=len(lines))


# -- columns ---------------------------------------------------------------------------------------------


def test_columns_that_nobody_knows_are_kept_for_the_clerk_and_the_head(cast, client):
    lines = [[*HEADERS, "食堂情况", "经营场所"], [*rows(1)[0], "有一间食堂", "二路9号"]]
    run = bring(cast, text(lines), "名录.csv", counted=1)
    assert "没有认出的栏：食堂情况" in " ".join(run.told)
    assert not ImportLine.objects.filter(extra__contains="食堂").exists()  # as it lies in the database
    imports.apply(run, by=cast.clerk)
    subject = Subject.objects.get()
    assert (subject.address, subject.premises, subject.site) == ("一路1号", "二路9号", "二路9号")
    for who, sees in ((cast.clerk, True), (cast.head, True), (cast.supervisor, False), (cast.legal, False)):
        client.force_login(who)
        page = client.get(f"/admin/registries/subject/{subject.pk}/change/")
        assert page.status_code == 200 and ("有一间食堂" in page.content.decode()) is sees, who
    imports.undo(run, by=cast.clerk)
    subject.refresh_from_db()
    assert imports.extra_of(subject) == ({}, None)


def test_columns_without_a_header_twice_the_same_or_beyond_it_are_kept(cast):
    head = [*HEADERS, "说明", "说明", ""]
    run = bring(cast, text([head, [*rows(1)[0], "头", "尾", "无名", "更远"]]), "名录.csv", counted=1)
    imports.apply(run, by=cast.clerk)
    extra, source = imports.extra_of(Subject.objects.get())
    assert source == run and sorted(extra.values()) == sorted(["头", "尾", "无名", "更远"])


def test_more_sheets_than_anybody_looks_at_are_refused(cast):
    with pytest.raises(DomainError) as refused:
        imports.preview(book(*[[HEADERS, *rows(1, n)] for n in range(1, 62)]), "名录.xlsx", by=cast.clerk)
    assert "工作表超过 60 个" in say(refused.value)


def test_the_only_address_is_the_address(cast):
    run = bring(cast, text([["企业名称", "经营场所"], ["甲厂", "三路"]]), "名录.csv")
    assert run.lines.get().values["address"] == "三路"


def test_private_letters_are_mapped_or_named(cast):
    known, lost = "\ue863", "\ue43a"  # 䶮 of old fonts; one that only that machine knows
    lines = [
        [*HEADERS, "经营范围"],
        [f"{known}厂", "", "", "", ""],
        ["乙厂", "", "", "", f"卖{lost}"],
        [f"{lost}厂", "", "", "", ""],
    ]
    run = bring(cast, book(lines), counted=3)
    assert run.lines.get(row=2).name == "䶮厂" and run.lines.get(row=3).outcome == "new"
    assert "经营范围有无法识别的字（自造字 U+E43A）" in run.lines.get(row=3).reason
    assert run.lines.get(row=4).outcome == "refused" and "企业名称有" in run.lines.get(row=4).reason


# -- the collected ones ------------------------------------------------------------------------------------

REFUSED = {"document.docx", "zipped.zip", "password.xlsx"}
COUNTS = {
    "hidden.xlsx": {"new": 6},
    "header-coloured-to-IV.xlsx": {"new": 6},
    "codes.xlsx": {"new": 7},
    "unclosed-quote.csv": {"new": 5},
    "quote-in-address.csv": {"new": 6},
    "eighteen-digits-as-excel-writes.xlsx": {"quarantined": 3},
    "no-codepage.xls": {"new": 3},
    "scientific-in-csv.csv": {"quarantined": 2},
    "pua-in-scope.xlsx": {"new": 2},
    "hidden-dictionary-first.xlsx": {"new": 6},
    "instructions-sheet-first.xlsx": {"new": 6},
    "title-then-tabs.csv": {"new": 6},
    "unicode-text-nobom.csv": {"new": 6},
    "html.xls": {"new": 6},
    "tabs.xls": {"new": 6},
    "fullwidth-comma.csv": {"new": 6},
    "gbk-with-utf8-bom.csv": {"new": 6},
}


def test_the_collected_files(cast, real_data):
    found = 0
    for path in sorted((real_data / "cases").rglob("*")):
        if not path.is_file() or path.suffix == ".md" or not path.parent.name[:2].isdigit():
            continue
        if path.parent.name[:2] in ("20", "30", "40"):  # plans, photos, people: tried beside their own
            continue
        found += 1
        if path.name in REFUSED:
            with pytest.raises(DomainError):
                imports.preview(path.read_bytes(), path.name, by=cast.clerk)
            continue
        run = bring(cast, path.read_bytes(), path.name)
        counts = {outcome: count for outcome, count in run.counts.items() if count}
        assert counts == COUNTS.get(path.name, counts), path.name
        assert not run.lines.filter(name__contains="Ç").exists()
    assert found > 50
