"""检查类型: what the kind of a task asks for. The table is the bureau's (registries.InspectionKind)."""

from registries.errors import DomainError
from registries.models import InspectionKind

from ..states import TaskState
from .models import Task

RANDOM = "random"


def kind_of(task):
    """The InspectionKind of a task (or plan line); raises kind_unknown."""
    bureau = task.bureau_id if hasattr(task, "bureau_id") else task.plan.bureau_id
    found = InspectionKind.objects.filter(bureau=bureau, code=task.kind).first()
    if found is None:
        raise DomainError("kind_unknown", code=task.kind)
    return found


def is_drawn(task, kind=None):
    """Whether the task is drawn: its enterprises, or at least its teams."""
    kind = kind or kind_of(task)
    if kind.draw == "usual":
        return not task.undrawn_reason
    return kind.draw != "forbidden"


def random(bureau):
    """Codes of the kinds whose enterprises are drawn at random, as a rule."""
    kinds = InspectionKind.objects.filter(bureau=bureau, draw__in=["required", "usual"])
    return set(kinds.values_list("code", flat=True))


def planned(bureau):
    """Codes of the kinds that stand on a yearly plan."""
    kinds = InspectionKind.objects.filter(bureau=bureau, is_planned=True)
    return set(kinds.values_list("code", flat=True))


def counted(bureau):
    """Codes of the kinds whose inspections count against an enterprise's yearly cap."""
    return set(InspectionKind.objects.filter(bureau=bureau, counts=True).values_list("code", flat=True))


def specials_of(bureau, year):
    """The approved tasks of a year of kinds that need papers (专项检查), under
    whatever version of the plan."""
    papered = InspectionKind.objects.filter(bureau=bureau, needs_papers=True).values("code")
    return Task.objects.filter(
        bureau=bureau, plan__year=year, status=TaskState.APPROVED, kind__in=papered
    ).order_by("pk")


def title_of(bureau, code):
    """The kind's title, or its code where the table does not know it."""
    found = InspectionKind.objects.filter(bureau=bureau, code=code).values_list("title", flat=True).first()
    return found or code
