"""报表: the numbers of any days, each with its definition and a list behind it; what is handed in of them."""

from datetime import date

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from publicity import wordfile
from publicity.counts import numbers, tables
from publicity.counts.span import Span
from publicity.models import Return
from publicity.sentences import say
from publicity.services import returns
from publicity.states import ReturnState
from registries import asked as asked_for
from registries.errors import DomainError
from registries.look import waits_on
from registries.services import journal

from ..office import books, lines, trail
from ..office.kept import kept
from . import listed
from .others import DOWNWARDS, KIN, REPORTS, UPWARDS

_A_PAGE = 60


@never_cache
def index(request):
    """What was handed in and what is due of it; the tables of numbers; the other pages of numbers."""
    account, today = request.user, timezone.localdate()
    sees = account.has_perm("publicity.view_return")
    made = Return.objects.filter(bureau=account.bureau_id).exclude(status=ReturnState.DROPPED) if sees else []
    has_lowers, has_upper = account.bureau.lowers.exists(), account.bureau.upper_id is not None
    away = () if has_lowers else DOWNWARDS
    away += () if has_upper else UPWARDS
    away += () if has_lowers or has_upper else KIN
    shown = [
        (title, told, reverse(name))
        for title, told, name, right in REPORTS
        if account.has_perm(right) and name not in away
    ]
    layouts = tables.layouts(account.bureau) if sees else {}
    facts = admin.site.each_context(request) | {
        "title": "报表",
        "reports": shown,
        "returns": list(made[:12]) if sees else [],
        "layouts": layouts.values(),
        "kinds": Return.KINDS,
        "spans": _spans(today),
        "drafts": account.has_perm(returns.PREPARE),
        "sees": sees,
        "today": today,
    }
    return TemplateResponse(request, "year/returns.html", facts)


def _spans(today):
    """[(words, since, until)] of what is usually reported now: the month and the quarter that are over, the
    year."""
    last = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    quarter = (today.month - 1) // 3 or 4
    found = [
        Span.month(last.year, last.month),
        Span.quarter(today.year - (today.month <= 3), quarter),
        Span.year(today.year),
        Span.year(today.year - 1),
    ]
    return [(str(each), *each.days) for each in found]


def _span(asked):
    """The span that the address asks for; this year where it says none. Raises Http404 for what is no day."""
    today = timezone.localdate()
    try:
        since = date.fromisoformat(asked["since"]) if asked.get("since") else date(today.year, 1, 1)
        until = date.fromisoformat(asked["until"]) if asked.get("until") else date(since.year, 12, 31)
    except ValueError:
        raise Http404 from None
    if not asked_for.FIRST <= since.year <= until.year + 1 <= asked_for.LAST + 1:
        raise Http404
    return Span(since, until)


@never_cache
def page(request, code):
    """A layout over any days: `?since=`, `until=`; `as=xlsx` the same as a workbook."""
    account = request.user
    _require(account)
    layout = tables.layouts(account.bureau).get(code)
    if layout is None:
        raise Http404
    span = _span(request.GET)
    is_backward = span.until < span.since
    parts = []
    if not is_backward:
        what = f"table:{code}:{layout['version']}:{span.since}:{span.until}"
        parts = kept(account, what, lambda: tables.table(layout, account.bureau, span))
    if request.GET.get("as") == "xlsx" and parts:
        one = Return(bureau=account.bureau, kind=code, since=span.since, until=span.until, numbers=parts)
        one.title = f"{account.bureau.name}{span}{layout['title']}"
        journal.write("register.exported", by=account, about=f"numbers {code}", facts={"days": str(span)})
        return books.answer(returns.as_book(one), f"{one.title}.xlsx")
    facts = admin.site.each_context(request) | {
        "title": layout["title"],
        "layout": layout,
        "span": span,
        "parts": _with_more(parts),
        "industries": tables.INDUSTRIES if layout["by_industry"] else [],
        "spans": _spans(timezone.localdate()),
        "is_backward": is_backward,
        "drafts": account.has_perm(returns.PREPARE),
        "fixed": None,
    }
    return TemplateResponse(request, "year/numbers.html", facts)


@never_cache
def behind(request, code):
    """The list behind one number: exactly the rows that it counts."""
    account = request.user
    _require(account)
    number = numbers.BY_CODE.get(code)
    if number is None:
        raise Http404
    span = _span(request.GET)
    keys, facts = tables.listed(code, account.bureau, span), {"span": span}
    if number.over or number.adds or number.by:  # else it is the length of the list
        facts["value"] = tables.value(code, account.bureau, span)
    if number.over:
        whole = numbers.BY_CODE[number.over]
        facts |= {"whole": whole, "whole_value": tables.value(whole.code, account.bureau, span)}
    return _list_page(request, number, keys.model, keys, facts)


@never_cache
def behind_fixed(request, pk, code):
    """The list behind a number of a return, as it was when the return was drafted."""
    account = request.user
    _require(account)
    one = get_object_or_404(Return, pk=pk, bureau=account.bureau_id)
    line = next((each for each in returns.lines_of(one) if each["number"] == code), None)
    if line is None or code not in numbers.BY_CODE:
        raise Http404
    span = Span(one.since, one.until)
    model = tables.rows(code, account.bureau, span).model
    facts = {"span": span, "value": line["value"], "one": one}
    return _list_page(
        request, numbers.BY_CODE[code], model, sorted(line.get("keys", []), reverse=True), facts
    )


def _list_page(request, number, model, keys, more):
    shown = Paginator(keys, _A_PAGE).get_page(request.GET.get("page"))
    things = model._default_manager.filter(pk__in=list(shown)).order_by("-pk")
    facts = admin.site.each_context(request) | {
        "title": number.title,
        "number": number,
        "rows": listed.rows(things, request.user),
        "may": listed.may(model, request.user),
        "shown": shown,
        "count": shown.paginator.count,
    }
    return TemplateResponse(request, "year/behind.html", {"value": facts["count"]} | facts | more)


@never_cache
def one(request, pk):
    """One return: its text or its table, what it waits for, its files, its replies. A POST fills what the
    system cannot count, or saves the text."""
    account = request.user
    _require(account)
    made = get_object_or_404(Return.objects.select_related("bureau"), pk=pk, bureau=account.bureau_id)
    trail.note(request, made.title)
    writes = made.is_open and account.has_perm(returns.PREPARE)
    if request.method == "POST" and writes:
        return _saved(request, made)
    desk = admin.site._registry[Return]
    counted_on = timezone.localdate(made.approved_at or None)
    here = [each for wait in waits_on(account, made) for each in lines.buttons(made, wait, request.path)]
    shown = {each.label for each in here}
    facts = admin.site.each_context(request) | {
        "title": made.title,
        "one": made,
        "mark": {ReturnState.SENT: "ok", ReturnState.DROPPED: "off"}.get(made.status, "wait"),
        "is_fixed": not made.is_open and made.status != ReturnState.DROPPED,
        "span": Span(made.since, made.until),
        "parts": _with_more(made.numbers),
        "industries": tables.INDUSTRIES if any(each["split"] for each in returns.lines_of(made)) else [],
        "writes": writes,
        "buttons": here,
        "more": [
            (act.label, f"{reverse('admin:publicity_return_act', args=[pk, act.name])}?next={request.path}")
            for act in desk.acts
            if account.has_perm(act.permission)
            and act.when(made)
            and act.name not in ("word", "pdf")
            and act.label not in shown
        ],
        "replies": made.replies.all(),
        "paragraphs": wordfile.paragraphs(made.text) if made.is_text else [],
        "drafts": account.has_perm(returns.PREPARE),
        "is_running": made.until >= counted_on,
        "counted_on": counted_on,
        "fixed": made,
    }
    return TemplateResponse(request, "year/return.html", facts)


def _saved(request, made):
    posted, typed = request.POST, {}
    try:
        if made.is_text:
            returns.write(made, posted.get("title", ""), posted.get("text", ""), by=request.user)
            messages.success(request, "已保存。")
            return HttpResponseRedirect(request.path)
        for n, line in enumerate(returns.lines_of(made)):
            said = posted.get(f"line-{n}")
            if said is not None and not line["number"]:
                typed[line["label"]] = forms.FloatField(required=False, min_value=0).clean(said.strip())
        returns.fill(made, typed, posted.get("note", "")[:2000], by=request.user)
        messages.success(request, "已保存。")
    except forms.ValidationError:
        messages.error(request, "没有保存：另填的数要写成数字。")
    except DomainError as refused:
        messages.error(request, say(refused))
    return HttpResponseRedirect(request.path)


@never_cache
def layout(request, code):
    """The lines of a return, one by one; a POST makes another version of them."""
    account = request.user
    if not account.has_perm(returns.PREPARE):
        raise PermissionDenied
    own = tables.layouts(account.bureau).get(code)
    if own is None:
        raise Http404
    rows = [
        {"part": part["title"], "number": line.get("number", ""), "label": line.get("label", "")}
        | {name: line.get(name, "") for name in ("unit", "source", "told")}
        for part in own["parts"]
        for line in part["lines"]
    ]
    if request.method == "POST":
        rows = _posted(request.POST)
        try:
            parts = _parts(rows)
            returns.change_layout(
                code, request.POST.get("title", ""), request.POST.get("source", ""), parts, by=account
            )
            messages.success(request, "已存为新的一版；以前起草的照原来的版式。")
            return HttpResponseRedirect(reverse("numbers", args=[code]))
        except DomainError as refused:
            messages.error(request, say(refused))
    facts = admin.site.each_context(request) | {
        "title": f"{own['title']}的版式",
        "own": own,
        "rows": [*rows, *[{}] * 4],
        "numbers": numbers.NUMBERS,
    }
    return TemplateResponse(request, "year/layout.html", facts)


def _posted(posted):
    names = ("part", "number", "label", "unit", "source", "told")
    count = asked_for.key(posted.get("rows")) or 0
    return [
        {name: posted.get(f"{name}-{n}", "").strip()[:200] for name in names} for n in range(min(count, 300))
    ]


def _parts(rows):
    """Rows in the order of the page, a part each time its title is another; what is empty is left out."""
    parts = []
    for row in rows:
        if not row["number"] and not row["label"]:
            continue
        if not parts or row["part"] and parts[-1]["title"] != row["part"]:
            parts.append({"title": row["part"] or "其他", "lines": []})
        parts[-1]["lines"].append({name: value for name, value in row.items() if name != "part" and value})
    return parts


def begin(request):
    """A POST drafts a return of `kind` from `since` to `until`."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("reports-page"))
    span, kind = _span(request.POST), request.POST.get("kind", "")
    if kind not in dict(Return.KINDS):
        raise Http404
    rows = Return.objects.filter(bureau=request.user.bureau_id, status=ReturnState.DRAFTED, kind=kind)
    if there := rows.filter(since=span.since, until=span.until).first():
        messages.info(request, "这段日子的这一种已经有一份草稿，就是下面这一份；要按现在的数，点“重新数”。")
        return HttpResponseRedirect(reverse("return", args=[there.pk]))
    try:
        made = returns.draft(span.since, span.until, kind, by=request.user)
    except DomainError as refused:
        messages.error(request, say(refused))
        return HttpResponseRedirect(reverse("reports-page"))
    return HttpResponseRedirect(reverse("return", args=[made.pk]))


def _require(account):
    if not account.has_perm("publicity.view_return"):
        raise PermissionDenied


def _with_more(parts):
    """The lines, each with how much it differs, and numbered through."""
    n = 0
    for part in parts:
        for line in part["lines"]:
            line["more"], line["n"] = returns.difference(line), n
            n += 1
    return parts
