"""公示办理 at the desk: what is due, what waits for the second person, and what was said."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from registries.admin.base import Act, ViewOnlyAdmin, download
from registries.errors import DomainError
from registries.exports import csv_bytes

from .. import drafting, exports
from ..models import Disclosure, Ending, Publication
from ..payload import CLASSES, NEWS
from ..reading import disclosures, standing
from ..redaction import marked
from ..sentences import say
from ..services import publications as service

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
_AREA = forms.Textarea(attrs={"rows": 8})
# What stands in a payload, in words; a field that is not here is shown by its own name.
FIELDS = {
    "subject": "名称", "code": "统一社会信用代码", "ref": "名录编号", "town": "乡镇（街道）", "industry": "行业", "category": "监管分类",
    "bureau": "机关", "task": "抽查任务", "task_number": "任务编号", "draw": "抽取编号", "kind": "抽查类型", "mode": "检查方式",
    "inspected_on": "检查日期", "items": "检查事项", "item_codes": "事项代码", "result_code": "结果代码", "result": "检查结果",
    "national_code": "国家标准结果代码", "handling": "处理", "inspectors": "检查人员", "decision_number": "决定书文号", "cause": "违法行为",
    "outcome": "处罚内容", "decided_on": "决定日期", "class": "失信程度", "ends_on": "公示至", "news": "种类代码", "news_title": "种类",
    "text": "内容", "about": "针对的公示", "reason": "原因", "basis": "依据文书", "said": "保留敏感内容的理由",
}  # fmt: skip


class SaidForm(forms.Form):
    said = forms.CharField(
        label="保留敏感内容的理由", max_length=200, required=False,
        help_text="系统查出人名、电话、住址、涉密词语等时，要么改掉，要么写明为什么可以公开。",
    )  # fmt: skip


class DueForm(SaidForm):
    knows_thing = True
    reports = forms.MultipleChoiceField(
        label="已审核、待公示的检查结果",
        widget=forms.CheckboxSelectMultiple,
        help_text="拟办后由另一人审核，审核即公示。",
    )
    not_before = forms.DateTimeField(
        label="不早于", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="需要推后公示的填；到时自动公示。",
    )  # fmt: skip
    field_order = ["reports", "not_before", "said"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.found = {str(each.pk): each for each in service.due().filter(case__bureau=by.bureau)[:500]}
        self.fields["reports"].choices = [
            (key, f"{each.case.subject.name}（{each.result_code}）") for key, each in self.found.items()
        ]

    def clean_reports(self):
        return [self.found[key] for key in self.cleaned_data["reports"]]


def prepare_results(thing, data, by):
    for report in data["reports"]:
        service.prepare_result(report, by=by, said=data["said"], not_before=data["not_before"])
    return f"已拟办 {len(data['reports'])} 条，请另一人审核。"


class PenaltyForm(SaidForm):
    knows_thing = True
    penalty = forms.ModelChoiceField(label="已作出处罚决定、待公示的案件", queryset=None)
    weight = forms.ChoiceField(
        label="失信程度", choices=list(CLASSES.items()), widget=forms.RadioSelect,
        help_text="决定公示多久（信用修复管理办法）：天数在“法定期限”中。",
    )  # fmt: skip
    field_order = ["penalty", "weight", "said"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["penalty"].queryset = service.penalties_due().filter(bureau=by.bureau)


class NewsForm(SaidForm):
    news = forms.ChoiceField(label="种类", choices=list(NEWS.items()))
    title = forms.CharField(label="标题", max_length=120)
    text = forms.CharField(
        label="内容", max_length=20000, widget=_AREA, help_text="空一行分段；以“# ”起头的一行作小标题。"
    )
    field_order = ["news", "title", "text", "said"]


class PeriodForm(forms.Form):
    since = forms.DateField(label="自", widget=_DAY)
    until = forms.DateField(label="至", widget=_DAY)

    def clean(self):
        given = super().clean()
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            raise forms.ValidationError("开始日期晚于结束日期。")
        return given


def _drafted(kind, text_of):
    """A page of an act: the period asked for first, then the announcement's form with the counted text in it."""

    def page(desk, request, thing):
        today, bureau = timezone.localdate(), request.user.bureau
        period = PeriodForm(
            {"since": request.GET.get("since", today.replace(month=1, day=1)), "until": request.GET.get("until", today)}
        )
        period.is_valid()
        since, until = (period.cleaned_data.get(name, today) for name in ("since", "until"))
        title, text = text_of(bureau, since, until)
        form = NewsForm(request.POST or None, initial={"news": kind, "title": title, "text": text})
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                service.prepare_news(
                    bureau, data["news"], data["title"], data["text"], by=request.user, said=data["said"]
                )
            except DomainError as refused:
                form.add_error(None, say(refused))
            else:
                messages.success(request, "已拟办，请另一人审核。报政府和有关部门的，可把内容复制到公文中。")
                return HttpResponseRedirect(desk._after(None))
        facts = desk.admin_site.each_context(request) | {
            "title": NEWS[kind], "form": form, "period": period, "opts": desk.opts, "back": desk._after(None),
        }  # fmt: skip
        return TemplateResponse(request, "admin/draft_news.html", facts)

    return page


class JudgeForm(forms.Form):
    publishes = forms.TypedChoiceField(
        label="审核", choices=[("yes", "同意公示"), ("no", "退回")], coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = forms.CharField(label="意见", max_length=200, required=False, help_text="退回的写明理由。")


class ManyForm(forms.Form):
    knows_thing = True
    waiting = forms.MultipleChoiceField(
        label="待审核的检查结果", widget=forms.CheckboxSelectMultiple,
        help_text="只列没有敏感内容提示的检查结果；更正、撤回、处罚、公告和有提示的，请逐条审核。",
    )  # fmt: skip

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Publication.objects.filter(bureau=by.bureau, status="prepared", kind="result", hits=[])
        self.found = {str(each.pk): each for each in rows.exclude(prepared_by=by)[:500]}
        self.fields["waiting"].choices = [(key, _line(each)) for key, each in self.found.items()]

    def clean_waiting(self):
        return [self.found[key] for key in self.cleaned_data["waiting"]]


def _line(each):
    said = each.payload
    return f"{each.title}：{said['result']}（{said['inspected_on']}，{said['task']}）"


def approve_many(thing, data, by):
    for each in data["waiting"]:
        service.judge(each, True, by=by)
    return f"已审核公示 {len(data['waiting'])} 条。"


class StopForm(forms.Form):
    note = forms.CharField(label="理由", max_length=200)


# Codes that machines read; a person who judges reads their titles.
_QUIET = {"item_codes", "result_code", "national_code", "news", "yearly_cap", "ref", "about"}


def _to_judge(each):
    """What the public will read, where it is judged; of a correction what changes, beside what stood."""
    shown = _table(each.payload, each.hits)
    if each.kind == "correction":
        old = each.disclosure.payload
        names = [name for name in {**old, **each.payload} if old.get(name) != each.payload.get(name)]
        shown = _table(
            {name: f"原：{_plain(old.get(name))}　改为：{_plain(each.payload.get(name))}" for name in names}, []
        )
    more = {
        name: value for name, value in (("reason", each.reason), ("basis", each.basis), ("said", each.said)) if value
    }
    return format_html("{}{}<b>同意后立即生效，不能删除，只能更正或撤回。</b>", shown, _table(more, each.hits))


def _plain(value):
    return "；".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "（无）")


def _table(payload, hits):
    rows = [
        (FIELDS.get(name, name), _shown(name, value, hits))
        for name, value in payload.items()
        if name not in _QUIET and value not in ("", [])
    ]
    return format_html('<dl class="preview">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


@admin.register(Publication)
class PublicationAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "凡向社会公开的内容，一人拟办、另一人审核，审核的就是公众看到的。查出的敏感内容以黄底标出。"
    list_display = ["title", "kind", "status", "hits_", "prepared_by", "prepared_at", "judged_by"]
    list_filter = ["status", "kind"]
    search_fields = ["title"]
    list_select_related = ["prepared_by", "judged_by"]
    fields = [
        "kind", "title", "preview", "said", "reason", "basis", "ends_on", "not_before", "status", "prepared_by", "prepared_at",
        "judged_by", "judged_at", "judge_note", "made",
    ]  # fmt: skip
    readonly_fields = ["preview"]
    list_acts = (
        Act("results", "拟办检查结果公示", service.PREPARE, prepare_results, DueForm),
        Act("penalty", "拟办处罚公示", service.PREPARE,
            lambda thing, data, by: service.prepare_penalty(data["penalty"], data["weight"], by=by, said=data["said"]) and None,
            PenaltyForm, done="已拟办，请另一人审核。"),
        Act("news", "拟发公告", service.PREPARE,
            lambda thing, data, by: service.prepare_news(by.bureau, data["news"], data["title"], data["text"], by=by, said=data["said"]) and None,
            NewsForm, done="已拟办，请另一人审核。"),
        Act("problems", "起草普遍性问题通报", service.PREPARE, page=_drafted("problems", drafting.problems)),
        Act("summary", "起草年终总结", service.PREPARE,
            page=_drafted("summary", lambda bureau, since, until: drafting.summary(bureau, until.year))),
        Act("many", "批量审核检查结果", service.APPROVE, approve_many, ManyForm,
            warning="审核后立即公示，不能删除，只能更正或撤回。"),
    )  # fmt: skip
    acts = (
        Act("judge", "审核", service.APPROVE,
            lambda each, data, by: service.judge(each, data["publishes"], data["note"], by=by) and None, JudgeForm,
            when=lambda each: each.status == "prepared", warning=_to_judge),
        Act("stop", "停止公示（退回）", service.APPROVE,
            lambda each, data, by: service.judge(each, False, data["note"], by=by) and None, StopForm,
            when=lambda each: each.status == "approved", done="已停止，不会公示。"),
    )  # fmt: skip

    @admin.display(description="敏感内容")
    def hits_(self, each):
        return f"{len(each.hits)} 处" if each.hits else ""

    @admin.display(description="公众将看到")
    def preview(self, each):
        return _table(each.payload, each.hits)


def _shown(name, value, hits):
    if isinstance(value, list):
        return "；".join(map(str, value))
    own = [each for each in hits if each["field"] == name]
    pieces = marked(str(value), own)
    return format_html_join(
        "",
        "{}",
        ((format_html('<mark title="{}">{}</mark>', kind, piece) if kind else piece,) for piece, kind in pieces),
    )


class CorrectForm(SaidForm):
    knows_thing = True
    reason = forms.CharField(label="更正原因", max_length=200)
    title = forms.CharField(label="标题", max_length=120, required=False)
    text = forms.CharField(label="内容", widget=_AREA, required=False)
    field_order = ["reason", "title", "text", "said"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        if thing.kind not in ("news", "statement"):
            del self.fields["text"]
        else:
            self.fields["text"].initial = thing.payload["text"]
        if thing.kind == "news":
            self.fields["title"].initial = thing.subject_name
        else:
            del self.fields["title"]


class EndForm(SaidForm):
    field_order = ["reason", "basis", "said"]
    reason = forms.CharField(label="原因", max_length=200, help_text="公众会看到。")
    basis = forms.CharField(
        label="依据的文书", max_length=200, required=False, help_text="如复议决定书、信用修复决定的文号。"
    )


def take_penalties(thing, data, by):
    """行政处罚 as the credit platform takes them."""
    rows = [exports.penalty_row(each) for each in disclosures("penalty").filter(bureau=by.bureau)]
    head = list(exports.PENALTY)
    return download(
        csv_bytes([head, *([row[name] for name in head] for row in rows)]),
        "sgs-penalties.csv",
        "text/csv; charset=utf-8",
    )


def take_results(thing, data, by):
    """检查结果 as the national enterprise credit system takes them."""
    rows = standing("result").filter(bureau=by.bureau).select_related("disclosure__supersedes")
    pieces = exports.csv_of(map(exports.national_row, rows), [*exports.NATIONAL, "uniscId", "entName"])
    return download(b"".join(pieces), "gsxt.csv", "text/csv; charset=utf-8")


def _is_standing(each):
    return not hasattr(each, "superseded_by") and not hasattr(each, "ending")


def _end(kind):
    def run(each, data, by):
        service.prepare_ending(each, kind, data["reason"], data["basis"], by=by, said=data["said"])
        return "已拟办，请另一人审核；审核后生效。"

    return run


@admin.register(Disclosure)
class DisclosureAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "一经公示不能修改或删除。有误的另发更正，两条都保留；决定被撤销的三个工作日内撤回，原页保留并说明理由。"
    list_display = ["subject_name", "kind", "subject_code", "published_at", "published_by", "ends_on", "supersedes"]
    fields = ["kind", "page", "said", "digest", "published_at", "published_by", "ends_on", "supersedes", "reason"]
    readonly_fields = ["page", "said"]
    list_filter = ["kind"]
    search_fields = ["subject_name", "subject_code"]
    list_select_related = ["published_by", "supersedes"]
    acts = (
        Act("correct", "更正", service.PREPARE,
            lambda each, data, by: service.prepare_correction(
                each, data["reason"], by=by, said=data["said"], title=data.get("title", ""), text=data.get("text", "")) and None,
            CorrectForm, when=_is_standing, done="已拟办更正，请另一人审核。"),
        Act("withdraw", "撤回", service.PREPARE, _end("withdrawn"), EndForm, when=_is_standing,
            warning="撤回后内容不再公开，原网址只留撤回的理由，不能恢复。处罚决定被撤销、变更或确认违法的，应在三个工作日内撤回（行政处罚法第48条）。"),
        Act("repair", "信用修复", service.PREPARE, _end("repaired"), EndForm,
            when=lambda each: each.kind == "penalty" and _is_standing(each), warning="审核后提前终止公示，不能恢复；须写明信用修复决定的文号。"),
    )  # fmt: skip
    list_acts = (
        Act("credit", "导出双公示（信用平台）", service.PREPARE, take_penalties),
        Act("national", "导出公示系统格式", service.PREPARE, take_results),
    )  # fmt: skip

    @admin.display(description="公示页面")
    def page(self, each):
        return format_html('<a href="{}">{}</a>', reverse("public:result", args=[each.token]), "看公众看到的")

    @admin.display(description="公示内容")
    def said(self, each):
        return _table(each.payload, [])


@admin.register(Ending)
class EndingAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "撤回、信用修复和期满终止的公示。原网址保留，说明已终止和理由。"
    list_display = ["disclosure", "kind", "reason", "at", "by"]
    list_filter = ["kind"]
    list_select_related = ["disclosure", "by"]
