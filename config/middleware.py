"""One header for every answer; sign-in for every page that is not declared public."""

import time
from contextvars import ContextVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.cache import CacheMiddleware
from django.shortcuts import render
from django.urls import Resolver404, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils.cache import get_conditional_response

from publicity import generation, whose
from registries import doors, givingway, sittings

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",  # blob: a photo on the phone that is not sent yet
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class ContentSecurityPolicy:
    """Only our own files, no inline script, no inline style, no frame (Django 5.2 has no CSP of its own)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class GivesWay:
    """The phones' process rests after each filing while somebody sits at the desk (registries/givingway.py);
    the others say that somebody does."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.monotonic()
        if not settings.GIVES_WAY and request.path != "/healthz":
            givingway.say()
        answer = self.get_response(request)
        if request.method == "POST":
            givingway.rest(time.monotonic() - began)
        return answer


class WhoseWindow:
    """Says whose public page is asked for (publicity/whose.py), before anything is kept or looked for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        before = get_script_prefix()
        try:
            return whose.enter(request) or whose.leave(request, self.get_response(request))
        finally:
            set_script_prefix(before)


_MOST_KEPT = 60_000  # bytes of a page; files are read from the disk as they are


_generation = ContextVar("generation", default=0)


class PublicPages(CacheMiddleware):
    """Pages that the public window marked as such are kept in this process for as long as they say, and no
    longer than until the bureau's next public act; nothing else is kept, and what is kept carries no cookie
    and varies by the packing alone."""

    @property
    def key_prefix(self):
        """A page is kept under the generation that it was asked for in: what comes later is newer."""
        return f"public{_generation.get()}"

    @key_prefix.setter
    def key_prefix(self, value):
        pass

    def process_request(self, request):
        _generation.set(generation.pin(request.whose.pk if settings.PUBLIC_SECONDS else 0))
        request._cache_update_cache = False
        # PostgreSQL has no text with a NUL in it; nobody who means well sends one.
        request.path_info = request.path_info.replace("\x00", "\ufffd")
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "")
        if request.content_type == "application/x-www-form-urlencoded" and request.method == "POST":
            request._body = request.body.replace(b"%00", b"")
        if request.method in ("GET", "HEAD"):
            request.encoding = "utf-8"  # whatever a question says of a body that it does not have
            self._keep_known(request)
        kept = super().process_request(request) if settings.PUBLIC_SECONDS else None
        # Who has it already gets 304 from what is kept, as from the view.
        return kept and get_conditional_response(request, etag=kept.headers.get("ETag"), response=kept)

    def _keep_known(self, request):
        """Of a public page's address only the questions it knows, each once, in one order."""
        asked = request.META["QUERY_STRING"]
        if not asked:
            return
        try:
            known = getattr(resolve(request.path_info).func, "asks", None)
        except Resolver404:
            return
        if known is not None:
            given = QueryDict(asked.encode("latin-1"))  # as WSGI hands it over: bytes under another name
            request.META["QUERY_STRING"] = urlencode({name: given[name] for name in known if name in given})

    def _should_update_cache(self, request, response):
        is_ours = settings.PUBLIC_SECONDS and getattr(response, "is_public", False) and not response.cookies
        is_small = is_ours and not response.streaming and len(response.content) <= _MOST_KEPT
        return bool(is_small and request._cache_update_cache)


class SignInUnlessPublic(LoginRequiredMiddleware):
    """Django's own asks for the user first, so a public page would touch the session and vary by cookie."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        if request.user.is_authenticated and (gone := self._moved(request)):
            return gone
        over = request.user.is_authenticated and sittings.is_over(request)
        if over:
            sittings.end(request)
        elif request.user.is_authenticated:
            sittings.sent_again(request)
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if over and answer is not None and answer.status_code == 302:
            answer["Location"] += "&over=1"
        if answer is not None and request.headers.get("X-Mingqian") == "field":
            # The phone's page keeps what it has and asks for a sign-in; a redirect to a
            # page would tell it nothing.
            return JsonResponse({"error": "signed_out"}, status=401)
        return answer or self._first(request)

    def _moved(self, request):
        """What is left of a bureau that has moved away is read by its auditor, and leads everybody else
        on."""
        bureau = request.user.bureau
        if bureau is None or bureau.moved_at is None or request.resolver_match.url_name == "logout":
            return None
        if request.headers.get("X-Mingqian") == "field":
            return JsonResponse({"error": "signed_out"}, status=401)
        if request.method in ("GET", "HEAD") and request.user.has_perm("registries.view_journalentry"):
            return None
        return render(request, "moved.html", {"bureau": bureau}, status=403)

    def _first(self, request):
        """What must be done before anything else: a password that somebody else has set, or a second factor
        that is owed, opens one page."""
        borrowed = getattr(request.user, "must_change_password", False)
        owed = "password" if borrowed else "second-factor" if doors.is_gated(request) else None
        if owed is None or request.resolver_match.url_name in (owed, "logout"):
            return None
        if request.headers.get("X-Mingqian") == "field":
            return JsonResponse({"error": "signed_out"}, status=401)
        return HttpResponseRedirect(reverse(owed))
