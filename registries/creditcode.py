"""统一社会信用代码 (GB 32100-2015, with the inner check of GB 11714). Plain Python."""

import unicodedata

from stdnum.cn import uscc

_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def normalise(text):
    """Text as found in a file in, the code as it should be written out: half-width, upper case, no spaces.

    Invisible characters, spaces and hyphens go; nothing is guessed.
    """
    folded = unicodedata.normalize("NFKC", text or "").upper()
    return "".join(each for each in folded if each.isalnum())


def fault(code):
    """A normalised code in; why it is not valid, in Chinese, or None."""
    if len(code) != 18:
        return f"代码应为 18 位，现为 {len(code)} 位"
    if not uscc.is_valid(code):
        return "代码校验位不符"
    if not _inner_is_valid(code[8:17]):
        return "代码中的组织机构代码校验位不符"
    return None


def _inner_is_valid(body):
    total = sum(int(letter, 36) * weight for letter, weight in zip(body[:8], _INNER_WEIGHTS, strict=True))
    check = 11 - total % 11
    return body[8] == {10: "X", 11: "0"}.get(check, str(check))
