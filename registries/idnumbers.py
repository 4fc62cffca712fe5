"""公民身份号码 (GB 11643): found where nobody should have written one, and taken out before
anything is kept. Plain Python."""

import re
import unicodedata
from datetime import date

from . import creditcode

HIDDEN = "（身份证号码，未存）"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_BETWEEN = r"[\s\-‐‑‒–—―_./·]{0,3}"
# Seventeen digits and a digit or X, with what people put between them. Looked for from every place
# and in every longer run of
# digits: what stands before or behind may be digits too (a telephone), and a number that
# only happens to fit is rare.
_SHAPE = re.compile(rf"(?=(\d(?:{_BETWEEN}\d){{16}}{_BETWEEN}[\dX]))", re.IGNORECASE)
MAYBE = re.compile(rf"[0-9０-９](?:{_BETWEEN}[0-9０-９]){{16}}")  # a text without it holds none
_PLACES = {
    *range(11, 16),
    *range(21, 24),
    *range(31, 38),
    *range(41, 47),
    *range(50, 55),
    *range(61, 66),
    71,
    81,
    82,
    83,
    91,
}


def is_one(text):
    """Whether a text of eighteen digits (the last may be X) is a number that a person could
    have: place, day and check."""
    plain = re.sub(_BETWEEN, "", text).upper()
    if not re.fullmatch(r"\d{17}[\dX]", plain) or int(plain[:2]) not in _PLACES:
        return False
    try:
        born = date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(plain, _WEIGHTS, strict=False))
    return born.year >= 1880 and born <= date.today() and _CHECKS[total % 11] == plain[17]  # noqa: DTZ011  plain Python


def is_old_id(digits):
    """Whether fifteen digits could be a number of before 1999: place and day; it has no check digit."""
    try:
        date(1900 + int(digits[6:8]), int(digits[8:10]), int(digits[10:12]))
    except ValueError:
        return False
    return len(digits) == 15 and int(digits[:2]) in _PLACES


def without(text):
    """A text that hide() has gone over, without its mark: what is left to be kept. A cell that held
    nothing else says nothing."""
    return " ".join(text.replace(HIDDEN, " ").split()) if HIDDEN in text else text


def hide(text):
    """A text in; the same without its ID numbers out. A valid credit code that could be one is left."""
    if sum(map(str.isdigit, text)) < 17:
        return text
    folded = "".join(
        unicodedata.normalize("NFKC", each) if each.isdigit() or each in "Ｘｘ" else each for each in text
    )

    hidden, end = [], 0
    for found in _SHAPE.finditer(folded):
        plain = creditcode.normalise(found[1])
        is_code = creditcode.fault(plain) is None and creditcode.doubt(plain) is None
        if found.start() >= end and is_one(found[1]) and not is_code:
            hidden += [folded[end : found.start()], HIDDEN]
            end = found.end(1)
    return "".join([*hidden, folded[end:]]) if hidden else text
