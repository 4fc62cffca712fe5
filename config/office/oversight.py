"""监督台: what the supervisor watches, read-only and live; and the self-check of all draws."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections.draw.models import Draw
from inspections.watch import anchors, redflags, selfcheck
from publicity.models import Release
from registries.services import journal, pulses

_BUDGET = 8  # seconds that one look may spend on replays


@never_cache
def page(request):
    """Draws with their seals, values, changes and dates; red flags; the journal's head."""
    bureau = _bureau_of(request)
    draws = Draw.objects.filter(bureau=bureau).without_files().select_related("task").order_by("-pk")[:30]
    released = set(Release.objects.filter(draw__bureau=bureau).values_list("draw", flat=True))
    rows = []
    for draw in draws:
        sources = list(draw.sources.all())
        changes = list(draw.changes.all())
        rows.append(
            {
                "draw": draw,
                "lodged": sum(bool(each.lodged_at) for each in sources),
                "sources": len(sources),
                "changes": sum(each.status == "completed" for each in changes),
                "asked": sum(each.status in ("requested", "approved") for each in changes),
                "open": draw.cases.filter(status__in=["opened", "started"]).count(),
                "cases": draw.cases.count(),
                "released": draw.pk in released,
                "discs": draw.discs.count(),
            }
        )
    facts = admin.site.each_context(request) | {
        "title": "监督台",
        "rows": rows,
        "flags": redflags.of(bureau),
        "head": journal.head(bureau),
        "anchor": pulses.last("anchor"),
    }
    return TemplateResponse(request, "admin/oversight.html", facts)


@require_POST
def anchor(request):
    """The bureau's anchor, for its supervisor to keep away from this machine."""
    kept = anchors.hand_out(_bureau_of(request), by=request.user)
    answer = JsonResponse(kept, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="anchor-{timezone.localtime():%Y%m%d-%H%M}.json"'
    return answer


@never_cache
def statistics(request):
    """All draws against the chances that were published, in words."""
    bureau = _bureau_of(request)
    count, faults = journal.verify(bureau)
    facts = admin.site.each_context(request) | {
        "title": "统计自查",
        "found": selfcheck.report(bureau, budget=_BUDGET),
        "entries": count,
        "faults": faults,
    }
    return TemplateResponse(request, "admin/statistics.html", facts)


def _bureau_of(request):
    if not request.user.has_perm("inspections.watch_draws"):
        raise PermissionDenied
    return request.user.bureau
