"""检查走到哪里: one table of where a case stands, read by the ledger, the rounds, the
case's page and the search."""

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from inspections.models import Finding, Report
from inspections.states import UNSETTLED, CaseState, ReportState

_CLOSED, _ENDED, _REPORTED = (
    Q(status=CaseState.CLOSED),
    Q(status=CaseState.ENDED),
    Q(status=CaseState.REPORTED),
)
# What is few is read once and looked up, instead of being asked of each case.
_SENT = Q(pk__in=Report.objects.filter(status=ReportState.SUBMITTED).values("case"))
_UNSETTLED = Q(pk__in=Finding.objects.filter(status__in=UNSETTLED).values("case"))
STAGES = [
    ("todo", "待检查", Q(status=CaseState.OPENED)),
    ("going", "检查中", Q(status=CaseState.STARTED)),
    ("report", "待报告", _ENDED & ~_SENT),
    ("review", "待审核", _ENDED & _SENT),
    ("rectify", "整改中", _REPORTED & _UNSETTLED),
    ("follow", "后续在办", _REPORTED & ~_UNSETTLED),
    ("done", "办结", _CLOSED),
    ("not_done", "未实施", Q(status=CaseState.NOT_DONE)),
]
TITLES = {code: title for code, title, _ in STAGES}
MARKS = {
    "todo": "wait",
    "going": "now",
    "report": "wait",
    "review": "wait",
    "rectify": "bad",
    "follow": "now",
    "done": "ok",
    "not_done": "off",
}


def marked(cases):
    """The cases with what the stage of each one is read from (`of`)."""
    sent = Report.objects.filter(case=OuterRef("pk"), status=ReportState.SUBMITTED)
    unsettled = Finding.objects.filter(case=OuterRef("pk"), status__in=UNSETTLED)
    return cases.annotate(is_sent=Exists(sent), is_unsettled=Exists(unsettled))


def of(case):
    """The stage of one marked case."""
    if case.status == CaseState.ENDED:
        return "review" if case.is_sent else "report"
    if case.status == CaseState.REPORTED:
        return "rectify" if case.is_unsettled else "follow"
    return _BY_STATUS[case.status]


_BY_STATUS = {
    CaseState.OPENED: "todo",
    CaseState.STARTED: "going",
    CaseState.CLOSED: "done",
    CaseState.NOT_DONE: "not_done",
}


def within(cases, stage):
    """The cases that stand in a stage; `late`: whose day has passed."""
    if stage == "late":
        return cases.filter(is_late())
    return cases.filter(dict((code, holds) for code, _, holds in STAGES)[stage])


def is_late():
    """Whose visit, report or order is overdue today."""
    today = timezone.localdate()
    past = Q(due_on__lt=today, extended_to=None) | Q(extended_to__lt=today)
    overdue = Finding.objects.filter(past, status__in=UNSETTLED)
    return (
        Q(status__in=[CaseState.OPENED, CaseState.STARTED], task__window_to__lt=today)
        | Q(status=CaseState.ENDED, report_due_on__lt=today) & ~_SENT
        | _REPORTED & Q(pk__in=overdue.values("case"))
    )


def counts(cases):
    """{stage: how many} of cases, and of them the late ones, in one question."""
    asked = {code: Count("pk", filter=holds) for code, _, holds in STAGES}
    return cases.order_by().aggregate(**asked, late=Count("pk", filter=is_late()))
