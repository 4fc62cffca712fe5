"""The worker's door and the beat. Redis is a bell; the row is the queue (docs/decisions/0004)."""

import os

from celery import Celery

from .schedule import steps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mingqian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {name: {"task": step.task, "schedule": step.beat} for name, step in steps().items()}
