"""What happens by itself, and how often: one table, read by Celery's beat and by run_due, which stands in for it where
there is no Redis. Each step is a task of its own: one that fails keeps no other back."""

from dataclasses import dataclass
from datetime import datetime, time

from celery.schedules import crontab
from django.conf import settings


@dataclass(frozen=True)
class Step:
    """A task by its name; `every` so many seconds, or once a day from the hour `daily` on (legal time)."""

    task: str
    every: float = 0
    daily: time | None = None

    @property
    def beat(self):
        """As Celery's beat takes it."""
        return self.every or crontab(hour=self.daily.hour, minute=self.daily.minute)

    def is_due(self, now: datetime, last: datetime | None):
        """Whether it is to be done now, when it was last done at `last`. What was never done is due at once."""
        if last is None:
            return True
        if self.every:
            return (now - last).total_seconds() >= self.every
        return last.date() < now.date() and now.time() >= self.daily


def steps():
    """{name: Step}, in the order in which run_due takes them."""
    return {
        "sweep-draws": Step("inspections.tasks.sweep", every=settings.SWEEP_EVERY),
        "sweep-imports": Step("registries.tasks.sweep_imports", every=settings.SWEEP_EVERY),
        "sweep-filings": Step("inspections.tasks.sweep_filings", every=60),
        "sweep-dossiers": Step("inspections.tasks.sweep_dossiers", every=settings.SWEEP_EVERY),
        "look-at-pictures": Step("inspections.tasks.look_at_pictures", every=30),
        "release-due": Step("publicity.tasks.release_due", every=600),
        "write-lists": Step("publicity.tasks.write_lists", every=60),
        "nightly-clear": Step("registries.tasks.clear_old", daily=time(3, 10)),
        "nightly-dump": Step("publicity.tasks.make_dump", daily=time(2, 10)),
    }
