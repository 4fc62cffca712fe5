"""数据来源和来数 at the desk: who hands something over, what came, each row that a person must look at."""

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from .. import tasks
from ..errors import DomainError
from ..models import Delivery, DeliveryRow, Source
from ..services import arrivals, deliveries, deliveryrows, relations
from ..sheets.delivered import CONTENTS, title_of
from ..states import DeliveryRowState, DeliveryState
from .acts import Act, ReasonForm, download, reasoned
from .base import CodedForm, DeskAdmin, ViewOnlyAdmin

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class BringForm(forms.Form):
    """A file that somebody hands over by hand."""

    file = forms.FileField(label="文件", help_text="xlsx、xls、csv 或 JSON，照对方给的原样上传，不用改表头。")
    as_of = forms.DateField(
        label="数据截至", widget=_DAY, required=False, help_text="文件里没有日期的（如分级名单）请填。"
    )


class MeaningForm(forms.Form):
    """What a word of theirs means in ours."""

    knows_thing = True
    field = forms.ChoiceField(label="哪一栏")
    theirs = forms.CharField(label="对方的写法", max_length=40, help_text="如：1、黄色、C1。")
    ours = forms.CharField(label="就是", max_length=40, help_text="本系统认得的写法，如：一般、C、撤销。")

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        names = CONTENTS[thing.content]["fields"]
        self.fields["field"].choices = [(name, title_of(thing.content, name)) for name in names]


def bring(source, data, by):
    one, is_new = deliveries.receive(
        source, data["file"].read(), data["file"].name, by=by, as_of=data["as_of"]
    )
    if not is_new:
        return f"这个文件在 {timezone.localtime(one.received_at):%Y-%m-%d} 已经收过，没有再收。"
    tasks.ring_delivery(one)
    return HttpResponseRedirect(reverse("delivery", args=[one.pk]))


def show_secret(source, data, by):
    secret = arrivals.renew_secret(source, by=by)
    return f"新密钥只显示这一次，请交给对方：{secret}"


class SourceForm(CodedForm):
    """A source."""

    stem = "source-"


@admin.register(Source)
class SourceAdmin(DeskAdmin):
    form = SourceForm
    intro = "一个来源交来一种内容。核对过的才进名录；影响抽取的（加签、登记状态、等级）还要另一人确认。"
    list_display = ["name", "content", "way", "every_days", "is_open"]
    list_filter = ["content", "way"]
    fields = ["name", "content", "code", "way", "every_days", "address", "hours", "is_open", "place"]
    readonly_fields = ["place"]
    acts = (
        Act("bring", "上传文件", deliveries.BRING, bring, BringForm, when=lambda each: each.is_open),
        Act(
            "meaning",
            "写明对方写法的意思",
            arrivals.MANAGE,
            lambda each, data, by: deliveries.say_meaning(
                each, data["field"], data["theirs"], data["ours"], by=by
            ),
            MeaningForm,
            done="已记下，以后来的照此读。",
        ),
        Act(
            "forget",
            "重新指定栏目",
            arrivals.MANAGE,
            lambda each, data, by: deliveries.forget_columns(each, by=by),
            when=lambda each: bool(each.mapping),
            warning="从前指定的栏目不再用：以后来的先按表头自动认，认不出的再问。已经读进来的不变。",
            done="已清掉。",
        ),
        Act(
            "secret",
            "换密钥",
            arrivals.MANAGE,
            show_secret,
            when=lambda each: each.way in ("request", "pull"),
            warning="换了以后，原来的密钥马上不能用。",
        ),
    )

    @admin.display(description="交到哪里")
    def place(self, source):
        if source.pk is None:
            return "保存以后显示"
        if source.way == "folder":
            return format_html("<code>{}</code>", arrivals.folder_of(source))
        if source.way == "request":
            return format_html("<code>{}</code>", reverse("arrive", args=[source.bureau.code, source.code]))
        return source.address if source.way == "pull" else "经办人在“数据交换”上传"

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *(["content", "code"] if obj else [])]


class ColumnsForm(forms.Form):
    """Which header is which field."""

    knows_thing = True

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        content, kept = thing.source.content, thing.source.mapping
        choices = [("", "（文件中没有）")] + [(each, each) for each in thing.headers if each]
        for name in CONTENTS[content]["fields"]:
            label = title_of(content, name)
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)
            self.initial[name] = kept.get(name, "")


def _run(one):
    tasks.ring_delivery(one)
    return HttpResponseRedirect(reverse("delivery", args=[one.pk]))


def remap(one, data, by):
    return _run(deliveries.remap(one, data, by=by))


def take_original(one, data, by):
    return download(deliveries.original(one, by=by), one.name, "application/octet-stream")


@admin.register(Delivery)
class DeliveryAdmin(ViewOnlyAdmin):
    list_display = ["source", "name", "status", "received_at", "received_by", "checked_by", "confirmed_by"]
    list_filter = ["status"]
    list_select_related = ["source", "received_by", "checked_by", "confirmed_by"]
    fields = ["source", "name", "status", "error", "received_at", "received_by", "checked_by", "confirmed_by"]
    acts = (
        Act(
            "remap",
            "指定栏目",
            deliveries.BRING,
            remap,
            ColumnsForm,
            when=lambda each: each.status == DeliveryState.UNMAPPED,
            done="已记下，以后这个来源照此读。",
        ),
        Act(
            "check",
            "核对无误",
            deliveries.BRING,
            lambda each, data, by: _run(deliveries.check(each, by=by)),
            when=lambda each: each.status == DeliveryState.READ,
            warning="“待核对”的各行一起作数；影响抽取的，交另一人确认。待逐条核对的不在内。",
            done="已核对。影响抽取的等另一人确认，其余的已写进名录。",
        ),
        Act(
            "confirm",
            "确认",
            deliveries.SECOND,
            lambda each, data, by: _run(deliveries.confirm(each, by=by)),
            when=lambda each: each.status == DeliveryState.CHECKED,
            warning="确认以后写进名录，下一次封存起影响谁进抽取、放几张签。",
            done="已确认，正在写进名录。",
        ),
        Act(
            "send_back",
            "退回",
            deliveries.SECOND,
            reasoned(deliveries.send_back),
            ReasonForm,
            when=lambda each: each.status == DeliveryState.CHECKED,
            done="已退回。",
        ),
        Act(
            "drop",
            "整批不采用",
            deliveries.BRING,
            reasoned(deliveries.undo),
            ReasonForm,
            when=lambda each: each.status in (DeliveryState.READ, DeliveryState.UNMAPPED),
            done="已记为不采用，名录没有动。",
        ),
        Act(
            "undo",
            "撤销这次来数",
            deliveries.SECOND,
            reasoned(deliveries.undo),
            ReasonForm,
            when=lambda each: each.status == DeliveryState.TAKEN,
            warning="写进名录的恢复成没有这次来数时的样子；已经封存的抽取不变。"
            "影响抽取的，须由核对人以外的人撤销。",
            done="已撤销。",
        ),
        Act("original", "下载原件", deliveries.BRING, take_original),
    )


class MatchForm(forms.Form):
    """Which enterprise a row is of."""

    knows_thing = True
    firm = forms.CharField(
        label="是名录里的哪一家", max_length=200, help_text="写企业全称、信用代码或名录编号。"
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.bureau = thing.bureau
        if thing.subject:
            self.initial["firm"] = thing.subject.ref

    def clean_firm(self):
        try:
            return relations.find_subject(self.bureau, self.cleaned_data["firm"])
        except DomainError as wrong:
            raise forms.ValidationError(DeliveryRowAdmin.say(wrong)) from None


@admin.register(DeliveryRow)
class DeliveryRowAdmin(ViewOnlyAdmin):
    list_display = ["delivery", "number", "subject", "status", "said"]
    list_filter = ["status"]
    list_select_related = ["delivery__source", "subject"]
    fields = [
        "delivery",
        "number",
        "told",
        "subject",
        "status",
        "said",
        "checked_by",
        "judged_by",
        "judged_at",
    ]
    readonly_fields = ["told"]
    acts = (
        Act(
            "match",
            "指明企业",
            deliveries.BRING,
            lambda each, data, by: deliveryrows.match(each, data["firm"], by=by),
            MatchForm,
            when=lambda each: each.status in (DeliveryRowState.ODD, DeliveryRowState.STRANGER),
            done="已记下；影响抽取的等另一人确认。",
        ),
        Act(
            "reject",
            "不采用",
            deliveries.BRING,
            reasoned(deliveryrows.reject),
            ReasonForm,
            when=lambda each: each.status in (DeliveryRowState.ODD, DeliveryRowState.PLAIN),
            done="已记为不采用；同样的再来时不再问。",
        ),
        Act(
            "confirm",
            "确认",
            deliveries.SECOND,
            lambda each, data, by: deliveryrows.confirm_row(each, by=by),
            when=lambda each: each.status == DeliveryRowState.MATCHED,
            done="已确认。",
        ),
        Act(
            "send_back",
            "退回",
            deliveries.SECOND,
            reasoned(deliveryrows.return_row),
            ReasonForm,
            when=lambda each: each.status == DeliveryRowState.MATCHED,
            done="已退回。",
        ),
    )

    @admin.display(description="内容")
    def told(self, row):
        return "；".join(f"{title} {text}" for title, text in row.said_values)
