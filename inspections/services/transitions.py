"""The only writer of `status`: table check, then a conditional UPDATE that one of two rivals loses."""

from django.utils.text import capfirst

from registries.errors import DomainError

from ..states import TABLES, TITLES


def move(thing, to, **stamps):
    """Move `thing` to the state `to` and write the stamps with it. Raises `stale` when it is not there any more."""
    noun = type(thing).__name__
    before = [state for state, following in TABLES[noun].items() if to in following]
    changed = type(thing).objects.filter(pk=thing.pk, status__in=before).update(status=to, **stamps)
    thing.refresh_from_db(fields=["status", *stamps])
    if not changed:
        raise DomainError("stale", what=capfirst(str(thing)), status=TITLES[noun][thing.status])
    return thing
