"""抽取 and 变更 at the desk. No page edits a result; what may be done is a button."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from registries.admin.acts import Act
from registries.admin.base import ViewOnlyAdmin, ViewOnlyInline
from registries.models import Inspector, Reason, Subject
from registries.services import logpolicy

from ..case.models import Assignment
from ..sentences import say
from ..states import ChangeState, DrawState
from . import drawing, replacements, values, voiding
from .drawacts import (
    InspectorChangeForm,
    LostForm,
    MinutesForm,
    PartnerForm,
    SubjectChangeForm,
    VoidForm,
    approve_void,
    ask_inspector,
    ask_subject,
    ask_void,
    draft_scheme,
    has_open_cases,
    lacks_scheme,
    may_be_voided,
    receive_partner,
    report_lost,
    run,
    share_tasks,
    take_notice,
    take_record,
    take_sealed,
    write_minutes,
)
from .models import Change, Draw, PartnerDraw, SeedSource


class PartnerInline(ViewOnlyInline):
    model = PartnerDraw
    fields = ["department", "number", "commitment", "received_at"]


class SourceInline(ViewOnlyInline):
    model = SeedSource
    fields = ["position", "name", "account", "second", "value", "lodged_digest"]


@admin.register(Draw)
class DrawAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "抽取结果不能修改。更换企业或人员、作废，都要有原因、由另一人批准，并永久留痕。"
    # an enterprise to be visited stands there
    is_read_noted = staticmethod(lambda draw: draw.status == DrawState.DRAWN)
    list_display = ["number", "task", "status", "seed_at", "sealed_at", "drawn_at"]
    list_filter = ["status"]
    list_select_related = ["task"]
    fields = [
        "number",
        "task",
        "status",
        "commitment",
        "prev",
        "seed_at",
        "release_by",
        "sealed_by",
        "sealed_at",
        "screen",
        "pool",
        "infeasible",
        "teams",
        "result_digest",
        "drawn_at",
        "void_reason",
        "void_note",
        "void_requested_by",
        "void_approved_by",
        "voided_at",
    ]
    readonly_fields = ["screen", "pool", "teams", "infeasible"]
    inlines = [SourceInline, PartnerInline]

    def get_fields(self, request, obj=None):
        rare = ["restored_at"] if obj and obj.restored_at else []
        return [*super().get_fields(request, obj), *rare]

    acts = (
        Act(
            "take",
            "取走封存件（监督人）",
            "inspections.take_sealed",
            take_sealed,
            warning="封存件含回避信息和盐，请自行妥善保管。每次取走都有记录。",
        ),
        Act(
            "scheme",
            "拟检查方案",
            "inspections.change_task",
            draft_scheme,
            when=lacks_scheme,
            done="检查方案已拟好，等负责人批准。",
        ),
        Act("notice", "封存公告（PDF）", "inspections.issue_document", take_notice),
        Act("minutes", "填写抽取会记录", "inspections.seal_draw", write_minutes, MinutesForm),
        Act(
            "share",
            "导出联合任务清单和抽取程序",
            "inspections.take_sealed_tasks",
            share_tasks,
            when=lambda draw: draw.status == DrawState.DRAWN,
            warning="清单含被抽中企业的名称，只交联合检查的部门；每次导出都有记录。",
        ),
        Act(
            "partner",
            "接收协同部门的抽取和人员",
            "inspections.seal_draw",
            receive_partner,
            PartnerForm,
            when=lambda draw: draw.status == DrawState.DRAWN,
        ),
        Act(
            "lost",
            "登记遗失（监督人）",
            "inspections.open_code",
            report_lost,
            LostForm,
            warning="登记后在监督台和日志中长期可见。",
        ),
        Act(
            "record",
            "抽取记录（PDF）",
            "inspections.issue_document",
            take_record,
            when=lambda draw: draw.result_digest,
        ),
        Act(
            "subject",
            "申请更换企业",
            "inspections.request_change",
            ask_subject,
            SubjectChangeForm,
            when=has_open_cases,
        ),
        Act(
            "inspector",
            "申请更换人员",
            "inspections.request_change",
            ask_inspector,
            InspectorChangeForm,
            when=has_open_cases,
        ),
        Act(
            "void",
            "申请作废",
            "inspections.request_void",
            ask_void,
            VoidForm,
            when=may_be_voided,
            warning="作废的抽取保留编号并公开；原企业成为下一次抽取的必查企业。",
        ),
        Act(
            "paper",
            "见证方没有应答，在场的人已在打印的检查点上签名",
            "inspections.take_sealed",
            lambda draw, data, by: values.sign_on_paper(draw, by=by),
            when=lambda draw: (
                draw.status == DrawState.SEALED
                and not values.is_on_paper(draw)
                and bool(logpolicy.lacking(draw.bureau, draw.number))
            ),
            warning="检查点印在封存通知上：请到场的各位在条数和树根下面签名，各留一份。记下以后就可以录入数值。",
            done="已记下，可以摇号。",
        ),
        Act(
            "run",
            "执行抽取",
            "inspections.seal_draw",
            run,
            when=lambda draw: draw.status == DrawState.SEEDED,
            warning="数值已齐，抽取应自动执行；等待过久时由此执行，不会重复。",
        ),
        Act(
            "refuse_void",
            "不予作废",
            "inspections.approve_void",
            lambda draw, data, by: voiding.refuse_void(draw, by=by),
            when=lambda draw: draw.void_requested_by_id and not draw.void_approved_by_id,
            done="已记录不予作废。",
        ),
        Act(
            "approve_void",
            "批准作废",
            "inspections.approve_void",
            approve_void,
            when=lambda draw: draw.void_requested_by_id and not draw.void_approved_by_id,
            warning="批准后不能撤回。",
            is_final=True,
        ),
    )

    def get_queryset(self, request):
        return super().get_queryset(request)

    @admin.display(description="摇号屏")
    def screen(self, draw):
        return format_html(
            '<a href="{}">投影屏</a>　<a href="{}">录入和查看</a>',
            reverse("desk:stage", args=[draw.number]),
            reverse("desk:draw", args=[draw.number]),
        )

    @admin.display(description="封存的名录")
    def pool(self, draw):
        reasons = Reason.objects.filter(bureau=draw.bureau, kind="exclusion").values_list("code", "title")
        words = {"E": "可抽", "M": "必查"} | {f"X:{code}": f"不抽（{title}）" for code, title in reasons}
        rows = [
            (
                each["name"],
                each["rows"],
                each["k"],
                "，".join(f"{words.get(key, key)} {n}" for key, n in each["counts"].items()),
            )
            for each in draw.public_facts["strata"]
        ]
        return format_html(
            '<table><thead><tr><th scope="col">分层</th><th scope="col">户数</th><th scope="col">抽取</th>'
            '<th scope="col">状态</th></tr></thead><tbody>{}</tbody></table>',
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        )

    @admin.display(description="检查组")
    def teams(self, draw):
        seats = {}
        found = Assignment.objects.filter(case__draw=draw, until=None).select_related(
            "case__subject", "inspector"
        )
        for seat in found.order_by("case_id", "seat"):
            seats.setdefault(seat.case.subject.name, []).append(
                f"{seat.inspector.name}{'（组长）' if seat.leads else ''}"
            )
        return format_html(
            "<table><tbody>{}</tbody></table>",
            format_html_join(
                "", "<tr><td>{}</td><td>{}</td></tr>", [(k, "、".join(v)) for k, v in seats.items()]
            ),
        )

    @admin.display(description="排不出检查组的原因")
    def infeasible(self, draw):
        return drawing.explain_infeasible(draw) if draw.status == DrawState.INFEASIBLE else "—"


class CodeForm(forms.Form):
    code = forms.CharField(label="一次性码", max_length=80, help_text="按次序取下一张，逐字输入 64 位字符。")


@admin.register(Change)
class ChangeAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    bureau_path = "draw__bureau"
    intro = "申请 → 负责人批准（申请的指纹随即公布）→ 监督人开启一次性码 → 系统按签号算出换入者。"
    list_display = [
        "draw",
        "n",
        "kind",
        "goes_out",
        "comes_in",
        "why",
        "status",
        "requested_by",
        "approved_by",
    ]
    list_filter = ["status", "kind"]
    fields = [
        "draw",
        "n",
        "kind",
        "status",
        "task_name",
        "goes_out",
        "comes_in",
        "scope",
        "why",
        "note",
        "requested_by",
        "requested_at",
        "approved_by",
        "approved_at",
        "request_digest",
        "opened_by",
        "completed_at",
    ]
    readonly_fields = ["task_name", "goes_out", "comes_in", "why"]

    def _named(self, change, ref):
        model = Subject if change.kind == "subject" else Inspector
        found = model.objects.filter(bureau=change.draw.bureau, ref=ref).first()
        return f"{found.name}（{ref}）" if found else ref or "—"

    @admin.display(description="换出")
    def goes_out(self, change):
        return self._named(change, change.out_ref)

    @admin.display(description="换入")
    def comes_in(self, change):
        if change.status == ChangeState.COMPLETED and not change.in_ref:
            return "没有可换入的"
        return self._named(change, change.in_ref)

    @admin.display(description="所在企业")
    def task_name(self, change):
        found = Subject.objects.filter(bureau=change.draw.bureau, ref=change.task_ref).first()
        return found.name if found else "—"

    @admin.display(description="原因")
    def why(self, change):
        kind = f"change_{change.kind}"
        found = Reason.objects.filter(bureau=change.draw.bureau, kind=kind, code=change.reason).first()
        return found.title if found else change.reason

    acts = (
        Act(
            "approve",
            "批准",
            "inspections.approve_change",
            lambda each, data, by: replacements.approve(each, by=by),
            when=lambda each: each.status == ChangeState.REQUESTED,
            done="已批准，请监督人开启下一个一次性码。",
        ),
        Act(
            "refuse",
            "不予批准",
            "inspections.approve_change",
            lambda each, data, by: replacements.refuse(each, by=by),
            when=lambda each: each.status == ChangeState.REQUESTED,
            done="已记录不予批准。",
        ),
        Act(
            "open",
            "开启一次性码（监督人）",
            "inspections.open_code",
            lambda each, data, by: replacements.open_code(each, data["code"], by=by),
            CodeForm,
            when=lambda each: each.status == ChangeState.APPROVED,
            done="已完成变更。",
        ),
    )
