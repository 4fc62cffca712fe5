"""The doors: signing in (password, 统一身份认证), the second factor, one's password,
one's sittings, signing out."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from . import cipher, qrcode, singlesignon, sittings
from .errors import DomainError
from .forms import CodeForm
from .models import Account
from .sentences import say
from .services import accounts, secondfactors, signins
from .visitors import address_of, device_of

_BACKEND = "registries.signin.RoleBackend"
_WAITING, _WAITS = "half_way", 300  # seconds between the password and the code
_SECOND = "second"  # by what this sitting has given a second factor: "code", "sso" or nothing
_WANTED = "sso_wanted"
_PENDING = "pending_factor"  # the secret that is being set up


class SignInForm(AuthenticationForm):
    """Counts the try before it looks at the password."""

    wait = 0  # seconds, where too many were made

    def clean(self):
        try:
            self.tried = _try(self.request, self.cleaned_data.get("username") or "")
        except DomainError as locked:
            self.wait = locked.facts["minutes"] * 60
            raise ValidationError(say(locked), code="locked") from None
        try:
            cleaned = super().clean()
        except ValidationError:
            signins.fail(self.tried)
            raise
        try:
            signins.require_here(self.get_user())
        except DomainError as gone:
            raise ValidationError(say(gone), code="moved") from None
        return cleaned


def _try(request, username):
    return signins.begin(
        username, address_of(request), request.COOKIES.get(settings.KNOWN_COOKIE_NAME), device_of(request)
    )


class SignIn(LoginView):
    """The one sign-in. It leads where one wanted to go, and to one's own desk where that
    is not open to the account."""

    form_class = SignInForm

    def get_context_data(self, **kwargs):
        return super().get_context_data(sso=settings.OIDC_ISSUER and settings.OIDC_TITLE, **kwargs)

    def form_invalid(self, form):
        return _too_many(super().form_invalid(form), form.wait)

    def form_valid(self, form):
        return _through(self.request, form.get_user(), form.tried, self.get_redirect_url(), "password")


def _too_many(answer, wait):
    """Whoever must wait is told so in the answer itself (RFC 6585) as on the page."""
    if wait:
        answer.status_code = 429
        answer["Retry-After"] = str(wait)
    return answer


def _through(request, account, tried, wanted, by_what):
    """One proof has been given: in, or on to the second."""
    if secondfactors.of(account) is None:
        return _in(request, account, tried, wanted, by_what)
    waiting = {"account": account.pk, "at": int(time.time()), "wanted": wanted, "by": by_what}
    request.session[_WAITING] = waiting
    return redirect("code")


@transaction.atomic
def _in(request, account, tried, wanted, by_what, second=None):
    """Signed in, in one piece: the sitting, its entry, and what was counted. `second`: by what
    the second factor was given."""
    sittings.leave_seat(request)  # whoever sat here before, at a desk shared in shifts
    login(request, account, backend=_BACKEND)
    signins.enter(account, tried, by_what)
    sittings.begin(request)
    request.session[_SECOND] = second
    if sittings.unsent(request):
        wanted = reverse("unsent")
    elif account.has_perm("registries.enter_admin"):
        wanted = wanted or reverse("admin:index")
    elif not wanted or wanted.startswith("/admin/"):
        wanted = settings.LOGIN_REDIRECT_URL
    answer = HttpResponseRedirect(wanted)
    answer.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        signins.remembered(request.COOKIES.get(settings.KNOWN_COOKIE_NAME), account),
        max_age=signins.YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.HAS_TLS,
    )
    return answer


@login_not_required
@never_cache
def code(request):
    """After the first proof: the phone's code, or a recovery code."""
    waiting = request.session.get(_WAITING)
    account = Account.objects.filter(pk=waiting["account"]).first() if waiting else None
    if account is None or not account.is_usable() or time.time() - waiting["at"] > _WAITS:
        request.session.pop(_WAITING, None)
        return redirect("login")
    form, wait = CodeForm(request.POST or None), 0
    if request.method == "POST" and form.is_valid():
        try:
            tried = _proved(request, account, secondfactors.require, form.cleaned_data["code"])[0]
        except DomainError as refused:
            wait = _wait_of(refused)
            form.add_error(None, say(refused))
        else:
            del request.session[_WAITING]
            return _in(request, account, tried, waiting["wanted"], waiting["by"] + "+code", "code")
    return _too_many(render(request, "registration/code.html", {"form": form}), wait)


def _proved(request, account, act, *given):
    """An act that takes a code, counted as a try: whoever sits down at somebody's desk
    must not guess on and on.

    Returns (the try, what the act returns); the try is thrown away where the refusal was not the code's.
    """
    tried = _try(request, account.username)
    try:
        return tried, act(account, *given)
    except DomainError as refused:
        if refused.code == "code_wrong":
            signins.fail(tried)
        else:
            tried.delete()
        raise


def _wait_of(refused):
    return 60 * refused.facts.get("minutes", 0)


@never_cache
def second_factor(request):
    """One's second factor: set it up, see how many recovery codes are left, renew them, give it up."""
    account, form, act, wait = request.user, CodeForm(request.POST or None), request.POST.get("act"), 0
    factor = secondfactors.of(account)
    secret = _pending(request) if factor is None else ""
    if act in _FACTOR_ACTS and form.is_valid():
        given = [form.cleaned_data["code"]]
        try:
            tried, codes = _proved(
                request, account, _FACTOR_ACTS[act], *([secret] if act == "confirm" else []), *given
            )
        except DomainError as refused:
            wait = _wait_of(refused)
            form.add_error(None, say(refused))
        else:
            return _changed(request, tried, act, codes)
    facts = {
        "factor": factor,
        "form": form,
        "left": secondfactors.codes_left(account),
        "is_demanded": secondfactors.is_demanded(account),
        "is_gated": is_gated(request),
    }
    if factor is None:
        form.fields["code"].help_text = "半分钟换一次；手机时间不准的先校准。"
        facts["secret"] = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
        facts["qr"] = qrcode.of(secondfactors.address_of(account, secret))
    return _too_many(render(request, "desk/second_factor.html", facts), wait)


def _changed(request, tried, act, codes):
    tried.delete()
    request.session.pop(_PENDING, None)
    request.session[_SECOND] = None if act == "give_up" else "code"
    if act == "confirm":
        sittings.cut(request)  # whoever sat elsewhere with the password alone
    if codes:
        return render(request, "desk/recovery.html", {"codes": codes})
    messages.success(request, "已停用动态口令，今后只凭密码登录。")
    return redirect("own-account")


def _pending(request):
    """The secret that this sitting is setting up, and no other: sealed in its session until
    the phone has shown a code."""
    sealed = request.session.get(_PENDING)
    if sealed is None:
        sealed = request.session[_PENDING] = cipher.encrypt(secondfactors.fresh_secret(), _PENDING)
    return cipher.decrypt(sealed, _PENDING)


_FACTOR_ACTS = {
    "confirm": secondfactors.confirm,
    "renew": secondfactors.renew_codes,
    "give_up": secondfactors.give_up,
}


def is_gated(request):
    """Whether this sitting must first set up a second factor, as one of its roles demands."""
    if not settings.SECOND_FACTOR_ROLES or not secondfactors.is_demanded(request.user):
        return False
    given = request.session.get(_SECOND)
    # it was taken away since
    return given is None or (given == "code" and secondfactors.of(request.user) is None)


# -- 统一身份认证 ------------------------------------------------------------------------------------------


@login_not_required
@never_cache
def sso(request):
    """To the provider. It leads back to sso_back."""
    if not settings.OIDC_ISSUER:
        raise Http404
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        wanted = ""
    request.session[_WANTED] = wanted
    try:
        return singlesignon.ask(request, request.build_absolute_uri(reverse("sso-back")))
    except DomainError as refused:
        return _sso_refused(request, refused)


@login_not_required
@never_cache
def sso_back(request):
    """From the provider: whose account that is; a second factor is asked for as after a password."""
    if not settings.OIDC_ISSUER:
        raise Http404
    wanted = request.session.get(_WANTED, "")
    try:
        account = singlesignon.account_of(request)
        tried = _try(request, account.username)
        if not account.is_usable():
            signins.fail(tried)
            raise DomainError("account_over")
        signins.require_here(account)
    except DomainError as refused:
        return _sso_refused(request, refused)
    request.session.pop(_WANTED, None)
    if settings.OIDC_IS_SECOND:
        return _in(request, account, tried, wanted, "sso", "sso")
    return _through(request, account, tried, wanted, "sso")


def _sso_refused(request, refused):
    """The sign-in page with why, and the password's form, which goes to the one sign-in."""
    wanted = request.session.pop(_WANTED, "")
    facts = {"form": SignInForm(request), "refused": say(refused), "sso": settings.OIDC_TITLE, "next": wanted}
    answer = render(
        request, "registration/login.html", facts, status=503 if refused.code == "sso_away" else 403
    )
    if refused.code == "sso_away":
        answer["Retry-After"] = "30"
    return _too_many(answer, _wait_of(refused))


# -- sitting, leaving ---------------------------------------------------------------------------------------


@never_cache
def own_account(request):
    """One's own account: its password, its second factor, where it is signed in now and was before."""
    going_on, over = sittings.of(request.user)
    facts = {
        "going_on": going_on,
        "over": over,
        "this": request.session.session_key,
        "factor": secondfactors.of(request.user),
    }
    return render(request, "desk/account.html", facts)


@require_POST
def cut_sittings(request):
    """End one of them, or all but this."""
    which = request.POST.get("which", "")
    ended = sittings.cut(request, int(which) if which.isdecimal() and len(which) < 19 else None)
    messages.success(request, f"已结束 {ended} 处登录。" if ended else "那里已经退出。")
    return redirect("own-account")


@never_cache
def unsent(request):
    """What one was sending when the sitting ended: send it now, or give it up."""
    kept = sittings.unsent(request)
    if kept is None or request.method == "POST":
        sittings.forget(request)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(
        request,
        "desk/unsent.html",
        {"kept": kept, "shown": [text for _, text in kept["fields"] if text.strip()]},
    )


class SignOut(LogoutView):
    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            sittings.leave(request)
        return super().post(request, *args, **kwargs)


class OwnPassword(PasswordChangeView):
    """One's own password; afterwards nobody else knows it, and whoever sat elsewhere with
    the old one sits no more."""

    template_name = "desk/password.html"
    success_url = "/desk/"

    def form_valid(self, form):
        if form.cleaned_data["old_password"] == form.cleaned_data["new_password1"]:
            form.add_error("new_password1", "新密码不能与原密码相同。")
            return self.form_invalid(form)
        with transaction.atomic():  # the password, its entry and the sittings of the old one: all or nothing
            form.save()
            ended = sittings.cut(self.request)
            before = self.request.session.session_key
            update_session_auth_hash(self.request, form.user)
            sittings.move(before, self.request.session.session_key)
            accounts.note_own_password(self.request.user)
        messages.success(
            self.request, f"密码已修改，别处的 {ended} 处登录已经结束。" if ended else "密码已修改。"
        )
        return redirect(self.success_url)
