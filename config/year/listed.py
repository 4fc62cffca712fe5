"""一个数后面的清单: rows of whatever a number counts, said alike: which firm, what, when, and where it
stands."""

from django.urls import NoReverseMatch, reverse

from inspections.after import gates
from inspections.case import events
from inspections.models import (
    Case,
    CaseEvent,
    Change,
    Draw,
    Finding,
    Paper,
    Penalty,
    RecusalRequest,
    Reinspection,
    Restraint,
    Transfer,
)
from publicity.models import Disclosure, Ending, Letter
from registries.models import Inspector, Subject, Training


def may(model, account):
    """Whether an account may read what stands behind a number of these things."""
    return account.has_perm(_KINDS[model][1])


def rows(things, account):
    """[(title, what, when, address)] of things of one kind, for who may read them (`may`)."""
    model = things.model
    told, _ = _KINDS[model]
    if any(each.name == "case" for each in model._meta.fields):
        things = things.select_related("case__subject").defer("case__checklist", "case__subject__search")
    if with_it := _WITH.get(model):
        things = things.select_related(*with_it)
    return list(map(told, things)) if may(model, account) else []


def _case(each):
    how = each.draw.number if each.draw else each.task.title if each.task else ""
    return (
        each.subject.name,
        f"{how}　{each.get_status_display()}",
        each.ended_at or each.opened_at,
        _at(each),
    )


def _at(case, tab=""):
    return reverse("case", args=[case.token]) + (f"?tab={tab}" if tab else "")


def _of_case(what, when, tab):
    """How a thing of a case is said: its firm, what it is, when."""
    return lambda each: (each.case.subject.name, what(each), when(each), _at(each.case, tab))


def _table(each):
    try:
        return reverse(f"admin:{each._meta.app_label}_{each._meta.model_name}_change", args=[each.pk])
    except NoReverseMatch:
        return ""


def _penalty(each):
    said = "、".join(gates.KINDS.get(kind, kind) for kind in each.kinds)
    fine = f"，罚款 {each.fine:,.0f} 元" if each.fine else ""
    return f"{each.decision_number or each.cause}　{said}{fine}"


def _firm(each):
    return (
        each.name,
        f"{each.category or '没有分类'}　{each.town}",
        each.entered_on,
        reverse("firm", args=[each.pk]),
    )


def _round(draw, what):
    return draw.number, what, draw.sealed_at, reverse("round", args=[draw.task_id])


# What stands beside a row and is asked for with it.
_WITH = {
    Case: ("subject", "task", "draw"),
    Paper: ("form",),
    Reinspection: ("officer", "second"),
    Change: ("draw",),
    Ending: ("disclosure",),
    Subject: ("category",),
    Inspector: ("section",),
    Training: ("inspector",),
}
_KINDS = {
    Case: (_case, "inspections.view_case"),
    Finding: (
        _of_case(
            lambda each: f"{each.wording}（{each.get_status_display()}）",
            lambda each: each.until(),
            "findings",
        ),
        "inspections.view_case",
    ),
    Paper: (
        _of_case(lambda each: f"{each.form.title} {each.number}", lambda each: each.signed_at, "papers"),
        "inspections.view_paper",
    ),
    Penalty: (_of_case(_penalty, lambda each: each.judged_at, "penalty"), "inspections.view_penalty"),
    Transfer: (
        _of_case(
            lambda each: f"{each.get_kind_display()}：{each.receiver}", lambda each: each.sent_at, "penalty"
        ),
        "inspections.view_transfer",
    ),
    Restraint: (
        _of_case(lambda each: f"{each.get_kind_display()}：{each.what}", lambda each: None, "penalty"),
        "inspections.view_restraint",
    ),
    Reinspection: (
        _of_case(lambda each: f"整改复查　{each.officer}、{each.second}", lambda each: each.at, "findings"),
        "inspections.view_case",
    ),
    RecusalRequest: (
        _of_case(
            lambda each: f"{each.get_applicant_display()}申请　{each.get_status_display()}",
            lambda each: each.asked_at,
            "",
        ),
        "inspections.view_case",
    ),
    CaseEvent: (
        _of_case(lambda each: events.TITLES.get(each.code, each.code), lambda each: each.at, "penalty"),
        "inspections.view_case",
    ),
    Draw: (lambda each: _round(each, each.get_status_display()), "inspections.view_task"),
    Change: (
        lambda each: _round(each.draw, f"{each.get_kind_display()}　{each.get_status_display()}"),
        "inspections.view_task",
    ),
    Disclosure: (
        lambda each: (each.subject_name, each.get_kind_display(), each.published_at, _table(each)),
        "publicity.view_disclosure",
    ),
    Ending: (
        lambda each: (
            each.disclosure.subject_name,
            f"{each.get_kind_display()}：{each.reason}",
            each.at,
            _table(each.disclosure),
        ),
        "publicity.view_disclosure",
    ),
    Letter: (
        lambda each: (each.get_kind_display(), each.get_status_display(), each.received_at, ""),
        "publicity.view_letter",
    ),
    Subject: (_firm, "registries.view_subject"),
    Inspector: (
        lambda each: (each.name, str(each.section), each.entered_on, reverse("person", args=[each.pk])),
        "registries.view_inspector",
    ),
    Training: (
        lambda each: (
            each.inspector.name,
            f"{each.subject}　{each.hours} 学时",
            each.held_on,
            reverse("person", args=[each.inspector_id]),
        ),
        "registries.view_inspector",
    ),
}
