"""Whether a draw has sealed an enterprise since a moment: what a draw has used is not undone under it. A
sealing marks the class, one row, not its two hundred thousand enterprises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from ..models import Category, SubjectMove

if TYPE_CHECKING:
    from datetime import datetime

    from ..models import Bureau, Subject


class SealedSince:
    """Of one bureau, since one moment. An enterprise that has changed its class since may have been sealed in
    any of those it was in: it counts as sealed."""

    def __init__(self, bureau: Bureau, moment: datetime):
        own = Category.objects.filter(bureau=bureau, sealed_at__gt=moment)
        self.classes = set(own.values_list("pk", flat=True))
        left = SubjectMove.objects.filter(
            subject__bureau=bureau, field="category", at__gt=moment, old__in=map(str, self.classes)
        )
        self.moved = set(left.values_list("subject", flat=True)) if self.classes else set()

    @property
    def rows(self) -> Q:
        """Those that were, as a condition on Subject."""
        return Q(category__in=self.classes) | Q(pk__in=self.moved)

    def has(self, subject: Subject) -> bool:
        """Whether one of them was."""
        return subject.category_id in self.classes or subject.pk in self.moved
