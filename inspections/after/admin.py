"""整改、处罚、移送 at the desk."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin, ViewOnlyInline
from registries.exports import csv_bytes

from ..case import events
from ..entrance import area, day_field, moment_field
from ..papers.forms import NoteForm
from ..sentences import say
from ..states import FindingState, PenaltyState, TransferState
from ..visit.models import Finding
from . import penalties, rectifications, transfers
from .models import Penalty, Transfer, Verdict


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
        "case",
        "number",
        "line",
        "wording",
        "facts",
        "basis",
        "measure",
        "penalty_basis",
        "disposal",
        "due_on",
        "extended_to",
        "is_major",
        "major_reason",
        "status",
        "reported_at",
        "report_note",
        "closed_at",
        "by",
    ]
    inlines = [VerdictInline]
    acts = (
        Act(
            "extend",
            "批准延期",
            "inspections.approve_task",
            lambda each, data, by: rectifications.extend(each, data["until"], data["reason"], by=by),
            ExtendForm,
            when=lambda each: each.status == FindingState.OPEN and each.due_on is not None,
            done="已批准延期。",
        ),
    )


class AgreeForm(forms.Form):
    note = forms.CharField(label="意见", max_length=300, required=False, widget=area(3))


class RefuseForm(forms.Form):
    note = forms.CharField(label="不同意的理由", max_length=300, widget=area(3))


class EventForm(forms.Form):
    code = forms.ChoiceField(
        label="节点", choices=[(code, events.TITLES[code]) for code in penalties.NOTABLE]
    )
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
        "case",
        "cause",
        "facts",
        "opinion",
        "status",
        "proposed_by",
        "proposed_at",
        "judged_by",
        "judged_at",
        "judge_note",
        "decision_number",
        "outcome",
        "steps",
    ]
    readonly_fields = ["steps"]
    acts = (
        Act(
            "approve",
            "同意立案",
            "inspections.approve_change",
            lambda each, data, by: penalties.judge(each, True, data["note"], by=by),
            AgreeForm,
            when=lambda each: each.status == PenaltyState.PROPOSED,
            warning="同意后《立案审批表》随即编号，办案期限起算。",
            done="已同意立案。",
            is_final=True,
        ),
        Act(
            "refuse",
            "不予立案",
            "inspections.approve_change",
            lambda each, data, by: penalties.judge(each, False, data["note"], by=by),
            RefuseForm,
            when=lambda each: each.status == PenaltyState.PROPOSED,
            done="不予立案，理由已记下。",
        ),
        Act(
            "note",
            "登记节点",
            "inspections.issue_document",
            note_event,
            EventForm,
            when=lambda each: each.status not in (PenaltyState.PROPOSED, PenaltyState.REFUSED),
        ),
    )

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
    lines = [["序号", "企业名称", "统一社会信用代码", "任务", "主要情况", "报请时间"]]
    lines += [
        [
            each.pk,
            each.case.subject.name,
            each.case.subject.credit_code,
            each.case.task.title,
            transfers.credit_facts(each),
            f"{timezone.localtime(each.reviewed_at):%Y-%m-%d}",
        ]
        for each in transfers.credit_waiting(by.bureau)
    ]
    return download(csv_bytes(lines), "credit-queue.csv", "text/csv; charset=utf-8")


def credit_sent(thing, data, by):
    waiting = list(transfers.credit_waiting(by.bureau))
    for each in waiting:
        transfers.send_credit(each, by=by)
    return f"已登记 {len(waiting)} 件。"


@admin.register(Transfer)
class TransferAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "移送其他部门、办案机构、公安机关，和待报送信用平台的结果。涉嫌犯罪的三日内决定、"
        "二十四小时内移送，公安机关应当签收。"
    )
    list_display = ["case", "kind", "receiver", "status", "proposed_at", "sent_at"]
    list_filter = ["kind", "status"]
    fields = [
        "case",
        "kind",
        "receiver",
        "facts",
        "basis",
        "attachments",
        "status",
        "proposed_by",
        "seconded_by",
        "proposed_at",
        "judged_by",
        "judged_at",
        "judge_note",
        "sent_at",
        "receipt_number",
        "received_by",
        "received_at",
        "answer",
    ]
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
        Act(
            "approve",
            "同意移送",
            "inspections.approve_change",
            lambda each, data, by: transfers.judge(each, True, data["note"], by=by),
            AgreeForm,
            when=lambda each: each.status == TransferState.PROPOSED,
            warning="同意后移送书随即编号。",
            done="已同意移送。",
            is_final=True,
        ),
        Act(
            "refuse",
            "不予移送",
            "inspections.approve_change",
            lambda each, data, by: transfers.judge(each, False, data["note"], by=by),
            RefuseForm,
            when=lambda each: each.status == TransferState.PROPOSED,
            done="不予移送，理由已记下。",
        ),
        Act(
            "send",
            "登记移送",
            "inspections.issue_document",
            lambda each, data, by: transfers.send(each, by=by, at=data["at"]),
            SentForm,
            when=lambda each: each.status == TransferState.APPROVED,
            done="已登记移送。",
        ),
        Act(
            "receive",
            "登记回执",
            "inspections.issue_document",
            receive,
            ReceiptForm,
            when=lambda each: each.status == TransferState.SENT,
        ),
        Act(
            "review",
            "提请复议（公安机关不立案）",
            "inspections.issue_document",
            lambda each, data, by: transfers.ask_review(each, data["note"], by=by),
            NoteForm,
            when=lambda each: each.case.events.filter(thread=each.thread, code="crime.declined").exists(),
            done="已登记。",
        ),
        Act(
            "answer",
            "登记办理结果",
            "inspections.issue_document",
            lambda each, data, by: transfers.answer(each, data["text"], by=by, accepts=data["accepts"]),
            AnswerForm,
            when=lambda each: each.status == TransferState.RECEIVED,
        ),
    )
