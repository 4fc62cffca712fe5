"""抽查结果: found by whatever a reader knows of it, one at its permalink, and all of one enterprise."""

from itertools import zip_longest
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from inspections import engine

from .. import downloads, exports, odds
from ..models import Disclosure
from ..reading import (
    ORDERS,
    choices,
    find,
    firm,
    fitting,
    in_the_order_shown,
    lately,
    looks_like_code,
    narrowed,
    near,
    one,
    page,
    plain,
    standing,
    versions,
)
from ..window import address, public, show

MOST = 10_000  # rows of an answer to a question; the whole list has no such limit
ASKED = ("town", "industry", "category", "result", "item", "ref", "since", "until")


def _asked(request):
    given = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in (*ASKED, "q", "order")
    }
    return {name: value for name, value in given.items() if value}


def _listed(request, kind, column):
    asked, bureau = _asked(request), request.whose.pk
    rows = narrowed(standing(bureau, kind), asked)
    found = find(rows, asked.get("q", ""), asked.get("order", "newest"), request.GET.get("after", "")[:400])
    # The question is repeated only beside an answer: an enterprise that was drawn and one
    # that was not give the same
    # bytes until something of them is published.
    told = asked if found.rows else {name: value for name, value in asked.items() if name != "q"}
    order = asked.get("order") if asked.get("order") in ORDERS else "newest"
    facts = {
        "rows": found.rows,
        "is_near": found.is_near,
        "asked": told,
        "kind": kind,
        "query": urlencode(told),
        "searched": bool(set(asked) - {"order"}),
        "by_code": looks_like_code(asked.get("q", "")),
        "next": urlencode(told | {"after": found.after}) if found.after else "",
        "is_first": "after" not in request.GET,
        "choices": choices(bureau, kind),
        "orders": [
            (_order(title, kind), urlencode(told | {"order": code}), code == order)
            for code, (*_, title) in ORDERS.items()
        ],
        "total": None if asked else lately(f"total-{kind}", standing(bureau, kind).count, bureau=bureau),
    }
    return show(request, "results", facts, column=column)


def _order(title, kind):
    return "决定日期" if kind in ("penalty", "listing") and title == "检查日期" else title


@public(asks=[*ASKED, "q", "order", "after"])
def results(request):
    """Results: all, or those that fit what was asked, in the order asked for."""
    return _listed(request, "result", "results")


@public(asks=[*ASKED, "q", "order", "after"])
def penalties(request):
    """Penalties that are shown today."""
    return _listed(request, "penalty", "penalties")


@public(asks=[*ASKED, "q", "order", "after"])
def listings(request):
    """Firms on the list of 严重失信主体 today."""
    return _listed(request, "listing", "listings")


@public(asks=[*ASKED, "q", "order"], is_data=True)
def download(request, kind, form):
    """results.csv, results.json, penalties.csv, penalties.json: the whole list, from the
    disk; or what fits a question."""
    asked = _asked(request)
    if not asked:
        return downloads.answer(f"{'results' if kind == 'result' else 'penalties'}.{form}", request)
    rows = narrowed(standing(request.whose.pk, kind), asked)
    if asked.get("q"):
        exact = fitting(rows, asked["q"])
        rows = (
            exact
            if exact.exists()
            else rows.filter(pk__in=[each.pk for each in near(rows, plain(asked["q"]))])
        )
    rows = in_the_order_shown(rows, asked.get("order", "newest")).select_related("disclosure__supersedes")
    if rows.order_by().values("pk")[: MOST + 1].count() > MOST:
        told = (
            f"符合条件的超过 {MOST} 条，不能一次取走。请把条件加窄，或下载全部数据后自己筛选："
            f"{address(request)}{request.path}\n"
        )
        return HttpResponse(told, status=400, content_type="text/plain; charset=utf-8")
    return exports.answer(rows, form, kind, address(request))


@public
def result(request, token):
    """One statement at its permalink: with what corrects it, what it corrects, the
    enterprise's word; or its tombstone."""
    told = one(token)
    if told is None or told["disclosure"].bureau_id != request.whose.pk:
        raise Http404
    found = told["disclosure"]
    if not told["is_shown"]:
        return show(request, "ended", told, column=_column(found), status=410)
    said = found.payload
    told["items"] = list(zip_longest(said.get("item_codes", ()), said.get("items", ())))
    if found.kind == "result":
        told["why"] = odds.of_one(found)
        told["history"] = versions(found)[::-1]
    template = {"news": "article", "statement": "article"}.get(found.kind, found.kind)
    return show(request, template, told, column=_column(found))


@public(is_data=True)
def result_data(request, token, form):
    """The same statement for a machine: .json as it was sealed, .jsonld in schema.org's
    words. Gone is 410 here too."""
    told = one(token)
    if told is None or told["disclosure"].bureau_id != request.whose.pk:
        raise Http404
    found, ending, later = told["disclosure"], told["ending"], told["later"]
    if not told["is_shown"]:
        return exports.json_answer(
            {
                "id": token,
                "status": "ended",
                "ending": ending.kind if ending else "ended",
                "at": timezone.localtime(ending.at).isoformat(timespec="seconds") if ending else "",
                "reason": ending.reason if ending else "公示期满",
                "basis": ending.basis if ending else "",
            },
            status=410,
        )
    if form == "json":
        response = HttpResponse(engine.dump(found.payload), content_type="application/json")
        if later:
            there = reverse("public:result-json", args=[later.token])
            response["Link"] = f'<{there}>; rel="successor-version"'
        return response
    return exports.json_answer(
        exports.linked(found, address(request), later), media_type="application/ld+json"
    )


def _column(found):
    return {"penalty": "penalties", "listing": "listings", "news": "news"}.get(found.kind, "results")


@public
def enterprise(request, ref):
    """One enterprise: all that was published of it, and how often it was inspected this year against the cap.

    There is a page only of whom something is published: no page tells of an enterprise that
    it was, or was not, drawn.
    """
    bureau = request.whose.pk
    is_secret, former, heir, refs = firm(bureau, ref)
    if is_secret:
        raise Http404
    if heir:
        # Only to a page that is there: that two firms were merged is the register's until
        # something says so in public.
        if firm(bureau, heir)[0] or not standing(bureau).filter(ref__in=[heir, ref]).exists():
            raise Http404
        return redirect("public:enterprise", heir, permanent=True)
    rows = page(
        standing(bureau).filter(ref__in=refs).annotate(cap=F("disclosure__payload__yearly_cap")),
        "day",
        size=200,
    ).rows
    if not rows:
        over = Disclosure.objects.filter(
            kind="result", bureau=bureau, payload__ref__in=refs, ending__kind="withdrawn"
        )
        if not (gone := list(over.values_list("token", "ending__at"))):
            raise Http404
        return show(request, "nothing_left", {"gone": gone}, column="results", status=410)
    year = timezone.localdate().year
    stood = odds.of(bureau, refs)
    facts = {
        "name": rows[0].name,
        "code": rows[0].code,
        "ref": ref,
        "rows": rows,
        "year": year,
        "town": rows[0].town,
        "category": rows[0].category,
        "former": former,
        "times": sum(each.kind == "result" and each.on.year == year for each in rows),
        "cap": next((each.cap for each in rows if each.kind == "result"), None),
        "subscriptions": settings.SUBSCRIPTIONS,
        "stood": stood,
        "said": odds.said(stood),
    }
    return show(request, "enterprise", facts, column="results")


@public
def embedded(request):
    """The latest results in a frame of somebody else's page: no script, a few kilobytes."""
    rows = standing(request.whose.pk, "result").order_by("-published_at")[:10]
    response = show(request, "embedded", {"rows": rows}, column="results")
    response.xframe_options_exempt = True
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    )
    return response
