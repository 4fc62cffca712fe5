"""What an inspector fills in about a visit."""

from django import forms
from django.utils.text import Truncator

from registries.models import RecusalGround

from ..entrance import DAY, area, moment_field
from . import outcome
from .models import Exhibit, Finding, Report, Visit


class EndForm(forms.ModelForm):
    """The record of a visit and how it was signed."""

    signed = forms.ChoiceField(
        label="签字情况",
        choices=Visit._meta.get_field("signed").choices,
        widget=forms.RadioSelect,
        initial="signed",
    )

    ended = moment_field(
        "检查结束时间", required=False, help_text="现场结束检查的时间；空着按现在。报告期限从这一天算。"
    )
    left_at = moment_field("离开现场时间", required=False)

    class Meta:
        model = Visit
        fields = [
            "site",
            "record",
            "statement",
            "met",
            "met_title",
            "met_phone",
            "signed",
            "unsigned_reason",
            "witness",
            "experts",
            "recorder_number",
            "video_name",
        ]
        widgets = {
            "record": forms.Textarea(attrs={"rows": 8}),
            "statement": forms.Textarea(attrs={"rows": 2}),
        }
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

    result_code = forms.ChoiceField(
        label="检查结果", required=False, help_text="按检查表和问题现在的情况，只列能填的。"
    )

    class Meta:
        model = Report
        fields = [*Report.PARTS, "result_code"]
        widgets = {
            part: forms.Textarea(attrs={"rows": rows})
            for part, rows in zip(Report.PARTS, (2, 2, 6, 4, 3), strict=True)
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for part in Report.PARTS:
            self.fields[part].required = False  # an unfinished draft may be kept; submit asks for all five
        may = outcome.offered(self.instance.case)
        first = [] if self.instance.result_code else [("", "请选择")]  # nothing was looked at: say why
        self.fields["result_code"].choices = first + [(each.code, each.title) for each in may]


class OwnRecusalForm(forms.Form):
    """An inspector asks to be excused from one case."""

    ground = forms.ModelChoiceField(label="事由", queryset=RecusalGround.objects.none(), required=False)
    text = forms.CharField(label="理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, bureau=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ground"].queryset = RecusalGround.objects.filter(bureau=bureau)


class AskForm(forms.Form):
    """The enterprise asks, through the QR code of its notice. The people are known by
    their number on the notice."""

    seat = forms.ChoiceField(label="申请回避的检查人员", widget=forms.RadioSelect)
    text = forms.CharField(label="理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    contact = forms.CharField(label="联系人和电话", max_length=100, help_text="用于告知决定，不公开。")

    def __init__(self, *args, team=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = [(seat.pk, f"通知书上的第 {seat.seat} 位") for seat in team]


class SuggestForm(forms.Form):
    """What the list of items lacks, or says badly."""

    text = forms.CharField(
        label="建议",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="如：清单里没有、应当检查的内容；要求不清楚、不适用的检查项。清单外的内容本次不检查。",
    )


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
            "due_on": DAY,
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
    signer = forms.ChoiceField(
        label="签名人（种类为签名时）", choices=[("", "—"), *Exhibit.SIGNERS], required=False
    )
    caption = forms.CharField(label="说明", max_length=200, required=False)
    line = forms.ChoiceField(label="对应的检查项", required=False)

    def __init__(self, *args, lines=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [
            ("", "—"),
            *((line["key"], Truncator(line["requirement"]).chars(40)) for line in lines),
        ]


class LateForm(forms.Form):
    """A visit that was written on paper: when it was, and why it is keyed in later."""

    started_at = moment_field("检查开始时间")
    late_reason = forms.CharField(
        label="补录原因", max_length=200, help_text="如：现场无网络、手机故障。纸质记录要拍照上传。"
    )


class ManyFiles(forms.FileField):
    """Several files from one field."""

    widget = type("ManyFilesInput", (forms.FileInput,), {"allow_multiple_selected": True})

    def clean(self, data, initial=None):
        return [super(ManyFiles, self).clean(each, initial) for each in data or [None]]


class UndoneForm(forms.Form):
    """A visit that was not possible: why, and what was done about it."""

    reason = forms.ChoiceField(
        label="为什么没查成",
        choices=[(each["reason"], each["title"]) for each in outcome.UNDONE.values()],
        widget=forms.RadioSelect,
    )
    started_at = moment_field("到达时间")
    ended_at = moment_field("离开时间")
    seen = forms.CharField(label="看到什么", widget=area(4))
    asked = forms.CharField(
        label="问了谁", max_length=200, required=False, help_text="姓名、身份、电话，问到就填。"
    )
    first_call = moment_field("第一次打电话", required=False, help_text="联系不上的，至少打两次，隔一小时。")
    last_call = moment_field("最后一次打电话", required=False)
    told = forms.BooleanField(label="不让查的：已当面告知后果", required=False)
    photos = ManyFiles(label="照片（至少一张）")


class ConfirmForm(forms.Form):
    """The second officer's word."""

    agrees = forms.TypedChoiceField(
        label="意见",
        choices=[("yes", "记录属实，予以确认"), ("no", "有异议")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    note = forms.CharField(label="异议内容", max_length=300, required=False, widget=area(3))


class CodeForm(forms.Form):
    """执法码, or that its absence has been filed."""

    entry_code = forms.CharField(label="执法码", max_length=60, required=False)
    filed = forms.CharField(
        label="没有码的，备案情况", max_length=200, required=False, help_text="如：已报县司法局备案，登记号。"
    )
