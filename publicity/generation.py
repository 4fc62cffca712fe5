"""第几代: what a bureau shows the public moves with its public acts alone. Each of them stands in its
journal, whose entries have one order on all machines; so the last of them names the generation of the pages
that are kept, and a page of before one is asked for no more. Looked for once a second a process."""

import time
from contextvars import ContextVar

from django.db import InterfaceError, OperationalError

from registries.models import JournalEntry
from registries.models.journal import PUBLIC_ACTS

SECONDS = 1.0
_pinned: ContextVar[tuple[int, int]] = ContextVar("pinned", default=(0, 0))
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


def pin(bureau: int) -> int:
    """From here on, to the end of this request, the bureau's pages are of the generation they are of now:
    what is kept under a number was read no earlier. Returns it."""
    number = of(bureau)
    _pinned.set((bureau, number))
    return number


def pinned(bureau: int) -> int:
    """The number that this request is answered by; the present one, where none is pinned."""
    known, number = _pinned.get()
    return number if bureau and known == bureau else of(bureau)


def forget():
    """Ask again, whatever was known."""
    _known.clear()
    _pinned.set((0, 0))
