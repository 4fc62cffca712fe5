"""A witness's own page of a draw, and the supervisor's page that makes the codes."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache

from registries.errors import DomainError
from registries.services import leaves

from ..entrance import show
from ..sentences import say
from ..states import CaseState, DrawState
from . import bell, drawing, values
from . import codes as chains
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
    source = values.next_for(found, request.user)
    form = ValueForm(request.POST or None, kind=source.kind) if source else None
    if request.method == "POST" and source and form.is_valid():
        try:
            lodged = values.lodge(source, form.cleaned_data["value"], by=request.user)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            if lodged.status == DrawState.SEEDED:
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
        "still": leaves.standing_still(found.bureau),
        "uncosigned": values.lacking(found) if found.status == DrawState.SEALED else 0,
        "refreshes": form is None and found.status in (DrawState.SEALED, DrawState.SEEDING, DrawState.SEEDED),
        "teams": _teams(found) if desk else [],
        "infeasible": drawing.explain_infeasible(found)
        if desk and found.status == DrawState.INFEASIBLE
        else "",
    }
    return show(request, "draw", facts)


@never_cache
def codes(request):
    """The supervisor makes the one-time codes in the browser, and hands their tip to a task's sealing."""
    if not request.user.has_perm("inspections.open_code"):
        raise Http404
    tasks = chains.waiting(request.user.bureau)
    if request.method == "POST":
        number = request.POST.get("count", "")
        task = get_object_or_404(tasks, pk=_number(request.POST.get("task", "")))
        try:
            chains.hand_over(task, request.POST.get("tip", ""), _number(number) or 0, by=request.user)
        except DomainError as refused:
            messages.error(request, say(refused))
        else:
            messages.success(request, f"已移交给“{task}”的封存。请核对 {number} 张码都已打印、装入信封。")
    rows = [(each, chains.last_of(each)) for each in tasks]
    return show(request, "codes", {"tasks": rows, "most": chains.MOST})


def _number(said):
    return int(said) if said.isdecimal() and len(said) < 10 else None


def _teams(found):
    rows = found.cases.exclude(status=CaseState.NOT_DONE).select_related("subject__category").order_by("pk")
    rows = list(rows.prefetch_related("assignments__inspector"))
    for each in rows:
        each.seats = [seat for seat in each.assignments.all() if seat.until is None]
    return rows
