"""The desk of inspectors. A case is found through visible_to(); any other is not there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries import workdays
from registries.errors import DomainError
from registries.look import look
from registries.models import Declaration, Reason

from ..case import looks, opening, readiness, schemes
from ..case.looks import mine
from ..case.models import Case
from ..draw import partners
from ..draw.models import Draw
from ..entrance import act, form_page, not_now, show
from ..papers import issuing, notices
from ..sentences import say
from ..states import (
    DONE_CASE,
    FOLLOWED_CASE,
    UNSETTLED,
    CaseState,
    DrawState,
    PaperState,
    ReportState,
)
from . import (
    completeness,
    duties,
    filings,
    lines,
    majors,
    onthespot,
    outcome,
    recusals,
    reports,
    suggestions,
    visits,
)
from .forms import AskForm, EndForm, OwnRecusalForm, ReportForm, SuggestForm
from .models import Answer, Report

_SHOWN = 200  # of one kind of thing
_SENT = Exists(Report.objects.filter(case=OuterRef("pk"), status=ReportState.SUBMITTED))


@login_not_required
@never_cache
def recusal(request, token):
    """Behind the notice's QR code: who holds the notice may ask. The page names neither
    the enterprise nor anybody."""
    case = get_object_or_404(Case.objects.select_related("bureau"), token=token)
    team = list(case.team())
    form = AskForm(request.POST or None, team=team)
    made = None
    if request.method == "POST" and form.is_valid():
        seat = next(each for each in team if str(each.pk) == form.cleaned_data["seat"])
        try:
            made = recusals.ask(
                case,
                seat.inspector,
                applicant="subject",
                channel="scan",
                text=form.cleaned_data["text"],
                contact=form.cleaned_data["contact"],
            )
        except DomainError as refused:
            form.add_error(None, say(refused))
    return render(request, "public/recusal.html", {"form": form, "made": made, "bureau": case.bureau})


@never_cache
def home(request):
    """What waits for me: my cases, and the draws whose values I enter. Whoever works at the bureau's desk and
    inspects nothing has the first page there."""
    is_inspector = "inspector" in request.user.roles()
    if request.user.has_perm("registries.enter_admin") and not is_inspector:
        return redirect("admin:index")
    own = Case.objects.visible_to(request.user).select_related("subject")
    entering = Draw.objects.filter(
        Q(sources__account=request.user) | Q(sources__second=request.user),
        status__in=[DrawState.SEALED, DrawState.SEEDING],
    ).select_related("task")
    waits = _waits(request.user)
    running = own.filter(status__in=[CaseState.OPENED, CaseState.STARTED, CaseState.ENDED])
    facts = {
        "is_inspector": is_inspector,
        "waits": waits,
        "open_cases": running.exclude(pk__in=[case.pk for case, _ in waits]).annotate(is_sent=_SENT),
        "done_cases": own.filter(status__in=DONE_CASE)[:20],
        "clocks": duties.mine(request.user)[:30],
        "draws": entering.distinct(),
        "today": timezone.localdate(),
        "declares": request.user.has_perm("registries.declare_relation"),
        "declared": Declaration.objects.filter(
            inspector__account=request.user, year=timezone.localdate().year
        ).exists(),
    }
    return show(request, "home", facts)


def _waits(account):
    """[(case, what the account is to do there)], the oldest first: read off the tables of states."""
    found = {}
    for group in look(account, "inspections"):
        if group.wait.team:
            for thing in group.things[:_SHOWN]:
                case = thing if group.noun is Case else thing.case
                words = found.setdefault(case.pk, (case, []))[1]
                words += [group.wait.words] if group.wait.words not in words else []
    return [found[pk] for pk in sorted(found)]


@never_cache
def case(request, token):
    """One of my cases: where it stands and what comes next."""
    found = mine(request, token)
    looks.note(found, request.user, "desk")
    facts = {
        "case": found,
        "today": timezone.localdate(),
        "findings": found.findings.all(),
        "kept": found.exhibits.count(),
        "missing": completeness.missing(found),
        "majors": majors.owed(found),
        "is_followed": found.status in FOLLOWED_CASE,
        "owed": outcome.duties(found) if found.status == CaseState.REPORTED else [],
        "papers": found.papers.exclude(status__in=[PaperState.RETURNED, PaperState.VOIDED])
        .select_related("form")
        .order_by("pk"),
        "notice": notices.standing(found),
        "confirmations": found.confirmations.select_related("inspector"),
        "may_confirm": _may_confirm(found, request.user),
        "held": filings.held(found),
        "refused": onthespot.open_papers(found),
        "late": lines.waiting(found).count(),
        "aside": found.status in FOLLOWED_CASE and bool(lines.aside(found) or found.supplements.exists()),
        "clocks": duties.running(found.bureau, cases=[found]),
        "penalties": found.penalties.all(),
        "transfers": found.transfers.exclude(kind="credit"),
        "reinspections": found.reinspections.all(),
        "waiting": found.findings.filter(status__in=UNSETTLED),
        "needs_code": found.bureau.needs_entry_code and not found.entry_code,
        "team": found.team(),
        "visit": found.last_visit(),
        "report": found.reports.order_by("-revision").first(),
        "returned": found.reports.filter(status=ReportState.RETURNED).order_by("-revision").first(),
        "answered": found.answers.count(),
        "others": partners.team_of(found),
        "together": [each for each in readiness.joined(found) if each.pk != found.pk],
        "ends_here": readiness.lead_of(found).pk == found.pk,
        "waits_scheme": _waits_scheme(found),
        "asked": found.recusals.filter(inspector__account=request.user).order_by("-pk").first(),
        "total": len(opening.lines_of(found)),
    }
    return show(request, "case", facts)


@require_POST
def start(request, token):
    """Begin the inspection."""
    found = mine(request, token)
    return act(request, lambda: visits.start(found, by=request.user), "检查已开始。", "desk:checklist", token)


@never_cache
def checklist(request, token):
    """Every line of the checklist; saved whole or in part."""
    found = mine(request, token)
    if found.status != CaseState.STARTED:
        return not_now(request, found)
    error = ""
    if request.method == "POST":
        try:
            visits.answer(found, _answers(request.POST, found), by=request.user)
        except DomainError as refused:
            error = say(refused)
        else:
            messages.success(request, "已保存。")
            then = "desk:findings" if found.findings.exists() else "desk:end"
            return redirect(then if request.POST.get("then") == "end" else "desk:checklist", token)
    return show(
        request,
        "checklist",
        {
            "case": found,
            "items": visits.with_answers(found),
            "values": Answer.VALUES,
            "error": error,
            "open_lines": lines.open_lines(found),
            "leads": found.team().filter(inspector__account=request.user, leads=True).exists(),
        },
    )


@never_cache
def end(request, token):
    """Write the record and end the visit."""
    found = mine(request, token)
    if found.status != CaseState.STARTED:
        return not_now(request, found)
    form = EndForm(request.POST or None, instance=found.visits.filter(ended_at=None).first())
    if request.method == "POST" and form.is_valid():
        try:
            # Kept before anything is asked of it: whatever stops the end must not cost the record.
            visits.note(found, by=request.user, **form.cleaned_data)
            if request.POST.get("then") != "end":
                messages.success(request, "记录已保存，检查尚未结束。")
                return redirect("desk:case", token)
            data = dict(form.cleaned_data)
            at = data.pop("ended")
            _require_in_visit(found, at, data["left_at"])
            ended = visits.end(found, by=request.user, at=at, **data)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, f"检查已结束，请在 {ended.report_due_on:%Y-%m-%d} 前提交检查报告。")
            if not workdays.is_known(timezone.localdate(), ended.report_due_on):
                messages.warning(
                    request,
                    "这个期限跨到放假调休安排还没有录入的年份，暂按周一至周五计算，请以录入后的为准。",
                )
            return redirect("desk:case", token)
    return form_page(
        request,
        found,
        form,
        "写记录并结束检查",
        [("end", "结束检查"), ("keep", "先保存")],
        "结束后检查表和记录不能再改。",
    )


def _require_in_visit(found, ended, left):
    """Raises late_times where the end of the inspection or the leaving is not in its order, or lies ahead."""
    began = found.visits.filter(ended_at=None).values_list("started_at", flat=True).first()
    moments = [each for each in (began, ended, left) if each]
    began_to_the_minute = [each.replace(second=0, microsecond=0) for each in moments]
    if began_to_the_minute != sorted(began_to_the_minute) or any(each > timezone.now() for each in moments):
        raise DomainError("late_times")


@never_cache
def report(request, token):
    """The report: drafted from the record, saved, submitted; afterwards to read."""
    found = mine(request, token)
    last = found.reports.order_by("-revision").first()
    if found.status in DONE_CASE or (last and last.status == ReportState.SUBMITTED):
        result = Reason.objects.filter(bureau=found.bureau, kind="result", code=last.result_code).first()
        return show(request, "report", {"case": found, "report": last, "result": result})
    try:
        draft = (reports.draft if request.method == "POST" else reports.outline)(found, by=request.user)
    except DomainError as refused:
        messages.error(request, say(refused))
        return redirect("desk:case", token)
    form = ReportForm(request.POST or None, instance=draft)
    if request.method == "POST" and form.is_valid():
        try:
            reports.save(draft, by=request.user, **form.cleaned_data)
            if request.POST.get("then") == "submit":
                reports.submit(draft, by=request.user)
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, "已提交审核。" if request.POST.get("then") == "submit" else "已保存。")
            return redirect("desk:case", token)
    returned = found.reports.filter(status=ReportState.RETURNED).order_by("-revision").first()
    if returned:
        messages.warning(request, f"第 {returned.revision} 稿被退回：{returned.review_note}")
    lead = (
        f"第 {draft.revision} 稿，报告期限 {found.report_due_on:%Y-%m-%d}。各部分已按检查记录拟好，"
        f"请核对修改。"
    )
    return form_page(request, found, form, "检查报告", [("save", "保存"), ("submit", "提交审核")], lead)


@never_cache
def suggest(request, token):
    """Say what the next version of the list should take up."""
    found = mine(request, token)
    form = SuggestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = "建议已提交，经办人编制下一版清单时处理。"
        return act(
            request,
            lambda: suggestions.suggest(found, form.cleaned_data["text"], by=request.user),
            told,
            "desk:case",
            token,
        )
    lead = "检查中发现清单不合适的地方，请写在这里，供修订下一版清单。"
    return form_page(request, found, form, "对清单的建议", [("send", "提交建议")], lead)


@never_cache
def ask_recusal(request, token):
    """I ask to be excused from this case; the head decides."""
    found = mine(request, token)
    form = OwnRecusalForm(request.POST or None, bureau=found.bureau_id)
    if request.method == "POST" and form.is_valid():
        me = found.assignments.get(inspector__account=request.user, until=None).inspector
        return act(
            request,
            lambda: recusals.ask(
                found, me, applicant="inspector", channel="desk", by=request.user, **form.cleaned_data
            ),
            "已提交，请等负责人决定。",
            "desk:case",
            token,
        )
    lead = (
        "您与这家企业有利害关系或其他可能影响公正的关系的，应当申请回避。决定之前照常检查，另有通知的除外。"
    )
    return form_page(request, found, form, "申请回避", [("send", "提交申请")], lead)


@require_POST
def sign_notice(request, token):
    """Sign the 行政检查通知书 of my case and open it."""
    found = mine(request, token)
    return act(request, lambda: notices.issue(found, by=request.user), "通知书已签发。", "desk:notice", token)


def notice(request, token):
    """行政检查通知书 of my case, once it is signed."""
    found = mine(request, token)
    paper = notices.standing(found)
    if paper is None:
        messages.error(request, "检查通知书还没有签发，或检查组已变更：请在本页签发。")
        return redirect("desk:case", token)
    looks.note(found, request.user, "paper")
    response = HttpResponse(issuing.file_of(paper).read(), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="notice-{found.pk}.pdf"'
    return response


def _may_confirm(found, account):
    me = found.assignments.filter(inspector__account=account, until=None).first()
    if found.status != CaseState.ENDED or me is None or me.inspector_id == found.ended_by_id:
        return False
    return not found.confirmations.filter(inspector=me.inspector).exists()


def _waits_scheme(found):
    try:
        schemes.require_approved(found)
    except DomainError as refused:
        return say(refused)
    return ""


def _answers(posted, found):
    return {
        line["key"]: (posted[f"v:{line['key']}"], posted.get(f"n:{line['key']}", ""))
        for line in opening.lines_of(found)
        if f"v:{line['key']}" in posted
    }
