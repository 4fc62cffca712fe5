"""执法码平台 at the desk."""

from django import forms
from django.contrib import admin

from registries.admin.base import DeskAdmin, DeskForm

from ..sentences import say
from .models import CodePlatform


class PlatformForm(DeskForm):
    """The key that the platform has given us is typed and never shown again."""

    secret = forms.CharField(
        label="平台给的密钥",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="填了就换；留空的不变。",
    )

    def clean_secret(self):
        return self.cleaned_data["secret"] or self.instance.secret


@admin.register(CodePlatform)
class CodePlatformAdmin(DeskAdmin):
    say = staticmethod(say)
    intro = "执法码平台：方案批准、可以告知以后逐件去取码，发给检查组；取不到的照常检查，期限内补备案。"
    form = PlatformForm
    list_display = ["name", "address", "is_open", "asked_at", "trouble"]
    fields = ["name", "address", "secret", "is_open"]
