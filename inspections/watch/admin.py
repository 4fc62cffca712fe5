"""What the supervisor watches, on the pages of the rooms below: images and discs of a draw."""

from django import forms
from django.contrib import admin

from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin, ViewOnlyInline

from ..draw.models import Draw
from ..sentences import say
from . import discs
from .models import Disc, DiscCheck


class ImageForm(forms.Form):
    knows_thing = True
    moment = forms.ChoiceField(label="时点")

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        made = (
            [("drawn", "抽取后"), ("sealed", "封存时")]
            if thing and thing.result_digest
            else [("sealed", "封存时")]
        )
        self.fields["moment"].choices = made


def take_image(draw, data, by):
    image = discs.export(draw, "inner", data["moment"], by=by)
    return download(image, f"{draw.number}-{data['moment']}.iso", "application/x-iso9660-image")


class DiscForm(forms.Form):
    number = forms.CharField(label="光盘编号", max_length=40)
    moment = forms.ChoiceField(label="时点", choices=list(discs.MOMENTS.items()), initial="drawn")
    edition = forms.ChoiceField(label="版本", choices=list(discs.EDITIONS.items()))
    digest = forms.CharField(
        label="回读的 SHA-256",
        max_length=100,
        help_text="刻好后在光盘上计算（head -c 字节数 /dev/sr0 | sha256sum），逐字填写。",
    )
    burnt_by = forms.CharField(label="刻录人", max_length=60)
    witness = forms.CharField(label="监刻人", max_length=60)
    kept_at = forms.CharField(label="保管处", max_length=100)


def enter_disc(draw, data, by):
    return f"已登记光盘 {discs.enter(draw, by=by, **data).number}。"


class DiscInline(ViewOnlyInline):
    model = Disc
    fields = ["number", "moment", "edition", "burnt_by", "witness", "kept_at"]


class CheckInline(ViewOnlyInline):
    model = DiscCheck
    fields = ["at", "is_same", "digest", "by"]


class DigestForm(forms.Form):
    digest = forms.CharField(label="回读的 SHA-256", max_length=100, help_text="在光盘上重新计算，逐字填写。")


def check_disc(disc, data, by):
    same = discs.check(disc, data["digest"], by=by).is_same
    return "与台账相符。" if same else "与台账不符，已记录；请另刻一张并登记。"


@admin.register(Disc)
class DiscAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "光盘台账：谁刻的、谁监刻、放在哪里；每年至少回读一次（档案法实施条例第41条）。制作映像在抽取页。"
    list_display = ["number", "draw", "moment", "edition", "burnt_by", "witness", "kept_at", "entered_at"]
    list_filter = ["edition", "moment"]
    list_select_related = ["draw"]
    fields = [
        "number",
        "draw",
        "moment",
        "edition",
        "digest",
        "size",
        "burnt_by",
        "witness",
        "kept_at",
        "entered_by",
        "entered_at",
    ]
    inlines = [CheckInline]
    acts = (Act("check", "登记回读", "inspections.enter_disc", check_disc, DigestForm),)


admin.site.get_model_admin(Draw).offer(
    Act(
        "image",
        "光盘映像（监督版）",
        "inspections.take_sealed",
        take_image,
        ImageForm,
        warning="映像含回避信息和盐，只交监督人刻录保管；每次制作都有记录。",
    ),
    Act("disc", "登记光盘", "inspections.enter_disc", enter_disc, DiscForm),
    inlines=[DiscInline],
)
