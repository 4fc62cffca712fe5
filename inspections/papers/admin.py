"""文书 at the desk: the papers and their forms."""

from django.contrib import admin

from registries.admin.acts import Act, download
from registries.admin.base import DeskAdmin, ViewOnlyAdmin

from ..sentences import say
from ..states import PaperState
from . import issuing
from .forms import NoteForm, VoidForm
from .models import LentNumber, Paper, PaperForm


def take_paper(paper, data, by):
    made = issuing.file_of(paper).read() if paper.signed_at else issuing.preview(paper)
    return download(made, f"paper-{paper.pk}.pdf")


def _is_owed(paper):
    return paper.status == PaperState.SIGNED and paper.owes_approval and paper.judged_at is None


@admin.register(Paper)
class PaperAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "执法文书：签发时编号，同一字、同一年连号不断；签发后内容不变，作废的保留原号。"
    list_display = ["number_", "title", "case", "status", "signed_at", "signed_by"]
    list_filter = ["status", "form"]
    search_fields = ["number", "case__subject__name"]
    list_select_related = ["form", "case__subject", "signed_by"]
    fields = [
        "form",
        "number",
        "case",
        "status",
        "drafted_by",
        "drafted_at",
        "judged_by",
        "judged_at",
        "judge_note",
        "signed_by",
        "signed_at",
        "voided_by",
        "voided_at",
        "void_reason",
    ]
    acts = (
        Act("pdf", "看文书（PDF）", "inspections.view_paper", take_paper),
        Act(
            "approve",
            "审批同意",
            "inspections.approve_task",
            lambda paper, data, by: issuing.approve(paper, data["note"], by=by),
            NoteForm,
            when=lambda paper: (
                paper.status == PaperState.DRAFTED
                and paper.form.needs_approval
                and not (paper.penalty_id or paper.transfer_id)
            ),
            done="已同意，可以签发。",
        ),
        Act(
            "return",
            "退回",
            "inspections.approve_task",
            lambda paper, data, by: issuing.return_(paper, data["reason"], by=by),
            VoidForm,
            when=lambda paper: (
                paper.status in (PaperState.DRAFTED, PaperState.APPROVED)
                and not (paper.penalty_id or paper.transfer_id)
            ),
            done="已退回。",
        ),
        Act(
            "sign",
            "签发编号",
            "inspections.issue_document",
            lambda paper, data, by: issuing.sign(paper, by=by),
            when=lambda paper: (
                paper.status == PaperState.APPROVED
                or (paper.status == PaperState.DRAFTED and not paper.form.needs_approval)
            ),
            warning="签发后编号，内容不再变。",
            done="已签发编号。",
        ),
        Act(
            "ratify",
            "补办审批",
            "inspections.approve_task",
            lambda paper, data, by: issuing.ratify(paper, data["note"], by=by),
            NoteForm,
            when=lambda paper: _is_owed(paper),
            done="已补办审批。",
        ),
        Act(
            "lift",
            "不同意，立即解除",
            "inspections.approve_task",
            lambda paper, data, by: issuing.lift(paper, data["reason"], by=by),
            VoidForm,
            when=lambda paper: _is_owed(paper),
            warning="解除后文书作废，检查组要立即告知企业。",
            done="已解除，文书作废；已通知检查组。",
        ),
        Act(
            "void",
            "作废",
            "inspections.issue_document",
            lambda paper, data, by: issuing.void(paper, data["reason"], by=by),
            VoidForm,
            when=lambda paper: paper.status == PaperState.SIGNED,
            warning="文号保留，不会再用；扫码核验将显示已作废。",
            done="已作废。",
        ),
    )

    @admin.display(description="文号", ordering="number")
    def number_(self, paper):
        return paper.number or "（未签发）"

    @admin.display(description="文书", ordering="code")
    def title(self, paper):
        return paper.form.title


@admin.register(LentNumber)
class LentNumberAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "借出的文号：在谁手里、用了没有、交还还是作废。每一个没有文书的号码，都在这里有说法。"
    list_display = ["number", "case", "status", "by", "at", "ended_at", "reason"]
    list_filter = ["status", "code", "year"]
    search_fields = ["number", "case__subject__name"]
    list_select_related = ["case__subject", "by"]
    fields = ["number", "case", "code", "status", "by", "at", "device", "ended_by", "ended_at", "reason"]


@admin.register(PaperForm)
class PaperFormAdmin(DeskAdmin):
    intro = "文书式样：名称、文号用字和固定语句。已签发的文书不受修改影响。用哪一套式样在“机关”中选择。"
    list_display = ["title", "family", "word", "needs_approval", "since"]
    list_filter = ["family"]
    fields = ["code", "family", "title", "word", "needs_approval", "texts", "since", "order"]

    def get_readonly_fields(self, request, obj=None):
        return ["code", "family"] if obj else []
