"""A file's rows against the register as it stands: what each would do, or why it cannot. Writes the run's lines."""

import json
from collections import Counter
from dataclasses import dataclass, field

from django.utils import timezone

from .. import bulk
from ..columns import SUBJECT_HEADERS, RowReader, misplaced_code
from ..creditcode import fault
from ..models import ImportLine, Subject, SubjectCode
from .register import names_of

_COLUMNS = ["run_id", "row", "outcome", "ref", "name", "reason", "values"]
_FIELDS = [*SUBJECT_HEADERS]
_NAMED = ("category", "section")


@dataclass
class _Line:
    row: int
    name: str
    outcome: str = ""
    ref: str = ""
    reason: str = ""
    values: dict = field(default_factory=dict)


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
        self.named = {name: table for name, table in names_of(run.bureau).items() if name in run.mapping}
        self.seen, self.spoilt = {}, set()
        self.counts = Counter()

    def take(self, chunk):
        """[(number, cells)] in; their lines are written. Returns how many."""
        read = [(number, cells, *self.reader.read(cells)) for number, cells in chunk]
        known = _Known(self.listed, [each[2] for each in read], self.fields) if not self.is_empty else None
        return self._write([self._line(known, *each) for each in read])

    def take_missing(self):
        """The enterprises of the register that the file does not name: shown, never removed."""
        rows = self.listed.listed().order_by("ref").values_list("ref", "name").iterator()
        self._write(
            _Line(None, name, "missing", ref) for ref, name in rows if ref not in self.seen and name not in self.spoilt
        )

    def _write(self, lines):
        def row(line):
            self.counts[line.outcome] += 1
            values = json.dumps(line.values, ensure_ascii=False) if line.values else "{}"
            return self.run.pk, line.row, line.outcome, line.ref, line.name, line.reason[:200], values

        return bulk.add(ImportLine._meta.db_table, _COLUMNS, map(row, lines))

    def _line(self, known, number, cells, values, faults, notes):
        line = _Line(number, values.get("name", "")[:200])
        for name, table in self.named.items():
            if values.get(name) in table:
                values[name] = table[values[name]][1]
            elif values.get(name):
                title = SUBJECT_HEADERS[name][0]
                faults.append(f"{title}“{values[name][:20]}”不在本机关的表中，请先在工作台添加，或改成表中的名称")
        code = values.get("credit_code", "")
        if not values.get("name"):
            line.outcome, line.reason = "refused", "没有企业名称"
        elif faults:
            line.outcome, line.reason = "refused", "；".join(faults)
        elif (wrong := code and fault(code)) or (not code and self._misplaced(cells)):
            line.outcome = "quarantined"
            line.reason = self._misplaced(cells) or f"{wrong}：{code[:30]}"
        else:
            line.reason = "；".join(notes)
            self._compare(known, line, values)
            self._once(line, code)
        if line.outcome in ("refused", "quarantined"):
            self.spoilt.add(line.name)
        return line

    def _misplaced(self, cells):
        column = misplaced_code(cells, self.coded) if self.coded is not None else None
        if column is None:
            return ""
        header = self.run.headers[column - 1] if column <= len(self.run.headers) else ""
        return f"信用代码出现在第 {column} 列“{header[:20]}”，这一行可能错位"

    def _compare(self, known, line, values):
        found = known.find(values) if known else None
        if found and found["left_on"]:
            said = f"这一户已于 {found['left_on']} 出库，导入不会恢复入库"
            line.reason = "；".join(filter(None, [said, line.reason]))
        if found is None:
            line.outcome, line.ref = "new", values.get("credit_code", "")
            line.values = {field: value for field, value in values.items() if value not in ("", None)}
            return
        line.ref = found["ref"]
        line.values = _changes(found, values)
        if "name" in line.values and "former_name" not in values:
            line.values["former_name"] = [found["former_name"], found["name"]]
        line.outcome = "changed" if line.values else "unchanged"

    def _once(self, line, code):
        key = line.ref or code or line.name
        if key in self.seen:
            line.outcome, line.reason = "refused", f"与第 {self.seen[key]} 行重复"
        else:
            self.seen[key] = line.row


class _Known:
    """What the register knows of one chunk's enterprises, in three queries."""

    def __init__(self, listed, read, fields):
        columns = {"pk", "ref", "name", "credit_code", "former_name", "left_on", "merged_into_id", *fields}
        columns = {name if name not in _NAMED else f"{name}__name" for name in columns}
        codes = [values["credit_code"] for values in read if values.get("credit_code")]
        names = [values["name"] for values in read if values.get("name")]
        old = dict(SubjectCode.objects.filter(code__in=codes, subject__in=listed).values_list("code", "subject_id"))
        found = listed.filter(credit_code__in=codes) | listed.filter(pk__in=set(old.values()))
        by_code = list(found.values(*columns))
        by_pk = {each["pk"]: each for each in by_code}
        self.by_code = {each["credit_code"]: each for each in by_code if each["credit_code"]}
        self.by_code |= {code: by_pk[pk] for code, pk in old.items() if code not in self.by_code}
        self.by_name = {each["name"]: each for each in listed.filter(name__in=names).values(*columns)}
        self._follow_merged(listed, columns)

    def _follow_merged(self, listed, columns):
        """A row that speaks of a merged enterprise speaks of the one it was merged into."""
        tables = (self.by_code, self.by_name)
        keys = {each["merged_into_id"] for table in tables for each in table.values() if each["merged_into_id"]}
        stays = {each["pk"]: each for each in listed.filter(pk__in=keys).values(*columns)} if keys else {}
        for table in tables:
            for word, each in table.items():
                table[word] = stays.get(each["merged_into_id"], each)

    def find(self, values):
        """By code, now or earlier; a row without one by name; a firm listed without a code that now brings one."""
        code = values.get("credit_code", "")
        if code in self.by_code:
            return self.by_code[code]
        same_name = self.by_name.get(values["name"])
        return None if code and same_name and same_name["credit_code"] else same_name


def _changes(known, values):
    # An empty cell says nothing; it does not wipe what the register knows.
    changed = {}
    for name, value in values.items():
        old = known[f"{name}__name"] or "" if name in _NAMED else known[name]
        old = old.isoformat() if hasattr(old, "isoformat") else old
        if value not in ("", None) and value != old:
            changed[name] = [old, value]
    return changed
