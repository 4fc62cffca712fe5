"""The desk's pages of what follows a visit: rectification, measures, penalty, transfer."""

from django.views.decorators.cache import never_cache

from .. import entrance
from ..case import looks
from ..visit import exhibits, uploads
from . import forms, penalties, rectifications, transfers


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
                case, data["findings"], data["cause"], data["facts"], data["opinion"], by=request.user
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
        "立案后的处罚程序在办案系统中办理；时限和结果在这里登记。",
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
def measure(request, token):
    """Evidence kept, things seized, force used, power cut: on the spot, with their clocks."""
    case = looks.mine(request, token)
    form = forms.SceneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return entrance.act(
            request,
            lambda: penalties.note_measure(
                case, data["code"], by=request.user, at=data["at"], said=data["said"]
            ),
            "已登记，期限起算或截止。",
            "desk:case",
            token,
        )
    lead = "现场先行登记保存证据、查封扣押、当场强制、停止供电的，在这里登记；文书在办案系统出具。"
    return entrance.form_page(request, case, form, "登记强制措施和证据保存", [("note", "登记")], lead)
