"""整改、处罚、移送 at the desk."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from registries.admin.acts import Act
from registries.admin.base import ViewOnlyAdmin, ViewOnlyInline

from ..entrance import area, moment_field
from ..papers.forms import NoteForm
from ..sentences import say
from ..states import UNSETTLED, ExtensionState, RestraintState, TransferState
from ..visit import majors
from ..visit.models import Finding
from . import rectifications, restraints, transfers
from .forms import ReasonForm
from .judged import judged
from .models import Extension, Restraint, Transfer, Verdict


class CorrectForm(forms.Form):
    is_right = forms.ChoiceField(
        label="更正为", choices=[("yes", "已整改"), ("no", "未整改")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="理由", max_length=300, widget=area(3))


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
            "consent",
            "同意不停产、不停用",
            "inspections.approve_task",
            lambda each, data, by: majors.consent(each, data["reason"], by=by),
            ReasonForm,
            when=lambda each: each.is_major and each.status in UNSETTLED,
            warning="重大事故隐患不采取现场处理措施的，由负责人写明理由；随案卷保存。",
            done="已记录。",
        ),
        Act(
            "correct",
            "更正最后一次复查意见",
            "inspections.approve_task",
            lambda each, data, by: rectifications.correct(
                each.verdicts.order_by("-pk").first(), data["is_right"] == "yes", data["reason"], by=by
            ),
            CorrectForm,
            when=lambda each: each.verdicts.exists(),
            warning="原来的意见保留，另记一条更正；问题随之重新打开或者办结，期限随之重算。",
            done="已更正，检查组已收到通知。",
        ),
    )


@admin.register(Extension)
class ExtensionAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    bureau_path = "case__bureau"
    intro = "企业申请延期整改的，由检查组或者经办人提出，负责人决定；只能延一次，不超过法定期限表的长短。"
    list_display = ["case", "finding", "until", "reason", "status", "asked_by", "judged_by"]
    list_filter = ["status"]
    fields = [
        "case",
        "finding",
        "until",
        "reason",
        "status",
        "asked_by",
        "asked_at",
        "judged_by",
        "judged_at",
        "judge_note",
    ]
    acts = judged(
        rectifications.judge_extension,
        "inspections.approve_task",
        ExtensionState.ASKED,
        ("agree", "同意延期", "已同意延期。"),
        ("refuse", "不予延期", "不予延期，理由已记下。"),
    )


@admin.register(Restraint)
class RestraintAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "先行登记保存、查封扣押、当场强制、停止供电，一件一登，各有期限。查封、扣押经负责人批准可延长一次。"
    )
    list_display = ["case", "kind", "what", "number", "status", "taken_by"]
    list_filter = ["kind", "status"]
    fields = ["case", "kind", "what", "number", "status", "taken_by", "asked_by", "ask_note"]
    acts = judged(
        restraints.judge_extension,
        "inspections.approve_change",
        RestraintState.ASKED,
        ("agree", "同意延长", "已同意延长，自原期满之日起算。"),
        ("refuse", "不予延长", "不予延长，理由已记下。"),
    )


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


@admin.register(Transfer)
class TransferAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "移送其他部门、办案机构、公安机关。报信用平台的在“报表—数据交换”。涉嫌犯罪的三日内决定、"
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
    acts = (
        *judged(
            transfers.judge,
            "inspections.approve_change",
            TransferState.PROPOSED,
            ("approve", "同意移送", "已同意移送。"),
            ("refuse", "不予移送", "不予移送，理由已记下。"),
            warning="同意后移送书随即编号。",
            is_final=True,
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
