"""期限: what is due, by which article, whose, and what is late. Counted from the events, never stored."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from registries.models import LegalLimit
from registries.services import limits

from ..models import Case, CaseEvent, Finding, RecusalRequest, Scheme
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
        return f"{role}（{'、'.join(seat.inspector.name for seat in self.case.team())}）"


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


def _by_events(bureau, cases):
    by_code = {}
    for limit in LegalLimit.objects.filter(bureau=bureau).exclude(begins="").order_by("code", "-since"):
        by_code.setdefault(limit.code, []).append(limit)
    for versions in by_code.values():
        newest = versions[0]
        over = CaseEvent.objects.filter(
            case=OuterRef("case"), thread=OuterRef("thread"), code__in=newest.ends.split(), pk__gt=OuterRef("pk")
        )
        begun = CaseEvent.objects.filter(bureau=bureau, code__in=newest.begins.split()).exclude(Exists(over))
        if cases is not None:
            begun = begun.filter(case__in=cases)
        for event in begun.select_related("case__subject"):
            day = timezone.localdate(event.at)
            limit = next((each for each in versions if each.since <= day), None)
            if limit is not None:
                due = limits.count(limit, event.at)
                # A party's right that has run out needs nobody's attention any more.
                if limit.who not in NOT_OURS or not due.is_past(timezone.now()):
                    since = f"{events.TITLES.get(event.code, event.code)} {day:%Y-%m-%d}"
                    yield Clock(event.case, limit.title, limit.who, due, since, limit.basis, event.thread)


def _rectifications(bureau, cases):
    found = Finding.objects.filter(case__bureau=bureau, status__in=["open", "reported"]).exclude(due_on=None)
    if cases is not None:
        found = found.filter(case__in=cases)
    for each in found.select_related("case__subject"):
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
    urgent = Scheme.objects.filter(bureau=bureau, status="drafted").exclude(due_on=None).select_related("task")
    if cases is not None:
        asked, urgent = asked.filter(case__in=cases), urgent.none()
    for each in asked:
        yield Clock(each.case, "决定回避申请", "head", limits.Due(each.due_on), "收到回避申请", "行政处罚法第43条")
    for each in urgent:
        yield Clock(
            None, f"补办检查方案：{each.task.title}", "head", limits.Due(each.due_on), "紧急检查", "国办发〔2024〕54号"
        )


def stopped_late(case):
    """(title, due, done) of what this case did after its limit: the file says so."""
    done = list(case.events.order_by("pk"))
    for limit in LegalLimit.objects.filter(bureau=case.bureau_id).filter(~Q(begins="")).exclude(who__in=NOT_OURS):
        for event in (each for each in done if each.code in limit.begins.split()):
            end = next(
                (
                    each
                    for each in done
                    if each.pk > event.pk and each.thread == event.thread and each.code in limit.ends.split()
                ),
                None,
            )
            due = limits.count(limit, event.at)
            if end and due.is_past(end.at):
                yield limit.title, due, end.at
