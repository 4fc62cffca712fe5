"""抽查结果: found by whatever a reader knows of it, one at its permalink, and all of one enterprise."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from inspections import engine
from registries.models import Subject

from .. import exports
from ..models import Disclosure, Letter, Listing, Release
from ..reading import (
    ORDERS,
    chain,
    choices,
    disclosures,
    find,
    fitting,
    in_the_order_shown,
    narrowed,
    near,
    page,
    plain,
    standing,
    stands,
)
from ..window import public, show

ASKED = ("town", "industry", "category", "result", "item", "since", "until")


def _asked(request):
    given = {name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in (*ASKED, "q", "order")}
    return {name: value for name, value in given.items() if value}


def _listed(request, kind, column):
    asked = _asked(request)
    rows = narrowed(standing(kind), asked)
    found = find(rows, asked.get("q", ""), asked.get("order", "newest"), request.GET.get("after", "")[:400])
    # The question is repeated only beside an answer: an enterprise that was drawn and one that was not give the same
    # bytes until something of them is published.
    told = asked if found.rows else {name: value for name, value in asked.items() if name != "q"}
    facts = {
        "rows": found.rows, "is_near": found.is_near, "asked": told, "searched": bool(asked), "orders": ORDERS, "kind": kind,
        "next": urlencode(told | {"after": found.after}) if found.after else "", "query": urlencode(told),
        "is_first": "after" not in request.GET, "choices": choices(kind) if kind == "result" else {},
    }  # fmt: skip
    return show(request, "results", facts, column=column)


@public
def results(request):
    """Results: all, or those that fit what was asked, in the order asked for."""
    return _listed(request, "result", "results")


@public
def penalties(request):
    """Penalties that are shown today."""
    return _listed(request, "penalty", "penalties")


@public
def download(request, form):
    """The list as it is shown, whole: results.csv or results.json."""
    asked = _asked(request)
    rows = narrowed(standing("result"), asked)
    if asked.get("q"):
        exact = fitting(rows, asked["q"])
        rows = exact if exact.exists() else rows.filter(pk__in=[each.pk for each in near(rows, plain(asked["q"]))])
    rows = in_the_order_shown(rows, asked.get("order", "newest")).select_related("disclosure__supersedes")
    return exports.answer(rows, form, "results")


@public
def result(request, token):
    """One statement at its permalink: with what corrects it, what it corrects, the enterprise's word; or its tombstone."""
    rows = Disclosure.objects.select_related("supersedes", "superseded_by", "ending", "bureau", "answers")
    found = get_object_or_404(rows, token=token)
    is_shown, ending = stands(found)
    if not is_shown:
        facts = {"disclosure": found, "ending": ending}
        return show(request, "ended", facts, column=_column(found), status=410)
    facts = {
        "disclosure": found, "later": getattr(found, "superseded_by", None),
        "statements": disclosures("statement").filter(answers__in=chain(found)),
        "is_questioned": Letter.objects.filter(
            disclosure__in=chain(found), kind__in=["objection", "correction"], status__in=["received", "accepted"]
        ).exists(),
    }  # fmt: skip
    template = {"news": "article", "statement": "article"}.get(found.kind, found.kind)
    return show(request, template, facts, column=_column(found))


@public
def result_data(request, token, form):
    """The same statement for a machine: .json as it was sealed, .jsonld in schema.org's words. Gone is 410 here too."""
    found = get_object_or_404(Disclosure.objects.select_related("ending", "superseded_by", "supersedes"), token=token)
    is_shown, ending = stands(found)
    if not is_shown:
        return exports.json_answer(
            {"id": token, "status": "ended", "reason": ending.reason if ending else "公示期满"}, status=410
        )
    if form == "json":
        response = HttpResponse(engine.dump(found.payload), content_type="application/json")
        if later := Disclosure.objects.filter(supersedes=found).first():
            response["Link"] = f'</results/{later.token}.json>; rel="successor-version"'
        return response
    return exports.json_answer(exports.linked(found, settings.PUBLIC_URL), media_type="application/ld+json")


def _column(found):
    return {"penalty": "penalties", "news": "news"}.get(found.kind, "results")


@public
def enterprise(request, ref):
    """One enterprise: all that was published of it, and how often it was inspected this year against the cap.

    There is a page only of whom something is published: no page tells of an enterprise that it was, or was not, drawn.
    """
    found = Subject.objects.filter(ref=ref).select_related("merged_into").first()
    if found and found.is_secret:
        raise Http404
    if found and found.merged_into_id:
        return redirect("public:enterprise", found.merged_into.ref, permanent=True)
    refs = [ref, *(Subject.objects.filter(merged_into=found).values_list("ref", flat=True) if found else [])]
    rows = page(standing().filter(ref__in=refs).select_related("disclosure"), order="day", size=200).rows
    if not rows:
        raise Http404
    year = timezone.localdate().year
    facts = {
        "name": rows[0].name, "code": rows[0].code, "ref": ref, "rows": rows, "year": year, "town": rows[0].town,
        "category": rows[0].category, "former": found.former_name if found else "",
        "times": sum(each.kind == "result" and each.on.year == year for each in rows),
        "cap": next((each.disclosure.payload.get("yearly_cap") for each in rows if each.kind == "result"), None),
        "drawn": Release.objects.filter(tickets__ref__in=refs, tickets__is_drawn=True).select_related("draw__task"),
    }  # fmt: skip
    return show(request, "enterprise", facts, column="results")


@public
def embedded(request):
    """The latest results in a frame of somebody else's page: no script, a few kilobytes."""
    rows = Listing.objects.filter(kind="result").order_by("-published_at")[:10]
    response = show(request, "embedded", {"rows": rows}, column="results")
    response.xframe_options_exempt = True
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    )
    return response
