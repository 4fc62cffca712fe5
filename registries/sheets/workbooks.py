"""xlsx and xls: sheets in, rows of clean text out, with what the sheet hides. calamine reads; xlrd knows the
rows that an xls hides, and the letters of the xls of before 1997. Plain Python."""

import io
from dataclasses import dataclass, field
from itertools import islice

import openpyxl
import xlrd
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from ..errors import DomainError
from .bounds import MAX_COLUMNS, MAX_MERGED, MAX_ROWS, too_wide
from .cells import clean
from .packed import look_into

MAX_SHEETS = 60
LEADING = 21  # rows in which a header stands
_PASSWORD = "EncryptedPackage".encode("utf-16-le")


@dataclass
class Page:
    """One sheet that holds something. `rows()` gives (number, [cells]) each time anew;
    hidden rows and columns from 1."""

    name: str
    is_hidden: bool
    rows: object
    hidden_rows: list = field(default_factory=list)
    hidden_columns: list = field(default_factory=list)
    merged: int = 0  # cells that continue the one above
    raw: object = None  # calamine's sheet, for grids


def open_pages(data):
    """Bytes of a workbook in; ([Page], [what is to be told of the whole]) out. Raises file_unreadable,
    file_too_large, file_has_macros and file_has_password."""
    if data[:2] == b"PK":
        told, hidden = look_into(data)
    else:
        told, hidden = [], {}
        if _PASSWORD in data:
            raise DomainError("file_has_password")
        book = _old(data)
        if book is not None and book.biff_version < 80:
            return _old_pages(data, book), told
        hidden = _hidden(book) if book is not None else {}
    pages = []
    for sheet, is_hidden in _sheets(data):
        if sheet.start:
            rows, columns = hidden.get(sheet.name, ([], []))
            pages.append(_page(sheet, is_hidden, rows, columns))
    return pages, told


def _page(sheet, is_hidden, hidden_rows, hidden_columns):
    merged = _merged_down(sheet)
    top, left = sheet.start
    bottom, right = top + sheet.height, left + sheet.width  # the rectangle that holds something
    return Page(
        sheet.name,
        is_hidden,
        lambda: _sheet_rows(sheet, merged),
        [each for each in hidden_rows if top < each <= bottom],
        [each for each in hidden_columns if left < each <= right],
        len(merged),
        sheet,
    )


def _sheets(data):
    """[(sheet, whether it is hidden)]"""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = {each.name: each.visible == SheetVisibleEnum.Visible for each in book.sheets_metadata}
        if len(book.sheet_names) > MAX_SHEETS:
            raise DomainError("file_too_many_sheets", limit=MAX_SHEETS)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, IndexError, OSError, ValueError) as wrong:
        detail = str(wrong).splitlines()[0][:80] if str(wrong) else "空文件"
        if "password" in detail.lower() or "encrypted" in detail.lower():
            raise DomainError("file_has_password") from None
        raise DomainError("file_unreadable", detail=detail) from None
    if not sheets:
        raise DomainError("file_unreadable", detail="没有工作表")
    if any(each.total_height > MAX_ROWS or each.total_width > MAX_COLUMNS for each in sheets):
        raise too_wide()
    return [(each, not shown.get(each.name, True)) for each in sheets]


def _merged_down(sheet):
    """{(row, column)} of the cells that continue a cell above them."""
    covered = set()
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        covered.update(
            (row, left) for row in range(top + 1, min(bottom, top + MAX_MERGED, sheet.total_height) + 1)
        )
        if len(covered) > MAX_MERGED:
            return set()
    return covered


def _sheet_rows(sheet, merged):
    # iter_rows gives the empty rows at the top but not the empty columns at the left.
    _, left = sheet.start or (0, 0)
    above = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [""] * left + [clean(cell) for cell in row]
        if merged:
            for column in range(min(len(cells), len(above))):
                if (number - 1, column) in merged and not cells[column]:
                    cells[column] = above[column]
            above = cells
        if any(cells):
            yield number, cells


# -- xls -------------------------------------------------------------------------------------------------


def _old(data, encoding=None):
    """The workbook as xlrd has it, or None where it has none: calamine says then what is wrong."""
    try:
        return xlrd.open_workbook(
            file_contents=data, formatting_info=True, logfile=io.StringIO(), encoding_override=encoding
        )
    except xlrd.XLRDError as wrong:
        if "encrypted" in str(wrong):
            raise DomainError("file_has_password") from None
        return None
    except Exception:  # what a bent file does to it is many things
        return None


def _hidden(book):
    return {
        sheet.name: (
            [row + 1 for row, info in sorted(sheet.rowinfo_map.items()) if info.hidden],
            [column + 1 for column, info in sorted(sheet.colinfo_map.items()) if info.hidden],
        )
        for sheet in book.sheets()
    }


def _old_pages(data, book):
    """The xls of before 1997 keeps bytes, and often does not say of which letters: here
    they are the national ones."""
    encoding = {950: "big5", 1200: None, 65001: "utf-8"}.get(book.codepage, "gb18030")
    book = (_old(data, encoding) if encoding else None) or book
    hidden, pages = _hidden(book), []
    for sheet in book.sheets():
        if sheet.nrows and sheet.ncols:
            if sheet.ncols > MAX_COLUMNS:
                raise too_wide()
            rows, columns = hidden[sheet.name]
            pages.append(
                Page(
                    sheet.name,
                    bool(sheet.visibility),
                    lambda sheet=sheet: _old_rows(sheet, book),
                    rows,
                    columns,
                )
            )
    return pages


def _old_rows(sheet, book):
    for number in range(sheet.nrows):
        cells = [clean(_value(each, book)) for each in sheet.row(number)]
        if any(cells):
            yield number + 1, cells


def _value(cell, book):
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (ValueError, OverflowError, xlrd.xldate.XLDateError):
            return cell.value
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value


def leading(page):
    """The first rows that hold something, as [cells]."""
    return [cells for _, cells in islice(page.rows(), LEADING)]


def percents(data):
    """{sheet's name: {(row, column) from 0}} of the cells that show their number per hundred;
    {} where none can be told."""
    try:
        if data[:2] == b"PK":
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
            return {
                sheet.title: {
                    (cell.row - 1, cell.column - 1)
                    for row in sheet.iter_rows()
                    for cell in row
                    if isinstance(cell.value, int | float | str) and "%" in (cell.number_format or "")
                }
                for sheet in book.worksheets
            }
        book = _old(data)
        return {} if book is None else {sheet.name: _old_percents(sheet, book) for sheet in book.sheets()}
    except Exception:  # a file that the other reader takes as it is
        return {}


def _old_percents(sheet, book):
    shows = {n for n, each in enumerate(book.xf_list) if "%" in book.format_map[each.format_key].format_str}
    return {
        (row, column)
        for row in range(sheet.nrows)
        for column in range(sheet.row_len(row))
        if sheet.cell_type(row, column) == xlrd.XL_CELL_NUMBER and sheet.cell_xf_index(row, column) in shows
    }
