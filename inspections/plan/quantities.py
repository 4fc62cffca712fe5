"""Shares, numbers and frequencies as plans write them: taken where a cell says one thing, else asked."""

import re
import unicodedata

_DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "十": 10, "十二": 12}
_N = r"(\d+|[一两二三四五六]|十二?)"
_PERCENT = re.compile(r"(?:抽查|检查)?(?:比例)?(?:为|是)?[:：]?(\d+(?:\.\d{1,2})?)%")
_WHOLE = ("全覆盖", "全部", "全部检查", "100%全覆盖", "全覆盖检查")
_HOUSES = re.compile(r"(\d+)(?:户|家|个|户次|家次|座|处|所)?")
TIMES = [
    re.compile(rf"=?{_N}(?:次)?"),
    re.compile(rf"{_N}次/年(?:/(?:单位|户|家|企业))?"),
    re.compile(rf"(?:每年|一年|全年|每年度|年度)(?:检查|抽查|开展)?{_N}次"),
    re.compile(rf"每(?:户|家|单位|企业)每年(?:检查|抽查)?{_N}次"),
]
_PERIODS = {"每年": 1, "每半年": 2, "半年": 2, "每季": 4, "每季度": 4, "每月": 12, "每年度": 1, "年度": 1}
_LEAST = re.compile(r"(?:>=|≥|>|不低于|不少于|至少|以上|及以上)")
SAYS_ITSELF = re.compile(r"\d+(?:\.\d{1,2})?%|\d+[户家]")  # under 抽查比例（数量）
MOST = {"times": 366, "cap": 366, "count": 1_000_000, "base": 100_000_000}
SAYS = {"times": "频次", "cap": "上限", "count": "户数", "base": "总数"}


def plain_text(cell):
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", cell or ""))


def read_share(line, text, is_percent):
    plain = plain_text(text)
    if not plain:
        return
    if is_percent and re.fullmatch(r"\d+(\.\d{1,2})?", plain):
        plain += "%"
    if plain in _WHOLE:
        line.values["rate_bp"] = 10_000
    elif match := _PERCENT.fullmatch(plain):
        rate = round(float(match[1]) * 100)
        if 0 < rate <= 10_000:
            line.values["rate_bp"] = rate
        else:
            line.asks.append(f"抽查比例“{short(text)}”不在 0 到 100% 之间，请核对")
    elif re.fullmatch(r"\d+(户|家|个|户次|家次)", plain):
        line.values["count"] = int(re.match(r"\d+", plain)[0])
    elif re.fullmatch(r"\d*\.?\d+", plain):
        line.asks.append(f"抽查比例写作“{short(text)}”：是 {_guess(plain)}，还是户数？请填写")
    else:
        said = re.search(r"(\d+(?:\.\d+)?)%", plain)
        hint = f"，其中有 {said[1]}%" if said else ""
        least = "写的是下限" if _LEAST.search(plain) else "不只是一个比例"
        line.asks.append(f"抽查比例“{short(text)}”{least}{hint}，请填写按多少抽取")
        if "频次" in plain or "次" in plain:
            line.asks.append(f"频次写在比例栏“{short(text)}”，请填写每年几次")


def _guess(plain):
    value = float(plain)
    return f"{value * 100:g}%" if value < 1 else f"{value:g}%"


def read_count(line, text):
    plain = plain_text(text)
    if not plain:
        return
    match = _HOUSES.fullmatch(plain)
    if match and "count" in line.values and line.values["count"] != int(match[1]):
        line.asks.append(f"比例栏写了 {line.values['count']} 户，户数栏写了 {match[1]} 户，请填写用哪一个")
    elif match:
        line.values["count"] = int(match[1])
    else:
        first = re.match(r"\d+", plain)
        hint = f"是按 {first[0]} 户计吗？" if first else ""
        line.asks.append(f"户数“{short(text)}”除数字外还有说明，{hint}请填写")


def read_times(line, text):
    plain = plain_text(text)
    if not plain:
        return
    both = re.fullmatch(r"(?:检查|抽查)?频次[:：](.+?)[;；,，。]?(?:年度)?上限[:：](.+?)[;；。]?", plain)
    if both:
        line.values["times"] = read_number(line, "频次", both[1], TIMES)
        line.values["cap"] = read_number(line, "上限", both[2], TIMES)
        return
    period = re.fullmatch(r"(每半年|每季度?|每月)(?:检查|抽查|开展)?([1-9一两二三])次", plain)
    if plain in _PERIODS or period:
        each = period and (int(period[2]) if period[2].isdigit() else _DIGITS[period[2]])
        line.values["times"] = _PERIODS[plain] if not period else _PERIODS[period[1]] * each
        return
    line.values["times"] = read_number(line, "频次", text, TIMES)


def read_number(line, what, text, patterns):
    plain = plain_text(text)
    for pattern in patterns:
        if match := pattern.fullmatch(plain):
            return int(match[1]) if match[1].isdigit() else _DIGITS[match[1]]
    least = "写的是下限" if _LEAST.search(plain) else "看不出每年几次"
    line.asks.append(f"{what}“{short(text)}”{least}，请填写每年几次")
    return None


def read_base(line, text):
    plain = plain_text(text)
    match = _HOUSES.fullmatch(plain)
    if match:
        line.values["base"] = int(match[1])
    elif plain:
        line.values["note"] = f"{line.values['note']} 抽查基数：{text}".strip()


def short(text):
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else plain[:39] + "…"
