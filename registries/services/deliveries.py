"""来数: receive what a source hands over, read it, look at it, confirm it, and undo it. Nothing of it counts
before; each row ends in one state that is said; what came before is not taken again."""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from .. import cipher
from ..errors import DomainError
from ..idnumbers import hide
from ..models import Account, Delivery, SourceRecord
from ..sentences import say
from ..sheets import delivered as sheets
from ..sheets.enterprises import without_id_numbers
from ..states import OPEN_ROWS, DeliveryRowState, DeliveryState
from ..transitions import move
from . import incoming, journal, messages, records, register, storage
from .access import require, require_other

if TYPE_CHECKING:
    from datetime import date

    from ..models import Source

log = logging.getLogger(__name__)
BRING, SECOND = "registries.import_subject", "registries.verify_subjectevent"
INLINE = 300  # rows: as many are taken while the page waits
READ_INLINE = 256 * 1024  # bytes: as many are read
_SEALED = "application/vnd.mingqian.delivery"
_BOUND_TO = "registries.delivery.file"


@transaction.atomic
def receive(
    source: Source,
    data: bytes,
    name: str,
    *,
    by: Account | None,
    way: str = "file",
    as_of: date | None = None,
) -> tuple[Delivery, bool]:
    """Bytes and name of what was handed over in; (its Delivery, whether it is new) out. The same bytes come
    in once, unless they were undone. `by`: None where a machine brought it. Raises source_closed."""
    if by is not None:
        require(by, BRING, source.bureau)
    if not source.is_open:
        raise DomainError("source_closed", source=str(source))
    register.lock(source.bureau)
    digest = hashlib.sha256(data + (as_of.isoformat().encode() if as_of else b"")).hexdigest()
    again = [DeliveryState.UNDONE, DeliveryState.FAILED]
    known = source.deliveries.filter(digest=digest).exclude(status__in=again).first()
    if known is not None:
        return known, False
    packed = cipher.encrypt_bytes(zlib.compress(data, 1), _BOUND_TO)
    made = Delivery.objects.create(
        bureau=source.bureau,
        source=source,
        file=storage.keep(packed, _SEALED),
        digest=digest,
        name=hide(name)[:200],
        size=len(data),
        way=way,
        as_of=as_of,
        received_by=by,
    )
    facts = {"digest": digest, "size": len(data), "way": way}
    journal.write("delivery.received", by=by, bureau=source.bureau, about=made.about, facts=facts)
    return made, True


def content_of(delivery: Delivery) -> bytes:
    """The bytes as they came."""
    return zlib.decompress(cipher.decrypt_bytes(delivery.file.read(), _BOUND_TO))


def rotate_originals() -> int:
    """Put what came under the newest key; what was kept under an old one stays and opens no more. Returns how
    many."""
    count = 0
    for one in Delivery.objects.select_related("file"):
        data = one.file.read()
        if not cipher.is_current(data[:8].decode("latin-1").replace("\n", ":")):
            fresh = cipher.encrypt_bytes(cipher.decrypt_bytes(data, _BOUND_TO), _BOUND_TO)
            Delivery.objects.filter(pk=one.pk).update(file=storage.keep(fresh, _SEALED))
            count += 1
    return count


def work(pk: int) -> Delivery:
    """The step that a delivery waits for: read, or write. What cannot be read is said on it, once."""
    one = Delivery.objects.get(pk=pk)
    steps = {DeliveryState.RECEIVED: read, DeliveryState.WRITING: write}
    step = steps.get(one.status)
    if step is None:
        return one
    try:
        return step(pk)
    except (OperationalError, InterfaceError):
        raise
    except DomainError as wrong:
        return _give_up(one, say(wrong))
    except Exception:  # tried again, it would be no better: somebody is told, and the log has where
        log.exception("delivery %s", pk)
        return _give_up(one, "系统内部出错，已记入运行记录；请把这份文件告诉系统管理员")


def waiting() -> list[int]:
    """Keys of the deliveries that wait for the background."""
    found = Delivery.objects.filter(status__in=[DeliveryState.RECEIVED, DeliveryState.WRITING])
    return list(found.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def read(pk: int) -> Delivery:
    """Every row of a received delivery gets its state; a process that dies in the middle leaves none."""
    one = Delivery.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(
        pk=pk, status=DeliveryState.RECEIVED
    )
    delivery = one.select_related("source__bureau").first()
    if delivery is None:
        return Delivery.objects.get(pk=pk)
    register.lock(delivery.bureau)
    source = delivery.source
    data = content_of(delivery)
    table = incoming.opened(source, data, delivery.name)
    leading = list(islice(table.rows, 21))
    place, mapping = sheets.find_columns(source.content, leading, source.mapping)
    header = leading[place][1] if place is not None else (leading[0][1] if leading else [])
    delivery.headers, _ = without_id_numbers(header)
    if not leading or (place is not None and len(leading) == place + 1):
        raise DomainError("file_empty")
    if place is None or sheets.lacking(source.content, mapping):
        lacks = "、".join(sheets.lacking(source.content, mapping))
        delivery.told = [f"没有认出：{lacks}。请指定是哪一栏；指定过的，这个来源以后自动认出。"]
        delivery.save(update_fields=["headers", "told"])
        move(delivery, DeliveryState.UNMAPPED)
        messages.hand_on(delivery)
        return delivery
    rows = [*leading[place + 1 :], *table.rows]
    counts = incoming.Reading(delivery, mapping, incoming.is_cut(data, delivery.name)).take(rows)
    delivery.told, delivery.counts = [*table.told, *table.late], dict(counts)
    delivery.save(update_fields=["headers", "told", "counts"])
    move(delivery, DeliveryState.READ if counts[DeliveryRowState.PLAIN] else DeliveryState.TAKEN)
    messages.hand_on(delivery)
    journal.write(
        "delivery.read",
        by=delivery.received_by,
        bureau=delivery.bureau,
        about=delivery.about,
        facts=dict(counts),
    )
    return delivery


@transaction.atomic
def remap(delivery: Delivery, mapping: dict[str, str], *, by: Account) -> Delivery:
    """{field: header}: said once, kept for the source; the delivery is read again. Raises columns_missing."""
    require(by, BRING, delivery.bureau)
    lacks = sheets.lacking(delivery.source.content, {name: title for name, title in mapping.items() if title})
    if lacks:
        raise DomainError("columns_missing", columns="、".join(lacks))
    source = delivery.source
    # a field left blank is none of these headers, whatever was said before; other files' headers stay
    kept = {name: title for name, title in source.mapping.items() if title not in delivery.headers}
    source.mapping = kept | {name: title for name, title in mapping.items() if title}
    source.save(update_fields=["mapping"])
    move(delivery, DeliveryState.RECEIVED)
    messages.settle(delivery)
    journal.write("delivery.mapped", by=by, about=delivery.about, facts={"fields": sorted(mapping)})
    return delivery


@transaction.atomic
def forget_columns(source: Source, *, by: Account) -> Source:
    """What was said of its columns was wrong: for what comes from now on they are found anew."""
    require(by, "registries.change_source", source.bureau)
    source.mapping = {}
    source.save(update_fields=["mapping"])
    journal.write("source.columns_forgotten", by=by, about=source.about)
    return source


@transaction.atomic
def say_meaning(source: Source, field: str, theirs: str, ours: str, *, by: Account) -> Source:
    """What a word of theirs means: for what comes from now on. Raises meaning_unknown."""
    require(by, "registries.change_source", source.bureau)
    known = sheets.words_of(field)
    if known and ours not in known:
        raise DomainError("meaning_unknown", ours=ours, known="、".join(filter(None, known)))
    source.meanings = source.meanings | {field: source.meanings.get(field, {}) | {theirs: ours}}
    source.save(update_fields=["meanings"])
    journal.write("source.meaning_said", by=by, about=source.about, facts={"field": field})
    return source


@transaction.atomic
def original(delivery: Delivery, *, by: Account) -> bytes:
    """The bytes as they came, for somebody to look at; each look is journaled."""
    require(by, BRING, delivery.bureau)
    journal.write("delivery.original_read", by=by, about=delivery.about)
    return content_of(delivery)


@transaction.atomic
def check(delivery: Delivery, *, by: Account) -> Delivery:
    """One person has looked at the plain rows: where lots or who may be drawn change, another confirms; else
    they are taken."""
    require(by, BRING, delivery.bureau)
    stamps = {"checked_by": by, "checked_at": timezone.now(), "sent_back": ""}
    weighs = delivery.rows.filter(status=DeliveryRowState.PLAIN, weighs=True).exists()
    move(delivery, DeliveryState.CHECKED if weighs else DeliveryState.WRITING, **stamps)
    messages.hand_on(delivery, by=by)
    journal.write("delivery.checked", by=by, about=delivery.about)
    return delivery


@transaction.atomic
def send_back(delivery: Delivery, reason: str, *, by: Account) -> Delivery:
    """The second person wants it looked at again."""
    require(by, SECOND, delivery.bureau)
    require_other(by, delivery.checked_by)
    if not reason.strip():
        raise DomainError("reason_needed")
    first = delivery.checked_by
    move(delivery, DeliveryState.READ, sent_back=reason.strip()[:200], checked_by=None, checked_at=None)
    messages.judged(delivery, first, False, reason, by=by)
    journal.write("delivery.sent_back", by=by, about=delivery.about)
    return delivery


@transaction.atomic
def confirm(delivery: Delivery, *, by: Account) -> Delivery:
    """The second person says yes; its plain rows are then taken."""
    require(by, SECOND, delivery.bureau)
    require_other(by, delivery.checked_by)
    move(delivery, DeliveryState.WRITING, confirmed_by=by, confirmed_at=timezone.now())
    messages.judged(delivery, delivery.checked_by, True, by=by)
    journal.write("delivery.confirmed", by=by, about=delivery.about)
    return delivery


@transaction.atomic
def write(pk: int) -> Delivery:
    """The plain rows of a confirmed delivery, all or none."""
    one = Delivery.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(
        pk=pk, status=DeliveryState.WRITING
    )
    delivery = one.select_related("source__bureau", "checked_by", "confirmed_by").first()
    if delivery is None:
        return Delivery.objects.get(pk=pk)
    register.lock(delivery.bureau)
    hands = records.Hands(delivery.checked_by, delivery.confirmed_by, delivery.called)
    rows = delivery.rows.filter(status=DeliveryRowState.PLAIN).select_related("subject__bureau")
    for row in rows.order_by("pk"):
        row.delivery = delivery
        try:
            with transaction.atomic():
                records.take(row, hands)
        except DomainError as wrong:  # one row that cannot be taken keeps no other back
            row.refresh_from_db()
            move(row, DeliveryRowState.ODD, said=say(wrong)[:300])
            messages.hand_on(row)
    count(delivery)
    move(delivery, DeliveryState.TAKEN)
    journal.write(
        "delivery.taken",
        by=hands.last,
        bureau=delivery.bureau,
        about=delivery.about,
        facts=delivery.counts,
    )
    return delivery


def count(delivery: Delivery) -> None:
    """How many rows stand in each state, kept on the delivery."""
    counts = Counter(delivery.rows.values_list("status", flat=True))
    Delivery.objects.filter(pk=delivery.pk).update(counts=dict(counts))
    delivery.counts = dict(counts)


@transaction.atomic
def undo(delivery: Delivery, reason: str, *, by: Account) -> Delivery:
    """As if it had never come: every record is again what its other deliveries say; what a person changed
    since stays. Where it weighed, only who did not bring it in may. Raises reason_needed, same_person."""
    taken = delivery.rows.filter(status=DeliveryRowState.TAKEN)
    weighed = taken.filter(weighs=True)
    drops = delivery.status != DeliveryState.TAKEN and not weighed.exists() and by.has_perm(BRING)
    require(by, BRING if drops else SECOND, delivery.bureau)
    if weighed.exists():
        looked = Account.objects.filter(pk__in=weighed.exclude(checked_by=None).values("checked_by"))
        for hand in (delivery.checked_by, *looked):
            require_other(by, hand)
    if not reason.strip():
        raise DomainError("reason_needed")
    register.lock(delivery.bureau)
    touched = list(taken.values_list("record", flat=True).distinct())
    keys = set(delivery.rows.exclude(key="").values_list("key", flat=True))
    now = timezone.now()
    for row in delivery.rows.filter(status__in=[*OPEN_ROWS, DeliveryRowState.TAKEN]):
        move(row, DeliveryRowState.UNDONE, judged_by=by, judged_at=now)
        messages.settle(row)
    stamps = {"undone_by": by, "undone_at": now, "undone_why": reason.strip()[:200]}
    move(delivery, DeliveryState.UNDONE, **stamps)
    # what comes to stand again was brought and confirmed by those who took it then
    hands = records.Hands(delivery.checked_by, by, f"撤销{delivery.called}", undoes=True)
    left = []
    for record in SourceRecord.objects.filter(pk__in=touched).select_related("subject", "source", "event"):
        left += records.settle(record, hands)
    records.reopen(delivery.source, keys)
    count(delivery)
    delivery.told = [*delivery.told, *left[:20]]
    delivery.save(update_fields=["told"])
    messages.settle(delivery)
    messages.judged(delivery, delivery.checked_by, False, reason, by=by)
    journal.write("delivery.undone", by=by, about=delivery.about, facts=delivery.counts | {"left": len(left)})
    return delivery


def is_small(delivery: Delivery) -> bool:
    """Whether the step that it waits for may be done while a page waits."""
    if delivery.status == DeliveryState.WRITING:
        return delivery.rows.filter(status=DeliveryRowState.PLAIN)[: INLINE + 1].count() <= INLINE
    return delivery.size <= READ_INLINE


@transaction.atomic
def _give_up(delivery, why):
    """Of one that cannot be read, nothing came; one that cannot be written is looked at again."""
    if delivery.status == DeliveryState.RECEIVED:
        return _fail(delivery, why)
    looked = delivery.checked_by
    told = {"sent_back": f"没有写成：{why}"[:200], "checked_by": None, "checked_at": None}
    move(delivery, DeliveryState.READ, **told, confirmed_by=None, confirmed_at=None)
    messages.judged(delivery, looked, False, told["sent_back"], by=None)
    journal.write(
        "delivery.not_written", by=None, bureau=delivery.bureau, about=delivery.about, facts={"why": why}
    )
    return delivery


def _fail(delivery, why):
    move(delivery, DeliveryState.FAILED, error=why[:300])
    messages.tell(
        messages.holders(delivery.bureau_id, BRING, "clerk"),
        "returned",
        delivery,
        f"来数“{delivery}”没有读成：{why}",
    )
    facts = {"digest": delivery.digest}
    journal.write("delivery.failed", by=None, bureau=delivery.bureau, about=delivery.about, facts=facts)
    return delivery
