"""哪些检查: the cases that numbers are counted over. A joint visit is one, what was given up is none, a
visit that found nobody to inspect is no inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from inspections.case.models import in_vain
from inspections.models import Case
from inspections.states import CaseState, JointState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from registries.models import Bureau

    from .span import Span


def told(bureau: Bureau) -> QuerySet[Case]:
    """Cases that no secret of a draw covers any more: what others than the bureau may read a number of."""
    return Case.objects.filter(Q(draw=None) | Q(draw__release__isnull=False), bureau=bureau)


def all_of(bureau: Bureau) -> QuerySet[Case]:
    """All cases of a bureau: what is handed in counts them, and is internal."""
    return Case.objects.filter(bureau=bureau)


def opened(cases: QuerySet[Case], span: Span) -> QuerySet[Case]:
    """Opened in the span and not given up; a joint visit once."""
    return _once(cases.filter(span.within("opened_at")).exclude(status=CaseState.NOT_DONE), cases)


def over(cases: QuerySet[Case], span: Span) -> QuerySet[Case]:
    """Whose visit ended in the span, inspected or not; a joint visit once."""
    return _once(cases.filter(span.within("ended_at")).exclude(status=CaseState.NOT_DONE), cases)


def inspected(cases: QuerySet[Case], span: Span) -> QuerySet[Case]:
    """Really inspected in the span: with a record, by whatever way."""
    return over(cases, span).exclude(in_vain())


def sides(cases: QuerySet[Case], span: Span) -> QuerySet[Case]:
    """The same, each side of a joint visit by itself: what was found stands in the case of whose line it
    is."""
    return cases.filter(span.within("ended_at")).inspected()


def undone(cases: QuerySet[Case], span: Span) -> QuerySet[Case]:
    """Gone to in the span and not inspected: closed, moved, nobody there, refused."""
    return over(cases, span).filter(in_vain())


def _once(cases, known):
    """Of the cases of an agreed joint visit, the first that was not given up."""
    earlier = known.filter(joint=OuterRef("joint"), pk__lt=OuterRef("pk"))
    earlier = earlier.exclude(status=CaseState.NOT_DONE)
    return cases.exclude(Q(joint__status=JointState.AGREED) & Exists(earlier))
