"""装订: the PDF of a case with many papers and photos takes longer than somebody should wait; it is made
in the background. The row is the queue, Redis a bell: a job whose bell was not heard, or whose process
died, is found by the sweep."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from registries import ringing, shelf
from registries.errors import DomainError, is_disk_full
from registries.onebyone import one_by_one
from registries.services.access import require

from ..sentences import say
from ..states import OPEN_CASE
from . import dossier, notices
from .models import DossierJob

if TYPE_CHECKING:
    from registries.models import Account

    from ..case.models import Case
    from ..plan.models import Task

LONG = 8  # papers and exhibits: about a second
_GIVEN_UP = timedelta(minutes=15)  # a job claimed so long ago has lost its process
_ATTEMPTS = 2
_log = logging.getLogger(__name__)


def bring(case: Case, form: str, *, by: Account) -> tuple[bytes | None, DossierJob | None]:
    """The file of a case as bytes ("pdf" or "zip"), or the DossierJob that makes a long PDF:
    (bytes or None, job or None)."""
    if form == "pdf" and is_long(case):
        return None, ask(case, by=by)
    return (dossier.as_pdf if form == "pdf" else dossier.as_zip)(case, by=by), None


def is_long(case):
    """Whether the PDF takes longer than a second or so."""
    return case.exhibits.count() + case.papers.exclude(signed_at=None).count() > LONG


def ask(case: Case, *, by: Account) -> DossierJob:
    """A job for this file; the one that is under way where there is one. Rings after the commit."""
    job = DossierJob.objects.filter(case=case, by=by, finished_at=None).first()
    if job is None:
        job = DossierJob.objects.create(case=case, by=by)
    transaction.on_commit(lambda: _ring(job.pk))
    return job


def ask_notices(task: Task, *, by: Account) -> DossierJob:
    """A job for all the notices of a task's open visits as one PDF; the one that is under way where there is
    one. Each notice is signed and numbered where it is not yet."""
    require(by, "inspections.issue_document", task.bureau)
    if not task.cases.filter(status__in=OPEN_CASE).exists():
        raise DomainError("notices_none", task=task.title)
    job = DossierJob.objects.filter(task=task, by=by, finished_at=None).first()
    if job is None:
        job = DossierJob.objects.create(task=task, by=by)
    transaction.on_commit(lambda: _ring(job.pk))
    return job


def place_of(job):
    """Where its PDF lies on the shelf once it is finished."""
    return f"made/{job.token}.pdf"


def make(pk):
    """Make the PDF of a job that nobody else is at. One whose process died twice
    is not tried a third time."""
    claim = {"claimed_at": timezone.now(), "attempts": F("attempts") + 1}
    if not _free().filter(pk=pk).update(**claim):
        return
    job = DossierJob.objects.select_related("case__bureau", "task__bureau", "by").get(pk=pk)

    def tell(done, total):
        DossierJob.objects.filter(pk=pk).update(done=done, total=total)

    if job.attempts > _ATTEMPTS:
        DossierJob.objects.filter(pk=pk).update(
            finished_at=timezone.now(), error="几次都没有做完，请联系系统管理员"
        )
        return
    try:
        whole = notices.all_of(job.task, by=job.by, tell=tell) if job.task_id else None
        shelf.put(place_of(job), whole or dossier.as_pdf(job.case, by=job.by, tell=tell))
    except DomainError as refused:
        DossierJob.objects.filter(pk=pk).update(finished_at=timezone.now(), error=say(refused)[:200])
    except Exception as wrong:
        _log.exception("the file %s could not be made", job)
        reason = "服务器空间已满" if is_disk_full(wrong) else "系统没有办成，请联系系统管理员"
        DossierJob.objects.filter(pk=pk).update(finished_at=timezone.now(), error=reason)
    else:
        DossierJob.objects.filter(pk=pk).update(finished_at=timezone.now())


def clear_old(days=3):
    """Throw away PDFs that were handed out days ago, and their jobs."""
    old = DossierJob.objects.filter(finished_at__lt=timezone.now() - timedelta(days=days))
    for job in old:
        shelf.drop(place_of(job))
    return old.delete()[0]


def _free():
    is_free = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - _GIVEN_UP)
    return DossierJob.objects.filter(is_free, finished_at=None)


def _ring(pk):
    if settings.REDIS_URL:  # else run_due finds it within seconds: a page must not wait
        ringing.ring(make_dossier, pk)


@shared_task(name="inspections.tasks.make_dossier")
def make_dossier(pk):
    """The file of a case that somebody waits for."""
    make(pk)


@shared_task(name="inspections.tasks.sweep_dossiers")
def sweep_dossiers():
    """Find the jobs whose bell was not heard."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - _GIVEN_UP)
    one_by_one(
        DossierJob.objects.filter(free, finished_at=None).order_by("pk").values_list("pk", flat=True),
        make,
        _log,
    )
    clear_old()
