"""What phones sent and what it shows: filings and exhibits at the desk, to be looked at only."""

from django.contrib import admin

from registries.admin.acts import Act, download
from registries.admin.base import ViewOnlyAdmin

from ..sentences import say
from .models import Entry, Exhibit, Filing, Supplement


@admin.register(Filing)
class FilingAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = (
        "手机上报的原文，收到即留存。“需处理”的没有办理成，原因写在里面；手机时钟偏差超过五分钟的请核对时间。"
    )
    list_display = ["receipt_", "case", "by", "received_at", "status", "skew", "reason"]
    list_filter = ["status"]
    fields = [
        "receipt_",
        "case",
        "by",
        "received_at",
        "sent_at",
        "skew",
        "status",
        "reason",
        "taken_at",
        "body",
    ]
    readonly_fields = ["receipt_"]
    acts = (
        Act(
            "body",
            "看原文",
            "inspections.view_filing",
            lambda each, data, by: download(each.body.read(), f"{each.receipt}.json", "application/json"),
        ),
    )

    @admin.display(description="回执编号")
    def receipt_(self, filing):
        return filing.receipt


def take_exhibit(exhibit, data, by):
    kept = exhibit.original
    ending = kept.media_type.split("/")[-1]
    return download(kept.read(), f"exhibit-{exhibit.pk}.{ending}", kept.media_type)


@admin.register(Exhibit)
class ExhibitAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "照片、签名、录像、纸质文书。原件按指纹保存，不能删除和替换。"
    list_display = ["kind", "signer", "case", "caption", "taken_at", "kept_at", "by"]
    list_filter = ["kind"]
    fields = [
        "kind",
        "signer",
        "case",
        "line",
        "finding",
        "caption",
        "taken_at",
        "latitude",
        "longitude",
        "kept_at",
        "by",
        "original",
    ]
    acts = (Act("original", "取原件", "inspections.view_exhibit", take_exhibit),)


@admin.register(Entry)
class EntryAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    bureau_path = "case__bureau"
    intro = (
        "检查组每个人对每一行的填写，逐条留存。采用哪一份由合并和组长定；"
        "签名以后才到的，由检查组写入补充记录或者留存。"
    )
    list_display = ["case", "line", "value", "note", "by", "at", "status", "settle_note"]
    list_filter = ["status"]
    fields = [
        "case",
        "line",
        "value",
        "note",
        "way",
        "by",
        "at",
        "received_at",
        "filing",
        "status",
        "supplement",
        "settled_by",
        "settled_at",
        "settle_note",
    ]


@admin.register(Supplement)
class SupplementAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "签过的记录不改；后来补充的在这里，另外签名。"
    list_display = ["case", "number", "text", "reason", "signed", "by", "at"]
    fields = ["case", "number", "text", "reason", "signed", "unsigned_reason", "by", "at", "sheet"]
