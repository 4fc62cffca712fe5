"""谁看得到哪些企业: whoever reads the register sees it all; a town sees its own firms, and of an inspection
only what is not before it any more."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from inspections.models import Case
from registries.models import Subject


def firms(account):
    """The enterprises that an account may look at, listed or not. Raises PermissionDenied."""
    rows = Subject.objects.filter(bureau=account.bureau_id)
    if account.has_perm("registries.view_subject"):
        return rows
    if account.has_perm("registries.read_own_town") and account.town:
        return rows.filter(town=account.town)
    raise PermissionDenied


def is_town(account):
    """Whether the account looks with the eyes of a town, and with no others."""
    return account.has_perm("registries.read_own_town") and not account.has_perm("registries.view_subject")


def cases(account):
    """The inspections that an account may read of: a town is told of none that still lies ahead, and of none
    from a draw that is not released."""
    rows = Case.objects.filter(bureau=account.bureau_id)
    if account.has_perm("inspections.view_case"):
        return rows
    if account.has_perm("registries.read_own_town") and account.town:
        told = Q(draw=None) | Q(draw__release__isnull=False)
        return rows.filter(told, subject__town=account.town).exclude(ended_at=None)
    return rows.none()
