"""回避关系 and 年度回避申报 at the desk: seen by the legal and discipline roles only."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from ..errors import DomainError
from ..models import Declaration, Relation
from ..sentences import say
from ..services import relations
from ..states import RelationState
from .acts import Act
from .base import DeskAdmin, DeskForm, ViewOnlyAdmin


class NoteForm(forms.Form):
    note = forms.CharField(label="审核说明", max_length=200, required=False)


class EndForm(forms.Form):
    until = forms.DateField(
        label="终止日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    note = forms.CharField(label="终止原因", max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate


class RelationForm(DeskForm):
    def clean(self):
        data = super().clean()
        if data.get("scope") == "enterprise":
            if not data.get("subject"):
                self.add_error("subject", "请选择企业。")
            data["scope_text"] = ""
        elif data.get("scope"):
            data["subject"] = None
            if not data.get("scope_text", "").strip():
                self.add_error("scope_text", "请写集团、村镇或行业的名称。")
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", "结束日期不能早于开始日期。")
        if data.get("inspector") and data.get("ground") and not self.errors:
            try:
                relations.require_new(
                    *(data[name] for name in ("inspector", "ground", "subject", "scope", "scope_text"))
                )
            except DomainError as refused:
                raise forms.ValidationError(say(refused)) from None
        return data


def _is_declared(relation):
    return relation.status == RelationState.DECLARED


def compare(thing, data, by):
    made = relations.compare(by.bureau, by=by)
    return f"比对完成，新增 {len(made)} 条线索，请逐条审核。" if made else "比对完成，没有新的线索。"


@admin.register(Relation)
class RelationAdmin(DeskAdmin):
    form = RelationForm
    intro = (
        "只有法制和纪检可以查看，每次打开都有记录；亲属信息加密保存，不导出、不公开。本人用自己的账户申报的，审核前先按回避处理；"
        "在此登记的、他人反映和系统比对的，由另一人确认后才起作用。登记后不能修改，可以终止。"
    )
    list_display = ["inspector", "target", "ground", "source", "status", "since", "until"]
    list_filter = ["status", "source", "scope", "ground"]
    list_select_related = ["inspector", "subject", "ground"]
    autocomplete_fields = ["inspector", "subject"]
    search_fields = ["inspector__name", "subject__name", "scope_text"]
    fields = [
        "inspector",
        "scope",
        "subject",
        "scope_text",
        "ground",
        "relative",
        "evidence",
        "source",
        "since",
        "until",
    ]
    readonly_fields = ["status", "recorded_by", "reviewed_by", "reviewed_at", "review_note"]
    acts = (
        Act(
            "confirm",
            "确认",
            "registries.review_relation",
            lambda each, data, by: relations.review(each, True, data["note"], by=by),
            NoteForm,
            when=_is_declared,
            done="已确认，今后的抽取都会回避。",
        ),
        Act(
            "refuse",
            "不成立",
            "registries.review_relation",
            lambda each, data, by: relations.review(each, False, data["note"], by=by),
            NoteForm,
            when=_is_declared,
            done="已认定不成立，留存备查。",
        ),
        Act(
            "end",
            "终止",
            "registries.review_relation",
            lambda each, data, by: relations.end(each, data["until"], data["note"], by=by),
            EndForm,
            when=lambda each: each.until is None and each.status == RelationState.CONFIRMED,
            done="已终止。",
        ),
    )
    list_acts = (
        Act(
            "compare",
            "系统比对",
            "registries.review_relation",
            compare,
            warning="把检查人员、申报的亲属、曾任职单位与企业的负责人、股东、名称比对。同名只是线索，由人核实。",
        ),
    )

    @admin.display(description="范围")
    def target(self, relation):
        return relation.target

    def get_fields(self, request, obj=None):
        if obj is None:
            return self.fields
        hidden = "scope_text" if obj.scope == "enterprise" else "subject"
        return [name for name in [*self.fields, *self.readonly_fields] if name != hidden]

    def has_change_permission(self, request, obj=None):
        return False  # what was entered stands; it is reviewed and ended by acts

    def save_model(self, request, obj, form, change):
        data = form.cleaned_data
        made = relations.record(
            data["inspector"],
            data["subject"],
            data["ground"],
            by=request.user,
            since=data["since"],
            until=data["until"],
            relative=data["relative"],
            evidence=data["evidence"],
            source=data["source"],
            scope=data["scope"],
            scope_text=data["scope_text"],
        )
        obj.pk = made.pk

    def change_view(self, request, object_id, form_url="", extra_context=None):
        relation = self.get_object(request, object_id)
        if relation is not None and request.method == "GET" and self.has_view_permission(request, relation):
            relations.note_reading(relation, by=request.user)
        return super().change_view(request, object_id, form_url, extra_context)


@admin.register(Declaration)
class DeclarationAdmin(ViewOnlyAdmin):
    intro = "检查人员每年的回避申报，“无应申报事项”也是申报。本年度谁没有申报，见“两库概况”。"
    list_display = ["inspector", "year", "says_none", "made_at"]
    list_filter = ["year", "says_none"]
    list_select_related = ["inspector"]
    search_fields = ["inspector__name"]
