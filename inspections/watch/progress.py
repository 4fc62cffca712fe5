"""计划执行: how a year stands against its plan: the share of double random, coverage, caps, and where it will end.

双随机占比 by enterprises (家) and by visits (家次), 汶上二（三）: 30 % and rising. Counts what was opened and not given up.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

from django.utils import timezone

from registries import presence
from registries.models import Subject
from registries.services import caps
from registries.services.jurisdiction import Jurisdiction

from ..case import yearly
from ..case.models import Case
from ..draw import pool
from ..draw.models import Draw
from ..plan import kinds, plans


@dataclass
class Share:
    """Random and all, by visits and by enterprises."""

    random_visits: int = 0
    visits: int = 0
    random_firms: int = 0
    firms: int = 0

    @property
    def by_visits(self):
        return _percent(self.random_visits, self.visits)

    @property
    def by_firms(self):
        return _percent(self.random_firms, self.firms)


@dataclass
class Progress:
    """A plan's year: the share now and a year before, rounds done a class, key units, caps, the forecast."""

    year: int
    share: Share
    before: Share
    by_kind: list
    rounds: list
    key: int
    key_done: int
    key_open: list
    at_cap: list
    over_cap: list
    forecast: Share
    warnings: list = field(default_factory=list)


def of(plan):
    """Plan in, Progress as of today out."""
    year, bureau = plan.year, plan.bureau
    share, by_kind = share_of(bureau, year)
    before, _ = share_of(bureau, year - 1)
    rounds, coming = _rounds(plan)
    key, key_open = _key(bureau, year)
    at_cap, over_cap = _caps(bureau, year)
    forecast = Share(
        share.random_visits + coming, share.visits + coming, share.random_firms + coming, share.firms + coming
    )
    found = Progress(
        year, share, before, by_kind, rounds, len(key), len(key) - len(key_open), key_open, at_cap, over_cap, forecast
    )
    found.warnings = list(_warnings(plan, found))
    return found


def share_of(bureau, year):
    """(Share of a year, [(kind title, visits, closed)])."""
    must, random_kinds = _must(bureau, year), kinds.random(bureau)
    share, firms, random_firms, counts, closed = Share(), set(), set(), Counter(), Counter()
    for each in yearly.of(bureau, year):
        share.visits += 1
        firms.add(each.subject)
        counts[each.kind] += 1
        closed[each.kind] += each.status == "closed"
        # A must row was not drawn, also where its people were; a named list is not random either.
        if each.draw and each.kind in random_kinds and each.ref not in must.get(each.draw, ()):
            share.random_visits += 1
            random_firms.add(each.subject)
    share.firms, share.random_firms = len(firms), len(random_firms)
    return share, [(kinds.title_of(bureau, kind), count, closed[kind]) for kind, count in counts.most_common()]


def _must(bureau, year):
    """{draw: refs that chance had no part in}. Whom a draw takes over from a failed one was drawn there."""
    draws = {each.commitment: each for each in Draw.objects.filter(bureau=bureau, sealed_at__year__gte=year - 1)}
    found = {}
    for draw in draws.values():
        first = _first(draw, draws)
        found[draw.pk] = set(json.loads(first.result_json)["must"]) if first.result_json else set()
    return found


def _first(draw, draws):
    """The draw whose enterprises this one inspects: itself, or the one it follows (SJS1 §8)."""
    while (before := draws.get(draw.after)) is not None and before.drawn_at:
        draw = before
    return draw


def _rounds(plan):
    """([(class, rounds approved, rounds planned, drawn last time)], how many visits the rest of the year will add)."""
    done, last, coming = Counter(), {}, 0
    draws = {each.commitment: each for each in Draw.objects.filter(bureau=plan.bureau).without_files()}
    for task in plans.random_tasks(plan.bureau, plan.year).prefetch_related("strata__category").order_by("pk"):
        drawn = next((each for each in draws.values() if each.task_id == task.pk and each.status == "drawn"), None)
        if drawn:
            facts = _first(drawn, draws).public_facts
        else:
            facts = pool.public_facts(pool.build(task), task)
        sizes = {each["name"]: each["k"] for each in facts["strata"]}
        for stratum in task.strata.all():
            done[stratum.category.name] += 1
            last[stratum.category.name] = sizes.get(stratum.category.name, 0)
        if not drawn:
            coming += sum(sizes.values())
    if plan.year >= timezone.localdate().year:
        coming += sum(max(0, plan.rounds - rounds) * last.get(name, 0) for name, rounds in done.items())
    return [(name, rounds, plan.rounds, last.get(name, 0)) for name, rounds in sorted(done.items())], coming


def _key(bureau, year):
    """(all key units that may be inspected, those not inspected yet this year)."""
    rows = Subject.objects.listed().filter(bureau=bureau, is_key=True, is_secret=False).select_related("category")
    own = Jurisdiction(bureau)
    key = [
        each
        for each in rows
        if presence.of_enterprise(each.production, each.registration_status, each.level, is_ours=own.is_ours(each))
        == "E"
    ]
    done = set(
        Case.objects.filter(bureau=bureau, ended_at__year=year, subject__in=[each.pk for each in key]).values_list(
            "subject_id", flat=True
        )
    )
    return key, [each for each in key if each.pk not in done]


def _caps(bureau, year):
    """([(enterprise, count, cap)] at the cap, and above it), by the kinds that count."""
    rules, counts = caps.rules_of(bureau), Counter()
    for each in yearly.of(bureau, year):
        counts[each.subject] += each.counts
    at, over = [], []
    for subject in Subject.objects.filter(pk__in=counts).select_related("category").order_by("ref"):
        cap = caps.cap_of(subject, rules)
        if cap is not None and counts[subject.pk] >= cap:
            (over if counts[subject.pk] > cap else at).append((subject, counts[subject.pk], cap))
    return at, over


def _warnings(plan, found):
    aim = plan.random_share
    if not found.share.visits:
        yield "今年还没有开展检查"
    for what, now in (("家次", found.share.by_visits), ("家", found.share.by_firms)):
        if now is not None and now < aim:
            yield f"双随机占比按{what}计为 {now}%，低于计划的 {aim}%"
    if found.before.visits and found.share.visits and found.share.by_visits < found.before.by_visits:
        yield f"双随机占比低于上年（{found.before.by_visits}%），应逐年提高"
    end = found.forecast.by_visits
    if end is not None and end < aim:
        yield f"照现在的安排，到年底双随机占比约 {end}%，仍低于 {aim}%"
    behind = [name for name, done, planned, _ in found.rounds if done < planned]
    if behind:
        yield f"每年 {plan.rounds} 轮，还没有安排满的：{'、'.join(behind)}"
    if found.key_open:
        yield f"重点单位还有 {len(found.key_open)} 户今年没有检查"
    for subject, count, cap in found.over_cap[:20]:
        yield f"“{subject}”今年检查 {count} 次，超过上限 {cap} 次"


def _percent(part, whole):
    return round(part * 100 / whole, 1) if whole else None
