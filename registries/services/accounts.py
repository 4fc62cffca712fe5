"""Accounts: opening one, granting a role, setting a password."""

from django.db import transaction
from django.utils import timezone

from ..models import Account, RoleGrant
from . import journal
from .access import require


@transaction.atomic
def open_account(bureau, username, display_name, roles, *, password=None, section=None, by=None):
    """One person's account with roles from today on. Without a password nobody can sign in to it yet."""
    if by is not None:
        require(by, "registries.add_account", bureau)
    account = Account(username=username, display_name=display_name, bureau=bureau, section=section)
    account.set_password(password)
    account.save()
    for role in roles:
        RoleGrant.objects.create(account=account, role=role, since=timezone.localdate())
    journal.write("account.opened", by=by, bureau=bureau, about=f"account {account.pk}", facts={"roles": sorted(roles)})
    return account


@transaction.atomic
def set_password(account, password, *, by):
    """A new password; every session of the account ends with the old one."""
    require(by, "registries.change_account", account.bureau)
    account.set_password(password)
    account.save(update_fields=["password"])
    journal.write("account.password_set", by=by, about=f"account {account.pk}")
