"""乡镇（街道）的首页: what was found wrong at the town's enterprises and is not put right yet, and how they
stand; for reading only (汶上 四（一）)."""

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.models import Finding
from inspections.states import UNSETTLED

from . import sight

_MOST = 60


@never_cache
def page(request):
    """The first page of a town."""
    account, today = request.user, timezone.localdate()
    firms, known = sight.firms(account).listed(), sight.cases(account)
    wrong = Finding.objects.filter(case__in=known, status__in=UNSETTLED).select_related("case__subject")
    wrong = list(wrong.defer("case__checklist", "case__subject__search"))
    wrong.sort(key=lambda each: (each.until() is None, each.until() or today))
    for each in wrong:
        each.is_late = each.until() is not None and each.until() < today
    seen = known.filter(ended_at__year=today.year).inspected()
    facts = admin.site.each_context(request) | {
        "title": account.town,
        "wrong": wrong[:_MOST],
        "left_out": len(wrong) - len(wrong[:_MOST]),
        "numbers": {
            "firms": firms.count(),
            "key": firms.filter(is_key=True).count(),
            "seen": seen.values("subject").distinct().count(),
            "wrong": len(wrong),
            "late": sum(each.is_late for each in wrong),
        },
        "latest": known.select_related("subject").defer("checklist").order_by("-ended_at")[:10],
        "year": today.year,
    }
    return TemplateResponse(request, "year/town.html", facts)
