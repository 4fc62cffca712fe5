"""报送格式: versioned columns (data, which a bureau may add to), filled from facts and checked before
anything leaves."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal
from registries.services.access import require

from ..models import Shape
from .facts import KINDS, TITLES

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account, Bureau

MANAGE = "publicity.change_receiver"
_DATA = json.loads((Path(__file__).parent.parent / "data/shapes.json").read_text(encoding="utf-8"))
SHIPPED = {each["code"]: each for each in _DATA["shapes"]}
SURE = {"two": "两处以上公开来源", "one": "一处公开来源", "memory": "没有公开来源", "told": "对方告知"}
_TYPES = {
    "字符": "text",
    "日期": "day",
    "时间": "day",
    "数值": "number",
    "代码": "code",
    "数字字符": "digits",
    "整数": "integer",
    "布尔": "bool",
}


def known(bureau: Bureau) -> dict[str, dict[str, Any]]:
    """{code: shape} that a bureau uses today: its own latest version in force, else what comes with the
    system. A shape: code, version, title, of, source, is_draft, day, limit, columns, meanings."""
    found = {code: each | {"version": 0, "meanings": {}} for code, each in SHIPPED.items()}
    today = timezone.localdate()
    for own in Shape.objects.filter(bureau=bureau, since__lte=today).order_by("since", "version"):
        found[own.code] = _of(own)
    return found


def of_version(bureau: Bureau, code: str, version: int) -> dict[str, Any] | None:
    """A shape as it was in a version: the columns in which a row was made."""
    if version == 0:
        return SHIPPED.get(code)
    own = Shape.objects.filter(bureau=bureau, code=code, version=version).first()
    return _of(own) if own else None


def kept_of(bureau: Bureau, code: str, columns: list[dict[str, Any]]) -> dict[str, Any]:
    """What a new list of columns leaves as it is: how days are written, the limit, what our words are in
    theirs."""
    old = known(bureau).get(code)
    if old is None:
        return {}
    names = {each["name"] for each in columns}
    return {
        "facts": {name: old[name] for name in ("day", "limit") if old.get(name)},
        "meanings": {name: told for name, told in old["meanings"].items() if name in names},
    }


def _of(own):
    return {
        "code": own.code,
        "version": own.version,
        "title": own.title,
        "of": own.of,
        "source": own.source,
        "is_draft": own.is_draft,
        "columns": own.columns,
        "meanings": own.meanings,
    } | own.facts


def fill(shape: dict[str, Any], facts: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """A shape and the facts of a statement in; ({column: text}, [faults in Chinese]) out. A fault keeps the
    row here: the receiver would refuse it."""
    row, faults = {}, []
    for column in shape["columns"]:
        text, wrong = _cell(shape, column, facts)
        row[column["name"]] = text
        faults += wrong or check(column, text, facts)
    return row, faults


def _cell(shape, column, facts):
    title = column["title"]
    value = column["const"] if "const" in column else facts.get(column.get("from", ""), "")
    if value in ("", None):
        return "", []
    if column.get("table") or column["name"] in shape["meanings"]:
        table = shape["meanings"].get(column["name"], {})
        if str(value) not in table and column.get("table"):
            if not column.get("required"):
                return "", []
            return "", [f"{title}：还没有写明“{value}”在对方是什么代码，请在报送格式里“写代码对应”"]
        return table.get(str(value), str(value)), []
    if str(value) in column.get("labels", {}):
        return column["labels"][str(value)], []
    return _formatted(shape, column, value), []


def _formatted(shape, column, value):
    if isinstance(value, date):
        return value.strftime(column.get("day") or shape.get("day", "%Y-%m-%d"))
    if isinstance(value, bool):
        return "是" if value else "否"
    if column["type"] == "number":
        return f"{Decimal(value):.{column.get('decimals', 2)}f}"
    if isinstance(value, (list, tuple)):
        return "，".join(map(str, value))
    return str(value)


def check(column: dict[str, Any], text: str, facts: dict[str, Any] | None = None) -> list[str]:
    """A column and what stands in it in; what is wrong with it, in Chinese. `facts` say which conditions
    hold."""
    title = column["title"]
    needed = column.get("required") or (facts or {}).get(column.get("needs", ""))
    if not text:
        return [f"{title}不能空"] if needed else []
    length, faults = column.get("length"), []
    if length and column.get("exact") and len(text) != length:
        faults.append(f"{title}应为 {length} 位，现为 {len(text)} 位")
    elif length and len(text) > length:
        faults.append(f"{title}最多 {length} 字，现为 {len(text)} 字")
    if column["type"] == "digits" and not re.fullmatch(r"[0-9]+", text):
        faults.append(f"{title}只能是数字：“{text[:20]}”")
    if column["type"] == "integer" and not re.fullmatch(r"-?[0-9]+", text):
        faults.append(f"{title}应是整数：“{text[:20]}”")
    if column["type"] == "day" and not re.match(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}|\d{8}(\d{6})?$", text):
        faults.append(f"{title}应是日期：“{text[:20]}”")
    if column["type"] == "number":
        faults += _number(column, title, text)
    if column.get("codes") and text not in column["codes"]:
        faults.append(f"{title}只能是{'、'.join(column['codes'])}：“{text[:20]}”")
    return faults


def _number(column, title, text):
    try:
        value = Decimal(text)
    except InvalidOperation:
        return [f"{title}应是数：“{text[:20]}”"]
    whole = column.get("digits", 18) - column.get("decimals", 2)
    return [f"{title}整数部分最多 {whole} 位"] if len(str(abs(int(value)))) > whole else []


@transaction.atomic
def add(
    bureau: Bureau,
    code: str,
    title: str,
    of: str,
    columns: list[dict[str, Any]],
    *,
    by: Account,
    source: str = "",
    since: date | None = None,
    meanings: dict[str, dict[str, str]] | None = None,
    facts: dict[str, Any] | None = None,
    is_draft: bool = True,
) -> Shape:
    """Another version of a shape, or a new one. What was handed on keeps the version it left in. One without
    a source stays a draft. Raises shape_unfit, naming what is wrong."""
    require(by, MANAGE, bureau)
    if wrong := _unfit(code, title, of, columns):
        raise DomainError("shape_unfit", detail=wrong)
    last = Shape.objects.filter(bureau=bureau, code=code).aggregate(last=Max("version"))["last"] or 0
    made = Shape.objects.create(
        bureau=bureau,
        code=code,
        version=last + 1,
        title=title[:100],
        of=of,
        source=source.strip()[:200],
        is_draft=is_draft or not source.strip(),
        columns=columns,
        meanings=meanings or {},
        facts=facts or {},
        since=since or timezone.localdate(),
        made_by=by,
    )
    journal.write("shape.added", by=by, about=made.about, facts={"code": code, "version": made.version})
    return made


def _unfit(code, title, of, columns):
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,29}", code):
        return "代码只能用小写字母、数字和横线"
    if of not in KINDS or not title.strip():
        return "要写名称，并选报什么"
    names = [each.get("name", "") for each in columns]
    if not columns or not all(names) or len(set(names)) < len(names):
        return "每栏要有名称，不能重复"
    for each in columns:
        if each.get("from") and each["from"] not in TITLES:
            return f"栏“{each['title']}”取自“{each['from']}”，没有这一项"
    return ""


@transaction.atomic
def say_meaning(bureau: Bureau, code: str, column: str, ours: str, theirs: str, *, by: Account) -> Shape:
    """What a word of ours is in theirs: a version that says it too."""
    shape = known(bureau)[code]
    if column not in {each["name"] for each in shape["columns"]}:
        raise DomainError("shape_unfit", detail=f"没有“{column}”这一栏")
    meanings = shape["meanings"] | {column: shape["meanings"].get(column, {}) | {ours: theirs}}
    return _next(bureau, shape, meanings=meanings, by=by)


@transaction.atomic
def adopt(bureau: Bureau, code: str, source: str, *, by: Account) -> Shape:
    """The columns were held against what the receiver itself has said: `source`; no draft any more."""
    if not source.strip():
        raise DomainError("shape_unfit", detail="要写明是对方哪份文件")
    return _next(bureau, known(bureau)[code], source=source, is_draft=False, by=by)


def _next(bureau, shape, *, by, **changed):
    more = {name: shape[name] for name in ("day", "limit") if shape.get(name)}
    told = {
        "source": shape["source"],
        "is_draft": shape["is_draft"],
        "meanings": shape["meanings"],
        "facts": more,
    }
    told |= changed
    return add(bureau, shape["code"], shape["title"], shape["of"], shape["columns"], by=by, **told)


def from_list(data: bytes, table: str = "") -> list[dict[str, Any]]:
    """A list of fields as csv (table, seq, name, type, length, required, codes, source) in, columns out; the
    names decide from which of our facts they are filled. `table` chooses one of several. Raises
    shape_unfit."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise DomainError("shape_unfit", detail="字段清单应是 UTF-8 编码的 csv") from None
    if not rows or "name" not in rows[0]:
        raise DomainError(
            "shape_unfit", detail="字段清单要有 name 一栏（还可有 type、length、required、codes）"
        )
    tables = list(dict.fromkeys(row.get("table") or "" for row in rows))
    if table not in tables and len(tables) > 1:
        raise DomainError("shape_unfit", detail=f"清单里有几张表，请写明是哪一张：{'、'.join(tables)[:150]}")
    return [_column(row) for row in rows if len(tables) == 1 or row.get("table") == table]


def _column(row):
    written = (row.get("name") or "").strip()
    named = re.fullmatch(r"(.*?[^\x00-\x7f\s].*?)\s+([A-Za-z][A-Za-z0-9_/]*)(?:[(（].*)?", written)
    title, name = (named[1].strip(), named[2]) if named else (written, written)
    length, required = row.get("length") or "", (row.get("required") or "").strip()
    column = {"name": name, "title": title, "type": _TYPES.get((row.get("type") or "").strip(), "text")}
    if column["type"] == "number" and (digits := re.match(r"(\d+),(\d+)", length)):
        column |= {"digits": int(digits[1]), "decimals": int(digits[2])}
    elif column["type"] != "day" and (number := re.search(r"\d{1,6}", length)):
        column["length"] = int(number[0])
        if "定长" in length:
            column["exact"] = True
    if required == "必填":
        column["required"] = True
    elif required and required != "选填":
        column["required_when"] = required
    if column["type"] == "code":
        column |= _codes(row.get("codes") or "")
    if column["type"] == "day" and (written := re.search(r"yyyy[-/]?MM[-/]?dd([ T]?HH:?mm:?ss)?", length)):
        column["day"] = _strftime(written[0])
    told = (row.get("source") or "").split(":")[0].strip()
    column["sure"] = {"two sources": "two", "one source": "one", "memory": "memory"}.get(told, "told")
    if source := _filled_from(title):
        column["from"] = source
    return column


def _codes(text):
    """{codes, and labels: what each is called} of "1是;0否" or "甲;乙"; nothing where it is no such list."""
    text = re.sub(r"[(（][^()（）]*(source|memory)[^()（）]*[)）]", "", text)
    parts = [each.strip() for each in re.split(r"[;；]", text) if each.strip()]
    coded = [re.fullmatch(r"([0-9A-Za-z]{1,8})[ :：.、-]*([^0-9A-Za-z].*)", each) for each in parts]
    if len(parts) < 2:
        return {}
    if all(coded):
        return {"codes": [each[1] for each in coded], "labels": {each[2].strip(): each[1] for each in coded}}
    plain = all(len(each) <= 20 and not re.search(r"[0-9…等:：=]", each) for each in parts)
    return {"codes": parts} if plain else {}


def _strftime(written):
    for theirs, ours in (
        ("yyyy", "%Y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("mm", "%M"),
        ("ss", "%S"),
    ):
        written = written.replace(theirs, ours)
    return written


def _filled_from(title):
    """The fact that a title names in other shapes, or by our own title of it."""
    for shape in SHIPPED.values():
        for each in shape["columns"]:
            if each["title"] == title and each.get("from"):
                return each["from"]
    return next((name for name, said in TITLES.items() if said == title), "")
