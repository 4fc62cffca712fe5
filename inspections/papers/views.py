"""The papers of a case at the desk: drafted, signed, delivered, printed; and the whole file."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries import shelf

from .. import entrance
from ..case import looks
from ..case.models import Case
from ..states import FOLLOWED_CASE, OPEN_CASE, LentState, PaperState
from . import binding, contents, dossier, forms, issuing, lending, styles
from .models import DossierJob, LentNumber, Paper


@never_cache
def new_paper(request, token, kind):
    """Draft a paper; some ask for what the facts do not hold."""
    case = looks.mine(request, token)
    asked = {"measure": forms.MeasureForm, "delivery": forms.DeliveryForm}.get(kind)
    if kind not in contents.OFFERED:
        raise Http404
    form = asked(request.POST or None) if asked else None
    if request.method == "POST" and (form is None or form.is_valid()):
        given = form.cleaned_data if form else {}
        return entrance.act(
            request,
            lambda: issuing.draft(case, kind, by=request.user, given=given),
            "已拟稿，请看过再签发。",
            "desk:papers",
            token,
        )
    if form is None:
        return redirect("desk:papers", token)
    title = styles.form_of(case.bureau, kind).title
    return entrance.form_page(
        request,
        case,
        form,
        title,
        [("draft", "拟稿")],
        "其余内容由检查记录生成；拟稿后可先看样，再签发编号。",
    )


@never_cache
def case_papers(request, token):
    """The papers of a case: drafts to look at and sign, signed ones to print, and
    what can be drawn up now."""
    case = looks.mine(request, token)
    offered = [(kind, styles.form_of(case.bureau, kind)) for kind in contents.OFFERED]
    standing = set(
        case.papers.filter(
            status__in=[PaperState.DRAFTED, PaperState.APPROVED, PaperState.SIGNED]
        ).values_list("code", flat=True)
    )
    served = case.events.filter(code__endswith=".delivered", thread__startswith=Paper.thread_of(""))
    facts = {
        "case": case,
        "papers": case.papers.select_related("form").order_by("pk"),
        "delivered": set(served.values_list("thread", flat=True)),
        "offered": [(kind, form) for kind, form in offered if kind not in issuing.ONCE & standing],
    }
    facts["papers"] = list(facts["papers"])
    for each in facts["papers"]:
        each.may_deliver = (
            each.status == PaperState.SIGNED
            and each.code in issuing.DELIVERED
            and each.thread not in facts["delivered"]
        )
    facts["lent"] = (
        case.lent.exclude(status__in=[LentState.USED, LentState.REUSED]).select_related("by").order_by("pk")
    )
    facts["may_lend"] = case.status in OPEN_CASE or case.status in FOLLOWED_CASE
    facts["kinds"] = [(code, styles.form_of(case.bureau, code).title) for code in lending.KINDS]
    return entrance.show(request, "papers", facts)


@require_POST
def lend(request, token):
    """One number by telephone, for a team that has none with it."""
    case = looks.mine(request, token)
    code = request.POST.get("code", "")
    if code not in lending.KINDS:
        raise Http404
    return entrance.act(
        request,
        lambda: lending.tell(case, code, by=request.user),
        lambda made: f"已借出：{made.number}。请在电话里告诉检查组，照原样填在手机里。",
        "desk:papers",
        token,
    )


@never_cache
def spoil(request, token, pk):
    """A number that was written on a spoiled form, or whose phone is lost."""
    case = looks.mine(request, token)
    lent = get_object_or_404(LentNumber, pk=pk, case=case, status=LentState.LENT)
    form = forms.VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        return entrance.act(
            request,
            lambda: lending.spoil(lent, reason, by=request.user),
            "已作废，这个号不会再用。",
            "desk:papers",
            token,
        )
    return entrance.form_page(
        request,
        case,
        form,
        f"作废文号 {lent.number}",
        [("spoil", "作废")],
        "手机还在、没有用过的号，会自己交还，不用作废。",
    )


@require_POST
def sign(request, token, pk):
    """Sign a paper: it takes its number."""
    return _carry_out(issuing.sign, request, token, pk, "已签发编号。请打印、签名盖章，拍照存入。")


@require_POST
def deliver(request, token, pk):
    """A decision has been handed over."""
    return _carry_out(issuing.deliver, request, token, pk, "已登记送达，复议和诉讼期限起算。")


def _carry_out(verb, request, token, pk, told):
    paper = get_object_or_404(Paper, pk=pk, case=looks.mine(request, token))
    return entrance.act(request, lambda: verb(paper, by=request.user), told, "desk:papers", token)


def pdf(request, token, pk):
    """The PDF of a paper: kept once it is signed, a draft made for looking at."""
    case = looks.mine(request, token)
    looks.note(case, request.user, "paper")
    return paper_pdf(get_object_or_404(Paper.objects.select_related("form", "bureau"), pk=pk, case=case))


def paper_pdf(paper):
    """A paper as a PDF answer."""
    data = issuing.file_of(paper).read() if paper.signed_at else issuing.preview(paper)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="paper-{paper.pk}.pdf"'
    return response


def blank(request, token):
    """空白记录: the on-site record with the checklist, to be filled in by hand."""
    case = looks.mine(request, token)
    looks.note(case, request.user, "paper")
    response = HttpResponse(dossier.blank_record(case), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="blank-{case.pk}.pdf"'
    return response


@require_POST
def case_file(request, token, form):
    """案卷: everything of a case in order, as one PDF or a ZIP with hashes."""
    case = looks.mine(request, token)
    looks.note(case, request.user, "file")
    data, job = binding.bring(case, form, by=request.user)
    if job:
        return redirect("desk:dossier", job.token)
    response = HttpResponse(data, content_type="application/pdf" if form == "pdf" else "application/zip")
    response["Content-Disposition"] = f'attachment; filename="case-{case.pk}.{form}"'
    return response


def _own_job(request, token):
    """A job of one's own, for a case that one may still see: on the team, or at the desk of the bureau."""
    jobs = DossierJob.objects.select_related("case__subject", "task")
    job = get_object_or_404(jobs, token=token, by=request.user)
    is_on_team = Case.objects.visible_to(request.user).filter(pk=job.case_id).exists()
    is_at_desk = (
        request.user.has_perm("inspections.issue_document") and job.bureau_id == request.user.bureau_id
    )
    if not is_on_team and not is_at_desk:
        raise Http404
    return job


@never_cache
def dossier_job(request, token):
    """How far a file is, for whoever asked for it; at the end the way to it."""
    job = _own_job(request, token)
    if job.finished_at and not job.error and not shelf.has(binding.place_of(job)):
        raise Http404
    return entrance.show(request, "dossier", {"job": job})


@never_cache
def dossier_pdf(request, token):
    """The file itself."""
    job = _own_job(request, token)
    if not job.finished_at or job.error or not shelf.has(binding.place_of(job)):
        raise Http404
    for case in [job.case] if job.case_id else job.task.cases.filter(status__in=OPEN_CASE):
        looks.note(case, request.user, "file")
    name = f"case-{job.case_id}" if job.case_id else f"notices-{job.task_id}"
    response = FileResponse(shelf.open_(binding.place_of(job)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
