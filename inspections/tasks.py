"""Celery entrances. A task carries an id and calls a service; running one twice, or losing it, changes nothing."""

from celery import shared_task

from .models import Draw
from .services import draws


@shared_task
def run_draw(draw_id):
    """Draw what waits to be drawn."""
    draws.run(draw_id)


@shared_task
def sweep():
    """Find the draws whose bell was not heard."""
    for draw_id in Draw.objects.filter(status="seeded").values_list("pk", flat=True):
        draws.run(draw_id)
