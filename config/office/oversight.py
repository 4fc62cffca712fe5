"""监督台: what the supervisor watches, read-only and live; and the self-check of all draws."""

from itertools import groupby

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections.draw.models import Draw
from inspections.sentences import say
from inspections.states import OPEN_CASE, ChangeState
from inspections.watch import anchors, flagbook, redflags, selfcheck
from inspections.watch.models import RedFlag
from publicity.models import Release
from registries.errors import DomainError
from registries.models import Account
from registries.services import chaincheck, journal, pulses
from registries.services.jurisdiction import strangers

from . import loghealth
from .kept import kept, kept_of_register

_OF_A_KIND, _UNREAD, _A_PAGE = 12, 20, 60


@never_cache
def page(request):
    """Draws with their seals, values, changes and dates; red flags, the first of each kind, or with `?kind=`
    all of one; the journal's head."""
    bureau = _bureau_of(request)
    draws = Draw.objects.filter(bureau=bureau).select_related("task").prefetch_related("sources", "changes")
    unvisited = Count("cases", filter=Q(cases__status__in=OPEN_CASE), distinct=True)
    draws = draws.annotate(
        n_open=unvisited, n_cases=Count("cases", distinct=True), n_discs=Count("discs", distinct=True)
    ).order_by("-pk")[:30]
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
                "changes": sum(each.status == ChangeState.COMPLETED for each in changes),
                "asked": sum(
                    each.status in (ChangeState.REQUESTED, ChangeState.APPROVED) for each in changes
                ),
                "open": draw.n_open,
                "cases": draw.n_cases,
                "released": draw.pk in released,
                "discs": draw.n_discs,
            }
        )
    unread = [(each, flagbook.may_read(each, request.user)) for each in flagbook.unread(bureau)]
    unread.sort(key=lambda each: not each[1])  # what is another's to read does not hide what is one's own
    flags = kept(request.user, f"flags:{timezone.now():%H%M}", lambda: _flags(request.user))
    facts = admin.site.each_context(request) | {
        "title": "监督台",
        "rows": rows,
        "unread": unread[:_UNREAD],
        "unread_number": len(unread),
        "unread_more": len(unread[_UNREAD:]),
        "flags_number": len(flags),
        **_shown(flags, request.GET),
        "head": journal.head(bureau),
        "anchor": pulses.last("anchor"),
        "log": list(loghealth.of(bureau, ("ok", "wait", "bad"))),
        "released_number": sum(each["released"] for each in rows),
        "changes_number": sum(each["changes"] for each in rows),
        "asked_number": sum(each["asked"] for each in rows),
        "signed": Account.objects.filter(bureau=bureau, is_active=True)
        .exclude(last_login=None)
        .order_by("-last_login")[:12],
    }
    return TemplateResponse(request, "office/oversight.html", facts)


def _shown(flags, asked):
    """What a page shows of the flags: the first of each kind and how many more there are, or page after page
    of the one that is asked for."""
    if kind := asked.get("kind", ""):
        found = [each for each in flags if each.kind == kind]
        pages = Paginator(found, _A_PAGE).get_page(asked.get("page"))
        return {"kind": kind, "groups": [{"flags": list(pages), "more": 0}] if found else [], "pages": pages}
    groups = [list(group) for _, group in groupby(flags, key=lambda each: (each.grave, each.kind))]
    told = [{"flags": each[:_OF_A_KIND], "more": len(each[_OF_A_KIND:])} for each in groups]
    return {"kind": "", "groups": told}


def _flags(account):
    """Looked for once a minute and after every act; whose the enterprises are, when a row was written."""
    bureau = account.bureau
    return redflags.of(bureau, kept_of_register(bureau, "strangers", lambda: strangers(bureau)))


@require_POST
def read_flag(request, pk):
    """Somebody has looked at a grave flag, and says what came of it."""
    found = get_object_or_404(RedFlag, pk=pk, bureau=_bureau_of(request))
    try:
        flagbook.read(found, request.POST.get("note", ""), by=request.user)
        messages.success(request, "已记下。")
    except DomainError as refused:
        messages.error(request, say(refused))
    return HttpResponseRedirect(reverse("oversight-page"))


@require_POST
def anchor(request):
    """The bureau's anchor, for its supervisor to keep away from this machine."""
    handed = anchors.hand_out(_bureau_of(request), by=request.user)
    answer = JsonResponse(handed, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="anchor-{timezone.localtime():%Y%m%d-%H%M}.json"'
    return answer


@never_cache
def statistics(request):
    """All draws against the chances that were published, in words; how far the journal is walked."""
    bureau = _bureau_of(request)
    facts = admin.site.each_context(request) | {
        "title": "统计自查",
        "found": selfcheck.of(bureau),
        "chain": chaincheck.of(bureau),
    }
    return TemplateResponse(request, "admin/statistics.html", facts)


@require_POST
def check_chain(request):
    """The whole journal is to be walked now, in the background."""
    chaincheck.ask(_bureau_of(request), by=request.user)
    messages.success(request, "已要求整链核验，后台一分钟内开始；刷新本页看进度。")
    return HttpResponseRedirect(reverse("statistics-page"))


def _bureau_of(request):
    if not request.user.has_perm("inspections.watch_draws"):
        raise PermissionDenied
    return request.user.bureau
