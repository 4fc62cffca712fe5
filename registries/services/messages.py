"""Telling people: an act writes, in its own transaction, whom it concerns, what kind of news it is, about
which thing, and not before when. Whoever shows, counts or sends messages reads what stands here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..look import waits_of
from ..models import Account, Dispatch, Message, RoleGrant
from . import journal
from .access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from ..states import Wait

_AGAIN = timedelta(hours=4)


@transaction.atomic(savepoint=False)
def tell(
    whom: Iterable[Account | None],
    kind: str,
    thing: Any,
    said: str,
    *,
    by: Account | None = None,
    not_before: datetime | None = None,
) -> None:
    """One message to each of `whom` (nobody is told of his own act; None is nobody). `said` names the thing
    as the house names it; what leaves the house says only the kind (config/office/outbox.py)."""
    people = {each.pk: each for each in whom if each is not None and each != by and each.bureau_id}
    when = not_before or timezone.now()
    made = Message.objects.bulk_create(
        Message(
            bureau_id=each.bureau_id,
            account=each,
            kind=kind,
            thing=journal.key_of(thing),
            said=said[:300],
            by=by,
            not_before=when,
        )
        for each in people.values()
    )
    if settings.NOTIFY_URL:
        Dispatch.objects.bulk_create(
            Dispatch(
                bureau_id=each.bureau_id,
                message=each,
                account_id=each.account_id,
                channel="hook",
                not_before=when,
            )
            for each in made
        )


@transaction.atomic(savepoint=False)
def hand_on(thing: Any, *, by: Account | None = None, not_before: datetime | None = None) -> None:
    """The thing stands in a new state: what was said of its old one is settled, and whoever it waits for by
    its table of states is told."""
    settle(thing)
    for wait in waits_of(thing):
        said = f"{thing._meta.verbose_name}“{thing}”等您{wait.words}"
        tell(_whom(thing, wait), "waits", thing, said, by=by, not_before=not_before)


@transaction.atomic(savepoint=False)
def settle(thing: Any) -> None:
    """What the thing waited for is done: nobody need read any more that it waits."""
    waits = Message.objects.filter(bureau_id=_bureau_of(thing), thing=journal.key_of(thing), kind="waits")
    waits.unread().update(read_at=timezone.now())


@transaction.atomic(savepoint=False)
def settle_done(thing: Any) -> None:
    """One way in which the thing waited has ended: whoever it waits for no more need not read that it did."""
    waits = Message.objects.filter(bureau_id=_bureau_of(thing), thing=journal.key_of(thing), kind="waits")
    waits.unread().exclude(account__in=waited_for(thing)).update(read_at=timezone.now())


@transaction.atomic(savepoint=False)
def judged(thing: Any, author: Account | None, agrees: bool, note: str = "", *, by: Account) -> None:
    """It is decided: whoever asked hears how, and why not; whoever it waits for next is told."""
    hand_on(thing, by=by)
    title = f"{type(thing)._meta.verbose_name}“{thing}”"
    said = f"{title}：{thing.get_status_display()}" + (f"，{note}" if note else "")
    tell([author], "judged" if agrees else "returned", thing, said, by=by)


@transaction.atomic
def urge(thing: Any, *, by: Account) -> list[Account]:
    """Whoever the thing waits for is reminded of it; once in some hours, by
    whomever. Returns who was told."""
    require(by, "registries.enter_admin", getattr(thing, "bureau", None))
    since = timezone.now() - _AGAIN
    if Message.objects.filter(thing=journal.key_of(thing), kind="urged", made_at__gt=since).exists():
        raise DomainError("urged_already", what=str(thing))
    noun, told = type(thing), []
    for wait in waits_of(thing):
        people = [each for each in _whom(thing, wait) if each != by]
        said = f"{by}催办：{noun._meta.verbose_name}“{thing}”等您{wait.words}"
        tell(people, "urged", thing, said, by=by)
        told += people
    journal.write("message.urged", by=by, about=journal.key_of(thing), facts={"told": len(told)})
    return told


def waited_for(thing: Any) -> list[Account]:
    """The people for whom a thing waits now."""
    found = {each.pk: each for wait in waits_of(thing) for each in _whom(thing, wait)}
    return list(found.values())


def read(account: Account, marks: Iterable[str] | None = None) -> int:
    """The account has read these messages (all that may be read, without `marks`). Returns how many."""
    rows = Message.objects.of(account).unread()
    if marks is not None:
        rows = rows.filter(mark__in=marks)
    return rows.order_by().update(read_at=timezone.now())


def holders(bureau_id: int, right: str, role: str = "") -> Any:
    """The accounts of a bureau that have a right today; of one role only, where it is that role's work."""
    today = timezone.localdate()
    roles = [role] if role else [name for name, facts in settings.ROLES.items() if right in facts["acts"]]
    grants = RoleGrant.objects.filter(role__in=roles, since__lte=today).exclude(until__lt=today)
    return Account.objects.filter(bureau=bureau_id, is_active=True, pk__in=grants.values("account"))


def _whom(thing: Any, wait: Wait) -> list[Account]:
    """Whom a thing waits for in one way."""
    if wait.team:
        case = thing if wait.team == "pk" else getattr(thing, wait.team)
        found = [seat.inspector.account for seat in case.team().select_related("inspector__account")]
    elif wait.own:
        rows = type(thing).objects.filter(pk=thing.pk)
        keys = {pk for lookup in wait.own for pk in rows.values_list(lookup, flat=True) if pk}
        found = list(Account.objects.filter(pk__in=keys))
    else:
        found = list(holders(_bureau_of(thing), wait.who, wait.role))
    apart = _follow(thing, wait.apart) if wait.apart else None
    return [each for each in found if each is not None and each != apart and _may_see(thing, each)]


def _may_see(thing: Any, account: Account) -> bool:
    """A noun may say more of whom it waits for (a complaint about an inspector is the supervisor's alone)."""
    rows = type(thing).objects.filter(pk=thing.pk)
    return not hasattr(rows, "waiting_for") or rows.waiting_for(account).exists()


def _follow(thing: Any, lookup: str) -> Any:
    for name in lookup.split("__"):
        thing = getattr(thing, name, None)
    return thing


def _bureau_of(thing: Any) -> int:
    for name in ("bureau_id", "case", "subject", "draw"):
        if hasattr(thing, name):
            held = getattr(thing, name)
            return held if isinstance(held, int) else held.bureau_id
    raise TypeError(thing)
