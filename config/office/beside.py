"""旁边要看着的: what no single line waits for, but a role keeps an eye on: what the officer looks after,
what the supervisor may rely on, which law the legal reviewer has to mind, which accounts wait for a second
hand."""

from datetime import timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from inspections.models import Draw
from inspections.states import DrawState
from publicity.models import Release
from registries import workdays
from registries.models import Account, Inspector, ItemList, OldPassword
from registries.services import items, journal, listedits, logpolicy, manyaccounts, pulses
from registries.states import ItemListState

from . import loghealth

_WEEK, _QUARTER = timedelta(days=7), timedelta(days=92)


class Beside(NamedTuple):
    """One thing to keep an eye on: its words, what more, where, and whether something is to be done."""

    said: str
    why: str
    address: str
    is_due: bool


def boxes(account):
    """[(title, [Beside])] for an account's roles."""
    found = []
    for right, title, look in _BOXES:
        if account.has_perm(right) and (told := list(look(account))):
            found.append((title, told))
    return found


def _second_hand(account):
    waiting = manyaccounts.waiting(account)
    if len(waiting) > 1:
        said = f"新账户 {len(waiting)} 个等另一人确认"
        yield Beside(said, "可以一并确认，各印一张密码条", reverse("accounts-confirm"), True)


def _officer(account):
    """What the keeper of accounts and of the machine looks after."""
    bureau, today = account.bureau, timezone.localdate()
    without = Inspector.objects.filter(bureau=bureau, left_on=None, account=None).count()
    if without:
        yield Beside(f"{without} 名检查人员没有账户", "抽中也看不到自己的任务", reverse("accounts"), True)
    else:
        yield Beside("给许多人开账户", "用一张表，另一人确认，各印密码条", reverse("accounts"), False)
    old = timezone.now() - timedelta(days=90)
    fresh = OldPassword.objects.filter(since__gte=old).values("account")
    stale = Account.objects.filter(bureau=bureau, is_active=True, date_joined__lt=old).exclude(pk__in=fresh)
    if stale.exists():
        names = "、".join(stale.values_list("username", flat=True)[:5])
        address = reverse("admin:registries_account_changelist")
        yield Beside(f"{stale.count()} 个账户 90 天没有换密码", names, address, True)
    yield _pulse("backup", "备份", timedelta(days=2), reverse("health-page"))
    yield _pulse("drill", "恢复演练", _QUARTER, reverse("health-page"), "每季度一次")
    if today.month >= 11 and not workdays.is_known(today.replace(year=today.year + 1)):
        address = reverse("admin:registries_calendaryear_changelist")
        said = f"{today.year + 1} 年放假安排还没有录入"
        yield Beside(said, "公布以后录入一次，所有期限自动重算", address, today.month == 12)


def _log(account):
    """What is wrong with the public log, for whoever can mend it: the machine's matters its keeper, who
    watches the head, a log that stands still everybody."""
    keeps, leads = (account.has_perm(each) for each in ("registries.add_account", logpolicy.ACT))
    for what, state, words in loghealth.of(account.bureau, ("fine", "warning", "broken")):
        is_witness = what.startswith("日志见证方")
        if state == "broken" or state == "warning" and (leads if is_witness else keeps):
            page = "admin:registries_logwitness_changelist" if is_witness and leads else "public:log"
            yield Beside(f"{what}：{words}", "", reverse("health-page" if keeps else page), True)


def _pulse(name, title, most, address, more=""):
    last = pulses.last(name)
    if last is None:
        return Beside(f"{title}：还没有过", more, address, True)
    is_late = timezone.now() - last.at > most
    return Beside(f"{title}：最近 {timezone.localtime(last.at):%Y-%m-%d %H:%M}", more, address, is_late)


def _supervisor(account):
    """What the supervisor may rely on, and has to take away."""
    bureau = account.bureau
    yield _pulse("anchor", "锚点导出", _WEEK, reverse("oversight-page"), "每周一次，存到本机以外")
    draws = Draw.objects.filter(bureau=bureau, status=DrawState.DRAWN)
    released = Release.objects.filter(draw__in=draws).count()
    said = f"抽出 {draws.count()} 次，公开 {released} 次"
    yield Beside(said, "公开的谁都可以重新计算", reverse("oversight-page"), False)
    head = journal.head(bureau)
    yield Beside(f"办理日志 {head['seq']} 条", "逐条相接，可以核验", reverse("statistics-page"), False)


def _legal(account):
    """Lines without a basis in a draft, lines that cite what is no longer law."""
    bureau, today = account.bureau, timezone.localdate()
    for each in ItemList.objects.filter(bureau=bureau, status=ItemListState.DRAFTED):
        bare = listedits.counts(each)["bare"]
        if bare:
            said = f"第 {each.version} 版清单有 {bare} 条没有依据"
            yield Beside(said, "补齐后才能公布", f"{reverse('list', args=[each.pk])}?tab=bare", True)
    living = list(listedits.with_lines(ItemList.objects.effective(today).filter(bureau=bureau)))
    for law in items.laws_that_warn(bureau.pk):
        touched = len(listedits.touched(law, living))
        if touched:
            yield Beside(f"{touched} 条引用《{law.law}》", law.warning(), reverse("lists"), True)


_BOXES = [
    ("registries.enter_admin", "公开日志", _log),  # first: a log that stands still stops everybody
    ("registries.confirm_consent", "等您确认", _second_hand),
    ("registries.add_account", "系统", _officer),
    ("inspections.open_code", "可以放心", _supervisor),
    ("registries.review_relation", "条文提醒", _legal),
]
