"""The composition root: may see every room, no room may see it."""

import gc

# A start makes half a million lasting things and no garbage: the collector would walk them over and over, a
# quarter of the time. config/apps.py lets it go on when all are there.
gc.disable()

from .celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
