"""回避申请 at the desk: decided, with a change of the team where it is upheld."""

from django import forms
from django.contrib import admin

from registries.admin.acts import Act
from registries.admin.base import ViewOnlyAdmin
from registries.models import Inspector

from ..case.forms import ReasonForm
from ..sentences import say
from ..states import ChangeState, RecusalState
from . import recusals
from .models import RecusalRequest


class UpholdForm(forms.Form):
    knows_thing = True
    note = forms.CharField(
        label="理由", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        if thing is not None and thing.case.draw_id is None:
            people = Inspector.objects.filter(bureau=by.bureau, left_on=None, duty="officer")
            self.fields["replacement"] = forms.ModelChoiceField(
                label="替换人员",
                queryset=people,
                required=False,
                help_text="这件检查没有抽取，由负责人指派。",
            )


def uphold(request, data, by):
    recusals.uphold(request, data["note"], data.get("replacement"), by=by)
    request.refresh_from_db()
    if request.case.draw_id is None:
        return "已同意回避。"
    if request.change is None:
        return "已同意回避。本次抽取不能再更换人员，该人员不再参加这件检查。"
    if request.change.status == ChangeState.APPROVED:
        return "已同意回避；替换人员由监督人开启一次性码后抽出。"
    return "已同意回避；前面还有变更没有完成，完成后自动轮到。"


def is_asked(each):
    return each.status == RecusalState.ASKED


@admin.register(RecusalRequest)
class RecusalRequestAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "抽取之后的回避申请：由负责人决定；决定作出前检查不停止（行政处罚法第43条），本机关另有设置的除外。"
    )
    list_display = ["inspector", "case", "applicant", "channel", "status", "asked_at", "due_on", "decided_by"]
    list_filter = ["status"]
    list_select_related = ["inspector", "case__subject", "decided_by"]
    fields = [
        "case",
        "inspector",
        "applicant",
        "channel",
        "ground",
        "text",
        "contact",
        "visit_went_on",
        "asked_at",
        "entered_by",
        "due_on",
        "status",
        "decided_by",
        "decided_at",
        "decision_note",
        "change",
    ]
    acts = (
        Act("uphold", "同意回避", "inspections.approve_change", uphold, UpholdForm, when=is_asked),
        Act(
            "refuse",
            "不予回避",
            "inspections.approve_change",
            lambda each, data, by: recusals.refuse(each, data["note"], by=by),
            ReasonForm,
            when=is_asked,
            done="已记录不予回避。",
        ),
        Act(
            "withdraw",
            "撤回",
            "inspections.enter_recusal",
            lambda each, data, by: recusals.withdraw(each, by=by),
            when=is_asked,
            done="已撤回。",
        ),
    )
