"""哪天有什么: ceremonies, visits, deadlines, leave, courses, holidays; each account's own and what its role
may see. Of whom a draw has drawn nothing is said before the draw is released, where it leaves the house."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone

from inspections.case.clocks import NOT_OURS
from inspections.models import Case, Draw, Finding, Task
from inspections.states import OPEN_CASE, UNSETTLED, CaseState, DrawState, TaskState
from inspections.visit import duties
from publicity.models import Letter
from publicity.services import letters
from registries.models import CalendarDay, Course, Leave, LegalLimit

from ..office.kept import kept

if TYPE_CHECKING:
    from datetime import date

    from registries.models import Account

_NEAREST = 40  # limits of a rule that are read
_YEARS = timedelta(days=730)
_FEW = 3  # cases of a day that are named one by one
DONE, DUE, LATE, MAIN, PLANNED, AWAY, REST = "ok", "warn", "red", "red", "plan", "away", "rest"


@dataclass(frozen=True)
class Day:
    """One thing of a day: when (a moment, or a day), what it is, how it is marked, where to read on, which
    firm ("" where it names none), whether that firm is public already, and until when a span lasts."""

    on: date | datetime
    said: str
    mark: str
    link: str = ""
    firm: str = ""
    is_open: bool = True
    until: date | None = None

    @property
    def day(self) -> date:
        """The day it falls on, here."""
        return timezone.localdate(self.on) if isinstance(self.on, datetime) else self.on

    @property
    def at(self) -> datetime | None:
        """The moment, where it has one."""
        return self.on if isinstance(self.on, datetime) else None


def of(account: Account, first: date, last: date, whose: str = "mine") -> list[Day]:
    """What happens from one day to another, for an account: `mine`, `team` (the visits of all teams), `all`.
    What the role may not see is not there."""
    if whose == "team":
        return _in_order([*_rest(first, last), *_visits(account, first, last, whose)])
    found = [*_rest(first, last)]
    found += _draws(account, first, last, whose)
    found += _visits(account, first, last, whose)
    found += kept(account, f"clocks-{whose}-{first}-{last}", lambda: [*_clocks(account, first, last, whose)])
    if account.has_perm("inspections.view_task"):
        found += _windows(account, first, last)
    if account.has_perm("publicity.answer_letter"):
        found += _letters(account, first, last)
    if account.has_perm("registries.view_leave") or whose == "mine":
        found += _leaves(account, first, last, whose)
    if account.has_perm("registries.view_course") or _person(account):
        found += _courses(account, first, last)
    return _in_order(found)


def _in_order(found):
    return sorted(found, key=lambda each: (each.day, each.at is None, str(each.at or ""), each.said))


def _person(account):
    return getattr(account, "inspector", None)


def _rest(first, last):
    for each in CalendarDay.objects.filter(day__range=(first, last)):
        yield Day(each.day, f"{each.name} {'上班' if each.is_workday else '休'}".strip(), REST)


def _draws(account, first, last, whose):
    """Ceremonies ahead and held, and until when what was drawn is released."""
    sees = account.has_perm("inspections.view_task")
    rows = Draw.objects.filter(bureau=account.bureau_id).select_related("task")
    if whose == "mine" and not sees:
        rows = rows.filter(Q(sources__account=account) | Q(sources__second=account)).distinct()
    elif not sees:
        return
    ahead = rows.filter(seed_at__date__range=(first, last)).exclude(status=DrawState.VOIDED)
    for each in ahead:
        link = reverse("round", args=[each.task_id]) if sees else reverse("desk:draw", args=[each.number])
        yield Day(each.seed_at, f"摇号：{each.task.title}", DONE if each.drawn_at else MAIN, link)
    if sees:
        for each in rows.filter(release_by__range=(first, last), release=None, status=DrawState.DRAWN):
            yield Day(each.release_by, f"公开到期：{each.number}", DUE, reverse("round", args=[each.task_id]))


def _visits(account, first, last, whose):
    """Visits planned and made, reports and orders that are due; of many on one day how many."""
    rows = Case.objects.filter(bureau=account.bureau_id)
    if whose == "mine" and _person(account) is not None:
        rows = Case.objects.visible_to(account)
    elif not account.has_perm("inspections.view_case"):
        return
    span, today = (first, last), timezone.localdate()
    going = rows.filter(planned_on__range=span).exclude(status=CaseState.NOT_DONE)
    yield from _by_day(account, going, "planned_on", "去检查", lambda on: PLANNED if on >= today else DONE)
    over = rows.filter(_between("ended_at", first, last)).exclude(status=CaseState.NOT_DONE)
    yield from _by_day(account, over.annotate(on=TruncDate("ended_at")), "on", "查完", lambda on: DONE)
    owed = rows.filter(report_due_on__range=span, status=CaseState.ENDED)
    yield from _by_day(account, owed, "report_due_on", "检查报告到期", lambda on: LATE if on < today else DUE)
    wrong = Finding.objects.filter(status__in=UNSETTLED, case__in=rows.order_by().values("pk"))
    ends = wrong.order_by().values_list("case").annotate(on=Min(Coalesce("extended_to", "due_on")))
    due = dict(ends.filter(on__range=span))
    counts = Counter(due.values())
    few = [case for case, on in due.items() if counts[on] <= _FEW]
    named = [(due[each.pk], each) for each in _shown(rows.filter(pk__in=few))] if few else []
    yield from _told(account, counts, named, "整改期满", lambda on: LATE if on < today else DUE)


def _clocks(account, first, last, whose):
    """Limits that run and are ours: the nearest of each rule; those that the visits say are left out."""
    sees = account.has_perm("inspections.view_case")
    since = timezone.now() - _YEARS  # what began before is on the page of deadlines
    if whose == "all" and sees:
        ours = {code for code, _ in LegalLimit.WHO} - NOT_OURS
        running = duties.running(account.bureau, who=ours, since=since, most=_NEAREST)
    else:
        running = duties.mine(account, since=since, most=_NEAREST)
    by_day: dict[tuple[date, str], list] = {}
    for each in running:
        is_report = each.case is not None and each.case.report_due_on == each.due.on  # the visits say it
        if each.is_ours and not is_report and first <= each.due.on <= last:
            by_day.setdefault((each.due.on, each.title), []).append(each)
    for (on, title), clocks in by_day.items():
        mark = LATE if any(each.is_late for each in clocks) else DUE
        named = clocks if len(clocks) <= _FEW else []
        for each in named:
            if each.case is None:
                yield Day(on, title, mark, reverse("deadlines-page") if sees else "")
            else:
                yield _of_case(account, each.case, on, title, mark)
        if not named:
            more = "以上" if len(clocks) >= _NEAREST else ""
            yield Day(on, f"{title} {len(clocks)} 件{more}", mark, reverse("deadlines-page") if sees else "")


def _between(field, first, last):
    """Whether a moment lies on these days, asked so that an index answers."""
    start = timezone.make_aware(datetime.combine(first, time()))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})


def _by_day(account, rows, field, said, mark):
    """The cases of each day, that day being one of their fields."""
    counts = dict(rows.order_by().values_list(field).annotate(n=Count("pk", distinct=True)))
    few = [day for day, n in counts.items() if n <= _FEW]
    shown = _shown(rows.filter(**{f"{field}__in": few})) if few else ()
    yield from _told(account, counts, [(getattr(each, field), each) for each in shown], said, mark)


def _shown(rows):
    return rows.select_related("subject", "draw__release").defer("checklist", "subject__search")


def _told(account, counts, named, said, mark):
    """Each case of a day by its firm, where they are few; else how many, with the way to the day."""
    for on, case in named:
        yield _of_case(account, case, on, said, mark(on))
    for day, n in counts.items():
        if n > _FEW:
            link = reverse("calendar-day", args=[day.year, day.month, day.day])
            yield Day(
                day, f"{said} {n} 户", mark(day), link if account.has_perm("inspections.view_case") else ""
            )


def _of_case(account, case, on, said, mark):
    sees = account.has_perm("inspections.view_case")
    link = reverse("case" if sees else "desk:case", args=[case.token])
    is_open = case.draw_id is None or hasattr(case.draw, "release")
    return Day(on, said, mark, link, case.subject.name, is_open)


def _windows(account, first, last):
    """When a task's visits begin, and by when they are to be over."""
    rows = Task.objects.filter(bureau=account.bureau_id, status=TaskState.APPROVED)
    for each in rows.filter(window_from__range=(first, last)):
        yield Day(each.window_from, f"开始检查：{each.title}", PLANNED, reverse("round", args=[each.pk]))
    open_ = rows.filter(window_to__range=(first, last), cases__status__in=OPEN_CASE).distinct()
    for each in open_:
        mark = LATE if each.window_to < timezone.localdate() else DUE
        yield Day(each.window_to, f"查完到期：{each.title}", mark, reverse("round", args=[each.pk]))


def _letters(account, first, last):
    rows = Letter.objects.waiting_for(account).filter(bureau=account.bureau_id, status__in=letters.OPEN)
    for each in rows.filter(due_on__range=(first, last)):
        mark = LATE if each.due_on < timezone.localdate() else DUE
        link = reverse("admin:publicity_letter_change", args=[each.pk])
        yield Day(each.due_on, f"答复来信到期：{each.get_kind_display()}", mark, link)


def _leaves(account, first, last, whose):
    rows = Leave.objects.filter(inspector__bureau=account.bureau_id, since__lte=last, until__gte=first)
    own = _person(account)
    if whose == "mine" and (own is not None or not account.has_perm("registries.view_leave")):
        rows = rows.filter(inspector=own) if own else rows.none()
    sees = account.has_perm("registries.view_inspector")
    for each in rows.select_related("inspector"):
        day = max(each.since, first)
        link = reverse("person", args=[each.inspector_id]) if sees else ""
        yield Day(
            day,
            f"{each.inspector.name}请假至 {each.until:%-m月%-d日}",
            AWAY,
            link,
            until=min(each.until, last),
        )


def _courses(account, first, last):
    rows = Course.objects.filter(bureau=account.bureau_id, dropped="", planned_on__range=(first, last))
    sees = account.has_perm("registries.view_course")
    for each in rows:
        link = reverse("course", args=[each.pk]) if sees else ""
        yield Day(each.planned_on, f"培训：{each.title}", DONE if each.held_on else PLANNED, link)


def weeks(first: date, found: list[Day]) -> list[list[tuple[date, bool, list[Day]]]]:
    """The month of `first` as weeks of (day, whether it is of the month, its things); Monday first."""
    by_day: dict[date, list[Day]] = {}
    for each in found:
        for n in range(((each.until or each.day) - each.day).days + 1):  # a span stands on each of its days
            by_day.setdefault(each.day + timedelta(days=n), []).append(each)
    for things in by_day.values():
        things.sort(key=lambda each: each.mark == AWAY)  # who is away is read last
    start = first - timedelta(days=first.weekday())
    made = []
    while start.month == first.month or start <= first:
        made.append(
            [
                (day, day.month == first.month, by_day.get(day, []))
                for day in (start + timedelta(days=n) for n in range(7))
            ]
        )
        start += timedelta(days=7)
    return made
