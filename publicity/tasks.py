"""Celery entrances of the public window."""

from celery import shared_task

from .services import dumps, publications, releases


@shared_task(name="publicity.tasks.release_due")
def release_due():
    """Release the draws whose day has come; let out what was held back until now, end what has been shown for its term."""
    try:
        releases.release_due()
    finally:
        try:
            releases.renew_records()
        finally:
            publications.carry_due()


@shared_task(name="publicity.tasks.make_dump")
def make_dump():
    """The night's version of the data."""
    dumps.make()
