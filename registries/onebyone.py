"""Many things in turn: what a sweep does."""

from django.db import InterfaceError, OperationalError, connection

from .errors import DomainError


def one_by_one(things, act, log):
    """Act on each of the things; one that is refused or fails is logged and keeps no other back.

    Returns what the acts that succeeded returned. A database that is away is raised: the next sweep
    will try all of them again.
    """
    done = []
    for each in things:
        if _has_moved(each):
            continue
        try:
            done.append(act(each))
        except DomainError as refused:
            log.warning("%s %s: %s", type(each).__name__, getattr(each, "pk", each), refused.code)
        except (OperationalError, InterfaceError) as wrong:
            if not connection.is_usable():
                raise
            # The database answers: this one met a lock, a time limit or a deadlock, which is its own affair.
            log.warning("%s %s: %s", type(each).__name__, getattr(each, "pk", each), type(wrong).__name__)
        except Exception:
            log.exception("%s %s failed", type(each).__name__, getattr(each, "pk", each))
    return done


def _has_moved(thing):
    """Whether it is of a bureau that has moved to another installation: there it is done."""
    bureau = thing if hasattr(thing, "moved_at") else getattr(thing, "bureau", None)
    return getattr(bureau, "moved_at", None) is not None
