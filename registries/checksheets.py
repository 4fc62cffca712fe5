"""A bureau's own inspection sheet (xls, xlsx, csv with merged cells or blanks below a heading; json of an H5 list) in,
check lines with their headings out, and every oddity by row. Plain Python."""

import json
import re
import unicodedata
from dataclasses import dataclass, field

from .errors import DomainError
from .tablefile import clean, open_grid

# what a column is → headers as sheets write them; headings are read in the order of the sheet
HEADERS = {
    "heading": ["类别", "项目", "检查项目", "检查类别", "项目名称", "分类", "要素", "抽查子项", "检查单元", "检查要素"],
    "requirement": ["自查标准项具体描述", "检查内容", "内容", "检查要点", "具体描述", "检查标准", "标准要求", "要求", "检查内容及要求", "检查事项"],
    "basis": ["部分参考依据", "参考依据", "依据", "认定依据", "检查依据", "法律依据", "标准依据"],
    "violation": ["违法表述", "违法情形", "问题描述", "不符合情形", "违法行为"],
    "measure": ["处理措施", "现场处理措施", "现场处理"],
    "penalty_basis": ["处罚依据"],
    "how": ["检查方法", "检查方式"],
    "points": ["分值", "标准分", "分数"],
    "scoring": ["评分方法", "评分标准", "扣分标准"],
    "is_mandatory": ["必查", "是否必查", "必查项"],
    "is_major": ["重大事故隐患", "是否重大事故隐患", "重大隐患", "是否重大隐患"],
}  # fmt: skip
_FIELD_OF = {header: name for name, headers in HEADERS.items() for header in headers}
_LEVEL = re.compile(r"[ⅠⅡⅢⅣ1-4一二三四]级.*(隐患|指标|标准|项目)")
MAX_JSON = 4 * 1024 * 1024
_YES = ("是", "√", "必查", "Y", "1")


@dataclass
class Line:
    row: int
    heading: str
    values: dict


@dataclass
class Sheet:
    """One check list. `odd`: [(row or 0, sentence)], told to whoever brings it in."""

    title: str
    lines: list = field(default_factory=list)
    odd: list = field(default_factory=list)
    remarks: list = field(default_factory=list)


def read(data, name, encoding=""):
    """Bytes and name of a file in, [Sheet] out. Raises what open_grid raises, sheet_unknown and file_empty."""
    sheets = _read_json(data, name) if name.lower().endswith(".json") else [_read_grid(data, name, encoding)]
    sheets = [each for each in sheets if each.lines]
    if not sheets:
        raise DomainError("file_empty")
    for sheet in sheets:
        _look_over(sheet)
    return sheets


# -- tables ----------------------------------------------------------------------------------------------


def _read_grid(data, name, encoding):
    grid = open_grid(data, name, encoding)
    place = next((n for n, row in enumerate(grid.rows[:20]) if "requirement" in _fields(row).values()), None)
    if place is None:
        raise DomainError("sheet_unknown", headers="、".join(_text(cell) for cell in grid.rows[0] if cell)[:200])
    above = [_text(cell) for row in grid.rows[:place] for cell in row if _text(cell)]
    sheet = Sheet(title=above[0] if above else re.sub(r"\.\w+$", "", name))
    columns = _fields(grid.rows[place])
    levels = [column for column, what in columns.items() if what == "heading"]
    main = next(column for column, what in columns.items() if what == "requirement")
    path = {}
    for number in range(place + 1, len(grid.rows)):
        _take_row(sheet, grid, number, columns, levels, main, path)
    return sheet


def _take_row(sheet, grid, number, columns, levels, main, path):
    row, shown = grid.rows[number], number + 1
    if number in grid.wide:
        sheet.remarks.append(_text(row[0]))
        sheet.odd.append((shown, f"不是检查内容，作为说明保留：{_text(row[0])[:40]}"))
        return
    for column in levels:
        found = _text(row[column])
        if found and (path.get(column) != found or (number, column) not in grid.covered):
            for lower in [each for each in levels if each >= column]:
                path.pop(lower, None)
            path[column] = found
    values = {what: _text(row[column]) for column, what in columns.items() if what != "heading"}
    if (number, main) in grid.covered:
        if (number - 1, main) not in grid.covered:
            sheet.odd.append((shown, "与上一行是同一个合并单元格，合为一条"))
        return
    if values["requirement"]:
        heading = " / ".join(path[column] for column in levels if column in path)
        sheet.lines.append(Line(shown, heading, _typed(values)))
        return
    own = [_text(cell) for column, cell in enumerate(row) if _text(cell) and (number, column) not in grid.covered]
    if not own:
        sheet.odd.append((shown, "表内空行，没有检查内容"))
    else:
        sheet.odd.append((shown, f"没有检查内容，未读入：{'；'.join(own)[:60]}"))


def _fields(row):
    """{column: what it is} of a header row."""
    found = {}
    for column, cell in enumerate(row):
        header = re.sub(r"[（(].*?[）)]|\s", "", _text(cell))
        what = "heading" if _LEVEL.fullmatch(header) else _FIELD_OF.get(header)
        if what and (what == "heading" or what not in found.values()):
            found[column] = what
    return found


def _typed(values):
    kept = {what: text for what, text in values.items() if what not in ("points", "is_mandatory", "is_major")}
    for what in ("is_mandatory", "is_major"):
        kept[what] = values.get(what, "") in _YES
    score = re.search(r"\d+(?:\.\d)?", values.get("points", ""))
    kept["points"] = score[0] if score else None
    return kept


def _text(cell):
    """As clean(), but a cell of several lines keeps them."""
    if not isinstance(cell, str):
        return clean(cell)
    return "\n".join(filter(None, (clean(line) for line in cell.splitlines())))


# -- json ------------------------------------------------------------------------------------------------


def _read_json(data, name):
    if len(data) > MAX_JSON:
        raise DomainError("file_too_large", size=len(data) // 2**20, limit=MAX_JSON // 2**20)
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as wrong:
        raise DomainError("file_unreadable", detail=f"不是 json：{str(wrong)[:60]}") from None
    lists = found if isinstance(found, dict) else {re.sub(r"\.\w+$", "", name): found}
    return [_json_list(title, rows) for title, rows in lists.items() if isinstance(rows, list)]


def _json_list(title, rows):
    sheet = Sheet(title=title)
    bodies = [row["itemList"] for row in rows if isinstance(row, dict) and isinstance(row.get("itemList"), list)]
    heading = ""
    for number, row in enumerate([each for body in bodies for each in body] or rows, 1):
        if not isinstance(row, dict) or row.get("type") in ("remark", "total"):
            continue
        content = _text(str(row.get("content", "")))
        if row.get("type") == "first_title":
            heading = content
            continue
        requirement = _text(str(row.get("demand", ""))) or content
        if not requirement:
            sheet.odd.append((number, "没有检查内容，未读入"))
            continue
        parts = [heading, f"{row.get('subTitle', '')} {content}".strip() if row.get("demand") else ""]
        values = {
            "requirement": requirement,
            "scoring": _text(str(row.get("scored", ""))),
            "points": str(row.get("score", "")),
        }
        sheet.lines.append(Line(number, " / ".join(filter(None, parts)), _typed(values)))
    return sheet


# -- oddities --------------------------------------------------------------------------------------------


def _look_over(sheet):
    seen, without = {}, 0
    for line in sheet.lines:
        plain = re.sub(r"\W", "", unicodedata.normalize("NFKC", line.values["requirement"]))
        if plain in seen:
            sheet.odd.append((line.row, f"与第 {seen[plain]} 行内容相同，两行都读入"))
        seen.setdefault(plain, line.row)
        without += not line.values.get("basis")
    if without:
        sheet.odd.append((0, f"有 {without} 条没有写依据，公布前请补上"))
    sheet.odd.sort()
