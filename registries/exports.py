"""Tables out: no cell of ours is ever a formula, whatever somebody typed into a name. Plain Python."""

import csv
import io

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE = 500  # rows
_STARTS = ("=", "+", "-", "@", "\t", "\r")


def workbook(rows):
    """Rows of values in, bytes of an xlsx out. Text stays text (CWE-1236); numbers
    and days keep their kind."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_bytes(rows):
    """Rows of values in, csv with a byte-order mark out; a text that a spreadsheet would
    compute gets a ' before it."""
    return b"".join(csv_lines(rows))


def csv_lines(rows):
    """The same, some hundred rows a piece: for what is too long to hold."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    for count, row in enumerate(rows, 1):
        writer.writerow(
            [f"'{value}" if isinstance(value, str) and value.startswith(_STARTS) else value for value in row]
        )
        if count % PIECE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _cell(sheet, value):
    if not isinstance(value, str):
        return value
    # openpyxl takes a leading "=" for a formula and refuses control letters.
    cell = WriteOnlyCell(sheet, "".join(each for each in value if each >= " " or each in "\t\n"))
    cell.data_type = "s"
    return cell
