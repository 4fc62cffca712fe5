"""What the desk may write only while it is a draft: the base of the pages of plans, tasks and schemes."""

from django import forms
from django.contrib import admin

from registries.admin.base import DeskAdmin
from registries.models import InspectionKind

from .sentences import say


def kind_choices(bureau, **only):
    """[(code, title)] of the bureau's kinds of inspection."""
    return [(each.code, each.title) for each in InspectionKind.objects.filter(bureau=bureau, **only)]


def is_open(obj):
    """Whether a draft may be written: it is one, and lies with nobody for approval."""
    return obj.status == obj.State.DRAFTED and getattr(obj, "handed_in_at", None) is None


class KindForm(DeskAdmin.form):
    """The kind is a code of the bureau's table; the form offers its titles."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            self.fields["kind"] = forms.ChoiceField(
                label="检查类型", choices=kind_choices(self.bureau_id), initial="random"
            )


class DraftedAdmin(DeskAdmin):
    """Editable while drafted, by the one who drafts."""

    say = staticmethod(say)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or is_open(obj))

    def save_model(self, request, obj, form, change):
        obj.drafted_by = request.user
        super().save_model(request, obj, form, change)


class WhileDrafted(admin.TabularInline):
    """Rows that come, change and go only while what they belong to is a draft."""

    extra = 0

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A cell of the table says what it asks for: its column's head is no label to a screen reader."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            getattr(field.widget, "widget", field.widget).attrs["aria-label"] = str(field.label)
        return field

    def is_open(self, obj):
        return obj is None or is_open(obj)

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and self.is_open(obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.is_open(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.is_open(obj)
