"""检查对象名录库: import in two steps, preview then apply; one enterprise keeps one ref for ever."""

from django.db import transaction
from django.utils import timezone

from ..columns import REQUIRED, find_header, read_row, recognise
from ..creditcode import fault, normalise
from ..errors import DomainError
from ..models import ImportLine, ImportRun, Subject, SubjectCode
from ..tablefile import read_table
from . import files, journal
from .access import require


@transaction.atomic
def preview(data, file_name, *, by):
    """Bytes and name of a table in, an ImportRun with one line a row out; the register is not touched.

    A row whose code fails its check digit is quarantined: kept in the run with its reason, not lost and not in the
    register. Where no column is recognised as the enterprise's name the run waits for remap().
    """
    require(by, "registries.import_subject")
    rows = read_table(data, file_name)
    start = find_header(rows) or 0
    run = ImportRun.objects.create(
        bureau=by.bureau,
        file=files.keep(data, "application/octet-stream"),
        file_name=file_name[:200],
        headers=rows[start],
        header_row=start,
        mapping=recognise(rows[start]),
        started_by=by,
    )
    return _compare(run, rows, by)


@transaction.atomic
def remap(run, mapping, *, by):
    """Say which column is which: {field: column index}. The preview is made again. Returns the run."""
    require(by, "registries.import_subject", run.bureau)
    if run.status == "applied":
        raise DomainError("import_not_previewed", status=run.get_status_display())
    run.lines.all().delete()
    run.mapping = mapping
    return _compare(run, read_table(run.file.read(), run.file_name), by)


def _compare(run, rows, by):
    run.counts, run.status = {}, "unmapped"
    if all(field in run.mapping for field in REQUIRED):
        lines = _Differences(run.bureau, run.mapping).lines(rows, run.header_row + 1)
        for line in lines:
            line.run = run
        ImportLine.objects.bulk_create(lines, batch_size=2000)
        run.counts = {outcome: sum(line.outcome == outcome for line in lines) for outcome, _ in ImportLine.OUTCOMES}
        run.status = "previewed"
    run.save()
    journal.write("subjects.previewed", by=by, about=f"import {run.pk}", facts={"file": run.file_id} | run.counts)
    return run


@transaction.atomic
def apply(run, *, by):
    """Bring the new and changed rows of a previewed run into the register, all or nothing. Returns the run."""
    require(by, "registries.import_subject", run.bureau)
    if not ImportRun.objects.filter(pk=run.pk, status="previewed").update(status="applied", applied_at=timezone.now()):
        raise DomainError("import_not_previewed", status=ImportRun.objects.get(pk=run.pk).get_status_display())
    _require_fresh(run)
    _insert(run)
    _change(run)
    run.refresh_from_db()
    journal.write("subjects.imported", by=by, about=f"import {run.pk}", facts={"file": run.file_id} | run.counts)
    return run


def _require_fresh(run):
    # The register may have moved since the preview; what is applied is what was shown, or nothing.
    again = _Differences(run.bureau, run.mapping).lines(read_table(run.file.read(), run.file_name), run.header_row + 1)
    shown = list(run.lines.order_by("pk").values_list("row", "outcome", "ref", "values"))
    if [(line.row, line.outcome, line.ref, line.values) for line in again] != shown:
        raise DomainError("import_stale")


def _insert(run):
    today = timezone.localdate()
    serial = Subject.objects.filter(bureau=run.bureau).count()
    fresh = []
    for line in run.lines.filter(outcome="new"):
        serial += 1
        code = line.values.get("credit_code", "")
        fresh.append(
            Subject(
                bureau=run.bureau, ref=code or _register_number(run.bureau, serial), entered_on=today, **line.values
            )
        )
    Subject.objects.bulk_create(fresh, batch_size=1000)
    coded = Subject.objects.filter(bureau=run.bureau, codes=None).exclude(credit_code="")
    SubjectCode.objects.bulk_create(
        [SubjectCode(subject=each, code=each.credit_code, since=each.registered_on or today) for each in coded],
        batch_size=2000,
    )


def _change(run):
    for line in run.lines.filter(outcome="changed"):
        new = {field: pair[1] for field, pair in line.values.items()}
        subject = Subject.objects.select_for_update().get(bureau=run.bureau, ref=line.ref)
        for field, value in new.items():
            setattr(subject, field, value)
        subject.save()
        if new.get("credit_code"):
            keep_code(subject)


def keep_code(subject):
    """Write the enterprise's code into its dated history; the one before it ends today."""
    today = timezone.localdate()
    subject.codes.filter(until=None).exclude(code=subject.credit_code).update(until=today)
    if subject.credit_code and not subject.codes.filter(code=subject.credit_code, until=None).exists():
        SubjectCode.objects.create(subject=subject, code=subject.credit_code, since=today)


def _register_number(bureau, serial):
    return f"NC-{bureau.code}-{serial:06d}"


class _Differences:
    """Rows of a file against the register as it stands."""

    def __init__(self, bureau, mapping):
        self.mapping = mapping
        listed = list(Subject.objects.filter(bureau=bureau))
        self.by_code = {each.credit_code: each for each in listed if each.credit_code}
        self.by_old_code = {
            code.code: code.subject
            for code in SubjectCode.objects.filter(subject__bureau=bureau).select_related("subject")
        }
        self.by_name = {each.name: each for each in listed}
        self.listed = listed

    def lines(self, rows, start):
        seen, found = {}, []
        for number, row in enumerate(rows[start:], start + 1):
            line = self._line(number, row)
            key = line.values.get("credit_code") if line.outcome == "new" else line.ref
            key = key or line.name
            if line.outcome in ("new", "changed", "unchanged"):
                if key in seen:
                    line.outcome, line.reason = "refused", f"与第 {seen[key]} 行重复"
                else:
                    seen[key] = number
            found.append(line)
        present = {line.ref for line in found if line.ref}
        quarantined = {line.name for line in found if line.outcome in ("quarantined", "refused")}
        found += [
            ImportLine(outcome="missing", ref=each.ref, name=each.name)
            for each in self.listed
            if each.left_on is None and each.ref not in present and each.name not in quarantined
        ]
        return found

    def _line(self, number, row):
        values, faults = read_row(row, self.mapping)
        line = ImportLine(row=number, name=values.get("name", "")[:200], values=values)
        if "credit_code" in values:
            values["credit_code"] = normalise(values["credit_code"])
        if not values.get("name"):
            line.outcome, line.reason = "refused", "没有企业名称"
            return line
        if faults:
            line.outcome, line.reason = "refused", "；".join(faults)[:200]
            return line
        code = values.get("credit_code", "")
        if code and (wrong := fault(code)):
            line.outcome, line.reason = "quarantined", f"{wrong}：{code[:30]}"
            return line
        known = self._known(code, values["name"])
        if known is None:
            line.outcome = "new"
            line.values = {field: value for field, value in values.items() if value not in ("", None)}
            return line
        line.ref = known.ref
        line.values = self._changes(known, values)
        line.outcome = "changed" if line.values else "unchanged"
        return line

    def _known(self, code, name):
        if code:
            found = self.by_code.get(code) or self.by_old_code.get(code)
            if found:
                return found
            # A firm listed without a code that now brings one: same name, still without.
            same_name = self.by_name.get(name)
            return same_name if same_name and not same_name.credit_code else None
        return self.by_name.get(name)

    def _changes(self, known, values):
        # An empty cell says nothing; it does not wipe what the register knows.
        changed = {}
        for field, value in values.items():
            old = getattr(known, field)
            old = old.isoformat() if hasattr(old, "isoformat") else old
            if value not in ("", None) and value != old:
                changed[field] = [old, value]
        return changed
