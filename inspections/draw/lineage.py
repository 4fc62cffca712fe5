"""封存的先后: the sealings of a bureau, each after the one before; among them those that only the public log
still knows, because the database was older when it was restored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registries.models import LogEntry
from registries.publiclog.leaf import moment

from ..engine.files import ZEROS
from .models import Draw

if TYPE_CHECKING:
    from datetime import datetime

    from registries.models import Bureau


@dataclass(frozen=True)
class LostSealing:
    """What the log tells of a sealing that no row has; `n`: its leaf; `over`: the kind of the leaf that ended
    it (void, infeasible), "" where none has."""

    number: str
    task: str
    commitment: str
    prev: str
    after: str
    at: datetime
    n: int
    over: str


def lost(bureau: Bureau | int) -> list[LostSealing]:
    """The sealings that only the log knows, in the log's order."""
    leaves = LogEntry.objects.filter(log__bureau=bureau).order_by("log", "n")
    ours = Draw.objects.filter(bureau=bureau).order_by().values("number")
    rows = leaves.filter(kind="seal").exclude(about__in=ours).values_list("n", "text")
    told = [(n, json.loads(text)) for n, text in rows]
    if not told:
        return []
    ends = leaves.filter(kind__in=("void", "infeasible"), about__in=[each["draw"] for _, each in told])
    over = dict(ends.values_list("about", "kind"))
    return [
        LostSealing(
            number=each["draw"],
            task=each["task"],
            commitment=each["digest"],
            prev=each["prev"],
            after=each["after"],
            at=moment(each["at"]),
            n=n,
            over=over.get(each["draw"], ""),
        )
        for n, each in told
    ]


def links(bureau: Bureau | int, draws: list[Draw]) -> list[Draw | LostSealing]:
    """A bureau's draws, the first one first, and the lost ones between them, each behind the one it names."""
    chain: list[Draw | LostSealing] = list(draws)
    for each in lost(bureau):
        names = [ZEROS, *(link.commitment for link in chain)]
        chain.insert(names.index(each.prev) if each.prev in names else len(chain), each)
    return chain
