"""Which header means which field of the enterprise register, and the reading of a row. Plain data, plain Python."""

import re
import unicodedata
from datetime import date, timedelta

from .creditcode import fault, normalise

# field → headers as bureaus and registers write them (bracketed remarks are cut off before comparing)
SUBJECT_HEADERS = {
    "name": ["企业名称", "单位名称", "名称", "检查对象", "被检查单位", "生产经营单位名称", "市场主体名称"],
    "credit_code": ["统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "统一社会信用代码/注册号"],
    "kind": ["企业类型", "主体类型", "主体类别", "市场主体类型", "类型"],
    "legal_representative": ["法定代表人", "法人代表", "负责人", "法定代表人(负责人)", "法人", "主要负责人"],
    "phone": ["联系电话", "电话", "手机", "法人电话"],
    "registered_on": ["注册日期", "成立日期", "成立时间", "注册时间"],
    "registration_status": ["登记状态", "经营状态", "企业状态"],
    "capital": ["注册资本", "注册资金"],
    "scope": ["经营范围", "许可经营项目", "经营范围及方式"],
    "industry": ["行业", "行业类别", "所属行业", "行业门类", "国民经济行业"],
    "address": ["住所", "注册地址", "地址", "企业地址", "生产经营地址", "经营场所"],
    "town": ["乡镇", "乡镇(街道)", "所属乡镇", "街道", "苏木镇"],
}
REQUIRED = ("name",)
NOTHING = {"", "N/A", "n/a", "无", "-", "—", "/", "null", "NULL", "None"}
_LIMITS = {
    "name": 200, "kind": 40, "legal_representative": 60, "registration_status": 20, "capital": 60,
    "industry": 100, "address": 300, "town": 50,
}  # fmt: skip
_HALF_WIDTH = ("phone", "capital")
_LOST = "\ufffd"


def recognise(headers, kept=None):
    """A header row in, {field: column index} out. `kept`: {header as compared: field} that a clerk once chose."""
    found = {}
    plain = [plain_header(header) for header in headers]
    for column, header in enumerate(plain):
        field = (kept or {}).get(header)
        if field in SUBJECT_HEADERS and field not in found:
            found[field] = column
    taken = set(found.values())
    for field, names in SUBJECT_HEADERS.items():
        for name in map(plain_header, names):
            if field not in found and name in plain and plain.index(name) not in taken:
                found[field] = plain.index(name)
                taken.add(found[field])
    return found


def find_header(rows, kept=None):
    """[(number, cells)] of the leading rows in; the place of the one that names an enterprise column, or None."""
    for place, (_, row) in enumerate(rows[:20]):
        if "name" in recognise(row, kept):
            return place
    return None


class RowReader:
    """Reads rows under one mapping {field: column index}."""

    def __init__(self, mapping):
        self.dated = mapping.get("registered_on")
        self.coded = mapping.get("credit_code")
        self.texts = [
            (field, column, _LIMITS.get(field, 10_000), field in _HALF_WIDTH)
            for field, column in mapping.items()
            if field not in ("registered_on", "credit_code")
        ]

    def read(self, cells):
        """Cells in; ({field: value}, [faults], [notes]) out, in Chinese. Only mapped fields are returned.

        A fault keeps the row out; a note tells what was written in another way than the file has it.
        """
        values, faults, notes = {}, [], []
        width = len(cells)
        for field, column, limit, is_half in self.texts:
            text = cells[column] if column < width else ""
            if text in NOTHING:
                values[field] = ""
                continue
            if is_half and not text.isascii():
                text = _half_width(text, field, notes)
            if len(text) > limit:
                faults.append(f"{SUBJECT_HEADERS[field][0]}超过 {limit} 字")
                text = text[:limit]
            values[field] = text
        if self.dated is not None:
            self._date(cells[self.dated] if self.dated < width else "", values, faults, notes)
        if self.coded is not None:
            self._code(cells[self.coded] if self.coded < width else "", values, notes)
        if any(_LOST in cell for cell in cells):
            faults.append("有无法识别的字符（坏字节），请核对原文件")
        return values, faults, notes

    def _date(self, text, values, faults, notes):
        values["registered_on"] = None
        if text in NOTHING:
            return
        day = read_date(text)
        if day is None:
            faults.append(f"日期“{text[:20]}”读不懂")
            return
        values["registered_on"] = day.isoformat()
        if text != values["registered_on"] and not text.startswith(values["registered_on"]):
            notes.append(f"日期 {text[:20]} → {values['registered_on']}")

    def _code(self, text, values, notes):
        code = "" if text in NOTHING else normalise(text)
        values["credit_code"] = code
        if code != text and code:
            notes.append(f"代码 {text[:30]} → {code}")


def misplaced_code(cells, coded):
    """The column number (from 1) in which a valid credit code stands that is not the code column, or None."""
    for column, text in enumerate(cells):
        if column != coded and len(text) >= 18 and fault(normalise(text)) is None:
            return column + 1
    return None


def read_date(text):
    """2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305, or a sheet's day number → date; anything else None."""
    text = unicodedata.normalize("NFKC", text)
    match = re.fullmatch(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})\D?(?:\s.*|T.*)?", text) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", text
    )
    try:
        if match:
            return date(*map(int, match.groups()))
        # Spreadsheets count days from 1899-12-30; five digits are 1954 to 2173.
        return date(1899, 12, 30) + timedelta(int(text)) if re.fullmatch(r"[2-9]\d{4}", text) else None
    except ValueError:
        return None


def plain_header(header):
    """A header as it is compared: no white space, stars, colons or bracketed remarks."""
    folded = re.sub(r"[\s*:：]|[（(](?!负责人|街道).*?[）)]", "", header)
    return folded.replace("（", "(").replace("）", ")")


def _half_width(text, field, notes):
    folded = unicodedata.normalize("NFKC", text)
    if folded != text:
        notes.append(f"{SUBJECT_HEADERS[field][0]} {text[:30]} → {folded[:30]}")
    return folded
