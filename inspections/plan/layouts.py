"""年度计划表 as bureaus publish them: bytes in, plan lines out, and a question for every cell
that could be read two ways.

Nothing is guessed: a share or a frequency is taken only where the cell, under its header, says just that; and
nothing is lost: each line keeps all its cells, and what is no line is told. Plain Python.
"""

import re
from dataclasses import dataclass, field

from registries.errors import DomainError
from registries.sheets.cells import clean
from registries.sheets.file import open_grids
from registries.sheets.headers import Headers, most_telling

from .quantities import (
    MOST,
    SAYS,
    SAYS_ITSELF,
    TIMES,
    plain_text,
    read_base,
    read_count,
    read_number,
    read_share,
    read_times,
    short,
)

# what a column is → headers as plans write them, the likeliest first
HEADERS = {
    "number": ["序号", "编号"],
    "title": [
        "检查事项",
        "抽查事项",
        "随机抽查事项名称",
        "随机抽查事项",
        "监督检查事项",
        "抽查项目",
        "检查项目",
        "事项名称",
        "抽查任务名称",
        "任务名称",
        "年度计划名称",
        "计划名称",
        "名称",
    ],
    "category": ["事项类别", "抽查类别", "检查类别", "检查类型", "类别"],
    "objects_text": ["具体检查对象", "检查对象", "抽查对象", "对象"],
    "base": ["抽查基数", "对象总数", "检查对象总数", "基数", "总数"],
    "content": ["检查内容", "抽查内容", "内容"],
    "basis": ["抽查依据", "检查依据", "实施依据", "法律依据", "依据"],
    "share": [
        "抽查比例或数量",
        "抽查比例及频次",
        "抽查比例和频次",
        "年度抽查比例",
        "抽查比例",
        "检查比例",
        "比例",
    ],
    "count": ["抽查数量", "检查数量", "抽查户数", "检查户数", "计划户数", "抽查家数", "数量", "户数", "家数"],
    "times": [
        "检查频次和上限",
        "检查频次",
        "抽查频次",
        "年度检查频次",
        "检查周期",
        "抽查周期",
        "每年次数",
        "频次",
        "周期",
    ],
    "cap": ["年度检查频次上限", "检查频次上限", "年度上限", "频次上限", "上限"],
    "method": ["检查方式", "随机抽查方式", "抽查方式", "方式"],
    "months": ["检查时间安排", "计划开展时间", "检查时间", "时间安排", "实施时间", "实施日期", "开始时间"],
    "until": ["结束时间"],
    "section": [
        "承办股室",
        "承办机构",
        "责任科室",
        "股室",
        "科室",
        "发起部门",
        "检查主体",
        "抽查主体",
        "实施主体",
    ],
    "partners": ["参检单位", "配合部门", "联合部门", "参与部门"],
    "note": ["备注", "说明"],
}
COLUMNS = Headers(HEADERS, plain=plain_text)
_COUNTED = ("share", "count", "times", "cap", "base")
# What may follow a known header without changing what the number means.
_PLAIN_TAIL = re.compile(
    r"[（(](户|家|个|户次|家次|次|次/年|次/年/单位|项目|含数量|单位[:：]?[户家个])[)）]|"
)
_PERCENT_TAIL = re.compile(r"[（(](单位[:：]?)?%[)）]")
_HOUSED = re.compile(r"\d+[家户]")
_TWO_KINDS = re.compile(r"(\d+)[家户][^家户]*?(\d+)[家户]重点检查.*?双随机.{0,12}?(\d+)[家户]", re.S)
_NO_LINE = ("合计", "小计", "总计", "备注", "注:", "注：", "说明:", "说明：", "填表")
_CUT = ("…", "...", "(截断)")
_SAME = ("同上", "〃", "″", '"')
MAX_LINES = 2_000


@dataclass
class Line:
    """One line of a plan: what PlanLine holds, the row's cells under their
    headers, and what is to be asked."""

    row: int
    values: dict
    cells: dict
    asks: list = field(default_factory=list)


@dataclass
class Table:
    """What was read: the lines, and what was seen and is no line, in words."""

    lines: list = field(default_factory=list)
    notes: list = field(default_factory=list)


@dataclass
class _Head:
    """One header: {field: column}, the columns that say the same again, each column's title,
    and headers to ask about."""

    columns: dict
    again: dict
    titles: dict
    doubted: dict
    percent: bool
    rows: int


def read(data, name, encoding=""):
    """Bytes and name of a csv, xls or xlsx in, Table out. Raises what open_grids raises, plan_line_empty and
    sheet_too_long."""
    table = Table()
    for grid in open_grids(data, name, encoding, with_percents=True):
        if grid.hidden:
            shown = "、".join(map(str, grid.hidden[:10])) + (" 等" if len(grid.hidden) > 10 else "")
            table.notes.append(
                f"有 {len(grid.hidden)} 行在表格里是隐藏的（第 {shown} 行），也读入了，不要的请删去"
            )
        before = len(table.lines)
        _read_rows([[_text(cell) for cell in row] for row in grid.rows], table)
        if len(table.lines) == before:
            table.notes.append(f"工作表“{grid.name or name}”没有计划表的表头，没有读入")
    if not table.lines:
        raise DomainError("plan_line_empty")
    if len(table.lines) > MAX_LINES:
        raise DomainError("sheet_too_long", count=len(table.lines), limit=MAX_LINES)
    return table


def _read_rows(rows, table):
    place, head = _find_header(rows)
    if head is None:
        return
    number, before = place + head.rows, {}
    while number < len(rows):
        other = _header_at(rows, number)
        if other and len(other.columns) >= 3 and "title" in other.columns:
            head, before = other, {}  # the header again on another page, or another table
            number += head.rows
            continue
        before = _read_row(number + 1, rows[number], head, before, table)
        number += 1


def _read_row(number, row, head, before, table):
    cells = {
        head.titles.get(column) or f"第 {column + 1} 栏": text for column, text in enumerate(row) if text
    }
    if not cells:
        return before
    texts = {name: row[column] if column < len(row) else "" for name, column in head.columns.items()}
    first = next(iter(cells.values()))
    if (
        len(cells) == 1
        or plain_text(first).startswith(_NO_LINE)
        or plain_text(texts.get("title", "")).startswith(_NO_LINE)
    ):
        table.notes.append(f"第 {number} 行不是计划内容，没有读入：{short('　'.join(cells.values()))}")
        return before
    # 同上 says the cell above; nothing else is carried down.
    texts = {name: before.get(name, "") if text in _SAME else text for name, text in texts.items()}
    line = _line(number, texts, cells, head)
    for name, columns in head.again.items():
        said = [(head.titles[column], row[column] if column < len(row) else "") for column in columns]
        if sum(bool(text) for _, text in said) > 1 and len({text for _, text in said}) > 1:
            line.values.pop({"share": "rate_bp"}.get(name, name), None)
            told = "，".join(f"{title}“{short(text)}”" for title, text in said if text)
            line.asks.append(f"有几栏说的是一回事（{told}），请填写用哪一个")
            if name == "title":
                line.values["title"] = texts["title"]
    for name, header in head.doubted.items():
        is_either = name == "share" and re.search(r"[（(](数量|户数|家数)[)）]$", header)
        says_itself = is_either and SAYS_ITSELF.fullmatch(plain_text(texts.get(name, "")))
        if texts.get(name) and not says_itself:
            line.values.pop({"share": "rate_bp"}.get(name, name), None)
            line.asks.append(f"栏目“{header}”下写的是“{short(texts[name])}”，请按它的意思填写")
    table.lines += _by_kind(line, texts)
    return texts


def _find_header(rows):
    """(place, _Head) of the row, or pair of rows, among the first thirty that
    names most columns; (0, None)."""
    heads = [_header_at(rows, place) for place in range(min(len(rows), 30))]
    place = most_telling(heads, lambda head: head and head.columns, most=30)
    return (0, None) if place is None else (place, heads[place])


def _header_at(rows, place):
    one = _read_header([plain_text(cell) for cell in rows[place]], 1)
    if place + 1 < len(rows):
        below = [plain_text(cell) for cell in rows[place + 1]]
        if sum(cell in COLUMNS for cell in below) >= 2:
            above = [plain_text(cell) for cell in rows[place]]
            if not any(cell in COLUMNS for cell in above):
                return one
            both = [low if low in COLUMNS else high for low, high in zip(below, above, strict=False)]
            two = _read_header(both, 2)
            if two and (one is None or len(two.columns) > len(one.columns)):
                return two
    return one


def _read_header(cells, height):
    found, doubted, percent = {}, {}, False
    for column, cell in enumerate(cells):
        name, tail, header = COLUMNS.begun_by(cell)
        if name is None:
            continue
        found.setdefault(name, []).append((COLUMNS.known[header][1], column))
        if name in _COUNTED and tail and not _PLAIN_TAIL.fullmatch(tail):
            if name == "share" and _PERCENT_TAIL.fullmatch(tail):
                percent = True
            else:
                doubted[name] = cell
    if "title" not in found and len(found.get("category", ())) > 1:
        found["title"] = [found["category"].pop()]  # 抽查类别 twice: the second says what is inspected
    if "title" not in found and "objects_text" in found and {"share", "count", "times"} & set(found):
        # a plan by 检查对象 names no 事项: whom it is about is its title
        found["title"] = list(found["objects_text"])
    if "title" not in found or len(found) < 2:
        return None
    titles = {}
    for column, cell in enumerate(cells):
        if cell:
            titles[column] = cell if cell not in titles.values() else f"{cell}（第 {column + 1} 栏）"
    columns = {name: min(places)[1] for name, places in found.items()}
    again = {
        name: [column for _, column in places]
        for name, places in found.items()
        if len(places) > 1
        and (name in _COUNTED or name == "title" and len({rank for rank, _ in places}) == 1)
    }
    return _Head(columns, again, titles, doubted, percent, height)


def _text(cell):
    # A sheet's whole number is written without its ".0".
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else clean(str(cell))


def _line(row, texts, cells, head):
    values = {
        name: texts.get(name, "")
        for name in (
            "title",
            "content",
            "basis",
            "objects_text",
            "method",
            "months",
            "section",
            "partners",
            "note",
        )
    }
    if texts.get("until"):
        values["months"] = f"{values['months']}—{texts['until']}".strip("—")
    line = Line(row, values, cells)
    line.values["kind"] = _kind(line, texts)
    if not values["title"]:
        line.values["title"] = "（没有写事项）"
        line.asks.append("这一行没有写检查事项（原表可能是合并的格子），请填写")
    elif len(values["title"]) > 200:
        line.asks.append("事项名称超过 200 字，只留了前 200 字，请改短")
    read_share(line, texts.get("share", ""), head.percent)
    read_count(line, texts.get("count", ""))
    read_times(line, texts.get("times", ""))
    read_base(line, texts.get("base", ""))
    if texts.get("cap"):
        line.values["cap"] = read_number(line, "上限", texts["cap"], TIMES)
    for name, most in MOST.items():
        if line.values.get(name) is not None and not 1 <= line.values[name] <= most:
            line.asks.append(f"{SAYS[name]}“{line.values.pop(name)}”不像是真的，请核对后填写")
    rate, count, base = (line.values.get(name) for name in ("rate_bp", "count", "base"))
    if rate and count and base and count != -(-base * rate // 10_000):
        line.asks.append(
            f"{base} 户按 {rate / 100:g}% 是 {-(-base * rate // 10_000)} 户，表中写的是 {count} 户，请核对"
        )
    if any(text.endswith(_CUT) for text in texts.values()):
        line.asks.append("原表的文字没有写完，请对照原件补齐")
    return line


def _by_kind(line, texts):
    """“58家，重点检查11家，双随机3家” is two lines: the ones that are named and the ones that are drawn."""
    said = plain_text(texts.get("objects_text", "")).replace(",", "").replace("，", "")
    if "重点检查" in said and "双随机" in said:
        two = _TWO_KINDS.search(said)
        if two and len(_HOUSED.findall(said)) == 3:
            base, key, drawn = map(int, two.groups())
            return [
                Line(
                    line.row,
                    line.values | {"kind": kind, "base": base, "count": count},
                    line.cells,
                    list(line.asks),
                )
                for kind, count in (("key", key), ("random", drawn))
            ]
        line.asks.append("一格里既有重点检查又有双随机，请分成两行填写各自的户数")
    if not any(line.values.get(name) for name in ("rate_bp", "count")) and not line.asks:
        line.asks.append("没有写抽查比例，也没有写户数，请填写其中之一")
    return [line]


def _kind(line, texts):
    """The kind as its own column says it; a mention elsewhere is asked about."""
    category = plain_text(texts.get("category", ""))
    if category in ("重点检查", "专项检查"):
        return "key" if category == "重点检查" else "special"
    said = plain_text(texts.get("title", "") + texts.get("note", ""))
    if ("重点检查" in said or "专项检查" in said) and "随机" not in said + plain_text(
        texts.get("objects_text", "")
    ):
        line.asks.append("提到重点检查或专项检查，请确认这一行的检查类型")
    return "random"
