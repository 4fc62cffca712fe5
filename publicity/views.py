"""The public pages: read-only, no sign-in, no cookie. They read disclosures, releases and what was said at sealing;
before a release they cannot name a drawn enterprise because nothing they read does."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inspections import anchors, engine
from inspections.models import Draw, Paper, Plan, Task
from registries.creditcode import normalise
from registries.models import Bureau, InspectionKind, ItemList, JournalEntry, LeadingGroup, Reason

from .models import Disclosure, Release

FILES = {"commit.json": "commit", "result.json": "result", "changes.json": "changes", "openings.json": "openings"}
_PROGRAM = Path(engine.__file__).with_name("verify.py")


def _public(view):
    return login_not_required(require_safe(view))


def _page(request, rows, size=20):
    return Paginator(rows, size).get_page(request.GET.get("page"))


@_public
def home(request):
    """What there is, the latest draws and results, the search."""
    facts = {
        "bureaus": Bureau.objects.order_by("code"),
        "draws": _draws()[:5],
        "results": _living()[:8],
        "counts": {
            "draws": Draw.objects.count(),
            "released": Release.objects.count(),
            "voided": Draw.objects.filter(status="voided").count(),
            "results": _living().count(),
        },
    }
    return render(request, "public/home.html", facts)


@_public
def items(request):
    """随机抽查事项清单: the versions in force."""
    lists = ItemList.objects.effective(timezone.localdate()).prefetch_related("items__lines", "items__categories")
    return render(request, "public/items.html", {"lists": lists})


@_public
def plans(request):
    """年度检查计划."""
    shown = Plan.objects.filter(status="published").select_related("bureau", "replaces")
    shown = list(shown.prefetch_related("lines", "lines__category"))
    for plan in shown:
        plan.kinds = dict(InspectionKind.objects.filter(bureau=plan.bureau).values_list("code", "title"))
        plan.events = dict(Reason.objects.filter(bureau=plan.bureau, kind="event").values_list("code", "title"))
        tasks = Task.objects.filter(plan__in=plan.line_of_versions(), kind="random", status="approved")
        plan.drawn_tasks = list(tasks.prefetch_related("strata__category").order_by("pk"))
    return render(request, "public/plans.html", {"plans": shown})


@_public
def group(request):
    """领导小组: the present one and those before it."""
    published = LeadingGroup.objects.exclude(published_on=None).select_related("bureau").prefetch_related("members")
    return render(request, "public/group.html", {"groups": published})


@_public
def draws(request):
    """The unbroken series of sealings."""
    heads = [(bureau, JournalEntry.objects.head(bureau)) for bureau in Bureau.objects.order_by("code")]
    return render(request, "public/draws.html", {"page": _page(request, _draws()), "heads": heads})


@_public
def anchor(request):
    """anchor.json: journal heads, commitments and result hashes as they stand now, for anybody to keep."""
    response = HttpResponse(engine.dump(anchors.take()), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="anchor.json"'
    return response


@_public
def draw(request, number):
    """One draw: what was said at sealing, the seed's values, the changes; its files once released."""
    found = get_object_or_404(_draws(), number=number)
    released = Release.objects.filter(draw=found).select_related("result").first()
    reasons = Reason.objects.filter(bureau=found.bureau)
    facts = {
        "draw": found,
        "facts": found.public_facts,
        "sources": found.sources.order_by("position"),
        "changes": found.changes.filter(status__in=["approved", "completed"]).order_by("n"),
        "requests": [each.request_digest for each in found.changes.filter(status="completed").order_by("n")],
        "reasons": {each.code: each.title for each in reasons},
        "exclusions": {f"X:{each.code}": each.title for each in reasons if each.kind in ("exclusion", "absence")},
        "released": released,
        "files": [name for name, field in FILES.items() if released and getattr(released, f"{field}_id")],
    }
    return render(request, "public/draw.html", facts)


@_public
def draw_file(request, number, name):
    """A file of a released draw, byte for byte as it was kept. Anything else is not there."""
    released = get_object_or_404(Release, draw__number=number)
    if name == "record.pdf":
        stored, media_type = released.record, "application/pdf"
    elif name == "names.json":
        return HttpResponse(engine.dump(released.names), content_type="application/json")
    elif name in FILES:
        stored, media_type = getattr(released, FILES[name]), "application/json"
    else:
        raise Http404
    if stored is None:
        raise Http404
    response = HttpResponse(stored.read(), content_type=media_type)
    response["Content-Disposition"] = f'{"inline" if name == "record.pdf" else "attachment"}; filename="{name}"'
    return response


@_public
def results(request):
    """Inspection results, latest first."""
    return render(request, "public/results.html", {"page": _page(request, _living())})


@_public
def result(request, token):
    """One result at its permalink, with what corrected it or what it corrects."""
    found = get_object_or_404(Disclosure.objects.select_related("supersedes"), token=token)
    later = Disclosure.objects.filter(supersedes=found).first()
    return render(request, "public/result.html", {"disclosure": found, "later": later})


@_public
def search(request):
    """Published results by name or code. The question is repeated only beside an answer: a drawn enterprise and
    one that is not give the same bytes until something of them is published."""
    asked = "".join(each for each in request.GET.get("q", "") if each.isprintable()).strip()[:100]
    found = _living().none()
    if asked:
        code = normalise(asked)
        found = _living().filter(Q(subject_name__icontains=asked) | (Q(subject_code=code) if code else Q(pk=None)))
    page = _page(request, found)
    return render(
        request,
        "public/search.html",
        {"page": page, "asked": asked if page.object_list else "", "searched": bool(asked)},
    )


@_public
def verify(request):
    """How anyone checks a draw, in words."""
    return render(request, "public/verify.html", {"draw": Release.objects.exclude(result=None).order_by("-pk").first()})


@_public
def verify_program(request):
    """verify.py, as it stands in the engine."""
    response = HttpResponse(_PROGRAM.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response


@_public
def robots(request):
    return HttpResponse(
        "User-agent: *\nDisallow: /admin/\nDisallow: /desk/\nDisallow: /login/\n", content_type="text/plain"
    )


def _draws():
    return Draw.objects.without_files().select_related("task", "bureau").order_by("-pk")


def _living():
    """Disclosures that no later one has taken the place of."""
    return Disclosure.objects.filter(superseded_by=None).order_by("-pk")


@_public
@never_cache
def paper(request, token):
    """Behind a paper's QR code: whoever holds the paper sees whether it is genuine and still holds, and who may come."""
    found = get_object_or_404(
        Paper.objects.select_related("form", "bureau", "case").exclude(signed_at=None), token=token
    )
    is_over = found.code == "notice" and found.case.status not in ("opened", "started")
    team = [[seat.inspector.ref, seat.leads] for seat in found.case.team()]
    is_changed = found.code == "notice" and not is_over and found.facts["team"] != team
    response = render(request, "public/paper.html", {"paper": found, "is_over": is_over, "is_changed": is_changed})
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
