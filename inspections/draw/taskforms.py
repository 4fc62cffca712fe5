"""The forms of a task's page: its strata and names, and what sealing needs."""

import re
from datetime import timedelta

from django import forms
from django.utils import timezone

from registries.models import Account, Inspector, Subject

from ..drafted import WhileDrafted, is_open
from ..plan import fit
from ..plan.models import TaskStratum, TaskSubject
from . import codes
from .models import Draw

_SOON = timedelta(minutes=2)  # until the first value may be typed, where nothing else is said


class SealForm(forms.Form):
    """What sealing needs beyond the task: the time, the day of release, the sources, the chain's tip."""

    knows_thing = True
    WITNESSES = 3

    seed_at = forms.DateTimeField(
        label="摇号时间",
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text="人都到了、现在就摇的不填：封存后两分钟起可以录入。约了时间的填那个时间。",
    )
    release_by = forms.DateField(
        label="最迟公开日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    redraw_tip = forms.CharField(
        label="码链顶端",
        max_length=64,
        help_text="监督人在自己的页面移交后自动填好；当面交来的也可以照抄 64 位字符。"
        "码本身由监督人封存保管。",
    )
    redraw_max = forms.IntegerField(label="一次性码个数", min_value=1, max_value=10000)

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        entering = [account for account in Account.objects.filter(bureau=by.bureau, is_active=True)]
        entering = [account.pk for account in entering if account.has_perm("inspections.enter_value")]
        people = Account.objects.filter(pk__in=entering)
        witnesses = people.exclude(pk=by.pk)
        for n in range(1, self.WITNESSES + 1):
            self.fields[f"name{n}"] = forms.CharField(
                label=f"见证人 {n} 的来源名称", initial=f"骰子{'甲乙丙'[n - 1]}", max_length=40
            )
            self.fields[f"account{n}"] = forms.ModelChoiceField(
                label=f"见证人 {n} 的账户", queryset=witnesses, empty_label="请选择"
            )
            self.fields[f"body{n}"] = forms.CharField(
                label=f"见证人 {n} 来自",
                max_length=60,
                required=False,
                help_text="单位或身份，登在公示页面上，不登姓名。例如：县纪委监委派驻组、人大代表、企业代表。",
            )
            for name in ("name", "account", "body"):
                self.fields[f"{name}{n}"].is_third = True  # one witness, one row
        self.fields["lottery_name"] = forms.CharField(
            label="公开彩票期号",
            required=False,
            max_length=40,
            help_text="例如：排列五26300期。在见证人掷骰之后开奖。不用则留空。",
        )
        self.fields["lottery_account"] = forms.ModelChoiceField(
            label="彩票号码录入账户", queryset=people, required=False, empty_label="不用彩票"
        )
        self.fields["lottery_second"] = forms.ModelChoiceField(
            label="彩票号码复核账户",
            queryset=people,
            required=False,
            empty_label="不用彩票",
            help_text="两人分别录入，一致才算数。",
        )
        self.fields["tell_at"] = forms.DateTimeField(
            label="通知检查组的时间",
            required=False,
            input_formats=["%Y-%m-%dT%H:%M"],
            widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
            help_text="到时检查人员才在“我的工作”中看到任务；不填为抽取后即通知。封存后不能改。",
        )
        self.initial |= {
            "release_by": thing.window_to + timedelta(days=30) if thing else None,
            "redraw_max": 20,
        }
        if thing is not None:
            self.initial |= _as_last_time(thing) | _handed_over(thing)

    def clean(self):
        data = super().clean()
        if not data.get("seed_at") and "seed_at" not in self.errors:
            data["seed_at"] = (timezone.now() + _SOON).replace(second=0, microsecond=0)
        sources = [
            (data.get(f"name{n}"), "dice", data.get(f"account{n}")) for n in range(1, self.WITNESSES + 1)
        ]
        if data.get("lottery_name"):
            sources.append((data["lottery_name"], "lottery", data.get("lottery_account")))
        for name, _, _ in sources:
            if name and ("|" in name or "=" in name):
                self.add_error(None, f"来源名称“{name}”不能含有 | 或 =。")
        data["sources"] = sources
        data["bodies"] = {
            data[f"name{n}"]: data[f"body{n}"]
            for n in range(1, self.WITNESSES + 1)
            if data.get(f"name{n}") and data.get(f"body{n}")
        }
        data["seconds"] = (
            {data["lottery_name"]: data.get("lottery_second")} if data.get("lottery_name") else {}
        )
        return data


def _as_last_time(task):
    """The witnesses, and a lottery's two typists, of the bureau's last draw that still may."""
    last = Draw.objects.filter(bureau=task.bureau_id).order_by("-pk").first()
    if last is None:
        return {}
    found, n = {}, 0
    for source in last.sources.order_by("position"):
        if source.kind == "lottery":
            found |= {"lottery_account": source.account_id, "lottery_second": source.second_id}
        elif n < SealForm.WITNESSES:
            n += 1
            found |= {f"name{n}": source.name, f"account{n}": source.account_id, f"body{n}": source.body}
    return found


def _handed_over(task):
    """What the supervisor has handed over for this sealing."""
    chain = codes.last_of(task)
    return {"redraw_tip": chain.tip, "redraw_max": chain.count} if chain else {}


def is_draft(task):
    return is_open(task) and not task.cases.exists()


_KEY = re.compile(r"[0-9]{1,18}")


class OnceFormSet(forms.BaseInlineFormSet):
    """Says in Chinese that a row stands there twice; and whether the items fit whom they are asked of."""

    def clean(self):
        super().clean()
        if self.model is not TaskStratum:
            return
        kept = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        categories = [row["category"].pk for row in kept if row.get("category") and not row.get("DELETE")]
        items = [each for each in self.data.getlist("items") if _KEY.fullmatch(each)]
        if found := fit.of_form(self.bureau_id, items, categories, self._named()):
            raise forms.ValidationError(found)

    def _named(self):
        """The enterprises that the same page names."""
        total = self.data.get("named-TOTAL_FORMS", "0")
        rows = [f"named-{n}" for n in range(min(int(total), 1000) if _KEY.fullmatch(total) else 0)]
        chosen = [self.data.get(f"{row}-subject", "") for row in rows if not self.data.get(f"{row}-DELETE")]
        return [each for each in chosen if _KEY.fullmatch(each)]

    def get_unique_error_message(self, unique_check):
        return "同一个分类或企业只能填一行。"

    def get_form_error(self):
        return "与另一行重复。"


class WhileUnvisited(WhileDrafted):
    """Of a task that is a draft and, where it is urgent, has not been opened yet."""

    formset = OnceFormSet

    def is_open(self, obj):
        return obj is None or is_draft(obj)


class StratumInline(WhileUnvisited):
    model = TaskStratum
    extra = 1

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.bureau_id = request.user.bureau_id
        return formset

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = db_field.related_model.objects.filter(bureau=request.user.bureau_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NamedInline(WhileUnvisited):
    model = TaskSubject
    autocomplete_fields = ["subject"]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["queryset"] = Inspector.objects.filter(
            bureau=request.user.bureau_id, left_on=None, duty="officer"
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "subject":
            kwargs["queryset"] = Subject.objects.listed().filter(bureau=request.user.bureau_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
