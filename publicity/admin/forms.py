"""What every statement to the public asks of who prepares it."""

from django import forms

AREA = forms.Textarea(attrs={"rows": 8})


class SaidForm(forms.Form):
    said = forms.CharField(
        label="保留敏感内容的理由",
        max_length=200,
        required=False,
        help_text="系统查出人名、电话、住址、涉密词语等时，要么改掉，要么写明为什么可以公开。",
    )
