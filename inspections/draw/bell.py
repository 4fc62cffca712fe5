"""The bell of a draw that waits, and the sweep that finds whose bell was not heard."""

import logging

from celery import shared_task
from django.db import transaction

from registries import givingway, ringing
from registries.onebyone import one_by_one
from registries.services import clockwork, pulses

from . import drawing, sealorders
from .models import Draw

_log = logging.getLogger(__name__)


def ring(draw_id):
    """After the commit, tell a worker that a draw waits."""
    transaction.on_commit(lambda: ringing.ring(run_draw, draw_id))


@shared_task(name="inspections.tasks.run_draw")
def run_draw(draw_id):
    """Draw what waits to be drawn; whoever stands behind rests meanwhile."""
    givingway.say()
    if Draw.objects.waiting().filter(pk=draw_id).exists():
        drawing.run(draw_id)


@shared_task(name="inspections.tasks.sweep")
def sweep():
    """Find the draws whose bell was not heard. One that fails does not keep the next one waiting."""
    pulses.beat("sweep")
    clockwork.look()
    one_by_one(Draw.objects.waiting().values_list("pk", flat=True), drawing.run, _log)
    sealorders.sweep()
