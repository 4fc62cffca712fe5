"""The register itself under an import: has it moved, rows in, rows changed, rows put back.
One transaction each time."""

from datetime import date, timedelta
from itertools import islice
from operator import itemgetter

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from .. import alike, bulk
from ..errors import DomainError
from ..models import Bureau, Category, EncryptedTextField, ImportLine, Section, Subject, SubjectCode
from ..search import key_of
from .sealedsince import SealedSince

_TABLE = Subject._meta.db_table
_SOUGHT = {"name", "former_name", "credit_code"}
_COMPARED = ("name", "legal_representative", "address")
_PLAIN = {
    field.name: bulk.default(field)
    for field in Subject._meta.concrete_fields
    if not field.null and not field.is_relation and not field.primary_key
}


_plain_of = itemgetter(*_PLAIN)
_SEALED = {
    field.name: field for field in Subject._meta.concrete_fields if isinstance(field, EncryptedTextField)
}
_MADE = ("search", "alike_name", "alike_place")  # out of what else the row says
_WRITTEN = [name for name in _PLAIN if name not in ("ref", "entered_on", "changed_at", *_MADE)]


def lock(bureau):
    """Whoever writes the register by file waits for others who do."""
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)


def next_number(bureau):
    """The permanent ref of an enterprise without a code. Numbers are never used
    twice, since no row ever goes."""
    return _number(bureau, Subject.objects.filter(bureau=bureau).count() + 1)


def _number(bureau, serial):
    return f"NC-{bureau.code}-{serial:06d}"


def has_moved(run):
    """Whether an enterprise of the run was edited, or came in, after the run was compared."""
    moved = Subject.objects.filter(bureau=run.bureau, changed_at__gt=run.compared_at)
    for chunk in _chunks(moved.values_list("ref", "name").iterator()):
        refs, names = zip(*chunk, strict=True)
        if (
            run.lines.filter(Q(ref__in=refs) | Q(outcome="new", name__in=names))
            .exclude(outcome="missing")
            .exists()
        ):
            return True
    return False


def insert(run, only=None):
    """The run's new rows, each with its permanent ref and its code's history. `only`: keys of lines."""
    today, now = timezone.localdate(), timezone.now()
    serial = Subject.objects.filter(bureau=run.bureau).count()
    columns = [
        *_PLAIN,
        "bureau_id",
        "registered_on",
        "employees",
        "category_id",
        "section_id",
        "entered_by_run_id",
    ]
    numbered, named = [], names_of(run.bureau)
    chosen = run.lines.filter(outcome="new") if only is None else run.lines.filter(outcome="new", pk__in=only)

    def rows():
        nonlocal serial
        for pk, ref, values in chosen.order_by("pk").values_list("pk", "ref", "values").iterator():
            serial += 1
            if not ref:
                ref = _number(run.bureau, serial)
                numbered.append((pk, ref))
            known = _PLAIN | values | {"ref": ref, "entered_on": today, "changed_at": now}
            known["search"] = key_of(known["name"], known["former_name"], known["credit_code"], ref)
            known |= alike.keys_of(*(known[name] for name in _COMPARED))
            known |= {name: field.get_prep_value(known[name]) for name, field in _SEALED.items()}
            yield (
                *_plain_of(known),
                run.bureau_id,
                known.get("registered_on"),
                known.get("employees"),
                _key(named, "category", known.get("category")),
                _key(named, "section", known.get("section")),
                run.pk,
            )

    bulk.add(_TABLE, columns, rows())
    bulk.change(ImportLine, ["ref"], numbered)
    fresh = Subject.objects.filter(entered_by_run=run, codes=None).exclude(credit_code="")
    codes = fresh.values_list("pk", "credit_code", "registered_on").iterator()
    bulk.add(
        SubjectCode._meta.db_table,
        ["subject_id", "code", "since"],
        ((pk, code, day or today) for pk, code, day in codes),
    )


def known_of(bureau, rows):
    """Keys of those ImportLines whose enterprise the register has come to know since: by its code, or by its
    name where one of the two has none."""
    codes = {each.values.get("credit_code", "") for each in rows} - {""}
    own = Subject.objects.filter(bureau=bureau)
    held = set(own.filter(credit_code__in=codes).values_list("credit_code", flat=True))
    held |= set(own.filter(ref__in=codes).values_list("ref", flat=True))
    held |= set(SubjectCode.objects.filter(subject__in=own, code__in=codes).values_list("code", flat=True))
    names = own.listed().filter(name__in={each.name for each in rows}).values_list("name", "credit_code")
    called, uncoded = {name for name, _ in names}, {name for name, code in names if not code}
    return {
        each.pk
        for each in rows
        if (code := each.values.get("credit_code", "")) in held or each.name in (uncoded if code else called)
    }


def bring(run, lines):
    """Rows of an import that is applied already, by their keys. Raises import_stale
    where one is known by now."""
    try:
        with transaction.atomic():
            insert(run, lines)
    except IntegrityError:
        raise DomainError("import_stale") from None


def change(run):
    """The run's changed rows get their new values, and a new code its place in the code's history."""
    _set(run, lambda pair: pair[1])


def restore(run, keep=()):
    """The run's changed rows get their old values back; what it brought in leaves the register. `keep`: refs
    of rows that stay as they are."""
    today = timezone.localdate()
    _set(run, lambda pair: pair[0], keep)
    rows = run.lines.filter(outcome="changed").exclude(ref__in=keep)
    for chunk in _chunks(rows.values_list("ref", "values").iterator()):
        # A code that the run brought was never theirs: its span becomes empty, and it points to nobody.
        for ref, values in chunk:
            if "credit_code" in values:
                given = SubjectCode.objects.filter(
                    subject__bureau=run.bureau, subject__ref=ref, code=values["credit_code"][1]
                )
                given.update(until=F("since") - timedelta(days=1))
    Subject.objects.filter(entered_by_run=run, left_on=None).exclude(ref__in=keep).update(
        left_on=today, left_reason=f"撤销导入（{run.file_name}）"[:100], changed_at=timezone.now()
    )


def touched_since(run, most=1_000):
    """The enterprises of an applied run that a draw has sealed since, or that no longer are what it made of
    them; about so many at most."""
    sealed, found = SealedSince(run.bureau, run.applied_at), []
    moved = Subject.objects.filter(Q(changed_at__gt=run.applied_at) | sealed.rows, bureau=run.bureau)
    moved = moved.select_related("category", "section").order_by("ref")
    for chunk in _chunks(moved.iterator()):
        lines = run.lines.filter(outcome__in=["new", "changed"], ref__in=[each.ref for each in chunk])
        made = {line.ref: line for line in lines}
        found += [
            each
            for each in chunk
            if each.ref in made and (sealed.has(each) or _differs(each, made[each.ref]))
        ]
        if len(found) >= most:
            break
    return found


def _differs(subject, line):
    if line.outcome == "new" and (
        subject.left_on or subject.verified_on or subject.merged.exists() or subject.events.exists()
    ):
        return True
    if line.outcome == "changed":
        wanted = {name: pair[1] for name, pair in line.values.items()}
    else:
        wanted = {name: Subject._meta.get_field(name).get_default() for name in _WRITTEN} | line.values
    return any(_held(subject, name) != ("" if value is None else value) for name, value in wanted.items())


def _held(subject, name):
    value = getattr(subject, name)
    if name in ("category", "section"):
        return value.name if value else ""
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else value


# Everything goes from the lines to the register in chunks, by index. One statement that
# joins both would be shorter,
# but the lines have just been written: the planner knows nothing of them and may compare each with each.


def _set(run, pick, keep=()):
    """Group the changed rows by the columns that change, then one statement for many rows."""
    now, groups, named = timezone.now(), {}, names_of(run.bureau)
    changed = run.lines.filter(outcome="changed").exclude(ref__in=keep).order_by("pk")
    for chunk in _chunks(changed.values_list("ref", "values").iterator()):
        refs = [ref for ref, _ in chunk]
        keys = dict(Subject.objects.filter(bureau=run.bureau, ref__in=refs).values_list("ref", "pk"))
        for ref, values in chunk:
            columns = tuple(sorted(values))
            row = (keys[ref], now, *(_typed(name, pick(values[name]), named) for name in columns))
            groups.setdefault(columns, []).append(row)
    for columns, rows in groups.items():
        held = [Subject._meta.get_field(name).column for name in columns]
        bulk.change(Subject, ["changed_at", *held], rows)
        keys = [row[0] for row in rows]
        if "credit_code" in columns:
            _keep_codes(keys)
        if _SOUGHT & set(columns):
            _keep_search(keys)
        if {*_COMPARED} & set(columns):
            _keep_alike(keys)


def _keep_codes(keys):
    """Each changed enterprise's present code stands in its history, and only that one is open."""
    today = timezone.localdate()
    for chunk in _chunks(keys):
        codes = SubjectCode.objects.filter(subject__in=chunk, until=None)
        codes.exclude(code=F("subject__credit_code")).update(until=today)
        kept = set(codes.values_list("subject_id", flat=True))
        fresh = Subject.objects.filter(pk__in=set(chunk) - kept).exclude(credit_code="")
        SubjectCode.objects.bulk_create(
            SubjectCode(subject=each, code=each.credit_code, since=today) for each in fresh
        )


def _keep_search(keys):
    for chunk in _chunks(keys):
        texts = Subject.objects.filter(pk__in=chunk).values_list(
            "pk", "name", "former_name", "credit_code", "ref"
        )
        bulk.change(Subject, ["search"], ((pk, key_of(*each)) for pk, *each in texts))


def _keep_alike(keys):
    for chunk in _chunks(keys):
        texts = Subject.objects.filter(pk__in=chunk).values_list("pk", *_COMPARED)
        rows = ((pk, *alike.keys_of(*said).values()) for pk, *said in texts)
        bulk.change(Subject, ["alike_name", "alike_place"], rows)


def _chunks(rows, size=2_000):
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


def _stored(name, value):
    return _SEALED[name].get_prep_value(value) if name in _SEALED else value


def names_of(bureau):
    """{"category": {name or code: (key, name)}, "section": …}: what a file may write
    for the bureau's own tables."""
    found = {}
    for field, model in (("category", Category), ("section", Section)):
        rows = list(model.objects.filter(bureau=bureau).values_list("pk", "code", "name"))
        found[field] = {code: (pk, name) for pk, code, name in rows} | {
            name: (pk, name) for pk, _, name in rows
        }
    return found


def _key(named, field, value):
    if value and value not in named[field]:
        raise DomainError("name_gone", name=value)
    return named[field][value][0] if value else None


def _typed(name, value, named):
    if name in named:
        return _key(named, name, value)
    if name in ("registered_on", "left_on"):
        return date.fromisoformat(value) if value else None
    if name == "employees":
        return None if value == "" else value
    return _stored(name, value)
