"""What there is: items, plans, leading group, news, statistics, what changed."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from inspections.models import Draw, Plan, Task
from registries.models import Bureau, InspectionKind, Item, ItemList, LeadingGroup, Reason

from .. import figures
from ..models import Disclosure, Release
from ..payload import NEWS
from ..reading import changes, disclosures, page, standing
from ..window import public, show


@public
def home(request):
    """What there is, the latest draws and results, the search."""
    facts = {
        "bureaus": Bureau.objects.order_by("code"),
        "draws": Draw.objects.without_files().select_related("task", "bureau").order_by("-pk")[:5],
        "results": page(standing("result"), size=8).rows,
        "news": disclosures("news")[:5],
        "counts": {
            "draws": Draw.objects.count(),
            "released": Release.objects.count(),
            "voided": Draw.objects.filter(status="voided").count(),
            "results": standing("result").count(),
        },
    }
    return show(request, "home", facts)


@public
def items(request):
    """随机抽查事项清单: the versions in force."""
    lists = ItemList.objects.effective(timezone.localdate()).prefetch_related("items__lines", "items__categories")
    return show(request, "items", {"lists": lists}, column="items")


@public
def item(request, code):
    """One item of the list in force: its law, standard and cap, and what was found by it lately."""
    lists = ItemList.objects.effective(timezone.localdate())
    rows = Item.objects.filter(item_list__in=lists, code=code).select_related("item_list")
    found = get_object_or_404(rows.prefetch_related("lines", "categories")[:1])
    versions = Item.objects.filter(
        code=code, item_list__published_on__isnull=False, item_list__bureau=found.item_list.bureau
    )
    facts = {
        "item": found, "versions": versions.select_related("item_list").order_by("-item_list__version"),
        "results": page(standing("result").filter(items__contains=f" {code} "), size=8).rows,
    }  # fmt: skip
    return show(request, "item", facts, column="items")


@public
def plans(request):
    """年度检查计划."""
    shown = Plan.objects.filter(status="published").select_related("bureau", "replaces")
    shown = list(shown.prefetch_related("lines", "lines__category"))
    for plan in shown:
        plan.kinds = dict(InspectionKind.objects.filter(bureau=plan.bureau).values_list("code", "title"))
        plan.events = dict(Reason.objects.filter(bureau=plan.bureau, kind="event").values_list("code", "title"))
        tasks = Task.objects.filter(plan__in=plan.line_of_versions(), kind="random", status="approved")
        plan.drawn_tasks = list(tasks.prefetch_related("strata__category").order_by("pk"))
    return show(request, "plans", {"plans": shown}, column="plans")


@public
def group(request):
    """领导小组: the present one and those before it."""
    published = LeadingGroup.objects.exclude(published_on=None).select_related("bureau").prefetch_related("members")
    return show(request, "group", {"groups": published}, column="group")


@public
def news(request, kind=""):
    """Announcements, of one kind where asked."""
    if kind and kind not in NEWS:
        raise Http404
    rows = disclosures("news")
    if kind:
        rows = rows.filter(payload__news=kind)
    return show(request, "news", {"rows": rows[:200], "kinds": NEWS, "kind": kind}, column="news")


@public
def statistics(request):
    """Coverage, results by class and township, month by month: each picture with its table."""
    return show(request, "statistics", figures.of_the_year(timezone.localdate().year), column="statistics")


@public
def changed(request):
    """What was published, corrected, withdrawn, the latest first."""
    return show(request, "changes", {"rows": changes()}, column="changes")


@public
def robots(request):
    """What a crawler may read."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /desk/", "Disallow: /login/", "Disallow: /letters/"]
    sitemap = request.build_absolute_uri(reverse("public:sitemap"))
    return HttpResponse("\n".join([*lines, f"Sitemap: {sitemap}", ""]), content_type="text/plain")


@public(seconds=3600)
def sitemap(request):
    """Every permalink, the newest first; as many as a sitemap holds."""
    paths = [
        reverse(f"public:{name}")
        for name in (
            "home",
            "items",
            "plans",
            "group",
            "draws",
            "results",
            "penalties",
            "news",
            "statistics",
            "changes",
            "verify",
            "data",
        )
    ]
    paths += [
        reverse("public:draw", args=[number])
        for number in Draw.objects.order_by("-pk").values_list("number", flat=True)[:5000]
    ]
    paths += [
        reverse("public:result", args=[token])
        for token in Disclosure.objects.order_by("-pk").values_list("token", flat=True)[:40000]
    ]
    rows = "".join(f"<url><loc>{request.build_absolute_uri(path)}</loc></url>" for path in paths)
    head = '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return HttpResponse(f"{head}{rows}</urlset>", content_type="application/xml")
