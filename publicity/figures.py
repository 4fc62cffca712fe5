"""统计: what the pictures show, counted from what is public and from the register's sizes. Nobody is
ranked (国办发〔2024〕54号)."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Min, Q
from django.db.models.functions import ExtractMonth
from django.utils import timezone

from inspections.models import Draw, Report, TaskStratum
from inspections.plan.strata import REST
from inspections.states import ReportState
from registries import limits, workdays

from . import marks, spreads
from .models import Disclosure, Ending, Letter, Listing, Release
from .states import LetterState

WIDTH = 1000  # of a full bar, in the picture's units


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


def of_the_year(bureau, year):
    """{"year", "years" with results, "tiles", "levels", "looks", "compared", "charts": [Chart], "facts":
    [(words, number)]} of a calendar year of a bureau."""
    results = Listing.objects.filter(kind="result", bureau=bureau, on__year=year)
    by_result = _counted(results, "result")
    months = Counter(
        dict(results.annotate(month=ExtractMonth("on")).values_list("month").annotate(Count("pk")).order_by())
    )
    corrected = Disclosure.objects.filter(bureau=bureau, published_at__year=year).exclude(supersedes=None)
    corrected = corrected.exclude(reason__startswith=Disclosure.PROGRESS)
    words = in_words(bureau, year)
    tiles, levels = _tiles(bureau, results)
    years = [
        each.year
        for each in Listing.objects.filter(kind="result", bureau=bureau).dates("on", "year", order="DESC")
    ]
    return {
        "year": year,
        "words": words,
        "today": timezone.localdate(),
        "facts": [
            ("封存抽取", Draw.objects.filter(bureau=bureau, sealed_at__year=year).count()),
            ("已公开抽取", Release.objects.filter(bureau=bureau, released_at__year=year).count()),
            ("作废抽取", Draw.objects.filter(bureau=bureau, voided_at__year=year).count()),
            ("公示结果", results.count()),
            ("更正", corrected.count()),
            ("撤回", Ending.objects.filter(bureau=bureau, at__year=year, kind="withdrawn").count()),
            ("来信（截至上月末）", _letters(bureau, year).count()),
            ("已答复来信（截至上月末）", _letters(bureau, year).filter(answered_at__lt=_month()).count()),
        ],
        "tiles": tiles,
        "levels": levels,
        "marks": COLUMNS,
        "compared": [_compared(bureau, each) for each in years if each <= year][:3] if years[1:] else [],
        "looks": spreads.looks(bureau, year),
        "charts": [
            _chart("检查结果", ("结果", "户次"), by_result),
            _chart(
                "各月检查",
                ("月份", "户次"),
                # months in which nothing was inspected say nothing by a row of their own
                [(f"{month} 月", months[month]) for month in range(1, 13) if months.get(month)],
            ),
            _covered(_coverage(bureau, results)),
            _timely(bureau, year),
        ],
        "years": years,
    }


def _compared(bureau, year):
    """{words of the year, how many had a problem, how many were punished, draws that were void}: beside those
    of other years."""
    words = in_words(bureau, year)
    counts = {mark.name: n for mark, n, *_ in words["parts"]}
    return words | {
        "problems": sum(n for name, n in counts.items() if name in _PROBLEMS),
        "fined": counts.get("fine", 0),
        "voided": Draw.objects.filter(bureau=bureau, voided_at__year=year).count(),
    }


def in_words(bureau, year):
    """The year of a bureau as a sentence can say it, each enterprise once, by the gravest of its results:
    {register, done, share, parts: [(Mark, how many, where its bar begins, its width)]}."""
    codes = {}
    for ref, code in Listing.objects.filter(kind="result", bureau=bureau, on__year=year).values_list(
        "ref", "result_code"
    ):
        codes.setdefault(ref, []).append(code)
    counts = Counter(marks.gravest(each) for each in codes.values())
    done, register = len(codes), sum(_sealed_sizes(bureau).values())
    parts, at = [], 0
    for each in (*marks.MARKS[::-1], marks.PLAIN):
        if counts[each]:
            width = WIDTH * counts[each] / done
            parts.append((each, counts[each], round(at), max(1, round(width))))
            at += width
    share = f"{100 * min(1, done / register):.1f}%" if register else ""
    return {"year": year, "register": register, "done": done, "share": share, "parts": parts}


def _tiles(bureau, results):
    """([Tile], where the next darker one begins, in percent: about the share of all together), by town: how
    many are in the register as it was last released, how many of them have a result this year, and of those
    how many had something."""
    rows = spreads.towns(bureau)
    codes: dict[str, dict[str, list]] = {}
    for town, ref, code in results.values_list("town", "ref", "result_code"):
        codes.setdefault(town, {}).setdefault(ref, []).append(code)
    whole = 100 * sum(map(len, codes.values())) / (sum(rows.values()) or 1)
    levels, found = [round(whole * each, 1) for each in (0.8, 1, 1.25)], []
    for town in sorted({*rows, *codes} - {spreads.UNTOLD}):
        known = [marks.gravest(each) for each in codes.get(town, {}).values()]
        counts, size = Counter(known), rows.get(town, 0)
        problems = sum(counts[each] for each in marks.MARKS if each.name in _PROBLEMS)
        share = 100 * len(known) / size if size >= len(known) and size else None
        found.append(
            Tile(town or "未填", size, len(known), problems, share, _level(share, levels), _by_mark(counts))
        )
    return found, levels


_PROBLEMS = {"fine", "late", "going", "fixed", "gone"}


def _level(share, levels):
    return 0 if share is None else 1 + sum(share >= each for each in levels)


def _by_mark(counts):
    return [counts[each] for each in COLUMNS]


COLUMNS = (*marks.MARKS[::-1], marks.PLAIN)


def _coverage(bureau, results):
    """[(class, how many were reached, how many there are)], the largest class first."""
    # The register of the latest sealing, whose sizes are public; today's would tell of edits that are not.
    sizes, coverage = _sealed_sizes(bureau), {}
    reached = {
        (bureau, name): n
        for bureau, name, n in results.values_list("bureau", "category")
        .annotate(n=Count("ref", distinct=True))
        .order_by()
    }
    for (bureau, name), size in sizes.items():
        done, all_ = coverage.get(name, (0, 0))
        # An enterprise may have left the register after its visit.
        coverage[name] = done + min(reached.get((bureau, name), 0), size), all_ + size
    return [
        (name, done, size)
        for name, (done, size) in sorted(coverage.items(), key=lambda each: -each[1][1])
        if size
    ]


def _month():
    """When this month began: a count of acts that are not public stops there, so that
    no single one can be seen."""
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _letters(bureau, year):
    return Letter.objects.filter(bureau=bureau, received_at__year=year, received_at__lt=_month())


def letters_by_kind(bureau, year):
    """[(title, {n, done, true})] of the letters of a year, as they stood when this month began."""
    done = Q(status__in=[LetterState.ANSWERED, LetterState.REFUSED], answered_at__lt=_month())
    counts = (
        _letters(bureau, year)
        .values("kind")
        .annotate(
            n=Count("pk"), done=Count("pk", filter=done), true=Count("pk", filter=done & Q(is_true=True))
        )
    )
    by_kind = {each["kind"]: each for each in counts}
    return [(title, by_kind.get(kind, {"n": 0, "done": 0, "true": 0})) for kind, title in Letter.KINDS]


def _sealed_sizes(bureau):
    """{(bureau, class): enterprises} as each class was last sealed."""
    strata = (
        TaskStratum.objects.filter(task__bureau=bureau).exclude(task__draws=None).select_related("category")
    )
    classes = {(each.task_id, each.title): each.class_title for each in strata}
    found = {}
    for key, task, facts in (
        Draw.objects.filter(bureau=bureau).order_by("pk").values_list("bureau", "task", "public_facts")
    ):
        sizes = Counter()
        for each in facts["strata"]:
            sizes[key, classes.get((task, each["name"]), each["name"].removesuffix(f"·{REST}"))] += each[
                "rows"
            ]
        found |= sizes
    return found


def _counted(rows, field):
    found = rows.values_list(field).annotate(n=Count("pk")).order_by("-n", field)
    return [(name or "未填", number) for name, number in found]


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
