"""下级机关: what a bureau above may know of those below it: what they have published, sums of it, and how
many red flags they have. Nothing that is not public yet: of a flag only its kind, its day and whether
somebody has read it. Eight questions, whatever the number of bureaus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q

from inspections.models import Draw, Plan, RedFlag
from inspections.states import DEAD_DRAW
from inspections.watch.models import SelfCheck
from registries.models import Bureau, ChainCheck, Inspector, Subject

from . import marks
from .models import Disclosure, Listing, Release

if TYPE_CHECKING:
    from datetime import date, datetime

_PROBLEM = [code for each in marks.MARKS if each.name in marks.PROBLEMS for code in each.codes]


@dataclass
class Below:
    """One bureau below, of one year. `odd`: what its own self-check and the walk along its journal name."""

    bureau: Bureau
    firms: int = 0
    people: int = 0
    plan: date | None = None
    sealed: int = 0
    voided: int = 0
    released: int = 0
    results: int = 0
    problems: int = 0
    penalties: int = 0
    last: datetime | None = None
    flags: int = 0
    flags_since: datetime | None = None
    odd: list[str] = field(default_factory=list)

    @property
    def share(self):
        """Results with problems, in per cent; None where there is no result."""
        return round(100 * self.problems / self.results, 1) if self.results else None


def of(bureaus: list[Bureau], year: int) -> list[Below]:
    """Bureaus and a year in, [Below] in the same order out."""
    found = {each.pk: Below(each) for each in bureaus}
    for rows, names in _asked([each.pk for each in bureaus], year):
        for bureau, *values in rows:
            for name, value in zip(names, values, strict=True):
                setattr(found[bureau], name, value)
    checks = SelfCheck.objects.filter(bureau__in=found)
    for bureau, findings, unread in checks.values_list("bureau", "findings", "unread"):
        found[bureau].odd += [f"统计自查：{len(findings)} 项不能解释"] * bool(findings)
        found[bureau].odd += [f"统计自查：{len(unread)} 次抽取的文件读不出来"] * bool(unread)
    for bureau, state in ChainCheck.objects.filter(bureau__in=found).values_list("bureau", "state"):
        found[bureau].odd += [f"办理日志：{len(state['faults'])} 处不完整"] * bool(state.get("faults"))
    return list(found.values())


def _asked(keys, year):
    """[(rows that begin with the bureau, the names of what follows)]."""
    own = {"bureau__in": keys}
    listed = Subject.objects.listed().filter(**own, is_secret=False)
    people = Inspector.objects.filter(**own, left_on=None)
    plans = Plan.objects.filter(**own, year=year, published_at__isnull=False)
    draws = Draw.objects.filter(**own, sealed_at__year=year)
    results = Listing.objects.filter(**own, kind="result", on__year=year)
    fined = Listing.objects.filter(**own, kind="penalty", on__year=year)
    unread = RedFlag.objects.filter(**own, read_at=None)
    published = Disclosure.objects.filter(**own, published_at__year=year)
    released = Release.objects.filter(**own, draw__sealed_at__year=year)

    def told(rows, **counted):
        return rows.order_by().values_list("bureau").annotate(**counted)

    yield told(listed, n=Count("pk")), ["firms"]
    yield told(people, n=Count("pk")), ["people"]
    yield told(plans, at=Max("published_at")), ["plan"]
    dead = Count("pk", filter=Q(status__in=DEAD_DRAW))
    yield told(draws, n=Count("pk"), dead=dead), ["sealed", "voided"]
    yield told(released, n=Count("pk")), ["released"]
    bad = Count("pk", filter=Q(result_code__in=_PROBLEM))
    yield told(results, n=Count("pk"), bad=bad), ["results", "problems"]
    yield told(fined, n=Count("pk")), ["penalties"]
    yield told(published, at=Max("published_at")), ["last"]
    yield told(unread, n=Count("pk"), at=Max("first_at")), ["flags", "flags_since"]


def flags(bureau: Bureau) -> list[RedFlag]:
    """The flags of a bureau below that nobody has read yet, then those that were read lately: what they say
    may name what is drawn and not released, so it is left out."""
    rows = RedFlag.objects.filter(bureau=bureau).only("kind", "first_at", "gone_at", "read_at", "bureau")
    return [*rows.filter(read_at=None).order_by("first_at")[:50], *_read(rows)]


def _read(rows):
    return rows.exclude(read_at=None).order_by("-read_at")[:20]


def totals(rows: list[Below]) -> Below:
    """All rows in one."""
    whole = Below(Bureau(name="合计"))
    for name in (
        "firms",
        "people",
        "sealed",
        "voided",
        "released",
        "results",
        "problems",
        "penalties",
        "flags",
    ):
        setattr(whole, name, sum(getattr(each, name) for each in rows))
    return whole
