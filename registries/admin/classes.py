"""监管分类 at the desk: rules propose, a clerk confirms."""

from django import forms
from django.contrib import admin

from ..models import CapRule, Category, CategoryRule, Subject, Tag
from ..services import classes
from .base import DeskAdmin


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


class RuleInline(admin.TabularInline):
    model = CategoryRule
    extra = 0


class CapInline(admin.TabularInline):
    model = CapRule
    extra = 0


@admin.register(Category)
class CategoryAdmin(DeskAdmin):
    intro = "监管分类就是抽取的分层。规则中的词语出现在企业名称、行业或经营范围时提出建议，次序小的规则先看。年度检查上限可按风险等级、分级、标准化分别定。"
    list_display = ["code", "name", "skill", "section"]
    inlines = [RuleInline, CapInline]


@admin.register(Tag)
class TagAdmin(DeskAdmin):
    intro = "监管标签：分类之外，本机关想用来查找企业的记号。"
    list_display = ["name"]
