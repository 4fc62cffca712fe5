"""What every page of the desk shares: one bureau's rows, and the journal instead of Django's log."""

from itertools import count

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from .. import rowmarks
from ..models import SavedFilter
from ..services import covers, journal, readings
from .acts import ActsAdmin
from .lists import CappedPaginator, OwnRowsFilter


class DeskForm(forms.ModelForm):
    """The bureau is not on the form, and still belongs to what must be unique."""

    bureau_id = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if hasattr(self.instance, "bureau_id") and self.instance.bureau_id is None:
            self.instance.bureau_id = self.bureau_id

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"bureau"}


class CodedForm(DeskForm):
    """Of what machines know by a code: who does not care for one leaves it blank and gets one."""

    stem = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text += "不填的自动取。"

    def clean_code(self):
        taken = set(self._meta.model.objects.filter(bureau=self.bureau_id).values_list("code", flat=True))
        free = (f"{self.stem}{n}" for n in count(1) if f"{self.stem}{n}" not in taken)
        return self.cleaned_data["code"] or next(free)


class DeskAdmin(ActsAdmin):
    """Rows of the account's own bureau; deleting is nobody's right; changes are journaled by field name."""

    form = DeskForm
    bureau_path = "bureau"
    intro = ""
    # whether opening this row is on record (phones, unreleased names)
    is_read_noted = staticmethod(lambda thing: False)
    history_label = "办理记录"
    change_form_template = "admin/desk_form.html"
    change_list_template = "admin/desk_list.html"
    actions = None
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def offer(self, *acts, inlines=()):
        """A room further up adds its acts and rows to the page of a room below, which does not know it."""
        self.acts = (*self.acts, *acts)
        self.inlines = [*self.inlines, *inlines]

    def response_post_save_change(self, request, obj):
        """Back to the page of the desk that one came from."""
        wanted = self._wanted(request)
        return HttpResponseRedirect(wanted) if wanted else super().response_post_save_change(request, obj)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.filter(**{self.bureau_path: request.user.bureau_id}) if self.bureau_path else rows

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.bureau_id = request.user.bureau_id
        return form

    def lookup_allowed(self, lookup, value, request=None):
        """Only what the list's own filters ask. Django allows more: one could ask by a
        relation or a password's hash."""
        fields = [each for each in self.list_filter if isinstance(each, str)]
        own = [each.parameter_name for each in self.list_filter if not isinstance(each, str)]
        tails = ("", "__exact", "__isnull", "__id__exact", "__in")
        return lookup in own or lookup in {f"{name}{tail}" for name in fields for tail in tails}

    def history_view(self, request, object_id, extra_context=None):
        """What the journal says of this row."""
        thing = self.get_object(request, object_id)
        if thing is None or not self.has_view_permission(request, thing):
            raise Http404
        about = journal.key_of(thing)
        facts = self.admin_site.each_context(request) | {
            "title": "办理记录",
            "opts": self.opts,
            "thing": thing,
            "back": self._after(thing),
            "entries": journal.about(request.user.bureau, about),
        }
        return TemplateResponse(request, "admin/entries.html", facts)

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle" aria-label="全选本页">'))
    def action_checkbox(self, obj):
        """As Django's, without a template for each row: a third of a list's time."""
        name = helpers.ACTION_CHECKBOX_NAME
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="选 {}">',
            name,
            obj.pk,
            obj,
        )

    def get_list_filter(self, request):
        """Filters on other tables list only what is the bureau's own."""
        return [
            (name, self._filter_of(name)) if self._is_relation(name) else name
            for name in super().get_list_filter(request)
        ]

    def _filter_of(self, name):
        related = self.opts.get_field(name).related_model
        has_bureau = any(field.name == "bureau" for field in related._meta.fields)
        return OwnRowsFilter if has_bureau else admin.RelatedOnlyFieldListFilter

    def _is_relation(self, name):
        return isinstance(name, str) and self.opts.get_field(name).is_relation

    def has_delete_permission(self, request, obj=None):
        return False

    def save_formset(self, request, form, formset, change):
        """Rows of an inline are journaled one by one, by field name (a role by its name)."""
        formset.save()
        for each, fields in formset.changed_objects:
            self._journal_row("changed", request, form.instance, each, sorted(fields))
        for each in formset.new_objects:
            self._journal_row("added", request, form.instance, each, [])

    def _journal_row(self, verb, request, parent, row, fields):
        noun = row._meta.model_name
        facts = {"of": f"{parent._meta.model_name} {parent.pk}", "fields": fields}
        if hasattr(row, "role"):
            facts["role"] = row.role
        journal.write(f"{noun}.{verb}", by=request.user, about=journal.key_of(row), facts=facts)

    def save_model(self, request, obj, form, change):
        if not change and hasattr(obj, "bureau_id") and obj.bureau_id is None:
            obj.bureau_id = request.user.bureau_id
        super().save_model(request, obj, form, change)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        self._limit(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        self._limit(db_field, request, kwargs)
        # Boxes to tick: the two-list widget is half in English and needs a steady hand.
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            for name in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                if hasattr(field.widget, name):
                    setattr(field.widget, name, False)
        return field

    def _limit(self, db_field, request, kwargs):
        related = db_field.related_model
        if any(field.name == "bureau" for field in related._meta.fields):
            kwargs["queryset"] = related._default_manager.filter(bureau=request.user.bureau_id)

    # -- the journal in place of Django's log entries (which would hold names) -------------------------

    def log_addition(self, request, obj, message):
        self._journal("added", request, obj, [])

    def log_change(self, request, obj, message):
        fields = [name for part in message if "changed" in part for name in part["changed"].get("fields", [])]
        self._journal("changed", request, obj, fields)

    def log_deletions(self, request, queryset):
        raise PermissionDenied

    def construct_change_message(self, request, form, formsets, add=False):
        return [{"changed": {"fields": sorted(form.changed_data)}}]

    def _journal(self, verb, request, obj, fields):
        noun = self.model._meta.model_name
        journal.write(f"{noun}.{verb}", by=request.user, about=journal.key_of(obj), facts={"fields": fields})
        if obj._meta.label_lower in rowmarks.COVERED:
            covers.touch(request.user.bureau, [obj], by=request.user)

    def get_urls(self):
        noun = f"{self.opts.app_label}_{self.opts.model_name}"
        keep = self.admin_site.admin_view(require_POST(self.filter_view))
        return [path("filters/", keep, name=f"{noun}_filters"), *super().get_urls()]

    @property
    def page_name(self):
        return f"{self.opts.app_label}.{self.opts.model_name}"

    def filter_view(self, request):
        """Keep the list's present filters under a name, or let one go. Each account has its own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        own = SavedFilter.objects.filter(account=request.user, page=self.page_name)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if gone := request.POST.get("gone", ""):
            own.filter(pk=gone if gone.isdecimal() else None).delete()
            messages.success(request, "已删去这条常用筛选。")
            return HttpResponseRedirect(back)
        title, query = (request.POST.get(name, "").replace("\x00", "").strip() for name in ("title", "query"))
        title, query = title[:30], query[:500]
        if not title or not query:
            messages.error(request, "请先在右侧选好筛选条件，再写一个名称保存。")
            return HttpResponseRedirect(f"{back}?{query}")
        SavedFilter.objects.update_or_create(
            account=request.user, page=self.page_name, title=title, defaults={"query": query}
        )
        messages.success(request, f"已保存为常用筛选“{title}”。")
        return HttpResponseRedirect(f"{back}?{query}")

    def add_view(self, request, form_url="", extra_context=None):
        more = {"title": f"新增{self.opts.verbose_name}", "intro": self.intro}
        return super().add_view(request, form_url, (extra_context or {}) | more)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        thing = self.get_object(request, object_id)
        if request.method == "GET" and thing is not None and self.has_view_permission(request, thing):
            self._note_reading(request, thing)
        shown = [
            act
            for act in self.acts
            if thing is not None and request.user.has_perm(act.permission) and act.when(thing)
        ]
        more = {
            "acts": shown,
            "intro": self.intro,
            "title": self.opts.verbose_name,
            "history_label": self.history_label,
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | more)

    def _note_reading(self, request, thing):
        if self.is_read_noted(thing):
            readings.note(thing, by=request.user)

    def changelist_view(self, request, extra_context=None):
        if not all(each.isdecimal() for each in request.POST.getlist("_selected_action")):
            return HttpResponseRedirect(request.get_full_path())
        shown = [act for act in self.list_acts if request.user.has_perm(act.permission)]
        more = {
            "acts": shown,
            "intro": self.intro,
            "title": self.opts.verbose_name,
            "page": self.page_name,
            "saved": SavedFilter.objects.filter(account=request.user, page=self.page_name)
            if self.list_filter
            else None,
        }
        return super().changelist_view(request, (extra_context or {}) | more)


class ViewOnlyAdmin(DeskAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class ViewOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def get_readonly_fields(self, request, obj=None):
        return self.fields or ()

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return True
