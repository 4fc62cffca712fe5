"""Text tables: csv and its sisters in whatever encoding and with whatever between the columns
in, rows out. Plain Python.

Each line of the file is a row of its own, as people see it. A quotation mark may hold a cell over several
lines; one that is never closed, or that would swallow rows, is a letter like another, and is told.
"""

import codecs
import csv
import io
import re
from collections import Counter
from itertools import islice

from ..errors import DomainError
from .bounds import MAX_COLUMNS, MAX_LINES, too_wide
from .cells import clean

ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "gb18030": "GB18030（国标、GBK）",
    "utf-16": "UTF-16",
    "big5": "Big5（繁体）",
}
DELIMITERS = ",\t;|，"
_SPAN = 300  # lines that one cell may hold
_LONE = 100  # lines with a lone quote, after which no cell is looked for over several lines
_COMPUTED = ("'=", "'+", "'-", "'@")  # what our own csv puts before what a spreadsheet would compute
_CLOSES = re.compile(r'(?<!")(?:"")*"(?!")')  # a mark that is not one of a pair
_BOM = b"\xef\xbb\xbf"


def open_text(data, encoding="", says=len):
    """Bytes in; (rows as an iterator of (number, [cells]), [what is told], [what is told when
    the rows were read]) out.

    `says`: how much a table's leading rows say as a header; it decides what stands between the columns.
    Raises file_unreadable, encoding_unknown.
    """
    text, told = decoded(data, encoding)
    first = [line for line in islice(text, 60) if line.strip(" ,;\t|，\r\n")][:21]
    text.seek(0)
    delimiter = _delimiter(first, says)
    width = max((len(cells) for line in first if (cells := _strict(line, delimiter))), default=1)
    late = []
    return _rows(text, delimiter, width, late), told, late


def decoded(data, encoding=""):
    """Bytes and their encoding, if it is known, in; (the text as a file, [what is told of it])
    out. Raises as open_text."""
    told = []
    if not encoding:
        encoding, told, data = _find_encoding(data)
    elif encoding not in ENCODINGS:
        raise DomainError("encoding_unknown", candidates="、".join(ENCODINGS.values()))
    if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = _utf16_of(data)
    return io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace"), told


def _delimiter(lines, says):
    """What makes the leading lines say most; where none says anything, what stands in
    most lines equally often."""
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        return lines[0][4]

    def score(delimiter):
        counts = Counter(line.count(delimiter) for line in lines if delimiter in line)
        often = max((count * width for width, count in counts.items()), default=0)
        return says([[clean(cell) for cell in _plain(line, delimiter)] for line in lines]), often

    return max(DELIMITERS, key=score)


def _plain(line, delimiter):
    """A line's cells, quotes or not."""
    cells = _strict(line, delimiter)
    return cells if cells is not None else line.rstrip("\r\n").split(delimiter)


def _strict(text, delimiter):
    """The cells of a text whose quotes are all closed where a cell ends; else None."""
    if '"' not in text:
        return text.rstrip("\r\n").split(delimiter)
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return read[0] if len(read) == 1 else None


def _rows(text, delimiter, width, late):
    lines = _Lines(text)
    lone = []
    while (line := lines.next()) is not None:
        number = lines.number
        cells = _strict(line, delimiter)
        if cells is None and len(lone) < _LONE:
            cells = _over_lines(line, lines, delimiter, width)
        if cells is None:
            cells = [_without_lone(cell) for cell in line.rstrip("\r\n").split(delimiter)]
            lone.append(number)
            shown = "、".join(map(str, lone[:5])) + (f" 等 {len(lone)}" if len(lone) > 5 else "")
            late[:] = [f"第 {shown} 行的引号不成对：单独的引号已去掉，每一行仍是一行；请核对这几行。"]
        if number > MAX_LINES or len(cells) > MAX_COLUMNS:
            raise too_wide()
        cells = [clean(cell) for cell in cells]
        cells = [cell[1:] if cell[:2] in _COMPUTED else cell for cell in cells]
        if any(cells):
            yield number, cells


def _without_lone(cell):
    """A cell without the one mark that opens or closes nothing, or the pair around it; one in
    the middle may be an inch."""
    text = cell.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text.strip('"') if text.count('"') == 1 else cell


class _Lines:
    """Lines one by one, with a look ahead. `number` is that of the line handed out last."""

    def __init__(self, text):
        self.text, self.ahead, self.number = text, [], 0

    def next(self):
        line = self.ahead.pop(0) if self.ahead else next(self.text, None)
        self.number += line is not None
        return line

    def look(self, count):
        self.ahead += islice(self.text, max(count - len(self.ahead), 0))
        return self.ahead[:count]

    def skip(self, count):
        del self.ahead[:count]
        self.number += count


def _over_lines(line, lines, delimiter, width):
    """The cells of a row one of whose cells holds line ends; None where the quote would
    swallow rows, or never closes."""
    whole = line
    for count, further in enumerate(lines.look(_SPAN), 1):
        closing = _CLOSES.search(further)
        inside = further[: closing.start()] if closing else further
        cells = [cell for cell in inside.rstrip("\r\n").split(delimiter) if cell.strip()]
        if width > 1 and len(cells) >= max(2, width - 1):
            return None  # what the cell would hold is a row by itself
        whole += further
        cells = _strict(whole, delimiter) if '"' in further else None
        if cells is not None:
            if len(cells) > width:
                return None
            lines.skip(count)
            return cells
    return None


def _find_encoding(data):
    """(encoding, what is to be told of it, the bytes without a mark that lies). Raises encoding_unknown, with
    what each candidate would read."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", [], data
    if b"\0" in data[:65536]:
        if _reads_like_chinese(data, _utf16_of(data)):
            return "utf-16", [], data
        raise DomainError("file_unreadable", detail="内容不是文字")
    bad = _bad_letters(data, "utf-8-sig")
    if bad == 0:  # checks itself: other encodings do not pass for it by accident
        return "utf-8-sig", [], data
    if (
        data[:3] == _BOM
        and _reads_like_chinese(data[3:], "gb18030")
        and not _bad_letters(data[3:], "gb18030")
    ):
        data, bad = data[3:], len(data)  # a mark of UTF-8 before what is none
    letters = sum(byte > 127 for byte in data)
    found = ["utf-8-sig"] if bad * 50 < letters else []
    found = found or [name for name in ("gb18030", "big5") if _reads_like_chinese(data, name)]
    if len(found) != 1 or (bad := _bad_letters(data, found[0])) * 50 >= letters:
        raise DomainError("encoding_unknown", candidates=_candidates(data))
    told = f"文件是 {ENCODINGS[found[0]]}，有 {bad} 处坏字节；企业名称有坏字节的行不导入，其余照常。"
    return found[0], [told] if bad else [], data


def _utf16_of(data):
    """utf-16-le or utf-16-be of a text without a mark: an even byte that is none is the
    upper half of an ASCII letter."""
    head = data[:65536]
    return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"


def _bad_letters(data, encoding):
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    chunks = (data[start : start + 2**20] for start in range(0, len(data), 2**20))
    return sum(decoder.decode(chunk).count("\ufffd") for chunk in chunks) + decoder.decode(b"", True).count(
        "\ufffd"
    )


# The letters that every register is full of, once as GB has them, once as Big5 has them.
_COMMON = set(
    "公司企业有限名称地址法定代表人经营范围统一社会信用码注册镇村号营业安全生产商店市县區業限稱代範圍"
    "統會註冊號營產"
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
