"""The bureau's tables, its people's accounts, the calendar at the desk."""

from django import forms
from django.contrib import admin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from ..errors import DomainError
from ..models import (
    Account,
    Bureau,
    CalendarDay,
    CalendarYear,
    Discretion,
    InspectionKind,
    LegalLimit,
    Reason,
    RoleGrant,
    Section,
    Skill,
)
from ..models.bureau import role_choices
from ..sentences import say
from ..services import accounts, calendar, secondfactors
from .acts import Act
from .base import DeskAdmin, ViewOnlyAdmin, ViewOnlyInline
from .twohands import TwoHandsAdmin, half_page, named


@admin.register(Section)
class SectionAdmin(DeskAdmin):
    list_display = ["code", "name"]


@admin.register(Skill)
class SkillAdmin(DeskAdmin):
    list_display = ["name"]


@admin.register(InspectionKind)
class InspectionKindAdmin(TwoHandsAdmin):
    intro = (
        "检查类型决定是否抽取、是否计入年度次数、先批准还是可以后补。由系统管理员按本机关规定设置，"
        "每次修改都有记录。"
    )
    list_display = ["title", "draw", "is_planned", "counts", "needs_papers", "may_be_urgent", "basis"]

    def get_readonly_fields(self, request, obj=None):
        # Tasks and plan lines speak of a kind by its code.
        return ["code"] if obj else []


@admin.register(Reason)
class ReasonAdmin(ViewOnlyAdmin):
    list_display = ["kind", "code", "title", "national_code"]
    list_filter = ["kind"]


@admin.register(Discretion)
class DiscretionAdmin(TwoHandsAdmin):
    intro = (
        "裁量基准按违法行为和档次列出罚款的上下限，处罚决定须在其中。基准改了，另加一条"
        "（同一代码、新的施行日期），旧的填停止适用日期；已作出的决定按当时的基准。"
    )
    list_display = ["code", "violation", "tier", "party", "least", "most", "basis", "since", "until"]
    list_filter = ["party"]
    search_fields = ["code", "violation", "basis"]

    def get_readonly_fields(self, request, obj=None):
        # Decisions in force were made by it.
        return ["code", "since", "least", "most", "party"] if obj else []


@admin.register(LegalLimit)
class LegalLimitAdmin(TwoHandsAdmin):
    intro = (
        "法定期限随法律版本生效；天数不写在程序里。法律改了，另加一条（同一代码、新的施行日期），不改旧的。"
        "由系统管理员维护，每次修改都有记录。"
    )
    list_display = ["title", "length", "unit", "who", "rolls", "basis", "since"]

    def get_readonly_fields(self, request, obj=None):
        # Cases in hand are counted by it: only what the bureau may set for itself can be altered.
        return ["code", "since", "begins", "ends", "is_backward"] if obj else []


class DayInline(ViewOnlyInline):
    model = CalendarDay


class YearForm(forms.Form):
    year = forms.IntegerField(label="年份", min_value=2000, max_value=2100)
    source = forms.CharField(
        label="依据文件", max_length=150, help_text="如：国务院办公厅关于 2027 年部分节假日安排的通知。"
    )
    days = forms.CharField(
        label="放假与调休",
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="每行一天或一段：“2027-01-01 至 2027-01-03 休 元旦”“2027-01-10 班 元旦”。"
        "再录同一年即更正。",
    )


def enter_year(thing, data, by):
    entered = calendar.enter_year(data["year"], data["source"], data["days"], by=by)
    return f"已录入 {entered.year} 年，与星期不同的日子共 {entered.days.count()} 天。"


@admin.register(CalendarYear)
class CalendarYearAdmin(ViewOnlyAdmin):
    bureau_path = ""
    intro = "只列出与星期不同的日子：放假和调休上班。未录入的年份按周一至周五暂算，凡用到的地方都会提醒。"
    list_acts = (Act("enter", "录入年份", "registries.enter_calendar", enter_year, YearForm),)
    list_display = ["year", "source"]
    inlines = [DayInline]


def reset_page(desk, request, account):
    """Asked once more, then the half that goes on the slip is shown once."""
    if request.method == "POST":
        one, half = accounts.ask_reset(account, by=request.user)
        return half_page(
            request,
            "一次性密码的前一半",
            named(account.username, account.display_name),
            half,
            "前",
            _page_of(one),
        )
    warning = (
        "给您看的是一次性密码的前一半；另一人（安全管理员或者负责人）确认时看到后一半。"
        "两半都由本人当面取齐；确认以前原密码照旧。"
    )
    return desk.ask(request, "重置密码", warning, account)


def take_factor_away(account, data, by):
    return _asked(accounts.ask_factor(account, by=by))


def grant(account, data, by):
    return _asked(
        accounts.ask_grant(account, data["role"], data["since"], data["until"], town=data["town"], by=by)
    )


def end(account, data, by):
    return _asked(accounts.ask_end(account, data["role"], by=by))


def identity(account, data, by):
    return _asked(accounts.ask_identity(account, data["sso_name"].strip(), by=by))


def leave(account, data, by):
    return _asked(accounts.ask_leave(account, data["reason"], by=by))


def _asked(one):
    return f"已提出：{one.title}。另一人（安全管理员或者负责人）确认以后生效；本人已收到消息。"


def _page_of(one):
    return reverse("admin:registries_consent_change", args=[one.pk])


def open_page(desk, request, thing):
    """A new account: the form; after it, the half that goes on the slip."""
    form = AccountForm(request.POST if request.method == "POST" else None, by=request.user)
    if form.is_valid():
        data = form.cleaned_data
        try:
            one, half = accounts.ask_account(request.user.bureau, by=request.user, **data)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            name = named(data["username"], data["display_name"])
            return half_page(request, "一次性密码的前一半", name, half, "前", _page_of(one))
    facts = admin.site.each_context(request) | {
        "title": "新建账户",
        "act": {"label": "提出"},
        "warning": "一人一个账户。另一人（安全管理员或者负责人）确认以后才开通；您看到的是密码的前一半。",
        "form": form,
        "opts": desk.opts,
        "back": reverse("admin:registries_account_changelist"),
    }
    return TemplateResponse(request, "admin/act.html", facts)


class AccountForm(forms.Form):
    username = forms.CharField(
        label="用户名",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text="登录时输入的名字：字母、数字，或 @ . + - _，定了以后不要再换",
    )
    display_name = forms.CharField(label="姓名", max_length=50)
    section = forms.ModelChoiceField(label="股室", queryset=Section.objects.none(), required=False)
    roles = forms.MultipleChoiceField(
        label="角色",
        choices=role_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="从今天起。系统管理员、安全管理员、审计管理员是三个人，不能兼。",
    )
    town = forms.CharField(
        label="乡镇（街道）",
        max_length=50,
        required=False,
        help_text="只有“乡镇（街道）”这个角色要填，与名录里的写法一致。",
    )
    email = forms.EmailField(
        label="邮箱", required=False, help_text="每天早上的待办提醒寄到这里；不填就只在系统里看"
    )
    until = forms.DateField(
        label="账户有效期至",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = Section.objects.filter(bureau=by.bureau)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=role_choices)
    since = forms.DateField(
        label="自",
        initial=timezone.localdate,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="今天或者以后；不能倒签。",
    )
    until = forms.DateField(
        label="至",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="不填为长期。",
    )
    town = forms.CharField(
        label="乡镇（街道）",
        max_length=50,
        required=False,
        help_text="只有授予“乡镇（街道）”时填，与名录里的写法一致。",
    )


class EndForm(forms.Form):
    knows_thing = True
    role = forms.ChoiceField(label="角色")

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        titles = dict(role_choices())
        self.fields["role"].choices = [
            (role, titles[role]) for role in sorted(thing.roles()) if role in titles
        ]


class IdentityForm(forms.Form):
    sso_name = forms.CharField(
        label="统一身份账号",
        max_length=150,
        required=False,
        help_text="本人在统一身份认证系统中的标识；不用的不填。",
    )


class LeaveForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=60, help_text="如：退休、调离。")


# In the bureau's words; Django's own speak of code.
_HELP = {"email": "每天早上的待办提醒寄到这里；不填就只在系统里看"}


class GrantInline(ViewOnlyInline):
    model = RoleGrant
    fields = ["role", "since", "until"]


@admin.register(Account)
class AccountAdmin(DeskAdmin):
    intro = (
        "一人一个账户；权限只来自带起止日期的角色。新建账户、密码、动态口令、角色、停用，一人提出，"
        "另一人（安全管理员或者负责人）确认以后才生效。离任的停用，不删除。"
    )
    list_display = ["username", "display_name", "section", "titles", "last_login", "valid_until", "is_active"]
    fields = ["username", "display_name", "section", "town", "email", "valid_until", "sso_name", "is_active"]
    readonly_fields = ["username", "town", "valid_until", "sso_name", "is_active"]
    search_fields = ["username", "display_name"]
    inlines = [GrantInline]
    list_acts = (Act("open", "新建账户", "registries.add_account", page=open_page),)
    acts = (
        Act(
            "grant",
            "授予角色",
            "registries.change_account",
            grant,
            GrantForm,
            when=lambda each: each.is_active,
            warning="另一人确认以后生效。系统管理员、安全管理员、审计管理员三者不能兼。",
        ),
        Act(
            "end",
            "终止角色",
            "registries.change_account",
            end,
            EndForm,
            when=lambda each: bool(each.roles()),
            warning="另一人确认以后生效。",
        ),
        Act(
            "reset",
            "重置密码",
            "registries.change_account",
            page=reset_page,
            when=lambda each: each.is_active,
        ),
        Act(
            "factor",
            "重设动态口令",
            "registries.change_account",
            take_factor_away,
            when=lambda each: secondfactors.of(each) is not None,
            warning="请先当面确认是本人。另一人确认以后，原来的手机和恢复码失效；到本人重新启用之前，"
            "这个账户只凭密码登录。",
        ),
        Act(
            "identity",
            "改统一身份账号",
            "registries.change_account",
            identity,
            IdentityForm,
            when=lambda each: each.is_active,
            warning="谁用这个身份登录，谁就是这个账户。另一人确认以后生效。",
        ),
        Act(
            "leave",
            "离任停用",
            "registries.change_account",
            leave,
            LeaveForm,
            when=lambda each: each.is_active,
            warning="另一人确认以后，全部角色终止，账户不能再登录；办过的事仍在原来的名下。"
            "是检查人员的，请负责人在人员名录办理出库。",
        ),
    )

    @admin.display(description="角色")
    def titles(self, account):
        return account.role_titles

    def has_add_permission(self, request):
        return False  # by the act, with a second person

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in _HELP:
            field.help_text = _HELP[db_field.name]
        return field


@admin.register(Bureau)
class BureauAdmin(TwoHandsAdmin):
    bureau_path = "pk"
    list_display = [
        "name",
        "code",
        "short_name",
        "publishes_openings",
        "publishes_inspectors",
        "publishes_holders",
    ]
    readonly_fields = ["code"]

    def has_add_permission(self, request):
        return False
