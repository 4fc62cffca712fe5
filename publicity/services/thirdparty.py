"""征求第三方意见 (政府信息公开条例第32条): what touches a firm's trade secrets is asked
about before it is published.

Where the asking and the answer stand is the case's own events, thread `disclosure:report:<pk>` or
`…:penalty:<pk>`: they belong to what is spoken of, so that preparing it anew, or correcting it, does not
forget what the firm said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from inspections.case import events
from inspections.models import CaseEvent
from registries import limits
from registries.errors import DomainError
from registries.services import journal
from registries.services.access import require

from ..models import Publication
from ..states import PublicationState

if TYPE_CHECKING:
    from registries.models import Account

ACT = "publicity.prepare_publication"
ASKED, ANSWERED = "disclosure.asked", "disclosure.answered"
# What was answered, as the event's note begins.
AGREES, OBJECTS = "同意公开", "不同意公开"


@dataclass(frozen=True)
class Asked:
    """A firm asked: what about, until when it may answer, and its answer ("" while none has come)."""

    event: CaseEvent
    until: object
    answer: str

    @property
    def waits(self):
        """Whether publishing has to wait: no answer, and the limit is not over
        (没有答复的，由本机关决定是否公开)."""
        return not self.answer and timezone.localdate() <= self.until

    @property
    def objects(self):
        return self.answer.startswith(OBJECTS)


def matter_of(publication):
    """The Report or Penalty that a Publication speaks of, or None: only then there is somebody to ask."""
    about = publication.disclosure
    while about is not None and about.answers_id:
        about = about.answers
    return publication.matter or (about and about.matter)


def asked(publication):
    """The last asking of what a Publication speaks of, or None; an objection stands until the firm agrees."""
    matter = matter_of(publication)
    if matter is None or publication.kind in ("withdrawn", "repaired"):
        return None
    rows = list(CaseEvent.objects.filter(case=matter.case_id, thread=_thread(matter)).order_by("pk"))
    put = next((each for each in reversed(rows) if each.code == ASKED), None)
    if put is None:
        return None
    told = [each for each in rows if each.code == ANSWERED]
    words = told[-1].note if told and (told[-1].pk > put.pk or told[-1].note.startswith(OBJECTS)) else ""
    return Asked(put, limits.due(publication.bureau, "third_party", timezone.localdate(put.at)), words)


@transaction.atomic
def ask(publication: Publication, what: str, *, by: Account) -> None:
    """The firm was asked in writing whether `what` may be published."""
    require(by, ACT, publication.bureau)
    publication = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
    matter, before = matter_of(publication), asked(publication)
    if (
        publication.status != PublicationState.PREPARED
        or matter is None
        or before
        or publication.kind in ("withdrawn", "repaired")
    ):
        raise DomainError("asked_already")
    if not what.strip():
        raise DomainError("reason_needed")
    if limits.of(publication.bureau, "third_party", timezone.localdate()) is None:
        raise DomainError("limit_missing", title="第三方答复是否同意公开")
    events.record(matter.case, ASKED, by=by, thread=_thread(matter), note=what.strip())
    journal.write("disclosure.asked", by=by, about=publication.about)


@transaction.atomic
def answer(publication: Publication, agrees: bool, words: str, *, by: Account) -> None:
    """What the firm answered, and why; who objected may agree later."""
    require(by, ACT, publication.bureau)
    publication = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
    matter, before = matter_of(publication), asked(publication)
    if (
        before is None
        or (before.answer and not before.objects)
        or publication.status == PublicationState.PUBLISHED
    ):
        raise DomainError("asked_not")
    if not agrees and not words.strip():
        raise DomainError("reason_needed")
    note = f"{AGREES if agrees else OBJECTS}{'：' if words.strip() else ''}{words.strip()}"
    events.record(matter.case, ANSWERED, by=by, thread=_thread(matter), note=note)
    journal.write("disclosure.answered", by=by, about=publication.about, facts={"agrees": agrees})


def require_heard(publication, note):
    """Before it is let out: the answer is there or its limit over; against an objection
    only with a reason in `note`."""
    found = asked(publication)
    if found and found.waits:
        raise DomainError("asked_waits", until=found.until)
    if found and found.objects and not note.strip():
        raise DomainError("asked_objects", said=found.answer)


def _thread(matter):
    return f"disclosure:{matter._meta.model_name}:{matter.pk}"
