"""Tables as people have them: xlsx, xls, what is called so, csv and text (plain or gzip) in, numbered rows of
clean text out. Plain Python. Which reader reads what: workbooks.py, dressed.py, texts.py."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..errors import DomainError
from ..idnumbers import hide
from . import bounds
from .dressed import html_pages, kind_of, xml_pages
from .texts import ENCODINGS, decoded, open_text
from .workbooks import leading, open_pages, percents

__all__ = ["ENCODINGS", "Grid", "Table", "open_grids", "open_table", "read_table"]
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NAMED_BOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".et")
GRID_CELLS = 200_000


@dataclass
class Table:
    """`rows` gives (row number in the file, [cells as text]) once; rows without any text are left out.

    `told` are sentences on the file as a whole: what was read in another way than it looks; `late` those that
    are known when the rows have been read. `hidden`: the rows that the sheet does not show, and were read.
    `sheets`: the names of all sheets that hold something.
    """

    rows: Iterator
    told: list = field(default_factory=list)
    late: list = field(default_factory=list)
    sheet: str = ""
    sheets: list = field(default_factory=list)
    hidden: list = field(default_factory=list)


def open_table(data, name, encoding="", says=len, sheet="", shows_only=False):
    """Bytes of a file, its name and (text) its encoding in, Table out. "" finds the encoding, or asks.

    `says`: how much the leading rows [[cells]] say; it chooses among sheets and delimiters. `sheet` chooses
    one by name. `shows_only` leaves out the hidden rows. Raises DomainError file_too_large, file_unreadable,
    file_has_macros, file_has_password, encoding_unknown or encoding_wrong.
    """
    bounds.require_size(len(data))
    if name.lower().endswith(".gz"):
        data = _gunzip(data)
    pages, told = _pages(data, name, encoding)
    if pages is None:
        rows, more, late = open_text(data, encoding, says)
        return Table(rows, told + more, late)
    return _table(pages, told, says, sheet, shows_only)


def _pages(data, name, encoding):
    """([Page] or None where it is text, what is told)"""
    if data[:4] in _BOOKS:
        return open_pages(data)
    kind = kind_of(data)
    if kind == "html":
        text, _ = decoded(data, encoding or _charset(data))
        return html_pages(text.read()), ["文件其实是网页格式（有些系统导出的 .xls 是这样），已照表格读入。"]
    if kind == "xml2003":
        return xml_pages(data), ["文件其实是 XML 表格（Excel 2003），已照表格读入。"]
    if kind:
        raise DomainError("file_unreadable", detail=f"内容是{kind}，不是表格")
    if name.lower().endswith(_NAMED_BOOKS):
        if _is_text_table(data, encoding):
            return None, ["文件其实是文字表格（有些系统导出的 .xls 是这样），已照表格读入。"]
        raise DomainError("file_unreadable", detail="扩展名是表格，内容不是")
    return None, []


def _table(pages, told, says, wanted, shows_only):
    shown = [each for each in pages if not each.is_hidden] or pages
    if not shown:
        return Table(iter(()), told)
    for each in pages:
        each.name = hide(each.name)
    page = next((each for each in pages if each.name == wanted), None) or max(
        shown, key=lambda each: says(leading(each))
    )
    others = [f"{each.name}{'（隐藏的）' if each.is_hidden else ''}" for each in pages if each is not page]
    if others:
        told.append(
            f"文件有几个工作表，只读了“{page.name}”；另有：{'、'.join(others)[:80]}。要读别的，"
            f"请点“改读工作表或隐藏的行”。"
        )
    if page.merged:
        told.append(f"有 {page.merged} 格是合并单元格的延续，已按第一格的内容读入。")
    hidden = page.hidden_rows
    if hidden and shows_only:
        told.append(f"有 {len(hidden)} 行在表格里是隐藏的（第 {_some(hidden)} 行），按选择没有读入。")
    elif hidden:
        told.append(
            f"有 {len(hidden)} 行在表格里是隐藏的（第 {_some(hidden)} 行），也读入了。不要的，"
            f"请点“改读工作表或隐藏的行”。"
        )
    if page.hidden_columns:
        told.append(
            f"有 {len(page.hidden_columns)} 栏在表格里是隐藏的（第 {_some(page.hidden_columns)} 栏）"
            f"，也读入了。"
        )
    skipped = set(hidden) if shows_only else ()
    rows = ((number, cells) for number, cells in page.rows() if number not in skipped)
    return Table(rows, told, [], page.name, [each.name for each in pages], hidden)


def _some(numbers):
    return "、".join(map(str, numbers[:10])) + (" 等" if len(numbers) > 10 else "")


@dataclass
class Grid:
    """A small sheet as a rectangle of raw cells. Merged cells are filled from their first one and listed as
    covered {(row, column)}; wide: {row from 0: last column} of first cells that stretch over several columns.
    `hidden`: row numbers from 1 that the sheet does not show."""

    name: str
    rows: list
    covered: set = field(default_factory=set)
    wide: dict = field(default_factory=dict)
    hidden: list = field(default_factory=list)


def open_grids(data, name, encoding="", with_percents=False):
    """Bytes, name and encoding of a sheet in, [Grid] of the sheets that hold something out; the hidden
    sheets only where there are no others. `with_percents`: a number that is shown per hundred comes as
    “30%”. Raises what open_table raises.
    """
    bounds.require_size(len(data))
    if name.lower().endswith(".gz"):
        data = _gunzip(data)
    pages, _ = _pages(data, name, encoding)
    if pages is None:
        rows = dict(open_text(data, encoding)[0])
        return [_grid_of_rows("", rows)] if rows else []
    pages = [each for each in pages if not each.is_hidden] or pages
    grids = [
        _grid_of(each) if each.raw else _grid_of_rows(each.name, dict(each.rows()), each) for each in pages
    ]
    if with_percents:
        _write_percents(grids, percents(data))
    return grids


def _write_percents(grids, found):
    for grid in grids:
        for row, column in found.get(grid.name, ()):
            if row < len(grid.rows) and column < len(grid.rows[row]):
                value = grid.rows[row][column]
                if isinstance(value, int | float) and not isinstance(value, bool):
                    grid.rows[row][column] = f"{round(value * 100, 6):g}%"


def _grid_of_rows(name, rows, page=None):
    width, last = max(map(len, rows.values()), default=0), max(rows)
    if width * last > GRID_CELLS:
        raise DomainError("file_unreadable", detail=f"检查表过大（上限 {GRID_CELLS} 格）")
    cells = [rows.get(number, []) for number in range(1, last + 1)]
    grid = Grid(name, [row + [""] * (width - len(row)) for row in cells])
    if page:
        grid.hidden = page.hidden_rows
    return grid


def _grid_of(page):
    sheet = page.raw
    if sheet.total_height * sheet.total_width > GRID_CELLS:
        raise DomainError("file_unreadable", detail=f"检查表过大（上限 {GRID_CELLS} 格）")
    grid = Grid(sheet.name, sheet.to_python(skip_empty_area=False), hidden=page.hidden_rows)
    height, width = len(grid.rows), len(grid.rows[0]) if grid.rows else 0
    budget = 2 * GRID_CELLS
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top >= height or left >= width:
            continue
        budget -= (min(bottom, height - 1) - top + 1) * (min(right, width - 1) - left + 1)
        if budget < 0:
            raise DomainError("file_unreadable", detail="合并单元格层层重叠")
        for row in range(top, min(bottom, height - 1) + 1):
            for column in range(left, min(right, width - 1) + 1):
                if (row, column) != (top, left):
                    grid.rows[row][column] = grid.rows[top][left]
                    grid.covered.add((row, column))
        if left == 0 and right > 0:
            grid.wide[top] = right
    return grid


def read_table(data, name, encoding="", says=len):
    """As open_table, all rows at once: [(number, [cells])]. Raises file_empty too."""
    rows = list(open_table(data, name, encoding, says).rows)
    if len(rows) < 2:
        raise DomainError("file_empty")
    return rows


def _is_text_table(data, encoding):
    """Whether what is called a workbook is lines with columns."""
    try:
        rows, _, _ = open_text(data, encoding)
        return any(len(cells) > 1 for _, cells in islice(rows, 5))
    except DomainError:
        return False


def _charset(data):
    """The encoding that a page names, where it is one of ours; else ""."""
    found = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]+)", data[:4096])
    named = found[1].decode().lower() if found else ""
    return {
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "gb18030": "gb18030",
        "utf-8": "utf-8-sig",
        "big5": "big5",
    }.get(named, "")


def _gunzip(data):
    try:
        with gzip.open(io.BytesIO(data)) as handle:
            found = handle.read(bounds.MAX_RATIO * len(data) + 2**22)
            if handle.read(1) or len(found) > bounds.MAX_BYTES * 4:
                raise DomainError(
                    "file_too_large", size=len(found) // 2**20, limit=bounds.MAX_BYTES * 4 // 2**20
                )
    except (OSError, EOFError, zlib.error) as wrong:
        raise DomainError("file_unreadable", detail=str(wrong)[:80]) from None
    return found
