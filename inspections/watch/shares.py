"""双随机占比, once: the only place where it is counted, for the plan, the summary and the public page
(汶上二（三）: 30 %, rising).

Of the visits of a year, those whose enterprise and team were both drawn. Must rows (重点必查) were not drawn;
one that a draw takes over from a failed draw was drawn there (SJS1 §8), and so was a replacement by code.
家次 counts visits; 家 counts the enterprises with at least one such visit, of the enterprises visited.
已安排: opened and not given up; 已完成: ended on site, and not gone to in vain.
"""

import json
from collections import Counter
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from ..case import yearly
from ..case.models import Case
from ..draw.models import Draw, DrawFile
from ..plan import kinds
from ..plan.models import Plan
from ..states import DONE_CASE, FOLLOWED_CASE, OPEN_CASE, CaseState

# How a plan may count, and how that is said beside the number.
RULES = {
    "both": "企业和检查人员都由抽取产生的检查 ÷ 全年全部检查；必查的重点单位不算抽取",
    "team": "检查人员由抽取产生的检查 ÷ 全年全部检查（本计划自定的口径，比通行口径宽：企业指定、"
    "人员抽取的也算）",
    "kind": "双随机抽查任务的检查 ÷ 全年全部检查（本计划自定的口径，比通行口径宽：任务中必查的重点单位也算）",
}
_DONE = FOLLOWED_CASE


@dataclass
class Share:
    """Random and all, by visits and by enterprises."""

    random_visits: int = 0
    visits: int = 0
    random_firms: int = 0
    firms: int = 0

    @property
    def by_visits(self):
        """Per cent with one decimal, or None where there is no visit."""
        return _percent(self.random_visits, self.visits)

    @property
    def by_firms(self):
        """Per cent with one decimal, or None where there is no visit."""
        return _percent(self.random_firms, self.firms)


@dataclass
class Year:
    """One bureau's year: what was arranged, what was done, [(kind's title, visits,
    closed)], and how it was counted."""

    arranged: Share
    done: Share
    by_kind: list
    rule: str

    @property
    def definition(self):
        """In words, to stand beside the number."""
        return RULES[self.rule]


def of(bureau, year, rule="both", visits=None):
    """A bureau, a year and a rule of RULES in, its Year out. `visits`: the year's, where they are read."""
    visits = yearly.of(bureau, year) if visits is None else visits
    is_random = _drawn(bureau, year, rule)
    marked = [(each, is_random(each)) for each in visits]
    counts, closed = (
        Counter(each.kind for each in visits),
        Counter(each.kind for each in visits if each.status in DONE_CASE),
    )
    by_kind = [(kinds.title_of(bureau, kind), count, closed[kind]) for kind, count in counts.most_common()]
    done = [(each, random) for each, random in marked if each.status in _DONE and not each.is_undone]
    return Year(_share(marked), _share(done), by_kind, rule)


def random_cases(bureau, since, until):
    """Keys of the inspections opened from one day to another (both counted) that count as drawn, by the rule
    of the plan of their year: those that the plan's share counts."""
    found = []
    for year in range(since.year, until.year + 1):
        plan = Plan.objects.standing(bureau, year)
        is_random = _drawn(bureau, year, plan.share_rule if plan else "both")
        found += [
            each.case
            for each in yearly.of(bureau, year)
            if is_random(each) and since <= timezone.localdate(each.opened_at) <= until
        ]
    return found


def is_settled(bureau, year):
    """Whether a year's share stands, and tells nothing that is not public: it is over, its visits are ended
    or given up, and what its draws have drawn is released."""
    if year >= timezone.localdate().year:
        return False
    cases = Case.objects.filter(bureau=bureau, opened_at__year=year).exclude(status=CaseState.NOT_DONE)
    return not cases.filter(Q(status__in=OPEN_CASE) | Q(draw__isnull=False, draw__release=None)).exists()


def first_of(draw, draws):
    """The draw whose enterprises this one inspects: itself, or the one it follows (SJS1 §8).
    `draws`: {commitment: Draw}."""
    while (before := draws.get(draw.after)) is not None and before.drawn_at:
        draw = before
    return draw


def _share(marked):
    random = [each for each, is_random in marked if is_random]
    return Share(
        len(random),
        len(marked),
        len({each.subject for each in random}),
        len({each.subject for each, _ in marked}),
    )


def _drawn(bureau, year, rule):
    """Visited → whether it counts as drawn."""
    if rule == "team":
        return lambda each: bool(each.draw)
    random_kinds = kinds.random(bureau)
    if rule == "kind":
        return lambda each: bool(each.draw) and each.kind in random_kinds
    must = _must(bureau, year)
    # A must row was not drawn, also where its people were; a named list is not random either.
    return lambda each: (
        bool(each.draw) and each.kind in random_kinds and each.ref not in must.get(each.draw, ())
    )


def _must(bureau, year):
    """{draw: refs that chance had no part in}."""
    own = Draw.objects.filter(bureau=bureau, sealed_at__year__gte=year - 1)
    draws = {each.commitment: each for each in own.only("commitment", "after", "drawn_at")}
    results = dict(DrawFile.objects.filter(draw__in=own, name="result").values_list("draw", "text"))
    found = {}
    for draw in draws.values():
        first = first_of(draw, draws)
        found[draw.pk] = set(json.loads(results[first.pk])["must"]) if first.pk in results else set()
    return found


def _percent(part, whole):
    return round(part * 100 / whole, 1) if whole else None
