"""名录变动: what has been done to the register since a class was last sealed, before and after, by whom;
who has looked at it; and who vanished. A pool is not shaped in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Subject, SubjectEvent, SubjectMove
from registries.services import corrections, journal, messages
from registries.services import moves as register_moves
from registries.services.access import require
from registries.states import EventState

from ..plan.models import ListSignature, Task
from ..states import DEAD_DRAW, TaskState
from . import pool
from .models import Draw

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from registries.models import Account

_BACK = timedelta(days=30)  # at least so far back
_SOME = 30  # firms of one act that are shown
# What moves a firm only where its place is another's: an address that is put right says nothing by itself.
_PLACES = {"premises", "address", "authority", "credit_code"}
GONE = {"left": "出库", "merged": "并入另一户", "class": "改了分类", "secret": "依法不公开"}


@dataclass
class Edit:
    """One act: when, who, how, why; `rows` [(name, ref, what, was, will)], `count` of all it moved.
    `is_signed`: another than who did it has looked at it, for this task."""

    at: datetime
    by: str
    how: str
    reason: str
    is_signed: bool
    rows: list = field(default_factory=list)
    count: int = 0


def since(task: Task) -> datetime:
    """From when on: the last sealing of one of its classes, and thirty days at least."""
    mine = task.strata.values("category")
    last = Draw.objects.filter(bureau=task.bureau, task__strata__category__in=mine).exclude(task=task)
    sealed = last.order_by("-sealed_at").values_list("sealed_at", flat=True).first()
    floor = timezone.now() - _BACK
    return min(sealed, floor) if sealed else floor


def moves(task: Task) -> QuerySet[SubjectMove]:
    """Of the register's moves since then, those of firms that stand in the task's classes, or did."""
    mine = list(task.strata.values_list("category", flat=True))
    keys = [str(each) for each in mine]
    own = (
        Q(subject__category__in=mine) | Q(field="category", old__in=keys) | Q(field="category", new__in=keys)
    )
    rows = SubjectMove.objects.filter(own, subject__bureau=task.bureau, at__gte=since(task))
    # a firm that comes into the register is classed once: that is no move out of anything
    return rows.exclude(field="category", old="").exclude(field__in=_PLACES).order_by("pk")


def of(task: Task) -> list[Edit]:
    """[Edit] of a task, the newest first: imports and batches as one act with one list."""
    seen = _Seen(task)
    found: dict[tuple, Edit] = {}
    for each in moves(task).select_related("subject", "by"):
        one = each.how or f"move {each.pk}"
        key = (each.by_id, one if any(one.startswith(word) for word in _TOGETHER) else f"{one} {each.pk}")
        edit = found.get(key)
        if edit is None:
            by = str(each.by) if each.by else "没有记录是谁"
            signed = seen.covers(each)
            edit = found[key] = Edit(each.at, by, each.how or "不经系统的办理改的", each.reason, signed)
        edit.count += 1
        edit.is_signed = edit.is_signed and seen.covers(each)
        if len(edit.rows) < _SOME:
            title = Subject._meta.get_field(each.field).verbose_name
            was, will = (corrections.say_value(each.field, text) for text in (each.old, each.new))
            edit.rows.append((each.subject.name, each.subject.ref, str(title), was, will))
    found |= {("event", each.pk): _of_event(each) for each in _events(task)}
    return sorted(found.values(), key=lambda each: each.at, reverse=True)


_TOGETHER = ("批量更正", "撤销批量更正", "导入", "撤销导入", "确认分类", "并入", "来数", "撤销来数")


def unsigned(task: Task) -> int:
    """How many of them nobody but who did them has looked at."""
    seen = _Seen(task)
    return sum(not seen.covers(each) for each in moves(task).only("pk", "by", "how"))


def require_signed(task: Task) -> None:
    """Raises edits_unsigned: the register was moved and no second person has looked."""
    if count := unsigned(task):
        raise DomainError("edits_unsigned", count=count)


@transaction.atomic
def sign(task: Task, *, by: Account) -> ListSignature:
    """The head (or, of what the head has done himself, the supervisor) has looked at the list as it stands.
    Raises edits_own where all that is open is his own doing."""
    require(by, "inspections.sign_edits", task.bureau)
    task = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    if task.status != TaskState.APPROVED or task.draws.exclude(status__in=DEAD_DRAW).exists():
        raise DomainError("stale", what=str(task), status=task.get_status_display())
    seen = _Seen(task)
    open_ = [each for each in moves(task) if not seen.covers(each)]
    if open_ and all(each.by_id == by.pk for each in open_):
        raise DomainError("edits_own")
    made = ListSignature.put(task, by)
    journal.write(
        "task.edits_signed", by=by, about=task.about, facts={"until": made.until, "count": len(open_)}
    )
    messages.tell([task.drafted_by], "judged", task, f"“{task}”的名录变动已看过，可以封存", by=by)
    return made


def to_sign(account: Account) -> list[tuple[Task, int]]:
    """[(task, how many moves)] that wait for this account's signature before they can be sealed: the head's
    are those he has not made himself, the supervisor's those that a head has made."""
    if not account.has_perm("inspections.sign_edits"):
        return []
    approves = account.has_perm("inspections.approve_task")
    drawn = Draw.objects.exclude(status__in=DEAD_DRAW).values("task")
    tasks = Task.objects.filter(bureau=account.bureau_id, status=TaskState.APPROVED).exclude(pk__in=drawn)
    found = []
    for task in tasks.select_related("bureau").order_by("pk"):
        seen = _Seen(task)
        open_ = [each for each in moves(task).select_related("by") if not seen.covers(each)]
        count = sum(each.by_id != account.pk and (approves or _by_head(each)) for each in open_)
        if count:
            found.append((task, count))
    return found


def _by_head(move):
    return bool(move.by and move.by.has_perm("inspections.approve_task"))


class _Seen:
    """What another has looked at: by signing the task's list, by allowing the very act, or as the second
    person on what a department has handed over."""

    def __init__(self, task):
        self.signatures = list(task.list_signatures.values_list("by", "until"))
        self.allowed = register_moves.consents_of(task.bureau)
        self.delivered = register_moves.deliveries_by_two(task.bureau)

    def covers(self, move):
        if register_moves.consent_in(move.how) in self.allowed:
            return True
        if register_moves.delivery_in(move.how) in self.delivered:
            return True
        return any(until >= move.pk and by != move.by_id for by, until in self.signatures)


def coming(fresh: QuerySet[SubjectMove]) -> tuple[list[SubjectMove], list[str]]:
    """(of fresh moves those that touch the pool of a task not sealed yet, these tasks' titles)."""
    rows = [each for each in fresh if not _is_first_class(each) and each.field not in _PLACES]
    if not rows:
        return [], []
    waiting = Task.objects.filter(bureau=rows[0].subject.bureau_id).exclude(
        pk__in=Draw.objects.exclude(status__in=DEAD_DRAW).values("task")
    )
    classes: dict[int, set[str]] = {}
    for key, title in waiting.values_list("strata__category", "title"):
        classes.setdefault(key, set()).add(title)
    found, titles = [], set()
    for each in rows:
        keys = {each.subject.category_id}
        keys |= {int(text) for text in (each.old, each.new) if each.field == "category" and text}
        if touched := set().union(*(classes.get(key, set()) for key in keys if key is not None)):
            found.append(each)
            titles |= touched
    return found, sorted(titles)


def _is_first_class(move):
    return move.field == "category" and move.old == ""


def _events(task):
    """What was found true or groundless since: it changes lots, and two people have seen it."""
    mine = task.strata.values("category")
    rows = SubjectEvent.objects.filter(subject__category__in=mine, verified_at__gte=since(task))
    return rows.exclude(status=EventState.RECORDED).select_related("subject", "verified_by")


def _of_event(event):
    will = "属实，计入签数" if event.status == EventState.VERIFIED else "不属实"
    row = (event.subject.name, event.subject.ref, "加签事由", "待核实", will)
    return Edit(event.verified_at, str(event.verified_by or ""), "核实加签事由", event.source, True, [row], 1)


def vanished(draw_names: set[str], refs: set[str], before: QuerySet[Draw]) -> set[str]:
    """Refs that the last sealed pools of these strata held and that `refs` does not; `before`: the draws
    sealed earlier."""
    left, found = set(draw_names), set()
    for draw in before.order_by("-pk"):
        here = left & {each["name"] for each in draw.public_facts["strata"]}
        if here:
            found |= {row[0] for row in pool.of_commit(draw).rows if row[1] in here}
            left -= here
        if not left:
            break
    return found - refs


def gone(task: Task, rows: list[list]) -> dict[str, int]:
    """{reason: how many} of those that vanished from the task's strata since they were last sealed."""
    names = {row[1] for row in rows} | {each.title for each in task.strata.select_related("category")}
    before = Draw.objects.filter(bureau=task.bureau)
    refs = vanished(names, {row[0] for row in rows}, before)
    found: Counter = Counter()
    for each in Subject.objects.filter(bureau=task.bureau, ref__in=refs):
        found[_why(each)] += 1
    return dict(sorted(found.items()))


def _why(subject):
    if subject.merged_into_id:
        return "merged"
    if subject.left_on:
        return "left"
    if subject.is_secret:
        return "secret"
    return "class"
