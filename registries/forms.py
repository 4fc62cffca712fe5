"""The registers' forms outside the admin; what they clean is what the services take."""

from django import forms
from django.utils import timezone

from .errors import DomainError
from .models import Category, RecusalGround, Relation, Subject
from .sentences import say
from .services import relations


def _day():
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class CodeForm(forms.Form):
    """What the phone shows, or a recovery code."""

    code = forms.CharField(
        label="动态口令",
        max_length=30,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text="手机上现在显示的六位数字；手机不在身边的，写一个恢复码。",
    )


class NothingForm(forms.Form):
    """无应申报事项: an explicit statement."""

    promise = forms.BooleanField(label="本人承诺以上申报属实；情况有变化时立即申报。")


class RelationForm(forms.Form):
    """One ground for which the inspector must not be sent somewhere."""

    ground = forms.ModelChoiceField(label="事由", queryset=RecusalGround.objects.none())
    scope = forms.ChoiceField(
        label="要回避的范围", choices=Relation.SCOPES, widget=forms.RadioSelect, initial="enterprise"
    )
    target = forms.CharField(
        label="企业、集团、村镇或行业",
        max_length=100,
        widget=forms.TextInput(attrs={"list": "known", "autocomplete": "off"}),
        help_text="一家企业：写名称或信用代码的一部分。集团、村镇、行业：写名称，与名录中的写法相同。",
    )
    relative = forms.CharField(
        label="亲属姓名及说明",
        max_length=200,
        required=False,
        help_text="涉及亲属的写，如“某某，配偶，任出纳”。加密保存，只有法制和纪检能看，不导出、不公开；不要写身份证号。",
    )
    evidence = forms.CharField(label="依据材料", max_length=200, required=False)
    since = forms.DateField(label="自", widget=_day())
    until = forms.DateField(label="至", widget=_day(), required=False, help_text="一直有的不填。")
    promise = forms.BooleanField(label="本人承诺以上申报属实。")

    def __init__(self, *args, bureau, **kwargs):
        super().__init__(*args, **kwargs)
        self.bureau = bureau
        self.fields["ground"].queryset = RecusalGround.objects.filter(bureau=bureau)
        self.fields["since"].initial = timezone.localdate

    def clean(self):
        data = super().clean()
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", "结束日期不能早于开始日期。")
        if data.get("target") and data.get("scope") == "enterprise":
            try:
                data["subject"] = relations.find_subject(self.bureau, data["target"])
            except DomainError as refused:
                self.add_error("target", say(refused))
        return data

    def found(self):
        """What services.relations.declare takes."""
        data = self.cleaned_data
        kept = {name: data[name] for name in ("ground", "scope", "relative", "evidence", "since", "until")}
        return kept | ({"subject": data["subject"]} if "subject" in data else {"scope_text": data["target"]})


def known_words(bureau):
    """Groups, villages and classes that stand in the register: offered while typing."""
    listed = Subject.objects.filter(bureau=bureau).listed()
    words = set(Category.objects.filter(bureau=bureau).values_list("name", flat=True))
    for column in ("group_name", "village", "town"):
        words |= set(listed.exclude(**{column: ""}).values_list(column, flat=True).distinct()[:300])
    return sorted(words)
