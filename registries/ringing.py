"""The bell of what waits for a worker. Redis is a bell, the row is the queue (docs/decisions/0004): a ring
that is lost, or heard twice, changes nothing, and one that is broken stops nobody: the next sweep finds what
waits."""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError as BrokenBell

_log = logging.getLogger(__name__)


def ring(task, key, **options):
    """Tell a worker that the row `key` waits for a task. `options`: as Celery's apply_async takes them."""
    try:
        task.apply_async([key], retry=False, **options)
    except BrokenBell as broken:
        _log.warning("%s %s waits for the sweep, the bell is broken: %s", task.name, key, broken)


def ring_where_heard(name, key):
    """The same by a task's name, and only where there are workers: without Redis run_due comes by anyway."""
    if settings.REDIS_URL:
        ring(current_app.tasks[name], key)
