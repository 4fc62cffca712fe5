"""执法检查人员名录库 and 回避关系 at the desk."""

from django.contrib import admin
from django.utils import timezone

from .. import presence
from ..models import Certificate, Inspector, Leave, Relation, Training
from ..services import relations
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
            .prefetch_related("skills", "certificates", "leaves", "trainings")
        )

    @admin.display(description="今天能否被抽取")
    def fitness(self, inspector):
        return presence.say(inspector, timezone.localdate())

    @admin.display(description="专业")
    def skill_names(self, inspector):
        return "、".join(skill.name for skill in inspector.skills.all())


@admin.register(Relation)
class RelationAdmin(DeskAdmin):
    intro = "回避关系只有法制和纪检可以查看，每次查看都有记录；亲属信息加密保存，不导出、不公开。"
    list_display = ["inspector", "subject", "ground", "status", "since", "until"]
    list_filter = ["status", "ground", "source"]
    autocomplete_fields = ["inspector", "subject"]
    search_fields = ["inspector__name", "subject__name"]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        relation = self.get_object(request, object_id)
        if relation is not None and request.method == "GET":
            relations.note_reading(relation, by=request.user)
        return super().change_view(request, object_id, form_url, extra_context)
