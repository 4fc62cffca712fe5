"""Tables as people have them: xlsx, xls, csv (plain or gzip) in, rows of clean text out. Plain Python."""

import csv
import gzip
import io
import unicodedata
import zipfile
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineWorkbook

from .errors import DomainError

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ROWS = 300_000
MAX_COLUMNS = 200
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f"))


def read_table(data, name):
    """Bytes of a file and its name in; list of rows, each a list of text, out.

    Raises DomainError file_too_large, file_unreadable, encoding_unknown or file_empty.
    """
    _require_size(len(data), MAX_BYTES)
    if name.lower().endswith(".gz"):
        data = _gunzip(data)
    is_sheet = name.lower().endswith((".xlsx", ".xls", ".xlsm"))
    if is_sheet and data[:4] not in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise DomainError("file_unreadable", detail="扩展名是表格，内容不是")
    rows = _read_sheet(data) if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") else _read_csv(data)
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        raise DomainError("file_empty")
    return rows


def clean(value):
    """One cell in, its text out: whole numbers without '.0', dates as ISO, no invisible letters, trimmed."""
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
    text = unicodedata.normalize("NFC", str(value)).translate(_INVISIBLE)
    return " ".join(text.replace("\u3000", " ").split())


def _read_sheet(data):
    if data[:2] == b"PK":
        try:
            unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
        except zipfile.BadZipFile:
            raise DomainError("file_unreadable", detail="压缩包损坏") from None
        _require_size(unpacked, MAX_UNPACKED)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
            raise DomainError("file_unreadable", detail=f"表格过大（上限 {MAX_ROWS} 行、{MAX_COLUMNS} 列）")
        return [[clean(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, IndexError, OSError, ValueError) as wrong:
        raise DomainError(
            "file_unreadable", detail=str(wrong).splitlines()[0][:80] if str(wrong) else "空文件"
        ) from None


def _read_csv(data):
    text = _decode(data)
    sample = text[:4000]
    delimiter = max(",\t;", key=sample.count)
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        rows.append([clean(cell) for cell in row])
        if len(rows) > MAX_ROWS:
            raise DomainError("file_unreadable", detail=f"超过 {MAX_ROWS} 行")
    return rows


def _decode(data):
    # UTF-8 is self-checking; GB18030 takes almost any bytes, so it must at least not hold odd control letters.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(letter < " " and letter not in "\r\n\t" for letter in text) and "\ufffd" not in text:
            return text
    raise DomainError("encoding_unknown")


def _gunzip(data):
    try:
        with gzip.open(io.BytesIO(data)) as handle:
            found = handle.read(MAX_UNPACKED + 1)
    except (OSError, EOFError) as wrong:
        raise DomainError("file_unreadable", detail=str(wrong)) from None
    _require_size(len(found), MAX_UNPACKED)
    return found


def _require_size(size, limit):
    if size > limit:
        raise DomainError("file_too_large", size=size // 2**20, limit=limit // 2**20)
