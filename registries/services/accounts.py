"""Accounts: opening one, granting a role, a first password, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Account, OldPassword, RoleGrant
from ..passwords import on_paper
from . import journal
from .access import require, require_other

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models import Bureau, Section


@transaction.atomic
def open_account(
    bureau: Bureau,
    username: str,
    display_name: str,
    roles: Iterable[str],
    *,
    password: str | None = None,
    section: Section | None = None,
    by: Account | None = None,
) -> Account:
    """One person's account with roles from today on. Without a password nobody can sign in to it yet."""
    if by is not None:
        require(by, "registries.add_account", bureau)
    account = Account(username=username, display_name=display_name, bureau=bureau, section=section)
    account.set_password(password)
    account.save()
    for role in roles:
        RoleGrant.objects.create(account=account, role=role, since=timezone.localdate())
    journal.write("account.opened", by=by, bureau=bureau, about=account.about, facts={"roles": sorted(roles)})
    return account


@transaction.atomic
def reset(account: Account, *, by: Account) -> str:
    """A password that is good for one sign-in, to be handed over on paper; its owner
    must choose another at once.

    Returns it; it is kept nowhere else.
    """
    password = on_paper()
    require(by, "registries.change_account", account.bureau)
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    journal.write("account.password_reset", by=by, about=account.about)
    return password


@transaction.atomic
def note_own_password(account):
    """Its owner has chosen a password; it is remembered by its hash, and its age runs from now."""
    Account.objects.filter(pk=account.pk).update(must_change_password=False)
    account.refresh_from_db(fields=["password"])
    OldPassword.objects.create(account=account, password=account.password)
    journal.write("account.password_changed", by=account, about=account.about)


@transaction.atomic
def leave(account: Account, reason: str, *, by: Account) -> Account:
    """离任: every role ends today and nobody signs in to it any more; what it did stays under its name.

    Raises same_person (so that somebody is always left to keep the accounts) and account_left.
    """
    require(by, "registries.change_account", account.bureau)
    require_other(by, account)
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
    return account
