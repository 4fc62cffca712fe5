"""监管分类 at the desk: rules propose, a clerk confirms."""

from django.contrib import admin

from ..models import CapRule, Category, CategoryRule, LotRule, Tag
from ..services import rules
from .acts import Act
from .base import DeskAdmin, ViewOnlyInline
from .twohands import TwoHandsAdmin


def remove(row, data, by):
    return f"已提出：{rules.ask_removal(row, by=by).title}。另一人确认以后生效。"


class RuleInline(admin.TabularInline):
    model = CategoryRule
    extra = 0


class CapInline(ViewOnlyInline):
    model = CapRule
    fields = ["field", "value", "yearly", "basis"]


@admin.register(CapRule)
class CapRuleAdmin(TwoHandsAdmin):
    bureau_path = "category__bureau"
    intro = "年度检查上限按风险等级、分级、标准化分别定；改动由另一人确认以后才生效。"
    list_display = ["category", "field", "value", "yearly", "basis"]
    list_filter = ["category"]
    acts = (Act("remove", "删去", "registries.delete_caprule", remove, warning="另一人确认以后删去。"),)


@admin.register(Category)
class CategoryAdmin(TwoHandsAdmin):
    intro = (
        "监管分类就是抽取的分层。规则中的词语出现在企业名称、行业或经营范围时提出建议，"
        "次序小的规则先看。年度检查上限可按风险等级、分级、标准化分别定。"
    )
    list_display = ["code", "name", "skill", "section"]
    inlines = [RuleInline, CapInline]


@admin.register(LotRule)
class LotRuleAdmin(TwoHandsAdmin):
    intro = (
        "加签表：哪些企业在随机抽取中多放几张签。随计划公布，封存时固定；改了只影响以后封存的抽取。"
        "由负责人维护，每次修改都有记录。"
    )
    list_display = ["source", "value", "lots", "each", "most", "basis"]
    acts = (Act("remove", "删去", "registries.delete_lotrule", remove, warning="另一人确认以后删去。"),)


@admin.register(Tag)
class TagAdmin(DeskAdmin):
    intro = "监管标签：分类之外，本机关想用来查找企业的记号。"
    list_display = ["name"]
