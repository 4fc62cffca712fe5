"""The only writer of `status`: table check, then a conditional UPDATE that one of two rivals loses."""

from django.utils.text import capfirst

from .errors import DomainError


def move(thing, to, **stamps):
    """Move `thing` to the state `to` and write the stamps with it. Raises `stale` when
    it is not there any more."""
    noun = type(thing)
    stands = noun._base_manager.filter(pk=thing.pk, status__in=noun.State.before(to))
    changed = stands.update(status=to, **stamps)
    thing.refresh_from_db(fields=["status", *stamps])
    if not changed:
        raise DomainError("stale", what=capfirst(str(thing)), status=thing.get_status_display())
    return thing
