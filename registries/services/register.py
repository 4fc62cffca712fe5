"""The register itself under an import: has it moved, rows in, rows changed, rows put back. One transaction each time."""

from datetime import date

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from .. import bulk
from ..models import Bureau, EncryptedTextField, Subject, SubjectCode

_TABLE = Subject._meta.db_table
_PLAIN = {
    field.name: field.get_default()
    for field in Subject._meta.concrete_fields
    if not field.null and not field.is_relation and not field.primary_key
}


def lock(bureau):
    """Whoever writes the register by file waits for others who do."""
    Bureau.objects.select_for_update().get(pk=bureau.pk)


def has_moved(run):
    """Whether an enterprise of the run was edited, or came in, after the run was compared."""
    own = Subject.objects.filter(bureau=run.bureau)
    concerned = run.lines.filter(outcome__in=["new", "changed", "unchanged"])
    if own.filter(changed_at__gt=run.compared_at).filter(Exists(concerned.filter(ref=OuterRef("ref")))).exists():
        return True
    fresh = run.lines.filter(outcome="new")
    return (
        fresh.exclude(ref="").filter(Exists(own.filter(credit_code=OuterRef("ref")))).exists()
        or fresh.filter(ref="").filter(Exists(own.filter(name=OuterRef("name")))).exists()
    )


def insert(run):
    """The run's new rows, each with its permanent ref and its code's history."""
    today, now = timezone.localdate(), timezone.now()
    serial = Subject.objects.filter(bureau=run.bureau).count()
    columns = [*_PLAIN, "bureau_id", "registered_on", "entered_by_run_id"]
    numbered = []

    def rows():
        nonlocal serial
        for pk, ref, values in (
            run.lines.filter(outcome="new").order_by("pk").values_list("pk", "ref", "values").iterator()
        ):
            serial += 1
            if not ref:
                ref = f"NC-{run.bureau.code}-{serial:06d}"
                numbered.append((pk, ref))
            known = _PLAIN | values | {"ref": ref, "entered_on": today, "changed_at": now}
            yield (
                *(_stored(name, known[name]) for name in _PLAIN), run.bureau_id, known.get("registered_on"), run.pk,
            )  # fmt: skip

    bulk.add(_TABLE, columns, rows())
    bulk.change("registries_importline", ["ref"], numbered)
    fresh = Subject.objects.filter(entered_by_run=run).exclude(credit_code="")
    codes = fresh.values_list("pk", "credit_code", "registered_on").iterator()
    bulk.add(
        SubjectCode._meta.db_table,
        ["subject_id", "code", "since"],
        ((pk, code, day or today) for pk, code, day in codes),
    )


def change(run):
    """The run's changed rows get their new values, and a new code its place in the code's history."""
    _set(run, lambda pair: pair[1])
    _keep_codes(run)


def restore(run):
    """The run's changed rows get their old values back; what it brought in leaves the register."""
    today = timezone.localdate()
    _set(run, lambda pair: pair[0])
    _keep_codes(run)
    Subject.objects.filter(entered_by_run=run, left_on=None).update(
        left_on=today, left_reason=f"撤销导入（{run.file_name}）"[:100], changed_at=timezone.now()
    )


def touched_since(run):
    """The enterprises of an applied run that somebody has edited, or that a draw has sealed, since."""
    concerned = run.lines.filter(outcome__in=["new", "changed"], ref=OuterRef("ref"))
    own = Subject.objects.filter(bureau=run.bureau).filter(Exists(concerned))
    return list(own.filter(Q(changed_at__gt=run.applied_at) | Q(sealed_at__gt=run.applied_at)).order_by("ref")[:1000])


def _set(run, pick):
    """Group the changed rows by the columns that change, then one statement for many rows."""
    keys = dict(
        Subject.objects.filter(bureau=run.bureau)
        .filter(Exists(run.lines.filter(outcome="changed", ref=OuterRef("ref"))))
        .values_list("ref", "pk")
    )
    now, groups = timezone.now(), {}
    for ref, values in run.lines.filter(outcome="changed").values_list("ref", "values").iterator():
        columns = tuple(sorted(values))
        row = (keys[ref], now, *(_typed(name, pick(values[name])) for name in columns))
        groups.setdefault(columns, []).append(row)
    for columns, rows in groups.items():
        bulk.change(_TABLE, ["changed_at", *columns], rows)


def _keep_codes(run):
    """Each changed enterprise's present code stands in its history, and only that one is open."""
    today = timezone.localdate()
    concerned = Subject.objects.filter(bureau=run.bureau).filter(
        Exists(run.lines.filter(outcome="changed", ref=OuterRef("ref"), values__has_key="credit_code"))
    )
    SubjectCode.objects.filter(subject__in=concerned, until=None).exclude(code=F("subject__credit_code")).update(
        until=today
    )
    current = SubjectCode.objects.filter(subject=OuterRef("pk"), code=OuterRef("credit_code"), until=None)
    for subject in concerned.exclude(credit_code="").exclude(Exists(current)):
        SubjectCode.objects.create(subject=subject, code=subject.credit_code, since=today)


def _stored(name, value):
    field = Subject._meta.get_field(name)
    return field.get_prep_value(value) if isinstance(field, EncryptedTextField) else value


def _typed(name, value):
    if name == "registered_on":
        return date.fromisoformat(value) if value else None
    return _stored(name, value)
