"""Celery entrances of the public window."""

from celery import shared_task

from . import services


@shared_task(name="publicity.tasks.release_due")
def release_due():
    """Release the draws whose day has come."""
    services.release_due()
