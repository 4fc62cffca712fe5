"""What is filled in after a visit."""

from django import forms
from django.utils import timezone

from registries.models import Discretion, Inspector

from ..case import readiness
from ..entrance import area, day_field, moment_field
from ..papers import service
from ..states import UNSETTLED, FindingState
from ..visit.models import Finding
from . import gates
from .models import Restraint, Transfer


class ReinspectForm(forms.Form):
    """Two look again; one choice and one note a problem."""

    at = moment_field("复查时间", initial=timezone.now)
    second = forms.ModelChoiceField(label="另一名复查人员", queryset=Inspector.objects.none())
    met = forms.CharField(label="被复查单位负责人", max_length=60, required=False)
    record = forms.CharField(label="复查情况", max_length=2000, widget=area(4))

    def __init__(self, *args, case, by, **kwargs):
        super().__init__(*args, **kwargs)
        team = Inspector.objects.filter(pk__in=[each.pk for each in readiness.on(case)]).exclude(account=by)
        self.fields["second"].queryset = team
        self.initial.setdefault("second", team.first())
        self.found = list(case.findings.filter(status__in=UNSETTLED))
        for each in self.found:
            self.fields[f"verdict_{each.pk}"] = forms.ChoiceField(
                label=f"{each.number}. {each.wording[:60]}",
                widget=forms.RadioSelect,
                required=False,
                choices=[("", "这次不复查"), ("yes", "已整改"), ("no", "未整改")],
            )
            self.fields[f"note_{each.pk}"] = forms.CharField(
                label=f"第 {each.number} 项说明", max_length=300, required=False
            )

    def verdicts(self):
        """{Finding: (is_right, note)} of the problems that were looked at."""
        data = self.cleaned_data
        return {
            each: (data[f"verdict_{each.pk}"] == "yes", data[f"note_{each.pk}"])
            for each in self.found
            if data[f"verdict_{each.pk}"]
        }


class RectifiedForm(forms.Form):
    """The firm's word that a problem is put right, with its evidence."""

    finding = forms.ModelChoiceField(label="问题", queryset=Finding.objects.none())
    note = forms.CharField(label="整改情况", max_length=500, widget=area(3))
    file = forms.FileField(label="整改证据（照片）", required=False)

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["finding"].queryset = case.findings.filter(status=FindingState.OPEN)


class RestraintForm(forms.Form):
    """One thing that is kept, seized, stopped or cut off."""

    kind = forms.ChoiceField(label="种类", choices=Restraint.KINDS)
    what = forms.CharField(label="物品、场所、设施（一件一登）", max_length=200)
    number = forms.CharField(label="文书文号", max_length=60, required=False)
    at = moment_field("时间", initial=timezone.now, help_text="停止供电的，填停供的时间。")
    said = forms.CharField(label="说明", max_length=300, required=False)


class EndForm(forms.Form):
    """What became of a thing that was held."""

    said = forms.CharField(label="怎样处理的（文书文号）", max_length=300)
    at = moment_field("时间", initial=timezone.now)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="理由", max_length=300, widget=area(3))


class RefuseForm(forms.Form):
    """Why not."""

    note = forms.CharField(label="不同意的理由", max_length=300, widget=area(3))


class ExtensionForm(forms.Form):
    """More time for a problem."""

    finding = forms.ModelChoiceField(label="问题", queryset=Finding.objects.none())
    until = day_field("申请延期至")
    reason = forms.CharField(label="理由", max_length=300, widget=area(3))

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        open_ = case.findings.filter(status=FindingState.OPEN, extended_to=None).exclude(due_on=None)
        self.fields["finding"].queryset = open_


class UpwardForm(forms.Form):
    """A major hazard reported upward."""

    finding = forms.ModelChoiceField(label="重大事故隐患", queryset=Finding.objects.none())
    to = forms.CharField(label="报给", max_length=100, help_text="如：市应急管理局、县人民政府。")
    at = moment_field("上报时间", initial=timezone.now)
    said = forms.CharField(label="说明（文号、方式）", max_length=200, required=False)

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["finding"].queryset = case.findings.filter(is_major=True).exclude(
            status=FindingState.NOTED
        )


class StepForm(forms.Form):
    """A step of a penalty file: asks for what the step asks for (inspections/data/penalty.json)."""

    knows_thing = True
    code = ""

    at = moment_field("时间", initial=timezone.now)
    kinds = forms.MultipleChoiceField(
        label="处罚种类", choices=list(gates.KINDS.items()), widget=forms.CheckboxSelectMultiple
    )
    fine = forms.DecimalField(
        label="罚款（元）", required=False, min_value=0, max_digits=12, decimal_places=2
    )
    tier = forms.ModelChoiceField(label="裁量基准", queryset=Discretion.objects.none(), required=False)
    tier_reason = forms.CharField(label="裁量理由", max_length=300, required=False, widget=area(2))
    outcome = forms.CharField(label="处理结果（公示时使用）", max_length=300)
    way = forms.ChoiceField(label="送达方式", choices=[(each, each) for each in service.WAYS])
    receiver = forms.CharField(label="收件人", max_length=60, required=False)
    witness = forms.CharField(label="见证人（留置送达）", max_length=60, required=False)
    slip = forms.CharField(label="邮件回执编号（邮寄送达）", max_length=60, required=False)
    consent = forms.CharField(label="送达确认书（电子送达）", max_length=60, required=False)
    remark = forms.CharField(label="公告载体和原因（公告送达）", max_length=200, required=False)
    number = forms.CharField(label="文号（凭证号）", max_length=60)
    signer = forms.CharField(label="签发人、审批人", max_length=60)
    said = forms.CharField(label="说明", max_length=300, widget=area(2))
    file = forms.FileField(label="文书（照片或 PDF）")

    _TOGETHER = {
        "kinds": ("kinds", "fine", "tier", "tier_reason"),
        "way": ("way", "receiver", "witness", "slip", "consent", "remark"),
    }

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        asks = gates.STEPS[self.code]["asks"]
        kept = {"at"} | {name for each in asks for name in self._TOGETHER.get(each, (each,))}
        for name in set(self.fields) - kept - {"said"}:
            del self.fields[name]
        self.fields["said"].required = "said" in asks
        if "tier" in self.fields:
            today = timezone.localdate()
            tiers = Discretion.objects.filter(bureau=thing.bureau, party=thing.party, since__lte=today)
            self.fields["tier"].queryset = tiers.exclude(until__lte=today)
            for name in ("kinds", "fine", "tier", "tier_reason"):
                self.fields[name].initial = getattr(thing, name)

    def told(self):
        """What `penalties.note` takes."""
        data = dict(self.cleaned_data)
        file = data.pop("file", None)
        return data | {"file": file.read() if file else b""}


def step_form(code):
    """The form class of one step."""
    return type("StepForm", (StepForm,), {"code": code})


class PenaltyForm(forms.Form):
    """Ask the head to open a penalty file."""

    findings = forms.ModelMultipleChoiceField(
        label="涉及的问题", queryset=Finding.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    cause = forms.CharField(label="案由", max_length=200)
    party = forms.ChoiceField(label="处罚对象", choices=Discretion.PARTIES)
    is_grave = forms.BooleanField(label="情节复杂或者重大违法行为（须法制审核、集体讨论）", required=False)
    facts = forms.CharField(label="案件基本情况", widget=area(5))
    opinion = forms.CharField(label="承办人意见", widget=area(3), initial="建议立案调查。")

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["findings"].queryset = case.findings.all()


class SpotForm(forms.Form):
    """当场处罚: all at once, within the limits of the short way."""

    findings = forms.ModelMultipleChoiceField(
        label="涉及的问题", queryset=Finding.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    cause = forms.CharField(label="案由", max_length=200)
    facts = forms.CharField(label="违法事实", widget=area(3))
    party = forms.ChoiceField(label="处罚对象", choices=Discretion.PARTIES)
    kinds = forms.MultipleChoiceField(
        label="处罚种类",
        choices=[each for each in gates.KINDS.items() if each[0] in ("warning", "fine")],
        widget=forms.CheckboxSelectMultiple,
    )
    fine = forms.DecimalField(
        label="罚款（元）", required=False, min_value=0, max_digits=12, decimal_places=2
    )
    outcome_said = forms.CharField(label="处理结果（公示时使用）", max_length=300)
    number = forms.CharField(label="当场处罚决定书文号", max_length=60)
    second = forms.ModelChoiceField(label="另一名执法人员", queryset=Inspector.objects.none())
    at = moment_field("时间", initial=timezone.now)
    file = forms.FileField(label="当场处罚决定书（照片或 PDF）")

    def __init__(self, *args, case, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["findings"].queryset = case.findings.all()
        team = Inspector.objects.filter(assignments__case=case, assignments__until=None).exclude(account=by)
        self.fields["second"].queryset = team


class TransferForm(forms.Form):
    """Ask the head to hand something on."""

    kind = forms.ChoiceField(label="移送给", choices=[each for each in Transfer.KINDS if each[0] != "credit"])
    receiver = forms.CharField(label="受移送机关", max_length=100)
    facts = forms.CharField(label="主要情况", widget=area(5))
    basis = forms.CharField(label="移送依据", max_length=300, required=False)
    attachments = forms.CharField(label="附件（材料和涉案物品）", required=False, widget=area(2))
    found = forms.ModelMultipleChoiceField(
        label="涉及的问题",
        queryset=Finding.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    second = forms.ModelChoiceField(
        label="共同报请人（移送公安机关时）", queryset=Inspector.objects.none(), required=False
    )

    def __init__(self, *args, case, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["found"].queryset = case.findings.all()
        team = Inspector.objects.filter(assignments__case=case, assignments__until=None)
        self.fields["second"].queryset = team.exclude(account=by).exclude(account=None)
