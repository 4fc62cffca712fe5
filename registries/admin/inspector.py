"""执法检查人员名录库 at the desk."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from .. import presence
from ..errors import DomainError
from ..models import Certificate, Inspector, Leave, Training
from ..search import initials
from ..services import people
from .acts import Act
from .base import DeskAdmin
from .export import export_page


class CertificateInline(admin.TabularInline):
    model = Certificate
    extra = 0
    can_delete = False


class TrainingInline(admin.TabularInline):
    model = Training
    extra = 0
    can_delete = False


class LeaveInline(admin.TabularInline):
    model = Leave
    extra = 0
    can_delete = False


class PeopleForm(forms.Form):
    file = forms.FileField(label="人员表", help_text="xlsx、xls 或 csv，一人一行；表头与“导出”的相同。")
    writes = forms.BooleanField(
        label="核对无误，写入名录", required=False, help_text="不勾选时只检查、不写入。有一行不对就全部不写。"
    )


def bring(thing, data, by):
    told, is_sound = people.bring(data["file"].read(), data["file"].name, by=by, writes=data["writes"])
    if not is_sound:
        more = f"（共 {len(told)} 处，只列前 20 处）" if len(told) > 20 else ""
        raise DomainError("table_faulty", faults="；".join(told[:20]) + more)
    return told[0] + (
        "已写入。" if data["writes"] else "只是检查，还没有写入；确认无误请勾选“写入名录”再传一次。"
    )


class OutForm(forms.Form):
    reason = forms.CharField(label="出库原因", max_length=60, help_text="如：退休、调离、证件注销。")


def take_out(inspector, data, by):
    people.take_out(inspector, data["reason"], by=by)
    return "已出库，今后不再抽取。手上还有检查的，请申请更换人员；账户另由系统管理停用。"


@admin.register(Inspector)
class InspectorAdmin(DeskAdmin):
    intro = "未进入名录库、执法证过期或在检查期间请假的人员不会被抽取。"
    list_display = ["ref", "name", "section", "skill_names", "may_lead", "fitness"]
    list_filter = ["section", "skills", "may_lead", "duty"]
    search_fields = ["ref", "name"]
    exclude = ["identity_number"]
    is_read_noted = staticmethod(lambda thing: True)
    list_acts = (
        Act("bring", "导入人员", "registries.add_inspector", bring, PeopleForm),
        Act("export", "导出", "registries.export_inspector", page=export_page),
    )
    acts = (
        Act(
            "take_out",
            "出库",
            "registries.remove_inspector",
            take_out,
            OutForm,
            when=lambda each: not each.left_on,
            warning="出库的人员不再被抽取；编号、证件和办过的检查都保留。",
        ),
        Act(
            "bring_back",
            "恢复入库",
            "registries.remove_inspector",
            lambda each, data, by: people.bring_back(each, by=by),
            when=lambda each: each.left_on,
            done="已恢复入库。",
        ),
    )

    def get_changeform_initial_data(self, request):
        return {"entered_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request, obj=None):
        fixed = ["left_on", "left_reason"]
        if obj is None:
            return fixed
        # ref is permanent: sealed draws speak of it. Whose account it is decides who may declare: once only.
        return ["ref", *fixed] + (["account"] if obj.account_id else [])

    def get_search_results(self, request, queryset, search_term):
        """By number, by part of the name, or by its initials; a bureau's people are few."""
        word = search_term.strip().lower()
        if not word:
            return queryset, False
        rows = queryset.model.objects.filter(bureau=request.user.bureau_id).values_list("pk", "ref", "name")
        found = [
            pk
            for pk, ref, name in rows
            if word in ref.lower() or word in name.lower() or word in initials(name)
        ]
        return queryset.filter(pk__in=found), False

    inlines = [CertificateInline, LeaveInline, TrainingInline]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("bureau", "section")
            .prefetch_related("skills", "certificates", "leaves", "trainings", "declarations")
        )

    @admin.display(description="今天能否被抽取")
    def fitness(self, inspector):
        return presence.say(inspector, timezone.localdate())

    @admin.display(description="专业")
    def skill_names(self, inspector):
        return "、".join(skill.name for skill in inspector.skills.all())
