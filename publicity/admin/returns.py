"""报送材料 at the desk: drafted for a period, finished, approved, taken as Word, Excel or PDF, handed in,
answered."""

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from inspections.drafted import DraftedAdmin
from registries import exports
from registries.admin import handing
from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyInline

from ..models import Reply, Return
from ..sentences import say
from ..services import returns as service
from ..states import ReturnState

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PeriodForm(forms.Form):
    kind = forms.ChoiceField(label="种类", choices=Return.KINDS)
    since = forms.DateField(
        label="从", widget=_DAY, initial=lambda: timezone.localdate().replace(month=1, day=1)
    )
    until = forms.DateField(label="到", widget=_DAY, initial=timezone.localdate)


class SendForm(forms.Form):
    to = forms.CharField(label="报送给", max_length=100, initial="县委编办")
    day = forms.DateField(label="报送日期", widget=_DAY, initial=timezone.localdate)
    receipt = forms.CharField(
        label="收文回执",
        max_length=200,
        required=False,
        help_text="收文号、签收人；还没有的，收到以后再补记。",
    )


class ReplyForm(forms.Form):
    sender = forms.CharField(label="谁回复", max_length=100, help_text="如：白塔乡政府、县市场监管局。")
    day = forms.DateField(label="回复日期", widget=_DAY, initial=timezone.localdate)
    said = forms.CharField(label="内容", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ReceiptForm(forms.Form):
    receipt = forms.CharField(label="收文回执", max_length=200, help_text="收文号、签收人。")


def draft(thing, data, by):
    made = service.draft(data["since"], data["until"], data["kind"], by=by)
    return HttpResponseRedirect(reverse("return", args=[made.pk]))


def send(report, data, by):
    service.send(report, data["to"], data["day"], data["receipt"], by=by)
    return "已记下。"


def file_page(desk, request, one):
    """A text as Word, a table as Excel."""
    if one.is_text:
        data = one.word.read() if one.word else service.as_word(one)
        return download(data, f"{one.title}.docx", service.WORD)
    data = one.word.read() if one.word else service.as_book(one)
    return download(data, f"{one.title}.xlsx", exports.XLSX)


def pdf_page(desk, request, report):
    data = report.pdf.read() if report.pdf else service.as_pdf(report)
    return download(data, f"{report.title}.pdf")


class ReplyInline(ViewOnlyInline):
    model = Reply
    fields = ["sender", "on", "said", "noted_by"]


@admin.register(Return)
class ReturnAdmin(DraftedAdmin):
    intro = (
        "报送材料：按起止日期数好、写好初稿，改好后提交，另一人批准后定稿，导出 Word、Excel 或 PDF 报出去。"
        "数的是全部办理，包括还没有公开的抽取，只在内部报送，不公示；公示用“公示”里的年终总结。"
    )
    say = staticmethod(say)
    list_display = ["title", "kind", "since", "until", "status", "sent_to", "sent_on"]
    list_filter = ["kind", "status"]
    fields = [
        "title",
        "kind",
        "since",
        "until",
        "text",
        "note",
        "status",
        "sent_back",
        "approved_by",
        "approved_at",
    ]
    fields += ["sent_to", "sent_on", "receipt"]
    readonly_fields = [name for name in fields if name not in ("title", "text", "note")]
    list_acts = (Act("draft", "起草报送材料", service.PREPARE, draft, PeriodForm),)
    acts = (
        *handing.acts(service.PREPARE, service.APPROVE, service.require_whole),
        Act(
            "approve",
            "批准",
            service.APPROVE,
            lambda each, data, by: service.approve(each, by=by),
            when=lambda each: each.is_handed_in,
            warning="批准后不能再改；Word 和 PDF 随即定稿存档。",
            done="已批准，可以报送。",
        ),
        Act(
            "send",
            "报送",
            service.PREPARE,
            send,
            SendForm,
            when=lambda each: each.status == ReturnState.APPROVED,
        ),
        Act(
            "receipt",
            "补记回执",
            service.PREPARE,
            lambda each, data, by: service.note_receipt(each, data["receipt"], by=by),
            ReceiptForm,
            when=lambda each: each.status == ReturnState.SENT and not each.receipt,
            done="已记下。",
        ),
        Act(
            "reply",
            "登记回复",
            service.PREPARE,
            lambda each, data, by: service.note_reply(each, data["sender"], data["day"], data["said"], by=by),
            ReplyForm,
            when=lambda each: each.status == ReturnState.SENT,
            done="已登记。",
        ),
        Act(
            "again",
            "重新数",
            service.PREPARE,
            lambda each, data, by: service.count_again(each, by=by),
            when=lambda each: each.is_open,
            warning="各项数按现在的办理情况重新数；总结和通报的正文重新起草，改过的文字会被换掉。",
            done="已重新数过。",
        ),
        Act(
            "drop",
            "不要这份草稿",
            service.PREPARE,
            lambda each, data, by: service.drop(each, by=by),
            when=lambda each: each.is_open,
            warning="留在各年报送里，标为“不要了”，不能再恢复。",
            done="已标为不要了。",
        ),
        Act("word", "下载 Word、Excel", "publicity.view_return", page=file_page),
        Act("pdf", "下载 PDF", "publicity.view_return", page=pdf_page),
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A title on one line, a text of which one sees a page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "title":
            field.widget.attrs["size"] = 70
        if field is not None and db_field.name == "text":
            field.widget.attrs |= {"rows": 26, "cols": 90}
        return field

    def get_inlines(self, request, obj):
        return [ReplyInline] if obj is not None and obj.sent_on else []

    def has_add_permission(self, request):
        return False
