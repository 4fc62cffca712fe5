"""年度总结 at the desk: drafted for a period, finished, approved, taken as Word or PDF, handed in."""

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from inspections.drafted import DraftedAdmin
from registries.admin import handing
from registries.admin.acts import Act, download

from ..models import YearReport
from ..sentences import say
from ..services import yearreports as service
from ..states import YearReportState

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PeriodForm(forms.Form):
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


class ReceiptForm(forms.Form):
    receipt = forms.CharField(label="收文回执", max_length=200, help_text="收文号、签收人。")


def draft(thing, data, by):
    made = service.draft(data["since"], data["until"], by=by)
    return HttpResponseRedirect(reverse("admin:publicity_yearreport_change", args=[made.pk]))


def send(report, data, by):
    service.send(report, data["to"], data["day"], data["receipt"], by=by)
    return "已记下。"


def word_page(desk, request, report):
    data = report.word.read() if report.word else service.as_word(report)
    return download(data, f"{report.since.year}-summary.docx", service.WORD)


def pdf_page(desk, request, report):
    data = report.pdf.read() if report.pdf else service.as_pdf(report)
    return download(data, f"{report.since.year}-summary.pdf")


@admin.register(YearReport)
class YearReportAdmin(DraftedAdmin):
    intro = (
        "年度总结：按起止日期数好、写好初稿，改好后提交，另一人批准后定稿，导出 Word 或 PDF 报县委编办。"
        "数的是全部办理，包括还没有公开的抽取，只在内部报送，不公示；公示用“公示”里的年终总结。"
    )
    say = staticmethod(say)
    list_display = ["title", "since", "until", "status", "sent_to", "sent_on"]
    fields = ["title", "since", "until", "text", "status", "sent_back", "approved_by", "approved_at"]
    fields += ["sent_to", "sent_on", "receipt"]
    readonly_fields = [name for name in fields if name not in ("title", "text")]
    list_acts = (Act("draft", "起草年度总结", service.PREPARE, draft, PeriodForm),)
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
            when=lambda each: each.status == YearReportState.APPROVED,
        ),
        Act(
            "receipt",
            "补记回执",
            service.PREPARE,
            lambda each, data, by: service.note_receipt(each, data["receipt"], by=by),
            ReceiptForm,
            when=lambda each: each.status == YearReportState.SENT and not each.receipt,
            done="已记下。",
        ),
        Act("word", "下载 Word", "publicity.view_yearreport", page=word_page),
        Act("pdf", "下载 PDF", "publicity.view_yearreport", page=pdf_page),
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A title on one line, a text of which one sees a page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "title":
            field.widget.attrs["size"] = 70
        if field is not None and db_field.name == "text":
            field.widget.attrs |= {"rows": 26, "cols": 90}
        return field

    def has_add_permission(self, request):
        return False
