"""Celery entrances of the public window."""

from celery import shared_task

from . import downloads
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


@shared_task(name="publicity.tasks.write_lists")
def write_lists():
    """Whole lists as files, where what stands is not what was written last."""
    downloads.write_all()
