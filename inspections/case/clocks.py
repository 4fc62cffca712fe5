"""期限: what the events of a case begin and end, by which article. Counted, never stored; only that nothing
runs on a case any more is remembered (resting.py)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.utils import timezone

from registries import limits, workdays
from registries.models import LegalLimit

from . import events
from .models import CaseEvent

# A right of the party or of another authority runs out; only our own duties can be late.
NOT_OURS = {"party", "police"}


@dataclass(frozen=True)
class Clock:
    """One running limit. `since` says what began it; `who` is a role of LegalLimit.WHO."""

    case: object
    title: str
    who: str
    due: limits.Due
    since: str
    basis: str
    thread: str = ""

    @property
    def is_ours(self):
        return self.who not in NOT_OURS

    @property
    def is_late(self):
        return self.is_ours and self.due.is_past(timezone.now())

    @property
    def whose(self):
        """The role, and for a team its people."""
        role = dict(LegalLimit.WHO)[self.who]
        if self.who != "team" or self.case is None:
            return role
        # read with the clocks, not one by one
        seats = [each for each in self.case.assignments.all() if each.until is None]
        names = [each.inspector.name for each in sorted(seats, key=lambda each: each.seat)]
        return f"{role}（{'、'.join(names)}）"


def rules(bureau):
    """[(versions of a limit, newest first, codes that begin it, codes that end it)]. A later version changes
    the number; when it begins and ends is said by the latest that is in force and says so."""
    by_code, today = {}, timezone.localdate()
    for limit in LegalLimit.objects.filter(bureau=bureau).order_by("code", "-since"):
        by_code.setdefault(limit.code, []).append(limit)
    for versions in by_code.values():
        ruling = next((each for each in versions if each.begins and each.since <= today), None)
        if ruling:
            yield versions, ruling.begins.split(), ruling.ends.split()


def digest(ruled):
    """The rules as `rules` gives them, in sixteen letters: other rules, other letters."""
    said = [
        (
            *begins,
            "|",
            *ends,
            *((each.code, each.since, each.who, each.length, each.unit) for each in versions),
        )
        for versions, begins, ends in ruled
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def awake(under, before=""):
    """The condition on cases (`before`: the way to them) that do not rest under these rules. Two halves, each
    found by the index."""
    return Q(**{f"{before}rested_under__lt": under}) | Q(**{f"{before}rested_under__gt": under})


def in_force(versions, day):
    return next((each for each in versions if each.since <= day), None)


def by_events(bureau, cases, who=None, since=None, most=None):
    """The Clocks that events have begun and none has ended: of these cases, of these roles, and of what began
    since a day, where given; of each version of a rule the `most` that began first, which end first."""
    book, ruled = workdays.Book.load(), list(rules(bureau))
    is_few = isinstance(cases, (list, tuple))
    begun_by = _of_a_few(cases) if is_few else _of_many(bureau, cases, since, most, digest(ruled))
    for versions, begins, ends in ruled:
        for limit, first, last in _spans(versions):
            if who is not None and limit.who not in who:
                continue
            for event in begun_by(begins, ends, first, last, limit.who == "team"):
                due = limits.count(limit, event.at, book)
                # A party's right that has run out needs nobody's attention any more.
                if limit.who not in NOT_OURS or not due.is_past(timezone.now()):
                    day = timezone.localdate(event.at)
                    told = f"{events.TITLES.get(event.code, event.code)} {day:%Y-%m-%d}"
                    yield Clock(event.case, limit.title, limit.who, due, told, limit.basis, event.thread)


def _spans(versions):
    """(a version, the moment from which on what began by it may still run, the moment the next version comes
    into force or None), the newest first."""
    until = None
    for limit in versions:
        since = timezone.make_aware(datetime.combine(limit.since, time()))
        first = max(since, timezone.now() - limits.longest(limit)) if limit.who in NOT_OURS else since
        yield limit, first, until
        until = since


def of_awake(bureau, ruled):
    """For each span of each rule the events of cases that do not rest which have begun it and none has
    ended."""
    under = digest(ruled)
    for versions, begins, ends in ruled:
        for _, first, last in _spans(versions):
            yield _open(bureau, begins, ends, first, last, under)


def _open(bureau, begins, ends, first, last, under):
    over = CaseEvent.objects.filter(
        case=OuterRef("case"), thread=OuterRef("thread"), code__in=ends, pk__gt=OuterRef("pk")
    )
    found = CaseEvent.objects.filter(
        awake(under, "case__"), case__bureau=bureau, bureau=bureau, code__in=begins, at__gte=first
    )
    found = found.exclude(Exists(over))
    return found if last is None else found.filter(at__lt=last)


def _of_many(bureau, cases, since, most, under):
    """Asked of the database, rule by rule."""

    def begun(begins, ends, first, last, named):
        found = _open(bureau, begins, ends, first, last, under)
        found = found if since is None else found.filter(at__gte=since)
        found = found if cases is None else found.filter(case__in=cases)
        found = found.select_related("case__subject").defer("case__checklist", "case__subject__search")
        found = found.prefetch_related("case__assignments__inspector") if named else found
        return found if most is None else found.order_by("at", "pk")[:most]

    return begun


def _of_a_few(cases):
    """All events of a few cases, read once and gone through by hand."""
    known = {each.pk: each for each in cases}
    prefetch_related_objects(cases, "assignments__inspector")
    read = list(CaseEvent.objects.filter(case__in=cases).order_by("pk"))

    def begun(begins, ends, first, last, named):
        for event in read:
            if event.code not in begins or event.at < first or last and event.at >= last:
                continue
            key = (event.case_id, event.thread)
            later = (each for each in read if each.pk > event.pk and (each.case_id, each.thread) == key)
            if not any(each.code in ends for each in later):
                event.case = known[event.case_id]
                yield event

    return begun


def stopped_late(case):
    """(title, due, done) of what this case did after its limit: the file says so."""
    done, book = list(case.events.order_by("pk")), workdays.Book.load()
    for versions, begins, ends in rules(case.bureau_id):
        for event in (each for each in done if each.code in begins):
            limit = in_force(versions, timezone.localdate(event.at))
            end = next(
                (
                    each
                    for each in done
                    if each.pk > event.pk and each.thread == event.thread and each.code in ends
                ),
                None,
            )
            if limit is None or end is None or limit.who in NOT_OURS:
                continue
            due = limits.count(limit, event.at, book)
            if due.is_past(min(end.at, end.recorded_at)):
                yield limit.title, due, end.at
