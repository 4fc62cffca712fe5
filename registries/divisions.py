"""行政区划 (GB/T 2260): which county a text or a credit code speaks of, and whether that is the
bureau's own. Plain Python.

The table is python-stdnum's, as of its version; names that are gone stay in it, for addresses keep them.
"""

import re
from dataclasses import dataclass
from functools import cache

from stdnum import numdb

OURS, OUTSIDE, UNDECIDED = "ours", "outside", "undecided"
_SHORT = re.compile(r"(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|(?:\w族)*自治州|省|市|盟|地区)$")
_GENERAL = ("市辖区", "县", "省直辖县级行政单位", "自治区直辖县级行政单位", "城区", "郊区", "矿区")
_BEFORE = re.compile(r"^[\s,，、:：（(]*(?:中国)?")


@dataclass(frozen=True)
class _Table:
    whole: dict  # name → codes, a province's two digits, a prefecture's four, a county's six
    short: dict  # the same without 省, 市 …: believed only where another name follows
    names: dict  # code → name today
    now: set  # codes that are in use
    whole_by: dict  # the first two letters → names that begin so, the longest first
    short_by: dict


@cache
def _table():
    whole, short, names, now = {}, {}, {}, set()
    for length, province, _, facts, below in numdb.get("cn/loc").prefixes:
        _put(whole, short, names, province[:length], facts["province"])
        now.add(province[:length])
        for _, rest, _, found, _ in below:
            for each in found["county"].split(","):
                span, name = re.fullmatch(r"(?:\[(\d*-\d*)\])?(.+)", each.strip()).groups()
                code = province + (rest[:2] if rest.endswith("00") else rest)
                if rest != "0000" and name not in _GENERAL:
                    is_now = not span or span.endswith("-")
                    _put(whole, short, names, code, name, is_now)
                    now |= {code} if is_now else set()
    return _Table(whole, short, names, now, _by_beginning(whole), _by_beginning(short))


def _by_beginning(names):
    found = {}
    for name in sorted(names, key=len, reverse=True):
        found.setdefault(name[:2], []).append(name)
    return found


def _put(whole, short, names, code, name, is_now=True):
    whole.setdefault(name, set()).add(code)
    if is_now or code not in names:
        names[code] = name
    brief = _SHORT.sub("", name)
    if len(code) < 6 and len(brief) >= 2 and brief != name:
        short.setdefault(brief, set()).add(code)


@dataclass(frozen=True)
class Area:
    """A bureau's own: its division's code without the trailing zeros, and its name."""

    code: str
    name: str

    @classmethod
    def of(cls, code, bureau_name):
        """From the bureau's code and its name (青原县应急管理局)."""
        digits = code[:6]
        while digits.endswith("00") and len(digits) > 2:
            digits = digits[:-2]
        named = re.match(r"(.+?(?:自治县|自治旗|[县区旗市省盟州]))", bureau_name)
        return cls(digits, _table().names.get(digits) or (named[1] if named else bureau_name[:4]))

    def holds(self, code):
        """Whether a division lies in it: True, False, or None where the code says too little."""
        if code.startswith(self.code):
            return True
        table = _table()
        is_renamed = code not in table.now and code[:4] == self.code[:4] and len(code) == 6
        if is_renamed and table.names.get(code, "")[:-1] == self.name[:-1]:  # 章丘市 has become 章丘区
            return True
        return None if self.code.startswith(code) else False


@dataclass
class _Known:
    """What beginnings of texts have said to one area: 180,000 addresses begin in a few hundred ways. Each is
    as long as was looked at, so whatever begins like it says the same."""

    said: dict  # beginning → code
    lengths: list  # of the beginnings, in the order they were met


_KNOWN, _MOST = {}, 5_000


def named_in(text, area):
    """The code of the division that a text begins with (…省…市…县), the finest; "" where it says none."""
    known = _KNOWN.setdefault(area, _Known({}, []))
    for length in known.lengths:
        if (code := known.said.get(text[:length])) is not None:
            return code
    code, seen = _read(text, area)
    if len(text) >= seen:  # a shorter one has ended before all was asked that a longer one would be
        if len(known.said) >= _MOST:
            known.said.clear()
        known.said[text[:seen]] = code
        if seen not in known.lengths:
            known.lengths.append(seen)
    return code


def _read(text, area):
    """(The code of `named_in`, how many letters of the text were looked at for it)."""
    at, chain, seen = _BEFORE.match(text).end(), [], 0
    seen = at + len("中国")
    while at < len(text):
        name, codes, far = _at(text, at, area)
        seen = max(seen, far)
        if not name:
            break
        chain.append(codes)
        at += len(name)
        if all(len(code) == 6 for code in codes):
            break  # what follows a county is a street, whatever it is called
    else:
        seen = max(seen, at + 1)  # it has ended where another name could have stood
    return _finest(chain, area), seen


def _at(text, at, area):
    """(the division's name that stands here, its codes, how far was looked for it); a short one only where
    another follows: 内蒙古乌审旗 is a place, 北京路 is a street. ("", set(), …) where none stands."""
    table, beginning = _table(), text[at : at + 2]
    whole, brief = table.whole_by.get(beginning, ()), table.short_by.get(beginning, ())
    far = at + max([2, len(area.name), *map(len, whole[:1]), *map(len, brief[:1])])  # the longest come first
    own = area.name if text.startswith(area.name, at) else ""
    name = max(own, next((each for each in whole if text.startswith(each, at)), ""), key=len)
    if name:
        return name, table.whole.get(name, set()) | ({area.code} if name == area.name else set()), far
    for name in brief:
        if text.startswith(name, at):
            follows, _, farther = _at(text, at + len(name), area)
            far = max(far, farther)
            if follows:
                return name, table.short[name], far
    return "", set(), far


def _finest(chain, area):
    """The last name of the chain that the ones before it allow; one's own where
    several places are called so."""
    now = _table().now
    for place in range(len(chain) - 1, -1, -1):
        # a prefecture that is gone narrows nothing
        wider = [codes & now for codes in chain[:place] if codes & now]
        fits = {
            code
            for code in chain[place]
            if all(any(code.startswith(each) for each in codes) for codes in wider)
        }
        fits = fits & now or fits
        if own := {code for code in fits if area.holds(code)}:
            return max(own, key=len)
        if len(fits) == 1 or fits and len({code[:4] for code in fits}) == 1:
            return min(fits) if len(fits) == 1 else min(fits)[:4]
    return ""  # several places are called so, and none before it says which


@cache
def title_of(code):
    """A division's name with what it lies in: 鄂尔多斯市东胜区."""
    names = _table().names
    parts = [names.get(code[:size]) for size in (2, 4, 6) if size <= len(code)]
    return "".join(dict.fromkeys(filter(None, parts[-2:]))) or code


def judge(area, premises="", address="", authority="", credit_code=""):
    """Where an enterprise is: (OURS, OUTSIDE or UNDECIDED; the place or the reason, in Chinese).

    The place of business says first, then the registered address, then the registry office; where they
    disagree a person decides. A code's division is where it was once given out, and is asked only where
    nothing else says anything.
    """
    said = []
    for title, text in (("生产经营地址", premises), ("住所", address), ("登记机关", authority)):
        code = named_in(text, area) if text else ""
        if code and area.holds(code) is not None:
            said.append((title, code))
    is_real = area.code in _table().names  # the codes of an invented county (培训、演示) say nothing
    if not said and is_real and len(credit_code) == 18 and credit_code[2:8].isdigit():
        digits = credit_code[2:8]
        code = digits if not digits.endswith("00") else digits[:4].removesuffix("00")
        if code.startswith("10"):  # the national office's own
            return OURS, ""
        if area.holds(code) is False:
            return OUTSIDE, title_of(code)
    held = {area.holds(code) for _, code in said}
    if held == {True, False}:
        return UNDECIDED, "，".join(
            f"{title}在{area.name if code == area.code else title_of(code)}" for title, code in said
        )
    return (OUTSIDE, title_of(said[0][1])) if held == {False} else (OURS, "")
