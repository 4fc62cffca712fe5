"""起草: five questions in ordinary words; what else a task may say keeps its
default and stands under 更多."""

from datetime import timedelta

from django import forms
from django.db.models import Count
from django.utils import timezone

from inspections.models import Plan, Task
from inspections.plan import drafts, sheet
from inspections.states import PlanState
from registries import workdays
from registries.models import Category, Item, ItemList, Section, Subject

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_UNITS = [(drafts.HOUSEHOLDS, "户"), (drafts.PER_CENT, "%")]


class RoundForm(forms.Form):
    """Name; which classes and how many; items; dates; sections."""

    title = forms.CharField(label="这一轮叫什么？", max_length=100)
    item_list = forms.ModelChoiceField(
        label="按哪一版清单查？", queryset=ItemList.objects.none(), empty_label="请选择"
    )
    items = forms.ModelMultipleChoiceField(
        label="只查这些事项",
        queryset=Item.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选：凡适用于所抽分类的都查。",
    )
    window_from = forms.DateField(label="从哪天起查？", widget=_DAY)
    window_to = forms.DateField(label="到哪天查完？", widget=_DAY)
    sections = forms.ModelMultipleChoiceField(
        label="从哪些股室派人？",
        queryset=Section.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选：全局的人员都可能抽到。",
    )
    plan = forms.ModelChoiceField(
        label="完成哪一份年度计划？",
        queryset=Plan.objects.none(),
        required=False,
        empty_label="不列入年度计划",
    )
    includes_key = forms.BooleanField(label="重点单位必查（加在所抽户数之外）", required=False)

    def __init__(self, *args, bureau, task=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.bureau = bureau
        today = timezone.localdate()
        lists = ItemList.objects.effective(today).filter(bureau=bureau)
        plans = Plan.objects.filter(bureau=bureau, status__in=[PlanState.APPROVED, PlanState.PUBLISHED])
        self.fields["item_list"].queryset = lists
        self.fields["items"].queryset = Item.objects.filter(item_list__in=lists).order_by("code")
        self.fields["sections"].queryset = Section.objects.filter(bureau=bureau)
        self.fields["plan"].queryset = plans
        rows = Subject.objects.filter(bureau=bureau).listed().order_by().values_list("category")
        listed = dict(rows.annotate(Count("pk")))
        self.classes = [
            (each, listed.get(each.pk, 0))
            for each in Category.objects.filter(bureau=bureau)
            if listed.get(each.pk)
        ]
        for category, _ in self.classes:
            self.fields[f"n{category.pk}"] = forms.IntegerField(
                label=f"{category.name}抽多少", required=False, min_value=1, max_value=1_000_000
            )
            self.fields[f"u{category.pk}"] = forms.ChoiceField(
                label=f"{category.name}的单位", choices=_UNITS, required=False
            )
        self.initial = (_of(task) if task else self._usual(lists, plans, today)) | self.initial

    def _usual(self, lists, plans, today):
        begin, _ = workdays.add_workdays(today, 5)
        number = Task.objects.filter(bureau=self.bureau, window_from__year=today.year).count() + 1
        plan = plans.filter(year=today.year).order_by("-pk").first()
        planned = {f"n{key}": n for key, n in sheet.next_round(plan, begin.month).items()} if plan else {}
        return planned | {
            "title": f"{today.year}年第{number}轮双随机抽查",
            "item_list": lists.first(),
            "plan": plan,
            "window_from": begin,
            "window_to": begin + timedelta(days=20),
        }

    def rows(self):
        """[(class, how many are in the register, number field, unit field)] as the page shows them."""
        return [
            (category, count, self[f"n{category.pk}"], self[f"u{category.pk}"])
            for category, count in self.classes
        ]

    def clean(self):
        data = super().clean()
        strata = {}
        for category, count in self.classes:
            number, unit = data.get(f"n{category.pk}"), data.get(f"u{category.pk}") or drafts.HOUSEHOLDS
            if not number:
                continue
            if unit == drafts.PER_CENT and number > 100:
                self.add_error(f"n{category.pk}", "不能超过 100%。")
            elif unit == drafts.HOUSEHOLDS and number > count:
                self.add_error(
                    f"n{category.pk}", f"{category.name}在库只有 {count} 户，请填不超过 {count} 的数。"
                )
            strata[category] = (number, unit)
        if not strata and not self.errors:
            self.add_error(None, "请至少在一个分类后面填上抽多少。")
        first, last = data.get("window_from"), data.get("window_to")
        if first and last and last < first:
            self.add_error("window_to", "查完的日子不能早于开始的日子。")
        data["strata"] = strata
        return data

    def answers(self):
        """What inspections.plan.drafts.write takes."""
        data = self.cleaned_data
        names = (
            "title",
            "strata",
            "item_list",
            "window_from",
            "window_to",
            "sections",
            "plan",
            "includes_key",
        )
        items = data["items"] or drafts.items_for(data["item_list"], data["strata"])
        return {name: data[name] for name in names} | {"items": items}


def _of(task):
    strata = {}
    for each in task.strata.filter(risk="", town=""):
        is_rate = each.rate_bp > 0
        strata[f"n{each.category_id}"] = each.rate_bp // 100 if is_rate else each.minimum
        strata[f"u{each.category_id}"] = drafts.PER_CENT if is_rate else drafts.HOUSEHOLDS
    names = ("title", "item_list", "window_from", "window_to", "plan", "includes_key")
    kept = {name: getattr(task, name) for name in names}
    chosen = set(task.items.all())
    fits = set(
        drafts.items_for(task.item_list, [each.category for each in task.strata.select_related("category")])
    )
    items = [] if chosen == fits else list(chosen)
    return kept | strata | {"items": items, "sections": list(task.sections.all())}
