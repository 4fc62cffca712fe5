"""Celery entrances. A task carries an id and calls a service; running one twice, or losing it, changes nothing.

Redis is a bell: the row is the queue (docs/decisions/0004).
"""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction
from kombu.exceptions import OperationalError as BrokenBell

from registries.services import pulses

from .models import Draw
from .services import draws, filings, uploads

_log = logging.getLogger(__name__)


def ring(draw_id):
    """After the commit, tell a worker that a draw waits. A bell that is broken stops nobody: the sweep will find it."""
    transaction.on_commit(lambda: _ring(draw_id))


def _ring(draw_id):
    try:
        run_draw.apply_async([draw_id], retry=False)
    except BrokenBell as broken:
        _log.warning("draw %s waits for the sweep, the bell is broken: %s", draw_id, broken)


@shared_task
def run_draw(draw_id):
    """Draw what waits to be drawn."""
    if Draw.objects.waiting().filter(pk=draw_id).exists():
        draws.run(draw_id)


@shared_task
def sweep():
    """Find the draws whose bell was not heard. One that fails does not keep the next one waiting."""
    pulses.beat("sweep")
    for draw_id in Draw.objects.waiting().values_list("pk", flat=True):
        try:
            draws.run(draw_id)
        except (OperationalError, InterfaceError):
            raise  # the database is away: the next sweep will try again
        except Exception:
            _log.exception("draw %s could not be computed", draw_id)


@shared_task
def sweep_filings():
    """Carry out what phones have handed in and a crash left behind; throw away pieces of files nobody goes on with."""
    filings.again()
    uploads.clear_stale()
