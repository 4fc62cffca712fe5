"""指标: what each number of a return counts, in words (data/numbers.json) and as a question (questions.py).
A number is the length of its list, or the sum of one column of it, or one number over another: none is
without its list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from .questions import QUESTIONS, Asked

if TYPE_CHECKING:
    from decimal import Decimal

    from django.db.models import Aggregate, QuerySet

__all__ = ["BY_CODE", "NUMBERS", "Asked", "Number"]


@dataclass(frozen=True)
class Number:
    """One number: its words, its unit, what it counts, the question; `adds` a column to sum, `by` what makes
    two rows one (each enterprise once), `over` the number that it is a share of, in per cent; `firm` the way
    from a row to its enterprise, by which it is split into industries."""

    code: str
    title: str
    unit: str
    definition: str
    adds: str = ""
    by: str = ""
    over: str = ""
    firm: str = "case__subject"
    inside: bool = False  # of the bureau's own affairs: not split, and no case

    def rows(self, asked: Asked) -> QuerySet:
        """What it counts."""
        return QUESTIONS[self.code](asked)

    def value(self, asked: Asked, rows: QuerySet | None = None) -> float | None:
        """The number; None where it is a share of nothing."""
        found = self.rows(asked) if rows is None else rows
        count = self._count(found)
        if not self.over:
            return count
        whole = BY_CODE[self.over].value(asked)
        return round(100 * count / whole, 1) if whole else None

    def _count(self, rows):
        if self.adds:
            total = rows.aggregate(total=Sum(self.adds))["total"] or 0
            return plain(total)
        if self.by:
            return rows.order_by().annotate(one=self._one()).values("one").distinct().count()
        return rows.order_by().values("pk").distinct().count()

    def counted(self) -> Aggregate:
        """The same as an aggregate of a group of its rows."""
        if self.adds:
            return Sum(self.adds)
        return Count(self._one() if self.by else "pk", distinct=True)

    def _one(self):
        """What makes two rows one: an enterprise is the one that it was merged into."""
        return F(self.by) if self.by != self.firm else Coalesce(F(f"{self.by}__merged_into"), F(self.by))


def plain(total: float | Decimal) -> float:
    """A sum as it is written: whole where it is whole, else two decimals."""
    return int(total) if total == int(total) else round(float(total), 2)


_DATA = Path(__file__).parent.parent / "data/numbers.json"
NUMBERS = [Number(**each) for each in json.loads(_DATA.read_text(encoding="utf-8"))]
BY_CODE = {each.code: each for each in NUMBERS}
