"""行政处罚案件 at the desk: what may be done next, each step with a form of its own."""

from django.contrib import admin
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from registries.admin.acts import Act
from registries.admin.base import ViewOnlyAdmin

from ..case import events
from ..sentences import say
from ..states import PenaltyState
from . import gates, penalties
from .forms import step_form
from .judged import judged
from .models import Penalty


def _note(code):
    def run(penalty, data, by):
        file = data.pop("file", None)
        penalties.note(penalty, code, by=by, file=file.read() if file else b"", **data)
        return f"已登记：{events.TITLES[code]}。"

    return run


def _step(code):
    """The act of one step of the procedure, with a form of its own."""
    return Act(
        code,
        events.TITLES[code],
        "inspections.issue_document",
        _note(code),
        step_form(code),
        when=lambda each: each.status in gates.STEPS[code]["in"],
    )


def _next_page(desk, request, penalty):
    """What may be done next in a file, and what may not yet, and why."""
    said = [
        (
            reverse("admin:inspections_penalty_act", args=[penalty.pk, code]),
            events.TITLES[code],
            why and say(why),
        )
        for code, why in gates.open_to(penalty)
    ]
    facts = desk.admin_site.each_context(request) | {
        "title": "办理下一步",
        "penalty": penalty,
        "thing": penalty,
        "opts": desk.opts,
        "next": said,
        "steps": gates.steps_of(penalty),
        "back": desk._next(request, penalty),
    }
    return TemplateResponse(request, "admin/penalty.html", facts)


@admin.register(Penalty)
class PenaltyAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "立案后逐步办理，每一步都有前提：缺什么、依据哪一条，办理时会写明。期限自动计算。"
    list_display = ["case", "cause", "status", "proposed_by", "judged_at", "decision_number", "outcome"]
    list_filter = ["status"]
    fields = [
        "case",
        "cause",
        "facts",
        "opinion",
        "party",
        "way",
        "is_grave",
        "status",
        "proposed_by",
        "proposed_at",
        "judged_by",
        "judged_at",
        "judge_note",
        "decision_number",
        "outcome",
        "said_kinds",
        "fine",
        "tier",
        "tier_reason",
        "steps",
    ]
    readonly_fields = ["steps", "said_kinds"]
    acts = (
        *judged(
            penalties.judge,
            "inspections.approve_change",
            PenaltyState.PROPOSED,
            ("approve", "同意立案", "已同意立案。"),
            ("refuse", "不予立案", "不予立案，理由已记下。"),
            warning="同意后《立案审批表》随即编号，办案期限起算。",
            is_final=True,
        ),
        Act(
            "note",
            "办理下一步",
            "inspections.issue_document",
            page=_next_page,
            when=lambda each: any(each.status in step["in"] for step in gates.STEPS.values()),
        ),
        *map(_step, gates.STEPS),
    )

    @admin.display(description="处罚种类")
    def said_kinds(self, penalty):
        return "、".join(gates.KINDS[each] for each in penalty.kinds) or "—"

    @admin.display(description="办理节点")
    def steps(self, penalty):
        return _steps(penalty.case.events.filter(thread=penalty.thread))


def _steps(found):
    said = [
        f"{timezone.localtime(each.at):%Y-%m-%d %H:%M} {events.TITLES.get(each.code, each.code)} "
        f"{each.note}".strip()
        for each in found.order_by("pk")
    ]
    return format_html("{}", "；".join(said)) if said else "—"
