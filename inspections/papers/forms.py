"""What a paper asks for beyond the record."""

from django import forms
from django.utils import timezone

from ..entrance import area


class MeasureForm(forms.Form):
    """What a decision on the spot orders."""

    decisions = forms.CharField(label="现场处理决定（每行一项）", widget=area(4), required=False)
    basis = forms.CharField(label="依据", max_length=300, required=False)


class DeliveryForm(forms.Form):
    """Who received the papers, where, when, how."""

    receiver = forms.CharField(label="收件人", max_length=60, required=False, help_text="留空则打印后手写。")
    place = forms.CharField(label="送达地点", max_length=100, required=False)
    on = forms.DateField(
        label="送达日期",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        initial=timezone.localdate,
        help_text="复议、诉讼的期限从这一天起算。",
    )
    way = forms.ChoiceField(
        label="送达方式",
        choices=[
            (each, each) for each in ("直接送达", "留置送达", "邮寄送达", "电子送达（有确认书）", "公告送达")
        ],
    )
    remark = forms.CharField(label="备注", max_length=200, required=False)

    def clean_on(self):
        """As a text, as it is kept; a day to come is none on which something was delivered."""
        on = self.cleaned_data["on"]
        if on > timezone.localdate():
            raise forms.ValidationError("送达日期不能晚于今天。")
        return on.isoformat()


class NoteForm(forms.Form):
    """An opinion, where one is given."""

    note = forms.CharField(label="意见", max_length=300, required=False, widget=area(3))


class VoidForm(forms.Form):
    """Why a paper is void."""

    reason = forms.CharField(label="原因", max_length=200)
