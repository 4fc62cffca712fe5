"""Celery entrances of the public window."""

import logging

from celery import shared_task

from inspections.models import Draw
from registries import ringing
from registries.onebyone import one_by_one
from registries.services import clockwork

from . import daily, downloads
from .models import Receiver
from .outgoing import answers, gathering, handing, sending
from .services import carrying, dumps, releases, subscriptions

log = logging.getLogger(__name__)
_TURN, _NIGHT = 600, 6 * 3600  # seconds after which a ring is forgotten: the next sweep rings again


@shared_task(name="publicity.tasks.release_due")
def release_due():
    """Each draw whose day has come is released, by a task of its own: of a hundred counties on one night none
    waits for the others. Nothing while the server's clock is not to be trusted."""
    if not clockwork.look():
        log.error("the server's clock has jumped: nothing is released by it")
        return
    try:
        for each in releases.due():
            ringing.ring(release_one, each.pk, expires=_TURN)
    finally:
        releases.renew_records()


@shared_task(name="publicity.tasks.release_one")
def release_one(pk):
    """Release one draw, if nobody has meanwhile."""
    one_by_one(Draw.objects.filter(pk=pk, release=None), releases.release, log)


@shared_task(name="publicity.tasks.carry_due")
def carry_due():
    """What was judged goes out when its minutes are over; what was shown for its term ends."""
    if clockwork.look():
        carrying.carry_due()


@shared_task(name="publicity.tasks.make_dump")
def make_dump():
    """The night's version of the data, a task for each bureau."""
    if clockwork.look():
        for each in dumps.missing():
            ringing.ring(dump_one, each.pk, expires=_NIGHT)


@shared_task(name="publicity.tasks.dump_one")
def dump_one(pk):
    """The version of one bureau."""
    one_by_one(dumps.missing().filter(pk=pk), dumps.make, log)


@shared_task(name="publicity.tasks.write_lists")
def write_lists():
    """Whole lists as files, where what stands is not what was written last; yesterday's digest."""
    try:
        downloads.write_all()
    finally:
        if clockwork.jump() is None:
            daily.keep_all(log)


@shared_task(name="publicity.tasks.hand_on")
def hand_on():
    """What has been published goes on its way to whoever is to have it, and what was not answered is said."""
    if not clockwork.look():
        return
    gathering.gather_all()
    one_by_one(Receiver.objects.all(), sending.settle_left, log)
    open_ = Receiver.objects.filter(is_open=True).select_related("bureau")
    one_by_one(open_.filter(way="push").exclude(address=""), sending.push, log)
    one_by_one(open_.filter(way="folder"), handing.put_into_folder, log)
    answers.be_silent()
    answers.tell_of_trouble()


@shared_task(name="publicity.tasks.tell_subscribers")
def tell_subscribers():
    """The morning's mails to whoever asked to be told."""
    subscriptions.tell_all()
