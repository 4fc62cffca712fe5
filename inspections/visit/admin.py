"""检查、报告、回避申请、上报、证据 and 清单建议 at the desk."""

from django import forms
from django.contrib import admin
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin, ViewOnlyInline
from registries.models import Inspector, RecusalGround

from ..case import events, looks, opening, readiness, staffing
from ..case.models import Assignment, Case, CaseEvent
from ..draw import partners
from ..papers import binding, notices
from ..sentences import say
from ..states import FOLLOWED_CASE, OPEN_CASE, CaseState, ProposalState, ReportState
from . import completeness, outcome, recusals, reports, suggestions
from .models import Answer, Proposal, RecusalRequest, Report


class WhyForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class PeopleForm(forms.Form):
    knows_thing = True
    people = forms.ModelMultipleChoiceField(
        label="人员（两名）", queryset=Inspector.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        present = Inspector.objects.filter(bureau=by.bureau, left_on=None)
        self.fields["people"].queryset = present.exclude(pk__in=[each.pk for each in readiness.on(thing)])


class LeaderForm(forms.Form):
    knows_thing = True
    inspector = forms.ModelChoiceField(label="组长", queryset=Inspector.objects.none())
    reason = forms.CharField(label="理由", max_length=200)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inspector"].queryset = Inspector.objects.filter(
            assignments__case=thing, assignments__until=None
        )


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
        self.fields["inspector"].queryset = Inspector.objects.filter(
            assignments__case=thing, assignments__until=None
        )
        self.fields["ground"].queryset = RecusalGround.objects.filter(bureau=by.bureau)


def enter_recusal(case, data, by):
    made = recusals.ask(case, by=by, **data)
    return f"已登记，请负责人在 {made.due_on:%Y-%m-%d} 前决定。"


def take_notice(case, data, by):
    return download(notices.issue(case, by=by).file.read(), f"notice-{case.pk}.pdf")


def take_file(form):
    def take(case, data, by):
        looks.note(case, by, "file")
        data, job = binding.bring(case, form, by=by)
        return (
            redirect("desk:dossier", job.token)
            if job
            else download(data, f"case-{case.pk}.{form}", f"application/{form}")
        )

    return take


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
        Act(
            "notice",
            "检查通知书（PDF）",
            "inspections.issue_document",
            take_notice,
            when=lambda case: case.status in OPEN_CASE,
        ),
        Act(
            "close",
            "办结",
            "inspections.issue_document",
            lambda case, data, by: outcome.close(case, by=by),
            when=lambda case: case.status == CaseState.REPORTED,
            done="已办结。",
        ),
        Act("file_pdf", "案卷（PDF）", "inspections.issue_document", take_file("pdf")),
        Act("file_zip", "案卷（ZIP）", "inspections.issue_document", take_file("zip")),
        Act(
            "recusal",
            "登记回避申请",
            "inspections.enter_recusal",
            enter_recusal,
            RecusalForm,
            when=lambda case: case.status in OPEN_CASE,
        ),
        Act(
            "give_up",
            "登记未实施",
            "inspections.approve_change",
            lambda case, data, by: staffing.give_up(case, data["reason"], by=by),
            WhyForm,
            when=lambda case: case.status in OPEN_CASE and readiness.able(case).count() < 2,
            warning="须回避的人员不计，能去的不足两人又派不出替换人员时登记；在监督台长期可见。",
        ),
        Act(
            "people",
            "指定人员（复查、后续办理）",
            "inspections.approve_change",
            lambda case, data, by: staffing.name_people(case, list(data["people"]), data["reason"], by=by),
            PeopleForm,
            when=lambda case: (
                case.status in FOLLOWED_CASE or case.draw_id is None and case.status in OPEN_CASE
            ),
            warning="抽取的检查组和变更记录不变；监督人随即收到通知。检查还没有结束的抽取件，换人由监督人开码。",
            done="已指定，本人和监督人已收到通知。",
        ),
        Act(
            "leader",
            "指定组长",
            "inspections.approve_change",
            lambda case, data, by: staffing.name_leader(case, data["inspector"], data["reason"], by=by),
            LeaderForm,
            when=lambda case: case.status in OPEN_CASE,
            done="已指定组长。",
        ),
    )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        if case is not None and request.method == "GET":
            looks.note(case, request.user, "admin")
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description="案卷还缺")
    def missing(self, case):
        return "；".join(completeness.missing(case)) or "—"

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
            "；".join(
                f"{department}：{'、'.join(people) or '无'}" for department, people in partners.team_of(case)
            )
            or "—"
        )


class NoteForm(forms.Form):
    note = forms.CharField(
        label="审核意见", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


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
        "case",
        "revision",
        "status",
        "time_text",
        "content",
        "record",
        "evaluation",
        "opinion",
        "result_code",
        "lines",
        "missing",
        "author",
        "submitted_at",
        "reviewed_by",
        "reviewed_at",
        "review_note",
    ]
    readonly_fields = ["lines", "missing"]
    acts = (
        Act(
            "approve",
            "审核通过",
            "inspections.approve_report",
            lambda report, data, by: reports.approve(report, data["note"], by=by),
            NoteForm,
            when=lambda report: report.status == ReportState.SUBMITTED,
            warning="通过后报告不能再改，可以拟办公示；没有要整改、处罚的随即办结。要补充的请退回。",
            done="已通过，可以公示。",
            together=lambda report: not any(each.is_major for each in report.case.findings.all()),
        ),
        Act(
            "return",
            "退回",
            "inspections.approve_report",
            lambda report, data, by: reports.return_(report, data["note"], by=by),
            ReturnForm,
            when=lambda report: report.status == ReportState.SUBMITTED,
            done="已退回检查组。",
        ),
    )

    @admin.display(description="案卷还缺；复核意见")
    def missing(self, report):
        said = completeness.missing(report.case)
        said += [
            f"{each.inspector}有异议：{each.note}" for each in report.case.confirmations.filter(agrees=False)
        ]
        return "；".join(said) or "—"

    @admin.display(description="检查表")
    def lines(self, report):
        titles = dict(Answer.VALUES)
        given = {each.line: each for each in report.case.answers.all()}
        rows = [
            (
                line["requirement"],
                titles[given[line["key"]].value] if line["key"] in given else "—",
                given[line["key"]].note if line["key"] in given else "",
            )
            for line in opening.lines_of(report.case)
        ]
        return format_html(
            "<table><tbody>{}</tbody></table>",
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        )


class HandledForm(forms.Form):
    note = forms.CharField(label="处理说明", max_length=200, required=False)


def collect(thing, data, by):
    made = suggestions.collect(by.bureau, by=by)
    return f"已汇总本年度办结的检查，新增 {len(made)} 条建议。" if made else "已汇总，没有新的建议。"


def is_open(proposal):
    return proposal.status == ProposalState.MADE


@admin.register(Proposal)
class ProposalAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "检查人员的建议和检查发现的汇总。采纳的写进下一版清单草稿；未采纳的留存。"
    list_display = ["text", "source", "item_list", "status", "made_by", "made_at"]
    list_filter = ["status", "source"]
    fields = [
        "text",
        "source",
        "item_list",
        "line",
        "case",
        "status",
        "made_by",
        "made_at",
        "judged_by",
        "judged_at",
        "note",
    ]
    list_acts = (Act("collect", "由检查发现汇总", "registries.change_item", collect),)
    acts = (
        Act(
            "adopt",
            "采纳",
            "registries.change_item",
            lambda each, data, by: suggestions.judge(each, True, data["note"], by=by),
            HandledForm,
            when=is_open,
            done="已采纳，请在下一版清单草稿中修改。",
        ),
        Act(
            "dismiss",
            "不采纳",
            "registries.change_item",
            lambda each, data, by: suggestions.judge(each, False, data["note"], by=by),
            HandledForm,
            when=is_open,
            done="已记为未采纳。",
        ),
    )
