"""服务器时间: a clock that has jumped forward must release nothing. Compared with the machine's own count of
seconds since it was started, which nobody sets; across a restart with a generous limit.

While a jump stands, nothing is made public or thrown away because its day has come; people go on. It ends
when the clock comes back by about as much, or when somebody has looked and says that the time is right.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from ..models import Bureau, Pulse
from . import journal
from .access import require

if TYPE_CHECKING:
    from ..models import Account

LEAST = 600  # seconds: what is less is a clock set right
APART = 120  # seconds between this machine's clock and the database's


@transaction.atomic
def look():
    """Compare, note, and say in every journal what has happened. Returns whether
    the time is to be trusted."""
    row, is_new = Pulse.objects.select_for_update().get_or_create(
        name="clock", defaults={"at": timezone.now()}
    )
    now, facts = timezone.now(), row.facts
    jumped = 0 if is_new else _gone_astray(now - row.at, facts)
    standing = facts.get("jumped", 0)
    if jumped > 0:
        standing += jumped
        _tell("clock.jumped", jumped)
    elif jumped < 0:
        # Back by what it had jumped, or by itself: then whoever reads the journal sees it.
        _tell("clock.came_back" if standing and abs(standing + jumped) < LEAST else "clock.set_back", jumped)
        standing = standing + jumped if standing + jumped >= LEAST else 0
    row.at = now
    row.facts = {"boot": _boot(), "ticks": _ticks(), "jumped": standing, "apart": _apart()}
    row.save()
    return not standing and abs(row.facts["apart"]) < APART


def jump():
    """{since how many seconds it is ahead, how far the database's clock is away} while the
    time is not to be trusted."""
    row = Pulse.objects.filter(name="clock").first()
    if row is None or (not row.facts.get("jumped") and abs(row.facts.get("apart", 0)) < APART):
        return None
    return {"jumped": row.facts.get("jumped", 0), "apart": row.facts.get("apart", 0)}


@transaction.atomic
def confirm(*, by: Account) -> None:
    """Somebody has compared the server's time with a clock and says that it is right."""
    require(by, "registries.enter_calendar", by.bureau)
    row = Pulse.objects.select_for_update().get(name="clock")
    for bureau in Bureau.objects.here():  # it is everybody's clock, and stands in every journal
        own = by if bureau == by.bureau else None
        journal.write(
            "clock.confirmed",
            by=own,
            bureau=bureau,
            about="clock",
            facts={"jumped": row.facts.get("jumped", 0)},
        )
    row.facts |= {"jumped": 0}
    row.save(update_fields=["facts"])


def _gone_astray(passed, facts):
    """Seconds that the clock has gone too far since the last look (negative: back)."""
    if facts.get("boot") == _boot():
        astray = passed.total_seconds() - (_ticks() - facts["ticks"])
        return astray if abs(astray) >= LEAST else 0
    if passed < -timedelta(seconds=LEAST):
        return passed.total_seconds()
    return passed.total_seconds() if passed > timedelta(days=settings.CLOCK_GAP_DAYS) else 0


def _tell(action, seconds):
    for bureau in Bureau.objects.here():
        journal.write(action, by=None, bureau=bureau, about="clock", facts={"seconds": round(seconds)})


def _ticks():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _boot():
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _apart():
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return round((timezone.now() - cursor.fetchone()[0]).total_seconds())
