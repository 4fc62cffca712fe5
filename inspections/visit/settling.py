"""两人的填写合到一处: what two said differently, what came after the signing, what could not be filed; and
the short path for a visit that was not possible."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries.errors import DomainError

from .. import entrance
from ..case import looks, opening
from ..sentences import say
from ..states import OPEN_CASE
from . import exhibits, filings, forms, lines, onthespot, outcome, package, undone, uploads
from .models import Entry, Filing, Sheet


def _number(request):
    said = request.POST.get("entry", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 18 else 0


@require_POST
def choose(request, token):
    """The leader says which of two answers stands."""
    case = looks.mine(request, token)
    entry = get_object_or_404(Entry, pk=_number(request), case=case)
    return entrance.act(
        request,
        lambda: lines.choose(case, entry.line, entry, by=request.user),
        "已定，另一份留着备查。",
        "desk:checklist",
        token,
    )


@never_cache
def late_lines(request, token):
    """What reached us after the record was signed: into a supplement, or kept and not taken up."""
    case = looks.mine(request, token)
    if request.method == "POST":
        entry = get_object_or_404(lines.waiting(case), pk=_number(request))
        try:
            lines.set_aside(entry, request.POST.get("reason", ""), by=request.user)
        except DomainError as refused:
            messages.error(request, say(refused))
        else:
            messages.success(request, "已留存，不采用；内容和原因都能查到。")
        return redirect("desk:late-lines", token)
    texts = {line["key"]: line["requirement"] for line in opening.lines_of(case)}
    answers = {each.line: each for each in case.answers.select_related("by")}
    waiting = lines.waiting(case).select_related("by")
    facts = {
        "case": case,
        "rows": [(texts.get(each.line, each.line), answers.get(each.line), each) for each in waiting],
        "held": filings.held(case),
        "refused": onthespot.open_papers(case),
        "outside": package.outside(case),
        "aside": [(texts.get(each.line, each.line), each) for each in lines.aside(case)],
        "supplements": case.supplements.select_related("by"),
    }
    return entrance.show(request, "late_lines", facts)


@require_POST
def settle_paper(request, token, pk):
    """What became of a paper that was signed on the spot and could not stand."""
    case = looks.mine(request, token)
    sheet = get_object_or_404(Sheet, pk=pk, case=case)
    return entrance.act(
        request,
        lambda: onthespot.settle(sheet, request.POST.get("note", ""), by=request.user),
        "记下了，这份文书处理完毕。",
        "desk:late-lines",
        token,
    )


@require_POST
def set_aside(request, token, pk):
    """A submission that was held is kept, and counts nowhere."""
    case = looks.mine(request, token)
    filing = get_object_or_404(Filing, pk=pk, case=case)
    return entrance.act(
        request,
        lambda: filings.settle(filing, request.POST.get("reason", ""), by=request.user),
        f"{filing.receipt} 已留存，不计入记录。",
        "desk:late-lines",
        token,
    )


@never_cache
def not_done(request, token):
    """没查成 at the desk: the reason, what was seen, who was asked, a photo."""
    case = looks.mine(request, token)
    form = forms.UndoneForm(request.POST or None, request.FILES or None)
    if case.status not in OPEN_CASE:
        return entrance.not_now(request, case)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                _close(case, data, request.user)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, "已记为没查成。请另一名检查人员复核确认，再写报告。")
            return redirect("desk:case", token)
    hints = "；".join(f"{each['title']}：{each['hint']}" for each in outcome.UNDONE.values())
    lead = f"不会写成“未发现问题”，也不用填检查表。{hints}。"
    return entrance.form_page(request, case, form, "没查成", [("keep", "记为没查成")], lead)


def _close(case, data, by):
    moments = [
        case.opened_at.replace(second=0, microsecond=0),
        data["started_at"],
        data["ended_at"],
        timezone.now(),
    ]
    if moments != sorted(moments):
        raise DomainError("late_times")
    said = {name: data[name] for name in ("seen", "asked", "told")}
    said["calls"] = [each.isoformat() for each in (data["first_call"], data["last_call"]) if each]
    undone.close(
        case,
        data["reason"],
        said,
        by=by,
        photos=len(data["photos"]),
        at=data["started_at"],
        ended=data["ended_at"],
        left_at=data["ended_at"],
        way="desk",
    )
    for each in data["photos"]:
        upload = uploads.keep(case, each.read(), by=by)
        exhibits.keep(case, upload, "photo", by=by, caption="没查成的现场")
