"""Forms of the case work: findings, files, papers, what comes after the visit."""

from django import forms
from django.utils import timezone

from registries.models import Inspector

from .models import Exhibit, Finding, Transfer
from .services import events, penalties

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def day_field(label, **options):
    return forms.DateField(label=label, widget=_DAY, **options)


def moment_field(label, **options):
    return forms.DateTimeField(
        label=label, widget=_MOMENT, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options
    )  # fmt: skip


def area(rows):
    return forms.Textarea(attrs={"rows": rows})


class FindingForm(forms.ModelForm):
    """One finding while the visit lasts."""

    class Meta:
        model = Finding
        fields = ["wording", "basis", "measure", "disposal", "due_on", "major_reason"]
        widgets = {
            "wording": area(2),
            "basis": area(2),
            "measure": area(2),
            "disposal": forms.RadioSelect,
            "due_on": _DAY,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["disposal"].choices = Finding.DISPOSALS
        if not self.instance.is_major:
            self.fields.pop("major_reason", None)


class OtherForm(FindingForm):
    """其他: outside the list, with its own basis."""

    class Meta(FindingForm.Meta):
        fields = ["wording", "facts", "basis", "measure", "disposal", "due_on"]

    is_major = forms.BooleanField(label="重大事故隐患", required=False)
    basis = forms.CharField(
        label="依据（必填）", widget=area(2), help_text="清单外的问题只能作为“其他”记录，须写明依据。"
    )


class ExhibitForm(forms.Form):
    """A file, and what it is evidence of."""

    file = forms.FileField(
        label="照片或文件",
        widget=forms.ClearableFileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp,video/mp4,video/webm,application/pdf"}
        ),
    )
    kind = forms.ChoiceField(label="种类", choices=Exhibit.KINDS)
    signer = forms.ChoiceField(label="签名人（种类为签名时）", choices=[("", "—"), *Exhibit.SIGNERS], required=False)
    caption = forms.CharField(label="说明", max_length=200, required=False)
    line = forms.ChoiceField(label="对应的检查项", required=False)

    def __init__(self, *args, lines=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [("", "—"), *((line["key"], line["requirement"][:40]) for line in lines)]


class LateForm(forms.Form):
    """A visit that was written on paper: when it was, and why it is keyed in later."""

    started_at = moment_field("检查开始时间")
    late_reason = forms.CharField(
        label="补录原因", max_length=200, help_text="如：现场无网络、手机故障。纸质记录要拍照上传。"
    )


class ConfirmForm(forms.Form):
    """The second officer's word."""

    agrees = forms.TypedChoiceField(
        label="意见", choices=[("yes", "记录属实，予以确认"), ("no", "有异议")], coerce=lambda value: value == "yes",
        widget=forms.RadioSelect, initial="yes",
    )  # fmt: skip
    note = forms.CharField(label="异议内容", max_length=300, required=False, widget=area(3))


class CodeForm(forms.Form):
    """执法码, or that its absence has been filed."""

    entry_code = forms.CharField(label="执法码", max_length=60, required=False)
    filed = forms.CharField(
        label="没有码的，备案情况", max_length=200, required=False, help_text="如：已报县司法局备案，登记号。"
    )


class MeasureForm(forms.Form):
    """What a decision on the spot orders."""

    decisions = forms.CharField(label="现场处理决定（每行一项）", widget=area(4), required=False)
    basis = forms.CharField(label="依据", max_length=300, required=False)


class DeliveryForm(forms.Form):
    """Who received the papers, where, when, how."""

    receiver = forms.CharField(label="收件人", max_length=60, required=False, help_text="留空则打印后手写。")
    place = forms.CharField(label="送达地点", max_length=100, required=False)
    on = forms.CharField(label="送达日期", max_length=20, required=False)
    way = forms.ChoiceField(
        label="送达方式",
        choices=[(each, each) for each in ("直接送达", "留置送达", "邮寄送达", "电子送达（有确认书）", "公告送达")],
    )
    remark = forms.CharField(label="备注", max_length=200, required=False)


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
        self.found = list(case.findings.filter(status__in=["open", "reported", "escalated"]))
        for each in self.found:
            self.fields[f"verdict_{each.pk}"] = forms.ChoiceField(
                label=f"{each.number}. {each.wording[:60]}", widget=forms.RadioSelect, required=False,
                choices=[("", "这次不复查"), ("yes", "已整改"), ("no", "未整改")],
            )  # fmt: skip
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
        self.fields["finding"].queryset = case.findings.filter(status="open")


class SceneForm(forms.Form):
    """A measure on the spot, or its end."""

    code = forms.ChoiceField(label="事项", choices=[(code, events.TITLES[code]) for code in penalties.MEASURES])
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
        label="涉及的问题", queryset=Finding.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    second = forms.ModelChoiceField(
        label="共同报请人（移送公安机关时）", queryset=Inspector.objects.none(), required=False
    )

    def __init__(self, *args, case, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["found"].queryset = case.findings.all()
        team = Inspector.objects.filter(assignments__case=case, assignments__until=None)
        self.fields["second"].queryset = team.exclude(account=by).exclude(account=None)
