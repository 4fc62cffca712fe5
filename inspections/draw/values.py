"""摇号: each source's value is lodged by its own account; dice open together, a lottery after
them, typed by two (SJS1 §4)."""

import secrets
from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal
from registries.services.access import require

from .. import engine
from ..transitions import move
from .models import Draw, LotteryEntry, SeedSource

_DICE = 10


@transaction.atomic
def lodge(source, value, *, by):
    """A witness enters a value. Returns the draw.

    A dice value is shown as its hash only, until the last witness has lodged theirs; then all open at once. A
    lottery's number comes after them and opens at once. When the last value is open the draw waits to be run.
    """
    draw = Draw.objects.select_for_update(no_key=True).get(pk=source.draw_id)
    require(by, "inspections.enter_value", draw.bureau)
    _require_entry(draw, source, by)
    now = timezone.now()
    source = SeedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    if source.lodged_at:
        raise DomainError("already_lodged", name=source.name)
    value = _checked_value(draw, source, value)
    if source.second_id and not _agreed(source, value, by):
        draw.refresh_from_db()
        return draw
    nonce = secrets.token_hex(16)
    digest = lodged_digest(draw, source.name, value, nonce)
    SeedSource.objects.filter(pk=source.pk).update(
        lodged_digest=digest, lodged_at=now, hidden_value=value, nonce=nonce, entered_by=by
    )
    if draw.status == "sealed":
        move(draw, "seeding")
    journal.write(
        "value.lodged",
        by=by,
        about=f"draw {draw.number}",
        facts={"source": source.position, "digest": digest},
    )
    _open_values(draw, by)
    draw.refresh_from_db()
    return draw


def lodged_digest(draw, name, value, nonce):
    """The hash a witness sees on the screen before any value opens."""
    return engine.digest(f"SJS1|LODGE|{draw.commitment}|{name}|{value}|{nonce}")


def _require_entry(draw, source, by):
    if draw.status not in ("sealed", "seeding"):
        raise DomainError("draw_not_open", number=draw.number, status=draw.get_status_display())
    now = timezone.now()
    if now < draw.seed_at:
        raise DomainError("too_early", at=timezone.localtime(draw.seed_at).strftime("%Y-%m-%d %H:%M"))
    # SJS1 §4: after 24 hours the supervisor may complete what a witness has left undone.
    # A lottery's number is public and needs two who agree: then anybody who enters values may be the second.
    is_late = now > draw.seed_at + timedelta(hours=24)
    may_complete = is_late and ("supervisor" in by.roles() or source.kind == "lottery")
    if by.pk not in (source.account_id, source.second_id) and not may_complete:
        raise DomainError("not_your_source", name=source.name)


def _checked_value(draw, source, value):
    value = value.strip()
    is_digits = value.isascii() and value.isdigit()
    if source.kind == "dice":
        if not is_digits or len(value) != _DICE:
            raise DomainError("dice_invalid")
    else:
        if draw.sources.filter(kind="dice", opened_at=None).exists():
            raise DomainError("dice_first", name=source.name)
        if not is_digits or not 3 <= len(value) <= 20:
            raise DomainError("lottery_invalid")
    return value


def _agreed(source, value, by):
    """Write down what one of the two has typed; True once both typed the same last."""
    LotteryEntry.objects.create(source=source, account=by, value=value)
    journal.write(
        "value.typed",
        by=by,
        about=f"draw {source.draw.number}",
        facts={"source": source.position, "value": value},
    )
    typed = dict(source.entries.order_by("pk").values_list("account", "value"))
    return Counter(typed.values())[value] > 1  # two different people say this number


def _open_values(draw, by):
    waiting = draw.sources.filter(kind="dice", lodged_at=None).exists()
    if not waiting:
        for source in draw.sources.filter(opened_at=None).exclude(lodged_at=None):
            SeedSource.objects.filter(pk=source.pk).update(
                value=source.hidden_value, hidden_value="", opened_at=timezone.now()
            )
            journal.write(
                "value.opened",
                by=by,
                about=f"draw {draw.number}",
                facts={"source": source.position, "value": source.hidden_value, "nonce": source.nonce},
            )
    if not draw.sources.filter(opened_at=None).exists():
        draw.refresh_from_db()
        move(draw, "seeded")
        journal.write("draw.seeded", by=by, about=f"draw {draw.number}")
