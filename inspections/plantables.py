"""年度计划表 as bureaus publish them: bytes in, plan lines out, and a question for every cell that could be read two ways.

Nothing is guessed: a share or a frequency is taken only where the cell says just that. Plain Python.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from registries.errors import DomainError
from registries.tablefile import clean, open_grids

# what a column is → headers as plans write them; the longest header that a cell begins with wins
HEADERS = {
    "number": ["序号", "编号"],
    "title": ["检查事项", "抽查事项", "年度计划名称", "计划名称", "事项名称", "任务名称", "名称", "检查项目"],
    "category": ["抽查类别", "检查类别", "事项类别", "类别", "检查类型"],
    "objects_text": ["具体检查对象", "检查对象", "抽查对象", "对象"],
    "base": ["抽查基数", "对象总数", "基数", "总数"],
    "content": ["检查内容", "抽查内容", "内容", "检查内容（项目）"],
    "basis": ["抽查依据", "检查依据", "实施依据", "依据", "法律依据"],
    "share": ["抽查比例或数量", "抽查比例及频次", "抽查比例和频次", "抽查比例", "检查比例", "比例"],
    "count": ["抽查数量", "检查数量", "抽查户数", "检查户数", "数量", "户数", "计划户数", "家数"],
    "times": ["检查频次和上限", "检查频次", "抽查频次", "频次", "抽查周期", "检查周期", "周期", "每年次数"],
    "cap": ["年度上限", "频次上限", "上限"],
    "method": ["检查方式", "随机抽查方式", "抽查方式", "方式"],
    "months": ["检查时间安排", "计划开展时间", "检查时间", "时间安排", "实施时间", "实施日期", "开始时间"],
    "until": ["结束时间"],
    "section": ["承办机构", "承办股室", "股室", "科室", "检查主体", "抽查主体", "发起部门", "实施主体"],
    "partners": ["参检单位", "配合部门", "联合部门", "参与部门"],
    "note": ["备注", "说明"],
}
_FIELD_OF = {header: name for name, headers in HEADERS.items() for header in headers}
_DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "十": 10, "十二": 12}
_N = r"(\d+|[一两二三四五六]|十二?)"
_PERCENT = re.compile(r"(?:抽查|检查)?(?:比例)?(?:为|是)?[:：]?(\d+(?:\.\d{1,2})?)%")
_WHOLE = ("全覆盖", "全部", "全部检查", "100%全覆盖", "全覆盖检查")
_HOUSES = re.compile(r"(\d+)(?:户|家|个|户次|家次|座|处|所)?")
_TIMES = [
    re.compile(rf"=?{_N}(?:次)?"),
    re.compile(rf"{_N}次/年(?:/(?:单位|户|家|企业))?"),
    re.compile(rf"(?:每年|一年|全年|每年度|年度)(?:检查|抽查|开展)?{_N}次"),
    re.compile(rf"每(?:户|家|单位|企业)每年(?:检查|抽查)?{_N}次"),
]
_PERIODS = {"每年": 1, "每半年": 2, "半年": 2, "每季": 4, "每季度": 4, "每月": 12, "每年度": 1, "年度": 1}
_LEAST = re.compile(r"(?:>=|≥|>|不低于|不少于|至少|以上|及以上)")
_TWO_KINDS = re.compile(r"(\d+)[家户].*?(\d+)[家户]重点检查.*?双随机.{0,12}?(\d+)[家户]", re.S)
_CUT = ("…", "...", "(截断)")
MAX_LINES = 2_000


@dataclass
class Line:
    """One line of a plan: what PlanLine holds, the row's cells under their headers, and what is to be asked."""

    row: int
    values: dict
    cells: dict
    asks: list = field(default_factory=list)


def read(data, name, encoding=""):
    """Bytes and name of a csv, xls or xlsx in, [Line] out. Raises what open_grids raises, and plan_line_empty."""
    lines = []
    for grid in open_grids(data, name, encoding):
        lines += _read_rows(grid.rows)
    if not lines:
        raise DomainError("plan_line_empty")
    if len(lines) > MAX_LINES:
        raise DomainError("sheet_too_long", count=len(lines), limit=MAX_LINES)
    return lines


def _read_rows(rows):
    place, columns = _header(rows)
    if columns is None:
        return []
    titles = [_plain(cell) for cell in rows[place]]
    found, before = [], {}
    for number, row in enumerate(rows[place + 1 :], place + 2):
        cells = {column: _text(cell) for column, cell in enumerate(row) if cell is not None}
        texts = {name: cells.get(column, "") for name, column in columns.items()}
        if not any(texts.values()):
            continue
        # 同上 says the cell above; nothing else is carried down.
        for name, text in texts.items():
            if text in ("同上", "〃", "″", '"'):
                texts[name] = before.get(name, "")
        before = texts
        if not texts.get("title"):
            continue
        kept = {titles[column]: text for column, text in cells.items() if column < len(titles) and text}
        found += _lines(number, texts, kept)
    return found


def _text(cell):
    # A sheet's whole number is written without its ".0".
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else clean(str(cell))


def _header(rows):
    for place, row in enumerate(rows[:20]):
        columns = {}
        for column, cell in enumerate(row):
            name = _column_of(_plain(cell))
            if name and name not in columns:
                columns[name] = column
        if "title" not in columns and "category" in columns and len(columns) > 2:
            columns["title"] = columns.pop(
                "category"
            )  # 抽查类别 twice, or the kind alone: what is inspected stands there
        if "title" in columns and len(columns) > 1:
            second = [column for column, cell in enumerate(row) if _plain(cell) == _plain(row[columns["title"]])]
            if len(second) > 1:
                columns["category"], columns["title"] = second[:2]
            return place, columns
    return 0, None


def _column_of(header):
    if header in _FIELD_OF:
        return _FIELD_OF[header]
    begun = [each for each in _FIELD_OF if header.startswith(each)]
    return _FIELD_OF[max(begun, key=len)] if begun else None


def _plain(cell):
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(cell or "")))


def _lines(row, texts, cells):
    values = {
        name: texts.get(name, "")
        for name in ("title", "content", "basis", "objects_text", "method", "months", "section", "partners", "note")
    }
    if texts.get("until"):
        values["months"] = f"{values['months']}—{texts['until']}".strip("—")
    line = Line(row, values | {"kind": _kind(texts)}, cells)
    _read_share(line, texts.get("share", ""))
    _read_count(line, texts.get("count", ""))
    _read_times(line, texts.get("times", ""))
    _read_base(line, texts.get("base", ""))
    if texts.get("cap"):
        line.values["cap"] = _number(line, "上限", texts["cap"], _TIMES)
    cut = [name for name, text in texts.items() if text.endswith(_CUT)]
    if cut:
        line.asks.append("原表的文字没有写完，请对照原件补齐")
    two = _TWO_KINDS.search(_plain(texts.get("objects_text", "")))
    if two:
        return _split(line, *map(int, two.groups()))
    if not any(line.values.get(name) for name in ("rate_bp", "count")) and not line.asks:
        line.asks.append("没有写抽查比例，也没有写户数，请填写其中之一")
    return [line]


def _split(line, base, key, drawn):
    """“共58家，重点检查11家，双随机3家” is two lines: the ones that are named and the ones that are drawn."""
    made = []
    for kind, count in (("key", key), ("random", drawn)):
        made.append(
            Line(line.row, line.values | {"kind": kind, "base": base, "count": count}, line.cells, list(line.asks))
        )
    return made


def _kind(texts):
    said = " ".join((texts.get("category", ""), texts.get("note", ""), texts.get("title", "")))
    if "重点检查" in said and "随机" not in said:
        return "key"
    if "专项" in said and "随机" not in said:
        return "special"
    return "random"


def _read_share(line, text):
    plain = _plain(text)
    if not plain:
        return
    if plain in _WHOLE:
        line.values["rate_bp"] = 10_000
    elif match := _PERCENT.fullmatch(plain):
        rate = round(float(match[1]) * 100)
        if 0 < rate <= 10_000:
            line.values["rate_bp"] = rate
        else:
            line.asks.append(f"抽查比例“{text}”不在 0 到 100% 之间，请核对")
    elif re.fullmatch(r"\d+(户|家|个|户次|家次)", plain):
        line.values["count"] = int(re.match(r"\d+", plain)[0])
    elif re.fullmatch(r"\d*\.?\d+", plain):
        line.asks.append(f"抽查比例写作“{text}”：是 {_guess(plain)}，还是户数？请填写")
    else:
        said = re.search(r"(\d+(?:\.\d+)?)%", plain)
        hint = f"，其中有 {said[1]}%" if said else ""
        least = "写的是下限" if _LEAST.search(plain) else "不只是一个比例"
        line.asks.append(f"抽查比例“{_short(text)}”{least}{hint}，请填写按多少抽取")
        if "频次" in plain:
            line.asks.append(f"频次写在比例栏“{_short(text)}”，请填写每年几次")


def _guess(plain):
    value = float(plain)
    return f"{value * 100:g}%" if value < 1 else f"{value:g}%"


def _read_count(line, text):
    plain = _plain(text)
    if not plain:
        return
    match = _HOUSES.fullmatch(plain)
    if match:
        line.values["count"] = int(match[1])
    else:
        first = re.match(r"\d+", plain)
        hint = f"是按 {first[0]} 户计吗？" if first else ""
        line.asks.append(f"户数“{_short(text)}”除数字外还有说明，{hint}请填写")


def _read_times(line, text):
    plain = _plain(text)
    if not plain:
        return
    both = re.fullmatch(r"(?:检查|抽查)?频次[:：](.+?)[;；,，。]?(?:年度)?上限[:：](.+?)[;；。]?", plain)
    if both:
        line.values["times"] = _number(line, "频次", both[1], _TIMES)
        line.values["cap"] = _number(line, "上限", both[2], _TIMES)
        return
    if plain in _PERIODS:
        line.values["times"] = _PERIODS[plain]
        return
    line.values["times"] = _number(line, "频次", text, _TIMES)


def _number(line, what, text, patterns):
    plain = _plain(text)
    for pattern in patterns:
        if match := pattern.fullmatch(plain):
            return int(match[1]) if match[1].isdigit() else _DIGITS[match[1]]
    least = "写的是下限" if _LEAST.search(plain) else "看不出每年几次"
    line.asks.append(f"{what}“{_short(text)}”{least}，请填写每年几次")
    return None


def _read_base(line, text):
    plain = _plain(text)
    match = _HOUSES.fullmatch(plain)
    if match:
        line.values["base"] = int(match[1])
    elif plain:
        line.values["note"] = f"{line.values['note']} 抽查基数：{text}".strip()


def _short(text):
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else plain[:39] + "…"
