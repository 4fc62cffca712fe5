"""When something that should happen again and again last happened."""

from django.utils import timezone

from ..models import Pulse


def beat(name, **facts):
    """Note that `name` has just happened."""
    Pulse.objects.update_or_create(name=name, defaults={"at": timezone.now(), "facts": facts})


def of_workers(since):
    """{queue: [(machine, Pulse)]} of the workers that were alive since a moment."""
    found = {}
    for each in Pulse.objects.filter(name__startswith="worker ", at__gte=since).order_by("name"):
        queue, _, machine = each.name.removeprefix("worker ").partition("@")
        found.setdefault(queue, []).append((machine, each))
    return found


def last(name):
    """The Pulse of that name, or None."""
    return Pulse.objects.filter(name=name).first()
