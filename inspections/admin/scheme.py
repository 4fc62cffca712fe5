"""检查方案, 回避申请, 联合检查 and 光盘台账 at the desk: what follows a draw and is decided by the head."""

from django import forms
from django.contrib import admin

from registries.admin.base import Act, ViewOnlyAdmin, ViewOnlyInline, download
from registries.models import Inspector, Reason

from ..models import Case, Disc, DiscCheck, JointVisit, RecusalRequest, Scheme
from ..sentences import say
from ..services import evidence, joints, recusals, schemes
from .plan import DraftedAdmin


class NoteForm(forms.Form):
    note = forms.CharField(label="意见", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    note = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


def take_scheme(scheme, data, by):
    return download(schemes.issue(scheme, by=by).file.read(), f"scheme-{scheme.pk}.pdf")


def is_drafted(each):
    return each.status == "drafted"


@admin.register(Scheme)
class SchemeAdmin(DraftedAdmin):
    intro = "实施检查前由负责人批准检查方案（国办发〔2024〕54号）；情况紧急的先检查，在期限内补办。"
    list_display = ["__str__", "task", "status", "drafted_by", "due_on", "judged_by", "judged_at"]
    list_filter = ["status"]
    list_select_related = ["task"]
    fields = ["task", "number", "status", "method", "content", "arrangement", "discipline", "due_on", "drafted_by",
              "judged_by", "judged_at", "judge_note"]  # fmt: skip
    readonly_fields = ["task", "number", "status", "due_on", "drafted_by", "judged_by", "judged_at", "judge_note"]
    acts = (
        Act("approve", "批准方案", "inspections.approve_task",
            lambda each, data, by: f"已批准，编号 {schemes.approve(each, data['note'], by=by).number}。", NoteForm, when=is_drafted),
        Act("return", "退回", "inspections.approve_task",
            lambda each, data, by: schemes.send_back(each, data["note"], by=by) and None, ReasonForm, when=is_drafted,
            done="已退回；可另拟一份。"),
        Act("pdf", "打印（PDF）", "inspections.issue_document", take_scheme, when=lambda each: each.status == "approved"),
    )  # fmt: skip

    def has_add_permission(self, request):
        return False


class UpholdForm(forms.Form):
    knows_thing = True
    note = forms.CharField(label="理由", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        if thing is not None and thing.case.draw_id is None:
            people = Inspector.objects.filter(bureau=by.bureau, left_on=None, duty="officer")
            self.fields["replacement"] = forms.ModelChoiceField(
                label="替换人员", queryset=people, required=False, help_text="这件检查没有抽取，由负责人指派。"
            )


def uphold(request, data, by):
    recusals.uphold(request, data["note"], data.get("replacement"), by=by)
    request.refresh_from_db()
    if request.case.draw_id is None:
        return "已同意回避。"
    if request.change is None:
        return "已同意回避。本次抽取不能再更换人员，该人员不再参加这件检查。"
    if request.change.status == "approved":
        return "已同意回避；替换人员由监督人开启一次性码后抽出。"
    return "已同意回避；前面还有变更没有完成，完成后自动轮到。"


def is_asked(each):
    return each.status == "asked"


@admin.register(RecusalRequest)
class RecusalRequestAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "抽取之后的回避申请：由负责人决定；决定作出前检查不停止（行政处罚法第43条），本机关另有设置的除外。"
    list_display = ["inspector", "case", "applicant", "channel", "status", "asked_at", "due_on", "decided_by"]
    list_filter = ["status"]
    list_select_related = ["inspector", "case__subject", "decided_by"]
    fields = ["case", "inspector", "applicant", "channel", "ground", "text", "contact", "visit_went_on", "asked_at",
              "entered_by", "due_on", "status", "decided_by", "decided_at", "decision_note", "change"]  # fmt: skip
    acts = (
        Act("uphold", "同意回避", "inspections.approve_change", uphold, UpholdForm, when=is_asked),
        Act("refuse", "不予回避", "inspections.approve_change",
            lambda each, data, by: recusals.refuse(each, data["note"], by=by) and None, ReasonForm, when=is_asked,
            done="已记录不予回避。"),
        Act("withdraw", "撤回", "inspections.enter_recusal",
            lambda each, data, by: recusals.withdraw(each, by=by) and None, when=is_asked, done="已撤回。"),
    )  # fmt: skip


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
    intro = "几个股室的任务抽到同一家企业、检查期限重叠的，原则上一次到场：各方用自己的人员和检查表，同一份现场记录，由牵头一方结束。"
    list_display = ["subject", "status", "proposed_at", "decided_by", "decided_at"]
    list_filter = ["status"]
    fields = ["subject", "status", "lead", "reason", "proposed_at", "decided_by", "decided_at"]
    inlines = [CaseInline]
    list_acts = (Act("find", "查找可合并的检查", "inspections.change_task", find_joints),)
    acts = (
        Act("agree", "合并到场", "inspections.approve_task",
            lambda each, data, by: joints.agree(each, data["lead"], by=by) and None, AgreeForm,
            when=lambda each: each.status == "proposed", done="已决定合并到场。"),
        Act("decline", "分别检查", "inspections.approve_task",
            lambda each, data, by: joints.decline(each, data["reason"], by=by) and None, DeclineForm,
            when=lambda each: each.status == "proposed", done="已决定分别检查。"),
    )  # fmt: skip


class CheckInline(ViewOnlyInline):
    model = DiscCheck
    fields = ["at", "is_same", "digest", "by"]


class DigestForm(forms.Form):
    digest = forms.CharField(label="回读的 SHA-256", max_length=100, help_text="在光盘上重新计算，逐字填写。")


def check_disc(disc, data, by):
    same = evidence.check(disc, data["digest"], by=by).is_same
    return "与台账相符。" if same else "与台账不符，已记录；请另刻一张并登记。"


@admin.register(Disc)
class DiscAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "光盘台账：谁刻的、谁监刻、放在哪里；每年至少回读一次（档案法实施条例第41条）。制作映像在抽取页。"
    list_display = ["number", "draw", "moment", "edition", "burnt_by", "witness", "kept_at", "entered_at"]
    list_filter = ["edition", "moment"]
    list_select_related = ["draw"]
    fields = [
        "number",
        "draw",
        "moment",
        "edition",
        "digest",
        "size",
        "burnt_by",
        "witness",
        "kept_at",
        "entered_by",
        "entered_at",
    ]
    inlines = [CheckInline]
    acts = (Act("check", "登记回读", "inspections.enter_disc", check_disc, DigestForm),)
