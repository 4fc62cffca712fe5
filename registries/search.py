"""What a clerk may type to find an enterprise: part of a name, of a code, or the initials of
its pinyin. Plain Python.

A search key is one text a row, matched by LIKE. Every Chinese character stands three times in it, because the
index behind LIKE (pg_trgm) knows runs of three characters only, and people type two, or one.
"""

import unicodedata
from functools import cache


def key_of(*texts):
    """Name, former name, codes … in; the row's search key out. The first text also gives its initials."""
    plain = " ".join(dict.fromkeys(text for text in texts if text))
    return f"{_tripled(plain)} {initials(texts[0])}".strip()


def patterns(words):
    """What somebody typed in; the parts that must all stand in a key, out."""
    return [_tripled(word) for word in words.split()]


def initials(name):
    """乌审旗重工 → wsqzg, 重庆银行 → cqyh. A character with several readings follows the word
    of two that it stands in."""
    return "".join(each[0] if is_reading else each for each, is_reading in _spoken(name))


def sound(name):
    """乌审旗重工 → wushenqizhonggong: without tones, for whoever types all of it."""
    return "".join(each for each, _ in _spoken(name))


def _spoken(name):
    """[(a syllable, True) or (a letter or digit that stood there, False)], in small letters."""
    first, words = _readings()
    name = unicodedata.normalize("NFKC", name)
    told = [(first[each], True) if each in first else (each.lower(), False) for each in name]
    for place in range(len(name) - 1):
        odd = words.get(name[place : place + 2])
        if odd:
            told[place : place + 2] = [(each, True) for each in odd]
    return [(each, is_reading) for each, is_reading in told if each.isascii() and each.isalnum()]


def _tripled(text):
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(each * 3 if each > "\u2e7f" else each for each in folded)


@cache
def _readings():
    # Imported when the first name is written: the tables weigh 50 MB, and a search does not need them.
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # noqa: PLC0415

    first = {chr(code): _plain(readings.split(",")[0]) for code, readings in PINYIN_DICT.items()}
    words = {}
    for word, readings in PHRASES_DICT.items():
        if len(word) == 2:
            syllables = [_plain(each[0]) for each in readings]
            if syllables != [first.get(each) for each in word]:
                words[word] = syllables
    return first, words


def _plain(reading):
    """lǜ → lu"""
    return "".join(each for each in unicodedata.normalize("NFD", reading) if each.isascii())
