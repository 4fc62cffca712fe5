"""外勤: the installable page for a phone without network, and the three addresses it speaks to."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from registries.errors import DomainError

from ..case import looks, readiness, schemes, staffing
from ..case.models import Case
from ..papers import lending, notices
from ..states import FOLLOWED_CASE, OPEN_CASE, CaseState, EntryState, FilingState, RecusalState
from . import filings, followup, lines, onthespot, package, submissions, talk, uploads
from .models import Filing

# In the order in which the page runs them.
SCRIPTS = [
    "signature",
    "field-store",
    "field-clock",
    "field-merge",
    "field-content",
    "field-send",
    "field-rules",
    "field-parts",
    "field-codes",
    "field-numbers",
    "field-drafts",
    "field-photos",
    "field-shots",
    "field-home",
    "field-arrive",
    "field-visit",
    "field-partner",
    "field-sign",
    "field-papers",
    "field-review",
    "field-late",
    "field-backup",
    "field",
]
_FILES = [
    "css/field.css",
    *(f"js/{name}.js" for name in SCRIPTS),
    "js/qr-write.js",
    "js/qr-read.js",
    "img/seal.svg",
]


@ensure_csrf_cookie
@never_cache
def shell(request):
    """The page that works without a network; what it shows lies on the phone."""
    return talk.marked(render(request, "desk/field.html", {"scripts": [f"js/{name}.js" for name in SCRIPTS]}))


@login_not_required
def worker(request):
    """The service worker, with the names of today's files: it keeps this page and nothing else."""
    names = [static(name) for name in _FILES]
    text = (Path(settings.BASE_DIR) / "static/js/field-worker.js").read_text(encoding="utf-8")
    version = hashlib.sha256(
        "".join([text, *names, *(_digest(name) for name in _FILES)]).encode()
    ).hexdigest()[:12]
    body = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(names)};\n{text}"
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/desk/"
    response["Cache-Control"] = "no-cache"
    return response


def _digest(name):
    return hashlib.sha256((Path(settings.BASE_DIR) / "static" / name).read_bytes()).hexdigest()


@login_not_required
def manifest(request):
    """What a phone needs to put the page on its home screen."""
    icon = {"src": static("img/seal.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "name": "明签 现场检查",
            "short_name": "现场检查",
            "lang": "zh-CN",
            "start_url": "/desk/field/",
            "scope": "/desk/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#1b4f72",
            "icons": [icon],
        },
        json_dumps_params={"ensure_ascii": False},
    )


@require_POST
@talk.answers
def tasks(request):
    """My open cases with everything a visit needs, to be taken along: each with
    its notice, each look kept."""
    mine = Case.objects.visible_to(request.user).filter(status__in=OPEN_CASE)
    kept_away = Q(recusals__status=RecusalState.UPHELD, recusals__inspector__account=request.user)
    found = list(
        mine.exclude(pk__in=mine.filter(kept_away)).select_related(
            "subject__category", "task", "bureau", "draw"
        )
    )
    looks.note_all(found, request.user, "field")
    return talk.tell(
        {
            "account": request.user.pk,
            "name": str(request.user),
            "now": timezone.now().isoformat(),
            "days": request.user.bureau.rectify_days,
            "cases": [package.of(each, request.user) for each in found],
            "settle": [package.of(each, request.user) for each in _to_settle(request.user)],
            "reviews": [followup.of(each, request.user) for each in followup.cases(request.user)],
        }
        | package.words(request.user)
    )


def _to_settle(account):
    """My cases whose record is signed: those that still ask something of the team's phone (lines that came
    later, photos that cannot be opened), and those to which something may be added before the report."""
    ended = Case.objects.visible_to(account).filter(status__in=FOLLOWED_CASE)
    late = Q(entries__status=EntryState.LATE) | Q(uploads__fault__gt="") | Q(status=CaseState.ENDED)
    late |= Q(filings__status=FilingState.HELD, filings__kind="lines")
    found = ended.filter(late).select_related("subject__category", "task", "bureau", "draw").distinct()
    return [each for each in found if each.status == CaseState.ENDED or package.asks(each)]


@require_POST
@talk.answers
def plan(request, token):
    """The day on which the team means to go."""
    case = looks.mine(request, token)
    said = submissions.day_of(request.POST["day"]) if request.POST.get("day") else None
    staffing.plan_day(case, said, by=request.user)
    return talk.tell({"planned_on": case.planned_on.isoformat() if case.planned_on else ""})


@require_POST
@talk.answers
def share(request, token):
    """What I have answered so far in; what everybody of the team has said out. The lines are kept under the
    name of who answered them; nothing is filed by it."""
    case = looks.mine(request, token)
    said = submissions.read_share(request.body)
    inspector = staffing.require_member(case, request.user)
    with transaction.atomic():
        readiness.hold(case)
        case.refresh_from_db(fields=["status"])
        lines.say(case, inspector, said["lines"])
        lines.take_rulings(case, inspector, said["rulings"], by=request.user)
        lines.share(case, inspector, said["more"])
    told = {"told": lines.told(case), "rulings": lines.rulings(case), "status": case.status}
    told["shares"] = lines.shares(case, inspector)
    return talk.tell(told)


@require_POST
@talk.answers
def notice(request, token):
    """Sign the notice of my case, so that it can be taken along. Reading the tasks signs nothing."""
    case = looks.mine(request, token)
    schemes.require_approved(case)
    return talk.tell({"notice": notices.require_signed(case, by=request.user).number}, 201)


@require_POST
@talk.answers
def numbers(request, token):
    """{"device", "take", "spare", "spoiled"} in: what this phone gives back, and whether it wants numbers;
    what lies on it now out. Told twice it is the same."""
    case = talk.own(request, token)
    told = submissions.read_numbers(request.body)
    onthespot.settle_numbers(case, told, by=request.user)
    device = told["device"]
    lent = lending.lend(case, device, by=request.user) if told["take"] else lending.on_phone(case, device)
    return talk.tell({"lent": package.numbers(case, lent)})


@require_http_methods(["GET", "PUT"])
@talk.answers
def upload(request, token, digest):
    """GET: how much of a file is here. PUT: the next piece, `Content-Range: bytes 0-262143/1048576`."""
    case = talk.own(request, token)
    if request.method == "GET":
        return talk.tell(uploads.state(case, digest))
    try:
        span, total = request.headers["Content-Range"].removeprefix("bytes ").split("/")
        offset = int(span.split("-")[0])
        state = uploads.put(case, digest, offset, int(total), request.body, by=request.user)
    except (KeyError, ValueError):
        raise DomainError("upload_digest") from None
    return talk.tell(state, 201 if state["complete"] else 200)


@never_cache
def old_photo(request, token, digest):
    """A photo of last time, small, for whoever looks again."""
    case = talk.own(request, token)
    looks.note(case, request.user, "field")
    data = followup.old_photo(case, digest)
    if data is None:
        raise Http404
    return talk.marked(HttpResponse(data, content_type="image/jpeg"))


@require_POST
@talk.answers
def submit(request, token):
    """A visit. 201 with its receipt once it is in the database, whatever then becomes of it;
    the same again is the same."""
    return talk.taken(request, token, filings.receive)


@talk.answers
def status(request, mark):
    """What became of my submission."""
    filing = get_object_or_404(
        Filing.objects.filter(by=request.user).select_related("case__subject"), uuid=mark
    )
    return talk.tell(talk.receipt(filing))
