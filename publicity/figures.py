"""统计: what the pictures show, counted from what is public and from the register's sizes. Nobody is
ranked (国办发〔2024〕54号)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Count, Func, IntegerField, Max, Min, Q, Subquery
from django.utils import timezone

from inspections.models import Draw, Report, TaskStratum
from inspections.plan.strata import REST
from inspections.states import ReportState
from inspections.watch import shares
from registries import limits, workdays
from registries.models import Bureau

from . import marks, spreads
from .models import Disclosure, Ending, Letter, Listing, Release
from .states import LetterState

WIDTH = 1000  # of a full bar, in the picture's units
_A_DAY = 24 * 3600


@dataclass(frozen=True)
class Chart:
    """A table whose every row has its bar: [(cells, width of the bar from 0 to WIDTH)]."""

    title: str
    head: tuple
    rows: list


@dataclass(frozen=True)
class Tile:
    """A town: enterprises in the register (0: not published yet), those with a result, those of them with a
    problem, the share in percent (None where it cannot be told), how dark the tile is (0 to 4), and how many
    of each mark."""

    town: str
    register: int
    done: int
    problems: int
    share: float | None
    level: int
    counts: list


def counts(**rows):
    """{name: how many} of query sets, asked as one question."""
    number = Func("pk", function="COUNT", output_field=IntegerField())
    told = {name: Subquery(each.order_by().annotate(n=number).values("n")) for name, each in rows.items()}
    return Bureau.objects.order_by("pk").values(**told).first() or dict.fromkeys(rows, 0)


def share_of(plan):
    """A published plan's year as shares.Year, or None: a year that is over and settled moves with no act that
    is not public; the present one would. It is counted once a day."""
    if not shares.is_settled(plan.bureau_id, plan.year):  # a case of it may have been opened again
        return None
    key = f"share-{plan.bureau_id}-{plan.year}-{plan.share_rule}"
    return caches["kept"].get_or_set(key, lambda: shares.of(plan.bureau, plan.year, plan.share_rule), _A_DAY)


class Row(NamedTuple):
    """One result, as much of it as is counted."""

    on: date
    ref: str
    result: str
    code: str
    town: str
    category: str


def of_the_year(bureau, year):
    """{"year", "years" with results, "tiles", "levels", "looks", "compared", "charts": [Chart], "facts":
    [(words, number)]} of a calendar year of a bureau. Its rows are read once."""
    all_years = Listing.objects.filter(kind="result", bureau=bureau).dates("on", "year", order="DESC")
    years = [each.year for each in all_years]
    compared = [each for each in years if each <= year][:3] if years[1:] else []
    rows, sizes = _rows(bureau, {year, *compared}), _sealed_sizes(bureau)
    spread = list(spreads.told(bureau))
    tiles, levels = _tiles(rows[year], spreads.towns(spread))
    months = Counter(each.on.month for each in rows[year])
    voided = {f"voided{each}": _voided(bureau, each) for each in {year, *compared}}
    number = counts(**_acts(bureau, year), **voided)
    return {
        "year": year,
        "words": _words(rows[year], sizes, year),
        "today": timezone.localdate(),
        "facts": [
            ("封存抽取", number["sealed"]),
            ("已公开抽取", number["released"]),
            ("作废抽取", number[f"voided{year}"]),
            ("公示结果", len(rows[year])),
            ("更正", number["corrected"]),
            ("撤回", number["withdrawn"]),
            ("来信（截至上月末）", number["letters"]),
            ("已答复来信（截至上月末）", number["answered"]),
        ],
        "tiles": tiles,
        "levels": levels,
        "marks": COLUMNS,
        "compared": [
            _compared(_words(rows[each], sizes, each), number[f"voided{each}"]) for each in compared
        ],
        "looks": spreads.looks(spread, year),
        "charts": [
            _chart("检查结果", ("结果", "户次"), _counted(each.result for each in rows[year])),
            _chart(
                "各月检查",
                ("月份", "户次"),
                # months in which nothing was inspected say nothing by a row of their own
                [(f"{month} 月", months[month]) for month in range(1, 13) if months.get(month)],
            ),
            _covered(_coverage(rows[year], sizes)),
            _timely(bureau, year),
        ],
        "years": years,
    }


def _rows(bureau, years):
    """{year: [Row]} of the results of these years."""
    found = {each: [] for each in years}
    shown = Listing.objects.filter(kind="result", bureau=bureau)
    shown = shown.filter(on__gte=date(min(years), 1, 1), on__lte=date(max(years), 12, 31)).order_by()
    fields = ("on", "ref", "result", "result_code", "town", "category")
    for row in map(Row._make, shown.values_list(*fields).iterator()):
        if row.on.year in found:
            found[row.on.year].append(row)
    return found


def _acts(bureau, year):
    corrected = Disclosure.objects.filter(bureau=bureau, published_at__year=year).exclude(supersedes=None)
    return {
        "sealed": Draw.objects.filter(bureau=bureau, sealed_at__year=year),
        "released": Release.objects.filter(bureau=bureau, released_at__year=year),
        "corrected": corrected.exclude(reason__startswith=Disclosure.PROGRESS),
        "withdrawn": Ending.objects.filter(bureau=bureau, at__year=year, kind="withdrawn"),
        "letters": _letters(bureau, year),
        "answered": _letters(bureau, year).filter(answered_at__lt=_month()),
    }


def _voided(bureau, year):
    return Draw.objects.filter(bureau=bureau, voided_at__year=year)


def _compared(words, voided):
    """{words of the year, how many had a problem, how many were punished, draws that were void}: beside those
    of other years."""
    by_mark = {mark.name: n for mark, n, *_ in words["parts"]}
    return words | {
        "problems": sum(n for name, n in by_mark.items() if name in marks.PROBLEMS),
        "fined": by_mark.get("fine", 0),
        "voided": voided,
    }


def in_words(bureau, year):
    """The year of a bureau as a sentence can say it, each enterprise once, by the gravest of its results:
    {register, done, share, parts: [(Mark, how many, where its bar begins, its width)]}."""
    return _words(_rows(bureau, {year})[year], _sealed_sizes(bureau), year)


def _words(rows, sizes, year):
    codes = {}
    for row in rows:
        codes.setdefault(row.ref, []).append(row.code)
    by_mark = Counter(marks.gravest(each) for each in codes.values())
    done, register = len(codes), sum(sizes.values())
    parts, at = [], 0
    for each in (*marks.MARKS[::-1], marks.PLAIN):
        if by_mark[each]:
            width = WIDTH * by_mark[each] / done
            parts.append((each, by_mark[each], round(at), max(1, round(width))))
            at += width
    share = f"{100 * min(1, done / register):.1f}%" if register else ""
    return {"year": year, "register": register, "done": done, "share": share, "parts": parts}


def _tiles(rows, registered):
    """([Tile], where the next darker one begins, in percent: about the share of all together), by town: how
    many are in the register as it was last released, how many of them have a result this year, and of those
    how many had something."""
    codes: dict[str, dict[str, list]] = {}
    for row in rows:
        codes.setdefault(row.town, {}).setdefault(row.ref, []).append(row.code)
    whole = 100 * sum(map(len, codes.values())) / (sum(registered.values()) or 1)
    levels, found = [round(whole * each, 1) for each in (0.8, 1, 1.25)], []
    for town in sorted({*registered, *codes} - {spreads.UNTOLD}):
        known = [marks.gravest(each) for each in codes.get(town, {}).values()]
        by_mark, size = Counter(known), registered.get(town, 0)
        problems = sum(by_mark[each] for each in marks.MARKS if each.name in marks.PROBLEMS)
        share = 100 * len(known) / size if size >= len(known) and size else None
        found.append(
            Tile(town or "未填", size, len(known), problems, share, _level(share, levels), _by_mark(by_mark))
        )
    return found, levels


def _level(share, levels):
    return 0 if share is None else 1 + sum(share >= each for each in levels)


def _by_mark(numbers):
    return [numbers[each] for each in COLUMNS]


COLUMNS = (*marks.MARKS[::-1], marks.PLAIN)


def _coverage(rows, sizes):
    """[(class, how many were reached, how many there are)], the largest class first. The register of the
    latest sealing, whose sizes are public; today's would tell of edits that are not."""
    reached = defaultdict(set)
    for row in rows:
        reached[row.category].add(row.ref)
    # An enterprise may have left the register after its visit.
    told = [(name, min(len(reached[name]), size), size) for name, size in sizes.items() if size]
    return sorted(told, key=lambda each: -each[2])


def _month():
    """When this month began: a count of acts that are not public stops there, so that
    no single one can be seen."""
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _letters(bureau, year):
    return Letter.objects.filter(bureau=bureau, received_at__year=year, received_at__lt=_month())


def letters_by_kind(bureau, year):
    """[(title, {n, done, true})] of the letters of a year, as they stood when this month began."""
    done = Q(status__in=[LetterState.ANSWERED, LetterState.REFUSED], answered_at__lt=_month())
    rows = (
        _letters(bureau, year)
        .values("kind")
        .annotate(
            n=Count("pk"), done=Count("pk", filter=done), true=Count("pk", filter=done & Q(is_true=True))
        )
    )
    by_kind = {each["kind"]: each for each in rows}
    return [(title, by_kind.get(kind, {"n": 0, "done": 0, "true": 0})) for kind, title in Letter.KINDS]


def _sealed_sizes(bureau):
    """{class: enterprises} as each class was last sealed; counted again when a draw was sealed."""
    sealed = Draw.objects.filter(bureau=bureau).aggregate(last=Max("pk"))["last"]
    key = f"sizes-{bureau}-{sealed}"
    return caches["kept"].get_or_set(key, lambda: _sizes_of(bureau), _A_DAY) if sealed else {}


def _sizes_of(bureau):
    strata = (
        TaskStratum.objects.filter(task__bureau=bureau).exclude(task__draws=None).select_related("category")
    )
    classes = {(each.task_id, each.title): each.class_title for each in strata}
    found = {}
    draws = Draw.objects.filter(bureau=bureau).order_by("pk").values_list("task", "public_facts")
    for task, facts in draws.iterator(50):
        sizes = Counter()
        for each in facts["strata"]:
            sizes[classes.get((task, each["name"]), each["name"].removesuffix(f"·{REST}"))] += each["rows"]
        found |= sizes
    return found


def _counted(values):
    found = Counter(values)
    return [(name or "未填", n) for name, n in sorted(found.items(), key=lambda each: (-each[1], each[0]))]


def _chart(title, head, rows):
    most = max([number for _, number in rows], default=0) or 1
    return Chart(title, head, [(each, round(WIDTH * each[1] / most)) for each in rows])


def _covered(rows):
    table = [
        ((name, size, done, f"{100 * done / size:.1f}%"), round(WIDTH * min(1, done / size)))
        for name, done, size in rows
    ]
    return Chart(
        "各类企业抽查覆盖面（按最近一次封存的名录）", ("监管分类", "名录户数", "已公示户数", "覆盖面"), table
    )


def _timely(bureau, year):
    """公示率 and 按时率: what was owed to the public, what of it is there, what of that came in time. What a
    draw that is not released has drawn is not told, not even as a number."""
    told = Q(case__draw=None) | Q(case__draw__release__isnull=False) | Q(disclosures__isnull=False)
    reports = Report.objects.filter(
        told, case__bureau=bureau, status=ReportState.APPROVED, reviewed_at__year=year
    )
    first = reports.annotate(out=Min("disclosures__published_at")).values_list(
        "case__bureau", "reviewed_at", "out"
    )
    letters = _letters(bureau, year).values_list("due_on", "answered_at")
    due = _Dues("publish_result")
    rows = [
        (
            "检查结果公示",
            [(until, out) for bureau, begun, out in first if (until := due(bureau, _day(begun)))],
        ),
        (
            "来信答复（截至上月末）",
            [
                (until, at if at and at < _month() else None)
                for until, at in letters
                if until < _day(_month())
            ],
        ),
    ]
    table = []
    for title, each in rows:
        done = [(until, at) for until, at in each if at]
        late = sum(until < timezone.localdate() for until, at in each if not at)
        owed, timely = len(done) + late, sum(_day(at) <= until for until, at in done)
        cells = (title, owed, len(done), _share(len(done), owed), timely, _share(timely, owed))
        table.append((cells, round(WIDTH * timely / owed) if owed else 0))
    return Chart("办理时效", ("事项", "到期和已办", "已办", "办结率", "按时办结", "按时率"), table)


class _Dues:
    """Until when a limit runs from a day (None where none is in force): each day counted once."""

    def __init__(self, code):
        self.code, self.book, self.known = code, workdays.Book.load(), {}

    def __call__(self, bureau, day):
        if (bureau, day) not in self.known:
            limit = limits.of(bureau, self.code, day)
            self.known[bureau, day] = limit and limits.count(limit, day, self.book).on
        return self.known[bureau, day]


def _day(moment):
    return timezone.localdate(moment)


def _share(part, whole):
    return f"{100 * part / whole:.1f}%" if whole else "—"
