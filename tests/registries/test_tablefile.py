"""Files as people have them."""

import csv
import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from registries import exports
from registries.creditcode import fault, normalise
from registries.errors import DomainError
from registries.sheets import packed
from registries.sheets.cells import clean
from registries.sheets.enterprises import read_date, recognise
from registries.sheets.file import open_table, read_table

ROOT = Path(__file__).parents[2]

ROWS = [
    ["企业名称", "统一社会信用代码", "成立日期"],
    ["甲厂", "91990101MA0000018X", "2020-01-02"],
    ["乙　厂\u200b", "", ""],
]


def as_csv(rows, encoding):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_of_offices(encoding):
    rows = read_table(as_csv(ROWS, encoding), "名录.csv")
    assert rows[1] == (2, ROWS[1])
    assert rows[2] == (3, ["乙 厂", "", ""])


def test_xlsx_gives_the_same_rows():
    assert read_table(as_xlsx(ROWS), "a.xlsx") == read_table(as_csv(ROWS, "utf-8"), "a.csv")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\x00\x01\x02" * 50, "file_unreadable"),
        (bytes(range(128, 256)) * 9, "encoding_unknown"),
        (b"PK\x03\x04junk", "file_unreadable"),
        (b"\xd0\xcf\x11\xe0junk", "file_unreadable"),
    ],
)
def test_what_cannot_be_read_is_said(data, code):
    with pytest.raises(DomainError) as refused:
        read_table(data, "x.csv")
    assert refused.value.code == code


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch):
    monkeypatch.setattr(packed, "MAX_UNPACKED", 1000)
    with pytest.raises(DomainError) as refused:
        read_table(as_xlsx(ROWS * 50), "a.xlsx")
    assert refused.value.code == "file_too_large"


def test_cells_become_plain_text():
    assert [clean(each) for each in (None, 186.0, 1.5, True, " a\u3000b ", "\ufeffx")] == [
        "",
        "186",
        "1.5",
        "是",
        "a b",
        "x",
    ]


def test_dates_as_people_write_them():
    for text in ("2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305"):
        assert read_date(text).isoformat() == "2026-03-05"
    assert read_date("2026-13-01") is None and read_date("去年") is None


def test_headers_with_remarks_are_recognised():
    assert recognise(["企业名称", "法人代表(已掩码)", "统一社会 信用代码"]) == {
        "name": 0,
        "legal_representative": 1,
        "credit_code": 2,
    }


def test_credit_codes_against_the_collected_ones(real_data):
    wrong = []
    with (real_data / "credit-codes/uscc_vectors.csv").open(encoding="utf-8-sig") as handle:
        for row in csv.reader(handle):
            code, expected = row[0], row[1]
            if expected != "期望" and (fault(normalise(code)) is None) != expected.startswith("valid"):
                wrong.append((code, expected, fault(normalise(code))))
    assert not wrong


def test_a_row_keeps_the_number_it_has_in_the_file():
    book = openpyxl.Workbook()
    book.active["B3"], book.active["C3"] = "企业名称", "地址"
    book.active["B7"], book.active["C7"] = "甲厂", "一号"
    out = io.BytesIO()
    book.save(out)
    assert read_table(out.getvalue(), "a.xlsx") == [(3, ["", "企业名称", "地址"]), (7, ["", "甲厂", "一号"])]
    assert [number for number, _ in read_table("a,b\n\n\n甲,1\n".encode(), "a.csv")] == [1, 4]


def test_bad_bytes_spoil_their_rows_only():
    text = as_csv([ROWS[0], *([ROWS[1]] * 40)], "utf-8")
    place = text.index("甲厂".encode(), 900)
    table = open_table(text[:place] + b"\xff" + text[place:], "a.csv")
    rows = list(table.rows)
    assert "UTF-8" in table.told[0] and "坏字节" in table.told[0]
    assert sum("\ufffd" in "".join(cells) for _, cells in rows) == 1 and len(rows) == 41


def test_big5_and_gb18030_are_told_apart_or_asked():
    traditional = as_csv([["企業名稱", "地址", "經營範圍"], ["甲有限公司", "舊城鎮", "安全設備"]], "big5")
    assert read_table(traditional, "a.csv")[1][1] == ["甲有限公司", "舊城鎮", "安全設備"]
    vague = "甲,乙\n丙,丁\n".encode("gb18030")  # nothing that every register has
    with pytest.raises(DomainError, match="encoding_unknown") as asked:
        read_table(vague, "a.csv")
    assert "GB18030" in asked.value.facts["candidates"] and "甲,乙" in asked.value.facts["candidates"]
    assert read_table(vague, "a.csv", "gb18030")[1][1] == ["丙", "丁"]
    assert read_table("企业名称,地址\n甲厂,一号\n".encode("utf-16"), "a.csv")[1][1] == ["甲厂", "一号"]


def zipped(sheet, strings=None, **more):
    """A workbook by hand: its sheet's XML and its shared strings as given, and whatever else."""
    sound = zipfile.ZipFile(io.BytesIO(as_xlsx(ROWS)))
    given = {"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": strings}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in dict.fromkeys(
            [*sound.namelist(), *(name for name, content in given.items() if content)]
        ):
            archive.writestr(entry, given.get(entry) or sound.read(entry))
        for name, content in more.items():
            archive.writestr(name.replace("__", "/") + ".bin", content)
    return out.getvalue()


def open_document():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    return out.getvalue()


HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SPARSE = (
    HEAD
    + '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
    + ('<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>')
)
_SST = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>企业名称</t></si><s'
    "i><t>{}</t></si></sst>"
)
SHARED = HEAD + '<row r="1"><c r="A1" t="s"><v>1</v></c></row></sheetData></worksheet>'
USED = (
    HEAD
    + "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c></row>' for n in range(1, 10_001))
    + "</sheetData></worksheet>"
)
BOMBS = {
    "sparse": (lambda: zipped(SPARSE), "file_unreadable"),
    "one far row": (
        lambda: zipped(HEAD + '<row r="1048000"><c r="A1048000"><v>2</v></c></row></sheetData></worksheet>'),
        "file_unreadable",
    ),
    "single quotes": (
        lambda: zipped(SPARSE.replace('r="', "r='").replace('1"', "1'").replace('6"', "6'")),
        "file_unreadable",
    ),
    "blanks and small letters": (
        lambda: zipped(SPARSE.replace('r="XFD1048576"', 'r\n= "xfd1048576"')),
        "file_unreadable",
    ),
    "one string a million letters long": (
        lambda: zipped(SHARED, _SST.format("字" * 1_000_000)),
        "file_unreadable",
    ),
    "one string used ten thousand times": (
        lambda: zipped(USED, _SST.format("字" * 30_000)),
        "file_too_large",
    ),
    "an open document": (open_document, "file_unreadable"),
    "unpacks to 400 MB": (
        lambda: zipped(HEAD + " " * 400_000_000 + "</sheetData></worksheet>"),
        "file_too_large",
    ),
    "macros": (lambda: zipped(None, xl__vbaProject=b"x"), "file_has_macros"),
    "three thousand entries": (
        lambda: zipped(None, **{f"xl__x{n}": b"" for n in range(3000)}),
        "file_too_large",
    ),
    "gzip of zeros": (lambda: gzip.compress(bytes(300_000_000)), "file_too_large"),
}


@pytest.mark.parametrize(("most", "said"), [("1", "file_too_large"), ("3", "read"), ("", "read")])
def test_the_office_says_how_large_a_file_may_be(most, said, tmp_path):
    """A process of its own: the limit comes from the environment, as in production."""
    path = tmp_path / "大.csv"
    path.write_text(
        "企业名称,住所\n" + "".join(f"企业{n},一路{n}号\n" for n in range(60_000)), encoding="utf-8"
    )
    assert 2**20 < path.stat().st_size < 3 * 2**20
    program = (
        "import sys\n"
        "from registries.errors import DomainError\n"
        "from registries.sheets.file import read_table\n"
        "try: read_table(open(sys.argv[1], 'rb').read(), '大.csv'); print('read')\n"
        "except DomainError as wrong: print(wrong.code)\n"
    )
    env = os.environ | {"IMPORT_MOST_MB": most}
    command = [sys.executable, "-c", program, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env)
    assert told.stdout.strip() == said, told.stderr


@pytest.mark.slow
@pytest.mark.parametrize("what", BOMBS)
def test_bombs_are_refused_within_a_second_and_a_hundred_megabytes(what, tmp_path):
    """In a process of its own: seconds of CPU, and what it takes beside one that reads a sound file."""
    make, code = BOMBS[what]
    name = tmp_path / ("a.csv.gz" if "gzip" in what else "a.xlsx")
    name.write_bytes(make())
    sound = tmp_path / "sound.xlsx"
    sound.write_bytes(as_xlsx(ROWS))
    program = (
        "import sys, time\n"
        "from registries.errors import DomainError\n"
        "from registries.sheets.file import read_table\n"
        "data, began = open(sys.argv[1], 'rb').read(), time.process_time()\n"
        "try: read_table(data, sys.argv[1]); code = 'read'\n"
        "except DomainError as wrong: code = wrong.code\n"
        "peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0]\n"
        # not ru_maxrss: that remembers the process it was forked from
        "print(code, time.process_time() - began, peak)"
    )

    def run(path):
        told = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=ROOT
        )
        said, took, peak = told.stdout.split()
        return said, float(took), int(peak) / 1024

    assert run(sound)[0] == "read"
    said, took, peak = run(name)
    assert said == code
    assert took < 1 and peak < run(sound)[2] + 100


def test_a_formula_comes_in_as_the_value_it_showed():
    sheet = HEAD + (
        '<row r="1"><c r="A1" t="str"><v>企业名称</v></c><c r="B1" t="str"><v>地址</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>CMD()</f><v>甲厂</v></c><c '
        'r="B2"><f>1+1</f></c></row></sheetData></worksheet>'
    )
    table = open_table(zipped(sheet), "a.xlsx")
    assert list(table.rows) == [(1, ["企业名称", "地址"]), (2, ["甲厂", ""])]
    assert "公式" in table.told[0]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_export_carries_a_live_formula(text):
    book = openpyxl.load_workbook(io.BytesIO(exports.workbook([["名称"], [text], [5]])))
    cells = [row[0] for row in book.active.iter_rows()]
    assert all(cell.data_type != "f" for cell in cells) and cells[2].value == 5
    (_, (written,)) = list(
        csv.reader(io.StringIO(exports.csv_bytes([["名称"], [text]]).decode("utf-8-sig"), newline=""))
    )
    assert written == "'" + text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("２０２６年３月５日", "2026-03-05"),
        ("45000", "2023-03-15"),
        ("2026-03-05 00:00:00", "2026-03-05"),
        ("2026-02-30", None),
        ("19991", None),
        ("3月5日", None),
        ("2026", None),
    ],
)
def test_odd_dates(text, day):
    found = read_date(text)
    assert (found.isoformat() if found else None) == day
