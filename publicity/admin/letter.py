"""来信 at the desk: a queue with deadlines; a letter's words and writer are shown to whoever handles
it, and each look is kept."""

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import FileResponse, Http404
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join

from registries.admin.acts import Act
from registries.admin.base import ViewOnlyAdmin

from ..models import Enclosure, Letter
from ..models.letter import FOR_THE_SUPERVISOR
from ..sentences import say
from ..services import letters, publications
from ..states import LetterState

_AREA = forms.Textarea(attrs={"rows": 6})


class AcceptForm(forms.Form):
    knows_thing = True
    named = forms.CharField(
        label="所涉企业",
        max_length=200,
        required=False,
        help_text="写名录中的全名或统一社会信用代码；写不准的可以留空。",
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.bureau = thing.bureau
        self.fields["named"].initial = thing.subject.name if thing.subject_id else thing.subject_said

    def clean_named(self):
        text = self.cleaned_data["named"]
        found = letters.find_subject(self.bureau, text) if text else None
        if text and found is None:
            near = "、".join(letters.like(self.bureau, text))
            hint = f"名称相近的有：{near}。" if near else ""
            raise forms.ValidationError(f"名录中没有恰好是这个名称或代码的企业。{hint}请写全名，或留空。")
        return found


class ReasonForm(forms.Form):
    reason = forms.CharField(label="不予受理的理由", widget=_AREA, help_text="来信人凭回执号能看到。")


class AnswerForm(forms.Form):
    is_true = forms.TypedChoiceField(
        label="核查结论",
        choices=[("yes", "属实"), ("no", "不属实")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="答复", widget=_AREA, help_text="来信人凭回执号能看到；不要写他人的个人信息。"
    )


class StatementForm(forms.Form):
    knows_thing = True
    text = forms.CharField(label="公示的陈述", widget=_AREA, help_text="原样公示，只可删去不得公开的内容。")
    said = forms.CharField(label="保留敏感内容的理由", max_length=200, required=False)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        letters.look(thing, by=by)
        self.fields["text"].initial = thing.text


class Mine(admin.SimpleListFilter):
    title, parameter_name = "承办", "mine"

    def lookups(self, request, model_admin):
        return [("open", "未办结"), ("own", "我承办的"), ("late", "已超期"), ("proven", "属实，待更正")]

    def queryset(self, request, rows):
        unfinished = rows.filter(status__in=letters.OPEN)
        found = {
            "proven": rows.filter(pk__in=letters.to_correct(request.user.bureau)),
            "open": unfinished,
            "own": rows.filter(handled_by=request.user),
            "late": unfinished.filter(due_on__lt=timezone.localdate()),
        }
        return found.get(self.value(), rows)


@admin.register(Letter)
class LetterAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "异议、更正申请、企业陈述和举报投诉。按期限先后办理；投诉检查工作的由监督人办理；"
        "每次查看来信内容都有记录。"
    )
    list_display = [
        "receipt",
        "kind",
        "subject_said",
        "status",
        "received_at",
        "due_on",
        "left",
        "handled_by",
    ]
    list_filter = [Mine, "status", "kind"]
    ordering = [F("answered_at").desc(nulls_first=True), "due_on", "pk"]
    list_select_related = ["handled_by"]
    fields = [
        "receipt",
        "kind",
        "disclosure",
        "subject_said",
        "subject",
        "words",
        "writer",
        "enclosed",
        "status",
        "received_at",
        "due_on",
        "handled_by",
        "is_true",
        "answer",
        "answered_by",
        "answered_at",
    ]
    readonly_fields = ["words", "writer", "enclosed"]
    acts = (
        Act(
            "accept",
            "受理",
            letters.ACT,
            lambda each, data, by: letters.accept(each, by=by, subject=data["named"]),
            AcceptForm,
            when=lambda each: each.status == LetterState.RECEIVED,
            done="已受理，由您承办。",
        ),
        Act(
            "refuse",
            "不予受理",
            letters.ACT,
            lambda each, data, by: letters.refuse(each, data["reason"], by=by),
            ReasonForm,
            when=lambda each: each.status == LetterState.RECEIVED,
            done="已告知不予受理的理由。",
        ),
        Act(
            "answer",
            "答复",
            letters.ACT,
            lambda each, data, by: letters.answer(each, data["text"], data["is_true"], by=by),
            AnswerForm,
            when=lambda each: each.status == LetterState.ACCEPTED,
            done="已答复。异议或更正属实的，请到“公示”中更正或撤回那一条；举报属实的已记为加签事由，"
            "待另一人核实。",
        ),
        Act(
            "statement",
            "拟公示企业陈述",
            publications.PREPARE,
            lambda each, data, by: publications.prepare_statement(
                each, data["text"], by=by, said=data["said"]
            ),
            StatementForm,
            when=lambda each: (
                each.kind == "statement" and each.status in (LetterState.ACCEPTED, LetterState.ANSWERED)
            ),
            done="已拟办，请另一人审核。",
        ),
    )

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if "supervisor" in request.user.roles() else rows.exclude(kind__in=FOR_THE_SUPERVISOR)

    def get_fields(self, request, obj=None):
        """Who may not handle a letter reads neither its words nor its writer."""
        may = obj is not None and request.user.has_perm(letters.ACT) and letters.may_handle(obj, request.user)
        return [name for name in self.fields if may or name not in ("words", "writer", "enclosed")]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        thing = self.get_object(request, object_id)
        if thing is not None and self.has_view_permission(request, thing):
            letters.look(thing, by=request.user)
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description="还有")
    def left(self, each):
        if each.status not in letters.OPEN:
            return ""
        days = (each.due_on - timezone.localdate()).days
        return f"{days} 天" if days >= 0 else f"已超期 {-days} 天"

    @admin.display(description="内容")
    def words(self, each):
        return each.text

    @admin.display(description="署名和联系方式")
    def writer(self, each):
        return "　".join(part for part in (each.name, each.contact) if part) or "匿名"

    @admin.display(description="附件")
    def enclosed(self, each):
        rows = [(each.pk, one.pk, number) for number, one in enumerate(each.enclosures.all(), 1)]
        return format_html_join("　", '<a href="../../{}/enclosure/{}/">附件 {}</a>', rows) or "无"

    def get_urls(self):
        view = self.admin_site.admin_view(self.enclosure)
        return [
            path("<int:letter>/enclosure/<int:pk>/", view, name="publicity_letter_enclosure"),
            *super().get_urls(),
        ]

    def enclosure(self, request, letter, pk):
        """A file that came with a letter, to whoever may read the letter."""
        thing = self.get_object(request, str(letter))
        found = (
            Enclosure.objects.filter(letter=thing, pk=pk).select_related("file").first() if thing else None
        )
        may = (
            thing is not None
            and request.user.has_perm(letters.ACT)
            and letters.may_handle(thing, request.user)
        )
        if found is None or not may:
            raise Http404
        letters.look(thing, by=request.user)
        name = "enclosure.pdf" if found.file.media_type == "application/pdf" else "enclosure"
        return FileResponse(
            found.file.open(), as_attachment=True, filename=name, content_type=found.file.media_type
        )
