"""The desk's pages of what follows a visit: rectification, measures, penalty, transfer."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries.errors import DomainError

from .. import entrance
from ..case import events, looks
from ..sentences import say
from ..visit import duties, exhibits, majors, outcome, talk, uploads
from ..visit.models import Filing
from . import forms, gates, penalties, rectifications, restraints, reviews, transfers
from .models import Penalty, Restraint


@never_cache
def rectified(request, token):
    """The firm reports that a problem is put right."""
    case = looks.mine(request, token)
    form = forms.RectifiedForm(request.POST or None, request.FILES or None, case=case)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def report():
            if data["file"]:
                upload = uploads.keep(case, data["file"].read(), by=request.user)
                exhibits.keep(
                    case, upload, "rectified", by=request.user, finding=data["finding"], caption=data["note"]
                )
            rectifications.report(data["finding"], data["note"], by=request.user)

        return entrance.act(request, report, "已登记，请在期限内复查。", "desk:case", token)
    return entrance.form_page(
        request, case, form, "企业报告整改", [("report", "登记")], "企业提前改好、申请复查的，在这里登记。"
    )


@require_POST
@talk.answers
def review_on_phone(request, token):
    """A re-inspection from the phone: its receipt, as for a visit."""
    return talk.taken(request, token, reviews.receive)


@require_POST
def retry_review(request, token, pk):
    """Carry out a held re-inspection again."""
    case = looks.mine(request, token)
    done = reviews.carry_out(get_object_or_404(Filing, pk=pk, case=case, kind="review"))
    messages.info(request, done.reason or f"{done.receipt} 已办理。")
    return redirect("desk:case", token)


@never_cache
def reinspect(request, token):
    """Two of the team look again."""
    case = looks.mine(request, token)
    form = forms.ReinspectForm(request.POST or None, case=case, by=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: rectifications.reinspect(
                case,
                form.verdicts(),
                by=request.user,
                second=data["second"],
                at=data["at"],
                record=data["record"],
                met=data["met"],
            ),
            "复查已登记，《整改复查意见书》已拟稿，请签发。",
            "desk:papers",
            token,
        )
    lead = "逐项选择是否已整改；未整改的写明情况。已整改的随即办结。"
    return entrance.form_page(request, case, form, "整改复查", [("file", "登记复查")], lead)


@never_cache
def penalty(request, token):
    """Ask for a penalty file."""
    case = looks.mine(request, token)
    form = forms.PenaltyForm(request.POST or None, case=case)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: penalties.propose(
                case,
                data["findings"],
                data["cause"],
                data["facts"],
                data["opinion"],
                by=request.user,
                party=data["party"],
                is_grave=data["is_grave"],
            ),
            "已报请立案，等负责人审批。",
            "desk:case",
            token,
        )
    return entrance.form_page(
        request,
        case,
        form,
        "报请立案",
        [("send", "报请")],
        "由负责人审批。立案后逐步办理：调查终结、告知、听取陈述申辩、审核、决定、送达、执行、结案。",
    )


@never_cache
def transfer(request, token):
    """Ask for a transfer."""
    case = looks.mine(request, token)
    form = forms.TransferForm(request.POST or None, case=case, by=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        second = data["second"].account if data["second"] else None
        return entrance.act(
            request,
            lambda: transfers.propose(
                case,
                data["kind"],
                data["receiver"],
                data["facts"],
                by=request.user,
                found=data["found"],
                basis=data["basis"],
                attachments=data["attachments"],
                second=second,
            ),
            "已报请移送，等负责人审批。",
            "desk:case",
            token,
        )
    return entrance.form_page(
        request,
        case,
        form,
        "移送",
        [("send", "报请")],
        "违反其他部门规定的移送该部门；涉嫌犯罪的由两人报请，移送公安机关。",
    )


@never_cache
def penalty_file(request, token, pk):
    """A penalty file: how far it is, what may be done next and what may not yet, by which article; `?step=`
    the form of one step."""
    case = looks.mine(request, token)
    found = get_object_or_404(Penalty.objects.select_related("bureau", "tier"), pk=pk, case=case)
    code = request.GET.get("step", "")
    if code in gates.STEPS:
        form = forms.step_form(code)(
            request.POST or None, request.FILES or None, thing=found, by=request.user
        )
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    penalties.note(found, code, by=request.user, **form.told())
            except DomainError as refused:
                form.add_error(None, say(refused))
            else:
                messages.success(request, f"已登记：{events.TITLES[code]}。")
                return redirect("desk:penalty-file", token, pk)
        return entrance.form_page(request, case, form, events.TITLES[code], [("note", "登记")], found.cause)
    facts = {
        "case": case,
        "penalty": found,
        "steps": gates.steps_of(found),
        "next": [
            (each, events.TITLES[each], refused and say(refused)) for each, refused in gates.open_to(found)
        ],
    }
    return entrance.show(request, "penalty", facts)


@never_cache
def spot(request, token):
    """当场处罚."""
    case = looks.mine(request, token)
    form = forms.SpotForm(request.POST or None, request.FILES or None, case=case, by=request.user)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        told = {"by": request.user, "file": data.pop("file").read()}
        try:
            with transaction.atomic():
                penalties.decide_on_the_spot(
                    case, data.pop("findings"), data.pop("cause"), data.pop("facts"), **told, **data
                )
        except DomainError as refused:
            form.add_error(None, say(refused))
        else:
            messages.success(request, "已登记当场处罚，请在期限内报所属机关备案。")
            return redirect("desk:case", token)
    lead = "违法事实确凿、处警告或者小额罚款的：当场告知、听取陈述申辩、交付决定书（行政处罚法第51、52条）。"
    return entrance.form_page(request, case, form, "当场处罚", [("decide", "登记")], lead)


@never_cache
def measure(request, token):
    """Evidence kept, things seized, force used, power cut: each thing by itself, with its clock and end."""
    case = looks.mine(request, token)
    form = forms.RestraintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: restraints.take(case, by=request.user, **data),
            "已登记，期限起算。",
            "desk:measure",
            token,
        )
    facts = {
        "form": form,
        "case": case,
        "held": [
            (each, _runs(case, each), not restraints.was_extended(each)) for each in case.restraints.all()
        ],
    }
    return entrance.show(request, "restraints", facts)


def _runs(case, restraint):
    """Until when a thing may be held."""
    found = [each for each in duties.running(case.bureau, cases=[case]) if each.thread == restraint.thread]
    return found[0] if found else None


@never_cache
def restraint_end(request, token, pk):
    """What became of one thing."""
    case = looks.mine(request, token)
    found = get_object_or_404(Restraint, pk=pk, case=case)
    form = forms.EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: restraints.end(found, data["said"], by=request.user, at=data["at"]),
            "已登记，这一件的期限截止。",
            "desk:measure",
            token,
        )
    return entrance.form_page(request, case, form, f"处理：{found}", [("end", "登记")], "")


@never_cache
def restraint_more(request, token, pk):
    """More time is asked for."""
    case = looks.mine(request, token)
    found = get_object_or_404(Restraint, pk=pk, case=case)
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return entrance.act(
            request,
            lambda: restraints.ask_extension(found, form.cleaned_data["reason"], by=request.user),
            "已申请，等负责人决定。",
            "desk:measure",
            token,
        )
    lead = "情况复杂的，经负责人批准可以延长一次，不超过三十日（行政强制法第25条）。"
    return entrance.form_page(request, case, form, f"申请延长：{found}", [("ask", "申请")], lead)


@never_cache
def extension(request, token):
    """More time for a problem is asked for."""
    case = looks.mine(request, token)
    form = forms.ExtensionForm(request.POST or None, case=case)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: rectifications.ask_extension(
                data["finding"], data["until"], data["reason"], by=request.user
            ),
            "已申请，等负责人决定。",
            "desk:case",
            token,
        )
    lead = "企业在期限届满前书面申请、理由正当的，报负责人决定；只能延一次。"
    return entrance.form_page(request, case, form, "申请延期整改", [("ask", "申请")], lead)


@never_cache
def upward(request, token):
    """A major hazard is reported upward."""
    case = looks.mine(request, token)
    form = forms.UpwardForm(request.POST or None, case=case)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: majors.report_upward(
                data["finding"], data["to"], by=request.user, at=data["at"], said=data["said"]
            ),
            "已登记上报。",
            "desk:case",
            token,
        )
    return entrance.form_page(request, case, form, "上报重大事故隐患", [("report", "登记")], "")


@require_POST
def close(request, token):
    """Nothing is owed any more."""
    case = looks.mine(request, token)
    return entrance.act(request, lambda: outcome.close(case, by=request.user), "已办结。", "desk:case", token)
