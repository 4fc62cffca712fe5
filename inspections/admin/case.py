"""检查 and 检查报告 at the desk: reading, naming a leader, approving and returning reports."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from registries.admin.base import Act, ViewOnlyAdmin, ViewOnlyInline, download
from registries.models import Inspector, RecusalGround

from ..models import Answer, Assignment, Case, RecusalRequest, Report
from ..sentences import say
from ..services import casefile, cases, exhibits, looks, notices, partners, readiness, recusals, reports
from .followup import EventInline


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class LeaderForm(forms.Form):
    knows_thing = True
    inspector = forms.ModelChoiceField(label="组长", queryset=Inspector.objects.none())
    reason = forms.CharField(label="理由", max_length=200)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inspector"].queryset = Inspector.objects.filter(assignments__case=thing, assignments__until=None)


class RecusalForm(forms.Form):
    knows_thing = True
    inspector = forms.ModelChoiceField(label="被申请回避的人员", queryset=Inspector.objects.none())
    applicant = forms.ChoiceField(label="申请人", choices=RecusalRequest.APPLICANTS, initial="subject")
    channel = forms.ChoiceField(label="方式", choices=RecusalRequest.CHANNELS[:2])
    ground = forms.ModelChoiceField(label="事由", queryset=RecusalGround.objects.none(), required=False)
    text = forms.CharField(label="理由和证据", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    contact = forms.CharField(label="联系方式", max_length=100, required=False)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inspector"].queryset = Inspector.objects.filter(assignments__case=thing, assignments__until=None)
        self.fields["ground"].queryset = RecusalGround.objects.filter(bureau=by.bureau)


def enter_recusal(case, data, by):
    made = recusals.ask(case, by=by, **data)
    return f"已登记，请负责人在 {made.due_on:%Y-%m-%d} 前决定。"


def take_notice(case, data, by):
    return download(notices.issue(case, by=by).file.read(), f"notice-{case.pk}.pdf")


def take_file(form):
    def take(case, data, by):
        looks.note(case, by, "file")
        make, kind = (casefile.as_pdf, "application/pdf") if form == "pdf" else (casefile.as_zip, "application/zip")
        return download(make(case, by=by), f"case-{case.pk}.{form}", kind)

    return take


class SeatInline(ViewOnlyInline):
    model = Assignment
    fields = ["seat", "inspector", "leads", "since", "until"]


@admin.register(Case)
class CaseAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "每家被抽中的企业一件。检查由检查组在“我的检查”页面办理。"
    list_display = ["subject", "draw", "status", "ended_at", "report_due_on"]
    list_filter = ["status", "draw"]
    search_fields = ["subject__name", "subject__credit_code"]
    fields = [
        "subject",
        "place",
        "draw",
        "task",
        "item_list",
        "mode",
        "status",
        "opened_at",
        "ended_at",
        "report_due_on",
        "joint",
        "entry_code",
        "others",
        "missing",
        "word",
        "seen",
    ]
    readonly_fields = ["others", "missing", "word", "seen"]
    inlines = [SeatInline, EventInline]
    acts = (
        Act("notice", "检查通知书（PDF）", "inspections.issue_document", take_notice,
            when=lambda case: case.status in ("opened", "started")),
        Act("file_pdf", "案卷（PDF）", "inspections.issue_document", take_file("pdf")),
        Act("file_zip", "案卷（ZIP）", "inspections.issue_document", take_file("zip")),
        Act("recusal", "登记回避申请", "inspections.enter_recusal", enter_recusal, RecusalForm,
            when=lambda case: case.status in ("opened", "started")),
        Act("give_up", "登记未实施", "inspections.approve_change",
            lambda case, data, by: cases.give_up(case, data["reason"], by=by) and None, ReasonForm,
            when=lambda case: case.status in ("opened", "started") and readiness.able(case).count() < 2,
            warning="须回避的人员不计，能去的不足两人又派不出替换人员时登记；在监督台长期可见。"),
        Act("leader", "指定组长", "inspections.approve_change",
            lambda case, data, by: cases.name_leader(case, data["inspector"], data["reason"], by=by) and None, LeaderForm,
            when=lambda case: case.status in ("opened", "started"), done="已指定组长。"),
    )  # fmt: skip

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        if case is not None and request.method == "GET":
            looks.note(case, request.user, "admin")
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description="案卷还缺")
    def missing(self, case):
        return "；".join(exhibits.missing(case)) or "—"

    @admin.display(description="复核确认")
    def word(self, case):
        said = [
            f"{each.inspector}：{'属实' if each.agrees else f'有异议，{each.note}'}"
            for each in case.confirmations.all()
        ]
        return "；".join(said) or "—"

    @admin.display(description="最近查看")
    def seen(self, case):
        last = case.looks.select_related("account")[:12]
        return (
            "；".join(
                f"{timezone.localtime(each.at):%m-%d %H:%M} {each.account}（{each.get_page_display()}）"
                for each in last
            )
            or "—"
        )

    @admin.display(description="协同部门人员")
    def others(self, case):
        return (
            "；".join(f"{department}：{'、'.join(people) or '无'}" for department, people in partners.team_of(case))
            or "—"
        )


class NoteForm(forms.Form):
    note = forms.CharField(label="审核意见", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReturnForm(forms.Form):
    note = forms.CharField(label="退回原因和要求", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


@admin.register(Report)
class ReportAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    bureau_path = "case__bureau"
    intro = "检查报告由检查组以外的人审核。退回后检查组另写一稿，原稿保留。"
    list_display = ["case", "revision", "status", "result_code", "author", "submitted_at", "reviewed_by"]
    list_filter = ["status", "result_code"]
    fields = [
        "case", "revision", "status", "time_text", "content", "record", "evaluation", "opinion", "result_code", "lines", "missing",
        "author", "submitted_at", "reviewed_by", "reviewed_at", "review_note",
    ]  # fmt: skip
    readonly_fields = ["lines", "missing"]
    acts = (
        Act("approve", "审核通过", "inspections.approve_report",
            lambda report, data, by: reports.approve(report, data["note"], by=by) and None, NoteForm,
            when=lambda report: report.status == "submitted", done="已通过，可以公示。"),
        Act("return", "退回", "inspections.approve_report",
            lambda report, data, by: reports.return_(report, data["note"], by=by) and None, ReturnForm,
            when=lambda report: report.status == "submitted", done="已退回检查组。"),
    )  # fmt: skip

    @admin.display(description="案卷还缺；复核意见")
    def missing(self, report):
        said = [*exhibits.missing(report.case)]
        said += [f"{each.inspector}有异议：{each.note}" for each in report.case.confirmations.filter(agrees=False)]
        return "；".join(said) or "—"

    @admin.display(description="检查表")
    def lines(self, report):
        titles = dict(Answer.VALUES)
        given = {each.line: each for each in report.case.answers.all()}
        rows = [
            (line["requirement"], titles[given[line["key"]].value] if line["key"] in given else "—",
             given[line["key"]].note if line["key"] in given else "")
            for line in cases.lines_of(report.case)
        ]  # fmt: skip
        return format_html(
            "<table><tbody>{}</tbody></table>",
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        )
