"""期限: what is due, by which article, whose, and what is late. Counted from the events, never stored."""

from dataclasses import dataclass

from django.db.models import Exists, Min, OuterRef
from django.utils import timezone

from registries import limits, workdays
from registries.models import LegalLimit

from ..models import Case, CaseEvent, Finding, RecusalRequest, Task, Visit
from . import events

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
        seats = [
            each for each in self.case.assignments.all() if each.until is None
        ]  # read with the clocks, not one by one
        return f"{role}（{'、'.join(each.inspector.name for each in sorted(seats, key=lambda each: each.seat))}）"


def running(bureau, cases=None, who=None):
    """The Clocks that run in a bureau, the nearest first; of these cases, of these roles only, where given."""
    found = [*_by_events(bureau, cases), *_rectifications(bureau, cases), *_papers(bureau, cases)]
    found = [each for each in found if who is None or each.who in who]
    return sorted(found, key=lambda each: (each.due.on, each.title))


def mine(account):
    """What is due for an account: for an inspector of his own cases, for the others by role."""
    found, roles = [], account.roles()
    if "inspector" in roles:
        own = Case.objects.visible_to(account)
        found += running(account.bureau, cases=own, who={"team", "party"})
    told = roles & {"head", "clerk", "supervisor"}
    return found + (running(account.bureau, who=told) if told else [])


def _rules(bureau):
    """[(versions of a limit, newest first, codes that begin it, codes that end it)]. A later version changes the number;
    when it begins and ends is said by the latest that is in force and says so."""
    by_code, today = {}, timezone.localdate()
    for limit in LegalLimit.objects.filter(bureau=bureau).order_by("code", "-since"):
        by_code.setdefault(limit.code, []).append(limit)
    for versions in by_code.values():
        ruling = next((each for each in versions if each.begins and each.since <= today), None)
        if ruling:
            yield versions, ruling.begins.split(), ruling.ends.split()


def _in_force(versions, day):
    return next((each for each in versions if each.since <= day), None)


def _by_events(bureau, cases):
    book = workdays.Book.load()
    for versions, begins, ends in _rules(bureau):
        over = CaseEvent.objects.filter(
            case=OuterRef("case"), thread=OuterRef("thread"), code__in=ends, pk__gt=OuterRef("pk")
        )
        begun = CaseEvent.objects.filter(bureau=bureau, code__in=begins).exclude(Exists(over))
        if cases is not None:
            begun = begun.filter(case__in=cases)
        for event in begun.select_related("case__subject").prefetch_related("case__assignments__inspector"):
            day = timezone.localdate(event.at)
            limit = _in_force(versions, day)
            if limit is not None:
                due = limits.count(limit, event.at, book)
                # A party's right that has run out needs nobody's attention any more.
                if limit.who not in NOT_OURS or not due.is_past(timezone.now()):
                    since = f"{events.TITLES.get(event.code, event.code)} {day:%Y-%m-%d}"
                    yield Clock(event.case, limit.title, limit.who, due, since, limit.basis, event.thread)


def _rectifications(bureau, cases):
    found = Finding.objects.filter(case__bureau=bureau, status__in=["open", "reported", "escalated"]).exclude(
        due_on=None
    )
    if cases is not None:
        found = found.filter(case__in=cases)
    for each in found.select_related("case__subject").prefetch_related("case__assignments__inspector"):
        yield Clock(
            each.case,
            f"整改：{each.wording[:30]}",
            "party",
            limits.Due(each.until()),
            "责令限期整改",
            each.basis,
            f"finding:{each.pk}",
        )


def _papers(bureau, cases):
    """Limits that stand in rows of their own: a recusal to decide, an urgent scheme to make up for."""
    asked = RecusalRequest.objects.filter(bureau=bureau, status="asked").select_related("case__subject")
    if cases is not None:
        asked = asked.filter(case__in=cases)
    for each in asked:
        yield Clock(each.case, "决定回避申请", "head", limits.Due(each.due_on), "收到回避申请", "行政处罚法第43条")
    if cases is not None:
        return
    # An urgent visit is made up for from the day it began, whether somebody has drafted the scheme or not.
    begun = Visit.objects.filter(bureau=bureau, cases__task__is_urgent=True).exclude(
        cases__task__schemes__status="approved"
    )
    for task, began in begun.values_list("cases__task").annotate(began=Min("started_at")):
        limit = limits.of(bureau, "scheme_after", timezone.localdate(began))
        if limit:
            title = f"{limit.title}：{Task.objects.get(pk=task).title}"
            yield Clock(
                None, title, "clerk", limits.count(limit, began), f"紧急检查 {timezone.localdate(began)}", limit.basis
            )


def stopped_late(case):
    """(title, due, done) of what this case did after its limit: the file says so."""
    done, book = list(case.events.order_by("pk")), workdays.Book.load()
    for versions, begins, ends in _rules(case.bureau_id):
        for event in (each for each in done if each.code in begins):
            limit = _in_force(versions, timezone.localdate(event.at))
            end = next(
                (each for each in done if each.pk > event.pk and each.thread == event.thread and each.code in ends),
                None,
            )
            if limit is None or end is None or limit.who in NOT_OURS:
                continue
            due = limits.count(limit, event.at, book)
            if due.is_past(min(end.at, end.recorded_at)):
                yield limit.title, due, end.at
