"""封存委托: a pool of a city is sealed in the background: a page must not wait for two hundred thousand
rows. The clerk asks once, the same checks hold when it is done as if he had waited, and he is told what came
of it."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from registries import ringing
from registries.errors import DomainError
from registries.models import Account, Subject
from registries.onebyone import one_by_one
from registries.services import journal, messages
from registries.services.access import require

from ..sentences import say
from . import sealing
from .models import SealOrder

if TYPE_CHECKING:
    from ..plan.models import Task

_log = logging.getLogger(__name__)
AT_ONCE = 20_000  # enterprises of the task's classes that a page seals itself
_LEASE, _TRIES = timedelta(minutes=10), 3


def is_large(task: Task) -> bool:
    """Whether a page would wait too long."""
    rows = Subject.objects.listed().filter(category__in=task.strata.values("category"))
    return rows.order_by().values("pk")[: AT_ONCE + 1].count() > AT_ONCE


def open_of(task: Task) -> SealOrder | None:
    """The order that is not carried out yet."""
    return task.seal_orders.filter(is_open=True).first()


@transaction.atomic
def ask(task: Task, *, by: Account, **said: Any) -> SealOrder:
    """Have a task sealed in the background; `said` as sealing.seal takes it. What can be refused without the
    pool is refused now. Asked again, it is the order that is under way."""
    require(by, "inspections.seal_draw", task.bureau)
    task = type(task).objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    if order := open_of(task):
        return order
    sealing.require_said(task, by=by, **said)
    order = SealOrder.objects.create(bureau=task.bureau, task=task, asked_by=by, facts=_plain(said))
    messages.settle(task)
    journal.write("task.seal_asked", by=by, about=task.about)
    transaction.on_commit(lambda: ringing.ring(run, order.pk))
    return order


def work(pk: int) -> None:
    """Carry out one order that nobody else is at. What is refused is told to whoever asked, and the task can
    be sealed again."""
    claim = {"claimed_at": timezone.now(), "attempts": F("attempts") + 1}
    if not _free().filter(pk=pk).update(**claim):
        return
    order = SealOrder.objects.select_related("task__bureau", "asked_by__bureau").get(pk=pk)
    try:
        if order.attempts > _TRIES:
            raise DomainError("seal_broken")
        with transaction.atomic():
            mine = SealOrder.objects.select_for_update(no_key=True)
            if mine.filter(pk=pk, is_open=True, attempts=order.attempts).first() is None:
                return  # another has taken it meanwhile
            draw = sealing.seal(order.task, by=order.asked_by, **_read(order.facts))
            SealOrder.objects.filter(pk=pk).update(is_open=False, finished_at=timezone.now(), draw=draw)
            said = f"“{order.task}”已封存，抽取编号 {draw.number}"
            messages.tell([order.asked_by], "judged", draw, said)
    except DomainError as wrong:
        _refuse(order, say(wrong))
    except Exception:  # it is tried again with the next sweep, and not for ever
        SealOrder.objects.filter(pk=pk, is_open=True).update(claimed_at=None)
        raise


def sweep() -> None:
    """Orders whose bell was not heard, or whose process has died."""
    one_by_one(_free().order_by("pk").values_list("pk", flat=True), work, _log)


@shared_task(name="inspections.tasks.seal")
def run(pk):
    """Seal what waits to be sealed."""
    work(pk)


def _refuse(order, why):
    with transaction.atomic():
        over = {"is_open": False, "finished_at": timezone.now(), "refused": why[:500]}
        if not SealOrder.objects.filter(pk=order.pk, is_open=True).update(**over):
            return  # another has carried it out
        messages.tell([order.asked_by], "returned", order.task, f"“{order.task}”没有封存：{why}")
        order.task.refresh_from_db()
        messages.hand_on(order.task)
        bureau, about = order.bureau, order.task.about
        journal.write("task.seal_refused", by=None, bureau=bureau, about=about, facts={"why": why[:200]})


def _free():
    is_free = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - _LEASE)
    return SealOrder.objects.filter(is_free, is_open=True)


def _plain(said):
    """What the clerk said, as plain data."""
    told = {name: value.isoformat() for name, value in said.items() if isinstance(value, date)}
    told |= {name: said[name] for name in ("redraw_tip", "redraw_max", "bodies")}
    told["sources"] = [[name, kind, account.pk] for name, kind, account in said["sources"]]
    return told | {"seconds": {name: each.pk for name, each in dict(said["seconds"]).items()}}


def _read(facts):
    accounts = Account.objects.in_bulk(
        [key for *_, key in facts["sources"]] + list(facts["seconds"].values())
    )
    told = facts | {"sources": [(name, kind, accounts[key]) for name, kind, key in facts["sources"]]}
    told["seconds"] = {name: accounts[key] for name, key in facts["seconds"].items()}
    told["seed_at"] = datetime.fromisoformat(facts["seed_at"])
    told["release_by"] = date.fromisoformat(facts["release_by"])
    told["tell_at"] = datetime.fromisoformat(facts["tell_at"]) if facts.get("tell_at") else None
    return told
