"""Celery entrances of all rooms, gathered for the worker. A task carries an id and calls an act; running one
twice, or losing it, changes nothing."""

import logging

from celery import shared_task

from registries.services import clockwork, ledger

from .after import discredits, reviews
from .case import resting
from .draw.bell import ring, run_draw, sweep
from .draw.previews import run as preview
from .draw.sealorders import run as seal
from .papers.binding import make_dossier, sweep_dossiers
from .visit import entrycodes, filings, outcome, uploads
from .watch import flagbook, selfcheck

log = logging.getLogger(__name__)

__all__ = [
    "ask_codes",
    "look_at_pictures",
    "make_dossier",
    "move_results",
    "preview",
    "ring",
    "run_draw",
    "seal",
    "sweep",
    "sweep_dossiers",
    "sweep_filings",
]


@shared_task(name="inspections.tasks.sweep_filings")
def sweep_filings():
    """Carry out what phones have handed in and a crash left behind; throw away pieces of
    files nobody goes on with."""
    try:
        filings.again()
        reviews.again()
    finally:
        if clockwork.jump() is None:  # by a clock that has jumped everything is old
            uploads.clear_stale()


@shared_task(name="inspections.tasks.look_at_pictures")
def look_at_pictures():
    """The copies of photos that came in a hurry."""
    uploads.look_at_pictures()


@shared_task(name="inspections.tasks.ask_codes")
def ask_codes():
    """The codes of coming visits, at the platform that gives them."""
    entrycodes.sweep()


@shared_task(name="inspections.tasks.move_results")
def move_results():
    """The results that a day has moved; the lists whose term is over."""
    outcome.sweep()
    discredits.end_due()


@shared_task(name="inspections.tasks.count_draws")
def count_draws():
    """What the self-check asks of a draw, counted once when it is drawn."""
    selfcheck.renew_all(log)


@shared_task(name="inspections.tasks.settle_cases")
def settle_cases():
    """Cases on which nothing runs any more are no longer looked through for limits."""
    if clockwork.look():  # by a clock that has jumped every right of a party is over
        resting.settle_all(log)


@shared_task(name="inspections.tasks.keep_flags")
def keep_flags():
    """What no act explains is looked for, and grave flags are written down: none goes away unread."""
    ledger.keep_all(log)
    flagbook.keep_all(log)
