"""The composition root: may see every room, no room may see it."""

from .celery import app as celery_app

__all__ = ["celery_app"]
