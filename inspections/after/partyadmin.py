"""送达地址确认书, 企业提交 at the desk."""

from django import forms
from django.contrib import admin
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from registries.admin.acts import Act, ReasonForm, download, reasoned
from registries.admin.base import ViewOnlyAdmin
from registries.errors import DomainError
from registries.exports import XLSX
from registries.models import Subject
from registries.services import relations

from ..draw.models import Draw
from ..entrance import area, day_field
from ..papers.models import Paper
from ..sentences import say
from ..states import DepartmentWordState, FirmWordState, PaperState
from . import departments, eservice, firmwords
from .partymodels import DepartmentWord, FirmWord, ServiceAddress

_SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


class AddressForm(forms.Form):
    """The firm's confirmation, as it was signed."""

    knows_thing = True
    firm = forms.CharField(label="企业", max_length=200, help_text="全称、信用代码或名录编号。")
    number = forms.CharField(label="确认书编号", max_length=60)
    signed_on = day_field("签署日期", initial=timezone.localdate)
    receiver = forms.CharField(label="收件人", max_length=60)
    postal = forms.CharField(label="邮寄地址", max_length=200, required=False)
    agrees = forms.BooleanField(
        label="同意电子送达", required=False, help_text="勾了的，要有签字盖章的确认书和手机或邮箱。"
    )
    phone = forms.RegexField(r"^1\d{10}$", label="手机", required=False)
    email = forms.EmailField(label="电子邮箱", required=False)
    scan = forms.FileField(label="确认书照片或 PDF", required=False)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.bureau = by.bureau
        if isinstance(thing, Subject):
            del self.fields["firm"]

    def clean_firm(self):
        try:
            return relations.find_subject(self.bureau, self.cleaned_data["firm"])
        except DomainError as wrong:
            raise forms.ValidationError(say(wrong)) from None


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="答复", max_length=500, required=False, widget=area(3), help_text="企业看得到；不写的记为已阅。"
    )


def confirm(thing, data, by):
    scan = data.pop("scan", None)
    firm = data.pop("firm", None) or thing
    made = eservice.confirm(firm, **data, scan=scan.read() if scan else b"", by=by)
    return "已登记；网址正在发往确认的地址。" if made.agrees else "已登记。"


@admin.register(ServiceAddress)
class ServiceAddressAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    is_read_noted = staticmethod(lambda thing: True)
    intro = "送达地址确认书：企业签字确认往哪里送达。同意电子送达的，网址和验证码只发到确认的地址。"
    list_display = ["subject", "number", "signed_on", "agrees", "ended_on"]
    list_filter = ["agrees"]
    fields = ["subject", "number", "signed_on", "receiver", "postal", "phone", "email", "agrees", "sent"]
    fields += ["link_sent_at", "ended_on", "ended_why", "recorded_by", "recorded_at"]
    readonly_fields = ["sent"]
    list_acts = (Act("confirm", "登记确认书", eservice.HAND, confirm, AddressForm),)
    acts = (
        Act(
            "link",
            "发网址",
            eservice.HAND,
            lambda each, data, by: eservice.send_link(each, by=by),
            when=lambda each: each.is_open,
            warning="发到确认的手机或邮箱；以前发的网址马上打不开。",
            done="正在发出。",
        ),
        Act(
            "end",
            "终止",
            eservice.HAND,
            reasoned(eservice.end),
            ReasonForm,
            when=lambda each: each.ended_on is None,
            warning="企业的网页马上关闭；已经送达的文书不变。",
            done="已终止。",
        ),
    )

    @admin.display(description="最近发出的")
    def sent(self, address):
        rows = [
            (
                each.get_kind_display(),
                f"{timezone.localtime(each.made_at):%m-%d %H:%M}",
                each.error or ("已发出" if each.done_at else "正在发"),
            )
            for each in address.notes.all()[:5]
        ]
        return format_html_join(format_html("<br>"), "{} {} {}", rows) or "没有"


@admin.register(FirmWord)
class FirmWordAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "企业在自己的网页上提交的：报告整改、陈述、异议，照片已去掉位置等信息。"
    list_display = ["case", "kind", "status", "received_at", "answered_by"]
    list_filter = ["kind", "status"]
    fields = ["case", "finding", "kind", "text", "attached", "status", "received_at", "answer", "answered_by"]
    readonly_fields = ["attached"]
    acts = (
        Act(
            "answer",
            "看过、答复",
            eservice.HAND,
            lambda each, data, by: firmwords.answer(each, data["text"], by=by),
            AnswerForm,
            when=lambda each: each.status == FirmWordState.RECEIVED,
            done="已答复。",
        ),
    )

    def get_urls(self):
        own = self.admin_site.admin_view(self.file)
        return [
            path("<int:pk>/files/<int:file>/", own, name="inspections_firmword_file"),
            *super().get_urls(),
        ]

    def file(self, request, pk, file):
        """A picture or PDF that the firm handed in."""
        word = self.get_object(request, str(pk))
        found = word and self.has_view_permission(request, word) and word.files.filter(pk=file).first()
        if not found:
            raise Http404
        kind = found.file.media_type
        return download(found.file.read(), f"firm-{word.pk}-{file}.{_SUFFIX.get(kind, 'bin')}", kind)

    @admin.display(description="附件")
    def attached(self, word):
        rows = [
            (reverse("admin:inspections_firmword_file", args=[word.pk, each.pk]), n)
            for n, each in enumerate(word.files.all(), 1)
        ]
        return format_html_join("　", '<a href="{}">附件 {}</a>', rows) or "没有"


class DepartmentForm(forms.Form):
    """Which department of the draw."""

    knows_thing = True
    department = forms.ChoiceField(label="部门")

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        names = thing.partners.values_list("department", flat=True)
        self.fields["department"].choices = [(each, each) for each in names]


class ResultsForm(DepartmentForm):
    file = forms.FileField(
        label="对方的结果",
        help_text="xlsx、xls、csv：企业编号（或信用代码）、检查日期、检查结果；还可有检查事项、处理、移交问题。",
    )


def take_results(draw, data, by):
    fresh, same = departments.take(draw, data["department"], data["file"].read(), data["file"].name, by=by)
    return f"已收 {fresh} 户的结果，{same} 户和上次一样。移交给我们的问题在首页等答复。"


def give_results(draw, data, by):
    made = departments.give(draw, data["department"], by=by)
    return download(made, f"results-{draw.number}.xlsx", XLSX)


@admin.register(DepartmentWord)
class DepartmentWordAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "联合检查的部门交来的结果。移交给我们的问题要答复，答复随我们的结果送给它。"
    list_display = ["department", "case", "on", "result", "status"]
    list_filter = ["department", "status"]
    fields = ["department", "case", "on", "items", "result", "handling", "for_us", "status", "answer"]
    fields += ["received_by", "received_at", "answered_by", "answered_at"]
    acts = (
        Act(
            "answer",
            "答复移交的问题",
            departments.HAND,
            reasoned(departments.answer),
            ReasonForm,
            when=lambda each: each.status == DepartmentWordState.RECEIVED and each.for_us != "",
            done="已答复。",
        ),
    )


def _may_serve(paper):
    return (
        paper.status == PaperState.SIGNED
        and not hasattr(paper, "online")
        and paper.case.subject.service_addresses.filter(ended_on=None, agrees=True).exists()
    )


def serve(paper, data, by):
    eservice.serve(paper, by=by)
    return "已电子送达，并发出提示；送达回证已签发。"


_CONFIRM = Act("address", "登记送达地址确认书", eservice.HAND, confirm, AddressForm)
# the page of a paper is of the room before; what follows there is offered from here
_SERVE = Act(
    "online",
    "电子送达",
    eservice.HAND,
    serve,
    when=_may_serve,
    warning="按送达地址确认书送到企业自己的网页，到达即为送达，复议、诉讼的期限从今天起算。",
    is_final=True,
)
admin.site._registry[Paper].offer(_SERVE)
admin.site._registry[Subject].offer(_CONFIRM)
admin.site._registry[Draw].offer(
    Act(
        "results",
        "接收协同部门的检查结果",
        departments.HAND,
        take_results,
        ResultsForm,
        when=lambda draw: draw.partners.exists(),
    ),
    Act(
        "give",
        "送我们的结果给协同部门",
        departments.HAND,
        give_results,
        DepartmentForm,
        when=lambda draw: draw.partners.exists(),
    ),
)
