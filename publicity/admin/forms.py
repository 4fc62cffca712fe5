"""What a statement to the public asks of who prepares it, of who judges it and of the enterprise."""

from django import forms

from ..payload import CLASSES
from ..services import pending, thirdparty

AREA = forms.Textarea(attrs={"rows": 8})


class SaidForm(forms.Form):
    said = forms.CharField(
        label="保留敏感内容的理由",
        max_length=200,
        required=False,
        help_text="系统查出人名、电话、住址、涉密词语等时，要么改掉，要么写明为什么可以公开。",
    )


class AgreeForm(forms.Form):
    note = forms.CharField(label="意见", max_length=200, required=False)


class ReturnForm(forms.Form):
    note = forms.CharField(label="退回的理由", max_length=200, widget=AREA)


class AskForm(forms.Form):
    what = forms.CharField(
        label="征求意见的内容",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=200,
        help_text="书面问企业：哪些内容可能涉及它的商业秘密，是否同意公开。十五个工作日不答复的，"
        "由本机关决定。",
    )


class HeardForm(forms.Form):
    agrees = forms.TypedChoiceField(
        label="企业答复",
        choices=[("yes", thirdparty.AGREES), ("no", thirdparty.OBJECTS)],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="理由", max_length=200, required=False, help_text="不同意的写明企业的理由。"
    )


class PenaltyForm(SaidForm):
    knows_thing = True
    penalty = forms.ModelChoiceField(label="已作出处罚决定、待公示的案件", queryset=None)
    weight = forms.ChoiceField(
        label="失信程度",
        choices=list(CLASSES.items()),
        widget=forms.RadioSelect,
        help_text="决定公示多久（信用修复管理办法）：天数在“法定期限”中。",
    )
    field_order = ["penalty", "weight", "said"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["penalty"].queryset = pending.penalties_due().filter(bureau=by.bureau)


class ListingForm(SaidForm):
    knows_thing = True
    discredit = forms.ModelChoiceField(label="已决定列入、待公示的严重失信主体", queryset=None)
    field_order = ["discredit", "said"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["discredit"].queryset = pending.listings_due().filter(bureau=by.bureau)
