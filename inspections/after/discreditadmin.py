"""严重失信主体 at the desk: each step of the procedure as a button, in its order."""

import json
from pathlib import Path

from django import forms
from django.contrib import admin
from django.utils import timezone

from registries.admin.acts import Act, ReasonForm, reasoned
from registries.admin.base import ViewOnlyAdmin

from ..entrance import area, day_field
from ..sentences import say
from ..states import DiscreditState
from . import discredits
from .judged import judged
from .models import GROUNDS, Discredit, Penalty

_DATA = json.loads((Path(__file__).parent.parent / "data/discredit.json").read_text(encoding="utf-8"))
_UNSURE = {each["code"] for each in _DATA["grounds"] if not each["is_sure"]}


class ProposeForm(forms.Form):
    """On which penalty, and why."""

    knows_thing = True
    penalty = forms.ModelChoiceField(
        label="据以列入的处罚案件",
        queryset=None,
        help_text="谁处罚、谁决定：只能是本机关已决定、没有撤销的。",
    )
    ground = forms.ChoiceField(
        label="列入情形", choices=[(c, f"{t}（条文待核对）" if c in _UNSURE else t) for c, t in GROUNDS]
    )
    facts = forms.CharField(label="事实", widget=area(4))

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["penalty"].queryset = Penalty.objects.in_force().filter(bureau=by.bureau)


class NumberForm(forms.Form):
    number = forms.CharField(label="文号", max_length=60)
    on = day_field("日期", initial=timezone.localdate)


class HearForm(forms.Form):
    statement = forms.CharField(
        label="当事人的陈述、申辩", required=False, widget=area(4), help_text="放弃的不填。"
    )
    reviewed = forms.CharField(label="复核意见", max_length=300, required=False, widget=area(2))


class AskForm(ReasonForm):
    on = day_field("申请日期", initial=timezone.localdate)


def propose(thing, data, by):
    discredits.propose(data["penalty"], data["ground"], data["facts"], by=by)
    return "已报请，等负责人审批。"


def _at(*states):
    return lambda each: each.status in states


@admin.register(Discredit)
class DiscreditAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = f"{_DATA['basis']}：先告知、听申辩，再书面决定；在名单上的，抽取时多放签；公示另由两人办。"
    list_display = ["case", "ground", "status", "decided_on", "ends_on", "left_on"]
    list_filter = ["status"]
    fields = ["case", "penalty", "ground", "facts", "status", "proposed_by", "judged_by", "judge_note"]
    fields += ["told_number", "told_on", "statement", "reviewed", "waived", "decision_number", "decided_on"]
    fields += ["ends_on", "asked_on", "ask_reason", "left_on", "left_why"]
    list_acts = (Act("propose", "报请列入", discredits.HAND, propose, ProposeForm),)
    acts = (
        *judged(
            discredits.judge,
            discredits.JUDGE,
            DiscreditState.PROPOSED,
            ("approve", "同意告知", "已同意，请告知当事人。"),
            ("refuse", "不列入", "已退回。"),
        ),
        Act(
            "tell",
            "登记告知",
            discredits.HAND,
            lambda each, data, by: discredits.tell(each, data["number"], data["on"], by=by),
            NumberForm,
            when=_at(DiscreditState.APPROVED),
            done="已登记，陈述、申辩的期限起算。",
        ),
        Act(
            "hear",
            "登记陈述、申辩",
            discredits.HAND,
            lambda each, data, by: discredits.hear(each, data["statement"], data["reviewed"], by=by),
            HearForm,
            when=_at(DiscreditState.TOLD),
            done="已登记。",
        ),
        Act(
            "decide",
            "决定列入",
            discredits.JUDGE,
            lambda each, data, by: discredits.decide(each, data["number"], data["on"], by=by),
            NumberForm,
            when=_at(DiscreditState.TOLD),
            warning="列入以后，下一次抽取起按加签表多放签，直到期满或移出。",
            done="已列入名单。请经办人办理公示和报送。",
            is_final=True,
        ),
        Act(
            "drop",
            "不再告知",
            discredits.HAND,
            reasoned(discredits.drop),
            ReasonForm,
            when=_at(DiscreditState.APPROVED),
            done="已记下。",
        ),
        Act(
            "spare",
            "不列入",
            discredits.JUDGE,
            reasoned(discredits.drop),
            ReasonForm,
            when=_at(DiscreditState.TOLD),
            done="已记下。",
        ),
        Act(
            "ask",
            "登记提前移出申请",
            discredits.HAND,
            lambda each, data, by: discredits.ask_early(each, data["reason"], data["on"], by=by),
            AskForm,
            when=_at(DiscreditState.LISTED),
            done="已登记，等负责人决定。",
        ),
        *judged(
            discredits.judge_early,
            discredits.JUDGE,
            DiscreditState.ASKED,
            ("agree", "同意提前移出", "已移出，不再加签。请撤下公示。"),
            ("keep", "不同意移出", "已记下。"),
        ),
        Act(
            "restore",
            "恢复列入",
            discredits.JUDGE,
            reasoned(discredits.restore),
            ReasonForm,
            when=_at(DiscreditState.REMOVED),
            done="已恢复列入，离开的日子补足。",
        ),
        Act(
            "revoke",
            "撤销列入决定",
            discredits.JUDGE,
            reasoned(discredits.revoke),
            ReasonForm,
            when=_at(DiscreditState.LISTED, DiscreditState.ASKED),
            warning="处罚决定被撤销、复议或者判决撤销的才用：视同没有列入过，公示应当撤回。",
            done="已撤销。请撤回公示。",
            is_final=True,
        ),
    )
