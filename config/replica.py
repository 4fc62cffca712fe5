"""只读副本: pages for anybody are read from a streaming replica, where there is one, as long as it shows what
the bureau did last. Whoever signs in, and whatever is written, goes to the primary."""

import time
from contextvars import ContextVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.db.models import Max

from publicity import generation
from registries.models import Pulse

ALIAS = "replica"
_REST = 10  # seconds in which one that was away is not asked again
_reads = ContextVar("reads", default=False)
_away_until = 0.0


class Router:
    """Django's: where a model is read and written."""

    def db_for_read(self, model, **hints):
        return ALIAS if _reads.get() else "default"  # never where an object that is kept was read once

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"


class FromReplica:
    """The middleware: a page of the window is asked of the replica, and once more of the primary where the
    replica goes away meanwhile."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            return self.get_response(request)
        finally:
            _reads.set(False)

    def process_view(self, request, view, args, kwargs):
        is_page = request.method in ("GET", "HEAD") and hasattr(view, "asks")
        _reads.set(bool(is_page and ALIAS in settings.DATABASES and _is_there(request.whose.pk)))

    def process_exception(self, request, exception):
        if not _reads.get() or not isinstance(exception, (OperationalError, InterfaceError)):
            return None
        _rest()
        match = request.resolver_match
        return match.func(request, *match.args, **match.kwargs)


def _is_there(bureau):
    """Whether it answers and shows the bureau's last public act. A page of the whole installation has no act
    to be measured by: the primary answers it."""
    if not bureau or time.monotonic() < _away_until:
        return False
    try:
        return generation.of(bureau, using=ALIAS) >= generation.pinned(bureau)
    except (OperationalError, InterfaceError):
        _rest()
        return False


def _rest():
    global _away_until
    _away_until = time.monotonic() + _REST
    _reads.set(False)
    connections[ALIAS].close()


def lag():
    """Seconds by which the replica is behind, by the signs of life that the background writes on the primary:
    a replication that was cut stands still, whatever it says of itself. None where it does not answer."""
    try:
        own = Pulse.objects.using("default").aggregate(at=Max("at"))["at"]
        there = Pulse.objects.using(ALIAS).aggregate(at=Max("at"))["at"]
    except (OperationalError, InterfaceError):
        connections[ALIAS].close()
        return None
    return (own - there).total_seconds() if own and there else 0.0
