"""来数的一行 that a person looks at by itself: of which enterprise it is, or that it is not taken; where it
weighs, another confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..states import DeliveryRowState, DeliveryState
from ..transitions import move
from . import deliveries, journal, messages, records, register
from .access import require, require_other
from .deliveries import BRING, SECOND

if TYPE_CHECKING:
    from ..models import Account, DeliveryRow, Subject


@transaction.atomic
def reject(row: DeliveryRow, reason: str, *, by: Account) -> DeliveryRow:
    """One row is not to be taken, and why. It is not asked again when it comes again."""
    require(by, BRING, row.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    if row.delivery.status == DeliveryState.CHECKED:
        raise DomainError("delivery_with_second")
    if row.delivery.status == DeliveryState.WRITING:
        raise DomainError("stale", what=str(row), status=row.delivery.get_status_display())
    move(row, DeliveryRowState.REJECTED, said=reason.strip()[:300], judged_by=by, judged_at=timezone.now())
    records.refuse_alike(row)
    records.reopen(row.delivery.source, [row.key])
    _after_row(row, by, "delivery.row_rejected")
    return row


@transaction.atomic
def match(row: DeliveryRow, subject: Subject, *, by: Account) -> DeliveryRow:
    """A person says which enterprise a row is of; where it weighs, another confirms."""
    require(by, BRING, row.bureau)
    require(by, BRING, subject.bureau)
    if subject.left_on:
        raise DomainError("subject_left", name=subject.name, day=subject.left_on)
    if row.delivery.status == DeliveryState.UNDONE:
        raise DomainError("stale", what=str(row), status=row.delivery.get_status_display())
    key = records.key_of(row.delivery.source.content, row.values, subject.ref)
    if not key:
        raise DomainError("record_unclear")
    stamps = {"subject": subject, "key": key, "checked_by": by}
    if row.weighs:
        move(row, DeliveryRowState.MATCHED, **stamps)
    else:
        for name, value in stamps.items():
            setattr(row, name, value)
        row.save(update_fields=list(stamps))
        register.lock(row.bureau)
        records.take(row, records.Hands(by, None, row.delivery.called))
    _after_row(row, by, "delivery.row_matched")
    return row


@transaction.atomic
def confirm_row(row: DeliveryRow, *, by: Account) -> DeliveryRow:
    """The second person on one row."""
    require(by, SECOND, row.bureau)
    require_other(by, row.checked_by)
    if row.status != DeliveryRowState.MATCHED:
        raise DomainError("stale", what=str(row), status=row.get_status_display())
    register.lock(row.bureau)
    records.take(row, records.Hands(row.checked_by, by, row.delivery.called))
    _after_row(row, by, "delivery.row_confirmed")
    return row


@transaction.atomic
def return_row(row: DeliveryRow, reason: str, *, by: Account) -> DeliveryRow:
    """The second person says that it is not this enterprise, or not so."""
    require(by, SECOND, row.bureau)
    require_other(by, row.checked_by)
    if not reason.strip():
        raise DomainError("reason_needed")
    first = row.checked_by
    move(row, DeliveryRowState.ODD, said=f"退回：{reason.strip()}"[:300], checked_by=None)
    messages.judged(row, first, False, reason, by=by)
    _after_row(row, by, "delivery.row_returned")
    return row


def _after_row(row, by, action):
    deliveries.count(row.delivery)
    messages.hand_on(row, by=by)
    journal.write(action, by=by, about=row.delivery.about, facts={"row": row.number})
