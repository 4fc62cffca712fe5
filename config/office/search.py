"""查找: one box for enterprise, person, number of a paper, task and draw; each role finds what it may see."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from inspections.models import Draw, Paper, Penalty, Task
from registries.models import Inspector, Subject
from registries.search import patterns

from ..year import sight
from . import trail

EACH, _FIRST = 8, 200


@never_cache
def page(request):
    """`?q=`: at most eight of each kind; a whole number leads straight to its thing."""
    asked = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:60]
    groups = (
        [(title, list(rows), more) for title, rows, more in _groups(request.user, asked)] if asked else []
    )
    groups = [each for each in groups if each[1]]
    exact = [row for _, rows, _ in groups for row in rows if asked in row["exact"]]
    if len(exact) == 1:
        return HttpResponseRedirect(exact[0]["address"])
    facts = admin.site.each_context(request) | {
        "title": "查找",
        "asked": asked,
        "groups": groups,
        "most": EACH,
        "seen": trail.of(request),
    }
    return TemplateResponse(request, "office/search.html", facts)


def _groups(account, asked):
    bureau = account.bureau_id
    if account.has_perm("registries.view_subject") or sight.is_town(account):
        found = sight.firms(account)
        for part in patterns(asked):
            found = found.filter(search__contains=part)
        more = f"{reverse('firms')}?q={asked}"
        # of the first that fit: to sort all whose initials end in …yxgs would take longer than anybody waits
        first = Subject.objects.filter(pk__in=list(found.values_list("pk", flat=True)[:_FIRST]))
        yield "企业", _rows(first.order_by("left_on", "name")[:EACH], _firm), more
    if account.has_perm("registries.view_inspector"):
        found = Inspector.objects.filter(Q(name__contains=asked) | Q(ref__iexact=asked), bureau=bureau)
        yield "人员", _rows(found.select_related("section")[:EACH], _person), ""
    if account.has_perm("inspections.view_task"):
        named = Q(title__contains=asked) | Q(number__contains=asked)
        yield "抽查", _rows(Task.objects.filter(named, bureau=bureau)[:EACH], _task), ""
        found = Draw.objects.filter(number__contains=asked, bureau=bureau).select_related("task")
        yield "抽取编号", _rows(found[:EACH], _draw), ""
    if account.has_perm("inspections.view_paper"):
        found = Paper.objects.filter(number__contains=asked, bureau=bureau).exclude(number="")
        yield "文号", _rows(found.select_related("form", "case__subject")[:EACH], _paper), ""
    if account.has_perm("inspections.view_penalty"):
        found = Penalty.objects.filter(decision_number__contains=asked, bureau=bureau).exclude(
            decision_number=""
        )
        yield "处罚决定", _rows(found.select_related("case__subject")[:EACH], _penalty), ""


def _rows(found, row):
    return [row(each) for each in found]


def _row(address, title, told, *exact):
    return {"address": address, "title": title, "told": told, "exact": [each for each in exact if each]}


def _at(thing):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def _firm(each):
    told = "　".join(filter(None, [each.ref, each.credit_code, each.town, "已出库" if each.left_on else ""]))
    return _row(reverse("firm", args=[each.pk]), each.name, told, each.ref, each.credit_code)


def _person(each):
    return _row(_at(each), each.name, f"{each.ref}　{each.section or ''}", each.ref)


def _task(each):
    return _row(reverse("round", args=[each.pk]), each.title, each.number or "草稿", each.number)


def _draw(each):
    return _row(reverse("round", args=[each.task_id]), each.number, each.task.title, each.number)


def _paper(each):
    return _row(_at(each), each.number, f"{each.form.title}　{each.case.subject.name}", each.number)


def _penalty(each):
    return _row(_at(each), each.decision_number, each.case.subject.name, each.decision_number)
