"""来信: received with a receipt, accepted or not with a reason, answered by somebody whom it is not about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from inspections.case.clocks import Clock
from inspections.papers import fromoutside
from registries import limits
from registries.errors import DomainError
from registries.models import Subject, SubjectEvent
from registries.search import patterns
from registries.services import journal, messages
from registries.services.access import require
from registries.transitions import move

from ..models import Enclosure, Letter, Publication
from ..models.letter import FOR_THE_SUPERVISOR
from ..reading import stands
from ..states import LetterState

if TYPE_CHECKING:
    from registries.models import Account

MOST_TEXT, MOST_FILES = 3000, 5
ABOUT_A_RESULT = {"objection", "correction", "statement"}
# Complaints about the inspectors go past the office that sends them.
OPEN = (LetterState.RECEIVED, LetterState.ACCEPTED)
ACT = "publicity.answer_letter"


@transaction.atomic
def hand_in(
    bureau, kind, text, *, mark=None, disclosure=None, subject_said="", name="", contact="", enclosed=()
):
    """A letter from anybody. `enclosed`: [bytes of pictures or PDFs]. Returns the
    Letter with its receipt number.

    `mark` names one filling of the form: the same sent twice is one letter.
    """
    known = Letter.objects.filter(mark=mark).first() if mark else None
    if known:
        return known
    if not text.strip():
        raise DomainError("letter_empty")
    if len(text) > MOST_TEXT:
        raise DomainError("letter_long", most=MOST_TEXT)
    if (kind in ABOUT_A_RESULT) != (disclosure is not None):
        raise DomainError("letter_about")
    if disclosure is not None and not stands(disclosure)[0]:
        raise DomainError("already_ended", title=disclosure.subject_name)
    if len(enclosed) > MOST_FILES:
        raise DomainError("letter_files", most=MOST_FILES)
    kept = [fromoutside.keep(number, data) for number, data in enumerate(enclosed, 1)]
    made = Letter.objects.create(
        bureau=bureau,
        kind=kind,
        mark=mark,
        text=text.strip(),
        disclosure=disclosure,
        subject_said=(disclosure.subject_name if disclosure else subject_said.strip())[:200],
        subject=_subject_of(disclosure),
        name=name.strip()[:60],
        contact=contact.strip()[:100],
        due_on=limits.due(bureau, "letter_answer", timezone.localdate()),
    )
    Enclosure.objects.bulk_create([Enclosure(letter=made, file=each) for each in kept])
    messages.hand_on(made)
    journal.write(
        "letter.received",
        by=None,
        bureau=bureau,
        about=made.about,
        facts={"kind": kind, "files": [each.digest for each in kept], "due": made.due_on.isoformat()},
    )
    return made


@transaction.atomic
def accept(letter: Letter, *, by: Account, subject: Subject | None = None) -> Letter:
    """Somebody takes it in hand; the enterprise it names is matched to the register."""
    _require(letter, by)
    move(letter, LetterState.ACCEPTED, handled_by=by, **({"subject": subject} if subject else {}))
    messages.hand_on(letter, by=by)
    journal.write("letter.accepted", by=by, about=letter.about)
    return letter


@transaction.atomic
def refuse(letter: Letter, reason: str, *, by: Account) -> Letter:
    """It is not for this bureau, or says nothing that could be looked into. The writer reads the reason."""
    _require(letter, by)
    if not reason.strip():
        raise DomainError("reason_needed")
    move(letter, LetterState.REFUSED, answer=reason.strip(), answered_by=by, answered_at=timezone.now())
    messages.settle(letter)
    journal.write("letter.refused", by=by, about=letter.about)
    return letter


@transaction.atomic
def answer(letter: Letter, text: str, is_true: bool, *, by: Account) -> Letter:
    """What was found. A report that is true becomes an event of the enterprise, which
    another officer then verifies."""
    _require(letter, by)
    if not text.strip():
        raise DomainError("letter_answer")
    move(
        letter,
        LetterState.ANSWERED,
        answer=text.strip(),
        is_true=is_true,
        answered_by=by,
        answered_at=timezone.now(),
    )
    if is_true and letter.kind == "report" and letter.subject_id:
        event = SubjectEvent.objects.create(
            subject=letter.subject,
            code="complaint",
            happened_on=timezone.localdate(letter.received_at),
            source=f"举报 {letter.pk} 号答复",
            recorded_by=by,
        )
        messages.hand_on(event, by=by)
        journal.write("subjectevent.added", by=by, about=event.about, facts={"letter": letter.pk})
    messages.settle(letter)
    journal.write("letter.answered", by=by, about=letter.about, facts={"is_true": is_true})
    return letter


def told(letter):
    """What the holder of a receipt reads of a letter: who has it, what comes next, how it ended, and where
    else to turn. {who, steps: [(words, day or None, is it done)], ending, link}"""
    who = "监督人（纪检）" if letter.kind in FOR_THE_SUPERVISOR else "公示经办人"
    ended = letter.status in (LetterState.ANSWERED, LetterState.REFUSED)
    steps = [
        ("收到", letter.received_at, True),
        ("受理，交承办人核查", None, letter.status != LetterState.RECEIVED),
        (f"最迟 {letter.due_on:%Y年%m月%d日} 答复", letter.answered_at, ended),
    ]
    printed = Publication.objects.filter(letter=letter).exclude(made=None).order_by("-pk").first()
    if letter.kind == "statement":
        ending = "已刊登在这条公示旁边" if printed else "没有刊登" if ended else ""
    elif letter.status == LetterState.REFUSED:
        ending = "不予受理"
    else:
        ending = {True: "核查属实", False: "核查不属实"}.get(letter.is_true, "") if ended else ""
    about = printed.made if printed else letter.disclosure
    return {"who": who, "steps": steps, "ending": ending, "about": about, "is_over": ended}


def to_correct(bureau):
    """Objections that are true, of statements that stand as they stood."""
    rows = Letter.objects.filter(bureau=bureau, kind__in=["objection", "correction"], is_true=True)
    return rows.filter(disclosure__superseded_by=None, disclosure__ending=None)


def clocks(account):
    """The answers that are owed, and the corrections that true objections ask for, as Clocks of the deadlines
    page; complaints only to the supervisor."""
    rows = Letter.objects.filter(bureau=account.bureau, status__in=OPEN)
    if "supervisor" not in account.roles():
        rows = rows.exclude(kind__in=FOR_THE_SUPERVISOR)
    return [
        Clock(
            None,
            f"答复来信：{each.get_kind_display()}",
            "supervisor" if each.kind in FOR_THE_SUPERVISOR else "clerk",
            limits.Due(each.due_on),
            f"收到来信 {timezone.localdate(each.received_at)}",
            "政府信息公开条例第41条；期限按地方规定",
        )
        for each in rows
    ] + [
        Clock(
            None,
            f"{limit.title}：{each.disclosure.subject_name}",
            limit.who,
            limits.count(limit, timezone.localdate(each.answered_at)),
            f"核查属实 {timezone.localdate(each.answered_at)}",
            limit.basis,
        )
        for each in to_correct(account.bureau).select_related("disclosure")
        if (limit := limits.of(account.bureau, "withdraw_result", timezone.localdate(each.answered_at)))
    ]


def look(letter: Letter, *, by: Account) -> None:
    """Each reading of a writer's name and words is kept."""
    journal.write("letter.read", by=by, about=letter.about)


def may_handle(letter, by):
    """Complaints about inspectors are the supervisor's; nobody answers a letter about a report of his own."""
    if letter.kind in FOR_THE_SUPERVISOR and "supervisor" not in by.roles():
        return False
    about = letter.disclosure
    if about is None:
        return True
    matter = about.matter
    if matter is None:
        return True
    hands = ("author", "reviewed_by", "proposed_by", "judged_by", "decided_by")
    concerned = [getattr(matter, hand, None) for hand in hands]
    team = [seat.inspector.account_id for seat in matter.case.team()]
    return by not in concerned and by.pk not in team


def find_subject(bureau, text):
    """The enterprise that a letter names, where its name or code is exactly one of
    the register's; else None."""
    rows = Subject.objects.listed().filter(bureau=bureau)
    found = list(rows.filter(credit_code=text.strip().upper())[:2]) or list(
        rows.filter(name=text.strip())[:2]
    )
    return found[0] if len(found) == 1 else None


def like(bureau, text, most=5):
    """Enterprises whose name has all that was typed, or its first half: whom a clerk may have meant."""
    rows = Subject.objects.listed().filter(bureau=bureau).order_by("name")
    words = text.strip()
    for typed in (words, words[: max(2, len(words) // 2)]):
        found = rows
        for pattern in patterns(typed):
            found = found.filter(search__contains=pattern)
        if names := list(found.values_list("name", flat=True)[:most]):
            return names
    return []


def _require(letter, by):
    require(by, ACT, letter.bureau)
    if not may_handle(letter, by):
        raise DomainError("letter_of_others")


def _subject_of(disclosure):
    if disclosure is None:
        return None
    matter = disclosure.matter
    return matter.case.subject if matter else None
