"""What the pages share that one person alone cannot write: the half of a password, the table of two hands."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from ..errors import DomainError
from ..sentences import say
from ..services import rules
from .base import DeskAdmin


def named(username, display_name):
    """Who a half is for: what they sign in with, and who they are."""
    return f"{username}（{display_name}）"


def half_page(request, title, account, half, which, back):
    """A half of a one-time password, in the answer itself: no cookie and no table ever holds it."""
    facts = admin.site.each_context(request) | {
        "title": title,
        "account": account,
        "half": half,
        "which": which,
        "back": back,
    }
    response = TemplateResponse(request, "admin/half_password.html", facts)
    response.headers["Cache-Control"] = "no-store"
    return response


class TwoHandsAdmin(DeskAdmin):
    """A table that one person alone cannot change: what is saved is asked for, and another confirms it."""

    two_hands = "改动由另一人（安全管理员或者负责人）确认以后才生效。"

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return super().changeform_view(
            request, object_id, form_url, (extra_context or {}) | {"two_hands": self.two_hands}
        )

    def save_model(self, request, obj, form, change):
        old = type(obj)._default_manager.get(pk=obj.pk) if change else None
        fields = (
            [name for name in form.changed_data if name in form.fields]
            if change
            else [each.name for each in obj._meta.concrete_fields if each.name in form.fields]
        )
        request.asked, request.refused = None, ""
        try:
            request.asked = rules.ask(obj, old, fields, by=request.user) if fields else None
        except DomainError as refused:
            request.refused = say(refused)

    def save_related(self, request, form, formsets, change):
        """Nothing hangs on a row that is not there yet."""

    def log_addition(self, request, obj, message):
        """The asking is on record, and the confirming."""

    log_change = log_addition

    def response_add(self, request, obj, post_url_continue=None):
        return self._asked(request)

    def response_change(self, request, obj):
        return self._asked(request)

    def _asked(self, request):
        if request.asked is None:
            messages.error(request, request.refused or "没有改动。")
            return HttpResponseRedirect(request.path)
        messages.success(
            request, f"已提出：{request.asked.title}。另一人确认以后生效，在“双人办理”里可以看到、撤回。"
        )
        return HttpResponseRedirect(reverse("admin:registries_consent_change", args=[request.asked.pk]))
