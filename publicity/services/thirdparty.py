"""征求第三方意见 (政府信息公开条例第32条): what touches a firm's trade secrets is asked about before it is published.

Where the asking and the answer stand is the case's own events, thread `publication:<pk>`: the clock runs from them.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from inspections.models import CaseEvent
from inspections.services import events
from registries import limits
from registries.errors import DomainError
from registries.services import journal
from registries.services.access import require

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
        """Whether publishing has to wait: no answer, and the limit is not over (没有答复的，由本机关决定是否公开)."""
        return not self.answer and timezone.localdate() <= self.until

    @property
    def objects(self):
        return self.answer.startswith(OBJECTS)


def case_of(publication):
    """The case that a Publication speaks of, or None: only then there is somebody to ask."""
    matter = publication.report or publication.penalty
    return matter.case if matter else None


def asked(publication):
    """The last asking of a Publication, or None."""
    case = case_of(publication)
    if case is None:
        return None
    rows = list(CaseEvent.objects.filter(case=case, thread=_thread(publication)).order_by("pk"))
    put = next((each for each in reversed(rows) if each.code == ASKED), None)
    if put is None:
        return None
    told = next((each.note for each in rows if each.code == ANSWERED and each.pk > put.pk), "")
    return Asked(put, limits.due(publication.bureau, "third_party", timezone.localdate(put.at)), told)


@transaction.atomic
def ask(publication, what, *, by):
    """The firm was asked in writing whether `what` may be published."""
    require(by, ACT, publication.bureau)
    before = asked(publication)
    if publication.status != "prepared" or case_of(publication) is None or (before and not before.answer):
        raise DomainError("asked_already")
    if not what.strip():
        raise DomainError("reason_needed")
    events.record(case_of(publication), ASKED, by=by, thread=_thread(publication), note=what.strip())
    journal.write("disclosure.asked", by=by, about=f"publication {publication.pk}")


@transaction.atomic
def answer(publication, agrees, words, *, by):
    """What the firm answered, and why."""
    require(by, ACT, publication.bureau)
    before = asked(publication)
    if before is None or before.answer:
        raise DomainError("asked_not")
    if not agrees and not words.strip():
        raise DomainError("reason_needed")
    note = f"{AGREES if agrees else OBJECTS}{'：' if words.strip() else ''}{words.strip()}"
    events.record(case_of(publication), ANSWERED, by=by, thread=_thread(publication), note=note)
    journal.write("disclosure.answered", by=by, about=f"publication {publication.pk}", facts={"agrees": agrees})


def require_heard(publication, note):
    """Before it is let out: the answer is there or its limit over; against an objection only with a reason in `note`."""
    found = asked(publication)
    if found and found.waits:
        raise DomainError("asked_waits", until=found.until)
    if found and found.objects and not note.strip():
        raise DomainError("asked_objects", said=found.answer)


def _thread(publication):
    return f"publication:{publication.pk}"
