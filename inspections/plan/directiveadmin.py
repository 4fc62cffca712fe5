"""上级部署、交办任务 at the desk: written and handed down above, taken and reported below."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html, format_html_join

from registries import tree
from registries.admin.acts import Act, ReasonForm, reasoned
from registries.admin.base import ViewOnlyAdmin
from registries.models import Bureau

from ..drafted import DraftedAdmin, is_open
from ..sentences import say
from ..states import AssignedState, DirectiveState, TaskState
from . import directives
from .directivemodels import SAID, Assigned, Directive
from .models import Task


@admin.register(Directive)
class DirectiveAdmin(DraftedAdmin):
    intro = (
        "向下级机关派任务：经办人写好、选好交给谁，负责人交办。下级签收、落实、上报；这里看得到谁签收了、"
        "谁上报了、各查了多少，看不到下级没有公开的抽取。"
    )
    list_display = ["title", "number", "report_by", "status", "counted"]
    list_filter = ["status"]
    fields = [*SAID, "to", "status", "drafted_by", "issued_by", "issued_at", "reason", "shares"]
    readonly_fields = ["status", "drafted_by", "issued_by", "issued_at", "reason", "shares"]
    acts = (
        Act(
            "issue",
            "交办",
            "inspections.issue_directive",
            lambda each, data, by: directives.issue(each, by=by),
            when=is_open,
            warning=lambda each: (
                f"交给 {'、'.join(lower.name for lower in each.to.order_by('code')) or '（还没有选）'}。"
                "交办后不能再改，只能撤回。"
            ),
            done="已交办。",
        ),
        Act(
            "withdraw",
            "撤回",
            "inspections.issue_directive",
            reasoned(directives.withdraw),
            ReasonForm,
            when=lambda each: each.status == DirectiveState.ISSUED,
            warning="还没有上报的机关都会收到撤回和原因；已上报的不变。",
            done="已撤回。",
            is_final=True,
        ),
    )

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "to":
            keys = [each.pk for each in tree.lowers(request.user.bureau)]
            kwargs["queryset"] = Bureau.objects.here().filter(pk__in=keys).order_by("code")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="签收、上报")
    def counted(self, each):
        shares = list(each.shares.values_list("status", flat=True))
        taken = sum(status != AssignedState.SENT for status in shares)
        return f"{len(shares)} 个机关，签收 {taken}，上报 {shares.count(AssignedState.REPORTED)}"

    @admin.display(description="各机关")
    def shares(self, each):
        rows = each.shares.select_related("bureau").order_by("bureau__code")
        if not rows:
            return "还没有交办。"
        told = ((row.bureau.name, row.get_status_display(), _numbers(row), row.said) for row in rows)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}：{}　{}　{}</li>", told))


def _numbers(share):
    found = share.numbers
    if not found:
        return ""
    return f"去了 {found['cases']} 户，查完 {found['done']} 户，其中有问题 {found['problems']} 户"


class ReportForm(forms.Form):
    knows_thing = True
    task = forms.ModelChoiceField(
        label="落实它的任务", queryset=Task.objects.none(), required=False, help_text="选了的，数由它数出来。"
    )
    said = forms.CharField(label="办理情况", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, thing, by, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Task.objects.filter(bureau=thing.bureau, status=TaskState.APPROVED)
        self.fields["task"].queryset = rows.order_by("-pk")


@admin.register(Assigned)
class AssignedAdmin(ViewOnlyAdmin):
    say = staticmethod(say)
    intro = "上级交办的任务：先签收；照它起草一轮抽查或者专项检查；办完上报。上报的只有数和您写的话。"
    list_display = ["title", "upper", "report_by", "status", "reported_at"]
    list_filter = ["status"]
    fields = [
        "upper",
        *SAID,
        "status",
        "taken_by",
        "taken_at",
        "task",
        "reported_by",
        "reported_at",
        "said",
        "told",
    ]
    acts = (
        Act(
            "take",
            "签收",
            "inspections.take_assigned",
            lambda each, data, by: directives.take(each, by=by),
            when=lambda each: each.status == AssignedState.SENT,
            done="已签收。照它起草任务，办完在这里上报。",
        ),
        Act(
            "report",
            "上报办理情况",
            "inspections.take_assigned",
            lambda each, data, by: directives.report(each, data["task"], data["said"], by=by),
            ReportForm,
            when=lambda each: each.status == AssignedState.TAKEN,
            warning="上报后不能再改。",
            done="已上报。",
            is_final=True,
        ),
    )

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    @admin.display(description="数")
    def told(self, each):
        return _numbers(each) or "—"
