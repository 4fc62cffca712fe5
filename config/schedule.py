"""What happens by itself, and how often: one table, read by Celery's beat and by run_due, which stands in for
it where there is no Redis. Each step is a task of its own: one that fails keeps no other back."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from celery.schedules import crontab, schedule
from django.conf import settings


class _ComesBack:
    """A schedule of Celery's that does not wait until the clock is where it once was."""

    def is_due(self, last_run_at):
        now = self.now()
        if self.maybe_make_aware(last_run_at) > now + timedelta(minutes=1):
            last_run_at = now - timedelta(days=2)
        return super().is_due(last_run_at)


class _Every(_ComesBack, schedule):
    pass


class _Daily(_ComesBack, crontab):
    pass


@dataclass(frozen=True)
class Step:
    """A task by its name; `every` so many seconds, or once a day from the hour `daily` on (legal time)."""

    task: str
    every: float = 0
    daily: time | None = None

    @property
    def beat(self):
        """As Celery's beat takes it. What was last done in the future (the clock
        has come back since) is due."""
        if self.every:
            return _Every(timedelta(seconds=self.every))
        return _Daily(hour=self.daily.hour, minute=self.daily.minute)

    def is_due(self, now: datetime, last: datetime | None):
        """Whether it is to be done now, when it was last done at `last`. What was
        never done is due at once."""
        if last is None or last > now:  # the clock has come back since
            return True
        if self.every:
            return (now - last).total_seconds() >= self.every
        return last.date() < now.date() and now.time() >= self.daily


def steps():
    """{name: Step}, in the order in which run_due takes them."""
    return {
        "sweep-draws": Step("inspections.tasks.sweep", every=settings.SWEEP_EVERY),
        "sweep-imports": Step("registries.tasks.sweep_imports", every=settings.SWEEP_EVERY),
        "sweep-deliveries": Step("registries.tasks.sweep_deliveries", every=settings.SWEEP_EVERY),
        "sweep-filings": Step("inspections.tasks.sweep_filings", every=60),
        "sweep-dossiers": Step("inspections.tasks.sweep_dossiers", every=settings.SWEEP_EVERY),
        "look-at-pictures": Step("inspections.tasks.look_at_pictures", every=30),
        "sign-logs": Step("registries.tasks.sign_logs", every=10),
        "release-due": Step("publicity.tasks.release_due", every=600),
        "carry-due": Step("publicity.tasks.carry_due", every=60),
        "ask-codes": Step("inspections.tasks.ask_codes", every=60),
        "hand-on": Step("publicity.tasks.hand_on", every=60),
        "write-lists": Step("publicity.tasks.write_lists", every=60),
        "send-news": Step("config.tasks.send_news", every=settings.SWEEP_EVERY),
        "morning-news": Step("config.tasks.remind", daily=time(8, 30)),
        "count-draws": Step("inspections.tasks.count_draws", every=600),
        "walk-chains": Step("registries.tasks.walk_chains", every=60),
        "begin-walks": Step("registries.tasks.begin_walks", daily=time(3, 40)),
        "keep-flags": Step("inspections.tasks.keep_flags", every=1800),
        "tell-subscribers": Step("publicity.tasks.tell_subscribers", daily=time(7, 40)),
        "move-results": Step("inspections.tasks.move_results", daily=time(0, 10)),
        "settle-cases": Step("inspections.tasks.settle_cases", daily=time(0, 40)),
        "nightly-clear": Step("registries.tasks.clear_old", daily=time(3, 10)),
        "nightly-dump": Step("publicity.tasks.make_dump", daily=time(2, 10)),
    }


# Five queues, so that a draw waits behind nothing but draws, and nobody at a screen behind what nobody waits
# for: `draws`; `people`: what somebody waits for; `bulk`: what takes long; `night`; `log`: the public log,
# on the one machine that has its key. One machine has a worker
# for the last two together (docker-compose.yml), several machines as many as they like of each.
QUEUES = ("draws", "people", "bulk", "night", "log")
USUAL = "people"
PULSE = 20  # seconds between two signs of life of a queue
ROUTES = {
    "inspections.tasks.run_draw": "draws",
    "inspections.tasks.seal": "draws",
    "inspections.tasks.sweep": "draws",
    "registries.tasks.sign_log": "log",
    "registries.tasks.sign_logs": "log",
    "publicity.tasks.release_due": "bulk",
    "publicity.tasks.release_one": "bulk",
    "publicity.tasks.hand_on": "bulk",
    "publicity.tasks.write_lists": "bulk",
    "inspections.tasks.ask_codes": "bulk",
    "inspections.tasks.make_dossier": "bulk",
    "inspections.tasks.sweep_dossiers": "bulk",
    "inspections.tasks.look_at_pictures": "bulk",
    "registries.tasks.work_import": "bulk",
    "registries.tasks.sweep_imports": "bulk",
    "registries.tasks.sweep_deliveries": "bulk",
    "config.tasks.remind": "night",
    "inspections.tasks.count_draws": "night",
    "inspections.tasks.keep_flags": "night",
    "inspections.tasks.move_results": "night",
    "inspections.tasks.settle_cases": "night",
    "publicity.tasks.make_dump": "night",
    "publicity.tasks.dump_one": "night",
    "publicity.tasks.tell_subscribers": "night",
    "registries.tasks.begin_walks": "night",
    "registries.tasks.clear_old": "night",
    "registries.tasks.walk_chains": "night",
}
