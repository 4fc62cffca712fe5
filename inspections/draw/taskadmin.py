"""抽查任务 at the desk: what, where, by whom; preview and sealing, or naming and sending."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from registries import lots, workdays
from registries.admin import handing
from registries.admin.acts import Act
from registries.models import Inspector, ItemList, Reason, Relation, SubjectEvent
from registries.services import asking, items
from registries.states import EventState, RelationState

from ..case import opening
from ..drafted import DraftedAdmin, KindForm
from ..plan import fit, kinds, plans
from ..plan.models import PlanLine, Task
from ..states import DEAD_DRAW, PlanState, TaskState
from . import edits, previews, sealing, sealorders
from .drawacts import draft_scheme
from .taskforms import NamedInline, SealForm, StratumInline, is_draft


def show_preview(desk, request, task):
    """What would be sealed now, before anybody seals it."""
    facts = desk.admin_site.each_context(request) | {
        "title": "名录预览",
        "task": task,
        "opts": desk.opts,
        "shown": previews.of(task),
        "edits": edits.of(task),
        "unsigned": edits.unsigned(task),
        "back": desk._after(task),
        "here": request.path,
        "questions": open_questions(task),
    }
    return TemplateResponse(request, "admin/preview.html", facts)


def check(task, data, by):
    """Pre-flight: what would be sealed now, in one sentence."""
    found, lacks = sealing.preflight(task, sealing.followed(task))
    counts = {}
    for row in found.rows:
        counts[row[3]] = counts.get(row[3], 0) + 1
    reasons = Reason.objects.filter(bureau=task.bureau, kind="exclusion").values_list("code", "title")
    words = {"E": "可抽", "M": "必查"} | {f"X:{code}": f"不抽（{title}）" for code, title in reasons}
    told = "，".join(f"{words.get(status, status)} {count} 户" for status, count in sorted(counts.items()))
    sealing.require_feasible(task, found, lacks)
    open_ = open_questions(task)
    more = f"请先看：{open_}。" if open_ else ""
    return f"可以封存。名录共 {len(found.rows)} 户（{told}），检查人员 {len(found.inspectors)} 人。{more}"


def open_questions(task):
    """What somebody should see to before the pool is fixed; nothing of it forbids the sealing."""
    today, people = (
        timezone.localdate(),
        Inspector.objects.filter(bureau=task.bureau, left_on=None, duty="officer"),
    )
    waiting = Relation.objects.filter(bureau=task.bureau, status=RelationState.DECLARED).count()
    silent = people.exclude(declarations__year=today.year).count()
    events = SubjectEvent.objects.filter(subject__bureau=task.bureau, status=EventState.RECORDED).count()
    laws = items.laws_that_warn(task.bureau_id)
    cited = [
        item.code for item in task.items.prefetch_related("articles", "lines") if items.warnings(item, laws)
    ]
    told = [
        (unfit := fit.of_task(task), f"事项和企业对不上：{'；'.join(unfit[:3])}"),
        (waiting, f"回避关系待审核 {waiting} 条"),
        (silent, f"本年度未作回避申报 {silent} 人"),
        (events, f"加签事由待核实 {events} 条"),
        (cited, f"事项 {'、'.join(cited)} 引用的法律有变"),
        (not workdays.is_known(task.window_from, task.window_to), "检查期限跨到放假安排未录入的年份"),
    ]
    return "；".join(said for holds, said in told if holds)


def before_sealing(task):
    found = open_questions(task)
    fixed = "封存后名录、规则和回避关系即固定，指纹立即公布；一个任务只有一次有效抽取。"
    return f"请先看：{found}。{fixed}" if found else fixed


def edits_in_words(task):
    """What the head looks at before he signs: each act, before and after."""
    told = []
    for each in edits.of(task):
        if each.is_signed:
            continue
        some = "、".join(f"{name}（{what}：{was} → {will}）" for name, _, what, was, will in each.rows[:5])
        rest = f" 等 {each.count} 处" if each.count > 5 else ""
        told.append(f"{timezone.localtime(each.at):%m-%d %H:%M} {each.by} {each.how}：{some}{rest}")
    return f"批准以后又动过名录：{'；'.join(told[:20])}。完整的在“名录预览”里。"


def seal(task, data, by):
    names = ("seed_at", "release_by", "sources", "redraw_max", "seconds", "bodies", "tell_at")
    said = {name: data[name] for name in names} | {"redraw_tip": data["redraw_tip"].strip().lower()}
    if sealorders.is_large(task):
        sealorders.ask(task, by=by, **said)
        return "名录较大，正在后台封存，一般一两分钟；办好了会告诉您。此前什么也没有固定。"
    draw = sealing.seal(task, by=by, **said)
    return HttpResponseRedirect(reverse("admin:inspections_draw_change", args=[draw.pk]))


def is_named(task):
    """Not drawn, and to be opened by hand."""
    ready = task.status == TaskState.APPROVED or task.is_urgent
    return ready and not kinds.is_drawn(task) and not task.cases.exists()


def open_named(task, data, by):
    return f"已立项 {len(opening.open_named(task, by=by))} 户；请拟检查方案。"


def is_waiting(task):
    """Approved, to be drawn, no living draw yet, and not being sealed."""
    if task.status != TaskState.APPROVED or not kinds.is_drawn(task) or sealorders.open_of(task):
        return False
    last = task.draws.order_by("-pk").first()
    return last is None or last.status in DEAD_DRAW


def drop(task, data, by):
    plans.drop(task, by=by)
    return HttpResponseRedirect(reverse("admin:inspections_task_changelist"))


# The register below asks, without knowing us, which of its moves touch a coming pool.
asking.POOLS.append(edits.coming)


@admin.register(Task)
class TaskAdmin(DraftedAdmin):
    form = KindForm
    intro = (
        "一个任务抽一次。经办人起草，负责人批准；须抽取的先看名录预览、做封存前检查，再封存；"
        "不抽取的在任务名单里指派，再立项。"
    )
    list_display = ["title", "number", "kind_title", "plan", "status", "window_from", "window_to"]
    list_filter = ["status", "plan"]
    list_select_related = ["plan"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "kind",
                    "plan",
                    "plan_line",
                    "title",
                    "number",
                    "round",
                    "section",
                    "status",
                    "drafted_by",
                    "approved_by",
                    "approved_at",
                    "sent_back",
                    "scheme",
                ]
            },
        ),
        ("查什么", {"fields": ["item_list", "items", "mode", "window_from", "window_to"]}),
        ("谁去查", {"fields": ["sections", "team", "core", "core_leads", "others", "slack_pct"]}),
        (
            "名录规则",
            {"fields": ["excludes_drawn", "excludes_inspected", "includes_key", "cap_reason", "lots"]},
        ),
        (
            "来源和批准（专项、投诉、交办、即时、联合）",
            {
                "classes": ["collapse"],
                "fields": [
                    "lead_note",
                    "approval_number",
                    "filing_number",
                    "undrawn_reason",
                    "is_urgent",
                    "partners",
                ],
            },
        ),
    ]
    readonly_fields = [
        "kind_title",
        "number",
        "round",
        "scheme",
        "status",
        "drafted_by",
        "approved_by",
        "approved_at",
        "sent_back",
        "lots",
    ]
    inlines = [StratumInline, NamedInline]
    acts = (
        *handing.acts("inspections.change_task", "inspections.approve_task", plans.require_ready),
        Act(
            "drop",
            "删除草稿",
            "inspections.change_task",
            drop,
            when=lambda task: is_draft(task) and not task.number,
            warning="从没批准过的草稿连同分层和名单一起删除，不能恢复；日志记下删过。",
        ),
        Act(
            "withdraw",
            "撤回更正",
            "inspections.change_task",
            lambda task, data, by: plans.withdraw_task(task, data["reason"], by=by),
            handing.ReasonForm,
            when=lambda task: (
                task.status == TaskState.APPROVED and not task.draws.exists() and not task.cases.exists()
            ),
            warning="封存之前可以撤回改正，编号不变，改好后重新批准；不占本年度的轮次。",
            done="已撤回，可以修改。",
        ),
        Act(
            "approve",
            "批准任务",
            "inspections.approve_task",
            lambda task, data, by: f"已批准，编号 {plans.approve_task(task, by=by).number}。",
            when=lambda task: task.status == TaskState.DRAFTED,
            warning="批准后任务不再修改。",
        ),
        Act(
            "preview",
            "名录预览",
            "inspections.view_task",
            page=show_preview,
            when=lambda task: kinds.is_drawn(task) and task.strata.exists(),
        ),
        Act(
            "above",
            "准许超过上限",
            "inspections.approve_task",
            lambda task, data, by: plans.allow_above_cap(task, data["reason"], by=by),
            handing.ReasonForm,
            when=lambda task: (
                task.status == TaskState.APPROVED
                and not task.draws.exclude(status__in=DEAD_DRAW).exists()
                and not task.cases.filter(draw=None).exists()
            ),
            warning="必查、恢复生产、指名和接续前次抽取的企业，本年度已达上限的仍然检查；理由记入日志，"
            "监督人看得到。",
            done="已准许。",
        ),
        Act(
            "edits",
            "看过名录变动",
            "inspections.sign_edits",
            lambda task, data, by: edits.sign(task, by=by) and "已记下您看过名录变动；现在可以封存。",
            when=lambda task: is_waiting(task) and bool(edits.unsigned(task)),
            warning=edits_in_words,
        ),
        Act(
            "check",
            "封存前检查",
            "inspections.seal_draw",
            check,
            when=lambda task: is_waiting(task) and not sealorders.is_large(task),  # the preview says the same
        ),
        Act(
            "seal",
            "封存",
            "inspections.seal_draw",
            seal,
            SealForm,
            when=is_waiting,
            warning=before_sealing,
            is_final=True,
            done="已封存，指纹已公布；到摇号时间，各见证人在“我的工作”录入数值。",
        ),
        Act(
            "open",
            "立项派员",
            "inspections.change_task",
            open_named,
            when=is_named,
            warning="按任务名单立项，每户一件；回避、执法证、请假照样核对。",
        ),
        Act(
            "scheme",
            "检查方案",
            "inspections.change_task",
            draft_scheme,
            when=lambda task: task.cases.exists(),
            done="检查方案已拟好，等负责人批准。",
        ),
    )

    def has_change_permission(self, request, obj=None):
        # What is urgent is visited as a draft: from then on it stands as it was visited.
        return super().has_change_permission(request, obj) and (obj is None or not obj.cases.exists())

    def get_fieldsets(self, request, obj=None):
        """Once the form is only read, the kind is read by its title."""
        sets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj) and (obj is None or is_draft(obj)):
            return sets
        first = [name if name != "kind" else "kind_title" for name in sets[0][1]["fields"]]
        return [(None, {"fields": first}), *sets[1:]]

    @admin.display(description="检查类型")
    def kind_title(self, task):
        return kinds.title_of(task.bureau_id, task.kind)

    @admin.display(description="检查方案")
    def scheme(self, task):
        found = task.schemes.order_by("-pk").first() if task.pk else None
        if found is None:
            return "还没有；抽取或立项后拟制，负责人批准后才能开始检查。"
        address = reverse("admin:inspections_scheme_change", args=[found.pk])
        return format_html('<a href="{}">{}</a>（{}）', address, found, found.get_status_display())

    @admin.display(description="加签规则")
    def lots(self, task):
        if not task.pk:
            return "按本机关的加签表。"
        draw = task.draws.order_by("-pk").first()
        rules = draw.lots if draw else lots.table(task.bureau)
        return lots.say(rules, lots.titles(task.bureau)) or "每户一张签。"

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "plan_line":
            year = timezone.localdate().year
            kwargs["queryset"] = PlanLine.objects.filter(
                plan__bureau=request.user.bureau_id,
                plan__year__gte=year - 1,
                plan__status__in=[PlanState.APPROVED, PlanState.PUBLISHED],
            ).select_related("plan")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "items":
            lists = ItemList.objects.effective(timezone.localdate()).filter(bureau=request.user.bureau_id)
            kwargs["queryset"] = db_field.related_model.objects.filter(item_list__in=lists)
        return super().formfield_for_manytomany(db_field, request, **kwargs)
