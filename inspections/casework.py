"""The desk's pages of one case beside its checklist and report: findings, files, papers, and what follows a visit."""

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries.errors import DomainError

from . import caseforms, views
from .models import Exhibit, Filing, Paper
from .sentences import say
from .services import (
    casefile,
    cases,
    confirmations,
    exhibits,
    filings,
    findings,
    looks,
    papers,
    uploads,
)


@never_cache
def found(request, token):
    """What was found, each with its wording, basis, way and day; an 其他 may be added."""
    case = views.mine(request, token)
    if case.status != "started":
        return views.not_now(request, case)
    rows = [
        (each, caseforms.FindingForm(request.POST or None, instance=each, prefix=f"f{each.pk}"))
        for each in case.findings.all()
    ]
    if request.method == "POST" and all([form.is_valid() for _, form in rows]):
        try:
            with transaction.atomic():
                cases.require_member(case, request.user)
                cases.require_status(case, "started")
                for each, form in rows:
                    each.refresh_from_db()
                    findings.write(each, by=request.user, **form.cleaned_data)
        except DomainError as refused:
            messages.error(request, say(refused))
        else:
            messages.success(request, "问题已保存。")
            return redirect("desk:end" if request.POST.get("then") == "end" else "desk:findings", token)
    return views.show(request, "findings", {"case": case, "rows": rows})


@never_cache
def other(request, token):
    """其他: a finding outside the list."""
    case = views.mine(request, token)
    form = caseforms.OtherForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def add():
            inspector = cases.require_member(case, request.user)
            cases.require_status(case, "started")
            findings.add_other(case, inspector, by=request.user, **form.cleaned_data)

        return views.act(request, add, "已记入。", "desk:findings", token)
    lead = "清单以外的内容不检查；检查中明显发现的，只能作为“其他”记录，并写明依据。"
    return views.form_page(request, case, form, "清单外的问题（其他）", [("add", "记入")], lead)


@require_POST
def drop_other(request, token, pk):
    """Take an 其他 back."""
    case = views.mine(request, token)
    finding = get_object_or_404(case.findings, pk=pk)

    def drop():
        cases.require_member(case, request.user)
        cases.require_status(case, "started")
        findings.drop(finding, by=request.user)

    return views.act(request, drop, "已撤回。", "desk:findings", token)


@never_cache
def files(request, token):
    """Photos, signatures, papers of a case: what is here, and one more."""
    case = views.mine(request, token)
    form = caseforms.ExhibitForm(request.POST or None, request.FILES or None, lines=cases.lines_of(case))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            cases.require_member(case, request.user)
            upload = uploads.keep(case, data["file"].read(), by=request.user)
            exhibits.keep(
                case,
                upload,
                data["kind"],
                by=request.user,
                signer=data["signer"],
                caption=data["caption"],
                line=data["line"],
            )
        except DomainError as refused:
            form.add_error("file", say(refused))
        else:
            messages.success(request, "已存入。")
            return redirect("desk:exhibits", token)
    return views.show(
        request,
        "exhibits",
        {"case": case, "form": form, "kept": case.exhibits.all(), "missing": list(exhibits.missing(case))},
    )


def file(request, token, pk):
    """One file of a case, to look at: the clean copy."""
    case = views.mine(request, token)
    return served(get_object_or_404(Exhibit, pk=pk, case=case))


def served(exhibit):
    """An exhibit as an answer that no browser runs."""
    kept = exhibit.file
    response = FileResponse(kept.path.open("rb"), content_type=kept.media_type)
    response["Content-Disposition"] = f'inline; filename="{exhibit.pk}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
def late(request, token):
    """纸质补录: the visit was written on a printed form; when it was, and why it comes later."""
    case = views.mine(request, token)
    form = caseforms.LateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = form.cleaned_data["started_at"]

        def begin():
            if not case.opened_at <= at <= timezone.now():
                raise DomainError("late_times")
            cases.start(case, by=request.user, at=at, way="paper", late_reason=form.cleaned_data["late_reason"])

        return views.act(request, begin, "请照纸质记录逐行补录，并上传纸质记录的照片。", "desk:checklist", token)
    lead = "现场用纸质记录的，回来后照原样补录。打印空白记录见检查页面。"
    return views.form_page(request, case, form, "补录纸质记录", [("start", "开始补录")], lead)


@never_cache
def confirm(request, token):
    """The second officer reads the record and says whether it is so."""
    case = views.mine(request, token)
    form = caseforms.ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return views.act(
            request, lambda: confirmations.confirm(case, data["agrees"], data["note"], by=request.user), "已登记您的意见。",
            "desk:case", token,
        )  # fmt: skip
    facts = {
        "case": case, "form": form, "visit": case.visits.order_by("-started_at").first(), "found": case.findings.all(),
        "items": views.with_answers(case), "kept": case.exhibits.all(),
    }  # fmt: skip
    return views.show(request, "confirm", facts)


@never_cache
def code(request, token):
    """执法码 of the visit, or the filing that stands in for it."""
    case = views.mine(request, token)
    form = caseforms.CodeForm(request.POST or None, initial={"entry_code": case.entry_code})
    if request.method == "POST" and form.is_valid():
        return views.act(
            request,
            lambda: cases.enter_code(case, by=request.user, **form.cleaned_data),
            "已登记。",
            "desk:case",
            token,
        )
    lead = "本省涉企检查平台赋的码。没有码就检查了的，在期限内向司法行政机关备案后在这里登记。"
    return views.form_page(request, case, form, "执法码", [("keep", "登记")], lead)


@never_cache
def new_paper(request, token, kind):
    """Draft a paper; some ask for what the facts do not hold."""
    case = views.mine(request, token)
    asked = {"measure": caseforms.MeasureForm, "delivery": caseforms.DeliveryForm}.get(kind)
    if kind not in ("scheme", "record", "measure", "order", "report", "delivery"):
        raise Http404
    form = asked(request.POST or None) if asked else None
    if request.method == "POST" and (form is None or form.is_valid()):
        given = form.cleaned_data if form else {}
        return views.act(
            request,
            lambda: papers.draft(case, kind, by=request.user, given=given),
            "已拟稿，请看过再签发。",
            "desk:papers",
            token,
        )
    if form is None:
        return redirect("desk:papers", token)
    title = papers.form_of(case.bureau, kind).title
    return views.form_page(
        request, case, form, title, [("draft", "拟稿")], "其余内容由检查记录生成；拟稿后可先看样，再签发编号。"
    )


@never_cache
def case_papers(request, token):
    """The papers of a case: drafts to look at and sign, signed ones to print, and what can be drawn up now."""
    case = views.mine(request, token)
    offered = [
        (kind, papers.form_of(case.bureau, kind))
        for kind in ("record", "measure", "order", "report", "delivery", "scheme")
    ]
    standing = set(case.papers.filter(status__in=["drafted", "approved", "signed"]).values_list("code", flat=True))
    facts = {
        "case": case, "papers": case.papers.select_related("form").order_by("pk"),
        "delivered": set(case.events.filter(code__endswith=".delivered", thread__startswith="paper:").values_list("thread", flat=True)),
        "offered": [(kind, form) for kind, form in offered if kind not in papers.ONCE & standing],
    }  # fmt: skip
    facts["papers"] = list(facts["papers"])
    for each in facts["papers"]:
        each.may_deliver = (
            each.status == "signed" and each.code in papers.DELIVERED and f"paper:{each.pk}" not in facts["delivered"]
        )
    return views.show(request, "papers", facts)


@require_POST
def sign(request, token, pk):
    """Sign a paper: it takes its number."""
    case = views.mine(request, token)
    paper = get_object_or_404(Paper, pk=pk, case=case)
    return views.act(
        request,
        lambda: papers.sign(paper, by=request.user),
        "已签发编号。请打印、签名盖章，拍照存入。",
        "desk:papers",
        token,
    )


@require_POST
def deliver(request, token, pk):
    """A decision has been handed over."""
    case = views.mine(request, token)
    paper = get_object_or_404(Paper, pk=pk, case=case)
    return views.act(
        request,
        lambda: papers.deliver(paper, by=request.user),
        "已登记送达，复议和诉讼期限起算。",
        "desk:papers",
        token,
    )


def pdf(request, token, pk):
    """The PDF of a paper: kept once it is signed, a draft made for looking at."""
    case = views.mine(request, token)
    looks.note(case, request.user, "paper")
    return paper_pdf(get_object_or_404(Paper.objects.select_related("form", "bureau"), pk=pk, case=case))


def paper_pdf(paper):
    """A paper as a PDF answer."""
    data = papers.file_of(paper).read() if paper.signed_at else papers.preview(paper)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="paper-{paper.pk}.pdf"'
    return response


def blank(request, token):
    """空白记录: the on-site record with the checklist, to be filled in by hand."""
    case = views.mine(request, token)
    looks.note(case, request.user, "paper")
    response = HttpResponse(casefile.blank_record(case), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="blank-{case.pk}.pdf"'
    return response


@require_POST
def retry(request, token, pk):
    """Carry out a held submission again, once what stood in its way is gone."""
    case = views.mine(request, token)
    filing = get_object_or_404(Filing, pk=pk, case=case)
    done = filings.carry_out(filing)
    if done.status == "taken":
        messages.success(request, f"{done.receipt} 已办理。")
    else:
        messages.error(request, done.reason)
    return redirect("desk:case", token)
