"""执法检查人员名录库 at the desk."""

from django.contrib import admin
from django.utils import timezone

from .. import presence
from ..models import Certificate, Inspector, Leave, Training
from .base import DeskAdmin


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


@admin.register(Inspector)
class InspectorAdmin(DeskAdmin):
    intro = "未进入名录库、执法证过期或在检查期间请假的人员不会被抽取。"
    list_display = ["ref", "name", "section", "skill_names", "may_lead", "fitness"]
    list_filter = ["section", "skills", "may_lead", "duty"]
    search_fields = ["ref", "name"]
    exclude = ["identity_number"]

    def get_readonly_fields(self, request, obj=None):
        return ["ref"] if obj else []  # permanent: sealed draws speak of it

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
