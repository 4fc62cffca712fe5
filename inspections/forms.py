"""The desk's forms; what they clean is what the services take."""

from django import forms

from registries.models import Reason, RecusalGround

from .models import Report, Visit


class EndForm(forms.ModelForm):
    """The record of a visit and how it was signed."""

    signed = forms.ChoiceField(
        label="签字情况", choices=Visit._meta.get_field("signed").choices, widget=forms.RadioSelect, initial="signed"
    )

    class Meta:
        model = Visit
        fields = [
            "site", "record", "met", "met_title", "met_phone", "signed", "unsigned_reason", "witness", "experts",
            "recorder_number", "video_name",
        ]  # fmt: skip
        widgets = {"record": forms.Textarea(attrs={"rows": 8})}
        help_texts = {
            "record": "如实记录检查经过和情况。",
            "met": "现场负责人即可，不必要求法定代表人到场。",
            "unsigned_reason": "拒绝或无法签字的，写明原因。",
            "witness": "必要时邀请有关人员作为见证人。",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["signed"] = self.initial.get("signed") or "signed"


class ReportForm(forms.ModelForm):
    """The five parts and the result."""

    result_code = forms.ChoiceField(label="检查结果")

    class Meta:
        model = Report
        fields = [*Report.PARTS, "result_code"]
        widgets = {
            part: forms.Textarea(attrs={"rows": rows}) for part, rows in zip(Report.PARTS, (1, 2, 6, 4, 3), strict=True)
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for part in Report.PARTS:
            self.fields[part].required = False  # an unfinished draft may be kept; submit asks for all five
        reasons = Reason.objects.filter(bureau=self.instance.case.bureau, kind="result")
        self.fields["result_code"].choices = [(each.code, f"{each.code} {each.title}") for each in reasons]


class OwnRecusalForm(forms.Form):
    """An inspector asks to be excused from one case."""

    ground = forms.ModelChoiceField(label="事由", queryset=RecusalGround.objects.none(), required=False)
    text = forms.CharField(label="理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, bureau=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ground"].queryset = RecusalGround.objects.filter(bureau=bureau)


class AskForm(forms.Form):
    """The enterprise asks, through the QR code of its notice. The people are known by their number on the notice."""

    seat = forms.ChoiceField(label="申请回避的检查人员", widget=forms.RadioSelect)
    text = forms.CharField(label="理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    contact = forms.CharField(label="联系人和电话", max_length=100, help_text="用于告知决定，不公开。")

    def __init__(self, *args, team=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = [(seat.pk, f"通知书上的第 {seat.seat} 位") for seat in team]


class SuggestForm(forms.Form):
    """What the list of items lacks, or says badly."""

    text = forms.CharField(
        label="建议", max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="如：清单里没有、应当检查的内容；要求不清楚、不适用的检查项。清单外的内容本次不检查。",
    )  # fmt: skip


class ValueForm(forms.Form):
    """A witness's number, typed twice: it cannot be changed afterwards."""

    value = forms.CharField(
        label="数值", max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    again = forms.CharField(
        label="再输一遍", max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )

    def __init__(self, *args, kind="dice", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text = (
            "十颗十面骰逐颗读出的 10 位数字，前面的 0 也要写。"
            if kind == "dice"
            else "该期开奖号码，按公布的次序连写。"
        )

    def clean(self):
        data = super().clean()
        if data.get("value") != data.get("again"):
            raise forms.ValidationError("两次输入不一样，请核对后重输。")
        return data
