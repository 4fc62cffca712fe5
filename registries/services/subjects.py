"""检查对象: one enterprise keeps one ref for ever; its codes are dated; in and out with a
reason and somebody's name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..errors import DomainError
from ..models import Subject, SubjectChange, SubjectCode, SubjectEvent
from ..states import EventState
from ..transitions import move
from . import journal, messages, moves, register
from .access import require, require_other

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from ..models import Account


def keep_code(subject):
    """Write the enterprise's code into its dated history; the one before it ends today."""
    today = timezone.localdate()
    subject.codes.filter(until=None).exclude(code=subject.credit_code).update(until=today)
    if subject.credit_code and not subject.codes.filter(code=subject.credit_code, until=None).exists():
        SubjectCode.objects.create(subject=subject, code=subject.credit_code, since=today)


@transaction.atomic
def enter(subject: Subject, *, by: Account) -> Subject:
    """One enterprise typed in at the desk: a new Subject in, with its permanent ref
    and its code's history out.

    Raises code_known where the code is another's. One that once was another's is taken,
    under a number of its own.
    """
    require(by, "registries.add_subject", by.bureau)
    register.lock(by.bureau)
    subject.bureau, subject.entered_on = by.bureau, timezone.localdate()
    if subject.credit_code:
        known = Subject.objects.filter(bureau=by.bureau, credit_code=subject.credit_code).first()
        if known:
            raise DomainError("code_known", name=known.name, ref=known.ref)
    is_free = (
        subject.credit_code and not Subject.objects.filter(bureau=by.bureau, ref=subject.credit_code).exists()
    )
    subject.ref = subject.credit_code if is_free else register.next_number(by.bureau)
    subject.source = subject.source or "经办人录入"
    subject.save(force_insert=True)
    keep_code(subject)
    journal.write("subject.entered", by=by, about=subject.about, facts={"ref": subject.ref})
    return subject


@transaction.atomic
def take_out(subject: Subject, reason: str, *, by: Account) -> Subject:
    """出库 with a reason, by the head. The row stays, and so does its history."""
    require(by, "registries.remove_subject", subject.bureau)
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    if subject.left_on:
        raise DomainError("subject_left", name=subject.name, day=subject.left_on)
    subject.left_on, subject.left_reason, subject.left_by = timezone.localdate(), reason, by
    with moves.signed(subject.bureau, "出库", by=by, reason=reason):
        subject.save()
    journal.write("subject.left", by=by, about=subject.about, facts={"ref": subject.ref, "reason": reason})
    return subject


@transaction.atomic
def take_out_many(chosen: QuerySet, reason: str, *, by: Account) -> int:
    """出库 of many, each on record with the one reason. Those that are out already are not
    counted. Returns how many."""
    rows = list(chosen.filter(bureau=by.bureau, left_on=None).order_by("pk"))
    for each in rows:
        take_out(each, reason, by=by)
    return len(rows)


@transaction.atomic
def bring_back(subject: Subject, *, by: Account) -> Subject:
    """An enterprise that was taken out stands in the register again, under its old ref."""
    require(by, "registries.remove_subject", subject.bureau)
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    if subject.left_on is None:
        raise DomainError("subject_listed", name=subject.name)
    subject.left_on, subject.left_reason, subject.left_by, subject.merged_into = None, "", None, None
    with moves.signed(subject.bureau, "恢复入库", by=by):
        subject.save()
    journal.write("subject.returned", by=by, about=subject.about, facts={"ref": subject.ref})
    return subject


@transaction.atomic
def verify(subjects: QuerySet, *, by: Account) -> int:
    """Say that what the register holds of enterprises has been checked today
    (每年核实). Returns the number."""
    require(by, "registries.change_subject", by.bureau)
    today = timezone.localdate()
    rows = list(subjects.filter(bureau=by.bureau).exclude(verified_on=today).values_list("pk", "verified_on"))
    SubjectChange.objects.bulk_create(
        (
            SubjectChange(subject_id=pk, field="verified_on", old=str(was or ""), new=str(today), by=by)
            for pk, was in rows
        ),
        batch_size=1_000,
    )
    subjects.filter(bureau=by.bureau).update(verified_on=today, verified_by=by)
    journal.write("subject.verified", by=by, about="subjects", facts={"count": len(rows)})
    return len(rows)


@transaction.atomic
def record_own(
    subject: Subject, code: str, day: date, source: str, *, by: Account, until: date | None = None
) -> SubjectEvent:
    """What the bureau itself has decided about an enterprise (a penalty) counts without anybody
    recording it; `until` its own day, else a year. Returns it."""
    event = SubjectEvent.objects.create(
        subject=subject,
        code=code,
        happened_on=day,
        until=until,
        source=source,
        status=EventState.VERIFIED,
        recorded_by=by,
        verified_at=timezone.now(),
    )
    facts = {"ref": subject.ref, "code": code, "own": True}
    journal.write("event.verified", by=by, bureau=subject.bureau, about=event.about, facts=facts)
    return event


@transaction.atomic
def end_own(subject: Subject, code: str, source: str, day: date, *, by: Account) -> int:
    """What the bureau had decided until a later day counts from `day` on no more; that it did stays on
    record. Returns how many."""
    own = subject.events.filter(code=code, source=source, status=EventState.VERIFIED)
    events = list(own.filter(Q(until=None) | Q(until__gte=day)))
    for event in events:
        event.until = day - timedelta(days=1)
        event.save(update_fields=["until"])
        facts = {"ref": subject.ref, "code": code, "until": event.until.isoformat()}
        journal.write("event.ended", by=by, bureau=subject.bureau, about=event.about, facts=facts)
    return len(events)


@transaction.atomic
def take_back_own(subject: Subject, code: str, source: str, *, by: Account) -> int:
    """What was decided is decided no more: its event stays on record and counts for
    nothing. Returns how many."""
    events = list(subject.events.filter(code=code, source=source, status=EventState.VERIFIED))
    for event in events:
        move(event, EventState.DISMISSED)
        facts = {"ref": subject.ref, "code": code, "own": True}
        journal.write("event.dismissed", by=by, bureau=subject.bureau, about=event.about, facts=facts)
    return len(events)


@transaction.atomic
def judge_event(event: SubjectEvent, is_true: bool, *, by: Account) -> SubjectEvent:
    """Somebody other than who recorded it says whether an event is true. Only a true one counts in a draw."""
    require(by, "registries.verify_subjectevent", event.subject.bureau)
    event = SubjectEvent.objects.select_for_update(no_key=True).get(pk=event.pk)
    require_other(by, event.recorded_by)
    if event.status != EventState.RECORDED:
        raise DomainError("stale", what=str(event), status=event.get_status_display())
    to = EventState.VERIFIED if is_true else EventState.DISMISSED
    move(event, to, verified_by=by, verified_at=timezone.now())
    messages.judged(event, event.recorded_by, is_true, by=by)
    journal.write(
        f"event.{event.status}",
        by=by,
        about=event.about,
        facts={"ref": event.subject.ref, "code": event.code},
    )
    return event
