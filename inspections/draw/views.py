"""A witness's own page of a draw, and the supervisor's page that makes the codes."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from registries.errors import DomainError

from ..entrance import show
from ..sentences import say
from . import bell, drawing, values
from .forms import ValueForm
from .models import Draw


@never_cache
def draw(request, number):
    """The draw's screen: hashes, then values, then the result; a witness's own form."""
    found = get_object_or_404(
        Draw.objects.select_related("task"), number=number, bureau=request.user.bureau_id
    )
    enters, desk = (
        request.user.has_perm("inspections.enter_value"),
        request.user.has_perm("inspections.view_draw"),
    )
    if not (enters or desk):
        raise Http404
    source = _own_source(found, request.user)
    form = ValueForm(request.POST or None, kind=source.kind) if source else None
    if request.method == "POST" and source and form.is_valid():
        try:
            lodged = values.lodge(source, form.cleaned_data["value"], by=request.user)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            if lodged.status == "seeded":
                bell.ring(lodged.pk)
            differs = (
                source.second_id
                and not lodged.sources.get(pk=source.pk).lodged_at
                and source.entries.count() > 1
            )
            if differs:
                messages.error(request, "两人录入的号码不一致，请对照公告各自重新录入。两次录入都已留痕。")
            else:
                messages.success(request, "已提交，不能更改。")
            return redirect("desk:draw", number)
    facts = {
        "draw": found,
        "sources": found.sources.select_related("account", "second")
        .prefetch_related("entries")
        .order_by("position"),
        "source": source,
        "form": form,
        "refreshes": form is None and found.status in ("sealed", "seeding", "seeded"),
        "teams": _teams(found) if desk else [],
        "infeasible": drawing.explain_infeasible(found) if desk and found.status == "infeasible" else "",
    }
    return show(request, "draw", facts)


@never_cache
def codes(request):
    """The supervisor makes the one-time codes in the browser."""
    if not request.user.has_perm("inspections.open_code"):
        raise Http404
    return show(request, "codes", {})


def _own_source(found, account):
    if found.status not in ("sealed", "seeding"):
        return None
    mine = found.sources.filter(Q(account=account) | Q(second=account), lodged_at=None).first()
    if mine and mine.second_id and _typed_last(mine, account):
        return None
    if mine and mine.kind == "lottery" and found.sources.filter(kind="dice", opened_at=None).exists():
        return None
    if mine is None and timezone.now() > found.seed_at + timedelta(hours=24):
        late = found.sources.filter(lodged_at=None).order_by("position").first()
        if (
            late
            and ("supervisor" in account.roles() or late.kind == "lottery")
            and not _typed_last(late, account)
        ):
            return late
    return mine


def _typed_last(source, account):
    """Whether this one of the two has typed and it is for the other to type."""
    last = source.entries.order_by("-pk").first()
    return last is not None and last.account_id == account.pk


def _teams(found):
    rows = found.cases.exclude(status="not_done").select_related("subject__category").order_by("pk")
    rows = list(rows.prefetch_related("assignments__inspector"))
    for each in rows:
        each.seats = [seat for seat in each.assignments.all() if seat.until is None]
    return rows
