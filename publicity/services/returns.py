"""年度总结: drafted from the numbers, approved by another, handed in. What is approved is fixed, and its
files with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import documents
from registries.errors import DomainError
from registries.services import journal, messages, storage
from registries.services.access import require, require_other
from registries.transitions import move

from .. import drafting, wordfile
from ..models import YearReport
from ..states import YearReportState

if TYPE_CHECKING:
    from datetime import date

    from registries.models import Account

PREPARE, APPROVE = "publicity.prepare_publication", "publicity.approve_publication"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@transaction.atomic
def draft(since: date, until: date, *, by: Account) -> YearReport:
    """A text from the bureau's numbers of these days (both counted), all of them: it is not public. Raises
    period_backwards."""
    require(by, PREPARE)
    if until < since:
        raise DomainError("period_backwards")
    title, text = drafting.summary(by.bureau, since, until, is_internal=True)
    made = YearReport.objects.create(
        bureau=by.bureau, title=title, since=since, until=until, text=text, drafted_by=by
    )
    journal.write("yearreport.drafted", by=by, about=made.about)
    return made


def require_whole(report: YearReport) -> None:
    """Raises text_unfinished where a hint still stands in it."""
    if "（请" in report.text or not report.text.strip():
        raise DomainError("text_unfinished")


@transaction.atomic
def approve(report: YearReport, *, by: Account) -> YearReport:
    """Another than who drafted it says that it stands; its Word and PDF are made and kept. Raises
    same_person, text_unfinished, pdf_unavailable."""
    require(by, APPROVE, report.bureau)
    require_other(by, report.drafted_by, *filter(None, [report.handed_in_by]))
    require_whole(report)
    word, pdf = storage.keep(as_word(report), WORD), storage.keep(as_pdf(report), "application/pdf")
    move(
        report,
        YearReportState.APPROVED,
        approved_by=by,
        approved_at=timezone.now(),
        word=word,
        pdf=pdf,
        sent_back="",
    )
    messages.judged(report, report.handed_in_by or report.drafted_by, True, by=by)
    facts = {"word": word.digest, "pdf": pdf.digest}
    journal.write("yearreport.approved", by=by, about=report.about, facts=facts)
    return report


@transaction.atomic
def send(report: YearReport, to: str, day: date, receipt: str = "", *, by: Account) -> YearReport:
    """It was handed in: to whom, when, and what they answered (a number, a name). Raises sent_ahead for a day
    to come."""
    require(by, PREPARE, report.bureau)
    if day > timezone.localdate():
        raise DomainError("sent_ahead", day=day)
    move(report, YearReportState.SENT, sent_to=to[:100], sent_on=day, receipt=receipt[:200], sent_by=by)
    messages.settle(report)
    facts = {"to": to, "on": day.isoformat(), "receipt": receipt}
    journal.write("yearreport.sent", by=by, about=report.about, facts=facts)
    return report


@transaction.atomic
def note_receipt(report: YearReport, receipt: str, *, by: Account) -> YearReport:
    """What the receiver has answered later; once. Raises stale where something stands there."""
    require(by, PREPARE, report.bureau)
    report = YearReport.objects.select_for_update(no_key=True, of=("self",)).get(pk=report.pk)
    if report.status != YearReportState.SENT or report.receipt:
        raise DomainError("stale", what=report.title, status=report.get_status_display())
    report.receipt = receipt[:200]
    report.save(update_fields=["receipt"])
    journal.write("yearreport.answered", by=by, about=report.about, facts={"receipt": receipt})
    return report


def as_word(report: YearReport) -> bytes:
    """The .docx of a report as it stands."""
    day = timezone.localdate(report.approved_at) if report.approved_at else timezone.localdate()
    return wordfile.of(report.title, report.text, [report.bureau.name, f"{day:%Y年%-m月%-d日}"])


def as_pdf(report: YearReport) -> bytes:
    """The PDF of a report as it stands."""
    day = timezone.localdate(report.approved_at) if report.approved_at else timezone.localdate()
    facts = {"title": report.title, "bureau": report.bureau, "day": day}
    return documents.render("year_report", facts | {"paragraphs": wordfile.paragraphs(report.text)})
