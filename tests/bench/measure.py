"""Ratios: ours and what it stands beside run in turn, five times, in one process;
the median of each is told."""

import gc
import time
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass
class Ratio:
    """One line of docs/performance.md. `ours` and `beside` in seconds (or the unit of the
    section); bar None: told only.

    `bar` is the most that the ratio may be, `least` the least.
    """

    what: str
    ours: float
    beside: float
    bar: float | None = None
    note: str = ""
    paired: float | None = None
    least: float | None = None

    @property
    def ratio(self):
        """The median of the pairs' ratios where there are pairs: the machine's pace
        drifts less within a pair."""
        return self.paired or self.ours / self.beside

    @property
    def is_over(self):
        too_much = self.bar is not None and self.ratio > self.bar
        return too_much or (self.least is not None and self.ratio < self.least)

    @property
    def limit(self):
        """The bar in words, and whether it was missed."""
        said = (
            f"≤ {self.bar}" if self.bar is not None else f"≥ {self.least}" if self.least is not None else "—"
        )
        return said + ("（没有达到）" if self.is_over else "")


def beside(what, ours, floor, bar=None, *, clock=time.process_time, rounds=ROUNDS, note="", before=None):
    """Two callables in, a Ratio of medians out. They take turns, so that a busy
    machine is unfair to both alike.

    `before` is called before every call of `ours`, outside the time.
    """
    spent = ([], [])
    for _ in range(rounds):
        for act, kept in ((floor, spent[1]), (ours, spent[0])):
            if before and act is ours:
                before()
            gc.collect()
            gc.disable()
            began = clock()
            act()
            kept.append(clock() - began)
            gc.enable()
    paired = median(mine / other for mine, other in zip(*spent, strict=True))
    return Ratio(what, median(spent[0]), median(spent[1]), bar, note, paired)
