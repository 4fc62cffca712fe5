"""What there is: items, plans, leading group, news, statistics, what changed."""

import re

from django.conf import settings
from django.db.models import Count, Prefetch, prefetch_related_objects
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from inspections.models import Draw, Plan, PlanLine, Task, TaskStratum
from inspections.plan.kinds import specials_of
from inspections.states import DrawState, PlanState, TaskState
from registries import lots
from registries.models import InspectionKind, Item, ItemList, LeadingGroup

from .. import downloads, figures
from ..changes import changes
from ..models import Release
from ..payload import NEWS
from ..reading import disclosures, lately, page, standing, standing_of_all
from ..sitemap import SCHEMA
from ..whose import everybody
from ..window import public, show


@public(seconds=30, stays=True)
def home(request):
    """What there is, the latest draws and results, the search. Kept twice for half a minute: no older than
    the others. Where there are several bureaus, and none is asked for: where each of them is."""
    bureau = request.whose.pk
    if not bureau and everybody():
        return show(request, "bureaus", {"bureaus": lately("directory", _directory, share=0.5)})
    return show(request, "home", lately("home", lambda: _home(bureau), share=0.5, bureau=bureau))


def _home(bureau):
    draws, today = Draw.objects.filter(bureau=bureau), timezone.localdate()
    return {
        "today": today,
        "words": figures.in_words(bureau, today.year),
        "draws": list(draws.select_related("task", "release").order_by("-pk")[:5]),
        "results": page(standing(bureau, "result"), size=8).rows,
        "news": list(disclosures(bureau, "news")[:5]),
        "changes": [each for each in changes(bureau, 12) if each[1] != "公示"][:4],
        "counts": figures.counts(
            draws=draws,
            released=Release.objects.filter(bureau=bureau),
            voided=draws.filter(status=DrawState.VOIDED),
            results=standing(bureau, "result"),
        ),
    }


def _directory():
    """[(whose, draws sealed, results shown)]: no bureau beside another in any other order than its own."""
    draws = dict(Draw.objects.order_by().values_list("bureau").annotate(Count("pk")))
    shown = standing_of_all("result").order_by().values_list("bureau").annotate(Count("pk"))
    results = dict(shown)
    return [(each, draws.get(each.pk, 0), results.get(each.pk, 0)) for each in everybody()]


@public
def items(request):
    """随机抽查事项清单: the versions in force."""
    lists = ItemList.objects.effective(timezone.localdate()).filter(bureau=request.whose.pk)
    lists = lists.prefetch_related("items__lines", "items__categories")
    return show(request, "items", {"lists": lists}, column="items")


@public(asks=["version"])
def item(request, code):
    """One item of the list in force: its law, standard and cap, and what was found by it lately."""
    bureau = request.whose.pk
    in_force = ItemList.objects.effective(timezone.localdate()).filter(bureau=bureau)
    rows = Item.objects.filter(code=code, item_list__published_on__isnull=False, item_list__bureau=bureau)
    rows = rows.select_related("item_list")
    versions = list(rows.order_by("item_list__bureau", "-item_list__version"))
    # An item that is no longer on the list keeps its page: results point to it.
    found = next((each for each in versions if each.item_list in in_force), versions[0] if versions else None)
    if found is None:
        raise Http404
    number = request.GET.get("version", "")
    shown = next((each for each in versions if str(each.item_list_id) == number), found)
    facts = {
        "item": shown,
        "is_in_force": shown.item_list in in_force,
        "versions": [each for each in versions if each.item_list.bureau_id == shown.item_list.bureau_id],
        "results": page(standing(bureau, "result").filter(items__contains=f" {code} "), size=8).rows,
    }
    return show(request, "item", facts, column="items")


@public(asks=["year"])
def plans(request):
    """年度检查计划, a year at a time: the latest, where none is asked for."""
    published = Plan.objects.filter(status=PlanState.PUBLISHED, bureau=request.whose.pk)
    published = list(published.select_related("bureau", "replaces"))
    years = list(dict.fromkeys(each.year for each in published))
    asked = request.GET.get("year", "")
    year = next((each for each in years if str(each) == asked), years[0] if years else None)
    shown = [each for each in published if each.year == year]
    lines = Prefetch("lines", PlanLine.objects.select_related("category"))
    prefetch_related_objects(shown, lines)
    for plan in shown:
        _fill(plan)
    return show(request, "plans", {"plans": shown, "years": years, "year": year}, column="plans")


def _fill(plan):
    """A published plan with its lot table, its share where that is settled, and how its tasks were drawn."""
    plan.kinds = dict(InspectionKind.objects.filter(bureau=plan.bureau).values_list("code", "title"))
    titles = lots.titles(plan.bureau)
    plan.lots = lots.say(lots.table(plan.bureau), titles)
    tasks = Task.objects.filter(plan__in=plan.line_of_versions(), kind="random", status=TaskState.APPROVED)
    strata = Prefetch("strata", TaskStratum.objects.select_related("category"))
    plan.share, plan.special_tasks = figures.share_of(plan), specials_of(plan.bureau, plan.year)
    plan.drawn_tasks = list(tasks.prefetch_related(strata).order_by("pk"))
    drawn = Draw.objects.filter(task__in=plan.drawn_tasks).select_related("task").order_by("pk")
    sealed = {each.task_id: each for each in drawn}
    for task in plan.drawn_tasks:
        task.lots = lots.say(sealed[task.pk].lots, titles) if task.pk in sealed else ""


@public
def group(request):
    """领导小组: the present one and those before it."""
    published = (
        LeadingGroup.objects.filter(bureau=request.whose.pk)
        .exclude(published_on=None)
        .select_related("bureau")
        .prefetch_related("members")
    )
    return show(request, "group", {"groups": published}, column="group")


@public
def news(request, kind=""):
    """Announcements, of one kind where asked."""
    if kind and kind not in NEWS:
        raise Http404
    rows = disclosures(request.whose.pk, "news")
    if kind:
        rows = rows.filter(payload__news=kind)
    return show(request, "news", {"rows": rows[:200], "kinds": NEWS, "kind": kind}, column="news")


@public(asks=["year"])
def statistics(request):
    """Coverage, results by class and township, month by month: each picture with its table;
    any year that has results."""
    this, asked = timezone.localdate().year, request.GET.get("year", "")
    year = int(asked) if re.fullmatch("20[0-9]{2}", asked) and int(asked) <= this else this
    bureau = request.whose.pk
    facts = lately(f"statistics-{year}", lambda: figures.of_the_year(bureau, year), bureau=bureau)
    return show(request, "statistics", facts, column="statistics")


@public(asks=["after"])
def changed(request):
    """What was published, corrected, withdrawn, the latest first."""
    after = request.GET.get("after", "")[:200]
    rows = changes(request.whose.pk, _CHANGES + 1, after)
    facts = {
        "rows": rows[:_CHANGES],
        "next": rows[_CHANGES - 1][-1] if rows[_CHANGES:] else "",
        "is_first": not after,
    }
    return show(request, "changes", facts | {"subscriptions": settings.SUBSCRIPTIONS}, column="changes")


_CHANGES = 50  # rows of a page


@public(seconds=3600)
def accessibility(request):
    """无障碍说明: what works how, what does not yet, whom to tell."""
    return show(request, "accessibility", column="data")


@public(stays=True)
def robots(request):
    """What a crawler may read."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /desk/",
        "Disallow: /login/",
        "Disallow: /letters/",
    ]
    sitemap = request.build_absolute_uri(reverse("public:sitemap"))
    return HttpResponse("\n".join([*lines, f"Sitemap: {sitemap}", ""]), content_type="text/plain")


@public(seconds=3600, stays=True)
def sitemap(request):
    """Every permalink of a bureau, as a file. Of the installation: where each bureau's own one is."""
    if request.whose.pk:
        return downloads.answer("sitemap.xml", request)
    paths = [f"{each.prefix}{reverse('public:sitemap')}" for each in everybody()]
    rows = "".join(f"<sitemap><loc>{request.build_absolute_uri(each)}</loc></sitemap>" for each in paths)
    text = f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="{SCHEMA}">{rows}</sitemapindex>'
    return HttpResponse(text, content_type="application/xml")


def missing(request, exception=None):
    """There is no such page: with the way on, as every other page has it; to a program in its own words."""
    if request.path.startswith("/api/"):
        facts = {
            "type": "about:blank",
            "title": "没有这个地址",
            "status": 404,
            "detail": "见 /api/v1/openapi.json",
        }
        return JsonResponse(facts, status=404, content_type="application/problem+json")
    return show(request, "missing", status=404)
