"""What is written beside a decision on a case."""

from django import forms


class NoteForm(forms.Form):
    note = forms.CharField(
        label="意见", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(forms.Form):
    note = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
