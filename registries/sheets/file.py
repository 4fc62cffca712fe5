"""Tables as people have them: xlsx, xls, csv (plain or gzip) in, numbered rows of clean text out. Plain Python.

What is refused is refused before anything is unpacked: a sheet of a million columns in five kilobytes would take
gigabytes to read (docs/decisions/0016).
"""

import codecs
import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineWorkbook

from ..errors import DomainError

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_RATIO = 200  # unpacked ÷ packed; spreadsheets stay under 30
MAX_ENTRIES = 2_000
MAX_ROWS = 300_000
MAX_COLUMNS = 200
MAX_MERGED = 50_000
ENCODINGS = {"utf-8-sig": "UTF-8", "gb18030": "GB18030（国标、GBK）", "utf-16": "UTF-16", "big5": "Big5（繁体）"}
_ODD = re.compile("[\ufeff\u200b-\u200f\u2060\u00ad\u3000\u00a0\x00-\x1f\x7f]|  ")
_CONTROLS = [code for code in (*range(32), 127) if not chr(code).isspace()]
_INVISIBLE = dict.fromkeys([*map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f"), *_CONTROLS])
# A cell beyond column GR (200) or row 300,000, however a sheet's XML writes it.
_BEYOND = re.compile(
    rb"\br\s*=\s*[\"']\s*(?:[A-Z]{3,}[0-9]+|[H-Z][A-Z][0-9]+|G[S-Z][0-9]+"
    rb"|[A-Z]{0,3}0*(?:[0-9]{7,}|[4-9][0-9]{5}|3[0-9]{4}[1-9]))\s*[\"']",
    re.IGNORECASE,
)
_STRING_ENDS = re.compile(rb"</(?:\w+:)?si\s*>")
_REFERS = re.compile(rb"<(?:\w+:)?v\s*>\s*(\d+)\s*<")
MAX_STRING = 32_767 * 8  # bytes of one shared string: a cell holds 32,767 letters, with its markup
MAX_TEXT = 512 * 1024 * 1024  # bytes of all cells' texts, a shared string counted as often as it is used


@dataclass
class Table:
    """`rows` gives (row number in the file, [cells as text]) once; rows without any text are left out.

    `told` are sentences on the file as a whole: what was read in another way than it looks.
    """

    rows: Iterator
    told: list = field(default_factory=list)


def open_table(data, name, encoding=""):
    """Bytes of a file, its name and (csv) its encoding in, Table out. "" finds the encoding, or asks.

    Raises DomainError file_too_large, file_unreadable, file_has_macros, encoding_unknown or encoding_wrong.
    """
    _require_size(len(data), MAX_BYTES)
    if name.lower().endswith(".gz"):
        data = _gunzip(data)
    is_workbook = data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    if name.lower().endswith((".xlsx", ".xls", ".xlsm", ".xlsb")) and not is_workbook:
        raise DomainError("file_unreadable", detail="扩展名是表格，内容不是")
    return _open_workbook(data) if is_workbook else _open_csv(data, encoding)


@dataclass
class Grid:
    """A small sheet as a rectangle of raw cells. Merged cells are filled from their first one and listed as covered
    {(row, column)}; wide: {row from 0: last column} of first cells that stretch over several columns."""

    name: str
    rows: list
    covered: set = field(default_factory=set)
    wide: dict = field(default_factory=dict)


GRID_CELLS = 200_000


def open_grids(data, name, encoding=""):
    """Bytes, name and encoding of a sheet in, [Grid] of the sheets that hold something out. Raises what open_table
    raises, and file_empty."""
    if data[:4] not in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        rows = [cells for _, cells in open_table(data, name, encoding).rows]
        width = max(map(len, rows), default=0)
        return [Grid("", [row + [""] * (width - len(row)) for row in rows])] if rows else []
    open_table(data, name, encoding)  # looks into it before anything is unpacked
    return [_grid_of(sheet) for sheet in _sheets(data) if sheet.start]


def _grid_of(sheet):
    if sheet.total_height * sheet.total_width > GRID_CELLS:
        raise DomainError("file_unreadable", detail=f"检查表过大（上限 {GRID_CELLS} 格）")
    grid = Grid(sheet.name, sheet.to_python(skip_empty_area=False))
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


def read_table(data, name, encoding=""):
    """As open_table, all rows at once: [(number, [cells])]. Raises file_empty too."""
    rows = list(open_table(data, name, encoding).rows)
    if len(rows) < 2:
        raise DomainError("file_empty")
    return rows


def clean(value):
    """One cell in, its text out: whole numbers without '.0', dates as ISO, no invisible letters, trimmed."""
    if isinstance(value, str):
        if not value.isascii() and not unicodedata.is_normalized("NFC", value):
            value = unicodedata.normalize("NFC", value)
        if _ODD.search(value):
            value = " ".join(value.translate(_INVISIBLE).split())
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return clean(str(value))


# -- workbooks -------------------------------------------------------------------------------------------


def _open_workbook(data):
    told = _look_into_zip(data) if data[:2] == b"PK" else []
    sheets = _sheets(data)
    sheet = next((each for each in sheets if each.start), sheets[0])
    others = [each.name for each in sheets if each.start and each.name != sheet.name]
    if others:
        told.append(f"文件有几个工作表，只读了“{sheet.name}”；另有：{'、'.join(others)[:80]}，请另存后分别上传。")
    merged = _merged_down(sheet)
    if merged:
        told.append(f"有 {len(merged)} 格是合并单元格的延续，已按第一格的内容读入。")
    return Table(_sheet_rows(sheet, merged), told)


def _sheets(data):
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names[:30]]
    except (CalamineError, IndexError, OSError, ValueError) as wrong:
        detail = str(wrong).splitlines()[0][:80] if str(wrong) else "空文件"
        raise DomainError("file_unreadable", detail=detail) from None
    if not sheets:
        raise DomainError("file_unreadable", detail="没有工作表")
    if any(each.total_height > MAX_ROWS or each.total_width > MAX_COLUMNS for each in sheets):
        raise _too_wide()
    return sheets


def _merged_down(sheet):
    """{(row, column)} of the cells that continue a cell above them."""
    covered = set()
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        covered.update((row, left) for row in range(top + 1, min(bottom, top + MAX_MERGED, sheet.total_height) + 1))
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


def _look_into_zip(data):
    """Look at the list of contents and through the sheet, unpacking nothing into memory. Returns what is to be told."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise DomainError("file_unreadable", detail="压缩包损坏") from None
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data) + 2**22:
        raise DomainError("file_too_large", size=unpacked // 2**20, limit=MAX_UNPACKED // 2**20)
    if not any(entry.filename.lower().startswith("xl/") for entry in entries):
        raise DomainError("file_unreadable", detail="不是 xlsx，请在表格软件中另存为 xlsx")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise DomainError("file_has_macros")
    has_formula = False
    strings = _string_sizes(archive, entries)
    volume = 0
    for entry in entries:  # all of them: which part is a sheet is said by the file itself
        if not entry.filename.lower().endswith(("sharedstrings.xml", ".png", ".jpeg", ".jpg", ".emf", ".bin")):
            formula, used = _look_through_sheet(archive, entry, strings)
            has_formula, volume = has_formula | formula, volume + used
    if volume > MAX_TEXT:
        raise DomainError("file_too_large", size=volume // 2**20, limit=MAX_TEXT // 2**20)
    return ["文件里有公式：按保存时显示的值读入，没有保存值的读作空白。"] if has_formula else []


def _string_sizes(archive, entries):
    """The sizes of the shared strings in bytes, in their order."""
    sizes = []
    for entry in entries:
        if entry.filename.lower().endswith("sharedstrings.xml"):
            rest = b""
            for chunk in _unpacked(archive, entry):
                *done, rest = _STRING_ENDS.split(rest + chunk)
                sizes += map(len, done)
                if len(rest) > MAX_STRING or any(len(each) > MAX_STRING for each in done):
                    raise DomainError("file_unreadable", detail="有一格文字长过表格软件允许的长度")
    return sizes


def _look_through_sheet(archive, entry, strings):
    """(whether it has a formula, how many bytes of shared strings its cells would become)."""
    has_formula, tail, used = False, b"", 0
    for chunk in _unpacked(archive, entry):
        text = tail + chunk
        if _BEYOND.search(text):
            raise _too_wide()
        has_formula = has_formula or b"<f>" in text or b"<f " in text
        cut = text.rfind(b"<") if len(text) > 64 else 0  # a cell cut in two is counted with the next piece
        used += sum(strings[n] for n in map(int, _REFERS.findall(text[:cut])) if n < len(strings))
        tail = text[cut:] if len(text) - cut < 4096 else text[-32:]
    return has_formula, used + sum(strings[n] for n in map(int, _REFERS.findall(tail)) if n < len(strings))


def _unpacked(archive, entry):
    seen = 0
    try:
        with archive.open(entry) as handle:
            while chunk := handle.read(2**20):
                seen += len(chunk)
                if seen > entry.file_size:
                    raise DomainError("file_unreadable", detail="压缩包声明的大小不实")
                yield chunk
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as wrong:
        raise DomainError("file_unreadable", detail=str(wrong)[:80]) from None


def _too_wide():
    return DomainError("file_unreadable", detail=f"表格过大（上限 {MAX_ROWS} 行、{MAX_COLUMNS} 列）")


# -- csv -------------------------------------------------------------------------------------------------


def _open_csv(data, encoding):
    told = []
    if not encoding:
        encoding, told = _find_encoding(data)
    elif encoding not in ENCODINGS:
        raise DomainError("encoding_unknown", candidates="、".join(ENCODINGS.values()))
    if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-le" if data[1:2] == b"\0" or data.count(b"\n\0") >= data.count(b"\0\n") else "utf-16-be"
    text = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline="")
    first = next((line for line in text.read(20_000).splitlines() if line.strip(" ,;\t")), "")
    text.seek(0)
    delimiter = max(",\t;", key=first.count)
    return Table(_csv_rows(csv.reader(text, delimiter=delimiter)), told)


def _csv_rows(reader):
    try:
        for row in reader:
            cells = [clean(cell) for cell in row]
            if reader.line_num > MAX_ROWS * 10 or len(cells) > MAX_COLUMNS:
                raise _too_wide()
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as wrong:
        raise DomainError("file_unreadable", detail=f"第 {reader.line_num} 行：{wrong}") from None


def _find_encoding(data):
    """The encoding, and what is to be told of it. Raises encoding_unknown, with what each candidate would read."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", []
    if b"\0" in data[:65536]:
        raise DomainError("file_unreadable", detail="内容不是文字")
    bad = _bad_letters(data, "utf-8-sig")
    if bad == 0:  # checks itself: other encodings do not pass for it by accident
        return "utf-8-sig", []
    letters = sum(byte > 127 for byte in data)
    found = ["utf-8-sig"] if bad * 50 < letters else []
    found = found or [name for name in ("gb18030", "big5") if _reads_like_chinese(data, name)]
    if len(found) != 1 or (bad := _bad_letters(data, found[0])) * 50 >= letters:
        raise DomainError("encoding_unknown", candidates=_candidates(data))
    told = f"文件是 {ENCODINGS[found[0]]}，有 {bad} 处坏字节；含坏字节的行不导入，其余照常。"
    return found[0], [told] if bad else []


def _bad_letters(data, encoding):
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    chunks = (data[start : start + 2**20] for start in range(0, len(data), 2**20))
    return sum(decoder.decode(chunk).count("\ufffd") for chunk in chunks) + decoder.decode(b"", True).count("\ufffd")


# The letters that every register is full of, once as GB has them, once as Big5 has them.
_COMMON = set(
    "公司企业有限名称地址法定代表人经营范围统一社会信用码注册镇村号营业安全生产商店市县區業限稱代範圍統會註冊號營產"
)


def _reads_like_chinese(data, encoding):
    text = data[:65536].decode(encoding, errors="ignore")
    chinese = [letter for letter in text if letter > "\u2e7f"]
    return len(chinese) >= 2 and sum(letter in _COMMON for letter in chinese) * 20 > len(chinese)


def _candidates(data):
    first = data[:200].split(b"\n")[0]
    return "；".join(
        f"{title}：{first.decode(name, errors='replace').strip()[:30]}" for name, title in ENCODINGS.items()
    )


# -- sizes -----------------------------------------------------------------------------------------------


def _gunzip(data):
    try:
        with gzip.open(io.BytesIO(data)) as handle:
            found = handle.read(MAX_RATIO * len(data) + 2**22)
            if handle.read(1) or len(found) > MAX_BYTES * 4:
                raise DomainError("file_too_large", size=len(found) // 2**20, limit=MAX_BYTES * 4 // 2**20)
    except (OSError, EOFError, zlib.error) as wrong:
        raise DomainError("file_unreadable", detail=str(wrong)[:80]) from None
    return found


def _require_size(size, limit):
    if size > limit:
        raise DomainError("file_too_large", size=size // 2**20, limit=limit // 2**20)
