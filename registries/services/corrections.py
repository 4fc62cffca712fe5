"""更正: what was changed at the desk, one enterprise or many, with what it was
before; a batch may be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import BatchChange, EncryptedTextField, Subject, SubjectChange
from . import journal, moves
from .access import require
from .sealedsince import SealedSince

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet

    from ..models import Account

# What may be said of many enterprises at once; each choice or link is checked against the model's own.
BATCH_FIELDS = [
    "category",
    "section",
    "level",
    "production",
    "registration_status",
    "is_key",
    "risk",
    "grade",
    "standard",
    "size",
    "town",
    "village",
    "grid",
    "park",
    "group_name",
    "authority",
    "source",
]
_CHUNK = 1_000


def raw(subject, name):
    """A field's value as the change record holds it: text; a link as its key."""
    value = getattr(subject, Subject._meta.get_field(name).attname)
    return "" if value is None else str(value)


def note(
    subject: Subject,
    before: dict[str, str],
    *,
    by: Account,
    reason: str = "",
    batch: BatchChange | None = None,
) -> list[SubjectChange]:
    """Write down what differs from `before` {field: raw text}. An encrypted field
    is named, its value is not."""
    rows = []
    for name, old in before.items():
        new = raw(subject, name)
        if new != old:
            hidden = isinstance(Subject._meta.get_field(name), EncryptedTextField)
            old, new = ("（加密）", "（加密）") if hidden else (old, new)
            rows.append(
                SubjectChange(
                    subject=subject,
                    batch=batch,
                    field=name,
                    old=old[:300],
                    new=new[:300],
                    reason=reason,
                    by=by,
                )
            )
    return SubjectChange.objects.bulk_create(rows)


@transaction.atomic
def amend(subject: Subject, before: dict[str, str], *, by: Account, reason: str = "") -> Subject:
    """One enterprise as the desk's form has it, saved, with what differs from `before` on record."""
    require(by, "registries.change_subject", subject.bureau)
    with moves.signed(subject.bureau, "逐户更正", by=by, reason=reason):
        subject.save()
    note(subject, before, by=by, reason=reason)
    return subject


@transaction.atomic
def change_many(subjects: QuerySet, field: str, value: Any, reason: str, *, by: Account) -> BatchChange:
    """Give one field of many enterprises a value (a model row for a link). Returns the BatchChange."""
    require(by, "registries.change_subject", by.bureau)
    if field not in BATCH_FIELDS:
        raise DomainError("field_not_for_many", field=field)
    column = Subject._meta.get_field(field).attname
    stored = value.pk if hasattr(value, "pk") else value
    if value is None and field == "category":
        # without a class nothing is drawn: that is 出库, and the head's to say
        raise DomainError("category_missing")
    keys = list(subjects.filter(bureau=by.bureau).order_by("pk").values_list("pk", flat=True))
    differing = []
    for chunk in _chunks(keys):
        rows = (
            Subject.objects.select_for_update(no_key=True)
            .filter(pk__in=chunk)
            .only("pk", column, "proposed_category_id")
        )
        differing += [each for each in rows if getattr(each, column) != stored]
    batch = BatchChange.objects.create(
        bureau=by.bureau,
        field=field,
        value="" if value is None else str(value),
        reason=reason,
        made_by=by,
        count=len(differing),
    )
    for chunk in _chunks(differing):
        SubjectChange.objects.bulk_create(
            SubjectChange(
                subject=each,
                batch=batch,
                field=field,
                old=raw(each, field),
                new="" if stored is None else str(stored),
                reason=reason,
                by=by,
            )
            for each in chunk
        )
        with moves.signed(by.bureau, f"批量更正 {batch.pk}", by=by, reason=reason):
            Subject.objects.filter(pk__in=[each.pk for each in chunk]).update(
                **{column: stored}, changed_at=timezone.now()
            )
    journal.write("batch.made", by=by, about=batch.about, facts={"field": field, "count": batch.count})
    return batch


@transaction.atomic
def undo(batch: BatchChange, *, by: Account) -> BatchChange:
    """Put the old values back; refused, by name, where somebody has changed the field
    since or a draw has sealed it."""
    require(by, "registries.change_subject", batch.bureau)
    batch = BatchChange.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch.undone_at:
        raise DomainError("batch_undone")
    changes = list(batch.changes.select_related("subject"))
    sealed = SealedSince(batch.bureau, batch.made_at)
    moved = [
        each.subject.name
        for each in changes
        if raw(each.subject, batch.field) != each.new or sealed.has(each.subject)
    ]
    if moved:
        raise DomainError("batch_grown", count=len(moved), names="、".join(moved[:5]))
    field = Subject._meta.get_field(batch.field)
    by_value = {}
    for each in changes:
        by_value.setdefault(each.old, []).append(each.subject_id)
    for old, keys in by_value.items():
        value = (
            None if old == "" and field.null else field.to_python(old) if not field.is_relation else int(old)
        )
        with moves.signed(batch.bureau, f"撤销批量更正 {batch.pk}", by=by):
            Subject.objects.filter(pk__in=keys).update(**{field.attname: value}, changed_at=timezone.now())
    SubjectChange.objects.bulk_create(
        SubjectChange(
            subject=each.subject, field=each.field, old=each.new, new=each.old, reason="撤销批量更正", by=by
        )
        for each in changes
    )
    BatchChange.objects.filter(pk=batch.pk).update(undone_at=timezone.now())
    batch.refresh_from_db()
    journal.write("batch.undone", by=by, about=batch.about, facts={"count": len(changes)})
    return batch


def say_value(name, text):
    """A raw value of a change record as people read it."""
    field = Subject._meta.get_field(name)
    if text == "":
        return "空"
    if field.is_relation:
        found = field.related_model.objects.filter(pk=text).first()
        return str(found) if found else text
    if text in ("True", "False"):
        return "是" if text == "True" else "否"
    return str(dict(field.flatchoices).get(text, text))


def _chunks(keys):
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
