"""逐行填写: what each of the team said of each line, on whichever phone or page. Nothing said is lost; what
stands is merged from it (merging.py), a disagreement is the leader's, and what reaches us after the signing
changes no record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from registries.errors import DomainError
from registries.services import journal, messages
from registries.transitions import move

from ..case import readiness
from ..case.opening import lines_of
from ..case.staffing import require_member
from ..states import FOLLOWED_CASE, CaseState, EntryState, FilingState
from . import merging
from .models import Answer, Entry, Ruling, Share

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from django.db.models import QuerySet

    from registries.models import Account, Inspector

    from ..case.models import Case
    from .models import Filing


def moment(at: datetime) -> str:
    """A moment as the phones write it: UTC, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def told(case: Case) -> dict[str, list[dict[str, Any]]]:
    """{line: [entry]} of all that was said of a case, as merging.merge and the phones take it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in case.entries.select_related("by").order_by("pk"):
        found.setdefault(each.line, []).append(as_told(each))
    return found


def as_told(entry: Entry) -> dict[str, Any]:
    """One Entry as merging.merge takes it."""
    at = moment(entry.at)
    return {"by": entry.by.ref, "value": entry.value, "note": entry.note, "at": at, "way": entry.way}


def rulings(case: Case) -> dict[str, dict[str, Any]]:
    """{line: the leader's last choice}, as merging.merge takes it."""
    found = case.rulings.select_related("entry__by").order_by("pk")
    return {
        each.line: {"by": each.entry.by.ref, "at": moment(each.entry.at), "over": each.over} for each in found
    }


def say(
    case: Case, inspector: Inspector, said: dict[str, dict[str, Any]], *, filing: Filing | None = None
) -> list[Entry]:
    """Keep what one person says of lines ({line: {"value", "note", "at", "way"}}), and let what stands follow
    from it. What says the same as the person's last word is not kept again. Returns the new entries.

    Before the visit is over the answers move; afterwards what differs from the record waits for the team.
    """
    known, lines = told(case), {each["key"] for each in lines_of(case)}
    made = []
    for line, each in said.items():
        if line not in lines or each["value"] not in dict(Answer.VALUES):
            continue
        own = [old for old in known.get(line, []) if old["by"] == inspector.ref]
        last = max(own, key=lambda old: old["at"], default=None)
        note = each.get("note", "").strip()[:500]
        if last and (last["value"], last["note"]) == (each["value"], note):
            continue
        at = each.get("at")
        if at is None:  # said here and now: later than anything before, whatever a phone's clock said then
            at = max(
                timezone.now(), _parsed(last["at"]) + timedelta(milliseconds=1) if last else timezone.now()
            )
        elif any(old["at"] == moment(at) for old in own):
            continue
        more = {"note": note, "way": each.get("way", ""), "at": at, "filing": filing}
        made.append(Entry.objects.create(case=case, line=line, value=each["value"], by=inspector, **more))
    if made and case.status in FOLLOWED_CASE:
        note_late(case, made)
    elif made and case.status == CaseState.STARTED:
        stand(case, {each.line for each in made})
    return made


def stand(case: Case, only: Iterable[str] | None = None) -> None:
    """Let the answers be what the entries say, for `only` these lines or all."""
    known, chosen = told(case), rulings(case)
    people = {each.by.ref: each.by for each in case.entries.select_related("by")}
    for line in known if only is None else only:
        merged = merging.merge(known[line], chosen.get(line))
        _write(case, line, merged["stands"], people, merged["is_open"])


def file(case: Case, said: list[dict[str, Any]], people: dict[str, Inspector]) -> None:
    """The answers become those of a signed record, whatever else was said; what it did not know is late."""
    for each in said:
        _write(case, each["line"], each, people, False)


def _write(case, line, entry, people, is_open):
    Answer.objects.update_or_create(
        case=case,
        line=line,
        defaults={
            "value": entry["value"],
            "note": entry["note"],
            "way": entry["way"],
            "by": people[entry["by"]],
            "at": _parsed(entry["at"]),
            "is_open": is_open,
        },
    )


def _parsed(at):
    return parse_datetime(at) if isinstance(at, str) else at


def note_late(case: Case, made: Iterable[Entry], known: frozenset[tuple[str, str, str]] = frozenset()) -> int:
    """Of entries, those that differ from the record that was signed wait for the team; `known`: the (by,
    line, at) that the record itself speaks of. Returns how many."""
    answers = {each.line: each for each in case.answers.all()}
    late = []
    for each in made:
        stands = answers.get(each.line)
        is_same = stands and stands.value == each.value and each.note in ("", stands.note.strip())
        is_older = Entry.objects.filter(case=case, line=each.line, by=each.by, at__gt=each.at).exists()
        said_of = (each.by.ref, each.line, moment(each.at)) in known
        beaten = each.value == "skip" and stands and stands.value != "skip"
        if not (is_same or is_older or said_of or beaten or each.status != EntryState.SAID):
            late.append(each)
    for each in late:
        move(each, EntryState.LATE)
        messages.hand_on(each)
    return len(late)


@transaction.atomic
def choose(case: Case, line: str, entry: Entry, *, by: Account) -> Ruling:
    """The leader says which of two answers stands; both stay. Raises not_leader, entry_unknown."""
    inspector = require_member(case, by)
    readiness.hold(case)
    case.refresh_from_db(fields=["status"])
    if not case.team().filter(inspector=inspector, leads=True).exists():
        raise DomainError("not_leader")
    if case.status != CaseState.STARTED or entry.line != line or entry.case_id != case.pk:
        raise DomainError("entry_unknown")
    made = rule(case, line, entry, inspector, by=by)
    said = case.entries.filter(line=line).exclude(by=inspector).select_related("by__account")
    others = {each.by.account for each in said if each.by_id != entry.by_id}
    told = f"“{case.subject.name}”有一行两人填得不一样，组长已定，您的那一份留着备查"
    messages.tell(list(others), "judged", case, told, by=by)
    return made


def rule(
    case: Case,
    line: str,
    entry: Entry,
    inspector: Inspector,
    *,
    by: Account,
    at: datetime | None = None,
    over: list[list[str]] | None = None,
) -> Ruling:
    """A leader's choice, from the desk or a phone, kept with what he had before him."""
    last = {each["by"]: each["at"] for each in sorted(told(case)[line], key=lambda each: each["at"])}
    over = over or [[who, when] for who, when in sorted(last.items())]
    made = Ruling.objects.create(
        case=case, line=line, entry=entry, by=inspector, at=at or timezone.now(), over=over
    )
    journal.write(
        "answer.chosen", by=by, about=case.about, facts={"line": line, "of": entry.by.ref, "among": len(over)}
    )
    if case.status == CaseState.STARTED:
        stand(case, [line])
    return made


@transaction.atomic
def set_aside(entry: Entry, reason: str, *, by: Account) -> Entry:
    """The team does not take up what came after the signing: it stays, readable, with the reason."""
    require_member(entry.case, by)
    if not reason.strip():
        raise DomainError("reason_needed")
    told_by = {"settled_by": by, "settled_at": timezone.now(), "settle_note": reason.strip()[:300]}
    move(entry, EntryState.SET_ASIDE, **told_by)
    messages.settle(entry)
    settle_filing(entry.filing, by=by)
    journal.write(
        "answer.set_aside", by=by, about=entry.case.about, facts={"entry": entry.pk, "line": entry.line}
    )
    return entry


def open_lines(case: Case) -> list[tuple[str, list[Entry]]]:
    """[(what the line asks, the last word of each person)] of the lines that wait for the leader."""
    texts = {line["key"]: line["requirement"] for line in lines_of(case)}
    found = []
    for line in case.answers.filter(is_open=True).values_list("line", flat=True):
        said = case.entries.filter(line=line).select_related("by").order_by("at", "pk")
        found.append((texts.get(line, line), list({each.by_id: each for each in said}.values())))
    return found


def waiting(case: Case) -> QuerySet[Entry]:
    """What came after the signing and the team has not settled."""
    return case.entries.filter(status=EntryState.LATE)


def take_rulings(
    case: Case, inspector: Inspector, said: dict[str, dict[str, Any]], *, by: Account
) -> list[Ruling]:
    """The leader's choices that he made on his phone; anybody else's are passed over, and those that we
    have."""
    if case.status not in (CaseState.OPENED, CaseState.STARTED):
        return []
    if not case.team().filter(inspector=inspector, leads=True).exists():
        return []
    known, made = rulings(case), []
    for line, each in said.items():
        entry = case.entries.filter(line=line, by__ref=each["by"]).order_by("at").last()
        is_known = line in known and known[line]["over"] == each["over"] and known[line]["by"] == each["by"]
        if entry is not None and moment(entry.at) == each["at"] and not is_known:
            made.append(rule(case, line, entry, inspector, by=by, over=each["over"]))
    return made


def settle_filing(filing: Filing | None, *, by: Account) -> None:
    """What brought lines that were late is settled when none of them waits any more."""
    if filing is None or filing.status != FilingState.HELD:
        return
    if not filing.entries.filter(status=EntryState.LATE).exists():
        move(filing, FilingState.SETTLED)
        messages.settle(filing)
        journal.write("filing.settled", by=by, about=filing.case.about, facts={"filing": filing.pk})


def aside(case: Case) -> list[Entry]:
    """What was said and does not stand, for whoever wants to read it: the last word of each person on a line
    whose answer is another."""
    answers = {each.line: each for each in case.answers.all()}
    last = {(each.by_id, each.line): each for each in case.entries.select_related("by").order_by("at", "pk")}
    return [
        each
        for each in sorted(last.values(), key=lambda each: each.pk)
        if each.line in answers
        and (each.value != answers[each.line].value or each.note not in ("", answers[each.line].note.strip()))
    ]


def share(case: Case, inspector: Inspector, more: dict[str, Any]) -> None:
    """What else lies on one phone, for the others of the team: no record, the next one goes over it."""
    Share.objects.update_or_create(case=case, by=inspector, defaults={"told": more})


def shares(case: Case, inspector: Inspector) -> list[dict[str, Any]]:
    """What lies on the others' phones, as they last said it."""
    others = case.shares.exclude(by=inspector).select_related("by").order_by("pk")
    return [each.told | {"by": each.by.ref} for each in others]
