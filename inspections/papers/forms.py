"""What a paper asks for beyond the record."""

from django import forms

from ..entrance import area


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
        choices=[
            (each, each) for each in ("直接送达", "留置送达", "邮寄送达", "电子送达（有确认书）", "公告送达")
        ],
    )
    remark = forms.CharField(label="备注", max_length=200, required=False)


class NoteForm(forms.Form):
    """An opinion, where one is given."""

    note = forms.CharField(label="意见", max_length=300, required=False, widget=area(3))


class VoidForm(forms.Form):
    """Why a paper is void."""

    reason = forms.CharField(label="原因", max_length=200)
