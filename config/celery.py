"""The worker's door and the beat. Redis is a bell; the row is the queue (docs/decisions/0004)."""

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mingqian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "sweep-draws": {"task": "inspections.tasks.sweep", "schedule": settings.SWEEP_EVERY},
    "sweep-imports": {"task": "registries.tasks.sweep_imports", "schedule": settings.SWEEP_EVERY},
    "sweep-filings": {"task": "inspections.tasks.sweep_filings", "schedule": 60.0},
    "nightly-dump": {"task": "publicity.tasks.make_dump", "schedule": crontab(hour=2, minute=10)},
    "release-due": {"task": "publicity.tasks.release_due", "schedule": 600.0},
}
