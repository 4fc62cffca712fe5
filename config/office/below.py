"""下级机关: what the bureaus below have made public, year by year, and how they stand; for who works above
them. Nothing that is still a secret there: publicity/below.py."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from publicity import below, whose
from registries import asked, tree
from registries.admin.acts import download
from registries.exports import XLSX, workbook

HEAD = [
    "机关",
    "层级",
    "名录户数",
    "执法人员",
    "计划公布",
    "封存",
    "作废",
    "已公开的抽取",
    "公示结果",
    "查出问题",
    "处罚",
    "没有人看过的红旗",
    "自查和日志",
]


@never_cache
def page(request):
    """`?year=`; `as=xlsx` the same as a table."""
    bureau, today = _bureau_of(request), timezone.localdate()
    year = asked.year(request.GET.get("year"), today.year)
    rows = below.of(tree.lowers(bureau), year)
    if request.GET.get("as") == "xlsx":
        return download(workbook([HEAD, *map(_cells, rows)]), f"下级机关-{year}.xlsx", XLSX)
    facts = admin.site.each_context(request) | {
        "title": "下级机关",
        "rows": rows,
        "whole": below.totals(rows),
        "flagged": sum(bool(each.flags) for each in rows),
        "year": year,
        "years": range(today.year, today.year - 5, -1),
    }
    return TemplateResponse(request, "office/below.html", facts)


@never_cache
def one(request, code):
    """One bureau below: its numbers, its flags by their kinds, and its public pages."""
    lower = tree.below(_bureau_of(request), code)
    if lower is None:
        raise Http404
    today = timezone.localdate()
    facts = admin.site.each_context(request) | {
        "title": lower.name,
        "lower": lower,
        "years": [(year, below.of([lower], year)[0]) for year in range(today.year, today.year - 3, -1)],
        "flags": below.flags(lower),
        "window": whose.place(whose.of(lower.pk), request),
    }
    return TemplateResponse(request, "office/below_one.html", facts)


def _cells(row):
    return [
        row.bureau.name,
        row.bureau.level,
        row.firms,
        row.people,
        row.plan and timezone.localdate(row.plan),
        row.sealed,
        row.voided,
        row.released,
        row.results,
        row.problems,
        row.penalties,
        row.flags,
        "；".join(row.odd),
    ]


def _bureau_of(request):
    if not request.user.has_perm("registries.watch_lowers"):
        raise PermissionDenied
    return request.user.bureau
