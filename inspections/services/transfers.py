"""移送: to other regulators with a record, leads to the case office, suspected crime to the police, results to the credit
platform's queue. Approved by the head, sent, signed for, answered; each step with its clock."""

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Reason
from registries.services import journal
from registries.services.access import require, require_other

from ..models import Transfer
from . import cases, events, papers, readiness
from .transitions import move


@transaction.atomic
def propose(case, kind, receiver, facts, *, by, found=(), basis="", attachments="", second=None):
    """Ask for a transfer. Suspected crime is reported by two (移送规定第5条): `second` is another account of the team.

    Drafts the 案件移送书. Returns the Transfer.
    """
    cases.require_member(case, by)
    if not receiver.strip() or not facts.strip() or (kind == "police" and not basis.strip()):
        raise DomainError("transfer_incomplete")
    is_crime = kind == "police"
    if is_crime and (
        second is None or second == by or not case.assignments.filter(inspector__account=second, until=None).exists()
    ):
        raise DomainError("transfer_two")
    made = Transfer.objects.create(
        bureau=case.bureau, case=case, kind=kind, receiver=receiver.strip(), facts=facts.strip(), basis=basis.strip(),
        attachments=attachments.strip(), proposed_by=by, seconded_by=second if is_crime else None,
    )  # fmt: skip
    made.findings.add(*found)
    if is_crime:
        events.record(case, "crime.reported", by=by, thread=_thread(made))
    journal.write("transfer.proposed", by=by, about=f"case {case.pk}", facts={"transfer": made.pk, "kind": kind})
    papers.draft(case, "transfer", by=by, transfer=made)
    return made


@transaction.atomic
def judge(transfer, agrees, note="", *, by):
    """The head agrees or not; for a suspected crime within three days. Agreeing numbers the letter."""
    require(by, "inspections.approve_change", transfer.bureau)
    require_other(by, transfer.proposed_by)
    cases.require_outside(transfer.case, by)
    if not agrees and not note.strip():
        raise DomainError("reason_needed")
    move(
        transfer, "approved" if agrees else "refused", judged_by=by, judged_at=timezone.now(),
        judge_note=note.strip()[:300] or "同意移送",
    )  # fmt: skip
    if transfer.kind == "police":
        events.record(
            transfer.case, "crime.approved" if agrees else "crime.refused", by=by, thread=_thread(transfer)
        )  # fmt: skip
    journal.write(
        "transfer.approved" if agrees else "transfer.refused", by=by, about=f"case {transfer.case_id}",
        facts={"transfer": transfer.pk},
    )  # fmt: skip
    paper = transfer.papers.filter(code="transfer", status="drafted").first()
    if paper and agrees:
        papers.carry(paper, True, note, by=by)
    elif paper:
        papers.carry(paper, False, note, by=by)
    return transfer


@transaction.atomic
def queue_credit(report, *, by):
    """The result of an approved report waits to be sent to the credit platform."""
    case = report.case
    made = Transfer.objects.create(
        bureau=case.bureau, case=case, kind="credit", receiver="信用信息共享平台", proposed_by=report.author,
        facts=f"抽查结果：{_result(report)}；检查日期 {timezone.localdate(case.ended_at)}",
    )  # fmt: skip
    move(made, "approved", judged_by=by, judged_at=timezone.now(), judge_note="随检查报告通过")
    return made


def _result(report):
    found = Reason.objects.filter(bureau=report.case.bureau, kind="result", code=report.result_code).first()
    return f"{found.title}（国家代码 {found.national_code or '—'}）" if found else report.result_code


@transaction.atomic
def send(transfer, *, by, at=None):
    """It has gone out."""
    readiness.require_hand(transfer.case, by)
    at = _gone_by(at)
    move(transfer, "sent", sent_at=at)
    if transfer.kind == "police":
        events.record(transfer.case, "crime.sent", by=by, at=at, thread=_thread(transfer))
    journal.write("transfer.sent", by=by, about=f"case {transfer.case_id}", facts={"transfer": transfer.pk})
    return transfer


@transaction.atomic
def receive(transfer, receipt_number, received_by, *, by, at=None):
    """Signed for: whose receipt, under which number. The police must sign (移送规定第7条)."""
    readiness.require_hand(transfer.case, by)
    if not receipt_number.strip() and not received_by.strip():
        raise DomainError("transfer_receipt")
    move(
        transfer,
        "received",
        receipt_number=receipt_number.strip(),
        received_by=received_by.strip(),
        received_at=_gone_by(at),
    )
    journal.write("transfer.received", by=by, about=f"case {transfer.case_id}", facts={"transfer": transfer.pk})
    return transfer


@transaction.atomic
def answer(transfer, text, *, by, accepts=True):
    """What became of it. The police have accepted it or not; against a refusal review may be asked within three days."""
    readiness.require_hand(transfer.case, by)
    if not text.strip():
        raise DomainError("reason_needed")
    move(transfer, "answered", answer=text.strip()[:300])
    if transfer.kind == "police":
        code = "crime.answered" if accepts else "crime.declined"
        events.record(transfer.case, code, by=by, thread=_thread(transfer), note=text)
    journal.write("transfer.answered", by=by, about=f"case {transfer.case_id}", facts={"transfer": transfer.pk})
    return transfer


@transaction.atomic
def ask_review(transfer, said, *, by):
    """The police have refused: reconsideration is asked for (移送规定第9条)."""
    readiness.require_hand(transfer.case, by)
    thread = _thread(transfer)
    if not transfer.case.events.filter(thread=thread, code="crime.declined").exists():
        raise DomainError("stale", what=str(transfer), status=transfer.get_status_display())
    journal.write("transfer.review_asked", by=by, about=f"case {transfer.case_id}", facts={"transfer": transfer.pk})
    return events.record(transfer.case, "crime.reviewed", by=by, thread=thread, note=said)


def _gone_by(at):
    now = timezone.now()
    if at and at > now:
        raise DomainError("event_ahead", title="移送")
    return at or now


def _thread(transfer):
    return f"transfer:{transfer.pk}"
