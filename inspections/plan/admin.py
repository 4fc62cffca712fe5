"""年度计划 at the desk: working days, the plan's table, approval, publication, adjustment, progress."""

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join

from registries.admin import handing
from registries.admin.acts import Act
from registries.admin.base import DeskAdmin
from registries.models import Category
from registries.services import journal

from ..drafted import DraftedAdmin, KindForm, WhileDrafted, is_open
from ..sentences import say
from ..states import PlanState
from . import kinds, plans, tables, workload
from .models import Plan, PlanDays, PlanLine


class DaysInline(WhileDrafted):
    model = PlanDays


class TableForm(forms.Form):
    file = forms.FileField(
        label="计划表文件", help_text="csv、xls 或 xlsx；第一行是表头，至少有“检查事项”一栏。"
    )
    encoding = forms.ChoiceField(
        label="csv 编码",
        required=False,
        choices=[("", "自动识别"), ("utf-8-sig", "UTF-8"), ("gb18030", "GBK / GB18030")],
    )


def read_table(plan, data, by):
    count, asked, notes = tables.bring(plan, data["file"].read(), data["file"].name, data["encoding"], by=by)
    told = f"其中 {asked} 行有看不准的地方，请逐行确认后再批准。" if asked else "各格都看懂了。"
    more = f"另外：{'；'.join(notes[:20])}。" if notes else ""
    return f"已读入 {count} 行，{told}{more}"


def clear_table(plan, data, by):
    return f"已清空 {tables.clear(plan, by=by)} 行。"


class AdjustForm(forms.Form):
    reason = forms.CharField(label="调整原因", max_length=200)


def adjust(plan, data, by):
    draft = plans.adjust(plan, data["reason"], by=by)
    return HttpResponseRedirect(reverse("admin:inspections_plan_change", args=[draft.pk]))


def list_usual(plan, data, by):
    return f"已列出 {workload.list_usual(plan, by=by)} 项，请填写人日。"


def drop(plan, data, by):
    plans.drop(plan, by=by)
    return HttpResponseRedirect(reverse("admin:inspections_plan_changelist"))


@admin.register(Plan)
class PlanAdmin(DraftedAdmin):
    intro = (
        "年度监督检查计划（安全生产法第62条）：经办人起草，负责人批准，批准后不再修改。先测算工作日，"
        "再定检查比例。"
    )
    list_display = ["title", "year", "status", "approved_by", "published_at"]
    inlines = [DaysInline]
    fields = [
        "year",
        "title",
        "text",
        "rounds",
        "random_share",
        "share_rule",
        "key_least",
        "specials",
        "replaces",
        "reason",
        "staff",
        "load",
        "table",
        "status",
        "drafted_by",
        "approved_by",
        "approved_at",
        "published_at",
        "sent_back",
    ]
    readonly_fields = [
        "load",
        "table",
        "replaces",
        "status",
        "drafted_by",
        "approved_by",
        "approved_at",
        "published_at",
        "sent_back",
    ]
    acts = (
        Act("table", "读入计划表", "inspections.change_plan", read_table, TableForm, when=is_open),
        Act(
            "clear",
            "清空计划表",
            "inspections.change_plan",
            clear_table,
            when=lambda plan: is_open(plan) and plan.lines.exists(),
            warning="计划表各行全部删去，可重新读入。",
        ),
        Act(
            "usual",
            "列出常用项",
            "inspections.change_plan",
            list_usual,
            when=is_open,
            warning="把其他执法和非执法工作日的常用项列进测算表，人日先为 0；已有的不重复。",
        ),
        *handing.acts("inspections.change_plan", "inspections.approve_plan", plans.require_whole),
        Act(
            "drop",
            "删除草稿",
            "inspections.change_plan",
            drop,
            when=lambda plan: is_open(plan) and not plan.approved_at,
            warning="从没批准过的草稿连同计划表一起删除，不能恢复；日志记下删过。",
        ),
        Act(
            "withdraw",
            "撤回更正",
            "inspections.change_plan",
            lambda plan, data, by: plans.withdraw_plan(plan, data["reason"], by=by),
            handing.ReasonForm,
            when=lambda plan: plan.status == PlanState.APPROVED,
            warning="公布之前可以撤回改正，改好后重新批准。",
            done="已撤回，可以修改。",
        ),
        Act(
            "approve",
            "批准计划",
            "inspections.approve_plan",
            lambda plan, data, by: plans.approve(plan, by=by),
            when=lambda plan: plan.status == PlanState.DRAFTED,
            warning="批准后计划不再修改。",
            done="已批准。",
        ),
        Act(
            "publish",
            "公布计划",
            "inspections.change_plan",
            lambda plan, data, by: plans.publish(plan, by=by),
            when=lambda plan: plan.status == PlanState.APPROVED,
            done="已公布。",
        ),
        Act(
            "adjust",
            "调整计划",
            "inspections.change_plan",
            adjust,
            AdjustForm,
            when=lambda plan: (
                plan.status == PlanState.PUBLISHED and not Plan.objects.filter(replaces=plan).exists()
            ),
            done="已起草调整稿：从“有一份调整稿”打开，在“一张表”里改。",
            warning="将以本计划为底稿另拟一份，按原程序批准、公布后代替本计划；在此之前本计划继续执行。",
        ),
    )

    @admin.display(description="计划表")
    def table(self, plan):
        if not plan.pk:
            return "保存后可读入。"
        rows = [
            (
                reverse("admin:inspections_planline_change", args=[line.pk]),
                line.number,
                line.title,
                "、".join(line.asks) or "已明确",
            )
            for line in plan.lines.all()
        ]
        return (
            format_html_join("", '<div><a href="{}">{} {}</a>：{}</div>', rows) or "没有。可用“读入计划表”。"
        )

    @admin.display(description="工作日测算")
    def load(self, plan):
        return workload.say(plan) if plan.pk else "保存后测算。"


def settle(line, data, by):
    tables.settle(line, by=by)
    return HttpResponseRedirect(reverse("admin:inspections_plan_change", args=[line.plan_id]))


class LineForm(KindForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "category" in self.fields:
            self.fields["category"].queryset = Category.objects.filter(bureau=self.bureau_id)


def remove_line(line, data, by):
    plan = line.plan_id
    tables.remove(line, by=by)
    return HttpResponseRedirect(reverse("admin:inspections_plan_change", args=[plan]))


@admin.register(PlanLine)
class PlanLineAdmin(DeskAdmin):
    say = staticmethod(say)
    form = LineForm
    bureau_path = "plan__bureau"
    intro = "计划表逐行核对：看不准的格子照原样留在“原表各栏”，填好后用“确认”。计划批准后不再改。"
    list_display = ["plan", "number", "title", "kind_title", "rate", "count", "times", "questions"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    fields = [
        "plan",
        "number",
        "questions",
        "original",
        "title",
        "kind",
        "category",
        "objects_text",
        "base",
        "rate_bp",
        "count",
        "times",
        "cap",
        "least",
        "method",
        "months",
        "section",
        "partners",
        "content",
        "basis",
        "note",
    ]
    readonly_fields = ["plan", "number", "questions", "original", "kind_title"]
    acts = (
        Act(
            "settle",
            "确认",
            "inspections.change_plan",
            settle,
            when=lambda line: line.asks and is_open(line.plan),
            warning="确认后这一行按现在填写的内容列入计划。",
        ),
        Act(
            "remove",
            "删去这一行",
            "inspections.change_plan",
            remove_line,
            when=lambda line: is_open(line.plan),
            warning="删去的行不列入计划；原表可重新读入。",
        ),
    )

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or is_open(obj.plan))

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return self.fields
        return [name if name != "kind" else "kind_title" for name in self.fields]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        journal.write("plan.line_answered", by=request.user, about=obj.plan.about, facts={"line": obj.number})

    @admin.display(description="检查类型")
    def kind_title(self, line):
        return kinds.title_of(line.plan.bureau_id, line.kind)

    @admin.display(description="比例")
    def rate(self, line):
        return "—" if line.rate_bp is None else f"{line.rate_bp / 100:g}%"

    @admin.display(description="待确认")
    def questions(self, line):
        return "；".join(line.asks) or "没有"

    @admin.display(description="原表各栏")
    def original(self, line):
        return format_html_join("", "<div><b>{}</b>　{}</div>", line.cells.items()) or "—"
