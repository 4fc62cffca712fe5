"""When something that should happen again and again last happened."""

from django.utils import timezone

from ..models import Pulse


def beat(name, **facts):
    """Note that `name` has just happened."""
    Pulse.objects.update_or_create(name=name, defaults={"at": timezone.now(), "facts": facts})


def last(name):
    """The Pulse of that name, or None."""
    return Pulse.objects.filter(name=name).first()
