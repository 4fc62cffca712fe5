"""问法: how each number is asked of the tables: a question gives the rows that it counts, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from inspections.models import (
    CaseEvent,
    Change,
    Draw,
    Finding,
    Paper,
    Penalty,
    RecusalRequest,
    Reinspection,
    Restraint,
    Transfer,
    Verdict,
)
from inspections.plan import kinds
from inspections.states import (
    GONE_TRANSFER,
    ChangeState,
    DrawState,
    FindingState,
    JointState,
    PaperState,
    PenaltyState,
    RecusalState,
)
from inspections.watch import shares
from registries.models import Certificate, Inspector, Subject, Training

from ..models import Disclosure, Ending, Letter
from ..states import LetterState
from . import sets

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from registries.models import Bureau

    from .span import Span


class Asked(NamedTuple):
    """Of which bureau, which days, over which cases (all of them, or what others may be told)."""

    bureau: Bureau
    span: Span
    cases: QuerySet


def _ended(asked):
    return sets.inspected(asked.cases, asked.span)


def _findings(asked):
    rows = Finding.objects.filter(case__in=sets.sides(asked.cases, asked.span))
    return rows.exclude(status=FindingState.NOTED)


def _troubled(asked):
    noted = Finding.objects.filter(case__in=asked.cases).exclude(status=FindingState.NOTED)
    beside = noted.filter(case__joint=OuterRef("joint"), case__joint__status=JointState.AGREED)
    return _ended(asked).filter(Exists(noted.filter(case=OuterRef("pk"))) | Exists(beside))


def _due(asked):
    """Findings whose last deadline lies in the span."""
    rows = Finding.objects.filter(case__in=asked.cases).exclude(status=FindingState.NOTED)
    rows = rows.exclude(disposal="fixed").annotate(last=Coalesce("extended_to", "due_on"))
    until = min(asked.span.until, timezone.localdate())
    return rows.filter(last__gte=asked.span.since, last__lte=until)


def _in_time(asked):
    """Of them, closed, and found to be put right not after the last day, or said so by then and not found
    otherwise since. A look counts on its day, not on the day it was filed."""
    verdicts = Verdict.objects.filter(finding=OuterRef("pk"), corrected_by=None)
    right = verdicts.filter(is_right=True).order_by("-pk").values("reinspection__at")[:1]
    wrong = verdicts.filter(is_right=False, reinspection__at__gt=OuterRef("reported_at"))
    rows = _due(asked).filter(status=FindingState.CLOSED)
    rows = rows.annotate(right_at=Coalesce(Subquery(right), F("closed_at")))
    said = Q(reported_at__date__lte=F("last")) & ~Exists(wrong)
    return rows.filter(Q(right_at__date__lte=F("last")) | said)


def _looked_at(asked):
    return _due(asked).filter(verdicts__isnull=False).distinct()


def _reinspections(asked):
    """Looks on the spot; what only puts a verdict right was none."""
    rows = Reinspection.objects.filter(asked.span.within("at"), case__in=asked.cases)
    return rows.exclude(verdicts__corrects__isnull=False)


def _papers(code=""):
    def rows(asked):
        found = Paper.objects.filter(asked.span.within("signed_at"), case__in=asked.cases)
        found = found.exclude(status__in=[PaperState.VOIDED, PaperState.RETURNED])
        return found.filter(form__code=code) if code else found

    return rows


def _penalties(*codes, in_force=False):
    """Files in whose thread one of these events happened in the span."""

    def rows(asked):
        thread = Concat(Value(Penalty.thread_of("")), Cast(OuterRef("pk"), CharField()))
        happened = CaseEvent.objects.filter(asked.span.within("at"), case=OuterRef("case"), thread=thread)
        found = Penalty.objects.filter(Exists(happened.filter(code__in=codes)), case__in=asked.cases)
        return found.in_force() if in_force else found

    return rows


_decided = _penalties("penalty.decided", "penalty.spot", in_force=True)


def _fined(asked):
    return _decided(asked).filter(fine__gt=0)


def _with_kind(kind):
    """Decided penalties that name a kind among others."""

    def rows(asked):
        found = _decided(asked).values_list("pk", "kinds")
        return Penalty.objects.filter(pk__in=[pk for pk, named in found if kind in named])

    return rows


def _gravest(*kinds_):
    """Decided penalties whose gravest kind it is: the annual table of 司法行政 counts each once."""

    def rows(asked):
        found = _decided(asked).values_list("pk", "kinds")
        gravest = {pk: max(named, key=_weight) for pk, named in found if named}
        return Penalty.objects.filter(pk__in=[pk for pk, kind in gravest.items() if kind in kinds_])

    return rows


# From the lightest to the gravest (行政处罚法第9条).
_WEIGHTS = (
    "warning",
    "censure",
    "fine",
    "confiscate",
    "suspend",
    "degrade",
    "restrict",
    "halt",
    "close",
    "bar",
    "revoke",
)


def _weight(kind):
    return _WEIGHTS.index(kind) if kind in _WEIGHTS else -1


def _opened_files(asked):
    return Penalty.objects.filter(asked.span.within("judged_at"), case__in=asked.cases).exclude(
        status__in=[PenaltyState.REFUSED, PenaltyState.PROPOSED]
    )


def _restraints(kind):
    def rows(asked):
        taken = CaseEvent.objects.filter(asked.span.within("at"), case__in=asked.cases, code__in=_TAKEN[kind])
        threads = set(taken.values_list("case", "thread"))
        found = Restraint.objects.filter(case__in=asked.cases, kind=kind)
        return found.filter(pk__in=[each.pk for each in found if (each.case_id, each.thread) in threads])

    return rows


_TAKEN = {
    "seizure": ("seizure.made",),
    "coercion": ("coercion.taken",),
    "power": ("power.told",),
}


def _transfers(*kinds_):
    return lambda asked: Transfer.objects.filter(
        asked.span.within("sent_at"), case__in=asked.cases, kind__in=kinds_, status__in=GONE_TRANSFER
    )


def _events(*codes):
    return lambda asked: CaseEvent.objects.filter(
        asked.span.within("at"), case__in=asked.cases, code__in=codes
    )


def _planned(asked):
    return _ended(asked).exclude(task__plan=None)


def _triggered(asked):
    planned = kinds.planned(asked.bureau)
    return _ended(asked).exclude(task__kind__in=planned)


def _shared(asked):
    """Those of a task that names other departments, or that another department began."""
    return _ended(asked).exclude(Q(task__partners="") & ~Q(task__kind="joint"))


def _key(asked):
    return Subject.objects.filter(_stood(asked), bureau=asked.bureau, is_key=True)


def _stood(asked):
    """Listed on the last day of the span."""
    until = min(asked.span.until, timezone.localdate())
    return Q(entered_on__lte=until) & (Q(left_on=None) | Q(left_on__gt=until))


def _key_inspected(asked):
    seen = _ended(asked).values("subject")
    merged = _ended(asked).values("subject__merged_into")
    return _key(asked).filter(Q(pk__in=seen) | Q(pk__in=merged))


def _random(asked):
    """Inspections opened in the span whose enterprise and people were drawn (watch/shares.py)."""
    drawn = shares.random_cases(asked.bureau, asked.span.since, asked.span.until)
    return sets.opened(asked.cases, asked.span).filter(pk__in=drawn)


def _draws(**more):
    return lambda asked: Draw.objects.filter(asked.span.within("sealed_at"), bureau=asked.bureau, **more)


def _changes(kind):
    return lambda asked: Change.objects.filter(
        asked.span.within("draw__sealed_at"),
        draw__bureau=asked.bureau,
        kind=kind,
        status=ChangeState.COMPLETED,
    )


def _recusals(**more):
    return lambda asked: RecusalRequest.objects.filter(
        asked.span.within("asked_at"), case__in=asked.cases, **more
    )


def _shown(kind):
    return lambda asked: Disclosure.objects.filter(
        asked.span.within("published_at"), bureau=asked.bureau, kind=kind, supersedes=None
    )


def _corrected(asked):
    rows = Disclosure.objects.filter(asked.span.within("published_at"), bureau=asked.bureau)
    return rows.exclude(supersedes=None).exclude(reason__startswith=Disclosure.PROGRESS)


def _letters(**more):
    return lambda asked: Letter.objects.filter(asked.span.within("received_at"), bureau=asked.bureau, **more)


def _people(asked):
    return Inspector.objects.filter(_stood(asked), bureau=asked.bureau, duty="officer")


def _certified(asked):
    day = min(asked.span.until, timezone.localdate())
    held = Certificate.objects.filter(inspector=OuterRef("pk"), issued_on__lte=day, expires_on__gte=day)
    return _people(asked).filter(Exists(held))


def _trainings(asked):
    return Training.objects.filter(
        inspector__bureau=asked.bureau, held_on__range=asked.span.days, passed=True
    )


# {code of a number (data/numbers.json): its question}
QUESTIONS = {
    "units": lambda asked: Subject.objects.filter(_stood(asked), bureau=asked.bureau),
    "inspected_units": _ended,
    "inspections": _ended,
    "planned": _planned,
    "planned_share": _planned,
    "triggered": _triggered,
    "triggered_share": _triggered,
    "joint": lambda asked: _ended(asked).filter(joint__status=JointState.AGREED),
    "shared": _shared,
    "undone": lambda asked: sets.undone(asked.cases, asked.span),
    "opened": lambda asked: sets.opened(asked.cases, asked.span),
    "random": _random,
    "random_share": _random,
    "key_units": _key,
    "key_inspected": _key_inspected,
    "key_coverage": _key_inspected,
    "papers": _papers(),
    "records": _papers("record"),
    "orders": _papers("order"),
    "measures": _papers("measure"),
    "reviews": _papers("review"),
    "minor": lambda asked: _findings(asked).filter(is_major=False),
    "major": lambda asked: _findings(asked).filter(is_major=True),
    "found": _findings,
    "troubled": _troubled,
    "troubled_share": _troubled,
    "fixed": lambda asked: _findings(asked).filter(disposal="fixed"),
    "ordered": lambda asked: _findings(asked).filter(disposal="order"),
    "righted": lambda asked: _findings(asked).filter(status=FindingState.CLOSED),
    "righted_share": lambda asked: _findings(asked).filter(status=FindingState.CLOSED),
    "due": _due,
    "in_time": _in_time,
    "in_time_share": _in_time,
    "reinspected": _looked_at,
    "reinspected_share": _looked_at,
    "reinspections": _reinspections,
    "filed": _opened_files,
    "penalties": _decided,
    "fined_units": _fined,
    "fines": _fined,
    "paid": _penalties("penalty.paid"),
    "halts": _with_kind("halt"),
    "closes": _with_kind("close"),
    "p_warning": _gravest("warning"),
    "p_censure": _gravest("censure"),
    "p_fine": _gravest("fine"),
    "p_confiscate": _gravest("confiscate"),
    "p_suspend": _gravest("suspend"),
    "p_degrade": _gravest("degrade"),
    "p_restrict": _gravest("restrict"),
    "p_halt": _gravest("halt"),
    "p_close": _gravest("close", "bar"),
    "p_revoke": _gravest("revoke"),
    "revoked": _penalties("penalty.revoked"),
    "hearings": _events("hearing.held"),
    "appeals": _events("review.asked"),
    "suits": _events("court.asked"),
    "coded": lambda asked: _ended(asked).filter(mode__startswith="on").exclude(entry_code=""),
    "uncoded": _events("entry.uncoded"),
    "uncoded_filed": _events("entry.filed"),
    "enforced": _events("penalty.enforced"),
    "seizures": _restraints("seizure"),
    "coercions": _restraints("coercion"),
    "cuts": _restraints("power"),
    "moved": _transfers("regulator", "case_office"),
    "crimes": _transfers("police"),
    "draws": _draws(),
    "drawn": _draws(status=DrawState.DRAWN),
    "voided": _draws(status=DrawState.VOIDED),
    "swapped": _changes("subject"),
    "replaced": _changes("inspector"),
    "recusals": _recusals(),
    "upheld": _recusals(status=RecusalState.UPHELD),
    "shown": _shown("result"),
    "shown_penalties": _shown("penalty"),
    "corrected": _corrected,
    "withdrawn": lambda asked: Ending.objects.filter(
        asked.span.within("at"), bureau=asked.bureau, kind="withdrawn"
    ),
    "letters": _letters(),
    "answered": _letters(status__in=[LetterState.ANSWERED, LetterState.REFUSED]),
    "entered": lambda asked: Subject.objects.filter(bureau=asked.bureau, entered_on__range=asked.span.days),
    "left": lambda asked: Subject.objects.filter(bureau=asked.bureau, left_on__range=asked.span.days),
    "people": _people,
    "certified": _certified,
    "certified_share": _certified,
    "trained": _trainings,
    "hours": _trainings,
}
