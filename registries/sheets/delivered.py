"""What other departments hand over: which column means which field of a content, and the reading of a row.
The contents, their headers and their words are data (data/deliveries.json). Plain Python."""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

from ..creditcode import fault, normalise
from ..idnumbers import without
from .cells import LOST
from .enterprises import CHOICES, NOTHING, read_date
from .headers import Headers, most_telling, plain_header

_DATA = json.loads((Path(__file__).parent.parent / "data/deliveries.json").read_text(encoding="utf-8"))
FIELDS = _DATA["fields"]
CONTENTS = {each["code"]: each for each in _DATA["contents"]}


def plain(header):
    """As a header is compared: also without the field's name in Latin letters behind it ("名称
    CF_XDR_MC")."""
    cut = re.sub(r"(?<=[^\x00-\x7f])\s*[A-Za-z][A-Za-z_0-9]*$", "", header.strip())
    return plain_header(cut)


@cache
def headers_of(content):
    """The Headers of a content."""
    own = CONTENTS[content]["headers"]
    return Headers(
        {name: own.get(name, []) + FIELDS[name]["headers"] for name in CONTENTS[content]["fields"]}, plain
    )


def find_columns(content, rows, kept=None):
    """[(number, cells)] of the leading rows and {field: header} that a person once chose in; (the place of
    the header row or None, {field: column}) out."""
    known, chosen = headers_of(content), {plain(header): name for name, header in (kept or {}).items()}

    def read(cells):
        found = known.mapping(cells)
        taken = {plain(cell): column for column, cell in reversed(list(enumerate(cells))) if cell}
        told = {name: taken[header] for header, name in chosen.items() if header in taken}
        return {name: at for name, at in found.items() if at not in told.values()} | told

    place = most_telling([cells for _, cells in rows], read)
    return place, read(rows[place][1]) if place is not None else {}


def lacking(content, mapping):
    """Titles of what has to be there and is not: a firm, and what the content needs."""
    lacks = [] if {"name", "credit_code"} & set(mapping) else ["企业名称或统一社会信用代码"]
    return lacks + [
        "或".join(title_of(content, name) for name in ways)
        for ways in CONTENTS[content]["needs"]
        if not set(ways) & set(mapping)
    ]


def title_of(content, name):
    """What a field is called in a content."""
    own = CONTENTS[content]["headers"].get(name)
    return own[0] if own else FIELDS[name]["title"]


def header_says(content):
    """How much leading rows [cells] say as the header of this content."""
    known = headers_of(content)
    return lambda rows: max((len(known.mapping(cells)) for cells in rows[:20]), default=0)


def words_of(name):
    """The words that may stand in a column of choices; none for free text."""
    if name in CHOICES:
        return [str(each) for each in CHOICES[name]]
    return [
        word
        for held, words in FIELDS[name].get("meanings", {}).items()
        for word in ([held] if held not in ("", "yes", "no") else words[:1])
    ]


class Reader:
    """Rows of a content under {field: column} and {field: {what they write: what it means}}."""

    def __init__(self, content, mapping, meanings=None):
        self.content, self.mapping, self.meanings = content, mapping, meanings or {}
        self.needs = CONTENTS[content]["needs"]

    def read(self, cells):
        """Cells in; ({field: text}, [faults], code's fault or "") out. A fault makes the row unreadable; a
        code that is wrong leaves it to a person."""
        values, faults, wrong = {}, [], ""
        if (last := max(self.mapping.values(), default=0)) >= len(cells):
            faults.append(f"这一行只有 {len(cells)} 栏，应有 {last + 1} 栏，像是没有传完")
        for name, column in self.mapping.items():
            text = cells[column] if column < len(cells) else ""
            text = "" if text in NOTHING else text.strip()
            if name == "credit_code":
                code = normalise(text)
                wrong = (fault(code) or "") if code else ""
                values[name] = code if not wrong else ""
                if re.fullmatch(r"[0-9]{15}", code):
                    values["old_number"] = code  # 注册号, from before there were codes
                if wrong:
                    wrong = f"信用代码“{without(code)[:20]}”不对：{wrong}"
                continue
            said = self._said(name, text, faults)
            if said is not None:
                values[name] = said
        for ways in self.needs:
            if not any(values.get(name) for name in ways):
                faults.append(f"没有{'或'.join(title_of(self.content, name) for name in ways)}")
        if not values.get("name") and not values.get("credit_code") and not wrong:
            faults.append("没有企业名称，也没有信用代码")
        return values, list(dict.fromkeys(faults)), wrong

    def _said(self, name, text, faults):
        kind, title = FIELDS[name]["type"], title_of(self.content, name)
        text = self.meanings.get(name, {}).get(text, text)
        if kind in ("day", "moment"):
            return self._day(name, kind, text, title, faults)
        if LOST.search(text):
            faults.append(f"{title}有无法识别的字：{text[:20]}")
        if kind == "choice" and text:
            folded = unicodedata.normalize("NFKC", text).replace(" ", "")
            table = {word: held for held, words in CHOICES[name].items() for word in [held, *words]}
            if folded not in table:
                faults.append(f"{title}“{text[:20]}”不认得，可写：{'、'.join(map(str, CHOICES[name]))}")
            return table.get(folded, "")
        if kind in ("revoked", "truth", "status") and text:
            text = unicodedata.normalize("NFKC", text)
            table = {
                unicodedata.normalize("NFKC", word): held
                for held, words in FIELDS[name]["meanings"].items()
                for word in [held, *words]
                if word
            }
            if text not in table:
                faults.append(f"{title}“{text[:20]}”不认得；可在来源里写明它的意思")
            return table.get(text, "")
        return without(text)[: FIELDS[name].get("length", 200)]

    def _day(self, name, kind, text, title, faults):
        if not text:
            return ""
        day = read_date(text)
        if day is None:
            faults.append(f"{title}“{text[:20]}”不是日期")
            return ""
        if kind == "day":
            return day.isoformat()
        clock = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
        hours = f" {int(clock[1]):02d}:{clock[2]}:{clock[3] or '00'}" if clock else ""
        return day.isoformat() + hours
