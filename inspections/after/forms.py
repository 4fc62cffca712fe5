"""What is filled in after a visit."""

from django import forms
from django.utils import timezone

from registries.models import Inspector

from ..case import events
from ..entrance import area, moment_field
from ..states import UNSETTLED, FindingState
from ..visit.models import Finding
from . import penalties
from .models import Transfer


class ReinspectForm(forms.Form):
    """Two look again; one choice and one note a problem."""

    at = moment_field("复查时间", initial=timezone.now)
    second = forms.ModelChoiceField(label="另一名复查人员", queryset=Inspector.objects.none())
    met = forms.CharField(label="被复查单位负责人", max_length=60, required=False)
    record = forms.CharField(label="复查情况", max_length=2000, widget=area(4))

    def __init__(self, *args, case, by, **kwargs):
        super().__init__(*args, **kwargs)
        team = Inspector.objects.filter(assignments__case=case, assignments__until=None).exclude(account=by)
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


class SceneForm(forms.Form):
    """A measure on the spot, or its end."""

    code = forms.ChoiceField(
        label="事项", choices=[(code, events.TITLES[code]) for code in penalties.MEASURES]
    )
    at = moment_field("时间", initial=timezone.now)
    said = forms.CharField(label="说明（文书文号、物品）", max_length=300, required=False)


class PenaltyForm(forms.Form):
    """Ask the head to open a penalty file."""

    findings = forms.ModelMultipleChoiceField(
        label="涉及的问题", queryset=Finding.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    cause = forms.CharField(label="案由", max_length=200)
    facts = forms.CharField(label="案件基本情况", widget=area(5))
    opinion = forms.CharField(label="承办人意见", widget=area(3), initial="建议立案调查。")

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["findings"].queryset = case.findings.all()


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
