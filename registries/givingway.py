"""让路: whoever stands behind rests as long as he worked, while somebody sits at the desk.

The kernel puts a process behind others (`nice`), but not what PostgreSQL does for it. So a process that gives
way (GIVES_WAY: how many times as long as it worked) rests after each piece of work: a filing that was taken,
a batch of an import. Where nobody has asked for a page in the last seconds, nobody rests.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)
_KEY, _SECONDS, _LONGEST = "desk-in-use", 3, 2.0
_said = [float("-inf")]  # when this process last said that it is in use


def say() -> None:
    """Somebody asks for a page of a process that gives no way."""
    now = time.monotonic()
    if now - _said[0] > 1:
        _said[0] = now
        try:
            caches["counters"].set(_KEY, 1, _SECONDS)
        except Exception:
            _log.warning("the desk could not say that it is in use", exc_info=True)


@contextmanager
def piece() -> Iterator[None]:
    """A piece of work, and the rest after it."""
    began = time.monotonic()
    yield
    rest(time.monotonic() - began)


def rest(worked: float) -> None:
    """After `worked` seconds of a piece of work, where this process gives way."""
    if settings.GIVES_WAY and _is_in_use():
        time.sleep(min(worked * settings.GIVES_WAY, _LONGEST))


def _is_in_use():
    try:
        return bool(caches["counters"].get(_KEY))
    except Exception:  # without Redis the work goes on
        return False
