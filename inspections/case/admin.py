"""检查方案 and 联合检查 at the desk: what the head decides before anybody sets out."""

from django import forms
from django.contrib import admin

from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin, ViewOnlyInline
from registries.models import Reason

from ..drafted import DraftedAdmin
from ..sentences import say
from ..states import JointState, SchemeState
from . import joints, schemes
from .forms import NoteForm, ReasonForm
from .models import Case, JointVisit, Scheme


def take_scheme(scheme, data, by):
    return download(schemes.issue(scheme, by=by).file.read(), f"scheme-{scheme.pk}.pdf")


def is_drafted(each):
    return each.status == SchemeState.DRAFTED


@admin.register(Scheme)
class SchemeAdmin(DraftedAdmin):
    intro = "实施检查前由负责人批准检查方案（国办发〔2024〕54号）；情况紧急的先检查，在期限内补办。"
    list_display = ["__str__", "task", "status", "drafted_by", "due_on", "judged_by", "judged_at"]
    list_filter = ["status"]
    list_select_related = ["task"]
    fields = [
        "task",
        "number",
        "status",
        "method",
        "content",
        "arrangement",
        "discipline",
        "due_on",
        "drafted_by",
        "judged_by",
        "judged_at",
        "judge_note",
    ]
    readonly_fields = [
        "task",
        "number",
        "status",
        "due_on",
        "drafted_by",
        "judged_by",
        "judged_at",
        "judge_note",
    ]
    acts = (
        Act(
            "approve",
            "批准方案",
            "inspections.approve_task",
            lambda each, data, by: f"已批准，编号 {schemes.approve(each, data['note'], by=by).number}。",
            NoteForm,
            when=is_drafted,
        ),
        Act(
            "return",
            "退回",
            "inspections.approve_task",
            lambda each, data, by: schemes.send_back(each, data["note"], by=by),
            ReasonForm,
            when=is_drafted,
            done="已退回；可另拟一份。",
        ),
        Act(
            "pdf",
            "打印（PDF）",
            "inspections.issue_document",
            take_scheme,
            when=lambda each: each.status == SchemeState.APPROVED,
        ),
    )

    def has_add_permission(self, request):
        return False


class CaseInline(ViewOnlyInline):
    model = Case
    fields = ["subject", "task", "draw", "status"]
    verbose_name_plural = "各方检查"


class AgreeForm(forms.Form):
    knows_thing = True
    lead = forms.ModelChoiceField(label="牵头的一方", queryset=Case.objects.none())

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = thing.cases.select_related("task")
        self.fields["lead"].label_from_instance = lambda case: case.task.title
        self.fields["lead"].initial = thing.lead_id


class DeclineForm(forms.Form):
    knows_thing = True
    reason = forms.ChoiceField(label="不合并的原因")

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        reasons = Reason.objects.filter(bureau=by.bureau, kind="unjoined")
        self.fields["reason"].choices = [(each.code, each.title) for each in reasons]


def find_joints(thing, data, by):
    made = joints.propose(by.bureau, by=by)
    return f"发现 {len(made)} 户可合并到场，请负责人决定。" if made else "没有发现新的可合并的检查。"


@admin.register(JointVisit)
class JointVisitAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "几个股室的任务抽到同一家企业、检查期限重叠的，原则上一次到场：各方用自己的人员和检查表，"
        "同一份现场记录，由牵头一方结束。"
    )
    list_display = ["subject", "status", "proposed_at", "decided_by", "decided_at"]
    list_filter = ["status"]
    fields = ["subject", "status", "lead", "reason", "proposed_at", "decided_by", "decided_at"]
    inlines = [CaseInline]
    list_acts = (Act("find", "查找可合并的检查", "inspections.change_task", find_joints),)
    acts = (
        Act(
            "agree",
            "合并到场",
            "inspections.approve_task",
            lambda each, data, by: joints.agree(each, data["lead"], by=by),
            AgreeForm,
            when=lambda each: each.status == JointState.PROPOSED,
            done="已决定合并到场。",
        ),
        Act(
            "decline",
            "分别检查",
            "inspections.approve_task",
            lambda each, data, by: joints.decline(each, data["reason"], by=by),
            DeclineForm,
            when=lambda each: each.status == JointState.PROPOSED,
            done="已决定分别检查。",
        ),
    )
