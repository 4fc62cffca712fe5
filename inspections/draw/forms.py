"""What a witness types."""

from django import forms


class ValueForm(forms.Form):
    """A witness's number, typed twice: it cannot be changed afterwards."""

    value = forms.CharField(
        label="数值",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label="再输一遍",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
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
