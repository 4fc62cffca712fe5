"""检查方案: drafted for a task, approved by the head before any visit (国办发〔2024〕54号); urgent
ones within a limit after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries import limits
from registries.documents import render
from registries.errors import DomainError
from registries.models import Account
from registries.services import journal, messages, storage
from registries.services.access import require, require_other
from registries.transitions import move

from .. import numbers
from ..plan import kinds
from ..states import CaseState, DrawState, SchemeState
from .models import Document, Scheme

if TYPE_CHECKING:
    from ..plan.models import Task

DISCIPLINE = (
    "检查人员不少于两人，出示执法证件，送达检查通知书，告知陈述申辩和申请回避的权利；不得接受馈赠、"
    "宴请，不得由企业支付费用，"
    "不得刻意要求法定代表人到场，不得影响正常生产经营；发现重大事故隐患立即处置并报告。"
)


@transaction.atomic
def draft(task: Task, *, by: Account) -> Scheme:
    """A draft of the task's scheme, written from the task. Returns the living one
    where there is one already."""
    require(by, "inspections.change_task", task.bureau)
    draw = task.draws.filter(status=DrawState.DRAWN).order_by("-pk").first()
    living = task.schemes.filter(draw=draw).exclude(status=SchemeState.RETURNED).first()
    if living:
        return living
    count = task.cases.filter(draw=draw).exclude(status=CaseState.NOT_DONE).count()
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
    messages.settle_done(draw or task)
    messages.hand_on(scheme, by=by)
    journal.write("scheme.drafted", by=by, about=scheme.about, facts={"task": task.number or task.pk})
    return scheme


@transaction.atomic
def approve(scheme: Scheme, note: str = "", *, by: Account) -> Scheme:
    """The head approves; the scheme takes its number and the visits may begin."""
    require(by, "inspections.approve_task", scheme.bureau)
    require_other(by, scheme.drafted_by)
    year = timezone.localdate().year
    number = (
        f"（{scheme.bureau.short_name}）应急检方〔{year}〕{numbers.take(scheme.bureau, 'scheme', year)}号"
    )
    move(
        scheme,
        SchemeState.APPROVED,
        number=number,
        judged_by=by,
        judged_at=timezone.now(),
        judge_note=note[:200],
    )
    messages.judged(scheme, scheme.drafted_by, True, by=by)
    said, tell_at = (
        f"“{scheme.task}”的检查方案已批准，可以开始检查",
        scheme.draw.tell_at if scheme.draw else None,
    )
    messages.tell(
        people_of(scheme.task, scheme.draw), "judged", scheme, said, by=by, not_before=_later(tell_at)
    )
    journal.write(
        "scheme.approved",
        by=by,
        about=scheme.about,
        facts={"number": number, "late": bool(scheme.due_on and timezone.localdate() > scheme.due_on)},
    )
    return scheme


@transaction.atomic
def send_back(scheme: Scheme, note: str, *, by: Account) -> Scheme:
    """The head does not approve; it stays on record, another may be drafted."""
    require(by, "inspections.approve_task", scheme.bureau)
    move(scheme, SchemeState.RETURNED, judged_by=by, judged_at=timezone.now(), judge_note=note[:200])
    messages.judged(scheme, scheme.drafted_by, False, note, by=by)
    journal.write("scheme.returned", by=by, about=scheme.about)
    return scheme


def people_of(task, draw=None):
    """The accounts of those who sit in the teams of a task's draw, or of a task that was opened by name."""
    cases = task.cases.filter(draw=draw)
    return Account.objects.filter(
        inspector__assignments__case__in=cases, inspector__assignments__until=None
    ).distinct()


def _later(moment):
    """Nobody of a team hears of it before the time that was sealed."""
    return moment if moment and moment > timezone.now() else None


def require_approved(case):
    """Raises unless the visit of a case may begin: the scheme of its draw, or of its task, is
    approved, or it is urgent."""
    if case.task is None or case.task.is_urgent:
        return
    if not case.task.schemes.filter(status=SchemeState.APPROVED, draw=case.draw_id).exists():
        raise DomainError("scheme_not_approved", task=case.task.title)


@transaction.atomic
def issue(scheme: Scheme, *, by: Account) -> Document:
    """The approved scheme as a PDF, kept; made anew only when a team has changed since."""
    require(by, "inspections.issue_document", scheme.bureau)
    if scheme.status != SchemeState.APPROVED:
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
        own.exclude(status=CaseState.NOT_DONE)
        .select_related("subject")
        .prefetch_related("assignments__inspector")
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
        about=scheme.about,
        facts={"kind": "scheme", "file": document.file_id},
    )
    return document
