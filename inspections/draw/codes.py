"""移交一次性码: the supervisor hands the tip of a chain to the sealing of a task; the clerk types nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import transaction

from registries.errors import DomainError
from registries.services import journal, messages
from registries.services.access import require

from ..plan import kinds
from ..plan.models import Task
from ..states import DEAD_DRAW, TaskState
from .models import CodeChain, Draw

if TYPE_CHECKING:
    from registries.models import Account

MOST = 500
_TIP = re.compile(r"[0-9a-f]{64}")


@transaction.atomic
def hand_over(task: Task, tip: str, count: int, *, by: Account) -> CodeChain:
    """The tip of a chain and how many codes it has, for the sealing of an approved task. A later one takes
    the place of an earlier one. Raises code_tip, stale."""
    require(by, "inspections.open_code", task.bureau)
    tip = tip.strip().lower()
    if not _TIP.fullmatch(tip) or not 1 <= count <= MOST:
        raise DomainError("code_tip")
    if not waiting(task.bureau).filter(pk=task.pk).exists():
        raise DomainError("stale", what=task.title, status=task.get_status_display())
    if CodeChain.objects.filter(tip=tip).exists():
        raise DomainError("code_tip_used")
    made = CodeChain.objects.create(bureau=task.bureau, task=task, tip=tip, count=count, lodged_by=by)
    messages.settle_done(task)
    said = f"“{task}”的一次性码已移交，可以封存"
    messages.tell(messages.holders(task.bureau_id, "inspections.seal_draw"), "answered", task, said, by=by)
    journal.write("codes.handed_over", by=by, about=task.about, facts={"tip": tip, "count": count})
    return made


def waiting(bureau):
    """The approved tasks of a bureau that are to be sealed."""
    approved = Task.objects.filter(bureau=bureau, status=TaskState.APPROVED)
    keys = [each.pk for each in approved if kinds.is_drawn(each)]
    living = Draw.objects.filter(task__in=keys).exclude(status__in=DEAD_DRAW)
    return Task.objects.filter(pk__in=keys).exclude(pk__in=living.values("task"))


def last_of(task):
    """The chain that was handed over last for a task, or None."""
    return task.code_chains.order_by("-pk").first()
