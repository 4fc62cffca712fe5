"""随机抽查事项清单 at the desk."""

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from ..errors import DomainError
from ..models import CheckLine, Item, ItemList, LegalArticle
from ..sentences import say
from ..services import items
from ..sheets.file import ENCODINGS
from ..states import ItemListState
from . import handing
from .acts import Act
from .base import DeskAdmin


class ManyFiles(forms.FileField):
    """Several files in one go: a list of them, each checked like one."""

    class widget(forms.ClearableFileInput):  # noqa: N801 (Django's own name for it)
        allow_multiple_selected = True

    def clean(self, data, initial=None):
        given = data if isinstance(data, (list, tuple)) and data else [data or None]
        return [each for one in given if (each := super(ManyFiles, self).clean(one, initial))]


class DraftForm(forms.Form):
    knows_thing = True
    title = forms.CharField(label="清单名称", max_length=100)
    sheets = ManyFiles(
        label="检查表文件",
        required=False,
        help_text="可以一次选几个，也可以以后再读入：xls、xlsx、csv 或 json。",
    )
    effective_from = forms.DateField(
        label="施行日期",
        initial=timezone.localdate,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    like = forms.ModelChoiceField(label="以这一版为底稿", queryset=ItemList.objects.none(), required=False)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        versions = ItemList.objects.filter(bureau=by.bureau)
        self.fields["like"].queryset = versions
        self.fields["like"].initial = versions.order_by("-version").first()
        self.fields["title"].initial = f"{by.bureau.name}随机抽查事项清单"


def draft(thing, data, by):
    with transaction.atomic():  # a sheet that is not read leaves no list behind
        drafted = items.draft(data["title"], data["effective_from"], by=by, like=data["like"])
        for each in data["sheets"]:
            items.bring(drafted, each.read(), each.name, by=by)
    return HttpResponseRedirect(reverse("list", args=[drafted.pk]))


class SheetForm(forms.Form):
    file = ManyFiles(
        label="检查表文件",
        help_text="可以一次选几个：xls、xlsx、csv 或 json；合并单元格按原样展开，"
        "空行、重复、缺依据的逐行说明。",
    )
    code = forms.CharField(label="事项编号", max_length=16, required=False, help_text="不填则自动编号。")
    encoding = forms.ChoiceField(
        label="文字编码", choices=[("", "自动辨认"), *ENCODINGS.items()], required=False
    )


def bring(item_list, data, by):
    brought = []
    for each in data["file"]:
        brought += items.bring(
            item_list, each.read(), each.name, by=by, code=data["code"], encoding=data["encoding"]
        )
    told = "；".join(f"{each.name} {each.lines.count()} 条" for each in brought)
    odd = sum(len(each.told) for each in brought)
    return f"已读入：{told}。" + (f"有 {odd} 处需要留意，点开下面的事项，看“读入说明”。" if odd else "")


def before_publishing(item_list):
    laws = items.laws_that_warn(item_list.bureau_id)
    each = item_list.items.select_related("item_list").prefetch_related("articles", "lines")
    cited = [
        f"{item.code} {item.name}：{'；'.join(said)}" for item in each if (said := items.warnings(item, laws))
    ]
    told = f"注意，有 {len(cited)} 个事项引用的法律有变：{'。'.join(cited)[:600]}。" if cited else ""
    return f"{told}公布后不能再修改；前一版在施行日前一天失效。"


class ItemInline(admin.TabularInline):
    model = Item
    extra = 0
    fields = ["opened", "sub_item", "kind", "method", "frequency", "count"]
    readonly_fields = ["opened", "count"]

    @admin.display(description="事项")
    def opened(self, item):
        return format_html(
            '<a href="{}">{} {}</a>',
            reverse("admin:registries_item_change", args=[item.pk]),
            item.code,
            item.name,
        )

    @admin.display(description="检查内容")
    def count(self, item):
        return f"{item.lines.count()} 条" + (f"，{len(item.told)} 处留意" if item.told else "")

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
    fields = ["title", "version", "status", "published_on", "effective_from", "effective_to", "sent_back"]
    readonly_fields = ["version", "status", "published_on", "effective_to", "sent_back"]
    inlines = [ItemInline]
    list_acts = (
        Act(
            "draft",
            "新建一版",
            "registries.add_itemlist",
            draft,
            DraftForm,
            done="已建立新一版清单，请读入检查表、增减事项后公布。",
        ),
    )
    acts = (
        Act(
            "bring", "读入检查表", "registries.change_item", bring, SheetForm, when=lambda each: each.is_open
        ),
        *handing.acts("registries.change_itemlist", "registries.publish_itemlist", items.require_whole),
        Act(
            "publish",
            "公布",
            "registries.publish_itemlist",
            lambda each, data, by: items.publish(each, by=by),
            when=lambda each: each.status == ItemListState.DRAFTED,
            warning=before_publishing,
            done="已公布。",
        ),
    )

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)


class LineInline(admin.StackedInline):
    model = CheckLine
    extra = 0
    classes = ["collapse"]


def print_sheet(desk, request, item):
    try:
        sheet = items.check_sheet(item)
    except DomainError as refused:
        messages.error(request, say(refused))
        return HttpResponseRedirect(desk._after(item))
    response = HttpResponse(sheet, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="check-sheet-{item.pk}.pdf"'
    return response


def remove(item, data, by):
    items.remove(item, by=by)
    return HttpResponseRedirect(reverse("admin:registries_item_changelist"))


class BasisForm(forms.Form):
    """One basis for the lines of an item that have none."""

    knows_thing = True
    lines = forms.TypedMultipleChoiceField(
        label="这些检查内容", coerce=int, widget=forms.CheckboxSelectMultiple
    )
    basis = forms.CharField(label="认定依据", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        rows = [each for each in thing.lines.all() if not each.basis]
        self.fields["lines"].choices = [(each.pk, f"{each.number} {each.requirement[:60]}") for each in rows]
        self.initial["lines"] = [each.pk for each in rows]


def give_basis(item, data, by):
    return f"已补 {items.give_basis(item, data['lines'], data['basis'], by=by)} 条的依据。"


@admin.register(Item)
class ItemAdmin(DeskAdmin):
    bureau_path = "item_list__bureau"
    intro = "一个事项一张检查表：正面写检查内容，反面写违法表述，检查人员选“不符合”时自动带出依据和措施。"
    list_display = ["code", "name", "sub_item", "item_list", "kind", "method", "frequency", "repealed"]
    readonly_fields = ["repealed", "origin", "follows"]
    acts = (
        Act(
            "give_basis",
            "补同一依据",
            "registries.change_item",
            give_basis,
            BasisForm,
            when=lambda each: each.item_list.is_open and any(not line.basis for line in each.lines.all()),
        ),
        Act("print", "打印检查表", "registries.view_item", page=print_sheet),
        Act(
            "remove",
            "移出清单",
            "registries.change_item",
            remove,
            when=lambda each: each.item_list.is_open,
            warning="事项和它的检查内容从这份草稿中移出，不能恢复；已公布的版本不受影响。",
        ),
    )
    list_filter = ["item_list", "kind"]
    search_fields = ["code", "name", "content"]
    inlines = [LineInline]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("item_list").prefetch_related("articles", "lines")

    @admin.display(description="依据提醒")
    def repealed(self, item):
        return "；".join(items.warnings(item)) or "—" if item.pk else "—"

    @admin.display(description="读入说明")
    def origin(self, item):
        return format_html_join("", "<div>{}</div>", ((said,) for said in item.told)) or "—"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.item_list.is_open)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "articles":  # none is offered after its end
            field.queryset = field.queryset.exclude(repealed_on__lte=timezone.localdate())
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "item_list":
            field.queryset = field.queryset.filter(status=ItemListState.DRAFTED, handed_in_at=None)
        return field


@admin.register(LegalArticle)
class LegalArticleAdmin(DeskAdmin):
    intro = "法律条文按版本记录；废止的写明废止日期和代之以什么，引用它的事项会提醒。条款留空指整部文件。"
    list_display = ["law", "article", "since", "repealed_on", "replaced_by"]
    search_fields = ["law", "article", "text"]
