"""The only writer of `status`: table check, then a conditional UPDATE that one of two rivals loses."""

from django.utils.text import capfirst

from registries.errors import DomainError

from .states import TABLES, TITLES


def move(thing, to, **stamps):
    """Move `thing` to the state `to` and write the stamps with it. Raises `stale` when
    it is not there any more."""
    noun = type(thing).__name__
    # a higher room's noun brings its own: {state: (title, what may follow)}
    table = getattr(thing, "STATES", None)
    if table is None:
        table = {state: (TITLES[noun][state], following) for state, following in TABLES[noun].items()}
    before = [state for state, (_, following) in table.items() if to in following]
    changed = type(thing).objects.filter(pk=thing.pk, status__in=before).update(status=to, **stamps)
    thing.refresh_from_db(fields=["status", *stamps])
    if not changed:
        raise DomainError("stale", what=capfirst(str(thing)), status=table[thing.status][0])
    return thing
