"""日历: a month, one's own or the bureau's; a day's visits in an order by town; a feed for the calendar in
one's pocket, which names no firm before its draw is released."""

import hashlib
from calendar import monthrange
from collections import Counter
from datetime import date, timedelta

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from icalendar import Calendar, Event

from inspections.models import Case
from inspections.states import CaseState
from registries import asked as asked_for
from registries.models import CalendarFeed
from registries.services import feeds

from . import days

_VIEWS = [("mine", "我的"), ("all", "全局"), ("team", "检查组的")]
_A_DAY = 6  # things shown in a cell; the rest on the day's page
_AHEAD, _BACK = timedelta(days=180), timedelta(days=31)  # of a feed
_DAY = timedelta(days=1)


@never_cache
def page(request):
    """`?month=2026-11`, `of=` one of _VIEWS."""
    account, today = request.user, timezone.localdate()
    first = _month(request.GET.get("month", ""), today)
    views = [each for each in _VIEWS if each[0] != "team" or account.has_perm("inspections.view_case")]
    whose = request.GET.get("of") if request.GET.get("of") in dict(views) else views[0][0]
    last = first.replace(day=monthrange(first.year, first.month)[1])
    found = days.of(account, first, last, whose)
    facts = admin.site.each_context(request) | {
        "title": f"{first:%Y年%-m月}",
        "first": first,
        "weeks": days.weeks(first, found),
        "most": _A_DAY,
        "before": first - _DAY,
        "after": last + _DAY,
        "today": today,
        "views": [(name, title, name == whose) for name, title in views],
        "whose": whose,
        "feed": feeds.of(account),
        "host": request.build_absolute_uri("/")[:-1],
    }
    return TemplateResponse(request, "year/calendar.html", facts)


@never_cache
def day(request, year, month, on):
    """What one day holds, and its visits in the order of the towns."""
    account = request.user
    try:
        asked = date(year, month, on)
    except ValueError:
        raise Http404 from None
    if not asked_for.FIRST <= year <= asked_for.LAST:
        raise Http404
    visits = []
    if account.has_perm("inspections.view_case"):
        rows = Case.objects.filter(bureau=account.bureau_id, planned_on=asked).exclude(
            status=CaseState.NOT_DONE
        )
        visits = rows.select_related("subject", "task", "place").prefetch_related("assignments__inspector")
        visits = sorted(
            visits.defer("checklist", "subject__search"),
            key=lambda each: (each.subject.town, each.subject.village, each.subject.site),
        )
        for each in visits:
            each.people = "、".join(
                seat.inspector.name for seat in each.assignments.all() if seat.until is None
            )
    facts = admin.site.each_context(request) | {
        "title": f"{asked:%Y年%-m月%-d日}",
        "on": asked,
        "found": days.of(account, asked, asked, "all"),
        "visits": visits,
        "before": asked - _DAY,
        "after": asked + _DAY,
    }
    return TemplateResponse(request, "year/day.html", facts)


@require_POST
def subscribe(request):
    """A feed's address made, or made anew: the old one says nothing any more; or ended."""
    if "end" in request.POST:
        feeds.end(by=request.user)
        messages.success(request, "已停止订阅，原来的网址不再有内容。")
    else:
        feeds.begin(by=request.user)
        messages.success(request, "订阅网址已生成。只给自己用：谁有这个网址，谁就看得到您的日程。")
    back = "calendar" if request.user.has_perm("registries.enter_admin") else "own-feed"
    return HttpResponseRedirect(reverse(back))


@login_not_required
@never_cache
def feed(request, token):
    """One account's own days as iCalendar (RFC 5545). Nothing of a draw that is not released but that there
    is something."""
    found = CalendarFeed.objects.filter(token=token, is_ended=False).select_related("account__bureau").first()
    if found is None or not found.account.is_usable():
        raise Http404
    account, today = found.account, timezone.localdate()
    made = Calendar()
    made.add("prodid", "-//mingqian//zh//")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"明签 {account}")
    seen: Counter[str] = Counter()
    for each in days.of(account, today - _BACK, today + _AHEAD):
        if each.mark == days.REST:
            continue
        event = Event()
        # one thing keeps its name whatever comes beside it; its address says which thing, and names nobody
        what = hashlib.sha256(f"{found.token} {each.day} {each.said} {each.link}".encode()).hexdigest()[:20]
        seen[what] += 1
        event.add("uid", f"{what}-{seen[what]}@mingqian")
        event.add("dtstamp", timezone.now())
        event.add("dtstart", each.at or each.day)
        event.add("dtend", each.at + timedelta(hours=1) if each.at else (each.until or each.day) + _DAY)
        named = f"：{each.firm}" if each.firm and each.is_open else ""
        event.add("summary", f"{each.said}{named}")
        made.add_component(event)
    answer = HttpResponse(made.to_ical(), content_type="text/calendar; charset=utf-8")
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def own(request):
    """What those see of the feed who do not enter the desk: their own page."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return TemplateResponse(
        request,
        "desk/feed.html",
        {"feed": feeds.of(request.user), "host": request.build_absolute_uri("/")[:-1]},
    )


def _month(said, today):
    try:
        first = date.fromisoformat(f"{said}-01") if said else today.replace(day=1)
    except ValueError:
        raise Http404 from None
    if not asked_for.FIRST <= first.year <= asked_for.LAST:
        raise Http404
    return first
