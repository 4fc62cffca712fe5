"""Which header means which field of the enterprise register. Plain data and one reading of a row."""

import re
from datetime import date

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


def recognise(headers):
    """A header row in, {field: column index} out."""
    found = {}
    plain = [_plain(header) for header in headers]
    for field, names in SUBJECT_HEADERS.items():
        for name in names:
            if _plain(name) in plain and field not in found:
                found[field] = plain.index(_plain(name))
    return found


def find_header(rows):
    """The first of the leading rows that names an enterprise column (titles may stand above it), or None."""
    for number, row in enumerate(rows[:10]):
        if "name" in recognise(row):
            return number
    return None


def read_row(row, mapping):
    """A row and the mapping in; ({field: value}, [faults in Chinese]) out. Only mapped fields are returned."""
    values, faults = {}, []
    for field, column in mapping.items():
        text = row[column] if column < len(row) else ""
        text = "" if text in NOTHING else text
        if field == "registered_on":
            day = read_date(text)
            if text and day is None:
                faults.append(f"日期“{text[:20]}”读不懂")
            values[field] = day.isoformat() if day else None
            continue
        if len(text) > _LIMITS.get(field, 10_000):
            faults.append(f"{SUBJECT_HEADERS[field][0]}超过 {_LIMITS[field]} 字")
            text = text[: _LIMITS[field]]
        values[field] = text
    return values, faults


def read_date(text):
    """2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305 → date; anything else None."""
    match = re.fullmatch(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})\D?(?:\s.*)?", text) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", text
    )
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _plain(header):
    return re.sub(r"[\s*:：]|[（(](?!负责人|街道).*?[）)]", "", header).replace("（", "(").replace("）", ")")
