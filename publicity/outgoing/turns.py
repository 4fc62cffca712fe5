"""Whose turn it is: rows that may leave now. A later row of a thing waits for the one before it, which it
could overtake on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..models import HandedRow
from ..states import ON_ITS_WAY, HandedState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ..models import Receiver


def due(receiver: Receiver) -> QuerySet[HandedRow]:
    """The receiver's waiting rows that nothing holds back, the oldest first; where it knows a row again, also
    those whose answer was lost."""
    before = HandedRow.objects.filter(
        receiver=receiver, shape=OuterRef("shape"), thing=OuterRef("thing"), number__lt=OuterRef("number")
    )
    held = Exists(before.filter(status__in=[*ON_ITS_WAY, HandedState.WAITING]))
    ripe = Q(next_at=None) | Q(next_at__lte=timezone.now())
    states = [HandedState.WAITING]
    if receiver.way == "push":
        states.append(HandedState.AGAIN)
    return receiver.rows.filter(ripe, ~held, status__in=states).order_by("pk")
