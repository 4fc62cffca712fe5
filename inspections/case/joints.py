"""联合检查: where tasks of several sections coincide at one enterprise, one visit; each
side keeps its own people.

乌审旗四（一）：对同一企业，不同业务科室实施检查时，可以同时实行检查；汶上二（四）：
对同一企业的多个检查事项，原则上应一次性完成。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require
from registries.transitions import move

from ..states import CaseState, JointState
from .models import Case, JointVisit

if TYPE_CHECKING:
    from registries.models import Account, Bureau

    from ..draw.models import Draw


@transaction.atomic
def propose(bureau: Bureau, draw: Draw | None = None, *, by: Account | None = None) -> list[JointVisit]:
    """Find open cases of one enterprise whose windows overlap and that no joint visit holds
    yet. Returns the new ones.

    What is urgent waits for nobody. `by` None is the draw itself.
    """
    if by is not None:
        require(by, "inspections.change_task", bureau)
    loose = Case.objects.filter(
        bureau=bureau, status=CaseState.OPENED, joint=None, mode__startswith="on"
    ).exclude(task=None)
    loose = loose.exclude(task__is_urgent=True)
    own = loose.filter(subject__in=loose.filter(draw=draw).values("subject")) if draw else loose
    # The database says where tasks meet at all: mostly nowhere, and a draw may have thousands of cases.
    met = own.order_by().values("subject").annotate(tasks=Count("task", distinct=True)).filter(tasks__gt=1)
    found = {}
    together = loose.filter(subject__in=list(met.values_list("subject", flat=True))).defer("checklist")
    for case in together.select_related("task", "subject").order_by("pk"):
        found.setdefault(case.subject_id, []).append(case)
    made = []
    for cases in found.values():
        together = [
            case
            for case in cases
            if any(case is not each and _overlap(case.task, each.task) for each in cases)
        ]
        if len({case.task_id for case in together}) > 1:
            joint = JointVisit.objects.create(bureau=bureau, subject=together[0].subject, lead=together[0])
            Case.objects.filter(pk__in=[case.pk for case in together]).update(joint=joint)
            messages.hand_on(joint, by=by)
            journal.write(
                "joint.proposed",
                by=by,
                bureau=bureau,
                about=joint.about,
                facts={"cases": len(together)},
            )
            made.append(joint)
    return made


@transaction.atomic
def agree(joint: JointVisit, lead: Case | None = None, *, by: Account) -> JointVisit:
    """The head decides on one visit, led by one of the cases."""
    require(by, "inspections.approve_task", joint.bureau)
    cases = _untouched(joint)
    lead = lead or joint.lead
    move(
        joint,
        JointState.AGREED,
        lead=lead if lead in cases else cases[0],
        decided_by=by,
        decided_at=timezone.now(),
    )
    messages.hand_on(joint, by=by)
    journal.write("joint.agreed", by=by, about=joint.about, facts={"lead": joint.lead_id})
    return joint


@transaction.atomic
def decline(joint: JointVisit, reason: str, *, by: Account) -> JointVisit:
    """The head decides on separate visits, with a coded reason."""
    require(by, "inspections.approve_task", joint.bureau)
    _untouched(joint)
    if not reason:
        raise DomainError("joint_reason_missing")
    move(joint, JointState.DECLINED, reason=reason, decided_by=by, decided_at=timezone.now())
    messages.hand_on(joint, by=by)
    journal.write("joint.declined", by=by, about=joint.about, facts={"reason": reason})
    return joint


def _overlap(one, other):
    return one.pk != other.pk and one.window_from <= other.window_to and other.window_from <= one.window_to


def _untouched(joint):
    cases = list(joint.cases.select_for_update(no_key=True).order_by("pk"))
    if any(case.status not in (CaseState.OPENED, CaseState.NOT_DONE) for case in cases):
        raise DomainError("joint_begun", subject=joint.subject.name)
    return [case for case in cases if case.status == CaseState.OPENED] or cases
