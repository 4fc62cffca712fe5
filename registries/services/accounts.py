"""Accounts: opening one, granting a role, a first password, leaving."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..errors import DomainError
from ..models import Account, OldPassword, RoleGrant
from ..passwords import half_on_paper
from . import consents, covers, journal
from .access import require, require_other

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from typing import Any

    from django.db.models import QuerySet

    from ..models import Bureau, Consent, Inspector, Section

APART = {"officer", "security", "auditor"}  # 三员: nobody is two of them


@transaction.atomic
def open_account(
    bureau: Bureau,
    username: str,
    display_name: str,
    roles: Iterable[str],
    *,
    password: str | None = None,
    section: Section | None = None,
    email: str = "",
    until: date | None = None,
    is_once: bool = False,
    town: str = "",
    by: Account | None = None,
) -> Account:
    """One person's account with roles from today on. Without a password nobody can sign in to it yet; one
    that `is_once` must be changed at once. Called
    by what another has confirmed (confirming.py), and by the machine's keeper (found_bureau)."""
    roles = list(roles)
    require_apart(roles)
    account = Account(username=username, display_name=display_name, bureau=bureau, section=section)
    account.set_password(password)
    account.must_change_password, account.email, account.valid_until = is_once, email, until
    account.town = town
    account.save()
    grants = [
        RoleGrant.objects.create(account=account, role=role, since=timezone.localdate()) for role in roles
    ]
    covers.touch(bureau, [account, *grants], by=by)
    journal.write("account.opened", by=by, bureau=bureau, about=account.about, facts={"roles": sorted(roles)})
    return account


@transaction.atomic
def ask_account(
    bureau: Bureau,
    username: str,
    display_name: str,
    roles: Iterable[str],
    *,
    by: Account,
    section: Section | None = None,
    email: str = "",
    until: date | None = None,
    town: str = "",
    inspector: Inspector | None = None,
) -> tuple[Consent, str]:
    """A new account, to be confirmed by another; `inspector`: the row of the person in the register, which
    gets it then. Returns (Consent, the half of the one-time password that goes on the slip). Raises
    username_taken, roles_apart, town_unsaid."""
    require(by, "registries.add_account", bureau)
    roles = sorted(set(roles))
    taken = Q(username__iexact=username) | Q(bureau=by.bureau, signs_as__iexact=username)
    if Account.objects.filter(taken).exists():
        raise DomainError("username_taken", name=username)
    require_apart(roles)
    _require_town(roles, town)
    half = half_on_paper()
    facts: dict[str, Any] = {"username": username, "display_name": display_name, "roles": roles}
    facts |= {"town": town, "inspector": inspector.pk if inspector else None}
    facts |= {"email": email, "until": until.isoformat() if until else ""}
    facts |= {"section": section.pk if section else None}
    shown = [["用户名", "", username], ["姓名", "", display_name], ["角色", "", _titles(roles)]]
    shown += [["有效期至", "", facts["until"]]] if until else []
    shown += [["乡镇（街道）", "", town]] if town else []
    shown += [["检查人员", "", f"{inspector.ref} {inspector}"]] if inspector else []
    title = f"新建账户 {username}（{display_name}）：{_titles(roles)}"
    return consents.ask("open", bureau, title, shown, facts, by=by, half=half), half


@transaction.atomic
def ask_reset(account: Account, *, by: Account) -> tuple[Consent, str]:
    """A new one-time password; the old one holds until another has confirmed. Returns (Consent, the half that
    goes on the slip)."""
    _require_other(account, by)
    half = half_on_paper()
    title = f"重置 {account.username}（{account}）的密码"
    shown = [["密码", "原来的", "一次性的，本人登录后必须自己改掉"]]
    made = consents.ask("reset", account.bureau, title, shown, {}, by=by, account=account, half=half)
    return made, half


@transaction.atomic
def ask_factor(account: Account, *, by: Account) -> Consent:
    """The phone and the codes are lost: the next sign-in sets up another, once somebody has confirmed."""
    _require_other(account, by)
    shown = [["动态口令", "已启用", "本人下次登录后重新启用"]]
    title = f"重设 {account.username}（{account}）的动态口令"
    return consents.ask("factor", account.bureau, title, shown, {}, by=by, account=account)


@transaction.atomic
def ask_grant(
    account: Account, role: str, since: date, until: date | None = None, *, town: str = "", by: Account
) -> Consent:
    """A role from a day on, never from one gone by. Raises grant_backdated, grant_ends_before, roles_apart,
    town_unsaid."""
    _require_other(account, by)
    _require_not_past(since)
    if until and until < since:
        raise DomainError("grant_ends_before", day=since)
    held = account.role_grants.exclude(until__lt=since)
    require_apart([role, *held.values_list("role", flat=True)])
    _require_town([role], town or account.town)
    facts = {
        "role": role,
        "since": since.isoformat(),
        "until": until.isoformat() if until else "",
        "town": town,
    }
    shown = [["角色", account.role_titles or "无", f"加上“{_titles([role])}”"], ["自", "", facts["since"]]]
    shown += [["至", "", facts["until"]]] if until else []
    shown += [["乡镇（街道）", account.town or "无", town]] if town else []
    title = f"授予 {account.username}（{account}）角色“{_titles([role])}”"
    return consents.ask("grant", account.bureau, title, shown, facts, by=by, account=account)


@transaction.atomic
def ask_end(account: Account, role: str, *, by: Account) -> Consent:
    """A role that is held now ends today, once somebody has confirmed. Raises role_not_held."""
    _require_other(account, by)
    today = timezone.localdate()
    if not account.role_grants.filter(role=role, since__lte=today).exclude(until__lt=today).exists():
        raise DomainError("role_not_held", role=_titles([role]))
    shown = [["角色", account.role_titles, f"去掉“{_titles([role])}”"]]
    title = f"终止 {account.username}（{account}）的角色“{_titles([role])}”"
    return consents.ask("end", account.bureau, title, shown, {"role": role}, by=by, account=account)


@transaction.atomic
def ask_identity(account: Account, sso_name: str, *, by: Account) -> Consent:
    """Who signs in at the other door under which name is who he is here. Raises identity_taken."""
    _require_other(account, by)
    if sso_name and Account.objects.exclude(pk=account.pk).filter(sso_name=sso_name).exists():
        raise DomainError("identity_taken")
    shown = [["统一身份账号", account.sso_name or "无", sso_name or "无"]]
    title = f"改 {account.username}（{account}）的统一身份账号"
    return consents.ask(
        "identity", account.bureau, title, shown, {"sso_name": sso_name}, by=by, account=account
    )


@transaction.atomic
def ask_leave(account: Account, reason: str, *, by: Account) -> Consent:
    """离任, once somebody has confirmed. Raises account_left."""
    _require_other(account, by)
    if not account.is_active:
        raise DomainError("account_left", name=str(account))
    shown = [["角色", account.role_titles or "无", "全部终止"], ["账户", "可以登录", "停用"]]
    title = f"停用 {account.username}（{account}）"
    return consents.ask("leave", account.bureau, title, shown, {}, by=by, account=account, reason=reason)


def _require_not_past(since):
    if since < timezone.localdate():
        raise DomainError("grant_backdated", day=since)


def _require_other(account, by):
    require(by, "registries.change_account", account.bureau)
    require_other(by, account)


def require_apart(roles: Iterable[str]) -> None:
    """三员分立: system, security and audit officers are three people. Raises roles_apart."""
    found = [role for role in settings.ROLES if role in set(roles) and role in APART]
    if found[1:]:
        raise DomainError("roles_apart", roles=_titles(found))


def _titles(roles):
    return "、".join(settings.ROLES[role]["title"] for role in settings.ROLES if role in roles)


@transaction.atomic
def note_own_password(account):
    """Its owner has chosen a password; it is remembered by its hash, and its age runs from now."""
    Account.objects.filter(pk=account.pk).update(must_change_password=False)
    account.refresh_from_db(fields=["password"])
    OldPassword.objects.create(account=account, password=account.password)
    journal.write("account.password_changed", by=account, about=account.about)
    covers.touch(account.bureau, [account], by=account)


@transaction.atomic
def end_all(account: Account, reason: str, *, by: Account) -> Account:
    """离任: every role ends today and nobody signs in to it any more; what it did stays under its name.

    Raises account_left.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if not account.is_active:
        raise DomainError("account_left", name=str(account))
    today = timezone.localdate()
    ended = account.role_grants.filter(until=None) | account.role_grants.filter(until__gt=today)
    roles = sorted(ended.values_list("role", flat=True))
    ended.update(until=today)
    account.is_active, account.valid_until = False, today
    account.set_unusable_password()
    account.save(update_fields=["is_active", "valid_until", "password"])
    journal.write("account.left", by=by, about=account.about, facts={"roles": roles, "reason": reason})
    covers.touch(account.bureau, [account, *account.role_grants.all()], by=by)
    return account


def _require_town(roles, town):
    if "town" in roles and not town:
        raise DomainError("town_unsaid")


def end_grants(held: QuerySet) -> None:
    """Grants end with yesterday: from now on nothing is done by them."""
    held.update(until=timezone.localdate() - timedelta(days=1))
