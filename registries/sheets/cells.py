"""One cell: what a reader hands over in, the text that it shows out. Plain Python."""

import re
import unicodedata
from datetime import date, datetime, time

_ODD = re.compile("[\ufeff\u200b-\u200f\u2060\u00ad\u3000\u00a0\x00-\x1f\x7f\ue000-\uf8ff]|  ")
_CONTROLS = [code for code in (*range(32), 127) if not chr(code).isspace()]
_INVISIBLE = dict.fromkeys([*map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f"), *_CONTROLS])


def _private_letters():
    """{private letter: the letter it is}: what GBK and GB 18030-2000 had no place for in Unicode
    (GB 18030-2022, annex D)."""
    found = dict(zip(range(0xE78D, 0xE797), (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A)), strict=True))
    found |= {0xE7C7: 0x1E3F, 0xE7C8: 0x01F9} | dict(
        zip(range(0xE7E7, 0xE7F3), range(0x2FF0, 0x2FFC), strict=True)
    )
    radicals = (
        "2E81 20087 20089 200CC 2E84 3473 3447 2E88 2E8B 9FB4 359E 361A 360E 2E8C 2E97 396E 3918 "
        "9FB5 39CF 39DF 3A73 39D0 9FB6 "
        "9FB7 3B4E 3C6E 3CE0 2EA7 215D7 9FB8 2EAA 4056 415F 2EAE 4337 2EB3 2EB6 2EB7 2298F 43B1 43AC "
        "2EBB 43DD 44D6 4661 464C "
        "9FB9 4723 4729 477C 478D 2ECA 4947 497A 497D 4982 4983 4985 4986 499F 499B 49B7 49B6 9FBA "
        "241FE 4CA3 4C9F 4CA0 4CA1 "
        "4C77 4CA2 4D13 4D14 4D15 4D16 4D17 4D18 4D19 4DAE 9FBB"
    )
    return found | dict(zip(range(0xE815, 0xE865), (int(each, 16) for each in radicals.split()), strict=True))


_KNOWN = _private_letters()
# What a decoder could not read, and private letters that nobody but the machine they were typed on can tell.
LOST = re.compile("[\ufffd\ue000-\uf8ff]")


def clean(value):
    """One cell in, its text out: whole numbers without '.0', dates as ISO, no invisible letters, trimmed."""
    if isinstance(value, str):
        if not value.isascii() and not unicodedata.is_normalized("NFC", value):
            value = unicodedata.normalize("NFC", value)
        if _ODD.search(value):
            value = " ".join(value.translate(_INVISIBLE).translate(_KNOWN).split())
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
