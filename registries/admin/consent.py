"""双人办理 at the desk: what waits for a second person."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from ..errors import DomainError
from ..models import Consent
from ..sentences import say
from ..services import confirming, consents
from ..states import ConsentState
from .acts import Act
from .base import ViewOnlyAdmin
from .twohands import half_page, named


class ReasonForm(forms.Form):
    reason = forms.CharField(label="退回的原因", max_length=200)


def _may_judge(one, by):
    return by.pk != one.asked_by_id and by.pk != one.account_id


def confirm_page(desk, request, one):
    """What is to be confirmed is shown once more; after it, the second half of a password."""
    back = reverse("admin:registries_consent_change", args=[one.pk])
    if request.method != "POST":
        act = "准许" if one.kind == "edit" else "确认"
        told = "；".join([*one.in_words(), *([f"理由：{one.reason}"] if one.reason else [])])
        return desk.ask(request, act, f"{one.asked_by}提出。{told}。{act}后立即生效。", one)
    try:
        half = confirming.confirm(one, by=request.user)
    except DomainError as refused:
        messages.error(request, say(refused))
        return HttpResponseRedirect(back)
    if half:
        return half_page(
            request, "一次性密码的后一半", _whose(one), half, "后", desk._wanted(request) or back
        )
    messages.success(request, "已确认，立即生效；涉及的人已收到消息。")
    return HttpResponseRedirect(desk._wanted(request) or back)


def _whose(one):
    """The same words as on the page of the other half."""
    if one.account:
        return named(one.account.username, one.account.display_name)
    return named(one.facts["username"], one.facts["display_name"])


def refuse(one, data, by):
    consents.refuse(one, data["reason"], by=by)
    return "已退回，提出人已收到消息。"


def withdraw_page(desk, request, one):
    """Taken back by whoever asked; nobody else finds the button of any use."""
    if request.method != "POST":
        return desk.ask(request, "撤回", f"{one.title}。撤回以后什么也不会改。", one)
    try:
        consents.withdraw(one, by=request.user)
        messages.success(request, "已撤回。")
    except DomainError as refused:
        messages.error(request, say(refused))
    return HttpResponseRedirect(reverse("admin:registries_consent_change", args=[one.pk]))


@admin.register(Consent)
class ConsentAdmin(ViewOnlyAdmin):
    intro = (
        "账户、角色、密码、规则，和还没有封存的任务里的企业：改动由一人提出，另一人确认（准许）以后才生效；"
        "动到的人马上收到消息。提出的人、被动到的人都不能确认。"
    )
    list_display = ["title", "kind", "status", "asked_by", "asked_at", "judged_by", "judged_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["asked_by", "judged_by"]
    fields = ["title", "told", "reason", "status", "asked_by", "asked_at", "judged_by", "judged_at", "answer"]
    readonly_fields = fields
    acts = (
        Act(
            "confirm",
            "确认",
            "registries.confirm_consent",
            page=confirm_page,
            when=lambda each: each.status == ConsentState.ASKED and each.kind != "edit",
        ),
        Act(
            "refuse",
            "退回",
            "registries.confirm_consent",
            refuse,
            ReasonForm,
            when=lambda each: each.status == ConsentState.ASKED and each.kind != "edit",
        ),
        Act(
            "allow",
            "准许",
            "registries.allow_edit",
            page=confirm_page,
            when=lambda each: each.status == ConsentState.ASKED and each.kind == "edit",
        ),
        Act(
            "deny",
            "不准",
            "registries.allow_edit",
            refuse,
            ReasonForm,
            when=lambda each: each.status == ConsentState.ASKED and each.kind == "edit",
        ),
        Act(
            "withdraw",
            "提出人撤回",
            "registries.view_consent",
            page=withdraw_page,
            when=lambda each: each.status == ConsentState.ASKED,
        ),
    )

    @admin.display(description="原来和改后")
    def told(self, one):
        rows = format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", one.shown)
        return format_html("<table><tr><th></th><th>原来</th><th>改后</th></tr>{}</table>", rows)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("asked_by", "judged_by", "account")
