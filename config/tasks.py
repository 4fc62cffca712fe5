"""Celery entrances of what stands across the rooms."""

import socket

from celery import shared_task

from registries.services import pulses

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


@shared_task(name="config.tasks.pulse", bind=True)
def pulse(self):
    """A worker says that it is alive, and of which queue and machine it is."""
    told = self.request.delivery_info or {}
    pulses.beat(f"worker {told.get('routing_key') or 'run_due'}@{socket.gethostname()}")
