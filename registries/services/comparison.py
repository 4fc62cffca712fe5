"""A file's rows against the register as it stands: what each would do, or why it
cannot. Writes the run's lines."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from .. import bulk, cipher, divisions
from ..creditcode import doubt, fault
from ..idnumbers import hide, without
from ..models import ImportLine, Subject, SubjectCode
from ..sheets.enterprises import SUBJECT_HEADERS, RowReader, misplaced_code, without_id_numbers
from ..sheets.headers import plain_header
from ..states import ImportState
from .jurisdiction import Jurisdiction
from .register import names_of

_COLUMNS = ["run_id", "row", "outcome", "ref", "name", "reason", "values", "once_confirmed", "place", "extra"]
REASON = "没有导入的原因"  # our own column in the table of what did not come in
_dump = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_EXTRA = "registries.importline.extra"
_FIELDS = [*SUBJECT_HEADERS]
_NAMED = ("category", "section")
_NAME_HEADERS = {plain_header(header) for header in SUBJECT_HEADERS["name"]}


@dataclass
class _Line:
    row: int
    name: str
    outcome: str = ""
    ref: str = ""
    reason: str = ""
    values: dict = field(default_factory=dict)
    once_confirmed: str = ""
    place: str = ""
    extra: str = ""


class Comparison:
    """One run. `take` chunk after chunk, `take_missing` last; `counts` by outcome."""

    def __init__(self, run):
        self.run = run
        self.began = timezone.now()
        self.reader = RowReader(run.mapping)
        self.coded = run.mapping.get("credit_code")
        self.listed = Subject.objects.filter(bureau=run.bureau)
        self.is_empty = not self.listed.exists()
        self.fields = [name for name in _FIELDS if name in run.mapping]
        if self.coded is not None and "registration_number" not in run.mapping:
            self.fields.append("registration_number")  # an old number may stand where a code should
        self.taken = set(run.mapping.values())
        self.titles, again = [], Counter()
        for column, header in enumerate(run.headers):
            again[header] += 1
            named = header or f"第 {column + 1} 栏"
            self.titles.append(
                named if again[header] == 1 or not header else f"{named}（第 {column + 1} 栏）"
            )
        self.unknown = [
            each
            for column, each in enumerate(self.titles)
            if column not in self.taken and run.headers[column] and each != REASON
        ]
        self.hidden = Counter()
        self.jurisdiction = Jurisdiction(run.bureau)
        self.named = {name: table for name, table in names_of(run.bureau).items() if name in run.mapping}
        self.seen, self.spoilt = {}, set()
        self.counts = Counter()

    def take(self, chunk):
        """[(number, cells)] in; their lines are written. Returns how many."""
        read = []
        for number, raw in chunk:
            cells, hidden = without_id_numbers(raw)
            self.hidden.update(hidden)
            read.append((number, cells, *self.reader.read(cells)))
        known = _Known(self.listed, [each[2] for each in read], self.fields) if not self.is_empty else None
        return self._write([self._line(known, *each) for each in read])

    def told(self):
        """Sentences on what was found in the rows as a whole."""
        headers = self.run.headers
        named = "、".join(
            f"“{headers[column][:12] if column < len(headers) else f'第 {column + 1} 栏'}”{count} 处"
            for column, count in sorted(self.hidden.items())
        )
        told = [f"有身份证号码，已隐去，没有存入任何一行：{named}。原文件加密保存。"] if self.hidden else []
        if self.unknown:
            shown = "、".join(header[:12] for header in self.unknown[:12]) + (
                " 等" if len(self.unknown) > 12 else ""
            )
            told.append(
                f"没有认出的栏：{shown}。内容随每一行加密保存，只有经办人和负责人看得到，"
                f"不进入文书和公示；能对上的请“指定栏目对应”。"
            )
        return told

    def take_missing(self):
        """The enterprises of the register that the file does not name: shown, never removed."""
        rows = self.listed.listed().order_by("ref").values_list("ref", "name").iterator()
        self._write(
            _Line(None, name, "missing", ref)
            for ref, name in rows
            if ref not in self.seen and name not in self.spoilt
        )

    def _write(self, lines):
        def row(line):
            self.counts[line.outcome] += 1
            values = _dump(line.values) if line.values else "{}"
            return (
                self.run.pk,
                line.row,
                line.outcome,
                line.ref,
                line.name,
                line.reason[:200],
                values,
                line.once_confirmed,
                line.place[:60],
                line.extra,
            )

        return bulk.add(ImportLine._meta.db_table, _COLUMNS, map(row, lines))

    def _line(self, known, number, cells, values, faults, notes):
        line = _Line(number, values.get("name", "")[:200])
        for name, table in self.named.items():
            if values.get(name) in table:
                values[name] = table[values[name]][1]
            elif values.get(name):
                title = SUBJECT_HEADERS[name][0]
                faults.append(
                    f"{title}“{values[name][:20]}”不在本机关的表中，请先在工作台添加，或改成表中的名称"
                )
        code = values.get("credit_code", "")
        if not values.get("name"):
            line.outcome, line.reason = "refused", "没有企业名称"
        elif faults:
            line.outcome, line.reason = "refused", "；".join(faults)
        elif plain_header(line.name) in _NAME_HEADERS:
            line.outcome, line.reason = "refused", "重复的表头行"
        elif re.fullmatch(r"合\s*计|总\s*计|小\s*计|共计", line.name):
            line.outcome, line.reason = "refused", "合计行，不是企业"
        elif (wrong := code and fault(code)) or (not code and self._misplaced(cells)):
            line.outcome = "quarantined"
            line.reason = self._misplaced(cells) or f"{wrong}：{hide(code[:30])}"
        else:
            line.reason = "；".join(notes)
            self._compare(known, line, values)
            if not code:
                self._place(line)  # what lies elsewhere is no duplicate of one that is called the same here
            self._once(line, code)
            self._doubt(line, code)
            self._place(line)
        if line.outcome in ("refused", "quarantined"):
            self.spoilt.add(line.name)
        else:
            rest = {
                header: kept for column, header in self._unknown(cells) if (kept := without(cells[column]))
            }
            line.extra = cipher.encrypt(json.dumps(rest, ensure_ascii=False), _EXTRA) if rest else ""
        return line

    @staticmethod
    def _is_by_code(found, values):
        code = values.get("credit_code", "")
        return bool(code) and code in (found["credit_code"], *found["former_codes"])

    def _place(self, line):
        """What lies outside the bureau's area does not come in; one that is registered already
        stays (X:area in the pool)."""
        if (
            line.outcome not in ("new", "doubtful")
            or line.outcome == "doubtful"
            and line.once_confirmed != "new"
        ):
            return
        verdict, told = self.jurisdiction.judge(line.values)
        if verdict == divisions.OURS:
            return
        line.once_confirmed, line.outcome = "new", verdict
        if verdict == divisions.OUTSIDE:
            line.place = told
        line.reason = "；".join(
            filter(None, [f"在{told}" if verdict == divisions.OUTSIDE else told, line.reason])
        )

    def _unknown(self, cells):
        """(column, title) of what no field takes: with a header that nobody knows, one that
        stands there twice, or none."""
        for column in range(len(cells)):
            title = self.titles[column] if column < len(self.titles) else f"第 {column + 1} 栏"
            if column not in self.taken and cells[column] and title != REASON:
                yield column, title

    def _doubt(self, line, code):
        """A code that is rarely so waits for somebody who has looked at the licence."""
        told = doubt(code) if code else None
        if told and (line.outcome == "new" or "credit_code" in line.values):
            line.once_confirmed, line.outcome = line.outcome, "doubtful"
            line.reason = "；".join(filter(None, [f"{told}：{code}", line.reason]))

    def _misplaced(self, cells):
        column = misplaced_code(cells, self.coded) if self.coded is not None else None
        if column is None:
            return ""
        header = self.run.headers[column - 1] if column <= len(self.run.headers) else ""
        return f"信用代码出现在第 {column} 列“{header[:20]}”，这一行可能错位"

    def _compare(self, known, line, values):
        found, problem = known.find(values) if known else (None, "")
        if (
            found
            and not self._is_by_code(found, values)
            and self.jurisdiction.judge(values)[0] != divisions.OURS
        ):
            found = None  # one that is called the same, in another county
        if problem:
            line.outcome, line.reason = "quarantined", problem
        elif found is None:
            code = values.get("credit_code", "")
            line.outcome, line.ref = "new", code if known is None or code not in known.taken else ""
            line.values = {field: value for field, value in values.items() if value not in ("", None)}
        elif found["merged_into_id"]:
            line.outcome, line.ref = "unchanged", found["ref"]
            line.reason = f"这一户已于 {found['left_on']} 并入另一户（{found['merged_into__ref']}），不再比对"
        else:
            self._compare_with(found, line, values)

    def _compare_with(self, found, line, values):
        said = []
        code = values.get("credit_code")
        if code and found["credit_code"] and code != found["credit_code"] and code in found["former_codes"]:
            said.append(f"{code} 是这一户以前的代码，现为 {found['credit_code']}，不改回")
            values = {name: value for name, value in values.items() if name != "credit_code"}
        line.ref, line.values = found["ref"], _changes(found, values)
        if "name" in line.values and not values.get("former_name"):
            line.values["former_name"] = [found["former_name"], found["name"]]
        if (
            found["left_on"]
            and found["left_by_id"] is None
            and found["entered_by_run__status"] == ImportState.UNDONE
        ):
            line.values |= {
                "left_on": [found["left_on"].isoformat(), None],
                "left_reason": [found["left_reason"], ""],
            }
            said.append("原由撤销的导入带进，重新入库")
        elif found["left_on"]:
            said.append(f"这一户已于 {found['left_on']} 出库，导入不会恢复入库")
        line.reason = "；".join(filter(None, [*said, line.reason]))
        line.outcome = "changed" if line.values else "unchanged"

    def _once(self, line, code):
        if line.outcome not in ("new", "changed", "unchanged"):
            return
        keys = [each for each in dict.fromkeys([line.ref, code]) if each] or [line.name]
        first = next((self.seen[key] for key in keys if key in self.seen), None)
        if first is not None:
            line.outcome, line.reason, line.values = "refused", f"与第 {first} 行重复", {}
        for key in keys:
            self.seen.setdefault(key, line.row)


class _Known:
    """What the register knows of one chunk's enterprises, in five queries."""

    def __init__(self, listed, read, fields):
        columns = {
            "pk",
            "ref",
            "name",
            "credit_code",
            "former_name",
            "left_on",
            "left_by_id",
            "left_reason",
            "merged_into_id",
            "merged_into__ref",
            "entered_by_run__status",
            *fields,
        }
        columns = {name if name not in _NAMED else f"{name}__name" for name in columns}
        codes = [values["credit_code"] for values in read if values.get("credit_code")]
        names = [values["name"] for values in read if values.get("name")]
        # An empty span (until before since) is what an undone import has left: never held.
        held = SubjectCode.objects.filter(code__in=codes, subject__in=listed).exclude(until__lt=F("since"))
        former = dict(held.values_list("code", "subject_id"))
        rows = list(
            (listed.filter(credit_code__in=codes) | listed.filter(pk__in=set(former.values()))).values(
                *columns
            )
        )
        by_pk = {each["pk"]: each | {"former_codes": set()} for each in rows}
        for code, pk in former.items():
            by_pk[pk]["former_codes"].add(code)
        self.by_code = {each["credit_code"]: each for each in by_pk.values() if each["credit_code"]}
        self.former = {code: by_pk[pk] for code, pk in former.items() if code not in self.by_code}
        self.by_name = {}
        for each in listed.filter(name__in=names).values(*columns):
            self.by_name.setdefault(each["name"], []).append(
                by_pk.get(each["pk"], each | {"former_codes": set()})
            )
        self.taken = set(listed.filter(ref__in=codes).values_list("ref", flat=True))

    def find(self, values):
        """(the row that is meant or None, why it cannot be said). By code; a former code only together with
        the name; a row without a code by name, if only one is called so."""
        code, name = values.get("credit_code", ""), values["name"]
        if code in self.by_code:
            return self.by_code[code], ""
        if code in self.former:
            found = self.former[code]
            if name in (found["name"], found["former_name"]):
                return found, ""
            return None, (
                f"代码 {code} 曾属于“{found['name']}”（现为 {found['credit_code'] or '无代码'}），"
                f"名称又不同；"
                "确是另一家的，请在检查对象中逐户增加"
            )
        same = self.by_name.get(name, [])
        if code:
            same = [each for each in same if not each["credit_code"]]
        same = [each for each in same if not each["left_on"]] or same
        if len(same) > 1:
            return None, f"名录中有 {len(same)} 户叫这个名称，{'请核对是哪一户' if code else '请写信用代码'}"
        return (same[0], "") if same else (None, "")


def _changes(known, values):
    # An empty cell says nothing; it does not wipe what the register knows.
    changed = {}
    for name, value in values.items():
        old = known[f"{name}__name"] or "" if name in _NAMED else known[name]
        old = old.isoformat() if hasattr(old, "isoformat") else old
        if value not in ("", None) and value != old:
            changed[name] = [old, value]
    return changed
