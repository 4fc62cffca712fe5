"""日志见证方 at the desk: who watches the bureau's log, how each answered last, how many must cosign."""

from django import forms
from django.contrib import admin

from ..models import LogWitness
from ..services import logpolicy
from .acts import Act
from .base import ViewOnlyAdmin


class WitnessForm(forms.Form):
    name = forms.CharField(label="见证方", max_length=60, help_text="哪个单位，如“某县司法局”；公开。")
    key = forms.CharField(label="公钥", max_length=200, help_text="对方发来的一行：名称+八位指纹+内容。")
    address = forms.URLField(
        label="网址", max_length=200, assume_scheme="https", help_text="对方见证程序的网址。"
    )


class QuorumForm(forms.Form):
    number = forms.IntegerField(
        label="须有几方联署",
        min_value=0,
        required=False,
        help_text="封存被这么多方联署以后，才能录入第一个数值。不填：有见证方就要一方。0：不要求。",
    )


def _add(witness, data, by):
    made = logpolicy.add(by.bureau, data["name"], data["key"], data["address"], by=by)
    return f"已登记“{made.name}”，并写进公开日志；几秒后第一次请它联署。"


@admin.register(LogWitness)
class LogWitnessAdmin(ViewOnlyAdmin):
    intro = (
        "见证方各自保存见过的最大一棵树，只联署从它长出来的。请司法局、上级机关、报社等至少一家来做："
        "把公示页“公开日志”里的“怎样做见证方”发给对方，对方把一行公钥和网址发来，登记在这里。"
        "增减见证方随即写进公开日志。"
    )
    list_display = ["name", "stands", "seen", "answered_at", "said", "until"]
    fields = ["name", "key", "address", "since", "seen", "asked_at", "answered_at", "said", "until"]
    list_acts = (
        Act(
            "add",
            "登记见证方",
            logpolicy.ACT,
            _add,
            WitnessForm,
            warning="以后每次签署都请它联署。请当面或者打电话核对公钥，不要只凭一封邮件。",
        ),
        Act(
            "quorum",
            "摇号前须有几方联署",
            logpolicy.ACT,
            lambda thing, data, by: logpolicy.require_so_many(by.bureau, data["number"], by=by),
            QuorumForm,
            warning="适用于本机关的全部见证方和以后的每次摇号。",
            done="已定下，并写进公开日志。",
        ),
    )
    acts = (
        Act(
            "end",
            "停用",
            logpolicy.ACT,
            lambda witness, data, by: logpolicy.end(witness, by=by),
            when=lambda witness: witness.until is None,
            warning="它不再联署以后的日志；已经联署的都留着。",
            done="已停用。",
        ),
    )

    @admin.display(description="情况")
    def stands(self, witness):
        if witness.until:
            return "已停用"
        return "报警" if witness.is_alarm else "正常" if witness.answered_at else "还没有联署过"
