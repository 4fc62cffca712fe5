"""年度计划 and 抽查任务 at the desk; sealing starts from the task."""

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from registries.admin.base import Act, DeskAdmin
from registries.errors import DomainError
from registries.models import Account, Inspector, ItemList, Reason, Relation, SubjectEvent
from registries.services import calendar, items

from ..models import Plan, PlanDays, Task, TaskStratum
from ..sentences import say
from ..services import draws, plans, workload


class DraftedAdmin(DeskAdmin):
    """Editable while drafted, by the one who drafts."""

    say = staticmethod(say)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.status == "drafted")

    def save_model(self, request, obj, form, change):
        obj.drafted_by = request.user
        super().save_model(request, obj, form, change)


class DaysInline(admin.TabularInline):
    model = PlanDays
    extra = 0

    def _is_open(self, obj):
        return obj is None or obj.status == "drafted"

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and self._is_open(obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_open(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_open(obj)


def list_usual(plan, data, by):
    return f"已列出 {workload.list_usual(plan, by=by)} 项，请填写人日。"


@admin.register(Plan)
class PlanAdmin(DraftedAdmin):
    intro = "年度监督检查计划（安全生产法第62条）：经办人起草，负责人批准，批准后不再修改。先测算工作日，再定检查比例。"
    list_display = ["title", "year", "status", "approved_by", "published_at"]
    inlines = [DaysInline]
    fields = [
        "year",
        "title",
        "text",
        "staff",
        "load",
        "status",
        "drafted_by",
        "approved_by",
        "approved_at",
        "published_at",
    ]
    readonly_fields = ["load", "status", "drafted_by", "approved_by", "approved_at", "published_at"]
    acts = (
        Act("usual", "列出常用项", "inspections.change_plan", list_usual, when=lambda plan: plan.status == "drafted",
            warning="把其他执法和非执法工作日的常用项列进测算表，人日先为 0；已有的不重复。"),
        Act(
            "approve", "批准计划", "inspections.approve_plan", lambda plan, data, by: plans.approve(plan, by=by) and None,
            when=lambda plan: plan.status == "drafted", warning="批准后计划不再修改。", done="已批准。",
        ),
        Act(
            "publish", "公布计划", "inspections.change_plan", lambda plan, data, by: plans.publish(plan, by=by) and None,
            when=lambda plan: plan.status == "approved", done="已公布。",
        ),
    )  # fmt: skip

    @admin.display(description="工作日测算")
    def load(self, plan):
        return workload.say(plan) if plan.pk else "保存后测算。"


class SealForm(forms.Form):
    """What sealing needs beyond the task: the time, the day of release, the sources, the chain's tip."""

    knows_thing = True
    WITNESSES = 3

    seed_at = forms.DateTimeField(
        label="摇号时间",
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
    release_by = forms.DateField(
        label="最迟公开日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    redraw_tip = forms.CharField(
        label="码链顶端", max_length=64, help_text="监督人生成一次性码后交来的 64 位字符；码本身由监督人封存保管。"
    )
    redraw_max = forms.IntegerField(label="一次性码个数", min_value=1, max_value=10000)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        entering = [account for account in Account.objects.filter(bureau=by.bureau, is_active=True)]
        entering = [account.pk for account in entering if account.has_perm("inspections.enter_value")]
        people = Account.objects.filter(pk__in=entering)
        witnesses = people.exclude(pk=by.pk)
        for n in range(1, self.WITNESSES + 1):
            self.fields[f"name{n}"] = forms.CharField(
                label=f"见证人 {n} 的来源名称", initial=f"骰子{'甲乙丙'[n - 1]}", max_length=40
            )
            self.fields[f"account{n}"] = forms.ModelChoiceField(label=f"见证人 {n} 的账户", queryset=witnesses)
        self.fields["lottery_name"] = forms.CharField(
            label="公开彩票期号",
            required=False,
            max_length=40,
            help_text="例如：排列五26300期。在见证人掷骰之后开奖。不用则留空。",
        )
        self.fields["lottery_account"] = forms.ModelChoiceField(
            label="彩票号码录入账户", queryset=people, required=False
        )
        self.initial |= {
            "seed_at": (timezone.localtime() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
            "release_by": thing.window_to + timedelta(days=30) if thing else None,
            "redraw_max": 20,
        }

    def clean(self):
        data = super().clean()
        sources = [(data.get(f"name{n}"), "dice", data.get(f"account{n}")) for n in range(1, self.WITNESSES + 1)]
        if data.get("lottery_name"):
            sources.append((data["lottery_name"], "lottery", data.get("lottery_account")))
        for name, _, _ in sources:
            if name and ("|" in name or "=" in name):
                self.add_error(None, f"来源名称“{name}”不能含有 | 或 =。")
        data["sources"] = sources
        return data


def check(task, data, by):
    """Pre-flight: what would be sealed now, in one sentence."""
    found, lacks = draws.preflight(task)
    counts = {}
    for row in found.rows:
        counts[row[3]] = counts.get(row[3], 0) + 1
    reasons = Reason.objects.filter(bureau=task.bureau, kind="exclusion").values_list("code", "title")
    words = {"E": "可抽", "M": "必查"} | {f"X:{code}": f"不抽（{title}）" for code, title in reasons}
    told = "，".join(f"{words.get(status, status)} {count} 户" for status, count in sorted(counts.items()))
    if lacks:
        raise DomainError("preflight_failed", count=len(lacks), example=draws.explain(lacks[0], task))
    open_ = open_questions(task)
    more = f"请先看：{open_}。" if open_ else ""
    return f"可以封存。名录共 {len(found.rows)} 户（{told}），检查人员 {len(found.inspectors)} 人。{more}"


def open_questions(task):
    """What somebody should see to before the pool is fixed; nothing of it forbids the sealing."""
    today, people = timezone.localdate(), Inspector.objects.filter(bureau=task.bureau, left_on=None, duty="officer")
    waiting = Relation.objects.filter(bureau=task.bureau, status="declared").count()
    silent = people.exclude(declarations__year=today.year).count()
    events = SubjectEvent.objects.filter(subject__bureau=task.bureau, status="recorded").count()
    laws = items.laws_that_warn(task.bureau_id)
    cited = [item.code for item in task.items.prefetch_related("articles", "lines") if items.warnings(item, laws)]
    told = [
        (waiting, f"回避关系待审核 {waiting} 条"), (silent, f"本年度未作回避申报 {silent} 人"),
        (events, f"加签事由待核实 {events} 条"), (cited, f"事项 {'、'.join(cited)} 引用的法律有变"),
        (not calendar.is_known(task.window_from, task.window_to), "检查期限跨到放假安排未录入的年份"),
    ]  # fmt: skip
    return "；".join(said for holds, said in told if holds)


def before_sealing(task):
    found = open_questions(task)
    fixed = "封存后名录、规则和回避关系即固定，承诺值立即公布；一个任务只有一次有效抽取。"
    return f"请先看：{found}。{fixed}" if found else fixed


def seal(task, data, by):
    draw = draws.seal(
        task, by=by, seed_at=data["seed_at"], release_by=data["release_by"], sources=data["sources"],
        redraw_tip=data["redraw_tip"].strip().lower(), redraw_max=data["redraw_max"],
    )  # fmt: skip
    return HttpResponseRedirect(reverse("admin:inspections_draw_change", args=[draw.pk]))


class StratumInline(admin.TabularInline):
    model = TaskStratum
    extra = 1

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = db_field.related_model.objects.filter(bureau=request.user.bureau_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.status == "drafted")

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and (obj is None or obj.status == "drafted")

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.status == "drafted")


def is_waiting(task):
    """Approved, and no living draw yet."""
    last = task.draws.order_by("-pk").first()
    return task.status == "approved" and (last is None or last.status in ("voided", "infeasible"))


@admin.register(Task)
class TaskAdmin(DraftedAdmin):
    intro = "一个任务抽一次。经办人起草，负责人批准；批准后先做封存前检查，再封存名录和规则，公布承诺值。"
    list_display = ["title", "number", "plan", "status", "window_from", "window_to"]
    list_filter = ["status", "plan"]
    fieldsets = [
        (None, {"fields": ["plan", "title", "number", "kind", "status", "drafted_by", "approved_by", "approved_at"]}),
        ("查什么", {"fields": ["item_list", "items", "window_from", "window_to"]}),
        ("谁去查", {"fields": ["sections", "team", "core", "core_leads", "others", "slack_pct"]}),
        ("名录规则", {"fields": ["excludes_drawn", "includes_key", "lots"]}),
    ]
    readonly_fields = ["number", "status", "drafted_by", "approved_by", "approved_at", "lots"]
    inlines = [StratumInline]
    acts = (
        Act(
            "approve", "批准任务", "inspections.approve_task",
            lambda task, data, by: f"已批准，编号 {plans.approve_task(task, by=by).number}。",
            when=lambda task: task.status == "drafted", warning="批准后任务不再修改。",
        ),
        Act("check", "封存前检查", "inspections.seal_draw", check, when=is_waiting),
        Act(
            "seal", "封存", "inspections.seal_draw", seal, SealForm, when=is_waiting,
            warning=before_sealing,
        ),
    )  # fmt: skip

    @admin.display(description="加签规则")
    def lots(self, task):
        titles = dict(Reason.objects.filter(kind="event").values_list("code", "title"))
        return "；".join(f"{titles.get(code, code)}：多放 {n} 张签" for code, n in task.lot_rules.items())

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "items":
            lists = ItemList.objects.effective(timezone.localdate()).filter(bureau=request.user.bureau_id)
            kwargs["queryset"] = db_field.related_model.objects.filter(item_list__in=lists)
        return super().formfield_for_manytomany(db_field, request, **kwargs)
