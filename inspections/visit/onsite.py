"""On the spot, without a phone's page: findings, files, late entry, entry code,
confirmation, held submissions."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries import workdays
from registries.errors import DomainError

from .. import entrance
from ..case import looks, opening, staffing
from ..sentences import say
from ..states import CaseState, FilingState
from . import (
    carrying,
    completeness,
    confirmations,
    exhibits,
    filings,
    findings,
    forms,
    showing,
    uploads,
    visits,
)
from .models import Exhibit, Filing


@never_cache
def found(request, token):
    """What was found, each with its wording, basis, way and day; an 其他 may be added."""
    case = looks.mine(request, token)
    if case.status != CaseState.STARTED:
        return entrance.not_now(request, case)
    rows = [
        (each, forms.FindingForm(request.POST or None, instance=each, prefix=f"f{each.pk}"))
        for each in case.findings.all()
    ]
    if request.method == "POST" and all([form.is_valid() for _, form in rows]):
        try:
            with transaction.atomic():
                staffing.require_member(case, request.user)
                staffing.require_status(case, CaseState.STARTED)
                for each, form in rows:
                    each.refresh_from_db()
                    findings.write(each, by=request.user, **form.cleaned_data)
        except DomainError as refused:
            messages.error(request, say(refused))
        else:
            messages.success(request, "问题已保存。")
            for each in case.findings.filter(disposal="order").exclude(due_on=None):
                if not workdays.is_workday(each.due_on):
                    told = f"第 {each.number} 项的整改期限 {each.due_on} 是休息日，请确认企业当天能改好。"
                    messages.warning(request, told)
            return redirect("desk:end" if request.POST.get("then") == "end" else "desk:findings", token)
    return entrance.show(request, "findings", {"case": case, "rows": rows})


@never_cache
def other(request, token):
    """其他: a finding outside the list."""
    case = looks.mine(request, token)
    form = forms.OtherForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def add():
            inspector = staffing.require_member(case, request.user)
            staffing.require_status(case, CaseState.STARTED)
            findings.add_other(case, inspector, by=request.user, **form.cleaned_data)

        return entrance.act(request, add, "已记入。", "desk:findings", token)
    lead = "清单以外的内容不检查；检查中明显发现的，只能作为“其他”记录，并写明依据。"
    return entrance.form_page(request, case, form, "清单外的问题（其他）", [("add", "记入")], lead)


@require_POST
def drop_other(request, token, pk):
    """Take an 其他 back."""
    case = looks.mine(request, token)
    finding = get_object_or_404(case.findings, pk=pk)

    def drop():
        staffing.require_member(case, request.user)
        staffing.require_status(case, CaseState.STARTED)
        findings.drop(finding, by=request.user)

    return entrance.act(request, drop, "已撤回。", "desk:findings", token)


@never_cache
def files(request, token):
    """Photos, signatures, papers of a case: what is here, and one more."""
    case = looks.mine(request, token)
    form = forms.ExhibitForm(request.POST or None, request.FILES or None, lines=opening.lines_of(case))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        told = {name: data[name] for name in ("signer", "caption", "line")}
        try:
            with transaction.atomic():
                staffing.require_member(case, request.user)
                upload = uploads.keep(case, data["file"].read(), by=request.user)
                exhibits.keep(case, upload, data["kind"], by=request.user, **told)
        except DomainError as refused:
            form.add_error("file", say(refused))
        else:
            messages.success(request, "已存入。")
            return redirect("desk:exhibits", token)
    return entrance.show(
        request,
        "exhibits",
        {"case": case, "form": form, "kept": case.exhibits.all(), "missing": completeness.missing(case)},
    )


def file(request, token, pk):
    """One file of a case, to look at: the clean copy."""
    case = looks.mine(request, token)
    return showing.served(get_object_or_404(Exhibit, pk=pk, case=case))


@never_cache
def late(request, token):
    """纸质补录: the visit was written on a printed form; when it was, and why it comes later."""
    case = looks.mine(request, token)
    form = forms.LateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = form.cleaned_data["started_at"]

        def begin():
            if not case.opened_at <= at <= timezone.now():
                raise DomainError("late_times")
            visits.start(
                case, by=request.user, at=at, way="paper", late_reason=form.cleaned_data["late_reason"]
            )

        return entrance.act(
            request, begin, "请照纸质记录逐行补录，并上传纸质记录的照片。", "desk:checklist", token
        )
    lead = "现场用纸质记录的，回来后照原样补录。打印空白记录见检查页面。"
    return entrance.form_page(request, case, form, "补录纸质记录", [("start", "开始补录")], lead)


@never_cache
def confirm(request, token):
    """The second officer reads the record and says whether it is so."""
    case = looks.mine(request, token)
    form = forms.ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: confirmations.confirm(case, data["agrees"], data["note"], by=request.user),
            "已登记您的意见。",
            "desk:case",
            token,
        )
    facts = {
        "case": case,
        "form": form,
        "visit": case.last_visit(),
        "found": case.findings.all(),
        "items": visits.with_answers(case),
        "kept": case.exhibits.all(),
    }
    return entrance.show(request, "confirm", facts)


@never_cache
def code(request, token):
    """执法码 of the visit, or the filing that stands in for it."""
    case = looks.mine(request, token)
    form = forms.CodeForm(request.POST or None, initial={"entry_code": case.entry_code})
    if request.method == "POST" and form.is_valid():
        return entrance.act(
            request,
            lambda: visits.enter_code(case, by=request.user, **form.cleaned_data),
            "已登记。",
            "desk:case",
            token,
        )
    lead = "本省涉企检查平台赋的码。没有码就检查了的，在期限内向司法行政机关备案后在这里登记。"
    return entrance.form_page(request, case, form, "执法码", [("keep", "登记")], lead)


@require_POST
def retry(request, token, pk):
    """Carry out a held submission again, once what stood in its way is gone."""
    case = looks.mine(request, token)
    filing = get_object_or_404(Filing, pk=pk, case=case, kind__in=carrying.KINDS)
    done = filings.carry_out(filing)
    if done.status == FilingState.TAKEN:
        messages.success(request, f"{done.receipt} 已办理。")
    else:
        messages.error(request, done.reason)
    return redirect("desk:case", token)
