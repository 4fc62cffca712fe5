"""What a paper asks for beyond the record."""

from django import forms
from django.utils import timezone

from registries.errors import DomainError

from ..entrance import area
from ..sentences import say
from . import service


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
    way = forms.ChoiceField(label="送达方式", choices=[(each, each) for each in service.WAYS])
    witness = forms.CharField(
        label="见证人（留置送达）", max_length=60, required=False, help_text="没有见证人的，写明拍照、录像。"
    )
    slip = forms.CharField(label="邮件回执编号（邮寄送达）", max_length=60, required=False)
    consent = forms.CharField(label="送达确认书（电子送达）", max_length=60, required=False)
    remark = forms.CharField(
        label="备注",
        max_length=200,
        required=False,
        help_text="公告送达的，写明公告载体和原因；经过三十日视为送达。",
    )

    def clean(self):
        """What the way of serving asks for."""
        data = super().clean()
        try:
            service.require(data.get("way", ""), data)
        except DomainError as refused:
            raise forms.ValidationError(say(refused)) from None
        return data

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
