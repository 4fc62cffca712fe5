"""Celery entrances of the registers: long imports, off the page. The run's row is the queue, Redis a bell."""

import logging

from celery import shared_task
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from . import bulk, ringing, sittings
from .models import Bureau
from .onebyone import one_by_one
from .services import arrivals, chaincheck, clockwork, deliveries, imports, logsigning, signins
from .states import ImportState

_log = logging.getLogger(__name__)


def ring(run):
    """After the commit: compare or write the run; at once where it is small, else in the background."""
    if max(run.size, run.file.size) <= imports.INLINE:
        transaction.on_commit(lambda: imports.work(run.pk))
    elif settings.REDIS_URL:
        transaction.on_commit(lambda: ringing.ring(work_import, run.pk))
    # Without Redis run_due finds it within seconds: a page must not wait minutes.


@shared_task(name="registries.tasks.work_import")
def work_import(run_id):
    """The step that the run waits for."""
    _work(run_id)


def _work(run_id):
    done = imports.work(run_id)
    rows = done.counts.get("new", 0) + done.counts.get("changed", 0)
    if done.status == ImportState.APPLIED and rows >= MANY:
        bulk.refresh_statistics()


MANY = 10_000  # rows after which the planner is to look again


@shared_task(name="registries.tasks.sweep_imports")
def sweep_imports():
    """Find the imports whose bell was not heard, or whose process has died."""
    one_by_one(imports.waiting().values_list("pk", flat=True), _work, _log)


def ring_delivery(one):
    """After the commit: read or write a delivery; at once where it is small, else with the next sweep."""
    if deliveries.is_small(one):
        transaction.on_commit(lambda: deliveries.work(one.pk))


@shared_task(name="registries.tasks.sweep_deliveries")
def sweep_deliveries():
    """What machines have brought, and what waits to be read or written."""
    arrivals.sweep()


@shared_task(name="registries.tasks.walk_chains")
def walk_chains():
    """The journals that somebody, or the night, has asked to be walked whole."""
    chaincheck.walk_all(_log)


@shared_task(name="registries.tasks.sign_log")
def sign_log(pk):
    """Bring one public log to its end."""
    logsigning.sign(pk)


@shared_task(name="registries.tasks.sign_logs")
def sign_logs():
    """All of them: whose bell was not heard, who was away."""
    logsigning.sign_all()


@shared_task(name="registries.tasks.begin_walks")
def begin_walks():
    """Once a night every journal is walked from its beginning."""
    one_by_one(Bureau.objects.here(), chaincheck.begin, _log)


@shared_task(name="registries.tasks.clear_old")
def clear_old():
    """Throw away what nothing asks for any more: sign-ins that are over, tries that are counted no more. Not
    by a clock that has jumped."""
    if clockwork.look():
        one_by_one(_OLD, lambda clear: clear(), _log)


_OLD = [lambda: call_command("clearsessions"), signins.clear_old, sittings.clear_old]
