"""摇号: each source's value is lodged by its own account; dice open together, a lottery after
them, typed by two (SJS1 §4)."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, leaves, logpolicy, messages
from registries.services.access import require
from registries.transitions import move

from .. import engine
from ..states import DrawState
from . import hands, logged
from .models import Draw, LotteryEntry, SeedSource

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

_DICE = 10


@transaction.atomic
def lodge(source: SeedSource, value: Any, *, by: Account) -> Draw:
    """A witness enters a value. Returns the draw.

    A dice value is shown as its hash only, until the last witness has lodged theirs; then all open at once. A
    lottery's number comes after them and opens at once. When the last value is open the draw waits to be run.
    """
    draw = Draw.objects.select_for_update(no_key=True).get(pk=source.draw_id)
    require(by, "inspections.enter_value", draw.bureau)
    now = timezone.now()
    source = SeedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    if wrong := refusal(draw, source, by):
        raise wrong
    value = _checked_value(source, value)
    if source.second_id and not _agreed(source, value, by):
        draw.refresh_from_db()
        return draw
    nonce = secrets.token_hex(16)
    digest = lodged_digest(draw, source.name, value, nonce)
    SeedSource.objects.filter(pk=source.pk).update(
        lodged_digest=digest, lodged_at=now, hidden_value=value, nonce=nonce, entered_by=by
    )
    if draw.status == DrawState.SEALED:
        move(draw, DrawState.SEEDING)
    journal.write(
        "value.lodged",
        by=by,
        about=draw.about,
        facts={"source": source.position, "digest": digest},
    )
    source.refresh_from_db()
    logged.lodged(source)
    if source.kind == "dice" and by.pk != source.account_id:
        _tell_completed(draw, source, by)
    _open_values(draw, by)
    draw.refresh_from_db()
    return draw


def _tell_completed(draw, source, by):
    """Somebody else has thrown for a witness who did not: the head and the auditor are told, and it stays a
    flag."""
    said = f"{draw.number} 的“{source.name}”过了摇号时间 24 小时没有录入，由{by}补全"
    people = [*messages.holders(draw.bureau_id, "inspections.approve_change", "head")]
    people += messages.holders(draw.bureau_id, "registries.read_original", "auditor")
    messages.tell(people, "watch", draw, said, by=by)


def lodged_digest(draw, name, value, nonce):
    """The hash a witness sees on the screen before any value opens."""
    return engine.digest(f"SJS1|LODGE|{draw.commitment}|{name}|{value}|{nonce}")


def refusal(draw, source, account):
    """Why an account may not type a source's value now, as a DomainError; None where it may. Asked by the act
    and by the page."""
    if draw.status not in (DrawState.SEALED, DrawState.SEEDING):
        return DomainError("draw_not_open", number=draw.number, status=draw.get_status_display())
    now = timezone.now()
    if now < draw.seed_at:
        return DomainError("too_early", at=timezone.localtime(draw.seed_at).strftime("%Y-%m-%d %H:%M"))
    # SJS1 §4: after 24 hours the supervisor may complete what a witness has left undone.
    # A lottery's number is public and needs two who agree: then anybody who enters values may be the second.
    is_late = now > draw.values_by
    may_complete = is_late and ("supervisor" in account.roles() or source.kind == "lottery")
    if account.pk not in (source.account_id, source.second_id) and not may_complete:
        return DomainError("not_your_source", name=source.name)
    if source.lodged_at:
        return DomainError("already_lodged", name=source.name)
    if why := leaves.standing_still(draw.bureau):
        return DomainError("log_still", why=why)
    if draw.status == DrawState.SEALED and (count := lacking(draw)):
        return DomainError("log_uncosigned", count=count)
    if hands.touched_since(account, draw.sealed_at):
        return DomainError("source_touched", name=str(account))
    if source.kind == "lottery" and draw.sources.filter(kind="dice", opened_at=None).exists():
        return DomainError("dice_first", name=source.name)
    return None


_PAPER = "log.paper_signed"


def is_on_paper(draw: Draw) -> bool:
    """Whether those present have signed a printed checkpoint in the witnesses' stead."""
    return journal.has_happened(draw.bureau_id, draw.about, (_PAPER,), draw.sealed_at)


def lacking(draw: Draw) -> int:
    """How many cosignatures of the sealing the first throw still waits for."""
    count = logpolicy.lacking(draw.bureau, draw.number)
    return 0 if count and is_on_paper(draw) else count


@transaction.atomic
def sign_on_paper(draw: Draw, *, by: Account) -> None:
    """The supervisor says that no witness answers, and that those present have signed the printed
    checkpoint."""
    require(by, "inspections.take_sealed", draw.bureau)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if draw.status != DrawState.SEALED or not logpolicy.lacking(draw.bureau, draw.number):
        raise DomainError("stale", what=draw.number, status=draw.get_status_display())
    journal.write(_PAPER, by=by, about=draw.about, facts={"lacking": logpolicy.needed(draw.bureau)})


def next_for(draw, account):
    """The source whose value an account is to type next: its own, else what it may complete; None where none.
    Of two who type a lottery's number, whoever typed last waits for the other."""
    sources = list(draw.sources.filter(lodged_at=None).order_by("position"))
    own = [each for each in sources if account.pk in (each.account_id, each.second_id)]
    for each in own or sources:
        wrong = refusal(draw, each, account)
        last = each.entries.order_by("-pk").first() if each.kind == "lottery" else None
        is_typed = last is not None and last.account_id == account.pk
        if not is_typed and (wrong is None or each in own and wrong.code == "too_early"):
            return each
    return None


def _checked_value(source, value):
    value = value.strip()
    is_digits = value.isascii() and value.isdigit()
    if source.kind == "dice":
        if not is_digits or len(value) != _DICE:
            raise DomainError("dice_invalid")
    elif not is_digits or not 3 <= len(value) <= 20:
        raise DomainError("lottery_invalid")
    return value


def _agreed(source, value, by):
    """Write down what one of the two has typed; True once both typed the same last."""
    LotteryEntry.objects.create(source=source, account=by, value=value)
    journal.write(
        "value.typed",
        by=by,
        about=source.draw.about,
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
                about=draw.about,
                facts={"source": source.position, "value": source.hidden_value, "nonce": source.nonce},
            )
            source.refresh_from_db()
            logged.opened(source)
    if not draw.sources.filter(opened_at=None).exists():
        draw.refresh_from_db()
        move(draw, DrawState.SEEDED)
        messages.settle(draw)
        journal.write("draw.seeded", by=by, about=draw.about)
