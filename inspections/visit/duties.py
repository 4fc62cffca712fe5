"""到期事项: all clocks that run in a bureau, the nearest first, and those of an account."""

from django.db.models import Min
from django.utils import timezone
from django.utils.text import Truncator

from registries import limits, workdays

from ..case.clocks import Clock, by_events
from ..case.models import Case
from ..plan.models import Task
from ..states import UNSETTLED, RecusalState, SchemeState
from .models import Finding, RecusalRequest, Visit


def running(bureau, cases=None, who=None, since=None, most=None):
    """The Clocks that run in a bureau, the nearest first; of these cases, of these roles only, and of what
    began since a day, where given; of each rule the `most` nearest."""
    found = [*by_events(bureau, cases, who, since, most)]
    if who is None or "party" in who:
        found += _rectifications(bureau, cases)
    if who is None or who & {"head", "clerk"}:
        found += _papers(bureau, cases)
    found = [each for each in found if who is None or each.who in who]
    return sorted(found, key=lambda each: (each.due.on, each.title))


def mine(account, since=None, most=None):
    """What is due for an account: for an inspector of his own cases, for the others by role; of what began
    since a day, and of each rule the `most` nearest, where given."""
    found, roles = [], account.roles()
    if "inspector" in roles:
        own = Case.objects.visible_to(account)
        found += running(account.bureau, cases=own, who={"team", "party"}, since=since, most=most)
    told = roles & {"head", "clerk", "supervisor"}
    return found + (running(account.bureau, who=told, since=since, most=most) if told else [])


def _rectifications(bureau, cases):
    found = Finding.objects.filter(case__bureau=bureau, status__in=UNSETTLED).exclude(due_on=None)
    if cases is not None:
        found = found.filter(case__in=cases)
    book = workdays.Book.load()
    for each in found.select_related("case__subject").defer("case__checklist", "case__subject__search"):
        yield Clock(
            each.case,
            f"整改：{Truncator(each.wording).chars(30)}",
            "party",
            limits.Due(each.until(), is_rest=not book.is_workday(each.until())),
            "责令限期整改",
            each.basis,
            each.thread,
        )


def _papers(bureau, cases):
    """Limits that stand in rows of their own: a recusal to decide, an urgent scheme to make up for."""
    asked = RecusalRequest.objects.filter(bureau=bureau, status=RecusalState.ASKED).select_related(
        "case__subject"
    )
    if cases is not None:
        asked = asked.filter(case__in=cases)
    for each in asked:
        yield Clock(
            each.case, "决定回避申请", "head", limits.Due(each.due_on), "收到回避申请", "行政处罚法第43条"
        )
    if cases is not None:
        return
    # An urgent visit is made up for from the day it began, whether somebody has drafted the scheme or not.
    begun = Visit.objects.filter(bureau=bureau, cases__task__is_urgent=True).exclude(
        cases__task__schemes__status=SchemeState.APPROVED
    )
    for task, began in begun.values_list("cases__task").annotate(began=Min("started_at")):
        limit = limits.of(bureau, "scheme_after", timezone.localdate(began))
        if limit:
            title = f"{limit.title}：{Task.objects.get(pk=task).title}"
            yield Clock(
                None,
                title,
                "clerk",
                limits.count(limit, began),
                f"紧急检查 {timezone.localdate(began)}",
                limit.basis,
            )
