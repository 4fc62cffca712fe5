"""The doors: signing in (password, 统一身份认证), the second factor, one's password, one's sittings, signing out."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from . import qrcode, singlesignon, sittings
from .errors import DomainError
from .forms import CodeForm
from .models import Account
from .sentences import say
from .services import accounts, secondfactors, signins
from .visitors import address_of, device_of

_BACKEND = "registries.signin.RoleBackend"
_WAITING, _WAITS = "half_way", 300  # seconds between the password and the code
_SECOND = "second"  # this sitting was opened with a second factor


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
            return super().clean()
        except ValidationError:
            signins.fail(self.tried)
            raise


def _try(request, username):
    return signins.begin(
        username, address_of(request), request.COOKIES.get(settings.KNOWN_COOKIE_NAME), device_of(request)
    )


class SignIn(LoginView):
    """The one sign-in. It leads where one wanted to go, and to one's own desk where that is not open to the account."""

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


def _in(request, account, tried, wanted, by_what):
    login(request, account, backend=_BACKEND)
    signins.enter(account, tried, by_what)
    sittings.begin(request)
    request.session[_SECOND] = by_what.endswith("code")
    if sittings.unsent(request):
        wanted = reverse("unsent")
    elif not wanted or (wanted.startswith("/admin/") and not account.has_perm("registries.enter_admin")):
        wanted = settings.LOGIN_REDIRECT_URL
    answer = redirect(wanted)
    answer.set_cookie(
        settings.KNOWN_COOKIE_NAME, signins.remembered(request.COOKIES.get(settings.KNOWN_COOKIE_NAME), account), max_age=signins.YEAR,
        httponly=True, samesite="Lax", secure=settings.HAS_TLS,
    )  # fmt: skip
    return answer


@login_not_required
@never_cache
def code(request):
    """After the first proof: the phone's code, or a recovery code."""
    waiting = request.session.get(_WAITING)
    if not waiting or time.time() - waiting["at"] > _WAITS:
        request.session.pop(_WAITING, None)
        return redirect("login")
    account = Account.objects.filter(pk=waiting["account"], is_active=True).first()
    form, wait = CodeForm(request.POST or None), 0
    if account and request.method == "POST" and form.is_valid():
        try:
            tried = _try(request, account.username)
            if not secondfactors.passes(account, form.cleaned_data["code"]):
                signins.fail(tried)
                raise DomainError("code_wrong")
        except DomainError as refused:
            wait = 60 * refused.facts.get("minutes", 0)
            form.add_error(None, say(refused))
        else:
            del request.session[_WAITING]
            return _in(request, account, tried, waiting["wanted"], waiting["by"] + "+code")
    return _too_many(render(request, "registration/code.html", {"form": form}), wait)


@never_cache
def second_factor(request):
    """One's second factor: set it up, see how many recovery codes are left, renew them, give it up."""
    account, form, act = request.user, CodeForm(request.POST or None), request.POST.get("act")
    factor = secondfactors.of(account)
    if act in _FACTOR_ACTS and form.is_valid():
        try:
            tried = _try(request, account.username)  # whoever sits down at somebody's desk must not guess on and on
            codes = _FACTOR_ACTS[act](account, form.cleaned_data["code"])
        except DomainError as refused:
            if refused.code == "code_wrong":
                signins.fail(tried)
            form.add_error(None, say(refused))
        else:
            tried.delete()
            request.session[_SECOND] = act != "give_up"
            if act == "confirm":
                sittings.cut(request)  # whoever sat elsewhere with the password alone
            if codes:
                return render(request, "desk/recovery.html", {"codes": codes})
            messages.success(request, "已停用动态口令，今后只凭密码登录。")
            return redirect("own-account")
    facts = {
        "factor": factor, "form": form, "left": secondfactors.codes_left(account),
        "is_owed": bool(account.roles() & settings.SECOND_FACTOR_ROLES), "is_gate": is_owed(request),
    }  # fmt: skip
    if factor is None:
        form.fields["code"].help_text = "半分钟换一次；手机时间不准的先校准。"
        secret, uri = secondfactors.begin(account)
        facts |= {"secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), "qr": qrcode.of(uri)}
    return render(request, "desk/second_factor.html", facts)


_FACTOR_ACTS = {
    "confirm": secondfactors.confirm, "renew": secondfactors.renew_codes, "give_up": secondfactors.give_up,
}  # fmt: skip


def is_owed(request):
    """Whether this sitting must first set up a second factor, as one of its roles asks."""
    return bool(
        settings.SECOND_FACTOR_ROLES
        and not request.session.get(_SECOND)
        and request.user.roles() & settings.SECOND_FACTOR_ROLES
    )


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
    request.session["sso_wanted"] = wanted
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
    wanted = request.session.pop("sso_wanted", "")
    try:
        account = singlesignon.account_of(request)
        tried = _try(request, account.username)
        if not account.is_usable():
            signins.fail(tried)
            raise DomainError("sso_unknown")
    except DomainError as refused:
        return _sso_refused(request, refused)
    if settings.OIDC_IS_SECOND:
        return _in(request, account, tried, wanted, "sso+code")
    return _through(request, account, tried, wanted, "sso")


def _sso_refused(request, refused):
    facts = {"form": SignInForm(request), "refused": say(refused), "sso": settings.OIDC_TITLE}
    return render(request, "registration/login.html", facts, status=403)


# -- sitting, leaving ---------------------------------------------------------------------------------------


@never_cache
def own_account(request):
    """One's own account: its password, its second factor, where it is signed in now and was before."""
    going_on, over = sittings.of(request.user)
    facts = {
        "going_on": going_on, "over": over, "this": request.session.session_key,
        "factor": secondfactors.of(request.user),
    }  # fmt: skip
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
        request, "desk/unsent.html", {"kept": kept, "shown": [text for _, text in kept["fields"] if text.strip()]}
    )


class SignOut(LogoutView):
    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            sittings.leave(request)
        return super().post(request, *args, **kwargs)


class OwnPassword(PasswordChangeView):
    """One's own password; afterwards nobody else knows it, and whoever sat elsewhere with the old one sits no more."""

    template_name = "desk/password.html"
    success_url = "/desk/"

    def form_valid(self, form):
        if form.cleaned_data["old_password"] == form.cleaned_data["new_password1"]:
            form.add_error("new_password1", "新密码不能与原密码相同。")
            return self.form_invalid(form)
        form.save()
        sittings.cut(self.request)
        before = self.request.session.session_key
        update_session_auth_hash(self.request, form.user)
        sittings.move(before, self.request.session.session_key)
        accounts.note_own_password(self.request.user)
        messages.success(self.request, "密码已修改；别处的登录已经结束。")
        return redirect(self.success_url)
