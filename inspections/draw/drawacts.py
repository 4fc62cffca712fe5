"""What the buttons of a draw's page do, and the forms they open."""

import io
import zipfile

from django import forms
from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse

from registries.admin.acts import download
from registries.models import Reason

from ..case import schemes
from ..case.models import Assignment
from ..states import DEAD_DRAW, CaseState, DrawState, SchemeState
from . import ceremony, drawing, drawrecord, partners, replacements, sealing, voiding
from .models import Minutes


class ReasonedForm(forms.Form):
    """A coded reason and a note; `kind` names the part of the reason table."""

    knows_thing = True
    kind = ""
    reason = forms.ChoiceField(label="原因")
    note = forms.CharField(label="情况说明与证据", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        reasons = Reason.objects.filter(bureau=by.bureau, kind=self.kind)
        self.fields["reason"].choices = [(each.code, each.title) for each in reasons]


class VoidForm(ReasonedForm):
    kind = "void"


class SubjectChangeForm(ReasonedForm):
    kind = "change_subject"
    out = forms.ChoiceField(label="换出的企业")
    field_order = ["out", "reason", "note"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, thing=thing, by=by, **kwargs)
        cases = thing.cases.filter(status=CaseState.OPENED).select_related("subject")
        self.fields["out"].choices = [(case.subject.ref, case.subject.name) for case in cases]


class InspectorChangeForm(ReasonedForm):
    kind = "change_inspector"
    seat = forms.ChoiceField(label="换出的人员")
    scope = forms.ChoiceField(
        label="范围", choices=[("task", "只在这家企业"), ("draw", "本次抽取不再派（每家各申请一次）")]
    )
    field_order = ["seat", "scope", "reason", "note"]

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, thing=thing, by=by, **kwargs)
        seats = Assignment.objects.filter(case__draw=thing, case__status=CaseState.OPENED, until=None)
        self.fields["seat"].choices = [
            (
                f"{seat.case.subject.ref} {seat.inspector.ref}",
                f"{seat.inspector.name}（{seat.case.subject.name}）",
            )
            for seat in seats.select_related("case__subject", "inspector")
        ]


def take_sealed(draw, data, by):
    """The supervisor's copy as a zip: commit.json with its salt, sealed.json with the openings."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sealing.take_sealed(draw, by=by).items():
            archive.writestr(name, content)
    return download(packed.getvalue(), f"sealed-{draw.number}.zip", "application/zip")


def take_record(draw, data, by):
    document = drawrecord.issue(draw, "inner", by=by)
    return download(document.file.read(), f"record-{draw.number}.pdf", "application/pdf")


def draft_scheme(thing, data, by):
    """Of a task, or of the draw's: the scheme that its teams go out under."""
    made = schemes.draft(getattr(thing, "task", thing), by=by)
    return HttpResponseRedirect(reverse("admin:inspections_scheme_change", args=[made.pk]))


def lacks_scheme(draw):
    living = draw.schemes.exclude(status=SchemeState.RETURNED)
    return draw.status == DrawState.DRAWN and draw.cases.exists() and not living.exists()


LOST = {"codes": "一次性码", "copy": "封存件"}


class LostForm(forms.Form):
    what = forms.ChoiceField(label="遗失的是", choices=list(LOST.items()))
    note = forms.CharField(label="经过", max_length=200)


def report_lost(draw, data, by):
    sealing.report_lost(draw, data["what"], data["note"], by=by)
    if data["what"] == "copy":
        return "已记录。封存件可以重新取走，内容逐字节相同；回避信息可能外泄，请通知法制审核。"
    return "已记录。没有一次性码，本次抽取不能再更换企业和人员；不能到场的记为未实施，下一次抽查另办。"


class MinutesForm(forms.Form):
    knows_thing = True
    note = forms.CharField(label="情况说明", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        titles = {name: Minutes._meta.get_field(name) for name in ceremony.FIELDS}
        own = {
            name: forms.CharField(label=field.verbose_name, max_length=field.max_length)
            for name, field in titles.items()
        }
        self.fields = own | self.fields
        if thing is not None:
            self.initial = ceremony.proposed_minutes(thing)


def write_minutes(draw, data, by):
    ceremony.write_minutes(draw, by=by, **data)
    return "已记下；抽取记录（PDF）将照此打印。"


def take_notice(draw, data, by):
    url = f"{settings.PUBLIC_URL}{reverse('public:draw', args=[draw.number])}"
    document = ceremony.issue_notice(draw, url, by=by)
    return download(document.file.read(), f"notice-{draw.number}.pdf", "application/pdf")


def share_tasks(draw, data, by):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in partners.share(draw, by=by).items():
            archive.writestr(name, content)
    return download(packed.getvalue(), f"tasks-{draw.number}.zip", "application/zip")


class PartnerForm(forms.Form):
    department = forms.CharField(label="部门", max_length=60)
    commitment = forms.CharField(label="对方事先公布的指纹", max_length=100)
    commit = forms.FileField(label="对方的 commit.json")
    result = forms.FileField(label="对方的 result.json")
    openings = forms.FileField(label="对方的 openings.json")
    names = forms.FileField(label="人员名单（csv：编号,姓名）", required=False)
    items = forms.CharField(
        label="对方检查什么",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每行一项，写进检查通知书和现场检查记录。",
    )


def receive_partner(draw, data, by):
    made = partners.receive(
        draw,
        data["department"],
        data["commitment"],
        data["commit"].read(),
        data["result"].read(),
        data["openings"].read(),
        data["names"].read() if data["names"] else b"",
        data["items"].splitlines(),
        by=by,
    )
    return f"已核验并接收 {made.department} 的检查组，共 {len(made.teams)} 户。"


def has_open_cases(draw):
    return draw.status == DrawState.DRAWN and draw.cases.filter(status=CaseState.OPENED).exists()


def may_be_voided(draw):
    begun = draw.cases.exclude(status__in=[CaseState.OPENED, CaseState.NOT_DONE]).exists()
    return draw.status not in DEAD_DRAW and not draw.void_requested_by_id and not begun


def run(draw, data, by):
    done = drawing.run(draw.pk)
    return f"已执行：{done.get_status_display()}。" if done else "已由别的进程执行。"


def ask_subject(draw, data, by):
    replacements.request(draw, "subject", data["out"], by=by, reason=data["reason"], note=data["note"])
    return "已申请更换企业，请负责人批准。"


def ask_inspector(draw, data, by):
    task, out = data["seat"].split(" ")
    replacements.request(
        draw,
        "inspector",
        out,
        by=by,
        reason=data["reason"],
        note=data["note"],
        task=task,
        scope=data["scope"],
    )
    return "已申请更换人员，请负责人批准。"


def ask_void(draw, data, by):
    voiding.request_void(draw, data["reason"], data["note"], by=by)
    return "已申请作废，须由监督人批准。"


def approve_void(draw, data, by):
    draw = voiding.approve_void(draw, by=by)
    return (
        "已作废。"
        if draw.status == DrawState.VOIDED
        else "已批准；摇号已开始，抽取将先完成，随后作废并公布。"
    )
