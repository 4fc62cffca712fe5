"""How much of a table is read: each bound refuses before memory is taken (docs/decisions/0016)."""

import os

from ..errors import DomainError

# A province's register as text (csv) is larger than any workbook: the office says how large a file may be.
MAX_BYTES = int(os.environ.get("IMPORT_MOST_MB") or 64) * 1024 * 1024
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_RATIO = 200  # unpacked ÷ packed; spreadsheets stay under 30
MAX_ENTRIES = 2_000
MAX_ROWS = 300_000  # of a workbook, which lies in memory; text is read line by line
MAX_LINES = 3_000_000
MAX_COLUMNS = 200
MAX_MERGED = 50_000
MAX_STRING = 32_767 * 8  # bytes of one shared string: a cell holds 32,767 letters, with its markup
MAX_TEXT = 512 * 1024 * 1024  # bytes of all cells' texts, a shared string counted as often as it is used


def too_wide():
    """The refusal of a table with more rows or columns than are read."""
    return DomainError(
        "file_unreadable",
        detail=f"表格过大（工作簿上限 {MAX_ROWS} 行、{MAX_COLUMNS} 列）；更多的行请另存为 csv 再导入",
    )


def require_size(size):
    """Raises file_too_large for more bytes than a file may have."""
    limit = MAX_BYTES
    if size > limit:
        raise DomainError("file_too_large", size=size // 2**20, limit=limit // 2**20)
