"""The preview of a city's register, counted by the background: a page must not wait for two hundred thousand
rows. Who looks gets the last one and its hour, and rings for a new one where the bureau has acted since."""

from dataclasses import asdict, dataclass
from datetime import datetime

from celery import shared_task
from django.core.cache import caches
from django.utils import timezone

from registries import ringing
from registries.errors import DomainError
from registries.services import journal

from ..plan.models import Task
from ..sentences import say
from . import preview as counting
from . import sealorders
from .models import KeptPreview
from .preview import Preview

_QUIET = 20  # seconds in which nobody rings twice for the same


@dataclass
class Shown:
    """What a page shows. `preview`: None while the first one is being counted, or where it cannot be;
    `refused`: why it cannot; `at`: when it was counted, None of one counted just now; `is_old`: something has
    been done in the bureau since."""

    preview: Preview | None = None
    refused: str = ""
    at: datetime | None = None
    is_old: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether there is nothing to show yet."""
        return self.preview is None and not self.refused


def of(task: Task) -> Shown:
    """A task in; what its page shows, out. A small register is counted on the spot."""
    if not sealorders.is_large(task):
        try:
            return Shown(counting.of(task))
        except DomainError as refused:
            return Shown(refused=say(refused))
    kept = _kept(task)
    is_old = kept is None or kept.head != _head(task)
    if is_old and caches["kept"].add(f"preview rung {task.pk}", 1, _QUIET):
        ringing.ring(run, task.pk)
        kept = _kept(task)  # without a worker it is there now
        is_old = kept is None or kept.head != _head(task)
    if kept is None:
        return Shown(is_old=True)
    return Shown(Preview(**kept.facts) if kept.facts else None, kept.refused, kept.made_at, is_old)


def make(pk: int) -> None:
    """Count the preview of one task anew, where the last one is not of this day and this state."""
    task = Task.objects.select_related("bureau").filter(pk=pk).first()
    if task is None:
        return  # a draft that was thrown away meanwhile
    head, kept = _head(task), _kept(task)
    if kept and kept.head == head:
        return
    facts, refused = None, ""
    try:
        facts = asdict(counting.of(task))
    except DomainError as why:
        refused = say(why)[:500]
    KeptPreview.objects.update_or_create(
        task=task, defaults={"head": head, "made_at": timezone.now(), "facts": facts, "refused": refused}
    )


@shared_task(name="inspections.tasks.preview")
def run(pk):
    """Count a large register's preview."""
    make(pk)


def _kept(task):
    """The last one, if it is of this day: rights and terms end with days."""
    return KeptPreview.objects.filter(task=task, made_at__date=timezone.localdate()).first()


def _head(task):
    return journal.head(task.bureau)["digest"]
