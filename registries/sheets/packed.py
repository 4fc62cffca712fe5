"""An xlsx before it is unpacked: what is refused is refused here (docs/decisions/0016); and what its
sheets hide. Plain Python."""

import re
import zipfile
import zlib
from io import BytesIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from ..errors import DomainError
from .bounds import (
    MAX_COLUMNS,
    MAX_ENTRIES,
    MAX_RATIO,
    MAX_ROWS,
    MAX_STRING,
    MAX_TEXT,
    MAX_UNPACKED,
    too_wide,
)

# A cell beyond column GR (200) or row 300,000, however a sheet's XML writes it.
_BEYOND = re.compile(
    rb"\br\s*=\s*[\"']\s*(?:[A-Z]{3,}[0-9]+|[H-Z][A-Z][0-9]+|G[S-Z][0-9]+"
    rb"|[A-Z]{0,3}0*(?:[0-9]{7,}|[4-9][0-9]{5}|3[0-9]{4}[1-9]))\s*[\"']",
    re.IGNORECASE,
)
# What follows it where nothing stands in it: a coloured cell, or a row of such.
_BLANK = re.compile(
    rb"[^<>]*(?:/>|>(?:\s*<(?:\w+:)?c\b[^<>]*(?:/>|>\s*</(?:\w+:)?c\s*>))*\s*</(?:\w+:)?(?:c|row)\s*>)",
    re.IGNORECASE,
)
_STRING_ENDS = re.compile(rb"</(?:\w+:)?si\s*>")
_REFERS = re.compile(rb"<(?:\w+:)?v\s*>\s*(\d+)\s*<")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_HOLDS = 2**22  # bytes of a row that are kept together


def look_into(data):
    """Look at the list of contents and through the sheets, unpacking nothing into memory. Returns (sentences
    to be told, {sheet's name: (hidden rows, hidden columns)}), both from 1. Raises file_too_large,
    file_unreadable and file_has_macros."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
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
    has_formula, hidden, volume = False, {}, 0
    strings = _string_sizes(archive, entries)
    for entry in entries:  # all of them: which part is a sheet is said by the file itself
        if not entry.filename.lower().endswith(
            ("sharedstrings.xml", ".png", ".jpeg", ".jpg", ".emf", ".bin")
        ):
            seen = _Seen(strings)
            for chunk in _unpacked(archive, entry):
                seen.take(chunk)
            seen.end()
            has_formula, volume = has_formula | seen.has_formula, volume + seen.volume
            hidden[entry.filename.lower()] = (seen.rows, seen.columns)
    if volume > MAX_TEXT:
        raise DomainError("file_too_large", size=volume // 2**20, limit=MAX_TEXT // 2**20)
    told = ["文件里有公式：按保存时显示的值读入，没有保存值的读作空白。"] if has_formula else []
    return told, {name: hidden.get(part, ([], [])) for name, part in _sheets(archive).items()}


class _Seen:
    """What is seen of one part, piece after piece."""

    def __init__(self, strings):
        self.strings, self.tail, self.counted = strings, b"", 0
        self.has_formula, self.volume, self.rows, self.columns = False, 0, [], []

    def take(self, chunk):
        text = self.tail + chunk
        cut = text.rfind(b"row>") + 4
        if cut < 4 or len(text) - cut > _HOLDS:  # no row ends here: cut before the last tag
            cut = text.rfind(b"<") if len(text) > 4096 else 0
        self._look(text[:cut])
        self.tail = text[cut:]
        if len(self.tail) > _HOLDS:
            self._look(self.tail)
            self.tail = b""

    def end(self):
        self._look(self.tail)

    def _look(self, text):
        for found in _BEYOND.finditer(text):
            if not _BLANK.match(text, found.end()):
                raise too_wide()
        self.has_formula = self.has_formula or b"<f>" in text or b"<f " in text
        self.volume += sum(self.strings[n] for n in map(int, _REFERS.findall(text)) if n < len(self.strings))
        for row in _ROW.finditer(text):
            number = _NUMBER.search(row[1])
            self.counted = int(number[1][:9]) if number else self.counted + 1
            if _HIDDEN.search(row[1]) and len(self.rows) < MAX_ROWS:
                self.rows.append(self.counted)
        for column in _COLUMN.finditer(text):
            span = [
                re.search(rb"\b%s\s*=\s*[\"'](\d{1,5})[\"']" % name, column[1]) for name in (b"min", b"max")
            ]
            if _HIDDEN.search(column[1]) and all(span):
                first, last = (int(each[1]) for each in span)
                self.columns += range(first, min(last, MAX_COLUMNS) + 1)


def _sheets(archive):
    """{sheet's name: its part's name in small letters}; {} where the file's own list cannot be read."""
    try:
        names = {each.filename.lower(): each for each in archive.infolist() if each.file_size <= _HOLDS}
        book = fromstring(archive.read(names["xl/workbook.xml"]))
        links = fromstring(archive.read(names["xl/_rels/workbook.xml.rels"]))
        targets = {each.get("Id"): each.get("Target") for each in links}
        found = {}
        for sheet in (each for each in book.iter() if each.tag.endswith("}sheet")):
            target = targets.get(
                next((value for key, value in sheet.attrib.items() if key.endswith("}id")), ""), ""
            )
            found[sheet.get("name")] = (target if target.startswith("/") else f"/xl/{target}")[1:].lower()
    except (KeyError, ParseError, DefusedXmlException, ValueError, OSError, zipfile.BadZipFile, zlib.error):
        return {}
    return found


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
