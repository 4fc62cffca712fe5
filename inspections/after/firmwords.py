"""企业提交: what a firm hands in on its own page, once each; whoever has the case is told, and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages
from registries.transitions import move

from ..case import events, readiness
from ..papers import fromoutside
from ..states import FindingState, FirmWordState
from ..visit import outcome
from ..visit.models import Finding
from .partymodels import FirmFile, FirmWord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from registries.models import Account

    from ..case.models import Case
    from .partymodels import ServiceAddress

MOST_TEXT, MOST_FILES, A_DAY = 3000, 6, 50


def cases_of(address: ServiceAddress) -> QuerySet[Case]:
    """The firm's inspections that it may speak of: those whose visit is over, or of which it was served a
    paper. What was drawn and not begun stays a secret."""
    cases = address.subject.cases.exclude(ended_at=None) | address.subject.cases.filter(
        papers__online__isnull=False
    )
    return cases.distinct().order_by("-pk")


def to_put_right(address: ServiceAddress) -> QuerySet[Finding]:
    """Problems that the firm has to put right now."""
    rows = Finding.objects.filter(case__in=cases_of(address), status=FindingState.OPEN)
    return rows.select_related("case").order_by("due_on", "pk")


@transaction.atomic
def hand_in(
    address: ServiceAddress,
    case: Case,
    kind: str,
    text: str,
    *,
    mark: UUID,
    finding: Finding | None = None,
    files: Iterable[bytes] = (),
) -> FirmWord:
    """What the firm says, with its photos, under the mark of its form: the same sent twice is one. A problem
    that it says is put right waits for the second look from then on. Raises firm_word_empty, letter_…"""
    files = list(files)
    if known := _known(address, case, kind, text, mark, finding):
        return known
    _require(address, case, kind, text, finding, files)
    readiness.hold(case)
    if known := _known(address, case, kind, text, mark, finding):  # the same sent twice at once
        return known
    made = FirmWord.objects.create(
        bureau=address.bureau,
        address=address,
        case=case,
        finding=finding,
        kind=kind,
        text=text.strip(),
        mark=mark,
    )
    kept = [fromoutside.keep(number, data) for number, data in enumerate(files, 1)]
    FirmFile.objects.bulk_create(FirmFile(word=made, file=each) for each in kept)
    if finding is not None and kind == "rectified":
        told = {"reported_at": timezone.now(), "report_note": f"企业网上报告：{text.strip()}"[:500]}
        move(finding, FindingState.REPORTED, **told)
        events.record(case, "rectify.reported", by=None, thread=finding.thread)
        messages.hand_on(finding)
        outcome.settle(case, by=None)
    messages.hand_on(made)
    digests = [each.digest for each in kept]
    facts = {"kind": kind, "word": made.pk, "files": digests}
    journal.write("firm.word_received", by=None, bureau=made.bureau, about=case.about, facts=facts)
    return made


def _known(address, case, kind, text, mark, finding):
    """What was handed in under a mark; another thing under the same mark is refused, not lost unsaid."""
    found = FirmWord.objects.filter(mark=mark, address__subject=address.subject).first()
    if found is None:
        return None
    said = (found.case_id, found.kind, found.text, found.finding_id)
    if said != (case.pk, kind, text.strip(), finding.pk if finding else None):
        raise DomainError("firm_word_other")
    return found


def _require(address, case, kind, text, finding, files):
    if kind not in dict(FirmWord.KINDS) or not text.strip():
        raise DomainError("firm_word_empty")
    if len(text) > MOST_TEXT:
        raise DomainError("letter_long", most=MOST_TEXT)
    today = timezone.now() - timedelta(days=1)
    if FirmWord.objects.filter(address__subject=address.subject, received_at__gt=today).count() >= A_DAY:
        raise DomainError("firm_words_many", most=A_DAY)
    if len(files) > MOST_FILES:
        raise DomainError("letter_files", most=MOST_FILES)
    if not cases_of(address).filter(pk=case.pk).exists():
        raise DomainError("firm_word_empty")
    if (kind == "rectified") != (finding is not None):
        raise DomainError("firm_word_empty")
    if finding is not None and not to_put_right(address).filter(pk=finding.pk).exists():
        raise DomainError("firm_word_late")


@transaction.atomic
def answer(word: FirmWord, text: str, *, by: Account) -> FirmWord:
    """Read, and answered: the firm sees the answer on its page."""
    readiness.require_hand(word.case, by)
    stamps = {"answer": text.strip()[:500] or "已阅", "answered_by": by, "answered_at": timezone.now()}
    move(word, FirmWordState.ANSWERED, **stamps)
    messages.settle(word)
    journal.write("firm.word_answered", by=by, about=word.case.about, facts={"word": word.pk})
    return word
