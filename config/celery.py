"""The worker's door and the beat. Redis is a bell; the row is the queue (docs/decisions/0004)."""

import os

from celery import Celery
from kombu import Queue

from .schedule import PULSE, QUEUES, ROUTES, USUAL, steps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mingqian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.task_routes = {name: {"queue": queue} for name, queue in ROUTES.items()}
app.conf.task_queues = [Queue(each) for each in QUEUES]  # a worker that is told of none takes them all
app.conf.task_default_queue = USUAL
# A turn that was not taken before the next one comes is no turn any more.
app.conf.beat_schedule = {
    name: {"task": step.task, "schedule": step.beat, "options": {"expires": step.every or 3600}}
    for name, step in steps().items()
}
_PULSES = {
    f"pulse-{each}": {
        "task": "config.tasks.pulse",
        "schedule": PULSE,
        "options": {"expires": PULSE, "queue": each},
    }
    for each in QUEUES
}
app.conf.beat_schedule |= _PULSES
