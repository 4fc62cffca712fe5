"""哪个机关的窗口: each public page belongs to one bureau: the one whose host it is, or whose code stands in
/b/<code>/. Where there is one bureau (or one that has said anything yet), its pages are at the root, as
simple as ever."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpResponseRedirect
from django.urls import Resolver404, get_script_prefix, resolve, set_script_prefix

from inspections.models import Draw, LentNumber, Paper, Plan
from registries.models import Bureau, ItemList

from .models import Disclosure, Listing
from .reading import lately

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch

_UNDER = re.compile(r"/b/([A-Za-z0-9_-]{1,30})(/.*)?", re.DOTALL)
_KEPT = 307  # a form that was sent to an old address is sent on as it is


@dataclass(frozen=True)
class Whose:
    """A bureau as its pages show it. `prefix`: what stands before their addresses."""

    pk: int = 0
    code: str = ""
    name: str = ""
    site_code: str = ""
    site_record: str = ""
    site_contact: str = ""
    site_host: str = ""
    moved_to: str = ""
    prefix: str = ""


NOBODY = Whose()


def everybody() -> list[Whose]:
    """The bureaus of the installation, the first founded first; read once a minute."""
    return lately("bureaus", _everybody) or _everybody()  # none: the first may have been founded a moment ago


def _everybody():
    fields = ("pk", "code", "name", "site_code", "site_record", "site_contact", "site_host", "moved_to")
    own = {"bureau": OuterRef("pk")}
    has_told = (
        Exists(Draw.objects.filter(**own))
        | Exists(Disclosure.objects.filter(**own))
        | Exists(ItemList.objects.filter(published_on__isnull=False, **own))
        | Exists(Plan.objects.filter(published_at__isnull=False, **own))
    )
    rows = list(Bureau.objects.order_by("pk").annotate(has_told=has_told).values(*fields, "has_told"))
    told = [each["pk"] for each in rows if each.pop("has_told")] or [each["pk"] for each in rows[:1]]
    root = told[0] if len(told) == 1 else None
    return [Whose(**each, prefix="" if each["pk"] == root else f"/b/{each['code']}") for each in rows]


def of(bureau_id: int) -> Whose:
    """A bureau's window by its key."""
    return next((each for each in everybody() if each.pk == bureau_id), NOBODY)


def place(whose: Whose, request: HttpRequest | None = None) -> str:
    """Where a bureau's pages begin, for permalinks in files: its host, PUBLIC_URL, or where the reader found
    it; without a slash at the end."""
    if request is not None and not settings.PUBLIC_URL:
        host = f"{request.scheme}://{request.get_host()}"
        return host + ("" if request.get_host() == whose.site_host else whose.prefix)
    scheme = settings.PUBLIC_URL.partition("://")[0] or "https"
    return f"{scheme}://{whose.site_host}" if whose.site_host else settings.PUBLIC_URL + whose.prefix


def enter(request: HttpRequest) -> HttpResponse | None:
    """Say whose page is asked for (request.whose); an answer where it stands elsewhere."""
    found = _enter(request, everybody())
    if found is None and request.whose.moved_to and _window(request.path_info):
        return _away(request, request.whose.moved_to)
    return found


def _away(request, to):
    """To where a bureau has moved; what was sent is sent on as it is."""
    answer = _on(request, to)
    if request.method in ("GET", "HEAD"):
        answer.status_code = 302
    return answer


def _enter(request, bureaus):
    request.whose = NOBODY
    told = _UNDER.fullmatch(request.path_info)
    if told:
        return _under(request, bureaus, told[1], told[2])
    if any(each.site_host for each in bureaus):
        host = request.get_host()
        found = next((each for each in bureaus if each.site_host == host), None)
        if found:
            request.whose = replace(found, prefix="")
            return None
    root = next((each for each in bureaus if not each.prefix), None)
    if root:
        request.whose = root
        return None
    return lead_on(request, bureaus[0]) if bureaus else None


def lead_on(request: HttpRequest, usual: Whose) -> HttpResponse | None:
    """The way to where an address of before, or of a printed code, leads now; None where it leads nowhere."""
    match = _window(request.path_info)
    if match is None or getattr(match.func, "stays", False):
        return None
    owner = _whose(match, everybody(), usual)
    return _on(request, owner.prefix) if owner.prefix else None


def leave(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Not among the pages of the one at the root: perhaps among another's."""
    whose = getattr(request, "whose", NOBODY)
    if (
        response.status_code == 404
        and whose.pk
        and request.path == request.path_info
        and len(everybody()) > 1
    ):
        return lead_on(request, whose) or response
    return response


def _under(request, bureaus, code, rest):
    """Below /b/<code>/ there are public pages, and nothing else."""
    found = next((each for each in bureaus if each.code == code), None)
    if found is None:
        return None
    if rest is None:
        return HttpResponseRedirect(f"{request.path}/")
    if not found.prefix or _window(rest) is None and not rest.startswith("/b/"):
        return _on(request, "", rest)
    request.whose, request.path_info = found, rest
    set_script_prefix(f"{get_script_prefix().rstrip('/')}{found.prefix}/")
    return None


def _window(path) -> ResolverMatch | None:
    """The public page at an address; None where there is none, or it is no public one."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match if getattr(match.func, "is_window", False) else None


def _on(request, prefix, path=None):
    asked = request.META.get("QUERY_STRING", "")
    to = f"{prefix}{path or request.path_info}" + (f"?{asked}" if asked else "")
    answer = HttpResponseRedirect(to)
    if request.method not in ("GET", "HEAD"):
        answer.status_code = _KEPT
    answer["Cache-Control"] = "public, max-age=60"
    return answer


def _whose(match, bureaus, usual):
    """Whose an address of before is: that of what it names, or the one's that was alone then."""
    asked = match.kwargs
    rows = []
    if token := asked.get("token"):
        rows = [
            Disclosure.objects.filter(token=token),
            Paper.objects.filter(token=token),
            LentNumber.objects.filter(token=token),
        ]
    elif number := asked.get("number"):
        rows = [Draw.objects.filter(number=number)]
    elif ref := asked.get("ref"):
        rows = [Listing.objects.filter(ref=ref)]
    for each in rows:
        if (key := each.values_list("bureau", flat=True).first()) is not None:
            return next((one for one in bureaus if one.pk == key), usual)
    return usual
