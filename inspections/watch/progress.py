"""计划执行: how a year stands against its plan: the share of double random, coverage,
caps, and where it will end.

The share itself is counted in shares.py.
"""

from calendar import isleap
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from registries import presence
from registries.models import CapRule, Category, Subject
from registries.services import caps
from registries.services.jurisdiction import Jurisdiction

from ..case import yearly
from ..draw.models import Draw
from ..engine.objects import sample_size
from ..plan import kinds, plans, sheet, strata
from ..plan.models import Plan
from ..states import FOLLOWED_CASE, DrawState
from . import shares, yeargrid
from .shares import Share

_CAPPED = ("pk", "name", "category_id", *(name for name, _ in CapRule.FIELDS))
_GROUPED = ("category_id", "risk", "town", "production", "registration_status", "level")


class Firm(NamedTuple):
    """An enterprise as a list names it."""

    pk: int
    name: str
    is_key: bool = False
    category_id: int | None = None


@dataclass
class Least:
    """A least number of visits a year: of whom, how often, how many enterprises; those not inspected so often
    yet; how many have not even been arranged so often; how many will have been by the end of the year at this
    year's pace (None for another year)."""

    title: str
    least: int
    firms: int
    open: list
    unarranged: int
    ending: int | None

    @property
    def done(self):
        """How many have been inspected as often."""
        return self.firms - len(self.open)


@dataclass
class Progress:
    """A plan's year: the share now and a year before, rounds done a class, least numbers (key units first),
    special inspections, caps, the forecast."""

    year: int
    counted: shares.Year
    share: Share
    before: Share
    by_kind: list
    rounds: list
    leasts: list
    specials: list
    at_cap: list
    over_cap: list
    forecast: Share
    lines: list
    warnings: list = field(default_factory=list)

    @property
    def shown_lines(self):
        """[(line, planned, arranged, done, open)]"""
        return [
            (line, planned, arranged, done, None if planned is None else max(0, planned - done))
            for line, planned, arranged, done in self.lines
        ]


def of(plan):
    """Plan in, Progress as of today out."""
    year, bureau = plan.year, plan.bureau
    visited = yearly.of(bureau, year)
    counted = shares.of(bureau, year, plan.share_rule, visited)
    share, by_kind = counted.arranged, counted.by_kind
    before = shares.of(bureau, year - 1, plan.share_rule).arranged
    rounds, coming = _rounds(plan)
    at_cap, over_cap = _caps(bureau, visited)
    forecast = Share(
        share.random_visits + coming, share.visits + coming, share.random_firms + coming, share.firms + coming
    )
    found = Progress(
        year,
        counted,
        share,
        before,
        by_kind,
        rounds,
        _leasts(plan, visited),
        list(kinds.specials_of(bureau, year)),
        at_cap,
        over_cap,
        forecast,
        _lines(plan),
    )
    found.warnings = list(_warnings(plan, found))
    return found


def _lines(plan):
    """[(line, planned visits or None, arranged, done)]: what the tasks of the year have made of each line of
    the plan, under whatever version of it they were approved."""
    there, done = Counter(), Counter()
    for (line, _), (arranged, ended) in yeargrid.arranged_of(plan).items():
        there[line] += arranged
        done[line] += ended
    lines = plan.lines.select_related("category")
    return [(each, sheet.planned(each), there[each.pk], done[each.pk]) for each in lines]


def _rounds(plan):
    """([(class, rounds approved, rounds planned, drawn last time)], how many visits the
    rest of the year will add)."""
    done, last, coming = Counter(), {}, 0
    draws = {each.commitment: each for each in Draw.objects.filter(bureau=plan.bureau)}
    for task in (
        plans.random_tasks(plan.bureau, plan.year).prefetch_related("strata__category").order_by("pk")
    ):
        own = [each for each in draws.values() if each.task_id == task.pk]
        drawn = next((each for each in own if each.status == DrawState.DRAWN), None)
        if own and all(each.status == DrawState.VOIDED for each in own):
            continue  # it was no round
        if drawn:
            facts = shares.first_of(drawn, draws).public_facts
            sizes = {each["name"]: each["k"] for each in facts["strata"]}
        else:
            sizes = _about(task)
        for stratum in task.strata.all():
            done[stratum.title] += 1
            last[stratum.title] = sizes.get(stratum.title, 0)
        if not drawn:
            coming += sum(sizes.values())
    if plan.year >= timezone.localdate().year:
        coming += sum(max(0, plan.rounds - rounds) * last.get(name, 0) for name, rounds in done.items())
    return [(name, rounds, plan.rounds, last.get(name, 0)) for name, rounds in sorted(done.items())], coming


def _about(task):
    """{stratum: about how many of it a task will draw}, from the register's counts: where each firm lies and
    who was drawn lately is asked when the pool is built, which takes a city's register many seconds."""
    choose, fit = strata.chooser(task), Counter()
    rows = Subject.objects.listed().filter(
        bureau=task.bureau, is_secret=False, category__in=task.strata.values("category")
    )
    grouped = rows.order_by().values(*_GROUPED).annotate(n=Count("pk"))
    for each in grouped.values_list(*_GROUPED, "n", named=True):
        stratum = choose(each)
        if stratum and presence.of_enterprise(*each[3:6], task.bureau.level) == "E":
            fit[stratum.pk] += each.n
    return {each.title: sample_size(fit[each.pk], each.rate_bp, each.minimum) for each in task.strata.all()}


def key_open(bureau, year):
    """The key units that were not inspected in a year as often as its plan asks (once, where there is none):
    [Firm]. What the plan's page counts, and the tab of the register lists."""
    plan = Plan.objects.standing(bureau, year)
    visits, done = _visits(yearly.of(bureau, year))
    firms = _may(bureau, Q(is_key=True))
    return _least("", plan.key_least if plan else 1, firms, visits, done, year).open


def _may(bureau, holds):
    """Those of the listed enterprises that may be drawn, by what the register says of them."""
    rows = Subject.objects.listed().filter(holds, bureau=bureau, is_secret=False).select_related("category")
    rows, own = rows.defer("search"), Jurisdiction(bureau)
    return [
        Firm(each.pk, each.name, each.is_key, each.category_id)
        for each in rows
        if presence.of_enterprise(
            each.production, each.registration_status, each.level, bureau.level, is_ours=own.is_ours(each)
        )
        == "E"
    ]


def _visits(visited):
    """({enterprise: how often arranged}, {enterprise: how often inspected})."""
    visits, done = Counter(), Counter()
    for each in visited:
        visits[each.subject] += 1
        done[each.subject] += each.status in FOLLOWED_CASE and not each.is_undone
    return visits, done


def _leasts(plan, visited):
    """[Least]: the key units as the plan asks, then each line that asks a least number for
    every enterprise of its class."""
    year, bureau = plan.year, plan.bureau
    lines = list(plan.lines.exclude(least=None).exclude(category=None).select_related("category"))
    may = _may(bureau, Q(is_key=True) | Q(category__in=[line.category_id for line in lines]))
    visits, done = _visits(visited)
    asked = [("重点单位", plan.key_least, [each for each in may if each.is_key])]
    for line in lines:
        asked.append(
            (line.category.name, line.least, [each for each in may if each.category_id == line.category_id])
        )
    return [
        _least(title, least, firms, visits, done, year) for title, least, firms in asked if least and firms
    ]


def _least(title, least, firms, visits, done, year):
    open_ = [each for each in firms if done[each.pk] < least]
    today = timezone.localdate()
    ending = None
    if year == today.year:
        reached, gone = len(firms) - len(open_), today.timetuple().tm_yday / (366 if isleap(year) else 365)
        ending = min(len(firms), round(reached / gone))
    unarranged = sum(visits[each.pk] < least for each in firms)
    return Least(title, least, len(firms), open_, unarranged, ending)


def _caps(bureau, visited):
    """([(enterprise as a Firm, count, cap)] at the cap, and above it), by the kinds that count."""
    rules, counts = caps.rules_of(bureau), Counter()
    for each in visited:
        counts[each.subject] += each.counts
    at, over = [], []
    own = dict(Category.objects.filter(bureau=bureau).values_list("pk", "yearly_cap"))
    # as plain rows: of a city they are tens of thousands
    for firm in Subject.objects.filter(pk__in=counts).order_by("ref").values_list(*_CAPPED, named=True):
        cap = caps.cap_by(firm, rules, own.get(firm.category_id))
        if cap is not None and counts[firm.pk] >= cap:
            (over if counts[firm.pk] > cap else at).append((Firm(firm.pk, firm.name), counts[firm.pk], cap))
    return at, over


def _warnings(plan, found):
    aim = plan.random_share
    if plan.year > timezone.localdate().year:
        yield f"{plan.year} 年还没有开始"
        return
    if not found.share.visits:
        yield "这一年还没有开展检查"
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
    for each in found.leasts:
        if each.open:
            yield f"{each.title}每户每年至少 {each.least} 次，还有 {len(each.open)} 户没有检查够"
        if each.unarranged and each.ending is not None:
            yield (
                f"{each.title}还有 {each.unarranged} 户没有安排够；照今年的进度，到年底约 "
                f"{each.ending} 户检查够（共 {each.firms} 户）"
            )
    short = [
        f"{line}（还差 {planned - done}）"
        for line, planned, _, done in found.lines
        if planned and done < planned
    ]
    if short and any(line.tasks.exists() for line, *_ in found.lines):
        yield f"计划表还没有完成的：{'、'.join(short[:10])}{' 等' if len(short) > 10 else ''}"
    for firm, count, cap in found.over_cap[:20]:
        yield f"“{firm.name}”今年检查 {count} 次，超过上限 {cap} 次"
