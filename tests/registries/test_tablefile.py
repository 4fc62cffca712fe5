"""Files as people have them."""

import csv
import io

import openpyxl
import pytest

from registries import tablefile
from registries.columns import read_date, recognise
from registries.creditcode import fault, normalise
from registries.errors import DomainError
from registries.tablefile import clean, read_table

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
    assert rows[1] == ROWS[1]
    assert rows[2] == ["乙 厂", "", ""]


def test_xlsx_gives_the_same_rows():
    assert read_table(as_xlsx(ROWS), "a.xlsx") == read_table(as_csv(ROWS, "utf-8"), "a.csv")


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "file_empty"), (b"\x00\x01\x02" * 50, "encoding_unknown"), (b"PK\x03\x04junk", "file_unreadable"),
     (b"\xd0\xcf\x11\xe0junk", "file_unreadable")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(data, code):
    with pytest.raises(DomainError) as refused:
        read_table(data, "x.csv")
    assert refused.value.code == code


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch):
    monkeypatch.setattr(tablefile, "MAX_UNPACKED", 1000)
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
        "name": 0, "legal_representative": 1, "credit_code": 2,
    }  # fmt: skip


def test_credit_codes_against_the_collected_ones(real_data):
    wrong = []
    with (real_data / "credit-codes/uscc_vectors.csv").open(encoding="utf-8-sig") as handle:
        for row in csv.reader(handle):
            code, expected = row[0], row[1]
            if expected != "期望" and (fault(normalise(code)) is None) != expected.startswith("valid"):
                wrong.append((code, expected, fault(normalise(code))))
    assert not wrong
