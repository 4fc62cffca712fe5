"""借人、外借 at the desk."""

from django import forms
from django.contrib import admin

from .. import presence, tree
from ..models import Bureau, Inspector, Lending, LoanRequest, Skill
from ..services import loans
from ..states import LendingState, LoanState
from .acts import Act, ReasonForm, reasoned
from .base import ViewOnlyAdmin


class AskForm(forms.Form):
    knows_thing = True

    lender = forms.ModelChoiceField(label="向哪个机关借", queryset=Bureau.objects.none())
    number = forms.IntegerField(label="人数", min_value=1, max_value=50)
    skill = forms.ModelChoiceField(label="专业", queryset=Skill.objects.none(), required=False)
    since = forms.DateField(label="自", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="至", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="为什么借", max_length=200, help_text="如：回避以后只剩一人能去。")

    def __init__(self, *args, thing, by, **kwargs):
        super().__init__(*args, **kwargs)
        kin = Bureau.objects.here().filter(pk__in=tree.others(by.bureau))
        self.fields["lender"].queryset = kin.order_by("code")
        self.fields["skill"].queryset = Skill.objects.filter(bureau=by.bureau)


def ask(thing, data, by):
    skill = data["skill"].name if data["skill"] else ""
    told = (data["lender"], data["number"], data["since"], data["until"], data["reason"])
    loans.ask(*told, by=by, skill=skill)


@admin.register(LoanRequest)
class LoanRequestAdmin(ViewOnlyAdmin):
    intro = (
        "本机关能去的人不够（回避、缺专业）时，向省市县里别的机关借。对方负责人决定借谁；"
        "借到的人只在那几天能抽。"
    )
    list_display = ["lender", "number", "skill", "since", "until", "status", "answer"]
    fields = [
        "lender",
        "number",
        "skill",
        "since",
        "until",
        "reason",
        "status",
        "answer",
        "asked_by",
        "asked_at",
    ]
    list_acts = (Act("ask", "借人", "registries.ask_loan", ask, AskForm, done="已告诉对方负责人。"),)
    acts = (
        Act(
            "withdraw",
            "撤回",
            "registries.ask_loan",
            reasoned(loans.withdraw),
            ReasonForm,
            when=lambda each: each.status == LoanState.ASKED,
            done="已撤回。",
        ),
    )


class GrantForm(forms.Form):
    knows_thing = True

    people = forms.ModelMultipleChoiceField(
        label="借出谁",
        queryset=Inspector.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="只列那几天能去的人。借出的那几天，本机关不抽他们。",
    )

    def __init__(self, *args, thing, by, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Inspector.objects.filter(bureau=thing.bureau, left_on=None, lent_until=None)
        rows = rows.select_related("bureau").prefetch_related(
            "certificates", "leaves", "trainings", "declarations"
        )
        fit = [each.pk for each in rows if presence.of(each, thing.since, thing.until) == "E"]
        self.fields["people"].queryset = Inspector.objects.filter(pk__in=fit).order_by("ref")


@admin.register(Lending)
class LendingAdmin(ViewOnlyAdmin):
    intro = "别的机关来借的人：负责人决定借谁，或者写明为什么不借。"
    list_display = ["borrower", "number", "skill", "since", "until", "status"]
    fields = [
        "borrower",
        "number",
        "skill",
        "since",
        "until",
        "reason",
        "status",
        "people",
        "answer",
        "judged_by",
    ]
    acts = (
        Act(
            "grant",
            "借出",
            "registries.grant_loan",
            lambda each, data, by: loans.grant(each, data["people"], by=by),
            GrantForm,
            when=lambda each: each.status == LendingState.ASKED,
            done="已借出，对方和本人的日程都写上了。",
        ),
        Act(
            "refuse",
            "不借",
            "registries.grant_loan",
            reasoned(loans.refuse),
            ReasonForm,
            when=lambda each: each.status == LendingState.ASKED,
            done="已答复。",
        ),
    )
