"""公示 at the desk: results that are due, draws that may be released."""

from django import forms
from django.contrib import admin

from inspections.models import Draw
from inspections.services import evidence
from registries.admin.base import Act, ViewOnlyAdmin, download

from . import services
from .models import Disclosure, Release
from .sentences import say


class DueForm(forms.Form):
    knows_thing = True
    reports = forms.MultipleChoiceField(
        label="已审核、待公示的检查结果",
        widget=forms.CheckboxSelectMultiple,
        help_text="公示后不能删除，只能另发更正。",
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.found = {str(each.pk): each for each in services.due().filter(case__bureau=by.bureau)}
        self.fields["reports"].choices = [
            (key, f"{each.case.subject.name}（{each.result_code}）") for key, each in self.found.items()
        ]

    def clean_reports(self):
        return [self.found[key] for key in self.cleaned_data["reports"]]


def publish(thing, data, by):
    for report in data["reports"]:
        services.publish(report, by=by)
    return f"已公示 {len(data['reports'])} 条。"


class CorrectForm(forms.Form):
    reason = forms.CharField(label="更正原因", max_length=200)


def correct(disclosure, data, by):
    services.correct(disclosure, data["reason"], by=by)
    return "已发出更正，原公示保留并注明。"


@admin.register(Disclosure)
class DisclosureAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "抽查结果一经公示不能修改或删除；有误则另发更正，两条都保留。"
    list_display = ["subject_name", "subject_code", "published_at", "published_by", "supersedes"]
    search_fields = ["subject_name", "subject_code"]
    list_acts = (Act("publish", "公示检查结果", "publicity.publish_report", publish, DueForm),)
    acts = (
        Act("correct", "更正", "publicity.publish_report", correct, CorrectForm,
            when=lambda each: not hasattr(each, "superseded_by")),
    )  # fmt: skip


class ReadyForm(forms.Form):
    knows_thing = True
    draw = forms.ModelChoiceField(label="可以公开的抽取", queryset=Draw.objects.none())

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        waiting = Draw.objects.filter(bureau=by.bureau, release=None)
        ready = [draw.pk for draw in waiting if services.may_release(draw)]
        self.fields["draw"].queryset = Draw.objects.filter(pk__in=ready)


def take_image(released, data, by):
    draw = released.draw
    image = evidence.export(draw, "public", "drawn", by=by, released=services.files_of(draw))
    return download(image, f"{draw.number}-public.iso", "application/x-iso9660-image")


def release(thing, data, by):
    return f"已公开 {services.release(data['draw'], by=by).draw.number}。"


@admin.register(Release)
class ReleaseAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "全部企业检查完毕、或到最迟公开日期，抽取的封存文件、结果和变更一并公开，任何人可以重新计算。"
    list_display = ["draw", "released_at", "released_by"]
    list_acts = (
        Act("release", "公开抽取文件", "publicity.release_draw", release, ReadyForm,
            warning="公开后企业名单可查，不能收回。"),
    )  # fmt: skip
    acts = (
        Act("image", "光盘映像（公开版）", "inspections.issue_document", take_image, when=lambda each: each.result_id,
            warning="只含已经公开的文件；每次制作都有记录。"),
    )  # fmt: skip
