"""问题、文书、处罚、移送、上报 at the desk: what follows a visit, and the head's decisions on it."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from registries.admin.base import Act, DeskAdmin, ViewOnlyAdmin, ViewOnlyInline, download
from registries.exports import csv_bytes

from ..caseforms import area, day_field, moment_field
from ..models import CaseEvent, Exhibit, Filing, Finding, Paper, PaperForm, Penalty, Transfer, Verdict
from ..sentences import say
from ..services import events, papers, penalties, rectifications, transfers


class ExtendForm(forms.Form):
    until = day_field("延期至")
    reason = forms.CharField(label="理由", max_length=200, widget=area(3))


class VerdictInline(ViewOnlyInline):
    model = Verdict
    fields = ["reinspection", "is_right", "note"]


@admin.register(Finding)
class FindingAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    bureau_path = "case__bureau"
    intro = "检查发现的问题，各有整改期限。重大事故隐患须采取现场措施，经复查才能办结。延期由负责人批准。"
    list_display = ["case", "number", "wording", "is_major", "disposal", "due_on", "extended_to", "status"]
    list_filter = ["status", "is_major", "disposal"]
    search_fields = ["wording", "case__subject__name"]
    fields = [
        "case", "number", "line", "wording", "facts", "basis", "measure", "penalty_basis", "disposal", "due_on", "extended_to",
        "is_major", "major_reason", "status", "reported_at", "report_note", "closed_at", "by",
    ]  # fmt: skip
    inlines = [VerdictInline]
    acts = (
        Act("extend", "批准延期", "inspections.approve_task",
            lambda each, data, by: rectifications.extend(each, data["until"], data["reason"], by=by) and None, ExtendForm,
            when=lambda each: each.status == "open" and each.due_on is not None, done="已批准延期。"),
    )  # fmt: skip


class NoteForm(forms.Form):
    note = forms.CharField(label="意见", max_length=300, required=False, widget=area(3))


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


def take_paper(paper, data, by):
    made = papers.file_of(paper).read() if paper.signed_at else papers.preview(paper)
    return download(made, f"paper-{paper.pk}.pdf")


@admin.register(Paper)
class PaperAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "执法文书：签发时编号，同一字、同一年连号不断；签发后内容不变，作废的保留原号。"
    list_display = ["number_", "title", "case", "status", "signed_at", "signed_by"]
    list_filter = ["status", "form"]
    search_fields = ["number", "case__subject__name"]
    list_select_related = ["form", "case__subject", "signed_by"]
    fields = [
        "form", "number", "case", "status", "drafted_by", "drafted_at", "judged_by", "judged_at", "judge_note", "signed_by",
        "signed_at", "voided_by", "voided_at", "void_reason",
    ]  # fmt: skip
    acts = (
        Act("pdf", "看文书（PDF）", "inspections.view_paper", take_paper),
        Act("approve", "审批同意", "inspections.approve_task",
            lambda paper, data, by: papers.approve(paper, data["note"], by=by) and None, NoteForm,
            when=lambda paper: paper.status == "drafted" and paper.form.needs_approval and not (paper.penalty_id or paper.transfer_id),
            done="已同意，可以签发。"),
        Act("return", "退回", "inspections.approve_task",
            lambda paper, data, by: papers.return_(paper, data["reason"], by=by) and None, ReasonForm,
            when=lambda paper: paper.status in ("drafted", "approved") and not (paper.penalty_id or paper.transfer_id), done="已退回。"),
        Act("sign", "签发编号", "inspections.issue_document", lambda paper, data, by: papers.sign(paper, by=by) and None,
            when=lambda paper: paper.status == "approved" or (paper.status == "drafted" and not paper.form.needs_approval),
            warning="签发后编号，内容不再变。", done="已签发编号。"),
        Act("void", "作废", "inspections.issue_document",
            lambda paper, data, by: papers.void(paper, data["reason"], by=by) and None, ReasonForm,
            when=lambda paper: paper.status == "signed", warning="文号保留，不会再用；扫码核验将显示已作废。", done="已作废。"),
    )  # fmt: skip

    @admin.display(description="文号", ordering="number")
    def number_(self, paper):
        return paper.number or "（未签发）"

    @admin.display(description="文书", ordering="code")
    def title(self, paper):
        return paper.form.title


@admin.register(PaperForm)
class PaperFormAdmin(DeskAdmin):
    intro = "文书式样：名称、文号用字和固定语句。已签发的文书不受修改影响。用哪一套式样在“机关”中选择。"
    list_display = ["title", "family", "word", "needs_approval", "since"]
    list_filter = ["family"]
    fields = ["code", "family", "title", "word", "needs_approval", "texts", "since", "order"]

    def get_readonly_fields(self, request, obj=None):
        return ["code", "family"] if obj else []


class JudgeForm(forms.Form):
    agrees = forms.TypedChoiceField(
        label="决定",
        choices=[("yes", "同意"), ("no", "不同意")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="意见", max_length=300, required=False, widget=area(3), help_text="不同意的写明理由。")


class EventForm(forms.Form):
    code = forms.ChoiceField(label="节点", choices=[(code, events.TITLES[code]) for code in penalties.NOTABLE])
    at = moment_field("时间", initial=timezone.now)
    said = forms.CharField(label="说明", max_length=300, required=False)
    decision_number = forms.CharField(label="处罚决定书文号（作出决定时）", max_length=60, required=False)
    outcome = forms.CharField(label="处理结果（作出决定时）", max_length=300, required=False)


def note_event(penalty, data, by):
    code, at = data.pop("code"), data.pop("at")
    made = penalties.note(penalty, code, by=by, at=at, **data)
    return f"已登记：{events.TITLES[made.code]}。"


@admin.register(Penalty)
class PenaltyAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "立案后的处罚程序在办案系统办理；这里登记各节点和结果，期限自动计算。"
    list_display = ["case", "cause", "status", "proposed_by", "judged_at", "decision_number", "outcome"]
    list_filter = ["status"]
    fields = [
        "case", "cause", "facts", "opinion", "status", "proposed_by", "proposed_at", "judged_by", "judged_at", "judge_note",
        "decision_number", "outcome", "steps",
    ]  # fmt: skip
    readonly_fields = ["steps"]
    acts = (
        Act("judge", "审批立案", "inspections.approve_change",
            lambda each, data, by: penalties.judge(each, data["agrees"], data["note"], by=by) and None, JudgeForm,
            when=lambda each: each.status == "proposed", warning="同意后《立案审批表》随即编号，办案期限起算。"),
        Act("note", "登记节点", "inspections.issue_document", note_event, EventForm,
            when=lambda each: each.status not in ("proposed", "refused")),
    )  # fmt: skip

    @admin.display(description="办理节点")
    def steps(self, penalty):
        return _steps(penalty.case.events.filter(thread=f"penalty:{penalty.pk}"))


def _steps(found):
    said = [
        f"{timezone.localtime(each.at):%Y-%m-%d %H:%M} {events.TITLES.get(each.code, each.code)} {each.note}".strip()
        for each in found.order_by("pk")
    ]
    return format_html("{}", "；".join(said)) if said else "—"


class SentForm(forms.Form):
    at = moment_field("移送时间", initial=timezone.now)


class ReceiptForm(forms.Form):
    receipt_number = forms.CharField(label="回执编号", max_length=60, required=False)
    received_by = forms.CharField(label="签收人", max_length=60, required=False)
    at = moment_field("签收时间", initial=timezone.now)


class AnswerForm(forms.Form):
    text = forms.CharField(label="办理结果", max_length=300, widget=area(3))
    accepts = forms.BooleanField(label="对方已受理（公安机关：决定立案）", required=False, initial=True)


def receive(transfer, data, by):
    transfers.receive(transfer, data["receipt_number"], data["received_by"], by=by, at=data["at"])
    return "已登记回执。"


def credit_queue(thing, data, by):
    """What waits for the credit platform, as a CSV."""
    rows = Transfer.objects.filter(bureau=by.bureau, kind="credit", status="approved").select_related(
        "case__subject", "case__task"
    )
    lines = [["序号", "企业名称", "统一社会信用代码", "任务", "主要情况", "报请时间"]]
    lines += [
        [each.pk, each.case.subject.name, each.case.subject.credit_code, each.case.task.title, each.facts,
         f"{timezone.localtime(each.proposed_at):%Y-%m-%d}"]
        for each in rows.order_by("pk")
    ]  # fmt: skip
    return download(csv_bytes(lines), "credit-queue.csv", "text/csv; charset=utf-8")


def credit_sent(thing, data, by):
    waiting = list(Transfer.objects.filter(bureau=by.bureau, kind="credit", status="approved"))
    for each in waiting:
        transfers.send(each, by=by)
    return f"已登记 {len(waiting)} 件。"


@admin.register(Transfer)
class TransferAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "移送其他部门、办案机构、公安机关，和待报送信用平台的结果。涉嫌犯罪的三日内决定、二十四小时内移送，公安机关应当签收。"
    list_display = ["case", "kind", "receiver", "status", "proposed_at", "sent_at"]
    list_filter = ["kind", "status"]
    fields = [
        "case", "kind", "receiver", "facts", "basis", "attachments", "status", "proposed_by", "seconded_by", "proposed_at",
        "judged_by", "judged_at", "judge_note", "sent_at", "receipt_number", "received_by", "received_at", "answer",
    ]  # fmt: skip
    list_acts = (
        Act(
            "credit_sent",
            "登记已全部报送信用平台",
            "inspections.issue_document",
            credit_sent,
            warning="把待报送的全部登记为已报送。请先导出、确认平台已收到。",
        ),
        Act("credit", "导出待报送信用平台的结果", "inspections.issue_document", credit_queue),
    )
    acts = (
        Act("judge", "审批移送", "inspections.approve_change",
            lambda each, data, by: transfers.judge(each, data["agrees"], data["note"], by=by) and None, JudgeForm,
            when=lambda each: each.status == "proposed"),
        Act("send", "登记移送", "inspections.issue_document",
            lambda each, data, by: transfers.send(each, by=by, at=data["at"]) and None, SentForm,
            when=lambda each: each.status == "approved", done="已登记移送。"),
        Act("receive", "登记回执", "inspections.issue_document", receive, ReceiptForm, when=lambda each: each.status == "sent"),
        Act("review", "提请复议（公安机关不立案）", "inspections.issue_document",
            lambda each, data, by: transfers.ask_review(each, data["note"], by=by) and None, NoteForm,
            when=lambda each: each.case.events.filter(thread=f"transfer:{each.pk}", code="crime.declined").exists(), done="已登记。"),
        Act("answer", "登记办理结果", "inspections.issue_document",
            lambda each, data, by: transfers.answer(each, data["text"], by=by, accepts=data["accepts"]) and None, AnswerForm,
            when=lambda each: each.status == "received"),
    )  # fmt: skip


@admin.register(Filing)
class FilingAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "手机上报的原文，收到即留存。“需处理”的没有办理成，原因写在里面；手机时钟偏差超过五分钟的请核对时间。"
    list_display = ["receipt_", "case", "by", "received_at", "status", "skew", "reason"]
    list_filter = ["status"]
    fields = ["receipt_", "case", "by", "received_at", "sent_at", "skew", "status", "reason", "taken_at", "body"]
    readonly_fields = ["receipt_"]
    acts = (
        Act("body", "看原文", "inspections.view_filing",
            lambda each, data, by: download(each.body.read(), f"{each.receipt}.json", "application/json")),
    )  # fmt: skip

    @admin.display(description="回执编号")
    def receipt_(self, filing):
        return filing.receipt


def take_exhibit(exhibit, data, by):
    kept = exhibit.original
    ending = kept.media_type.split("/")[-1]
    return download(kept.read(), f"exhibit-{exhibit.pk}.{ending}", kept.media_type)


@admin.register(Exhibit)
class ExhibitAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "照片、签名、录像、纸质文书。原件按摘要保存，不能删除和替换。"
    list_display = ["kind", "signer", "case", "caption", "taken_at", "kept_at", "by"]
    list_filter = ["kind"]
    fields = [
        "kind", "signer", "case", "line", "finding", "caption", "taken_at", "latitude", "longitude", "kept_at", "by", "original",
    ]  # fmt: skip
    acts = (Act("original", "取原件", "inspections.view_exhibit", take_exhibit),)


class EventInline(ViewOnlyInline):
    model = CaseEvent
    fields = readonly_fields = ["title", "matter", "at", "note", "by"]
    verbose_name_plural = "办理节点"

    @admin.display(description="节点")
    def title(self, event):
        return events.TITLES.get(event.code, event.code)

    @admin.display(description="事项")
    def matter(self, event):
        noun, _, key = event.thread.partition(":")
        title = {
            "finding": "问题",
            "penalty": "处罚案件",
            "transfer": "移送",
            "paper": "文书",
            "scene": "现场措施",
        }.get(noun, "")
        return f"{title} {key}".strip() or "—"
