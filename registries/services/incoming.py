"""来数 read: the table that it is, each of its rows, the enterprise that it speaks of, and what the source
has said of it before. What cannot be read or is not plain is said."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from ..errors import DomainError
from ..exports import csv_bytes
from ..models import DeliveryRow, Subject, SubjectCode
from ..sheets import delivered as sheets
from ..sheets.enterprises import without_id_numbers
from ..sheets.file import open_table
from ..sheets.texts import decoded
from ..states import LIVE_ROWS, DeliveryRowState
from . import records

if TYPE_CHECKING:
    from typing import Any

    from ..models import Source

_CHUNK = 1_000
_DAMAGED = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+[0-9]+")
_COUNT = (*LIVE_ROWS, DeliveryRowState.SAME, DeliveryRowState.OLDER)


def opened(source: Source, data: bytes, name: str) -> Any:
    """The Table that the bytes are: a sheet, a text, or JSON."""
    if _is_json(data):
        return open_table(_as_csv(data), "message.csv", "", sheets.header_says(source.content))
    return open_table(data, name, "", sheets.header_says(source.content))


def _is_json(data):
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def _as_csv(data):
    """JSON, an array of objects or {"rows": […]}, as the table that it is."""
    try:
        text, _ = decoded(data)
        said = json.loads(text.read().lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise DomainError("file_unreadable", detail="JSON 不完整或写错了") from None
    rows = said.get("rows") if isinstance(said, dict) else said
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise DomainError("file_unreadable", detail="JSON 应是一组对象")
    titles = list(dict.fromkeys(str(name) for each in rows for name in each))
    told = ([_plain(each.get(name)) for name in titles] for each in rows)
    return csv_bytes([titles, *told])


def _plain(value):
    if value is None or isinstance(value, bool):
        return {None: "", True: "是", False: "否"}[value]
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    return text.encode("utf-8", "replace").decode()  # half a surrogate is no text


def is_cut(data: bytes, name: str) -> bool:
    """Whether a text ends in the middle of a line: its last row may be half a row."""
    is_text = not name.lower().endswith((".xlsx", ".xls", ".gz", ".zip", ".et")) and data[:2] != b"PK"
    ends = (b"\n", b"\r", b"\n\x00", b"\r\x00") if data[:2] == b"\xff\xfe" else (b"\n", b"\r")
    return is_text and not _is_json(data) and not data.endswith(ends)


class Reading:
    """The rows of one delivery, compared with the register and with what the source has said before."""

    def __init__(self, delivery, mapping, is_cut):
        self.delivery, self.source, self.is_cut = delivery, delivery.source, is_cut
        self.content = self.source.content
        self.makes = sheets.CONTENTS[self.content]["makes"]
        self.reader = sheets.Reader(self.content, mapping, self.source.meanings)
        self.today = timezone.localdate().isoformat()
        self.seen = {}  # key: the statements of this delivery
        self.counts = Counter()

    def take(self, rows):
        """[(number, cells)] in, Counter of states out; their DeliveryRows are made."""
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            read = [(number, *self.reader.read(without_id_numbers(cells)[0])) for number, cells in chunk]
            if self.is_cut and start + len(chunk) == len(rows):
                read[-1][2].append("文件在这一行中间断了，没有换行，像是没有传完")
            firms = _Firms(self.source.bureau, [values for _, values, *_ in read])
            made = [self._row(firms, *each) for each in read]
            said = records.statements(self.source, {each.key for each in made if each.key})
            for each in made:
                self._compare(each, said.get(each.key, []))
            self.counts.update(each.status for each in made)
            DeliveryRow.objects.bulk_create(made, batch_size=500)
        return self.counts

    def _row(self, firms, number, values, faults, wrong):
        faults += self._sense(values)
        firm, odd = (None, "") if faults else firms.find(values, wrong)
        told = {name: text for name, text in values.items() if name not in ("as_of", "old_number")}
        called = firm.ref if firm else values.get("credit_code") or values.get("name", "")
        key = records.key_of(self.content, values, called)
        state, said = self._placed(firm, key, faults, odd)
        return DeliveryRow(
            bureau_id=self.delivery.bureau_id,
            delivery=self.delivery,
            number=number,
            key=key,
            digest=digest_of(told),
            as_of=self._as_of(values),
            values={name: text for name, text in values.items() if text and name != "old_number"},
            subject=firm,
            weighs=records.weighs(self.content, values),
            status=state,
            said=said[:300],
        )

    def _placed(self, firm, key, faults, odd):
        """(the state of a row by itself, what is said of it)."""
        if faults:
            return DeliveryRowState.UNREADABLE, "；".join(faults)
        if odd:
            return DeliveryRowState.ODD, odd
        if firm is None:
            return DeliveryRowState.STRANGER, "名录里没有这家企业"
        if not key:
            return DeliveryRowState.ODD, "没有编号、文号和日期，说不清是哪一条记录"
        return DeliveryRowState.PLAIN, ""

    def _sense(self, values):
        """What no day may say."""
        day, until = values.get("day", ""), values.get("until", "")
        if day and day > self.today and self.content != "licence":
            yield f"日期 {day} 还没有到"
        soon = (timezone.localdate() + timedelta(days=1)).isoformat()
        if values.get("as_of", "")[:10] > soon:
            yield f"{sheets.title_of(self.content, 'as_of')} {values['as_of']} 还没有到"
        for name in ("record", "number"):
            if _DAMAGED.fullmatch(values.get(name, "")):
                yield f"{sheets.title_of(self.content, name)}“{values[name]}”像是被表格软件改坏了（科学记数）"
        if day and until and until < day:
            yield f"{sheets.title_of(self.content, 'until')} {until} 早于 {day}"

    def _as_of(self, values):
        if values.get("as_of"):
            return values["as_of"]
        if self.makes != "fields":
            return ""
        return values.get("day") or (self.delivery.as_of.isoformat() if self.delivery.as_of else self.today)

    def _compare(self, row, before):
        """One that says what is known already is no work for anybody."""
        if row.status not in (DeliveryRowState.PLAIN, DeliveryRowState.ODD) or not row.key:
            return
        before = [*before, *self.seen.get(row.key, [])]
        alike = next((each for each in before if each.digest == row.digest), None)
        live = [each for each in before if each.status in _COUNT and not _is_refused(each)]
        if row.status == DeliveryRowState.PLAIN and (owner := _owner(live, row)):
            _set(row, DeliveryRowState.ODD, f"这个编号先前是“{owner}”的")
        live = [*live, *self._denied(before)] if live else live
        refused = next((each for each in before if _is_again(each, row)), None)
        changes = records.stands([*live, row]) != records.stands(live)
        if refused is not None:
            row.judged_by, row.judged_at = refused.judged_by, refused.judged_at
            _set(row, DeliveryRowState.REJECTED, "以前看过同样的一行，没有采用")
        elif alike is not None and (not changes or not row.as_of):
            _set(row, DeliveryRowState.SAME, f"第 {alike.delivery_id} 次来数第 {alike.number} 行已经有了")
        elif live and not changes and row.status == DeliveryRowState.PLAIN:
            _set(row, DeliveryRowState.OLDER, "这条记录已有更新的")
        else:
            if not live and self._is_nothing(row, before):
                _set(row, DeliveryRowState.REJECTED, "来源注明不属实或已撤销，没有可以采用的")
            self.seen.setdefault(row.key, []).append(row)

    def _is_nothing(self, row, before):
        """Whether the source denies it, in this row or in one that was turned away for that before."""
        return self.makes != "fields" and records.is_denied(records.stands([*self._denied(before), row]))

    def _denied(self, before):
        return [each for each in before if each.status == DeliveryRowState.REJECTED and not each.judged_at]


def _is_refused(row):
    return row.judged_at and row.status in (DeliveryRowState.SAME, DeliveryRowState.OLDER)


def _owner(live, row):
    """Another enterprise of which the record was said to be, or None."""
    for each in live:
        other = each.subject if each.subject_id not in (None, row.subject_id) else None
        if other is not None and other.merged_into_id != row.subject_id:
            return other
    return None


def _is_again(before, row):
    """Whether a person has said no to just this row before."""
    told = before.status == DeliveryRowState.REJECTED and before.judged_at
    return bool(told) and before.digest == row.digest and before.as_of == row.as_of


def _set(row, state, said):
    """A state of a row that is not saved yet."""
    row.__dict__["status"], row.said = state.value, said


def digest_of(values: dict[str, str]) -> str:
    """SHA-256 of what a row says, without when it was said."""
    told = {name: text for name, text in values.items() if text}
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class _Firms:
    """The enterprises that some rows speak of, found at once: by code, old codes too, by the 注册号 of before
    the codes, and by name."""

    def __init__(self, bureau, rows):
        codes = {each["credit_code"] for each in rows if each.get("credit_code")}
        names = {way for each in rows if each.get("name") for way in _written(each["name"])}
        numbers = {each["old_number"] for each in rows if each.get("old_number")}
        own = Subject.objects.filter(bureau=bureau).select_related("merged_into")
        self.by_code = {each.credit_code: each for each in own.filter(credit_code__in=codes)}
        former = SubjectCode.objects.filter(code__in=codes - set(self.by_code), subject__bureau=bureau)
        for each in former.select_related("subject__merged_into"):
            self.by_code.setdefault(each.code, each.subject)
        here = own.filter(left_on=None)
        self.by_number = {
            each.registration_number: each for each in here.filter(registration_number__in=numbers)
        }
        self.by_name: dict[str, list[Subject]] = {}
        for each in here.filter(Q(name__in=names) | Q(former_name__in=names)):
            for called in {_folded(each.name), _folded(each.former_name)} - {""}:
                self.by_name.setdefault(called, []).append(each)

    def find(self, values, wrong):
        """(the enterprise or None, why a person must look or "")."""
        name, code = values.get("name", ""), values.get("credit_code", "")
        named = self.by_name.get(_folded(name), [])
        if code:
            return self._by_code(values, name, code, named)
        numbered = self.by_number.get(values.get("old_number", ""))
        if numbered is not None:
            return numbered, "没有信用代码，凭注册号对得上"
        if len(named) == 1:
            return named[0], wrong or "没有信用代码，只有名称对得上"
        if named:
            return None, f"名录里有 {len(named)} 家同名的"
        return None, wrong

    def _by_code(self, values, name, code, named):
        found = self.by_code.get(code)
        if found is None:
            if len(named) == 1:
                return named[0], f"名称是名录里的{named[0].name}，信用代码 {code} 不是它的"
            return None, ""
        found = found.merged_into or found
        if found.left_on:
            return None, ""
        called = {_folded(each) for each in (found.name, found.former_name, *values_of_new(values))}
        if name and _folded(name) not in called:
            return found, f"信用代码是“{found.name}”的，名称写的是“{name}”"
        return found, ""


def _folded(name):
    return unicodedata.normalize("NFKC", name).replace(" ", "")


def _written(name):
    """A name as the register may have it: brackets in either width."""
    return {name, name.replace("（", "(").replace("）", ")"), name.replace("(", "（").replace(")", "）")}


def values_of_new(values: dict[str, str]) -> list[str]:
    """The name that a change of registration itself announces."""
    return [values["new_name"]] if values.get("new_name") else []
