"""联合检查: where tasks of several sections coincide at one enterprise, one visit; each
side keeps its own people.

乌审旗四（一）：对同一企业，不同业务科室实施检查时，可以同时实行检查；汶上二（四）：
对同一企业的多个检查事项，原则上应一次性完成。
"""

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal
from registries.services.access import require

from ..transitions import move
from .models import Case, JointVisit


@transaction.atomic
def propose(bureau, draw=None, *, by=None):
    """Find open cases of one enterprise whose windows overlap and that no joint visit holds
    yet. Returns the new ones.

    What is urgent waits for nobody. `by` None is the draw itself.
    """
    if by is not None:
        require(by, "inspections.change_task", bureau)
    loose = Case.objects.filter(bureau=bureau, status="opened", joint=None, mode__startswith="on").exclude(
        task=None
    )
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
            journal.write(
                "joint.proposed",
                by=by,
                bureau=bureau,
                about=f"joint {joint.pk}",
                facts={"cases": len(together)},
            )
            made.append(joint)
    return made


@transaction.atomic
def agree(joint, lead=None, *, by):
    """The head decides on one visit, led by one of the cases."""
    require(by, "inspections.approve_task", joint.bureau)
    cases = _untouched(joint)
    lead = lead or joint.lead
    move(joint, "agreed", lead=lead if lead in cases else cases[0], decided_by=by, decided_at=timezone.now())
    journal.write("joint.agreed", by=by, about=f"joint {joint.pk}", facts={"lead": joint.lead_id})
    return joint


@transaction.atomic
def decline(joint, reason, *, by):
    """The head decides on separate visits, with a coded reason."""
    require(by, "inspections.approve_task", joint.bureau)
    _untouched(joint)
    if not reason:
        raise DomainError("joint_reason_missing")
    move(joint, "declined", reason=reason, decided_by=by, decided_at=timezone.now())
    journal.write("joint.declined", by=by, about=f"joint {joint.pk}", facts={"reason": reason})
    return joint


def _overlap(one, other):
    return one.pk != other.pk and one.window_from <= other.window_to and other.window_from <= one.window_to


def _untouched(joint):
    cases = list(joint.cases.select_for_update(no_key=True).order_by("pk"))
    if any(case.status not in ("opened", "not_done") for case in cases):
        raise DomainError("joint_begun", subject=joint.subject.name)
    return [case for case in cases if case.status == "opened"] or cases
