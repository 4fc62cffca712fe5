"""红旗簿: a grave flag is written down when it is seen first, and stays until somebody who may has read it,
whether it still stands or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Bureau, RoleGrant
from registries.onebyone import one_by_one
from registries.services import journal
from registries.services.access import require

from ..draw import pool
from . import redflags
from .models import RedFlag

if TYPE_CHECKING:
    import logging

    from registries.models import Account

    from .flagging import Flag


def keep_all(log: logging.Logger) -> None:
    """Of every bureau; a step of the schedule."""
    one_by_one(Bureau.objects.here(), lambda bureau: keep(bureau, redflags.of(bureau)), log)


def keep(bureau: Bureau, found: list[Flag]) -> None:
    """Write down what is grave and new, and what stands no more."""
    grave = {each.key: each for each in found if each.grave}
    kept = RedFlag.objects.filter(bureau=bureau)
    known = set(kept.filter(key__in=grave).values_list("key", flat=True))
    RedFlag.objects.bulk_create(
        [
            RedFlag(
                bureau=bureau,
                key=key,
                kind=each.kind,
                text=each.text[:500],
                by_id=each.by,
                thing=each.about,
                place=list(each.where),
            )
            for key, each in grave.items()
            if key not in known
        ],
        ignore_conflicts=True,
    )
    kept.filter(gone_at=None).exclude(key__in=grave).update(gone_at=timezone.now())
    kept.filter(key__in=grave).exclude(gone_at=None).update(gone_at=None)


def unread(bureau: Bureau) -> list[RedFlag]:
    """What nobody has read, the oldest first."""
    return list(RedFlag.objects.filter(bureau=bureau, read_at=None).select_related("by").order_by("pk"))


def waiting_for(account: Account) -> int:
    """How many wait for this account to read them: those of a supervisor's own acts for the head and the
    auditor, all others for the supervisor; nobody's own for himself."""
    roles = account.roles()
    kept = RedFlag.objects.filter(bureau=account.bureau_id, read_at=None).exclude(by=account)
    today = timezone.localdate()
    held = RoleGrant.objects.filter(role="supervisor", since__lte=today).exclude(until__lt=today)
    of_supervisor = Q(by__in=held.values("account"))
    mine = Q(pk=None)
    if roles & {"head", "auditor"}:
        mine |= of_supervisor
    if "supervisor" in roles:
        mine |= ~of_supervisor | Q(by=None)
    return kept.filter(mine).count() if account.has_perm("inspections.watch_draws") else 0


def may_read(flag: RedFlag, account: Account) -> bool:
    """Nobody his own; of a firm that has come back, which then must be visited, the supervisor alone."""
    is_own = flag.by_id == account.pk
    return not is_own and (not flag.thing or "supervisor" in account.roles())


@transaction.atomic
def read(flag: RedFlag, note: str, *, by: Account) -> RedFlag:
    """Somebody who watches has looked at it, and says what came of it. Raises same_person where it is about
    his own act, flag_supervisor, flag_note where nothing is said, stale."""
    require(by, "inspections.watch_draws", flag.bureau)
    if not may_read(flag, by):
        raise DomainError("same_person" if flag.by_id == by.pk else "flag_supervisor")
    if not note.strip():
        raise DomainError("flag_note")
    flag = RedFlag.objects.select_for_update(no_key=True, of=("self",)).get(pk=flag.pk)
    if flag.read_at:
        raise DomainError("stale", what=flag.text[:40], status="已看过")
    RedFlag.objects.filter(pk=flag.pk).update(read_at=timezone.now(), read_by=by, note=note[:200])
    journal.write("flag.read", by=by, about=flag.about, facts={"key": flag.key})
    if flag.thing:
        journal.write(pool.LOOKED_AT, by=by, about=flag.thing)
    flag.refresh_from_db()
    return flag
