"""检查对象名录库 at the desk: the list, upload with preview, classes proposed and confirmed."""

from django import forms
from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .. import exports, tasks
from ..columns import REQUIRED, SUBJECT_HEADERS
from ..creditcode import fault, normalise
from ..errors import DomainError
from ..models import (
    HAZARDS,
    Category,
    CategoryRule,
    ImportLine,
    ImportRun,
    Licence,
    Place,
    Reason,
    Subject,
    SubjectCode,
    SubjectEvent,
)
from ..search import patterns
from ..sentences import say
from ..services import classes, imports, subjects
from ..tablefile import ENCODINGS
from .base import Act, DeskAdmin, DeskForm, ViewOnlyAdmin, ViewOnlyInline


class UploadForm(forms.Form):
    file = forms.FileField(label="名录文件", help_text="xlsx、xls 或 csv。先显示会改动什么，确认后才写入名录。")
    encoding = forms.ChoiceField(
        label="文字编码", choices=[("", "自动辨认"), *ENCODINGS.items()], required=False,
        help_text="只对 csv 有用；自动辨认读出乱码或认不准时再选。",
    )  # fmt: skip


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


class MappingForm(forms.Form):
    """One choice a field: which column of the file it is."""

    knows_thing = True

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        columns = [("", "（文件中没有）")] + [
            (str(n), f"第 {n + 1} 列 {header}") for n, header in enumerate(thing.headers)
        ]
        for name in SUBJECT_HEADERS:
            label = Subject._meta.get_field(name).verbose_name
            self.fields[name] = forms.ChoiceField(label=label, choices=columns, required=name in REQUIRED)
            self.initial[name] = str(thing.mapping.get(name, ""))


def remap(run, data, by):
    tasks.ring(imports.remap(run, {name: int(column) for name, column in data.items() if column}, by=by))
    return "已按新的对应关系比对；这些表头的意思已记住，下次自动认出。"


def upload(thing, data, by):
    run = imports.receive(data["file"].read(), data["file"].name, by=by, encoding=data["encoding"])
    tasks.ring(run)
    return HttpResponseRedirect(reverse("admin:registries_importrun_change", args=[run.pk]))


def approve(run, data, by):
    tasks.ring(imports.approve(run, by=by))
    return "正在写入名录。写完后的下一步：按规则建议分类。"


def undo(run, data, by):
    imports.undo(run, by=by)
    return "已撤销：变更的恢复原值，新增的已出库（编号保留）。"


def take_rejected(run, data, by):
    response = HttpResponse(exports.workbook(imports.rejected(run)), content_type=exports.XLSX)
    response["Content-Disposition"] = f'attachment; filename="rejected-{run.pk}.xlsx"'
    return response


def propose(thing, data, by):
    counts = classes.propose(by.bureau, by=by)
    told = "、".join(f"{name or '无建议'} {count} 户" for name, count in sorted(counts.items()))
    return f"已按规则提出建议：{told or '没有未分类的企业'}。请用“确认分类”逐类确认。"


def confirm(thing, data, by):
    chosen = Subject.objects.filter(bureau=by.bureau, proposed_category=data["proposed"], category=None)
    return f"已确认 {classes.confirm(chosen, by=by, category=data['category'])} 户。"


class PlaceInline(admin.TabularInline):
    model = Place
    extra = 0


class LicenceInline(admin.TabularInline):
    model = Licence
    extra = 0
    can_delete = False


class CodeInline(ViewOnlyInline):
    model = SubjectCode


class EventInline(admin.TabularInline):
    model = SubjectEvent
    extra = 0
    fields = ["code", "happened_on", "until", "source", "status"]
    readonly_fields = ["status"]
    can_delete = False

    def has_change_permission(self, request, obj=None):
        return False  # recorded once; whether it is true is another's to say

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "code":
            reasons = Reason.objects.filter(bureau=request.user.bureau_id, kind="event")
            return forms.ChoiceField(
                label=db_field.verbose_name, choices=[("", "请选择"), *((each.code, each.title) for each in reasons)]
            )
        return field


class OutForm(forms.Form):
    reason = forms.CharField(label="出库原因", max_length=100)


def take_out(subject, data, by):
    subjects.take_out(subject, data["reason"], by=by)
    return "已出库。编号和历史保留，可以恢复入库。"


class SubjectForm(DeskForm):
    hazards = forms.MultipleChoiceField(
        label="重点危险因素",
        choices=[(each, each) for each in HAZARDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean_credit_code(self):
        code = normalise(self.cleaned_data["credit_code"])
        if code and (wrong := fault(code)):
            raise forms.ValidationError(f"{wrong}。请核对；没有代码的留空。")
        return code


@admin.register(Subject)
class SubjectAdmin(DeskAdmin):
    form = SubjectForm
    intro = "检查对象名录库。上传名录后先看差异再应用；按规则提出分类建议，由经办人确认。出库由负责人办理，编号和历史保留，不删除。"
    list_display = ["name", "ref", "category", "proposed_category", "town", "left_on"]
    list_filter = ["category", "proposed_category", "production", "level", "is_key"]
    search_fields = ["name"]  # a box to type in; what it finds: get_search_results
    search_help_text = "企业名称、曾用名、信用代码或编号的一部分，或名称的拼音首字母（如 wsqcc）；几个词以空格分开。"
    list_select_related = ["category", "proposed_category"]
    readonly_fields = [
        "ref", "proposed_category", "proposed_for", "verified_on", "verified_by", "entered_on", "left_on",
        "left_reason", "left_by", "merged_into",
    ]  # fmt: skip
    inlines = [PlaceInline, LicenceInline, EventInline, CodeInline]
    acts = (
        Act("take_out", "出库", "registries.remove_subject", take_out, OutForm, when=lambda each: not each.left_on,
            warning="出库的企业不再进入抽取名录；编号永不再用，历史保留。"),
        Act("bring_back", "恢复入库", "registries.remove_subject",
            lambda each, data, by: subjects.bring_back(each, by=by) and None, when=lambda each: each.left_on,
            done="已恢复入库。"),
    )  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "former_name", "ref", "credit_code", "kind", "category", "proposed_category",
                           "proposed_for", "tags", "section", "level", "production", "is_key", "is_secret"]}),
        ("登记", {"fields": ["legal_representative", "phone", "registered_on", "registration_status", "authority", "capital",
                           "scope", "industry", "industry_code", "group_name", "shareholders"], "classes": ["collapse"]}),
        ("场所与人员", {"fields": ["address", "town", "village", "grid", "park", "longitude", "latitude", "datum",
                              "safety_officer", "safety_phone", "liaison", "liaison_phone", "employees", "size"],
                   "classes": ["collapse"]}),
        ("安全", {"fields": ["risk", "grade", "standard", "hazards"], "classes": ["collapse"]}),
        ("名录", {"fields": ["source", "verified_on", "verified_by", "note", "entered_on", "left_on", "left_reason", "left_by",
                         "merged_into"], "classes": ["collapse"]}),
    ]  # fmt: skip
    list_acts = (
        Act("upload", "上传名录", "registries.import_subject", upload, UploadForm),
        Act("propose", "按规则建议分类", "registries.classify_subject", propose),
        Act("confirm", "确认分类", "registries.classify_subject", confirm, ConfirmForm),
    )

    def get_search_results(self, request, queryset, search_term):
        for part in patterns(search_term):
            queryset = queryset.filter(search__contains=part)
        return queryset.defer("search", "scope"), False  # the longest columns, and no list shows them

    def has_add_permission(self, request):
        return False  # enterprises come by import, so that each has a source

    def save_formset(self, request, form, formset, change):
        for each in formset.forms:
            if isinstance(each.instance, SubjectEvent) and each.instance.recorded_by_id is None:
                each.instance.recorded_by = request.user
        super().save_formset(request, form, formset, change)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "credit_code" in form.changed_data:
            subjects.keep_code(obj)


@admin.register(SubjectEvent)
class SubjectEventAdmin(ViewOnlyAdmin):
    bureau_path = "subject__bureau"
    intro = "加签事由在企业的页面登记，由另一人核实。属实的才在抽取中起作用；不属实的留存，不起作用。"
    list_display = ["subject", "title", "happened_on", "until", "source", "status", "recorded_by", "verified_by"]
    list_filter = ["status"]
    list_select_related = ["subject", "recorded_by", "verified_by"]
    fields = [
        "subject",
        "title",
        "happened_on",
        "until",
        "source",
        "status",
        "recorded_by",
        "verified_by",
        "verified_at",
    ]
    readonly_fields = ["title"]
    acts = (
        Act("verify", "属实", "registries.verify_subjectevent",
            lambda each, data, by: subjects.judge_event(each, True, by=by) and None,
            when=lambda each: each.status == "recorded", done="已核实。"),
        Act("dismiss", "不属实", "registries.verify_subjectevent",
            lambda each, data, by: subjects.judge_event(each, False, by=by) and None,
            when=lambda each: each.status == "recorded", done="已记为不属实。"),
    )  # fmt: skip

    @admin.display(description="事由")
    def title(self, event):
        found = Reason.objects.filter(bureau=event.subject.bureau_id, kind="event", code=event.code).first()
        return found.title if found else event.code


def _title(name):
    return Subject._meta.get_field(name).verbose_name


def _word(name, value):
    """A field's value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(dict(Subject._meta.get_field(name).flatchoices).get(value, value)) or "空"


class LineInline(ViewOnlyInline):
    model = ImportLine
    fields = ["row", "outcome", "name", "detail"]
    verbose_name_plural = "逐行结果（每类最多列 50 行，无变化的不列）"

    def get_queryset(self, request):
        # A slice cannot be filtered again by the inline's formset, so the rows are chosen by key.
        rows = super().get_queryset(request)
        match = request.resolver_match
        run = match.kwargs.get("object_id") if match else None
        shown = []
        for outcome in ("quarantined", "refused", "changed", "new", "missing"):
            shown += rows.filter(run=run, outcome=outcome).values_list("pk", flat=True)[:50]
        return rows.filter(pk__in=shown)

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    @admin.display(description="说明")
    def detail(self, line):
        if line.outcome == "changed":
            told = "；".join(
                f"{_title(name)}：{_word(name, old)} → {_word(name, new)}" for name, (old, new) in line.values.items()
            )
        elif line.outcome == "new":
            told = "；".join(
                f"{_title(name)}：{_word(name, value)[:30]}" for name, value in line.values.items() if name != "name"
            )
        else:
            return line.reason or "—"
        return f"{told}（已规范：{line.reason}）" if line.reason else told


@admin.register(ImportRun)
class ImportRunAdmin(ViewOnlyAdmin):
    intro = "导入先预览后应用，全部写入或全部不写，之后可以撤销。不能导入的行可以下载，改好再传；原文件一直保存。"
    list_display = ["file_name", "status", "started_by", "started_at"]
    fields = [
        "file_name", "status", "summary", "remarks", "mapped", "started_by", "started_at", "applied_at", "undone_at",
    ]  # fmt: skip
    readonly_fields = ["summary", "remarks", "mapped"]
    inlines = [LineInline]
    acts = (
        Act(
            "remap",
            "指定栏目对应",
            "registries.import_subject",
            remap,
            MappingForm,
            when=lambda run: run.status in ("unmapped", "waiting", "previewed"),
        ),
        Act("apply", "应用到名录", "registries.import_subject", approve,
            when=lambda run: run.status == "previewed", warning="新增和变更的企业将写入名录；之后可以撤销。"),
        Act("rejected", "下载没有导入的行", "registries.import_subject", take_rejected,
            when=lambda run: run.counts.get("refused") or run.counts.get("quarantined"),
            warning="原样的行加上原因；改好后可直接再传。"),
        Act("undo", "撤销这次导入", "registries.import_subject", undo, when=lambda run: run.status == "applied",
            warning="变更的企业恢复原值，新增的企业出库（编号保留，不删除）。导入后又改动过或已封入抽取的，不能撤销。"),
    )  # fmt: skip

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        busy = run is not None and run.status in ("waiting", "comparing", "writing")
        return super().change_view(request, object_id, form_url, {"refreshes": busy})

    @admin.display(description="各类行数")
    def summary(self, run):
        titles = dict(ImportLine.OUTCOMES)
        if run.status == "unmapped":
            return "没有认出“企业名称”一列，请点“指定栏目对应”。"
        if run.status in ("waiting", "comparing"):
            return f"正在比对，已看 {run.done} 行。本页会自动刷新，可以先去办别的事。"
        if run.status == "writing":
            return "正在写入名录，全部写入或全部不写。本页会自动刷新。"
        if run.status == "failed":
            return f"没有做成，名录未改动：{say(DomainError(run.error))}"
        return "，".join(f"{titles[key]} {count}" for key, count in run.counts.items())

    @admin.display(description="说明")
    def remarks(self, run):
        return " ".join(run.told) or "—"

    @admin.display(description="栏目对应")
    def mapped(self, run):
        fields = {field.name: field.verbose_name for field in Subject._meta.fields}
        return "，".join(f"第 {column + 1} 列 → {fields[name]}" for name, column in run.mapping.items())


class RuleInline(admin.TabularInline):
    model = CategoryRule
    extra = 0


@admin.register(Category)
class CategoryAdmin(DeskAdmin):
    intro = "监管分类就是抽取的分层。规则中的词语出现在企业名称、行业或经营范围时提出建议，次序小的规则先看。"
    list_display = ["code", "name", "skill", "section"]
    inlines = [RuleInline]
