"""公示 at the desk: what was said, its correction, its ending; the files for other systems."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin
from registries.exports import csv_bytes

from .. import exports
from ..models import Disclosure, Ending
from ..reading import disclosures, standing
from ..sentences import say
from ..services import publications as service
from .forms import AREA, SaidForm
from .payload import table


class CorrectForm(SaidForm):
    knows_thing = True
    reason = forms.CharField(label="更正原因", max_length=200)
    title = forms.CharField(label="标题", max_length=120, required=False)
    text = forms.CharField(label="内容", widget=AREA, required=False)
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
    rows = [exports.penalty_row(each) for each in disclosures(by.bureau_id, "penalty")]
    head = list(exports.PENALTY)
    return download(
        csv_bytes([head, *([row[name] for name in head] for row in rows)]),
        "sgs-penalties.csv",
        "text/csv; charset=utf-8",
    )


def take_results(thing, data, by):
    """检查结果 as the national enterprise credit system takes them."""
    rows = standing(by.bureau_id, "result").select_related("disclosure__supersedes")
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
    intro = (
        "一经公示不能修改或删除。有误的另发更正，两条都保留；决定被撤销的三个工作日内撤回，"
        "原页保留并说明理由。"
    )
    list_display = [
        "subject_name",
        "kind",
        "subject_code",
        "published_at",
        "published_by",
        "ends_on",
        "ended",
        "supersedes",
    ]
    fields = [
        "kind",
        "page",
        "said",
        "digest",
        "published_at",
        "published_by",
        "ends_on",
        "ended",
        "supersedes",
        "reason",
    ]
    readonly_fields = ["page", "said", "ended"]
    list_filter = ["kind"]
    search_fields = ["subject_name", "subject_code"]
    list_select_related = ["published_by", "supersedes", "ending"]
    acts = (
        Act(
            "correct",
            "更正",
            service.PREPARE,
            lambda each, data, by: service.prepare_correction(
                each,
                data["reason"],
                by=by,
                said=data["said"],
                title=data.get("title", ""),
                text=data.get("text", ""),
            ),
            CorrectForm,
            when=_is_standing,
            done="已拟办更正，请另一人审核。",
        ),
        Act(
            "withdraw",
            "撤回",
            service.PREPARE,
            _end("withdrawn"),
            EndForm,
            when=_is_standing,
            warning="撤回后内容不再公开，原网址只留撤回的理由，不能恢复。处罚决定被撤销、"
            "变更或确认违法的，应在三个工作日内撤回（行政处罚法第48条）。",
        ),
        Act(
            "repair",
            "信用修复",
            service.PREPARE,
            _end("repaired"),
            EndForm,
            when=lambda each: each.kind in ("penalty", "listing") and _is_standing(each),
            warning="审核后提前终止公示，不能恢复；须写明信用修复决定的文号。",
        ),
    )
    list_acts = (
        Act("credit", "导出双公示（信用平台）", service.PREPARE, take_penalties),
        Act("national", "导出公示系统格式", service.PREPARE, take_results),
    )

    @admin.display(description="终止")
    def ended(self, each):
        found = getattr(each, "ending", None)
        return f"{found.get_kind_display()}，{timezone.localdate(found.at)}，{found.reason}" if found else ""

    @admin.display(description="公示页面")
    def page(self, each):
        return format_html('<a href="{}">{}</a>', reverse("public:result", args=[each.token]), "看公众看到的")

    @admin.display(description="公示内容")
    def said(self, each):
        return table(each.payload, [])


@admin.register(Ending)
class EndingAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "撤回、信用修复和期满终止的公示。原网址保留，说明已终止和理由。"
    list_display = ["disclosure", "kind", "reason", "at", "by"]
    list_filter = ["kind"]
    list_select_related = ["disclosure", "by"]
