"""What people do with the registers outside the admin: the doors, and an inspector's yearly declaration of recusals."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from . import sittings
from .errors import DomainError
from .forms import NothingForm, RelationForm, known_words
from .models import Inspector
from .sentences import say
from .services import accounts, relations, signins
from .visitors import address_of


class SignInForm(AuthenticationForm):
    """Counts the try before it looks at the password."""

    def clean(self):
        typed = self.cleaned_data.get("username") or ""
        try:
            self.tried = signins.begin(typed, address_of(self.request), self.request.COOKIES.get(signins.COOKIE))
        except DomainError as locked:
            raise ValidationError(say(locked), code="locked") from None
        try:
            return super().clean()
        except ValidationError:
            signins.fail(self.tried)
            raise


class SignIn(LoginView):
    """The one sign-in. It leads where one wanted to go, and to one's own desk where that is not open to the account."""

    form_class = SignInForm

    def form_valid(self, form):
        answer = super().form_valid(form)
        account = form.get_user()
        signins.enter(account, form.tried)
        sittings.begin(self.request)
        answer.set_cookie(
            signins.COOKIE, signins.remembered(self.request.COOKIES.get(signins.COOKIE), account), max_age=signins.YEAR,
            httponly=True, samesite="Lax", secure=settings.HAS_TLS,
        )  # fmt: skip
        return answer

    def get_success_url(self):
        if sittings.unsent(self.request):
            return reverse("unsent")
        wanted = super().get_success_url()
        may = not wanted.startswith("/admin/") or self.request.user.has_perm("registries.enter_admin")
        return wanted if may else settings.LOGIN_REDIRECT_URL


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
            signins.leave(request.user, address_of(request))
        return super().post(request, *args, **kwargs)


class OwnPassword(PasswordChangeView):
    """One's own password; afterwards nobody else knows it."""

    template_name = "desk/password.html"
    success_url = "/desk/"

    def form_valid(self, form):
        if form.cleaned_data["old_password"] == form.cleaned_data["new_password1"]:
            form.add_error("new_password1", "新密码不能与原密码相同。")
            return self.form_invalid(form)
        answer = super().form_valid(form)
        accounts.note_own_password(self.request.user)
        messages.success(self.request, "密码已修改。")
        return answer


_TOLD = {
    "one": "已申报，今后的抽取即日起回避；已经抽出、派给您的，请告知经办人更换人员。法制审核后可在本页看到结果。还有的请继续申报。",
    "nothing": "已申报。",
}


@never_cache
def recusals(request):
    """This year's declaration: what stands, one more ground, or that there is nothing to declare."""
    inspector = Inspector.objects.filter(account=request.user, left_on=None).first()
    if inspector is None or not request.user.has_perm("registries.declare_relation"):
        raise Http404
    which = request.POST.get("which")
    nothing = NothingForm(request.POST if which == "nothing" else None)
    one = RelationForm(request.POST if which == "one" else None, bureau=inspector.bureau)
    form = {"nothing": nothing, "one": one}.get(which)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            relations.declare(inspector, by=request.user, found=form.found() if which == "one" else None)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, _TOLD[which])
            return redirect("registry:recusals")
    today = timezone.localdate()
    facts = {
        "inspector": inspector, "nothing": nothing, "one": one, "year": today.year,
        "declared": inspector.declarations.filter(year=today.year).order_by("made_at"),
        "standing": relations.standing(inspector).select_related("subject", "ground"),
        "refused": inspector.relations.filter(source="self", status="refused").select_related("subject", "ground")[:5],
        "known": known_words(inspector.bureau), "enters_admin": request.user.has_perm("registries.enter_admin"),
    }  # fmt: skip
    return render(request, "desk/recusals.html", facts)
