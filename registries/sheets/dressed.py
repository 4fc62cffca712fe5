"""What web systems export under the name .xls: a page with a table (HTML), or XML of
Excel 2003. Plain Python."""

from html.parser import HTMLParser
from io import BytesIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from ..errors import DomainError
from .bounds import MAX_COLUMNS, MAX_ROWS, too_wide
from .cells import clean
from .workbooks import Page

_OFFICE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_VISIBLE = "{urn:schemas-microsoft-com:office:excel}Visible"
_DEPTH = 4  # tables within tables


def kind_of(data):
    """What bytes are by their first letters: "html", "xml2003", a word for what
    is no table (PDF …), or ""."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").replace(b"\0", b"").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        return "html"
    if head.startswith((b"<?xml", b"<workbook")):
        is_book = b"urn:schemas-microsoft-com:office:spreadsheet" in head or b"<workbook" in head
        return "xml2003" if is_book else "html" if b"<html" in head or b"<table" in head else "XML"
    for start, word in _NO_TABLES.items():
        if head.startswith(start):
            return word
    return ""


_NO_TABLES = {
    b"%pdf": "PDF",
    b"\x89png": "图片",
    b"\xff\xd8": "图片",
    b"gif8": "图片",
    b"{\\rtf": "RTF 文档",
    b"mime-version": "网页存档（MHT）",
    b"rar!": "压缩包",
    b"7z\xbc": "压缩包",
    b"\x1f\x8b": "压缩包",
}


def html_pages(text):
    """[Page] of the tables of a page, as text."""
    reader = _Tables()
    reader.feed(text)
    reader.close()
    reader.finish()
    return [
        Page(
            f"第 {n} 个表",
            False,
            lambda rows=rows: ((number, list(cells)) for number, cells in rows),
            hidden,
            [],
        )
        for n, (rows, hidden) in enumerate(reader.done, 1)
        if rows
    ]


class _Tables(HTMLParser):
    """Tables as they come; a cell of one that lies in another belongs to the inner one."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.done, self.open, self.skipping = [], [], 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "table":
            if len(self.open) >= _DEPTH:
                raise DomainError("file_unreadable", detail="表格层层相套")
            self.open.append(
                {"rows": [], "hidden": [], "spans": {}, "row": None, "cell": None, "count": 0, "cap": 1}
            )
        elif tag in ("script", "style"):
            self.skipping += 1
        elif not self.open:
            return
        elif tag == "tr":
            self._end_row()
            table = self.open[-1]
            table["row"], table["count"] = [], table["count"] + 1
            if "display:none" in (attrs.get("style") or "").replace(" ", "").lower() or "hidden" in attrs:
                table["hidden"].append(table["count"])
        elif tag in ("td", "th"):
            self._end_cell()
            table = self.open[-1]
            if table["row"] is None:
                table["row"], table["count"] = [], table["count"] + 1
            table["cell"] = []
            table["down"], table["across"] = (_span(attrs.get(name)) for name in ("rowspan", "colspan"))
        elif tag == "br" and self.open[-1]["cell"] is not None:
            self.open[-1]["cell"].append(" ")

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.skipping = max(self.skipping - 1, 0)
        elif self.open and tag in ("td", "th"):
            self._end_cell()
        elif self.open and tag == "tr":
            self._end_row()
        elif self.open and tag == "table":
            self._end_row()
            table = self.open.pop()
            self.done.append((table["rows"], table["hidden"]))

    def handle_data(self, data):
        if self.open and not self.skipping and self.open[-1]["cell"] is not None:
            self.open[-1]["cell"].append(data)

    def finish(self):
        """Tables that were never closed."""
        while self.open:
            self.handle_endtag("table")

    def _end_cell(self):
        table = self.open[-1]
        if table["cell"] is None:
            return
        row, text = table["row"], clean(" ".join("".join(table["cell"]).split()))
        self._from_above(table)
        for across in range(min(table["across"], MAX_COLUMNS)):
            if table["down"] > 1:
                table["spans"][len(row)] = [table["down"] - 1, text]
            row.append(text if across == 0 else "")
        if len(row) > MAX_COLUMNS or table["count"] > MAX_ROWS:
            raise too_wide()
        table["cell"] = None

    def _from_above(self, table):
        """Cells that reach down into this row stand in their columns."""
        while (span := table["spans"].get(len(table["row"]))) and len(table["row"]) <= MAX_COLUMNS:
            column = len(table["row"])
            table["row"].append(span[1])
            span[0] -= 1
            if span[0] == 0:
                del table["spans"][column]

    def _end_row(self):
        self._end_cell()
        table = self.open[-1]
        if table["row"] is not None:
            self._from_above(table)
            if any(table["row"]):
                table["rows"].append((table["count"], table["row"]))
            table["row"] = None


def _span(text):
    return min(int(text), MAX_ROWS) if text and text.isdigit() and int(text) else 1


def xml_pages(data):
    """[Page] of the XML of Excel 2003. Raises file_unreadable."""
    pages, sheet = [], None
    try:
        for event, node in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start" and node.tag == f"{_OFFICE}Worksheet":
                sheet = {
                    "name": node.get(f"{_OFFICE}Name", ""),
                    "rows": [],
                    "hidden": [],
                    "number": 0,
                    "spans": {},
                }
                sheet["is_hidden"] = False
            elif event == "end" and node.tag == _VISIBLE and sheet:
                sheet["is_hidden"] = "hidden" in (node.text or "").lower()
            elif event == "end" and node.tag == f"{_OFFICE}Row" and sheet:
                _xml_row(node, sheet)
                node.clear()
            elif event == "end" and node.tag == f"{_OFFICE}Worksheet":
                if sheet["rows"]:
                    rows = sheet["rows"]
                    pages.append(
                        Page(
                            sheet["name"],
                            sheet["is_hidden"],
                            lambda rows=rows: ((n, list(c)) for n, c in rows),
                            sheet["hidden"],
                        )
                    )
                node.clear()
    except (ParseError, DefusedXmlException, ValueError) as wrong:
        raise DomainError("file_unreadable", detail=f"XML 不完整：{str(wrong)[:60]}") from None
    return pages


def _xml_row(node, sheet):
    sheet["number"] = _place(node, sheet["number"])
    if node.get(f"{_OFFICE}Hidden") == "1":
        sheet["hidden"].append(sheet["number"])
    cells, column = {}, 0
    for cell in node.iter(f"{_OFFICE}Cell"):
        column = _place(cell, column)
        if column > MAX_COLUMNS or sheet["number"] > MAX_ROWS:
            raise too_wide()
        data = cell.find(f"{_OFFICE}Data")
        text = "" if data is None else "".join(data.itertext())
        if data is not None and data.get(f"{_OFFICE}Type") == "DateTime":
            text = text.removesuffix("T00:00:00.000")
        cells[column] = clean(text)
        down = cell.get(f"{_OFFICE}MergeDown", "")
        if down.isdigit() and int(down):
            sheet["spans"][column] = [sheet["number"] + min(int(down), MAX_ROWS), cells[column]]
        across = cell.get(f"{_OFFICE}MergeAcross", "")
        column += min(int(across), MAX_COLUMNS) if across.isdigit() else 0
    for column, (last, text) in sheet["spans"].items():
        if sheet["number"] <= last:
            cells.setdefault(column, text)
    row = [cells.get(each, "") for each in range(1, max(cells, default=0) + 1)]
    if any(row):
        sheet["rows"].append((sheet["number"], row))


def _place(node, before):
    index = node.get(f"{_OFFICE}Index", "")
    return int(index) if index.isdigit() else before + 1
