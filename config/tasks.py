"""Celery entrances of what stands across the rooms."""

from celery import shared_task

from .office import outbox, reminders


@shared_task(name="config.tasks.send_news")
def send_news():
    """Messages that are due leave the house, where a channel is set."""
    outbox.sweep()
    outbox.sweep_firms()


@shared_task(name="config.tasks.remind")
def remind():
    """Once a day: what is due tomorrow, what is late, and the digest."""
    reminders.tell()
    outbox.digests()
