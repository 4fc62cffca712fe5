"""抽取公开 at the desk: draws whose files may go out."""

from django import forms
from django.contrib import admin

from inspections.models import Draw
from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin

from ..models import Release
from ..sentences import say
from ..services import releases


class ReadyForm(forms.Form):
    knows_thing = True
    draw = forms.ModelChoiceField(label="可以公开的抽取", queryset=Draw.objects.none())

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        waiting = Draw.objects.filter(bureau=by.bureau, release=None)
        ready = [draw.pk for draw in waiting if releases.may_release(draw)]
        self.fields["draw"].queryset = Draw.objects.filter(pk__in=ready)


def take_image(released, data, by):
    draw = released.draw
    image = releases.disc(draw, "drawn", by=by)
    return download(image, f"{draw.number}-public.iso", "application/x-iso9660-image")


def release(thing, data, by):
    return f"已公开 {releases.release(data['draw'], by=by).draw.number}。"


@admin.register(Release)
class ReleaseAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "全部企业检查完毕、或到最迟公开日期，抽取的封存文件、结果和变更一并公开，任何人可以重新计算。"
    list_display = ["draw", "released_at", "released_by"]
    list_acts = (
        Act(
            "release",
            "公开抽取文件",
            "publicity.release_draw",
            release,
            ReadyForm,
            warning="公开后企业名单可查，不能收回。",
        ),
    )
    acts = (
        Act(
            "image",
            "光盘映像（公开版）",
            "inspections.issue_document",
            take_image,
            when=lambda each: each.result_id,
            warning="只含已经公开的文件；每次制作都有记录。",
        ),
    )
