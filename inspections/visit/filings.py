"""上报: a visit from the phone. Kept first, receipted, then carried out (carrying.py); what cannot be
carried out is kept and said."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.onebyone import one_by_one
from registries.services import journal, messages, storage
from registries.services.access import require
from registries.transitions import move

from ..case import readiness
from ..case.models import Case
from ..sentences import say
from ..states import EntryState, FilingState
from . import carrying, exhibits, onthespot, submissions
from .models import Filing, Upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet

    from registries.models import Account

_log = logging.getLogger(__name__)
SKEW = 300  # seconds; more than this is shown to the reviewer
_WAITS = {"joint_waits"}  # for somebody else: nothing that whoever sent it could settle


def receive(
    case: Case,
    said_uuid: str,
    raw: bytes,
    *,
    by: Account,
    sent_at: datetime | None = None,
    carry: Callable[[Filing], Filing] | None = None,
    kinds: tuple[str, ...] = tuple(carrying.KINDS),
) -> Filing:
    """The bytes of a submission in, Filing out; the second time the same bytes give the same Filing.

    Raises filing_bad, sheet_bad (not ours to read), filing_differs (the same mark with other bytes),
    filing_files (files that have to be uploaded first). `sent_at`: the phone's clock at this moment, beside
    the bytes. Carried out (`carry`) in a transaction of its own, so that the receipt does not hang on it."""
    carry = carry or carry_out
    require(by, "inspections.work_case", case.bureau)
    mark, digest = submissions.mark_of(said_uuid), hashlib.sha256(raw).hexdigest()
    known = _same(mark, digest)
    if known is not None:
        return carry(known) if known.status == FilingState.RECEIVED else known
    said = submissions.read(raw, case, mark)
    if said["kind"] not in kinds:
        raise DomainError("filing_bad")
    if str(said.get("account", by.pk)) != str(by.pk):
        raise DomainError("filing_account")  # the phone's page is of one person, the sign-in of another
    missing = sorted(
        submissions.files_of(said)
        - set(Upload.objects.filter(case=case).values_list("original_id", flat=True))
    )
    if missing:
        raise DomainError("filing_files", count=len(missing), files=missing)
    try:
        filing = _keep(case, mark, raw, said, by, sent_at or timezone.now())
    except IntegrityError:
        known = _same(mark, digest)  # the other of two at once was first
        if known is None:
            raise
        return known
    return carry(filing)


@transaction.atomic
def _keep(case, mark, raw, said, by, sent_at):
    body = storage.keep(raw, "application/json")
    filing = Filing.objects.create(
        bureau_id=case.bureau_id,
        uuid=mark,
        case=case,
        kind=said["kind"],
        body=body,
        by=by,
        sent_at=sent_at,
        skew=_bounded((sent_at - timezone.now()).total_seconds()),
        clock=said["clock"] if isinstance(said.get("clock"), dict) else {},
    )
    exhibits.keep_filed(filing, said, by=by)
    journal.write(
        "filing.received",
        by=by,
        about=case.about,
        facts={"filing": filing.pk, "digest": body.digest, "skew": filing.skew},
    )
    return filing


def carry_out(
    filing: Filing,
    do: Callable[[Filing], int] = carrying.do,
    finish: Callable[[Filing], None] = carrying.finish,
) -> Filing:
    """Do what the submission says (`do`, and `finish` once what it brings counts). Returns the Filing, taken,
    held, or received and waiting for somebody else."""
    try:
        with transaction.atomic():
            Case.objects.select_for_update(no_key=True).only("pk").get(pk=filing.case_id)
            filing.refresh_from_db()
            if filing.status in (FilingState.TAKEN, FilingState.SETTLED):
                return filing
            late = do(filing)
            if late == carrying.WAITS:
                reason = say(DomainError("lines_wait"))
                Filing.objects.filter(pk=filing.pk).update(reason=reason)
                filing.refresh_from_db()
                return filing
            if late:
                _hold(filing, say(DomainError("filing_late", count=late)))
                return filing
            move(filing, FilingState.TAKEN, taken_at=timezone.now(), reason="")
            messages.settle(filing)
            finish(filing)
            facts = {
                "filing": filing.pk,
                "sheets": " ".join(sorted(filing.sheets.values_list("body", flat=True))),
            }
            journal.write("filing.taken", by=filing.by, about=filing.case.about, facts=facts)
    except DomainError as refused:
        if refused.code in _WAITS:
            Filing.objects.filter(pk=filing.pk).update(reason=say(refused)[:300])
            filing.refresh_from_db()
        else:
            _hold(filing, say(refused))
    except (OperationalError, InterfaceError):
        raise  # the database is away: again later
    except Exception:
        # Whatever it holds that nobody has thought of: it is kept, people see it, and the
        # next one is not kept waiting.
        _log.exception("filing %s could not be carried out", filing.pk)
        _hold(filing, "系统没有办成，原文已留存，请联系系统管理员")
    if filing.status == FilingState.TAKEN:
        _others(filing)
    return filing


def _hold(filing, reason):
    with transaction.atomic():
        # Somebody else may be at the same one: a colleague's record carries out what waited for it.
        Filing.objects.select_for_update(no_key=True, of=["self"]).only("pk").get(pk=filing.pk)
        filing.refresh_from_db()
        if filing.status == FilingState.RECEIVED:
            move(filing, FilingState.HELD, reason=reason[:300])
            messages.hand_on(filing)  # whoever sent it, too: it is on the phone no more
            journal.write("filing.held", by=filing.by, about=filing.case.about, facts={"filing": filing.pk})
        elif filing.status == FilingState.HELD:
            Filing.objects.filter(pk=filing.pk).update(reason=reason[:300])
            filing.refresh_from_db()


def _others(filing):
    """A joint visit's lead may have waited for these answers, a colleague's lines for this record."""
    joined = [each.pk for each in readiness.joined(filing.case) if each.pk != filing.case_id]
    waiting = Q(case__in=joined, status__in=[FilingState.HELD, FilingState.RECEIVED])
    if filing.kind in ("visit", "undone"):
        waiting |= Q(case=filing.case_id, status=FilingState.RECEIVED)
    for each in Filing.objects.filter(waiting).exclude(pk=filing.pk).order_by("pk"):
        carry_out(each)


def held(case: Case) -> QuerySet[Filing]:
    """What is held for something else than its late lines: those are settled one by one, and it with them."""
    late = case.entries.filter(status=EntryState.LATE).exclude(filing=None).values("filing")
    return case.filings.filter(status=FilingState.HELD).exclude(pk__in=late).select_related("by")


@transaction.atomic
def settle(filing: Filing, reason: str, *, by: Account) -> Filing:
    """The team does not take up what was held: it stays with its photos, readable, and counts nowhere. Raises
    reason_needed, filing_has_late."""
    readiness.require_hand(filing.case, by)
    if not reason.strip():
        raise DomainError("reason_needed")
    if filing.entries.filter(status=EntryState.LATE).exists():
        raise DomainError("filing_has_late")
    move(filing, FilingState.SETTLED, reason=f"{filing.reason}；留存：{reason.strip()}"[:300])
    onthespot.set_aside(filing, reason, by=by)
    messages.settle(filing)
    journal.write("filing.settled", by=by, about=filing.case.about, facts={"filing": filing.pk})
    return filing


def _same(mark, digest):
    known = Filing.objects.filter(uuid=mark).first()
    if known is not None and known.body_id != digest:
        raise DomainError("filing_differs")
    return known


def _bounded(seconds):
    return max(-(2**31), min(2**31 - 1, int(seconds)))


def again():
    """Carry out what was received and then left behind by a crash. Returns how many."""
    waiting = left_behind(timezone.now()).filter(kind__in=carrying.KINDS)
    return len(one_by_one(waiting, carry_out, _log))


def left_behind(now: datetime) -> QuerySet[Filing]:
    """What was received a minute ago and has not been carried out."""
    return Filing.objects.filter(status=FilingState.RECEIVED, received_at__lt=now - timedelta(minutes=1))
