"""检查对象名录库 at the desk: the list, one enterprise, many at once, duplicates;
the events that add lots."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join

from .. import tree
from ..errors import DomainError
from ..models import Subject, SubjectEvent, SubjectMove
from ..search import patterns
from ..sentences import say
from ..services import corrections, duplicates, imports, jurisdiction, subjects
from . import subject_acts, subject_edits
from .acts import Act
from .base import DeskAdmin
from .export import export_page
from .subjectforms import (
    BatchForm,
    CodeInline,
    EventInline,
    Gaps,
    LicenceInline,
    Listed,
    MergeForm,
    OutForm,
    PlaceInline,
    SubjectForm,
)


def strangers_page(desk, request, thing):
    facts = desk.admin_site.each_context(request) | {
        "title": "辖区核对",
        "opts": desk.opts,
        "rows": jurisdiction.strangers(request.user.bureau),
        "decides": request.user.has_perm("registries.remove_subject"),
    }
    return TemplateResponse(request, "admin/strangers.html", facts)


def twice_page(desk, request, thing):
    facts = desk.admin_site.each_context(request) | {
        "title": "上级列管",
        "opts": desk.opts,
        "rows": tree.twice(request.user.bureau),
        "has_upper": request.user.bureau.upper_id is not None,
    }
    return TemplateResponse(request, "admin/twice.html", facts)


def duplicates_page(desk, request, thing):
    facts = desk.admin_site.each_context(request) | {
        "title": "疑似重复",
        "opts": desk.opts,
        "groups": duplicates.find(request.user.bureau),
        "merges": request.user.has_perm("registries.remove_subject"),
        "limit": duplicates.LIMIT,
    }
    return TemplateResponse(request, "admin/duplicates.html", facts)


_COLUMNS = {field.name for field in Subject._meta.concrete_fields}


@admin.register(Subject)
class SubjectAdmin(DeskAdmin):
    form = SubjectForm
    intro = (
        "检查对象名录库。上传名录后先看差异再应用；按规则提出分类建议，由经办人确认。"
        "出库由负责人办理，编号和历史保留，不删除。"
    )
    is_read_noted = staticmethod(lambda thing: True)
    list_display = ["name", "ref", "class_shown", "town"]
    list_filter = [
        "category",
        "production",
        "level",
        "risk",
        "is_key",
        "tags",
        "section",
        Listed,
        Gaps,
    ]
    history_label = "沿革"
    search_fields = ["name"]  # a box to type in; what it finds: get_search_results
    search_help_text = (
        "企业名称、曾用名、信用代码或编号的一部分，或名称的拼音首字母（如 wsqcc）；几个词以空格分开。"
    )
    list_select_related = ["category", "proposed_category"]
    readonly_fields = [
        "ref",
        "proposed_category",
        "proposed_for",
        "verified_on",
        "verified_by",
        "entered_on",
        "left_on",
        "left_reason",
        "left_by",
        "merged_into",
        "brought_with",
        "area",
    ]
    inlines = [PlaceInline, LicenceInline, EventInline, CodeInline]
    actions = ["change_many", "verify_many", "take_out_many"]
    acts = (
        Act(
            "verify",
            "核实无误",
            "registries.change_subject",
            lambda each, data, by: subjects.verify(Subject.objects.filter(pk=each.pk), by=by),
            when=lambda each: not each.left_on,
            warning="记下今天由您核实过这一户的登记内容。",
            done="已记下核实日期。",
        ),
        Act(
            "merge",
            "并入另一户",
            "registries.remove_subject",
            subject_edits.merge,
            MergeForm,
            when=lambda each: not each.left_on,
            warning="这一户出库，它的编号、代码、检查次数和加签事由并入另一户；可以恢复入库。",
        ),
        Act(
            "area",
            "认定辖区",
            "registries.remove_subject",
            subject_edits.decide_area,
            subject_edits.AreaForm,
            when=lambda each: not each.left_on,
            warning="辖区外的企业留在名录中，不再进入抽取；各处地址说法不一的，认定后才能抽到。",
        ),
        Act(
            "take_out",
            "出库",
            "registries.remove_subject",
            subject_edits.take_out,
            OutForm,
            when=lambda each: not each.left_on,
            warning="出库的企业不再进入抽取名录；编号永不再用，历史保留。",
        ),
        Act(
            "bring_back",
            "恢复入库",
            "registries.remove_subject",
            subject_edits.bring_back,
            when=lambda each: each.left_on,
            done="已恢复入库。",
        ),
    )
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "former_name",
                    "ref",
                    "credit_code",
                    "code_is_right",
                    "registration_number",
                    "kind",
                    "category",
                    "proposed_category",
                    "proposed_for",
                    "tags",
                    "section",
                    "level",
                    "production",
                    "is_key",
                    "is_secret",
                ]
            },
        ),
        (
            "登记",
            {
                "fields": [
                    "legal_representative",
                    "phone",
                    "registered_on",
                    "registration_status",
                    "authority",
                    "capital",
                    "scope",
                    "industry",
                    "industry_code",
                    "group_name",
                    "shareholders",
                ],
                "classes": ["collapse"],
            },
        ),
        (
            "场所与人员",
            {
                "fields": [
                    "address",
                    "premises",
                    "town",
                    "village",
                    "grid",
                    "park",
                    "longitude",
                    "latitude",
                    "datum",
                    "safety_officer",
                    "safety_phone",
                    "liaison",
                    "liaison_phone",
                    "employees",
                    "size",
                ],
                "classes": ["collapse"],
            },
        ),
        ("安全", {"fields": ["risk", "grade", "standard", "hazards"], "classes": ["collapse"]}),
        (
            "名录",
            {
                "fields": [
                    "source",
                    "verified_on",
                    "verified_by",
                    "note",
                    "area",
                    "entered_on",
                    "left_on",
                    "left_reason",
                    "left_by",
                    "merged_into",
                    "reason",
                    "brought_with",
                ],
                "classes": ["collapse"],
            },
        ),
    ]
    list_acts = (
        Act("upload", "上传名录", "registries.import_subject", subject_acts.upload, subject_acts.UploadForm),
        Act("propose", "按规则建议分类", "registries.classify_subject", subject_acts.propose),
        Act(
            "confirm",
            "确认分类",
            "registries.classify_subject",
            subject_acts.confirm,
            subject_acts.ConfirmForm,
        ),
        Act(
            "confirm_some",
            "逐户确认分类",
            "registries.classify_subject",
            subject_acts.confirm_some,
            subject_acts.TickForm,
        ),
        Act("duplicates", "疑似重复", "registries.view_subject", page=duplicates_page),
        Act("strangers", "辖区核对", "registries.view_subject", page=strangers_page),
        Act("twice", "上级列管", "registries.view_subject", page=twice_page),
        Act("export", "导出", "registries.export_subject", page=export_page),
    )

    def get_fieldsets(self, request, obj=None):
        sees = request.user.has_perm("registries.change_subject") or request.user.has_perm(
            "registries.remove_subject"
        )
        if obj is not None and sees:
            return self.fieldsets
        return [
            (title, facts | {"fields": [name for name in facts["fields"] if name != "brought_with"]})
            for title, facts in self.fieldsets
        ]

    @admin.display(description="名录文件中的其他栏")
    def brought_with(self, subject):
        rest, run = imports.extra_of(subject)
        if not rest:
            return "—"
        told = format_html_join("", "<li>{}：{}</li>", rest.items())
        return format_html("<ul>{}</ul>来自 {}。只给经办人和负责人看，不进入文书和公示。", told, run)

    @admin.display(description="监管分类", ordering="category")
    def class_shown(self, subject):
        if subject.left_on:
            return f"{subject.left_on} 已出库"
        if subject.category_id is None and subject.proposed_category_id:
            return f"（建议：{subject.proposed_category}）"
        return subject.category

    def get_search_results(self, request, queryset, search_term):
        for part in patterns(search_term):
            queryset = queryset.filter(search__contains=part)
        # Only what the list shows: of sixty columns some are long, and some would be decrypted for each row.
        return queryset.only(
            "ref", "name", "town", "left_on", "category__name", "proposed_category__name"
        ), False

    def save_formset(self, request, form, formset, change):
        for each in formset.forms:
            if isinstance(each.instance, SubjectEvent) and each.instance.recorded_by_id is None:
                each.instance.recorded_by = request.user
        super().save_formset(request, form, formset, change)
        # its licences, places and events are its own: an import under it is not undone
        if formset.has_changed():
            form.instance.save(update_fields=["changed_at"])

    def save_model(self, request, obj, form, change):
        if not change:
            subjects.enter(obj, by=request.user)
            return
        kept = Subject.objects.get(pk=obj.pk)
        before = {name: corrections.raw(kept, name) for name in form.changed_data if name in _COLUMNS}
        if "name" in before and "former_name" not in before:
            before["former_name"], obj.former_name = kept.former_name, kept.name
        request.refused = ""
        try:
            request.asked = subject_edits.amend(
                obj, kept, before, form.cleaned_data["reason"], by=request.user
            )
        except DomainError as refused:
            request.asked, request.refused = None, say(refused)

    def log_change(self, request, obj, message):
        """What was only asked for is on record as asked for."""
        if request.asked or request.refused:
            told = message[0]["changed"]["fields"]
            kept = [each for each in told if each in _COLUMNS and each not in SubjectMove.FIELDS]
            message = [{"changed": {"fields": kept}}]
            if not kept:
                return
        super().log_change(request, obj, message)

    def response_change(self, request, obj):
        if request.refused:
            messages.error(request, request.refused)
            return HttpResponseRedirect(request.path)
        if request.asked:
            messages.warning(request, subject_edits.asked_or(request.asked, ""))
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.action(description="批量更正一栏", permissions=["change"])
    def change_many(self, request, queryset):
        settled = request.POST.get("settled") and "field" in request.POST
        form = BatchForm(request.POST if settled else None, bureau=request.user.bureau_id)
        if settled and "value" in form.fields and "reason" in request.POST and form.is_valid():
            data = form.cleaned_data
            messages.success(request, subject_edits.change_many(queryset, data, request.user))
            return HttpResponseRedirect(request.get_full_path())
        if settled and "reason" not in request.POST:
            form = BatchForm({"field": request.POST["field"]}, bureau=request.user.bureau_id)
            form._errors = {}  # the value has not been asked for yet
        chosen = request.POST.get("field") if settled else ""
        what = f"：{subject_acts.title_of(chosen)}" if chosen in corrections.BATCH_FIELDS else ""
        return self._batch_page(request, queryset, form, "change_many", f"批量更正{what}", "")

    @admin.action(description="核实无误", permissions=["change"])
    def verify_many(self, request, queryset):
        if request.POST.get("settled"):
            messages.success(request, f"已记下 {subjects.verify(queryset, by=request.user)} 户的核实日期。")
            return HttpResponseRedirect(request.get_full_path())
        told = "记下今天由您核实过这些企业的登记内容。"
        return self._batch_page(request, queryset, forms.Form(), "verify_many", "核实无误", told)

    def has_remove_permission(self, request):
        return request.user.has_perm("registries.remove_subject")

    @admin.action(description="出库", permissions=["remove"])
    def take_out_many(self, request, queryset):
        form = OutForm(request.POST if request.POST.get("settled") else None)
        if form.is_bound and form.is_valid():
            said = subject_edits.take_out_many(queryset, form.cleaned_data, request.user)
            messages.success(request, said)
            return HttpResponseRedirect(request.get_full_path())
        told = "出库的企业不再进入抽取名录；编号永不再用，历史保留。"
        return self._batch_page(request, queryset, form, "take_out_many", "出库", told)

    def _batch_page(self, request, queryset, form, action, title, warning):
        facts = self.admin_site.each_context(request) | {
            "title": title,
            "opts": self.opts,
            "form": form,
            "action": action,
            "count": queryset.count(),
            "some": queryset[:5],
            "across": request.POST.get("select_across", "0"),
            "warning": warning,
            "chosen": request.POST.getlist("_selected_action"),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/batch.html", facts)
