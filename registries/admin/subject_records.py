"""What is on record of enterprises, at the desk: the events that add lots, and what
was changed of many at once."""

from django.contrib import admin

from ..models import BatchChange, Reason, SubjectChange, SubjectEvent
from ..services import asking, corrections, subjects
from ..states import EventState
from .acts import Act
from .base import ViewOnlyAdmin, ViewOnlyInline
from .subject_edits import asked_or


@admin.register(SubjectEvent)
class SubjectEventAdmin(ViewOnlyAdmin):
    bureau_path = "subject__bureau"
    intro = "加签事由在企业的页面登记，由另一人核实。属实的才在抽取中起作用；不属实的留存，不起作用。"
    list_display = [
        "subject",
        "title",
        "happened_on",
        "until",
        "source",
        "status",
        "recorded_by",
        "verified_by",
    ]
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
        Act(
            "verify",
            "属实",
            "registries.verify_subjectevent",
            lambda each, data, by: subjects.judge_event(each, True, by=by),
            when=lambda each: each.status == EventState.RECORDED,
            done="已核实。",
        ),
        Act(
            "dismiss",
            "不属实",
            "registries.verify_subjectevent",
            lambda each, data, by: subjects.judge_event(each, False, by=by),
            when=lambda each: each.status == EventState.RECORDED,
            done="已记为不属实。",
        ),
    )

    @admin.display(description="事由")
    def title(self, event):
        found = Reason.objects.filter(bureau=event.subject.bureau_id, kind="event", code=event.code).first()
        return found.title if found else event.code


class BatchLineInline(ViewOnlyInline):
    model = SubjectChange
    fields = ["subject", "was", "reason"]
    verbose_name_plural = "逐户（最多列 50 户）"

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("subject")
        match = request.resolver_match
        batch = match.kwargs.get("object_id") if match else None
        return rows.filter(pk__in=list(rows.filter(batch=batch).values_list("pk", flat=True)[:50]))

    @admin.display(description="原为")
    def was(self, change):
        return corrections.say_value(change.field, change.old)


def undo(batch, data, by):
    done = asking.do_or_ask("undo", {"batch": batch.pk}, f"撤销批量更正：{batch}", by=by)
    return asked_or(done, "已撤销。")


@admin.register(BatchChange)
class BatchChangeAdmin(ViewOnlyAdmin):
    intro = "在检查对象列表中勾选企业，选“批量更正”办理。每户留有更正前的内容，可以整批撤销。"
    list_display = ["told", "reason", "made_by", "made_at", "undone_at"]
    fields = ["told", "reason", "count", "made_by", "made_at", "undone_at"]
    readonly_fields = ["told"]
    inlines = [BatchLineInline]
    acts = (
        Act(
            "undo",
            "撤销这批更正",
            "registries.change_subject",
            undo,
            when=lambda each: not each.undone_at,
            warning="各户恢复更正前的内容。之后又改动过或已封入抽取的，不能撤销。",
            done="已撤销。",
        ),
    )

    @admin.display(description="更正")
    def told(self, batch):
        return str(batch)
