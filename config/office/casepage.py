"""一件检查: a visit from its opening to its publication on one page, with what is to be judged beside it."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from inspections.after import discredits
from inspections.case import events, looks
from inspections.models import (
    Answer,
    Case,
    Confirmation,
    Exhibit,
    Extension,
    Finding,
    Outcome,
    Paper,
    Penalty,
    RecusalRequest,
    Report,
    Restraint,
    Transfer,
)
from inspections.states import DONE_CASE, CaseState, ExtensionState, PaperState, ReportState
from inspections.visit import completeness, duties, outcome, showing, visits
from inspections.visit.lines import aside
from publicity.models import Disclosure, Publication
from registries.look import waits_on

from . import facts, lines, stages, trail

TABS = [
    ("report", "报告"),
    ("checklist", "检查表"),
    ("findings", "问题"),
    ("papers", "文书"),
    ("exhibits", "证据"),
    ("penalty", "处罚移送"),
    ("public", "公示"),
]


_KINDS = [kind for kind, _ in Transfer.KINDS if kind != "credit"]
_SEAT = attrgetter("seat")


@dataclass
class Moment:
    """One thing that happened, or is to happen: when, what, by whom."""

    at: datetime
    said: str
    by: str = ""
    state: str = ""


@never_cache
def page(request, token):
    """`?tab=` one of TABS."""
    case = _case(request, token)
    looks.note(case, request.user, "admin")
    trail.note(request, case.subject.name)
    asked = request.GET.get("tab", "report")
    tab = asked if asked in dict(TABS) else "report"
    here = f"{request.path}?tab={tab}"
    stage = stages.of(case)
    counts, clocks = _counts(case), duties.running(case.bureau, cases=[case])
    shown = admin.site.each_context(request) | {
        "title": case.subject.name,
        "case": case,
        "here": here,
        "tab": tab,
        "tabs": [(name, title, counts.get(name), name == tab) for name, title in TABS],
        "stage": (stages.TITLES[stage], stages.MARKS[stage]),
        "team": sorted((each for each in case.assignments.all() if each.until is None), key=_SEAT),
        "moments": _moments(case),
        "clocks": clocks,
        "more": _more(request, case, here) if request.GET.get("more") else [],
        "majors": case.n_majors,
        "waits": [
            (title, lines.buttons(thing, wait, here))
            for title, thing in _judged(case)
            for wait in waits_on(request.user, thing)
        ],
    }
    return TemplateResponse(request, "office/case.html", shown | _TABS[tab](case, request))


def of(request, pk):
    """The case of a row that the journal or a message names."""
    if not request.user.has_perm("inspections.view_case"):
        raise PermissionDenied
    case = get_object_or_404(Case, pk=pk, bureau=request.user.bureau_id)
    return HttpResponseRedirect(reverse("case", args=[case.token]))


def exhibit(request, token, pk):
    """One piece of evidence, to look at."""
    case = _case(request, token)
    if not request.user.has_perm("inspections.view_exhibit"):
        raise PermissionDenied
    return showing.served(get_object_or_404(Exhibit, pk=pk, case=case))


def _case(request, token):
    if not request.user.has_perm("inspections.view_case"):
        raise PermissionDenied
    cases = Case.objects.select_related("subject__category", "task", "draw", "bureau", "ended_by", "place")
    known = stages.marked(_counted(cases.filter(bureau=request.user.bureau_id)))
    return get_object_or_404(known, token=token)


def _numbers(model, lookup="case", **asked):
    """How many of a noun belong to the case of the outer question."""
    rows = model.objects.filter(**{lookup: OuterRef("pk")} | asked).order_by().values(lookup)
    return Coalesce(Subquery(rows.annotate(_number=Count("pk")).values("_number")), 0)


def _counted(cases):
    """The cases, each with how many of everything it has: what is none is not asked for again."""
    return cases.annotate(
        n_findings=_numbers(Finding),
        n_majors=_numbers(Finding, is_major=True),
        n_papers=_numbers(Paper, status__in=set(PaperState) - {PaperState.RETURNED}),
        n_exhibits=_numbers(Exhibit),
        n_penalties=_numbers(Penalty),
        n_moved=_numbers(Transfer, kind__in=_KINDS),
        n_recusals=_numbers(RecusalRequest),
        n_restraints=_numbers(Restraint),
        n_extensions=_numbers(Extension, status=ExtensionState.ASKED),
        n_confirmations=_numbers(Confirmation),
        n_reports=_numbers(Report),
        n_prepared=_numbers(Publication, "report__case"),
        n_public=_numbers(Disclosure, "report__case"),
    )


def _counts(case):
    """{tab: how many}."""
    return {
        "findings": case.n_findings,
        "papers": case.n_papers,
        "exhibits": case.n_exhibits,
        "penalty": case.n_penalties + case.n_moved + case.n_restraints,
        "public": case.n_public,
    }


def _judged(case):
    """[(what it is, the thing)] of a case that may wait for somebody at the desk."""
    found = []
    if case.n_reports:
        found += [("报告", each) for each in case.reports.filter(status=ReportState.SUBMITTED)]
    if case.n_papers:
        drafts = case.papers.filter(status=PaperState.DRAFTED).select_related("form")
        found += [(f"文书：{each.form.title}", each) for each in drafts]
    if case.n_penalties:
        found += [("处罚", each) for each in case.penalties.all()]
    if case.n_moved:
        found += [("移送", each) for each in case.transfers.exclude(kind="credit")]
    if case.n_restraints:
        found += [("强制措施", each) for each in case.restraints.all()]
    if case.n_extensions:
        found += [("延期", each) for each in case.extensions.filter(status=ExtensionState.ASKED)]
    if case.status == CaseState.REPORTED:
        found.append(("办结", case))
    if case.n_recusals:
        found += [("回避", each) for each in case.recusals.all()]
    if case.n_prepared:
        found += [("公示", each) for each in Publication.objects.filter(report__case=case)]
    return found


def _moments(case):
    """What happened, in true order, the latest first."""
    found = [Moment(case.opened_at, "抽中，派定检查组" if case.draw_id else "立项，派定检查组")]
    # what lies ahead (a day fixed by an order) is said by its clock
    for each in case.events.filter(at__lte=timezone.now()).select_related("by"):
        said = events.TITLES.get(each.code, each.code) + (f"：{each.note}" if each.note else "")
        found.append(Moment(each.at, said, str(each.by or "")))
    signed = case.papers.exclude(signed_at=None).select_related("form", "signed_by")
    for each in signed if case.n_papers else ():
        found.append(
            Moment(each.signed_at, f"签发{each.form.title} {each.number}", str(each.signed_by or ""))
        )
    for each in case.confirmations.select_related("inspector") if case.n_confirmations else ():
        found.append(
            Moment(each.at, "复核确认" if each.agrees else f"复核有异议：{each.note}", str(each.inspector))
        )
    sent_back = case.reports.exclude(reviewed_at=None).exclude(status=ReportState.APPROVED)
    for each in sent_back if case.n_reports else ():
        found.append(
            Moment(each.reviewed_at, f"退回第 {each.revision} 稿：{each.review_note}", str(each.reviewed_by))
        )
    return sorted(found, key=lambda each: each.at, reverse=True)


def _more(request, case, here):
    desk = admin.site._registry[Case]
    found = [
        (act.label, f"{reverse('admin:inspections_case_act', args=[case.pk, act.name])}?next={here}")
        for act in desk.acts
        if request.user.has_perm(act.permission) and act.when(case)
    ]
    return [*found, ("底账：检查", reverse("admin:inspections_case_change", args=[case.pk]))]


def _report(case, request):
    report = case.reports.order_by("-revision").select_related("author", "reviewed_by").first()
    words = facts.Words(case.bureau_id)
    return {
        "report": report,
        "parts": [(Report._meta.get_field(name).verbose_name, getattr(report, name)) for name in Report.PARTS]
        if report
        else [],
        "result": words.reason("result", report.result_code) if report else "",
        "moved": [
            (words.reason("result", each.code), each.at) for each in Outcome.objects.filter(case=case)[1:]
        ]
        if case.status in DONE_CASE
        else [],
        "owed": outcome.duties(case) if case.status == CaseState.REPORTED else [],
        # what is closed is not mended any more
        "missing": completeness.missing(case) if case.status == CaseState.ENDED else [],
        "doubts": case.confirmations.filter(agrees=False).select_related("inspector")
        if case.n_confirmations
        else [],
    }


def _checklist(case, request):
    return {
        "items": visits.with_answers(case),
        "values": dict(Answer.VALUES),
        "visit": case.last_visit(),
        "sheet": case.sheets.filter(kind__in=["visit", "undone"]).first(),
        "aside": aside(case),
        "supplements": case.supplements.select_related("by"),
    }


def _findings(case, request):
    return {
        "findings": case.findings.select_related("by"),
        "department_words": case.department_words.all(),
        "firm_words": case.firm_words.select_related("finding").prefetch_related("files"),
        "extends": request.user.has_perm("inspections.approve_task"),
    }


def _papers(case, request):
    papers = Paper.objects.filter(case=case).select_related("form", "signed_by", "drafted_by")
    return {"papers": papers.order_by("pk")}


def _exhibits(case, request):
    return {
        "exhibits": case.exhibits.select_related("by", "original", "file"),
        "standing": set(case.exhibits.standing().values_list("pk", flat=True)),
        "counting": set(case.exhibits.signatures().values_list("pk", flat=True)),
    }


def _penalty(case, request):
    return {
        "penalties": case.penalties.select_related("proposed_by", "judged_by").prefetch_related("discredits"),
        "may_list": request.user.has_perm(discredits.HAND),
        "transfers": case.transfers.exclude(kind="credit").select_related("proposed_by"),
        "restraints": case.restraints.all() if case.n_restraints else [],
    }


def _public(case, request):
    return {
        "publications": Publication.objects.filter(report__case=case).select_related(
            "prepared_by", "judged_by"
        ),
        "disclosures": Disclosure.objects.filter(report__case=case).order_by("-pk"),
    }


_TABS = {
    "report": _report,
    "checklist": _checklist,
    "findings": _findings,
    "papers": _papers,
    "exhibits": _exhibits,
    "penalty": _penalty,
    "public": _public,
}
