"""What the list of enterprises offers above its rows: bringing a register in, proposing
classes, confirming them."""

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse

from .. import tasks
from ..models import Category, Subject
from ..services import classes, imports
from ..sheets.file import ENCODINGS


class UploadForm(forms.Form):
    file = forms.FileField(
        label="名录文件", help_text="xlsx、xls 或 csv。先显示会改动什么，确认后才写入名录。"
    )
    encoding = forms.ChoiceField(
        label="文字编码",
        choices=[("", "自动辨认"), *ENCODINGS.items()],
        required=False,
        help_text="只对 csv 有用；自动辨认读出乱码或认不准时再选。",
    )


def upload(thing, data, by):
    run = imports.receive(data["file"].read(), data["file"].name, by=by, encoding=data["encoding"])
    tasks.ring(run)
    return HttpResponseRedirect(reverse("admin:registries_importrun_change", args=[run.pk]))


class ConfirmForm(forms.Form):
    knows_thing = True
    proposed = forms.ModelChoiceField(label="把建议为这一类的企业", queryset=Category.objects.none())
    category = forms.ModelChoiceField(
        label="归入", queryset=Category.objects.none(), required=False, help_text="不选则按建议归入。"
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        own = Category.objects.filter(bureau=by.bureau)
        self.fields["proposed"].queryset = own.exclude(proposals=None).distinct()
        self.fields["category"].queryset = own
        self.fields["proposed"].label_from_instance = lambda each: (
            f"{each.name}（{each.proposals.filter(category=None).count()} 户）"
        )


def propose(thing, data, by):
    counts = classes.propose(by.bureau, by=by)
    told = "、".join(f"{name or '无建议'} {count} 户" for name, count in sorted(counts.items()))
    return f"已按规则提出建议：{told or '没有未分类的企业'}。请用“确认分类”逐类确认。"


def confirm(thing, data, by):
    chosen = Subject.objects.filter(bureau=by.bureau, proposed_category=data["proposed"], category=None)
    return f"已确认 {classes.confirm(chosen, by=by, category=data['category'])} 户。"


class TickForm(forms.Form):
    """Enterprises with the class that the rules propose, each to be ticked."""

    knows_thing = True
    chosen = forms.TypedMultipleChoiceField(
        label="照建议归类的企业",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="一次列 300 户，办完再列。不对的去掉勾，到企业页面另选分类。",
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        waiting = (
            Subject.objects.listed().filter(bureau=by.bureau, category=None).exclude(proposed_category=None)
        )
        rows = list(waiting.select_related("proposed_category").order_by("proposed_category", "name")[:300])
        self.fields["chosen"].choices = [
            (each.pk, f"{each.name} → {each.proposed_category}（{each.proposed_for}）") for each in rows
        ]
        self.initial["chosen"] = [each.pk for each in rows]


def confirm_some(thing, data, by):
    chosen = Subject.objects.filter(bureau=by.bureau, pk__in=data["chosen"], category=None)
    return f"已确认 {classes.confirm(chosen, by=by)} 户。"


def title_of(name):
    """A field of the enterprise register in the law's own word."""
    return Subject._meta.get_field(name).verbose_name
