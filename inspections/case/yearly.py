"""本年度检查: what was inspected in a year, counted as the caps and the shares count it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from registries import tree
from registries.models import InspectionKind, OtherVisit, Subject

from ..plan import kinds
from ..states import CaseState, JointState
from .models import Case, in_vain


@dataclass(frozen=True)
class Visited:
    """One inspection. case: its key; subject: key of the enterprise that stands today; counts: against its
    yearly cap; is_undone: it was gone to in vain."""

    case: int
    subject: int
    ref: str
    draw: int | None
    kind: str
    status: str
    opened_at: datetime
    counts: bool
    is_undone: bool


def of(bureau, year, cases=None):
    """Every case of a year that was not given up, [Visited]; of these `cases` only, where given. A joint
    visit is one, and what was merged into another enterprise is that one's."""
    stays = dict(
        Subject.objects.filter(bureau=bureau).exclude(merged_into=None).values_list("pk", "merged_into")
    )
    counted, joints, found = kinds.counted(bureau), _of_earlier(bureau, year), []
    cases = (
        (Case.objects if cases is None else cases)
        .filter(bureau=bureau, opened_at__year=year)
        .exclude(status=CaseState.NOT_DONE)
        .order_by("pk")
        .annotate(is_undone=in_vain())
    )
    fields = (
        "pk",
        "subject_id",
        "subject__ref",
        "draw_id",
        "task__kind",
        "status",
        "opened_at",
        "joint_id",
        "joint__status",
        "is_undone",
    )
    for case, subject, ref, draw, kind, status, opened_at, joint, agreed, is_undone in cases.values_list(
        *fields
    ):
        if joint and agreed == JointState.AGREED:
            if joint in joints:
                continue
            joints.add(joint)
        kind = kind or kinds.RANDOM
        found.append(
            Visited(
                case,
                stays.get(subject, subject),
                ref,
                draw,
                kind,
                status,
                opened_at,
                kind in counted,
                is_undone,
            )
        )
    return found


def others(bureau, year):
    """{enterprise: how many} of others' visits of a year that count towards the cap: of the other bureaus of
    the tree, and of other departments. None on a day on which we were there too, which is one visit
    together."""
    told = _of_the_tree(bureau, year)
    if bureau.counts_others:
        rows = OtherVisit.objects.filter(bureau=bureau, on__year=year, withdrawn_on=None)
        told |= set(rows.values_list("subject", "department", "on"))
    if not told:
        return Counter()
    stays = Subject.objects.filter(bureau=bureau).exclude(merged_into=None)
    heirs = dict(stays.values_list("pk", "merged_into"))
    ours = Case.objects.filter(bureau=bureau, ended_at__year=year).values_list("subject", "ended_at")
    together = {(subject, timezone.localdate(at)) for subject, at in ours}
    return Counter(heirs.get(subject, subject) for subject, _, on in told if (subject, on) not in together)


def _of_the_tree(bureau, year):
    """{(enterprise of ours, bureau, day)}: where another bureau of the tree has been, above, below or beside:
    the same enterprise by its credit code. What is not over yet is a secret of theirs."""
    kin = tree.others(bureau)
    if not kin:
        return set()
    counted = set(InspectionKind.objects.filter(bureau__in=kin, counts=True).values_list("bureau", "code"))
    own = Subject.objects.filter(bureau=bureau).exclude(credit_code="")
    cases = Case.objects.filter(
        bureau__in=kin, ended_at__year=year, subject__credit_code__in=own.values("credit_code")
    ).exclude(status=CaseState.NOT_DONE)
    cases = cases.annotate(is_undone=in_vain()).filter(is_undone=False).order_by()
    seen = cases.values_list("bureau", "task__kind", "subject__credit_code", "ended_at")
    visits = {
        (code, of, timezone.localdate(at))
        for of, kind, code, at in seen
        if (of, kind or kinds.RANDOM) in counted
    }
    ours = own.filter(credit_code__in={code for code, *_ in visits})
    by_code = dict(ours.values_list("credit_code", "pk"))
    return {(by_code[code], of, on) for code, of, on in visits if code in by_code}


def _of_earlier(bureau, year):
    """Joint visits whose first case is of an earlier year: they were counted there."""
    agreed = Case.objects.filter(bureau=bureau, joint__status=JointState.AGREED).exclude(
        status=CaseState.NOT_DONE
    )
    return set(agreed.filter(opened_at__year__lt=year).values_list("joint", flat=True))
