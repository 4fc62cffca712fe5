"""随机抽查事项清单 at the desk."""

from django import forms
from django.contrib import admin

from ..models import CheckLine, Item, ItemList, LegalArticle
from ..services import items
from .base import Act, DeskAdmin


class DraftForm(forms.Form):
    knows_thing = True
    title = forms.CharField(label="清单名称", max_length=100)
    effective_from = forms.DateField(
        label="施行日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    like = forms.ModelChoiceField(label="以这一版为底稿", queryset=ItemList.objects.none(), required=False)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["like"].queryset = ItemList.objects.filter(bureau=by.bureau)


def draft(thing, data, by):
    items.draft(data["title"], data["effective_from"], by=by, like=data["like"])
    return "已建立新一版清单，请在“抽查事项”中增减事项后公布。"


class ItemInline(admin.TabularInline):
    model = Item
    extra = 0
    fields = ["code", "name", "kind", "method", "frequency"]
    show_change_link = True

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ItemList)
class ItemListAdmin(DeskAdmin):
    intro = "只有已公布并施行的清单才能安排检查（国办发〔2024〕54号）。公布后的版本不再修改，要改请建新版。"
    list_display = ["title", "version", "status", "published_on", "effective_from", "effective_to"]
    fields = ["title", "version", "status", "published_on", "effective_from", "effective_to"]
    readonly_fields = ["version", "status", "published_on", "effective_to"]
    inlines = [ItemInline]
    list_acts = (Act("draft", "新建一版", "registries.add_itemlist", draft, DraftForm),)
    acts = (
        Act(
            "publish", "公布", "registries.publish_itemlist", lambda each, data, by: items.publish(each, by=by) and None,
            when=lambda each: each.status == "drafted", warning="公布后不能再修改；前一版在施行日前一天失效。",
            done="已公布。",
        ),
    )  # fmt: skip

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.status == "drafted")


class LineInline(admin.StackedInline):
    model = CheckLine
    extra = 0


@admin.register(Item)
class ItemAdmin(DeskAdmin):
    bureau_path = "item_list__bureau"
    intro = "一个事项一张检查表：正面写检查内容，反面写违法表述，检查人员选“不符合”时自动带出依据和措施。"
    list_display = ["code", "name", "item_list", "kind", "method", "frequency", "repealed"]
    list_filter = ["item_list", "kind"]
    search_fields = ["code", "name", "content"]
    inlines = [LineInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("articles")

    @admin.display(description="依据提醒")
    def repealed(self, item):
        gone = [f"{each}（{each.repealed_on} 废止）" for each in item.articles.all() if each.is_repealed()]
        return f"所引{'、'.join(gone)}" if gone else "—"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.item_list.status == "drafted")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "item_list":
            field.queryset = field.queryset.filter(status="drafted")
        return field


@admin.register(LegalArticle)
class LegalArticleAdmin(DeskAdmin):
    list_display = ["law", "article", "since", "repealed_on"]
    search_fields = ["law", "article", "text"]
