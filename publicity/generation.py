"""第几代: what a bureau shows the public moves with its public acts alone. Each of them stands in its
journal, whose entries have one order on all machines; so the last of them names the generation of the pages
that are kept, and a page of before one is asked for no more. Looked for once a second a process."""

import time

from django.db import InterfaceError, OperationalError

from registries.models import JournalEntry
from registries.models.journal import PUBLIC_ACTS

SECONDS = 1.0
_known: dict[tuple[int, str], tuple[float, int]] = {}


def of(bureau: int, using: str = "default") -> int:
    """A bureau's key in, the number of its last public act out (0: none, or no bureau), as the database of an
    alias has it. While the primary is away it is what it was: what is kept goes on being shown; of another
    that is away the error is raised."""
    until, found = _known.get((bureau, using), (0.0, 0))
    if not bureau or time.monotonic() < until:
        return found
    try:
        # By an index of its own, which holds these acts alone.
        acts = JournalEntry.objects.using(using).filter(bureau=bureau, action__in=PUBLIC_ACTS)
        found = acts.order_by("-seq").values_list("seq", flat=True).first() or 0
    except (OperationalError, InterfaceError):
        if using != "default":
            raise
    _known[bureau, using] = (time.monotonic() + SECONDS, found)
    return found


def forget():
    """Ask again, whatever was known."""
    _known.clear()
