"""抽得匀不匀: how the register of a draw and what was drawn of it lie over the towns, the sizes and the year
before. Counted once, when the draw is released: a public number moves with no act that is not public."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone

from inspections.models import Case
from inspections.watch.fairness import evenness
from registries.models import Subject

from .models import Release

if TYPE_CHECKING:
    from typing import Any

    from inspections.models import Draw

TOWN, SIZE, BEFORE = "乡镇", "企业大小", "上一年查过没有"
UNTOLD = "不公开"  # the town of an enterprise that is kept from the public
_WHOLE = 10_000  # fair years: whole numbers, because the journal keeps no others
_LEAST = 100  # of them: below it somebody has to explain


class Look(NamedTuple):
    """One family of the self-check in words."""

    family: str
    times: int
    group: str
    seen: int
    expected: float
    times_of_group: int
    is_odd: bool


def of(draw: Draw) -> dict[str, Any]:
    """A drawn Draw in; {"year", "towns": [[stratum, [[town, rows]]]], "tiers": [[family, [[[group, rows,
    drawn]]]]], "shares": [[family, of 10,000 fair years those that are less even, group, seen, ten times the
    expected number, of 10,000 those in which it is as far off]]} out. The shares are of all draws that were
    released of the year, this one among them. {} where nothing was drawn."""
    if not draw.result_digest:
        return {}
    commit, result = json.loads(draw.commit_json), json.loads(draw.result_json)
    groups = _groups(draw)
    towns: dict[str, Counter] = defaultdict(Counter)
    tiers: dict[str, dict] = {family: defaultdict(lambda: defaultdict(lambda: [0, 0])) for family in groups}
    drawn = {ref for each in result["objects"] for ref in each["drawn"]}
    for ref, stratum, lots, status, _ in commit["pool"]:
        towns[stratum][groups[TOWN].get(ref, "")] += 1
        if status != "E":
            continue
        for family, known in groups.items():
            count = tiers[family][stratum, lots][known.get(ref, "")]
            count[0] += 1
            count[1] += ref in drawn
    told = [[family, [_listed(each) for _, each in sorted(found.items())]] for family, found in tiers.items()]
    year = timezone.localtime(draw.drawn_at).year
    return {
        "year": year,
        "towns": [[name, [[town, n] for town, n in sorted(each.items())]] for name, each in towns.items()],
        "tiers": told,
        "shares": list(_shares(draw, year, told)),
    }


def _listed(counts):
    return [[group, rows, drawn] for group, (rows, drawn) in sorted(counts.items())]


def _shares(draw, year, told):
    earlier = Release.objects.filter(bureau=draw.bureau, spread__year=year).values_list("spread", flat=True)
    past = defaultdict(list)
    for family, tiers in [*(each for spread in earlier for each in spread["tiers"]), *told]:
        past[family] += [{group: (rows, drawn) for group, rows, drawn in tier} for tier in tiers]
    for family, tiers in past.items():
        if found := evenness(tiers, f"{draw.result_digest} {family}"):
            off, worst = round(_WHOLE * found.share), round(_WHOLE * found.share_of_group)
            yield [family, off, found.group, found.seen, round(10 * found.expected), worst]


def _groups(draw):
    """{family: {ref: group}} as the register has it at the release."""
    rows = Subject.objects.filter(bureau=draw.bureau).values_list("ref", "town", "size", "is_secret")
    towns, sizes = {}, {}
    for ref, town, size, is_secret in rows.iterator(chunk_size=5000):
        towns[ref] = UNTOLD if is_secret else town
        sizes[ref] = size
    before = Case.objects.filter(
        bureau=draw.bureau, ended_at__year=timezone.localtime(draw.drawn_at).year - 1
    )
    seen = dict.fromkeys(before.values_list("subject__ref", flat=True), "查过")
    return {TOWN: towns, SIZE: sizes, BEFORE: {ref: seen.get(ref, "没有查过") for ref in towns}}


def towns(told: list[dict]) -> dict[str, int]:
    """{town: enterprises} of the registers as they were last released, each class by its newest draw."""
    newest: dict[str, dict[str, int]] = {}
    for each in told:
        newest |= {stratum: dict(counts) for stratum, counts in each["towns"]}
    return dict(sum((Counter(each) for each in newest.values()), Counter()))


def looks(told: list[dict], year: int) -> list[Look]:
    """The self-check of a year as its last release has it; [] where none has one."""
    last = None
    for each in told:
        last = each if each["year"] == year else last
    found = last["shares"] if last else []
    return [
        Look(family, round(p / 100), group or "（未填）", seen, expected / 10, round(own / 100), p < _LEAST)
        for family, p, group, seen, expected, own in found
    ]


def told(bureau: int):
    """What the bureau's releases say, the first one first: {"year", "towns", "shares"} of each."""
    rows = Release.objects.filter(bureau=bureau).exclude(spread={}).order_by("pk")
    names = ("year", "towns", "shares")  # not the tiers, which are large
    for told in rows.values_list(*(f"spread__{name}" for name in names)):
        yield dict(zip(names, told, strict=True))
