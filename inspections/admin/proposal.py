"""清单修订建议 at the desk."""

from django import forms
from django.contrib import admin

from registries.admin.base import Act, ViewOnlyAdmin

from ..models import Proposal
from ..sentences import say
from ..services import proposals


class NoteForm(forms.Form):
    note = forms.CharField(label="处理说明", max_length=200, required=False)


def collect(thing, data, by):
    made = proposals.collect(by.bureau, by=by)
    return f"已汇总本年度办结的检查，新增 {len(made)} 条建议。" if made else "已汇总，没有新的建议。"


def _is_open(proposal):
    return proposal.status == "made"


@admin.register(Proposal)
class ProposalAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "检查人员的建议和检查发现的汇总。采纳的写进下一版清单草稿；未采纳的留存。"
    list_display = ["text", "source", "item_list", "status", "made_by", "made_at"]
    list_filter = ["status", "source"]
    fields = [
        "text",
        "source",
        "item_list",
        "line",
        "case",
        "status",
        "made_by",
        "made_at",
        "judged_by",
        "judged_at",
        "note",
    ]
    list_acts = (Act("collect", "由检查发现汇总", "registries.change_item", collect),)
    acts = (
        Act("adopt", "采纳", "registries.change_item",
            lambda each, data, by: proposals.judge(each, True, data["note"], by=by) and None, NoteForm, when=_is_open,
            done="已采纳，请在下一版清单草稿中修改。"),
        Act("dismiss", "不采纳", "registries.change_item",
            lambda each, data, by: proposals.judge(each, False, data["note"], by=by) and None, NoteForm, when=_is_open,
            done="已记为未采纳。"),
    )  # fmt: skip
