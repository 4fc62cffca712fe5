"""消息: what the acts of others have told this account; at the desk and on the inspectors' pages."""

from django.contrib import admin
from django.contrib import messages as told
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries.models import Message
from registries.services import messages

from . import addresses

_A_PAGE = 50


@never_cache
def page(request):
    """The account's messages, the latest first; `?unread=1` only those it has not read."""
    rows = Message.objects.of(request.user).select_related("by")
    unread = rows.unread().count()
    if request.GET.get("unread"):
        rows = rows.unread()
    shown = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    is_staff = request.user.has_perm("registries.enter_admin")
    for each in shown:
        each.address = (
            addresses.of(each.thing) if is_staff else addresses.in_the_field(each.thing, request.user)
        )
    facts = {"title": "消息", "rows": shown, "number": unread, "only_unread": bool(request.GET.get("unread"))}
    if is_staff:
        return TemplateResponse(request, "office/inbox.html", admin.site.each_context(request) | facts)
    return render(request, "desk/inbox.html", facts)


@require_POST
def read(request):
    """These are read, or all of them."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    marks = None if "all" in request.POST else request.POST.getlist("mark")
    count = messages.read(request.user, marks)
    told.success(request, f"{count} 条标为已读。")
    return HttpResponseRedirect(reverse("inbox"))
