"""名录变动的署名: what the database has written down of an act on the register gets its author."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db.models import F, Q

from ..models import Consent, Delivery, DeliveryRow, SubjectMove
from ..states import ConsentState, DeliveryRowState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..models import Account, Bureau

_BY: ContextVar[Consent | None] = ContextVar("consent that is being carried out", default=None)
_MARK = "　准许 "  # behind how it was done: the number of the consent


@contextmanager
def signed(bureau: Bureau, how: str, *, by: Account | None, reason: str = "") -> Iterator[None]:
    """Inside the act's own transaction: whatever it moves in the register is signed by whoever does it. `how`
    tells one act from another ("批量更正 12"): what has the same one is listed as one."""
    last = SubjectMove.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    yield
    fresh = SubjectMove.objects.filter(pk__gt=last, by=None, subject__bureau=bureau)
    consent = _BY.get()
    how = f"{how[:60]}{_MARK}{consent.pk}" if consent else how[:80]
    fresh.update(by=by, how=how, reason=reason[:200])


@contextmanager
def allowed(consent: Consent) -> Iterator[None]:
    """What is moved inside was asked for and allowed by another: the signature says by which consent."""
    token = _BY.set(consent)
    try:
        yield
    finally:
        _BY.reset(token)


def consents_of(bureau: Bureau) -> set[int]:
    """Keys of the edits that somebody else than who asked has allowed."""
    return set(
        Consent.objects.filter(bureau=bureau, kind="edit", status=ConsentState.CONFIRMED).values_list(
            "pk", flat=True
        )
    )


def deliveries_by_two(bureau: Bureau) -> set[int]:
    """Keys of the deliveries that one person has looked at and another confirmed."""
    apart = DeliveryRow.objects.filter(bureau=bureau, status=DeliveryRowState.TAKEN).exclude(checked_by=None)
    apart = apart.exclude(judged_by=F("checked_by"))
    both = Q(confirmed_by__isnull=False) | Q(pk__in=apart.values("delivery"))
    return set(Delivery.objects.filter(both, bureau=bureau).values_list("pk", flat=True))


def delivery_in(how: str) -> int | None:
    """The delivery's key in how a move was done, or None."""
    found = re.match(Delivery.CALLED.format("([0-9]+)"), how)
    return int(found[1]) if found else None


def consent_in(how: str) -> int | None:
    """The consent's key in how a move was done, or None."""
    _, mark, key = how.rpartition(_MARK)
    return int(key) if mark and key.isdecimal() else None
