"""执法文书: drafted from stored facts, approved where the form asks for it, numbered at signing,
rendered once, never changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from registries import qrcode
from registries.documents import render
from registries.errors import DomainError
from registries.services import journal, messages, storage
from registries.services.access import require, require_other
from registries.transitions import move

from ..case import events, readiness
from ..case.models import Case
from ..states import OWED_PAPERS, CaseState, PaperState, PenaltyState, TransferState
from . import contents, lending, service
from .days import day_of
from .models import Paper
from .styles import form_of

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from registries.models import Account

    from ..case.models import CaseEvent

DELIVERED = {"measure", "order"}  # what may be appealed against, from the day it is delivered
ONCE = {"scheme", "notice", "record", "report"}  # a case has one of these that stands


@transaction.atomic
def draft(case: Case, code: str, *, by: Account, given: dict[str, Any] | None = None, **parts: Any) -> Paper:
    """A draft of a paper of this case. `given`: what the facts do not hold (decisions, who
    received); `parts`: the reinspection, penalty or transfer it is about. Returns the living one
    where a case has only one."""
    readiness.require_hand(case, by)
    return _draft(case, code, by, given, parts)


def _draft(case, code, by, given=None, parts=None):
    parts = parts or {}
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    living = (
        case.papers.filter(code=code, **parts)
        .exclude(status__in=[PaperState.RETURNED, PaperState.VOIDED])
        .first()
    )
    if living and (code in ONCE or parts):
        return living
    form = form_of(case.bureau, code)
    paper = Paper(
        bureau=case.bureau, case=case, form=form, code=code, given=given or {}, drafted_by=by, **parts
    )
    paper.facts = contents.of(paper)
    paper.save()
    _reopen(paper, by)
    messages.hand_on(paper, by=by)
    journal.write("paper.drafted", by=by, about=case.about, facts={"paper": paper.pk, "code": code})
    return paper


@transaction.atomic
def approve(paper: Paper, note: str = "", *, by: Account) -> Paper:
    """The head agrees to a draft."""
    require(by, "inspections.approve_task", paper.bureau)
    if paper.penalty_id or paper.transfer_id:
        raise DomainError("paper_with_matter", title=paper.form.title)
    return _approve(paper, note, by)


@transaction.atomic
def carry(paper: Paper, agrees: bool, note: str = "", *, by: Account) -> Paper:
    """The paper of a penalty file or a transfer goes with what the head has decided on
    it: numbered, or returned."""
    return _sign(_approve(paper, note, by), by) if agrees else return_(paper, note, by=by)


def _approve(paper, note, by):
    require_other(by, paper.drafted_by)
    move(
        paper,
        PaperState.APPROVED,
        judged_by=by,
        judged_at=timezone.now(),
        judge_note=note.strip()[:300] or "同意",
    )
    messages.judged(paper, paper.drafted_by, True, by=by)
    journal.write("paper.approved", by=by, about=paper.case.about, facts={"paper": paper.pk})
    return paper


@transaction.atomic
def ratify(paper: Paper, note: str = "", *, by: Account) -> Paper:
    """The head approves what the team decided on the spot, after he was told (行政强制法第19条). Raises
    stale, self_approval."""
    _judge_after(paper, by)
    said = note.strip() or "同意"
    events.record(paper.case, "measure.ratified", by=by, thread=paper.thread, note=said)
    messages.judged(paper, paper.signed_by, True, by=by)
    journal.write(
        "paper.ratified",
        by=by,
        about=paper.case.about,
        facts={"paper": paper.pk, "number": paper.number, "note": said[:200]},
    )
    return paper


@transaction.atomic
def lift(paper: Paper, reason: str, *, by: Account) -> Paper:
    """The head does not approve what was decided on the spot: it is lifted at once, its number stays void,
    and the team tells the enterprise. Raises stale, reason_needed, self_approval."""
    if not reason.strip():
        raise DomainError("reason_needed")
    _judge_after(paper, by)
    events.record(paper.case, "measure.lifted", by=by, thread=paper.thread, note=reason)
    _void(paper, f"负责人不同意，立即解除：{reason.strip()}", by)
    messages.judged(paper, paper.signed_by, False, reason, by=by)
    return paper


def _judge_after(paper, by):
    require(by, "inspections.approve_task", paper.bureau)
    readiness.hold(paper.case)
    paper.refresh_from_db()
    require_other(by, paper.signed_by)
    if paper.status != PaperState.SIGNED or not paper.owes_approval or paper.judged_at:
        raise DomainError("stale", what=str(paper), status=paper.get_status_display())
    Paper.objects.filter(pk=paper.pk).update(judged_by=by, judged_at=timezone.now())
    paper.refresh_from_db()
    messages.settle(paper)


@transaction.atomic
def return_(paper: Paper, note: str, *, by: Account) -> Paper:
    """The head does not agree; another is drafted."""
    require(by, "inspections.approve_task", paper.bureau)
    move(paper, PaperState.RETURNED, judged_by=by, judged_at=timezone.now(), judge_note=note.strip()[:300])
    messages.judged(paper, paper.drafted_by, False, note, by=by)
    journal.write("paper.returned", by=by, about=paper.case.about, facts={"paper": paper.pk})
    return paper


@transaction.atomic
def sign(paper: Paper, *, by: Account) -> Paper:
    """The paper takes the next number of its word and year; what it says stands from now on. Returns it."""
    readiness.require_hand(paper.case, by)
    return _sign(paper, by)


def _sign(paper, by):
    paper = (
        Paper.objects.select_for_update(no_key=True, of=["self"])
        .select_related("form", "case", "bureau")
        .get(pk=paper.pk)
    )
    if paper.form.needs_approval and paper.status == PaperState.DRAFTED and not _is_judged(paper):
        raise DomainError("paper_unapproved", title=paper.form.title)
    if paper.status not in (PaperState.DRAFTED, PaperState.APPROVED):
        raise DomainError("stale", what=str(paper), status=paper.get_status_display())
    if paper.code in DELIVERED and not (
        paper.bureau.remedy or paper.bureau.government and paper.bureau.court
    ):
        raise DomainError("remedy_unset", title=paper.form.title)
    now = timezone.now()
    year = timezone.localdate(now).year
    facts = contents.of(paper)
    # Last of all: the row of the series is held until the end of the transaction, and others wait for it.
    journal.hold(paper.bureau)
    serial = lending.next_serial(paper.bureau, paper.form.word, year)
    number = lending.said(paper.bureau, paper.form.word, year, serial)
    facts |= {"number": number, "date": day_of(now)}
    return stand(paper, number, facts, now, by)


def stand(paper: Paper, number: str, facts: dict[str, Any], at: datetime, by: Account) -> Paper:
    """The paper stands with its number and what it says, signed at a moment. Returns it."""
    move(paper, PaperState.SIGNED, number=number, facts=facts, signed_by=by, signed_at=at)
    messages.settle(paper)
    if paper.code == "delivery":
        _serve(paper, facts, by)
    journal.write(
        "paper.signed",
        by=by,
        about=paper.case.about,
        facts={"paper": paper.pk, "number": number, "digest": digest_of(paper)},
    )
    return paper


@transaction.atomic
def issue(case: Case, code: str, *, by: Account) -> Paper:
    """Draft and sign in one, whoever's hand it is: for papers that only carry out
    what the head has approved."""
    return _sign(_draft(case, code, by), by)


@transaction.atomic
def deliver(paper: Paper, *, by: Account, at: datetime | None = None) -> CaseEvent:
    """A signed decision has reached the firm: its remedies (复议、诉讼) run from that
    day. Once, until the service is corrected. Returns the event."""
    readiness.require_hand(paper.case, by)
    if paper.status != PaperState.SIGNED or paper.code not in DELIVERED:
        raise DomainError("stale", what=str(paper), status=paper.get_status_display())
    thread = paper.thread
    if known := _served(paper):
        return known
    journal.write(
        "paper.delivered",
        by=by,
        about=paper.case.about,
        facts={"paper": paper.pk, "number": paper.number},
    )
    return events.record(
        paper.case, f"{paper.code}.delivered", by=by, at=at, thread=thread, note=paper.number
    )


def _reopen(paper, by):
    """A closed case with a paper in hand that carries something out is closed no more."""
    case = Case.objects.get(pk=paper.case_id)
    if case.status == CaseState.CLOSED and paper.code in OWED_PAPERS:
        move(case, CaseState.REPORTED)
        journal.write("case.reopened", by=by, about=case.about, facts={"paper": paper.pk})


def _served(paper):
    """The event by which a decision counts as served; None before, and after its service was corrected."""
    found = paper.case.events.filter(
        thread=paper.thread, code__in=[f"{paper.code}.delivered", "service.corrected"]
    )
    last = found.order_by("-pk").first()
    return last if last and last.code != "service.corrected" else None


def _serve(paper, facts, by):
    """The papers that a 送达回证 lists have reached the firm on the day that it says, or else today; by a
    public notice, when its period is over."""
    on = contents.served_on(paper) or timezone.localdate()
    way = paper.given.get("way", "直接送达")
    service.require(way, paper.given)
    listed = {number for _, number in facts["papers"]}
    for each in paper.case.papers.filter(code__in=DELIVERED, status=PaperState.SIGNED, number__in=listed):
        signed = timezone.localdate(each.signed_at)
        if on < signed:
            raise DomainError("delivery_before", title=each.form.title, on=on, signed=signed)
        deliver(each, by=by, at=service.moment(paper.bureau, way, on, each.signed_at))


def _unserve(paper, by):
    """A 送达回证 does not hold: what it had begun does not run any more, until another says the right day."""
    listed = {number for _, number in paper.facts.get("papers", ())}
    for each in paper.case.papers.filter(code__in=DELIVERED, number__in=listed):
        if _served(each):
            note = f"送达回证 {paper.number} 作废：{paper.void_reason}"
            events.record(paper.case, "service.corrected", by=by, thread=each.thread, note=note)


def _is_judged(paper):
    """A paper drawn up again after its first was voided: what it is about has the head's word already."""
    return (
        paper.penalty_id and paper.penalty.status not in (PenaltyState.PROPOSED, PenaltyState.REFUSED)
    ) or (paper.transfer_id and paper.transfer.status not in (TransferState.PROPOSED, TransferState.REFUSED))


def digest_of(paper):
    """What a signed paper says, as one SHA-256."""
    return hashlib.sha256(
        json.dumps([paper.number, paper.facts], ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()


@transaction.atomic
def void(paper: Paper, reason: str, *, by: Account) -> Paper:
    """A signed paper does not hold any more: its number stays its own, its file
    stays, and its QR code says so."""
    require(by, "inspections.issue_document", paper.bureau)
    _void(paper, reason, by)
    if paper.reinspection_id or paper.penalty_id or paper.transfer_id:
        # What it is about still stands: another is drafted at once, to be put right and signed.
        parts = {
            name: getattr(paper, name)
            for name in ("reinspection", "penalty", "transfer")
            if getattr(paper, name)
        }
        _draft(paper.case, paper.code, by, paper.given, parts)
    return paper


def _void(paper, reason, by):
    if not reason.strip():
        raise DomainError("paper_void_reason")
    move(paper, PaperState.VOIDED, voided_by=by, voided_at=timezone.now(), void_reason=reason.strip()[:200])
    if paper.code == "delivery":
        _unserve(paper, by)
    _reopen(paper, by)
    journal.write(
        "paper.voided",
        by=by,
        about=paper.case.about,
        facts={"paper": paper.pk, "number": paper.number},
    )
    return paper


def replace_notice(paper: Paper, *, by: Account) -> Paper:
    """The team has changed: its notice does not hold, the next one names the new team."""
    return _void(paper, "检查组变更，另行出具", by)


def file_of(paper):
    """The PDF of a signed paper as a StoredFile: rendered once from its facts, kept,
    and from then on handed out.

    Whoever looks first does nothing by it: the system has made the file, and the entry says so.
    """
    if paper.status not in (PaperState.SIGNED, PaperState.VOIDED):
        raise DomainError("paper_unsigned", title=paper.form.title)
    if paper.file_id is None:
        kept = storage.keep(preview(paper), "application/pdf")
        with transaction.atomic():
            if Paper.objects.filter(pk=paper.pk, file=None).update(file=kept):
                journal.write(
                    "document.issued",
                    by=None,
                    bureau=paper.bureau,
                    about=paper.case.about,
                    facts={"paper": paper.pk, "file": kept.digest},
                )
        paper.refresh_from_db(fields=["file"])
    return paper.file


def preview(paper):
    """PDF bytes of a paper as it stands; a draft says across the page that it is one."""
    url = f"{settings.PUBLIC_URL}/papers/{paper.token}/"
    signatures = [
        each | {"image": contents.image(each["file"])} for each in paper.facts.get("signatures", [])
    ]
    return render(
        f"paper_{paper.code}",
        {
            "facts": paper.facts,
            "paper": paper,
            "bureau": paper.bureau,
            "texts": paper.facts["texts"],
            "url": url,
            "qr": qrcode.of(url) if settings.PUBLIC_URL else "",
            "typed": f"{paper.typed[:4]}-{paper.typed[4:]}" if paper.typed else "",
            "signatures": signatures,
            "mark": "" if paper.signed_at else "草　稿",
            "is_training": settings.TRAINING,
        },
    )
