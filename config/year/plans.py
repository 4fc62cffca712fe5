"""年度计划: what the year holds on one sheet, the year as a calendar, how it stands, what an adjustment
changes."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.models import Plan
from inspections.plan import kinds, sheet
from inspections.sentences import say
from inspections.states import PlanState
from inspections.watch import progress, yeargrid
from registries import asked as asked_for
from registries.errors import DomainError
from registries.look import waits_on
from registries.models import InspectionKind

from ..office import books, lines, trail
from ..office.kept import kept

_ROUNDS = 3  # months that a row has boxes for
_EXTRA = 3  # empty rows for what is no class's random round


class FactsForm(forms.ModelForm):
    class Meta:
        model = Plan
        fields = sheet.FACTS
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}


def index(request):
    """The plan of this year: the one that holds, else the newest draft; else the way to one."""
    _require(request.user)
    bureau, year = request.user.bureau, timezone.localdate().year
    found = sheet_of_year(bureau, year)
    if found:
        return HttpResponseRedirect(reverse("plan", args=[found.pk]))
    facts = admin.site.each_context(request) | {
        "title": "年度计划",
        "year": year,
        "plans": Plan.objects.filter(bureau=bureau)[:20],
        "drafts": request.user.has_perm("inspections.add_plan"),
    }
    return TemplateResponse(request, "year/plans.html", facts)


def sheet_of_year(bureau, year):
    """The plan of a year that one works with: published, approved, else the newest draft; or None."""
    rows = Plan.objects.filter(bureau=bureau, year=year).exclude(status=PlanState.REPLACED)
    order = [PlanState.DRAFTED, PlanState.APPROVED, PlanState.PUBLISHED]
    return max(rows, key=lambda each: (order.index(each.status), each.pk), default=None)


def begin(request):
    """A POST drafts the plan of `year`, from `like` where it is said."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("plans"))
    year = asked_for.year(request.POST.get("year"), timezone.localdate().year)
    model = Plan.objects.filter(
        bureau=request.user.bureau_id, pk=asked_for.key(request.POST.get("like"))
    ).first()
    try:
        made = sheet.draft(year, by=request.user, like=model)
    except DomainError as refused:
        messages.error(request, say(refused))
        return HttpResponseRedirect(reverse("plans"))
    return HttpResponseRedirect(reverse("plan", args=[made.pk]) + "?tab=sheet")


@never_cache
def page(request, pk):
    """`?tab=` do, sheet, year, versions; `as=xlsx` the sheet as a workbook. A POST saves the sheet."""
    account = request.user
    _require(account)
    plan = get_object_or_404(
        Plan.objects.select_related("bureau", "replaces"), pk=pk, bureau=account.bureau_id
    )
    trail.note(request, plan.title)
    writes = plan.is_open and account.has_perm("inspections.change_plan")
    form = FactsForm(request.POST or None, instance=Plan.objects.get(pk=pk)) if writes else None
    typed = _typed(request.POST) if request.method == "POST" and writes else ()
    if typed and _saved(request, plan, form):
        return HttpResponseRedirect(f"{request.path}?tab=sheet")
    if request.GET.get("as") == "xlsx":
        return _workbook(plan)
    rows = sheet.rows(plan, kept(account, "sizes", lambda: sheet.sizes_of(account.bureau)))
    drafted = plan.status == PlanState.DRAFTED
    known = [("do", "执行"), ("sheet", "一张表"), ("year", "全年安排"), ("versions", "版本")]
    tabs = known[1:] if drafted else known
    asked = request.GET.get("tab", "")
    tab = "sheet" if typed else asked if asked in dict(tabs) else tabs[0][0]
    desk = admin.site._registry[Plan]
    here = f"{request.path}?tab={tab}"
    buttons = [each for wait in waits_on(account, plan) for each in lines.buttons(plan, wait, here)]
    beside = {each.label for each in buttons}
    facts = admin.site.each_context(request) | {
        "title": plan.title,
        "plan": plan,
        "mark": {PlanState.PUBLISHED: "ok", PlanState.REPLACED: "off"}.get(plan.status, "wait"),
        "tab": tab,
        "tabs": [(name, title, name == tab) for name, title in tabs],
        "here": here,
        "buttons": buttons,
        "more": [
            (act.label, f"{reverse('admin:inspections_plan_act', args=[pk, act.name])}?next={here}")
            for act in desk.acts
            if account.has_perm(act.permission) and act.when(plan) and act.label not in beside
        ],
        "others": Plan.objects.filter(bureau=account.bureau_id).exclude(pk=pk).order_by("-year", "-pk")[:12],
        "newest": Plan.objects.filter(replaces=plan).first(),
        "drafts": account.has_perm("inspections.add_plan"),
        "next_year": _next_year(plan),
        "totals": kept(account, f"totals-{pk}", lambda: sheet.totals(plan, rows)),
        "writes": writes,
        "form": form,
    }
    told = (account, plan, rows, facts["totals"])
    more = _sheet(*told, typed) if typed else _TABS[tab](*told)
    return TemplateResponse(request, "year/plan.html", facts | more)


def _next_year(plan):
    """The year after, where it has no plan yet."""
    year = plan.year + 1
    return None if Plan.objects.filter(bureau=plan.bureau, year=year).exists() else year


def _require(account):
    if not account.has_perm("inspections.view_plan"):
        raise PermissionDenied


def _do(account, plan, rows, totals):
    found = kept(account, f"progress-{plan.pk}", lambda: progress.of(plan))
    return {
        "progress": found,
        "bars": [_bar("双随机占比（家次）", found.share.random_visits, found.share.visits, plan.random_share)]
        + [_bar(f"{each.title}覆盖", each.done, each.firms, 100) for each in found.leasts[:1]],
        "rounds": found.rounds,
    }


def _bar(title, part, whole, aim):
    """A bar with its aim: {title, part, whole, per cent, aim}."""
    return {"title": title, "part": part, "whole": whole, "aim": aim} | {
        "share": round(100 * part / whole, 1) if whole else 0
    }


def _sheet(account, plan, rows, totals, typed=()):
    """`typed`: the rows as they were sent, where they were not written: nothing of them is lost."""
    for n, row in enumerate(rows):
        row.n, row.cells = n, _cells(typed[n]["cells"] if n < len(typed) else sorted(row.months.items()))
    sent = list(typed[len(rows) :])
    extra = [*sent, *[{"kind": "", "title": "", "cells": []}] * (_EXTRA - len(sent))]
    extra = [each | {"n": n, "cells": _cells(each["cells"])} for n, each in enumerate(extra, len(rows))]
    titles = dict(
        InspectionKind.objects.filter(bureau=plan.bureau, is_planned=True).values_list("code", "title")
    )
    return {
        "rows": rows,
        "extra": extra if plan.is_open else [],
        "months": range(1, 13),
        "kinds": titles,
        "random": kinds.RANDOM,
        "warnings": sheet.warnings(plan, rows, totals),
        "days": sheet.list_days(plan),
        "keys": sheet.keys(plan),
        "columns": range(1, max([len(row.cells) for row in rows], default=_ROUNDS) + 1),
    }


def _cells(months):
    """A cell for each month that is said, and empty ones."""
    return [*months, *[("", "")] * _ROUNDS][: max(_ROUNDS, len(months))]


def _year(account, plan, rows, totals):
    return {"grid": yeargrid.of(plan, rows), "months": range(1, 13), "now": timezone.localdate()}


def _versions(account, plan, rows, totals):
    found = plan.line_of_versions()
    return {
        "versions": [
            (new, old, sheet.difference(old, new)) for new, old in zip(found, found[1:], strict=False)
        ]
    }


_TABS = {"do": _do, "sheet": _sheet, "year": _year, "versions": _versions}


def _saved(request, plan, form):
    """Whether the sheet was written; what is wrong is said on the page, what was typed stays."""
    if not form.is_valid():
        messages.error(request, "没有保存：请看标红的地方。")
        return False
    posted = request.POST
    said = [each for each in _typed(posted) if each["line"] or each["title"].strip() or each["category"]]
    if half := [each["title"] or "新加的一行" for each in said if each["is_half"]]:
        messages.error(request, f"没有保存：{'、'.join(half[:5])}有的格子只写了月份，或者只写了户数。")
        return False
    days = {
        key: min(number, 100_000)
        for name, value in posted.items()
        if name.startswith("days-")
        and (key := asked_for.key(name.removeprefix("days-"))) is not None
        and (number := asked_for.key(value)) is not None
    }
    try:
        sheet.write(plan, said, days, form.cleaned_data, by=request.user)
    except DomainError as refused:
        messages.error(request, say(refused))
        return False
    messages.success(request, "已保存，右边重新算过。")
    return True


def _typed(posted):
    """The rows of the sheet as they were sent."""
    found = []
    for n in range(min(asked_for.key(posted.get("rows")) or 0, 500)):
        texts = [*zip(posted.getlist(f"month-{n}"), posted.getlist(f"number-{n}"), strict=False)]
        months = [(asked_for.key(month), asked_for.key(number)) for month, number in texts]
        found.append(
            {
                "line": asked_for.key(posted.get(f"line-{n}")),
                "kind": posted.get(f"kind-{n}", kinds.RANDOM)[:20],
                "title": posted.get(f"title-{n}", ""),
                "category": asked_for.key(posted.get(f"category-{n}")),
                "months": [(month, number) for month, number in months if month and number is not None],
                "cells": [(asked_for.key(month) or "", number) for month, number in texts],
                "is_half": any(
                    (month is None) != (number is None) or number is None and text.strip()
                    for (month, number), (_, text) in zip(months, texts, strict=True)
                ),
            }
        )
    return found


def _workbook(plan):
    """The sheet as a workbook, with what it comes to."""
    table = [["检查类型", "检查事项", "在库", "可抽", *[f"{month}月" for month in range(1, 13)], "全年户次"]]
    for row in sheet.rows(plan):
        if row.line:
            months = [row.months.get(month) for month in range(1, 13)]
            table.append([row.kind_title, row.title, row.listed, row.fit, *months, row.total])
    told = sheet.totals(plan)
    table.append(["合计", "", None, None, *[None] * 12, told["visits"]])
    return books.answer(table, f"{plan.title}.xlsx")
