"""移送: to other regulators with a record, leads to the case office, suspected crime to the police.
Approved by the head, sent, signed for, answered; each step with its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages
from registries.transitions import move

from ..case import events, readiness, staffing
from ..papers import issuing
from ..states import PaperState, TransferState
from ..visit import outcome
from .models import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from registries.models import Account

    from ..case.models import Case, CaseEvent
    from ..visit.models import Finding


@transaction.atomic
def propose(
    case: Case,
    kind: str,
    receiver: str,
    facts: str,
    *,
    by: Account,
    found: Iterable[Finding] = (),
    basis: str = "",
    attachments: str = "",
    second: Account | None = None,
) -> Transfer:
    """Ask for a transfer. Suspected crime is reported by two (移送规定第5条): `second` is
    another account of the team.

    Drafts the 案件移送书. Returns the Transfer.
    """
    staffing.require_member(case, by)
    if not receiver.strip() or not facts.strip() or (kind == "police" and not basis.strip()):
        raise DomainError("transfer_incomplete")
    is_crime = kind == "police"
    if is_crime and (
        second is None
        or second == by
        or not case.assignments.filter(inspector__account=second, until=None).exists()
    ):
        raise DomainError("transfer_two")
    made = Transfer.objects.create(
        bureau=case.bureau,
        case=case,
        kind=kind,
        receiver=receiver.strip(),
        facts=facts.strip(),
        basis=basis.strip(),
        attachments=attachments.strip(),
        proposed_by=by,
        seconded_by=second if is_crime else None,
    )
    made.findings.add(*found)
    if is_crime:
        events.record(case, "crime.reported", by=by, thread=_thread(made))
    messages.hand_on(made, by=by)
    journal.write("transfer.proposed", by=by, about=case.about, facts={"transfer": made.pk, "kind": kind})
    issuing.draft(case, "transfer", by=by, transfer=made)
    outcome.settle(case, by=by)
    return made


@transaction.atomic
def judge(transfer: Transfer, agrees: bool, note: str = "", *, by: Account) -> Transfer:
    """The head agrees or not; for a suspected crime within three days. Agreeing numbers the letter."""
    staffing.require_judge(transfer, agrees, note, by=by)
    move(
        transfer,
        TransferState.APPROVED if agrees else TransferState.REFUSED,
        judged_by=by,
        judged_at=timezone.now(),
        judge_note=note.strip()[:300] or "同意移送",
    )
    if transfer.kind == "police":
        events.record(
            transfer.case, "crime.approved" if agrees else "crime.refused", by=by, thread=_thread(transfer)
        )
    messages.judged(transfer, transfer.proposed_by, agrees, note, by=by)
    journal.write(
        "transfer.approved" if agrees else "transfer.refused",
        by=by,
        about=transfer.case.about,
        facts={"transfer": transfer.pk},
    )
    paper = transfer.papers.filter(code="transfer", status=PaperState.DRAFTED).first()
    if paper:
        issuing.carry(paper, agrees, note, by=by)
    outcome.settle(transfer.case, by=by)
    return transfer


@transaction.atomic
def send(transfer: Transfer, *, by: Account, at: datetime | None = None) -> Transfer:
    """It has gone out."""
    readiness.require_hand(transfer.case, by)
    at = _gone_by(at, transfer.judged_at, "批准移送")
    move(transfer, TransferState.SENT, sent_at=at)
    if transfer.kind == "police":
        events.record(transfer.case, "crime.sent", by=by, at=at, thread=_thread(transfer))
    messages.hand_on(transfer, by=by)
    journal.write("transfer.sent", by=by, about=transfer.case.about, facts={"transfer": transfer.pk})
    return transfer


@transaction.atomic
def receive(
    transfer: Transfer, receipt_number: str, received_by: str, *, by: Account, at: datetime | None = None
) -> Transfer:
    """Signed for: whose receipt, under which number. The police must sign (移送规定第7条)."""
    readiness.require_hand(transfer.case, by)
    if not receipt_number.strip() and not received_by.strip():
        raise DomainError("transfer_receipt")
    move(
        transfer,
        TransferState.RECEIVED,
        receipt_number=receipt_number.strip(),
        received_by=received_by.strip(),
        received_at=_gone_by(at, transfer.sent_at, "移送"),
    )
    messages.hand_on(transfer, by=by)
    journal.write("transfer.received", by=by, about=transfer.case.about, facts={"transfer": transfer.pk})
    return transfer


@transaction.atomic
def answer(transfer: Transfer, text: str, *, by: Account, accepts: bool = True) -> Transfer:
    """What became of it. The police have accepted it or not; against a refusal review may
    be asked within three days."""
    readiness.require_hand(transfer.case, by)
    if not text.strip():
        raise DomainError("reason_needed")
    move(transfer, TransferState.ANSWERED, answer=text.strip()[:300])
    if transfer.kind == "police":
        code = "crime.answered" if accepts else "crime.declined"
        events.record(transfer.case, code, by=by, thread=_thread(transfer), note=text)
    messages.settle(transfer)
    outcome.settle(transfer.case, by=by)
    messages.tell([transfer.proposed_by], "answered", transfer, f"移送“{transfer}”有了办理结果", by=by)
    journal.write("transfer.answered", by=by, about=transfer.case.about, facts={"transfer": transfer.pk})
    return transfer


@transaction.atomic
def ask_review(transfer: Transfer, said: str, *, by: Account) -> CaseEvent:
    """The police have refused: reconsideration is asked for (移送规定第9条)."""
    readiness.require_hand(transfer.case, by)
    thread = _thread(transfer)
    if not transfer.case.events.filter(thread=thread, code="crime.declined").exists():
        raise DomainError("stale", what=str(transfer), status=transfer.get_status_display())
    journal.write("transfer.review_asked", by=by, about=transfer.case.about, facts={"transfer": transfer.pk})
    return events.record(transfer.case, "crime.reviewed", by=by, thread=thread, note=said)


def _gone_by(at, since, cause):
    """A moment that has gone by, and not before its cause; now where none is given."""
    now = timezone.now()
    if at and at > now:
        raise DomainError("event_ahead", title="移送")
    if at and since and at < since.replace(second=0, microsecond=0):
        day = timezone.localtime(since).strftime("%Y-%m-%d %H:%M")
        raise DomainError("event_before_cause", title="移送", cause=cause, day=day, basis="")
    return at or now


def _thread(transfer):
    return transfer.thread
