"""报送 at the desk: receivers, the columns that they ask for, the rows that need a person."""

import re

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from registries.admin.acts import Act, ReasonForm, reasoned
from registries.admin.base import CodedForm, DeskAdmin, ViewOnlyAdmin

from ..models import HandedRow, Receiver, Shape
from ..outgoing import answers, facts, handing, receivers, shapes
from ..sentences import say
from ..states import HandedState

_REASON = {"max_length": 200, "widget": forms.Textarea(attrs={"rows": 2})}
_ASKED = (HandedState.SILENT, HandedState.UNSURE)


class ReceiverForm(CodedForm):
    """The shapes are boxes to tick, marked where they are drafts."""

    stem = "receiver-"

    shapes = forms.MultipleChoiceField(
        label="报哪几种",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="草稿的，先请对方核对栏目。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = shapes.known(self.bureau_id)
        self.fields["shapes"].choices = [
            (code, f"{each['title']}{'（草稿）' if each['is_draft'] else ''}") for code, each in known.items()
        ]
        if "since" in self.fields:
            self.fields["since"].initial = timezone.localdate()


class ReplyForm(forms.Form):
    """What a receiver has said of a file."""

    knows_thing = True
    batch = forms.ModelChoiceField(label="哪一批", queryset=None)
    refused = forms.CharField(
        label="被退回的",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每行写一条：行号 原因，如“7 信用代码不符”。行号从第一条数据算起；没写的都算已接收。",
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        open_ = thing.batches.filter(rows__status__in=[HandedState.HANDED, HandedState.SILENT])
        self.fields["batch"].queryset = open_.distinct()

    def clean_refused(self):
        found = {}
        for line in self.cleaned_data["refused"].splitlines():
            number, _, why = line.strip().partition(" ")
            if line.strip() and (not re.fullmatch("[0-9]{1,7}", number) or not why.strip()):
                raise forms.ValidationError(f"“{line.strip()[:30]}”读不懂：先写行号，空一格，再写原因。")
            if line.strip():
                found[int(number)] = why.strip()[:300]
        return found


def take_file(receiver, data, by):
    batch = handing.take_file(receiver, by=by)
    if batch is None:
        return "现在没有待报送的。"
    return HttpResponseRedirect(reverse("receiver", args=[receiver.pk]))


def reply(receiver, data, by):
    yes, no = handing.reply(data["batch"], data["refused"], by=by)
    return f"已登记：接收 {yes} 条，退回 {no} 条。"


def show_secret(receiver, data, by):
    return f"新密钥只显示这一次，请交给对方：{receivers.renew_secret(receiver, by=by)}"


@admin.register(Receiver)
class ReceiverAdmin(DeskAdmin):
    form = ReceiverForm
    say = staticmethod(say)
    intro = "公示过的结果一条一条报给它；每条有下落：已接收、被退回和原因、逾期未回、不确定。"
    list_display = ["name", "way", "knows", "answer_days", "is_open"]
    fields = ["name", "code", "shapes", "since", "way", "address", "knows", "answer_days", "is_open", "place"]
    readonly_fields = ["place"]
    acts = (
        Act(
            "take",
            "取走报送文件",
            answers.HAND,
            take_file,
            when=lambda each: each.way == "file" and each.is_open,
            warning="一种格式一个文件，其中各行记为“已交出”；还有别的格式的，再点一次。报上去以后在这里登记回执。",
        ),
        Act(
            "reply",
            "登记回执",
            answers.HAND,
            reply,
            ReplyForm,
            when=lambda each: each.batches.filter(
                rows__status__in=[HandedState.HANDED, HandedState.SILENT]
            ).exists(),
        ),
        Act(
            "secret",
            "换密钥",
            shapes.MANAGE,
            show_secret,
            when=lambda each: each.way in ("push", "pull"),
            warning="换了以后，原来的密钥马上不能用。",
        ),
    )

    @admin.display(description="交到哪里")
    def place(self, receiver):
        if receiver.pk is None:
            return "保存以后显示"
        where = {
            "folder": lambda: handing.folder_of(receiver),
            "pull": lambda: reverse("fetch", args=[receiver.bureau.code, receiver.code]),
            "push": lambda: receiver.address,
        }.get(receiver.way)
        return format_html("<code>{}</code>", where()) if where else "经办人在“数据交换”取走文件"

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *(["code"] if obj else [])]


class ThereForm(forms.Form):
    receipt = forms.CharField(label="对方的回执号", max_length=100, required=False)


@admin.register(HandedRow)
class HandedRowAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    list_display = ["subject_name", "receiver", "what", "status", "said", "due_on"]
    list_filter = ["status", "what"]
    list_select_related = ["receiver"]
    fields = ["receiver", "subject_name", "what", "told", "status", "said", "receipt", "tries", "due_on"]
    fields += ["made_at", "sent_at", "answered_at", "judged_by"]
    readonly_fields = ["told"]
    acts = (
        Act(
            "refill",
            "补齐再生成",
            answers.HAND,
            lambda each, data, by: answers.refill(each, by=by),
            when=lambda each: each.status in (HandedState.FAULTY, HandedState.REFUSED),
            done="已按现在的内容重新生成。",
            together=lambda each: True,
        ),
        Act(
            "drop",
            "不再报",
            answers.HAND,
            reasoned(answers.drop),
            ReasonForm,
            when=lambda each: each.status in (HandedState.FAULTY, HandedState.REFUSED),
            done="已记为不再报。",
        ),
        Act(
            "accepted",
            "对方已有",
            answers.HAND,
            lambda each, data, by: answers.say_there(each, data["receipt"], by=by),
            ThereForm,
            when=lambda each: each.status in _ASKED,
            done="已记为已接收。",
        ),
        Act(
            "absent",
            "对方没有，再报一次",
            answers.HAND,
            lambda each, data, by: answers.say_absent(each, by=by),
            when=lambda each: each.status in _ASKED,
            warning="先问过对方，确实没有的才再报：对方不认得重复的，会登记两次。",
            done="已放回待报送。",
        ),
        Act(
            "refused",
            "对方不收",
            answers.HAND,
            reasoned(answers.say_refused),
            ReasonForm,
            when=lambda each: each.status in _ASKED,
            done="已记为被退回。",
        ),
    )

    @admin.display(description="内容")
    def told(self, row):
        shape = shapes.of_version(row.bureau, row.shape, row.version) or {"columns": []}
        titles = {each["name"]: each["title"] for each in shape["columns"]}
        return "；".join(f"{titles.get(name, name)} {text}" for name, text in row.body.items() if text)


class ListForm(forms.Form):
    """A list of fields as the receiver gives it."""

    title = forms.CharField(label="名称", max_length=100)
    code = forms.SlugField(label="代码", max_length=30, help_text="改已有的写它的代码，新的另取一个。")
    of = forms.ChoiceField(label="报什么", choices=list(facts.KINDS.items()))
    file = forms.FileField(
        label="字段清单",
        help_text="csv：name 一栏必有，type、length、required、codes、source 可有；几张表的加 table 一栏。",
    )
    table = forms.CharField(label="哪一张表", max_length=100, required=False)
    source = forms.CharField(
        label="依据", max_length=200, required=False, help_text="对方哪份文件；没有的只能是草稿。"
    )


def add_list(thing, data, by):
    columns = shapes.from_list(data["file"].read(), data["table"].strip())
    kept = shapes.kept_of(by.bureau, data["code"], columns)
    made = shapes.add(
        by.bureau,
        data["code"],
        data["title"],
        data["of"],
        columns,
        by=by,
        source=data["source"],
        is_draft=not data["source"].strip(),
        **kept,
    )
    return HttpResponseRedirect(reverse("shape", args=[made.code]))


@admin.register(Shape)
class ShapeAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "对方要的栏目。改动另成一版；报出去的，各照当时的版次。"
    list_display = ["title", "code", "version", "is_draft", "since", "made_by"]
    fields = ["title", "code", "version", "of", "source", "is_draft", "since", "made_by", "made_at"]
    list_acts = (Act("add", "上传字段清单", shapes.MANAGE, add_list, ListForm),)
