"""敏感内容: places in a free text that should not reach the public unlooked at. Plain
Python; it marks, people decide.

What is looked for: 政府信息公开条例第14、15条, 个人信息保护法第25条, 行政处罚法第48条.
"""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

_WORDS = json.loads((Path(__file__).parent / "data/sensitive.json").read_text(encoding="utf-8"))
_GAP = r"[ .·-]?"  # between the digits of a number as people write it
_PATTERNS = [
    (
        "身份证号",
        rf"(?<!\d)[1-8]\d{{5}}{_GAP}(?:19|20)\d{{2}}{_GAP}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
        rf"{_GAP}\d{{3}}[0-9Xx](?!\d)",
    ),
    ("身份证号", r"(?<!\d)[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"),
    ("银行账号", rf"(?<!\d)[3-6]\d{{3}}(?:{_GAP}\d{{4}}){{2}}{_GAP}\d{{3,4}}(?:{_GAP}\d{{1,3}})?(?!\d)"),
    (
        "电话",
        rf"(?<!\d)1[3-9]\d(?:{_GAP}\d){{8}}(?!\d)|(?<!\d)(?:\+?86{_GAP})1[3-9]\d(?:{_GAP}\d){{8}}(?!\d)",
    ),
    ("电话", r"(?<!\d)\(?0\d{2,3}\)?[- ]?\d{7,8}(?!\d)"),
    ("电子邮箱", r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"),
    ("护照", r"(?<![A-Za-z0-9])[EG][A-Z]?\d{7,8}(?!\d)"),
    (
        "车牌",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?[A-Z][·. "
        r"]?(?=[A-Z]{0,2}\d)[A-Z0-9]{5,6}(?![A-Z0-9])",
    ),
    (
        "住址",
        r"[0-9一二三四五六七八九十]{1,4} ?(?:号楼|栋|幢|单元)(?: ?\d{1,4} "
        r"?(?:单元|室|号|户))?|(?<!\d)\d{3,4} ?室",
    ),
    (
        "姓名",
        rf"(?:{_WORDS['surnames']})[\u4e00-\u9fa5]{{1,2}}(?=(?:同志|先生|女士|某某|\(男|\(女|,男|,女|"
        rf"、男|、女))",
    ),
]
# Never published, whoever says why.
FORBIDDEN = {"身份证号", "银行账号"}


@dataclass(frozen=True)
class Hit:
    """A place in a text: from start to end (characters), of which kind."""

    field: str
    start: int
    end: int
    kind: str
    text: str


def check(texts, names=()):
    """{field: text} and names of persons who have to do with the case in; [hit as a
    dictionary], by place, out."""
    found = []
    persons = "|".join(re.escape(each) for each in sorted(set(names), key=len, reverse=True) if len(each) > 1)
    patterns = _PATTERNS + ([("姓名", persons)] if persons else [])
    patterns += [(kind, "|".join(map(re.escape, words))) for kind, words in _WORDS["words"].items()]
    for field, text in texts.items():
        folded, places = _folded(text or "")
        taken = []
        for kind, pattern in patterns:
            for match in re.finditer(pattern, folded):
                start, end = places[match.start()], places[match.end() - 1] + 1
                if not any(begun < end and start < over for begun, over in taken):
                    taken.append((start, end))
                    found.append(Hit(field, start, end, kind, text[start:end]))
    return [asdict(each) for each in sorted(found, key=lambda each: (each.field, each.start))]


def _folded(text):
    """A text as it is searched (full-width signs plain, invisible ones gone) and
    where each of its signs stood."""
    folded, places = [], []
    for at, sign in enumerate(text):
        if unicodedata.category(sign) == "Cf":
            continue
        for plain in unicodedata.normalize("NFKC", sign):
            folded.append(plain)
            places.append(at)
    return "".join(folded).replace("—", "-").replace("–", "-"), places


def marked(text, hits):
    """The text in pieces, [(piece, kind of the hit or "")], for a page that shows the hits."""
    pieces, at = [], 0
    for hit in sorted(hits, key=lambda each: each["start"]):
        pieces += [(text[at : hit["start"]], ""), (text[hit["start"] : hit["end"]], hit["kind"])]
        at = hit["end"]
    return [each for each in [*pieces, (text[at:], "")] if each[0]]
