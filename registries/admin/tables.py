"""The bureau's tables, its people's accounts, the calendar and the journal at the desk."""

from django import forms
from django.contrib import admin
from django.template.response import TemplateResponse

from ..models import (
    Account,
    Bureau,
    CalendarDay,
    CalendarYear,
    Discretion,
    InspectionKind,
    JournalEntry,
    LegalLimit,
    Reason,
    RoleGrant,
    Section,
    Skill,
)
from ..services import accounts, calendar, journal, secondfactors
from .acts import Act
from .base import DeskAdmin, ViewOnlyAdmin, ViewOnlyInline


@admin.register(Section)
class SectionAdmin(DeskAdmin):
    list_display = ["code", "name"]


@admin.register(Skill)
class SkillAdmin(DeskAdmin):
    list_display = ["name"]


@admin.register(InspectionKind)
class InspectionKindAdmin(DeskAdmin):
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
class DiscretionAdmin(DeskAdmin):
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
class LegalLimitAdmin(DeskAdmin):
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


@admin.register(JournalEntry)
class JournalEntryAdmin(ViewOnlyAdmin):
    intro = "办理日志只增不改，每条带前一条的摘要；核验：manage.py verify_journal。"
    list_display = ["seq", "at", "actor", "title", "about", "digest"]
    fields = ["seq", "at", "actor", "title", "action", "about", "facts", "prev", "digest"]
    readonly_fields = ["title"]
    search_fields = ["action", "about", "actor"]
    ordering = ["-seq"]

    @admin.display(description="办理事项")
    def title(self, entry):
        return journal.in_words(entry.action)


class LeaveForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=60, help_text="如：退休、调离。")


def _first_password(request, account):
    """The page that shows it: in the answer itself, so that no cookie and no table ever holds it."""
    facts = admin.site.each_context(request) | {
        "title": "一次性密码",
        "account": account,
        "password": accounts.reset(account, by=request.user),
        "opts": Account._meta,
    }
    response = TemplateResponse(request, "admin/first_password.html", facts)
    response.headers["Cache-Control"] = "no-store"
    return response


def reset_page(desk, request, account):
    """Asked once more, then shown once."""
    if request.method == "POST":
        return _first_password(request, account)
    warning = "原密码立即失效。新密码只显示一次，请当面交给本人；本人登录后必须自己改掉。"
    return desk.ask(request, "重置密码", warning, account)


def take_factor_away(account, data, by):
    secondfactors.take_away(account, by=by)
    return "已重设。本人下次登录只凭密码，登录后按提示在新手机上重新启用。"


def leave(account, data, by):
    accounts.leave(account, data["reason"], by=by)
    return "已停用，角色全部终止。是检查人员的，请负责人在人员名录办理出库。"


# In the bureau's words; Django's own speak of code.
_HELP = {
    "username": "登录时输入的名字：字母、数字，或 @ . + - _，定了以后不要再换",
    "email": "每天早上的待办提醒寄到这里；不填就只在系统里看",
    "is_active": "去掉勾选就不能登录；离任的用“离任停用”，角色一并终止",
}


class GrantInline(admin.TabularInline):
    model = RoleGrant
    can_delete = False

    def get_extra(self, request, obj=None, **kwargs):
        """A new account is nothing without a role: its row is open."""
        return 0 if obj else 1


@admin.register(Account)
class AccountAdmin(DeskAdmin):
    intro = (
        "一人一个账户；权限只来自带起止日期的角色。新建后显示一次性密码，本人登录后自己改掉。"
        "离任的停用，不删除。"
    )
    list_display = ["username", "display_name", "section", "titles", "last_login", "valid_until", "is_active"]
    fields = ["username", "display_name", "section", "email", "valid_until", "sso_name", "is_active"]
    search_fields = ["username", "display_name"]
    inlines = [GrantInline]
    acts = (
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
            warning="请先当面确认是本人。原来的手机和恢复码立即失效；到本人重新启用之前，"
            "这个账户只凭密码登录。",
        ),
        Act(
            "leave",
            "离任停用",
            "registries.change_account",
            leave,
            LeaveForm,
            when=lambda each: each.is_active,
            warning="全部角色今天终止，账户不能再登录；办过的事仍在原来的名下。",
        ),
    )

    @admin.display(description="角色")
    def titles(self, account):
        return account.role_titles

    def get_inline_instances(self, request, obj=None):
        # Nobody gives roles to their own account.
        return [] if obj == request.user else super().get_inline_instances(request, obj)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in _HELP:
            field.help_text = _HELP[db_field.name]
        return field

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return _first_password(request, obj)


@admin.register(Bureau)
class BureauAdmin(DeskAdmin):
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
