"""公示办理 at the desk: what is due, what waits for the second person, and what was said."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Case, When
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from registries.admin.acts import Act
from registries.admin.base import ViewOnlyAdmin
from registries.errors import DomainError
from registries.models import Reason

from .. import drafting
from ..models import Disclosure, Publication
from ..payload import NEWS
from ..sentences import say
from ..services import pending, thirdparty
from ..services import publications as service
from ..states import PublicationState
from .forms import AREA, AgreeForm, AskForm, HeardForm, ListingForm, PenaltyForm, ReturnForm, SaidForm
from .payload import plain, table

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


_HOLD = settings.PUBLISH_HOLD_MINUTES
_AFTER = f"同意后过 {_HOLD} 分钟公示，之前可以“停止公示”" if _HOLD else "同意即公示"


class DueForm(SaidForm):
    knows_thing = True
    reports = forms.MultipleChoiceField(
        label="已审核、待公示的检查结果",
        widget=forms.CheckboxSelectMultiple,
        help_text=f"拟办后由另一人审核，{_AFTER}。",
    )
    not_before = forms.DateTimeField(
        label="不早于",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="需要推后公示的填；到时自动公示。",
    )
    field_order = ["reports", "not_before", "said"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.found = {str(each.pk): each for each in pending.due().filter(case__bureau=by.bureau)[:500]}
        results = dict(Reason.objects.filter(bureau=by.bureau, kind="result").values_list("code", "title"))
        self.fields["reports"].choices = [
            (key, f"{each.case.subject.name}（{results.get(each.result_code, each.result_code)}）")
            for key, each in self.found.items()
        ]
        # What is public already and has moved since: its next version.
        moved = {f"m{each.pk}": each for each in pending.moved().filter(bureau=by.bureau)[:500]}
        self.fields["reports"].choices += [
            (key, f"{each.subject_name}（已公示“{each.payload['result']}”，结果有变化）")
            for key, each in moved.items()
        ]
        self.found |= moved

    def clean_reports(self):
        return [self.found[key] for key in self.cleaned_data["reports"]]


@transaction.atomic
def prepare_results(thing, data, by):
    for each in data["reports"]:
        if isinstance(each, Disclosure):
            service.prepare_moved(each, by=by, said=data["said"])
        else:
            service.prepare_result(each, by=by, said=data["said"], not_before=data["not_before"])
    return f"已拟办 {len(data['reports'])} 条，请另一人审核。"


class NewsForm(SaidForm):
    news = forms.ChoiceField(label="种类", choices=list(NEWS.items()))
    title = forms.CharField(label="标题", max_length=120)
    text = forms.CharField(
        label="内容", max_length=20000, widget=AREA, help_text="空一行分段；以“# ”起头的一行作小标题。"
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
    """A page of an act: the period asked for first, then the announcement's form
    with the counted text in it."""

    def page(desk, request, thing):
        today, bureau = timezone.localdate(), request.user.bureau
        period = PeriodForm(
            {
                "since": request.GET.get("since", today.replace(month=1, day=1)),
                "until": request.GET.get("until", today),
            }
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
            "title": NEWS[kind],
            "form": form,
            "period": period,
            "opts": desk.opts,
            "back": desk._after(None),
        }
        return TemplateResponse(request, "admin/draft_news.html", facts)

    return page


def _may_ask(each):
    is_matter = each.kind not in ("withdrawn", "repaired") and thirdparty.matter_of(each) is not None
    return each.status == PublicationState.PREPARED and is_matter and thirdparty.asked(each) is None


def _may_answer(each):
    is_open = each.status in (PublicationState.PREPARED, PublicationState.APPROVED)
    found = thirdparty.asked(each) if is_open else None
    return found is not None and (not found.answer or found.objects)


class ManyForm(forms.Form):
    knows_thing = True
    waiting = forms.MultipleChoiceField(
        label="待审核的检查结果",
        widget=forms.CheckboxSelectMultiple,
        help_text="只列没有敏感内容提示的检查结果；更正、撤回、处罚、公告和有提示的，请逐条审核。",
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Publication.objects.filter(
            bureau=by.bureau, status=PublicationState.PREPARED, kind="result", hits=[]
        )
        rows = rows.exclude(prepared_by=by).select_related("report", "penalty", "disclosure", "bureau")[:500]
        self.found = {str(each.pk): each for each in rows if _is_plain(each)}
        self.fields["waiting"].choices = [(key, _line(each)) for key, each in self.found.items()]

    def clean_waiting(self):
        return [self.found[key] for key in self.cleaned_data["waiting"]]


def _is_plain(each):
    """Whether nobody objects and no answer is waited for: what wants a word is judged by itself."""
    found = thirdparty.asked(each)
    return found is None or not (found.waits or found.objects)


def _line(each):
    said = each.payload
    return f"{each.title}：{said['result']}（{said['inspected_on']}，{said['task']}）"


@transaction.atomic
def approve_many(thing, data, by):
    for each in data["waiting"]:
        service.judge(each, True, by=by)
    return f"已审核公示 {len(data['waiting'])} 条。"


class StopForm(forms.Form):
    note = forms.CharField(label="理由", max_length=200)


def _to_judge(each):
    """What the public will read, where it is judged; of a correction what changes, beside what stood; of an
    ending what is taken away."""
    more = {
        name: value
        for name, value in (("reason", each.reason), ("basis", each.basis), ("said", each.said))
        if value
    }
    told = thirdparty.asked(each)
    if told:
        more["third_party"] = f"{told.event.note}；{told.answer or f'答复期到 {told.until}'}"
    last = f"{_AFTER}；公示后不能删除，只能更正或撤回。更正、撤回立即生效。"
    if each.kind in ("withdrawn", "repaired"):
        last = "同意后下面这条公示立即不再显示，原网址只留理由，不能恢复。"
        page = format_html(
            '<p><a href="{}">看这条公示</a></p>', reverse("public:result", args=[each.disclosure.token])
        )
        return format_html(
            "{}<b>{}</b>{}{}", table(more, each.hits), last, table(each.disclosure.payload, []), page
        )
    listed = table(each.payload, each.hits)
    if each.kind == "correction":
        old = each.disclosure.payload
        names = [name for name in {**old, **each.payload} if old.get(name) != each.payload.get(name)]
        listed = table(
            {name: f"原：{plain(old.get(name))}　改为：{plain(each.payload.get(name))}" for name in names}, []
        )
    return format_html("{}{}<b>{}</b>", listed, table(more, each.hits), last)


@admin.register(Publication)
class PublicationAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "凡向社会公开的内容，一人拟办、另一人审核，审核的就是公众看到的。查出的敏感内容以黄底标出。"
    list_display = ["title", "kind", "status", "hits_", "prepared_by", "prepared_at", "judged_by"]
    list_filter = ["status", "kind"]
    search_fields = ["title"]
    list_select_related = ["prepared_by", "judged_by"]
    # What waits for somebody comes first; the rest as it was made, the latest first.
    ordering = [
        Case(
            When(status=PublicationState.PREPARED, then=0),
            When(status=PublicationState.APPROVED, then=1),
            default=2,
        ),
        "-pk",
    ]
    fields = [
        "kind",
        "title",
        "preview",
        "said",
        "reason",
        "basis",
        "ends_on",
        "not_before",
        "third_party",
        "status",
        "prepared_by",
        "prepared_at",
        "judged_by",
        "judged_at",
        "judge_note",
        "held_until",
        "made",
    ]
    readonly_fields = ["preview", "third_party"]
    list_acts = (
        Act("results", "拟办检查结果公示", service.PREPARE, prepare_results, DueForm),
        Act(
            "penalty",
            "拟办处罚公示",
            service.PREPARE,
            lambda thing, data, by: service.prepare_penalty(
                data["penalty"], data["weight"], by=by, said=data["said"]
            ),
            PenaltyForm,
            done="已拟办，请另一人审核。",
        ),
        Act(
            "listing",
            "拟办严重失信主体公示",
            service.PREPARE,
            lambda thing, data, by: service.prepare_listing(data["discredit"], by=by, said=data["said"]),
            ListingForm,
            done="已拟办，请另一人审核。",
        ),
        Act(
            "news",
            "拟发公告",
            service.PREPARE,
            lambda thing, data, by: service.prepare_news(
                by.bureau, data["news"], data["title"], data["text"], by=by, said=data["said"]
            ),
            NewsForm,
            done="已拟办，请另一人审核。",
        ),
        Act("problems", "起草普遍性问题通报", service.PREPARE, page=_drafted("problems", drafting.problems)),
        Act(
            "summary",
            "起草年终总结",
            service.PREPARE,
            page=_drafted("summary", drafting.summary),
        ),
        Act(
            "many",
            "批量审核检查结果",
            service.APPROVE,
            approve_many,
            ManyForm,
            warning=f"{_AFTER}；公示后不能删除，只能更正或撤回。",
        ),
    )
    acts = (
        Act(
            "approve",
            "同意公示",
            service.APPROVE,
            lambda each, data, by: service.judge(each, True, data["note"], by=by),
            AgreeForm,
            when=lambda each: each.status == PublicationState.PREPARED,
            warning=_to_judge,
            together=lambda each: each.kind == "result" and not each.hits,
            is_final=True,
            done=f"已同意。{_AFTER}；撤回和更正立即生效。",
        ),
        Act(
            "refuse",
            "退回",
            service.APPROVE,
            lambda each, data, by: service.judge(each, False, data["note"], by=by),
            ReturnForm,
            when=lambda each: each.status == PublicationState.PREPARED,
            done="已退回，理由已记下。",
        ),
        Act(
            "take_back",
            "收回",
            service.PREPARE,
            lambda each, data, by: service.take_back(each, by=by),
            when=lambda each: each.status == PublicationState.PREPARED,
            warning="收回后要重新拟办；只有拟办人自己能收回。",
            done="已收回，可以重新拟办。",
        ),
        Act(
            "ask",
            "征求企业意见",
            thirdparty.ACT,
            lambda each, data, by: thirdparty.ask(each, data["what"], by=by),
            AskForm,
            when=_may_ask,
            done="已登记；答复期内不能公示，期限见“期限”。",
        ),
        Act(
            "heard",
            "登记企业答复",
            thirdparty.ACT,
            lambda each, data, by: thirdparty.answer(each, data["agrees"], data["words"], by=by),
            HeardForm,
            when=_may_answer,
            done="已登记。",
        ),
        Act(
            "stop",
            "停止公示（退回）",
            service.APPROVE,
            lambda each, data, by: service.judge(each, False, data["note"], by=by),
            StopForm,
            when=lambda each: each.status == PublicationState.APPROVED,
            done="已停止，不会公示。",
        ),
    )

    @admin.display(description="敏感内容")
    def hits_(self, each):
        return f"{len(each.hits)} 处" if each.hits else ""

    @admin.display(description="第三方意见")
    def third_party(self, each):
        found = thirdparty.asked(each)
        if found is None:
            return "没有征求"
        return (
            f"{timezone.localdate(found.event.at)} 征求：{found.event.note}；"
            f"{found.answer or f'答复期到 {found.until}'}"
        )

    @admin.display(description="公众将看到")
    def preview(self, each):
        return table(each.payload, each.hits)
