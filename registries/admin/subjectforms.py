"""The forms, rows and filters of an enterprise's page."""

from django import forms
from django.contrib import admin

from ..creditcode import doubt, fault, normalise
from ..errors import DomainError
from ..models import (
    HAZARDS,
    Licence,
    Place,
    Reason,
    Subject,
    SubjectCode,
    SubjectEvent,
)
from ..sentences import say
from ..services import corrections, overview, relations
from . import subject_acts
from .base import DeskForm, ViewOnlyInline


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
                label=db_field.verbose_name,
                choices=[("", "请选择"), *((each.code, each.title) for each in reasons)],
            )
        return field


class OutForm(forms.Form):
    reason = forms.CharField(label="出库原因", max_length=100)


class MergeForm(forms.Form):
    knows_thing = True
    into = forms.CharField(
        label="并入哪一户", max_length=60, help_text="留下的那一户的名称、信用代码或编号。"
    )
    reason = forms.CharField(label="认定为同一户的依据", max_length=60)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.bureau = by.bureau

    def clean_into(self):
        try:
            return relations.find_subject(self.bureau, self.cleaned_data["into"])
        except DomainError as refused:
            raise forms.ValidationError(say(refused)) from None


class BatchForm(forms.Form):
    """Which field, then its value in the field's own widget: two steps, because the
    value depends on the field."""

    field = forms.ChoiceField(label="更正哪一栏")
    value = forms.CharField(label="改为", required=False, help_text="留空即清空这一栏。")
    reason = forms.CharField(label="原因", max_length=100, help_text="写入每一户的更正记录。")

    def __init__(self, *args, bureau, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [
            (name, subject_acts.title_of(name)) for name in corrections.BATCH_FIELDS
        ]
        chosen = self.data.get("field")
        if chosen in corrections.BATCH_FIELDS:
            field = Subject._meta.get_field(chosen)
            self.fields["value"] = field.formfield(label="改为")
            if field.is_relation:
                self.fields["value"].queryset = field.related_model.objects.filter(bureau=bureau)
            self.fields["field"].widget = forms.HiddenInput()
        else:
            del self.fields["value"], self.fields["reason"]


class SubjectForm(DeskForm):
    reason = forms.CharField(
        label="改动依据", max_length=100, required=False, help_text="如：来函、核查记录；写入更正记录。"
    )
    code_is_right = forms.CharField(label="再写一遍代码", required=False, widget=forms.HiddenInput())
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
        if (
            code
            and (told := doubt(code))
            and self.data.get("code_is_right") != code
            and code != self.initial.get("credit_code")
        ):
            self.fields["code_is_right"].widget = forms.TextInput()
            raise forms.ValidationError(f"{told}。确实如此的，在“再写一遍代码”中再写一次。")
        other = (
            Subject.objects.filter(bureau=self.bureau_id, credit_code=code)
            .exclude(pk=self.instance.pk)
            .first()
        )
        if code and other:
            raise forms.ValidationError(say(DomainError("code_known", name=other.name, ref=other.ref)))
        return code


class Listed(admin.SimpleListFilter):
    title, parameter_name = "在库", "listed"

    def lookups(self, request, model_admin):
        return [("yes", "在库"), ("no", "已出库")]

    def queryset(self, request, queryset):
        return (
            queryset.filter(left_on__isnull=self.value() == "yes")
            if self.value() in ("yes", "no")
            else queryset
        )


class Gaps(admin.SimpleListFilter):
    """What the register lacks: the same conditions that 两库概况 counts."""

    title, parameter_name = "待完善", "gap"

    def lookups(self, request, model_admin):
        return [(name, title) for name, (title, _) in overview.gaps().items()]

    def queryset(self, request, queryset):
        found = overview.gaps().get(self.value())
        return queryset.listed().filter(found[1]) if found else queryset
