"""Which cases rest: nothing runs on them any more, so nobody looks for their limits on any page of the desk.
It is found by night and forgotten with the next event (events.record), or when the rules are others."""

from datetime import timedelta

from django.utils import timezone

from registries.models import Bureau
from registries.onebyone import one_by_one

from . import clocks
from .models import Case

_FRESH, _LOST = timedelta(days=1), timedelta(days=3)
_CHUNK = 2_000


def settle_all(log):
    """Each bureau's cases, one bureau after another."""
    one_by_one(Bureau.objects.here(), settle, log)


def settle(bureau, now=None):
    """Let rest what rests under the bureau's rules of today. Returns how many cases do so from now on."""
    now, ruled = now or timezone.now(), list(clocks.rules(bureau))
    under, own = clocks.digest(ruled), Case.objects.filter(bureau=bureau)
    # What was written down in the very moment of an earlier night was not seen then.
    fresh = own.filter(events__recorded_at__gt=now - _LOST).exclude(rested_under="")
    own.filter(pk__in=list(fresh.values_list("pk", flat=True))).update(rested_under="")
    running = set()
    for events in clocks.of_awake(bureau, ruled):
        running.update(events.order_by().values_list("case_id", flat=True))
    recent = own.filter(events__recorded_at__gt=now - _FRESH).values("pk")
    quiet = own.filter(clocks.awake(under)).exclude(pk__in=recent).order_by("pk")
    done = 0
    keys = [pk for pk in quiet.values_list("pk", flat=True) if pk not in running]
    for start in range(0, len(keys), _CHUNK):
        done += own.filter(pk__in=keys[start : start + _CHUNK]).update(rested_under=under)
    return done
