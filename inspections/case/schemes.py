"""检查方案: drafted for a task, approved by the head before any visit (国办发〔2024〕54号); urgent
ones within a limit after."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries import limits
from registries.documents import render
from registries.errors import DomainError
from registries.services import journal, storage
from registries.services.access import require, require_other

from .. import numbers
from ..plan import kinds
from ..transitions import move
from .models import Document, Scheme

DISCIPLINE = (
    "检查人员不少于两人，出示执法证件，送达检查通知书，告知陈述申辩和申请回避的权利；不得接受馈赠、"
    "宴请，不得由企业支付费用，"
    "不得刻意要求法定代表人到场，不得影响正常生产经营；发现重大事故隐患立即处置并报告。"
)


@transaction.atomic
def draft(task, *, by):
    """A draft of the task's scheme, written from the task. Returns the living one
    where there is one already."""
    require(by, "inspections.change_task", task.bureau)
    draw = task.draws.filter(status="drawn").order_by("-pk").first()
    living = task.schemes.filter(draw=draw).exclude(status="returned").first()
    if living:
        return living
    count = task.cases.filter(draw=draw).exclude(status="not_done").count()
    if not count:
        raise DomainError("scheme_without_cases", task=task.title)
    items = "；".join(f"{item.code} {item.name}" for item in task.items.order_by("code"))
    sent = f"每组不少于 {task.team} 人，组成以抽取结果为准" if draw else "人员由负责人指派"
    scheme = Scheme.objects.create(
        bureau=task.bureau,
        task=task,
        draw=draw,
        drafted_by=by,
        method=task.get_mode_display(),
        content=f"按《{task.item_list.title}》检查：{items}。清单以外的内容不检查。",
        arrangement=f"{task.window_from:%Y年%-m月%-d日}至{task.window_to:%Y年%-m月%-d日}；共 {count} 户，"
        f"{sent}。",
        discipline=DISCIPLINE,
        due_on=limits.due(task.bureau, "scheme_after", timezone.localdate()) if task.is_urgent else None,
    )
    journal.write(
        "scheme.drafted", by=by, about=f"scheme {scheme.pk}", facts={"task": task.number or task.pk}
    )
    return scheme


@transaction.atomic
def approve(scheme, note="", *, by):
    """The head approves; the scheme takes its number and the visits may begin."""
    require(by, "inspections.approve_task", scheme.bureau)
    require_other(by, scheme.drafted_by)
    year = timezone.localdate().year
    number = (
        f"（{scheme.bureau.short_name}）应急检方〔{year}〕{numbers.take(scheme.bureau, 'scheme', year)}号"
    )
    move(scheme, "approved", number=number, judged_by=by, judged_at=timezone.now(), judge_note=note[:200])
    journal.write(
        "scheme.approved",
        by=by,
        about=f"scheme {scheme.pk}",
        facts={"number": number, "late": bool(scheme.due_on and timezone.localdate() > scheme.due_on)},
    )
    return scheme


@transaction.atomic
def send_back(scheme, note, *, by):
    """The head does not approve; it stays on record, another may be drafted."""
    require(by, "inspections.approve_task", scheme.bureau)
    move(scheme, "returned", judged_by=by, judged_at=timezone.now(), judge_note=note[:200])
    journal.write("scheme.returned", by=by, about=f"scheme {scheme.pk}")
    return scheme


def require_approved(case):
    """Raises unless the visit of a case may begin: the scheme of its draw, or of its task, is
    approved, or it is urgent."""
    if case.task is None or case.task.is_urgent:
        return
    if not case.task.schemes.filter(status="approved", draw=case.draw_id).exists():
        raise DomainError("scheme_not_approved", task=case.task.title)


@transaction.atomic
def issue(scheme, *, by):
    """The approved scheme as a PDF, kept; made anew only when a team has changed since."""
    require(by, "inspections.issue_document", scheme.bureau)
    if scheme.status != "approved":
        raise DomainError("stale", what=str(scheme), status=scheme.get_status_display())
    issued = scheme.documents.filter(kind="scheme").order_by("-pk").first()
    own = scheme.task.cases.filter(draw=scheme.draw)
    changed = (
        Q(assignments__since__gt=issued.issued_at) | Q(assignments__until__gt=issued.issued_at)
        if issued
        else Q()
    )
    if issued and not own.filter(changed).exists():
        return issued
    cases = (
        own.exclude(status="not_done").select_related("subject").prefetch_related("assignments__inspector")
    )
    rows = [
        (case, "、".join(f"{seat.inspector.name}{'（组长）' if seat.leads else ''}" for seat in case.team()))
        for case in cases.order_by("pk")
    ]
    data = render(
        "scheme",
        {
            "scheme": scheme,
            "task": scheme.task,
            "bureau": scheme.bureau,
            "rows": rows,
            "kind": kinds.title_of(scheme.bureau, scheme.task.kind),
        },
    )
    document = Document.objects.create(
        bureau=scheme.bureau,
        kind="scheme",
        edition="inner",
        scheme=scheme,
        file=storage.keep(data, "application/pdf"),
        issued_by=by,
    )
    journal.write(
        "document.issued",
        by=by,
        about=f"scheme {scheme.pk}",
        facts={"kind": "scheme", "file": document.file_id},
    )
    return document
