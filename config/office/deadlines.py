"""期限: what runs in the bureau, the nearest first; what is late, and whose. Nobody is ranked
by it (国办发〔2024〕54号)."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from inspections.visit import duties
from publicity.services import letters
from registries.models import LegalLimit

_SHOWN = 500  # the nearest; more than that nobody reads on one page


@never_cache
def page(request):
    """All running limits; `?who=` one role's only, `?late=1` the late ones only."""
    if not request.user.has_perm("inspections.view_case"):
        raise PermissionDenied
    who = request.GET.get("who", "")
    known = dict(LegalLimit.WHO)
    roles = {who} if who in known else None
    running = duties.running(request.user.bureau, who=roles, most=_SHOWN)
    running += [each for each in letters.clocks(request.user) if who in ("", each.who)]
    running.sort(key=lambda each: each.due.on)
    late = [each for each in running if each.is_late]
    facts = admin.site.each_context(request) | {
        "title": "期限",
        "running": (late if request.GET.get("late") else running)[:_SHOWN],
        "shown": _SHOWN,
        "is_cut": len(running) > _SHOWN,  # of each limit that many have been read, the nearest
        "late": len(late),
        "all": len(running),
        "roles": LegalLimit.WHO,
        "who": who,
        "only_late": bool(request.GET.get("late")),
        "provisional": any(not each.due.is_known for each in running),
    }
    return TemplateResponse(request, "admin/deadlines.html", facts)
