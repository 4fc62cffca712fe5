"""A bureau's own inspection sheet (xls, xlsx, csv with merged cells or blanks below a heading; json of an H5
list) in, check lines with their headings out, and every oddity by row. Plain Python."""

import json
import re
import unicodedata
from dataclasses import dataclass, field

from ..errors import DomainError
from .cells import clean
from .file import open_grids
from .headers import Headers

# what a column is → headers as sheets write them; headings are read in the order of the sheet
HEADERS = {
    "heading": [
        "类别",
        "项目",
        "检查项目",
        "检查类别",
        "项目名称",
        "分类",
        "要素",
        "抽查子项",
        "检查单元",
        "检查要素",
    ],
    "requirement": [
        "自查标准项具体描述",
        "检查内容",
        "内容",
        "检查要点",
        "具体描述",
        "检查标准",
        "标准要求",
        "要求",
        "检查内容及要求",
        "检查内容和要求",
        "检查事项及内容",
        "检查要求",
        "排查内容",
        "检查事项",
    ],
    "basis": ["部分参考依据", "参考依据", "依据", "认定依据", "检查依据", "法律依据", "标准依据"],
    "violation": ["违法表述", "违法情形", "问题描述", "不符合情形", "违法行为"],
    "measure": ["处理措施", "现场处理措施", "现场处理"],
    "penalty_basis": ["处罚依据"],
    "how": ["检查方法", "检查方式"],
    "points": ["分值", "标准分", "分数"],
    "scoring": ["评分方法", "评分标准", "扣分标准"],
    "is_mandatory": ["必查", "是否必查", "必查项"],
    "is_major": ["重大事故隐患", "是否重大事故隐患", "重大隐患", "是否重大隐患"],
}
_LEVEL = re.compile(r"[ⅠⅡⅢⅣ1-4一二三四]级.*(隐患|指标|标准|项目)")
COLUMNS = Headers(HEADERS, more=lambda cell: "heading" if _LEVEL.fullmatch(cell) else None)
MAX_JSON = 4 * 1024 * 1024
_YES = ("是", "√", "✓", "★", "有", "必查", "必查项", "重大", "重大隐患", "重大事故隐患", "Y", "y", "yes", "1")
_NO = ("否", "无", "×", "一般", "N", "n", "no", "0", "/", "-", "—")
_TEXTS = ("basis", "violation", "measure", "penalty_basis", "how", "scoring")
MAX_LINES, MAX_SHEETS = 3_000, 50


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
    """Bytes and name of a file in, [Sheet] out. Raises what open_grids raises, sheet_unknown,
    sheet_too_long and file_empty."""
    if name.lower().endswith(".json"):
        sheets = _read_json(data, name)
    else:
        grids = open_grids(data, name, encoding)
        read_ = [sheet for grid in grids if (sheet := _read_grid(grid, name)) is not None]
        if grids and not read_:
            raise DomainError(
                "sheet_unknown", headers="、".join(_text(cell) for cell in grids[0].rows[0] if cell)[:200]
            )
        sheets = read_
    sheets = [each for each in sheets if each.lines]
    if not sheets:
        raise DomainError("file_empty")
    if len(sheets) > MAX_SHEETS or any(len(each.lines) > MAX_LINES for each in sheets):
        raise DomainError("sheet_too_long", lines=MAX_LINES, sheets=MAX_SHEETS)
    for sheet in sheets:
        _look_over(sheet)
    return sheets


# -- tables ----------------------------------------------------------------------------------------------


def _read_grid(grid, name):
    """The Sheet of a grid, or None where no row names a column of requirements."""
    place = next((n for n, row in enumerate(grid.rows[:20]) if "requirement" in _fields(row).values()), None)
    if place is None:
        return None
    above = [_text(cell) for row in grid.rows[:place] for cell in row if _text(cell)]
    sheet = Sheet(title=above[0] if above else grid.name.strip() or re.sub(r"\.\w+$", "", name))
    if re.fullmatch(r"[Ss]heet\d*|工作表\d*", sheet.title):
        sheet.title = re.sub(r"\.\w+$", "", name)
    if grid.hidden:
        shown = "、".join(map(str, grid.hidden[:10])) + (" 等" if len(grid.hidden) > 10 else "")
        sheet.odd.append(
            (0, f"有 {len(grid.hidden)} 行在表格里是隐藏的（第 {shown} 行），也读入了，不要的请逐条删去")
        )
    reader = _Rows(sheet, grid, _fields(grid.rows[place]))
    for number in range(place + 1, len(grid.rows)):
        reader.take(number)
    reader.end()
    return sheet


class _Rows:
    """The rows below the header, one after another; what stands above a line is its heading."""

    def __init__(self, sheet, grid, columns):
        self.sheet, self.grid, self.columns = sheet, grid, columns
        self.levels = [column for column, what in columns.items() if what == "heading"]
        self.main = next(column for column, what in columns.items() if what == "requirement")
        self.path, self.section, self.pending = {}, "", None

    def take(self, number):
        row, shown = self.grid.rows[number], number + 1
        own = [
            _text(cell)
            for column, cell in enumerate(row)
            if _text(cell) and (number, column) not in self.grid.covered
        ]
        if self.grid.wide.get(number, -1) >= self.main or (
            len(own) == 1 and _text(row[0]) == own[0] and self.main > 0
        ):
            self._title(shown, own[0] if own else "")
            return
        self._headings(number, row)
        values = {what: _text(row[column]) for column, what in self.columns.items() if what != "heading"}
        if (number, self.main) in self.grid.covered:
            self._continue(number, shown, row)
        elif values["requirement"] in COLUMNS:
            self.sheet.odd.append((shown, "重复的表头行"))
        elif values["requirement"]:
            self.pending = None
            parts = [self.section, *(self.path[column] for column in self.levels if column in self.path)]
            heading = " / ".join(filter(None, dict.fromkeys(parts)))
            self.sheet.lines.append(Line(shown, heading, _typed(values, shown, self.sheet.odd)))
        elif not own:
            self.sheet.odd.append((shown, "表内空行，没有检查内容"))
        else:
            self.sheet.odd.append((shown, f"没有检查内容，未读入：{'；'.join(own)[:60]}"))

    def end(self):
        if self.pending:  # a title that nothing follows is a remark on the whole
            shown, text = self.pending
            self.sheet.remarks.append(text)
            self.sheet.odd.append((shown, f"不是检查内容，作为说明保留：{text[:40]}"))

    def _title(self, shown, text):
        self.end()
        self.section, self.path, self.pending = text, {}, (shown, text)

    def _headings(self, number, row):
        for column in self.levels:
            found = _text(row[column])
            if found and (self.path.get(column) != found or (number, column) not in self.grid.covered):
                for lower in [each for each in self.levels if each >= column]:
                    self.path.pop(lower, None)
                self.path[column] = found

    def _continue(self, number, shown, row):
        # One requirement over several rows: what stands beside it row by row belongs to it, all of it.
        if (number - 1, self.main) not in self.grid.covered:
            self.sheet.odd.append((shown, "与上一行是同一个合并单元格，合为一条"))
        if not self.sheet.lines:
            return
        values = self.sheet.lines[-1].values
        for column, what in self.columns.items():
            text = _text(row[column])
            if what in _TEXTS and text and (number, column) not in self.grid.covered:
                values[what] = "\n".join(filter(None, [values.get(what, ""), text]))


def _fields(row):
    """{column: what it is} of a header row: every heading, of the others the first."""
    found = COLUMNS.columns([_text(cell) for cell in row])
    return {
        column: what
        for what, places in found.items()
        for column in sorted(column for _, column in places)[: None if what == "heading" else 1]
    }


def _typed(values, shown, odd):
    kept = {what: text for what, text in values.items() if what not in ("points", "is_mandatory", "is_major")}
    for what in ("is_mandatory", "is_major"):
        said = values.get(what, "")
        kept[what] = said in _YES
        if said and said not in _YES and said not in _NO:
            odd.append(
                (
                    shown,
                    f"“{said[:20]}”看不出是不是“"
                    f"{'必查' if what == 'is_mandatory' else '重大事故隐患'}”，按否读入",
                )
            )
    said = values.get("points", "")
    score = re.fullmatch(r"(\d{1,4}(?:\.\d)?)\s*分?", said)
    kept["points"] = score[1] if score else None
    if said and not score:
        odd.append((shown, f"分值“{said[:20]}”读不懂，没有读入"))
    return kept


def _text(cell):
    """As clean(), but a cell of several lines keeps them."""
    if not isinstance(cell, str):
        return clean(cell)
    cell = cell.encode("utf-8", "ignore").decode()  # half a letter (a lone surrogate) is none
    return "\n".join(filter(None, (clean(line) for line in cell.splitlines())))


# -- json ------------------------------------------------------------------------------------------------


def _read_json(data, name):
    if len(data) > MAX_JSON:
        raise DomainError("file_too_large", size=len(data) // 2**20, limit=MAX_JSON // 2**20)
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        raise DomainError("file_unreadable", detail=f"不是 json：{str(wrong)[:60]}") from None
    lists = found if isinstance(found, dict) else {re.sub(r"\.\w+$", "", name): found}
    sheets = [_json_list(_text(title)[:200], rows) for title, rows in lists.items() if isinstance(rows, list)]
    if not sheets:
        raise DomainError("sheet_unknown", headers="、".join(map(str, lists))[:200])
    return sheets


def _json_list(title, rows):
    sheet = Sheet(title=title)
    bodies = [
        row["itemList"] for row in rows if isinstance(row, dict) and isinstance(row.get("itemList"), list)
    ]
    heading = ""
    for number, row in enumerate([each for body in bodies for each in body] or rows, 1):
        if not isinstance(row, dict) or row.get("type") in ("remark", "total"):
            continue
        content, subtitle, demand, scored, score = (
            _text(str(value)) if isinstance(value := row.get(name), (str, int, float)) else ""
            for name in ("content", "subTitle", "demand", "scored", "score")
        )
        if row.get("type") == "first_title":
            heading = content
            continue
        requirement = demand or content
        if not requirement:
            sheet.odd.append((number, "没有检查内容，未读入"))
            continue
        parts = [heading, f"{subtitle} {content}".strip() if demand else ""]
        values = {"requirement": requirement, "scoring": scored, "points": score}
        sheet.lines.append(Line(number, " / ".join(filter(None, parts)), _typed(values, number, sheet.odd)))
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
