"""检查台账: the bureau's visits by where they stand; filters stay in the address, Excel is what is shown."""

from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.models import Case, Task
from registries import asked as asked_for
from registries.admin.lists import CappedPaginator
from registries.models import Inspector, Reason
from registries.search import patterns
from registries.services import journal

from . import books, stages
from .kept import kept

_A_PAGE, _TASKS = 50, 60
MOST = 20_000  # rows of a workbook
HEADERS = [
    "企业",
    "企业编号",
    "乡镇",
    "任务",
    "抽取编号",
    "检查组",
    "走到哪里",
    "查完期限",
    "报告期限",
    "检查结果",
]


@never_cache
def page(request):
    """`?stage=`, `task=`, `who=` (an inspector), `q=` (a firm), `year=` (this one; `all`); `as=xlsx`
    is the same as a workbook."""
    if not request.user.has_perm("inspections.view_case"):
        raise PermissionDenied
    bureau, asked = request.user.bureau_id, request.GET
    year = _year(asked)
    cases = _chosen(Case.objects.filter(bureau=bureau), asked, year)
    stage = asked.get("stage", "")
    known = stage in stages.TITLES or stage == "late"
    shown = stages.marked(stages.within(cases, stage) if known else cases)
    shown = shown.select_related("subject", "task", "draw").prefetch_related(
        "assignments__inspector", "reports"
    )
    shown = shown.defer("checklist", "subject__search").order_by("-pk")
    if asked.get("as") == "xlsx":
        return _workbook(request, shown)
    rows = CappedPaginator(shown, _A_PAGE).get_page(asked.get("page"))
    for each in rows:
        _fill(each)
    facts = admin.site.each_context(request) | {
        "title": "检查台账",
        "rows": rows,
        "tabs": _tabs(_counts(request, cases, year), stage),
        "kept": {name: asked[name] for name in ("task", "who", "q", "year") if asked.get(name)},
        "year": year,
        "years": [timezone.localdate().year - n for n in range(5)],
        "query": _without(asked, "page"),
        "tasks": Task.objects.filter(bureau=bureau).exclude(number="").only("title").order_by("-pk")[:_TASKS],
        "people": Inspector.objects.filter(bureau=bureau, left_on=None).order_by("ref"),
        "asked": asked,
        "stage": stage,
        "results": _results(bureau),
    }
    return TemplateResponse(request, "office/cases.html", facts)


def _year(asked):
    """The year that is shown: this one, where nothing is said; None is all."""
    said = asked.get("year", "")
    if said == "all" or asked.get("task"):
        return None
    return asked_for.year(said, timezone.localdate().year)


def _chosen(cases, asked, year):
    if year:
        first = timezone.make_aware(datetime(year, 1, 1))
        cases = cases.filter(opened_at__gte=first, opened_at__lt=first.replace(year=year + 1))
    if (task := asked_for.key(asked.get("task"))) is not None:
        cases = cases.filter(task=task)
    if (who := asked_for.key(asked.get("who"))) is not None:
        cases = cases.filter(assignments__inspector=who, assignments__until=None)
    for part in patterns(asked.get("q", "")[:60]):
        cases = cases.filter(subject__search__contains=part)
    return cases


def _counts(request, cases, year):
    """{stage: how many}; of whole years and rounds kept till the next act."""
    asked = request.GET
    if asked.get("q") or asked.get("who"):
        return stages.counts(cases)
    return dict(kept(request.user, f"cases{year}/{asked.get('task', '')[:9]}", lambda: stages.counts(cases)))


def _tabs(counts, stage):
    late = counts.pop("late")
    named = [
        ("", "全部", sum(counts.values())),
        *((code, title, counts[code]) for code, title, _ in stages.STAGES),
    ]
    named.insert(-2, ("late", "超期", late))
    return [(code, title, n, code == stage) for code, title, n in named]


def _fill(case):
    """What a row says: its stage, its team, its last report."""
    case.stage = stages.of(case)
    case.stage_title, case.stage_mark = stages.TITLES[case.stage], stages.MARKS[case.stage]
    case.people = "、".join(each.inspector.name for each in case.assignments.all() if each.until is None)
    told = sorted(case.reports.all(), key=lambda each: each.revision)
    case.result = told[-1].result_code if told else ""


def _results(bureau):
    return dict(Reason.objects.filter(bureau=bureau, kind="result").values_list("code", "title"))


def _without(asked, *names):
    kept = asked.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()


def _workbook(request, shown):
    """The rows that are shown, all pages, in the words of the page. Journaled: it leaves the system."""
    results, table = _results(request.user.bureau_id), [HEADERS]
    for each in shown[:MOST]:
        _fill(each)
        table.append(
            [
                each.subject.name,
                each.subject.ref,
                each.subject.town,
                each.task.title if each.task else "",
                each.draw.number if each.draw else "",
                each.people,
                each.stage_title,
                each.task.window_to if each.task else None,
                each.report_due_on,
                results.get(each.result, each.result),
            ]
        )
    journal.write("case.exported", by=request.user, about="cases", facts={"rows": len(table) - 1})
    return books.answer(table, f"检查台账{timezone.localdate():%Y%m%d}.xlsx")
