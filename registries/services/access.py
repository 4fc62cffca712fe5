"""May this account do this? Asked first by every service."""

from ..errors import DomainError


def require(by, act, bureau=None):
    """Account, act ("app.verb_noun") and the bureau concerned in; raises not_allowed or other_bureau."""
    if not by.has_perm(act):
        raise DomainError("not_allowed", act=act)
    if bureau is not None and by.bureau_id != bureau.pk:
        raise DomainError("other_bureau")


def require_other(by, *others):
    """Two persons: raises same_person when `by` is one of the others."""
    if by in others:
        raise DomainError("same_person")
