"""检查方案: drafted for a task, approved by the head before any visit (国办发〔2024〕54号); urgent ones within a limit after."""

from django.db import transaction
from django.utils import timezone

from registries.documents import render
from registries.errors import DomainError
from registries.services import files, journal, limits
from registries.services.access import require, require_other

from ..models import Document, Scheme
from . import kinds, numbers
from .transitions import move

DISCIPLINE = (
    "检查人员不少于两人，出示执法证件，送达检查通知书，告知陈述申辩和申请回避的权利；不得接受馈赠、宴请，不得由企业支付费用，"
    "不得刻意要求法定代表人到场，不得影响正常生产经营；发现重大事故隐患立即处置并报告。"
)


@transaction.atomic
def draft(task, *, by):
    """A draft of the task's scheme, written from the task. Returns the living one where there is one already."""
    require(by, "inspections.change_task", task.bureau)
    living = task.schemes.exclude(status="returned").first()
    if living:
        return living
    if not task.cases.exists():
        raise DomainError("scheme_without_cases", task=task.title)
    items = "；".join(f"{item.code} {item.name}" for item in task.items.order_by("code"))
    groups = (
        f"共 {task.cases.count()} 户，每组不少于 {task.team} 人，组成以抽取结果为准"
        if kinds.is_drawn(task)
        else (f"共 {task.cases.count()} 户，人员由负责人指派")
    )
    scheme = Scheme.objects.create(
        bureau=task.bureau, task=task, drafted_by=by, method=task.get_mode_display(),
        content=f"按《{task.item_list.title}》检查：{items}。清单以外的内容不检查。",
        arrangement=f"{task.window_from:%Y年%-m月%-d日}至{task.window_to:%Y年%-m月%-d日}；{groups}。",
        discipline=DISCIPLINE,
        due_on=limits.due(task.bureau, "scheme_after", timezone.localdate()) if task.is_urgent else None,
    )  # fmt: skip
    journal.write("scheme.drafted", by=by, about=f"scheme {scheme.pk}", facts={"task": task.number or task.pk})
    return scheme


@transaction.atomic
def approve(scheme, note="", *, by):
    """The head approves; the scheme takes its number and the visits may begin."""
    require(by, "inspections.approve_task", scheme.bureau)
    require_other(by, scheme.drafted_by)
    year = timezone.localdate().year
    number = f"（{scheme.bureau.short_name}）应急检方〔{year}〕{numbers.take(scheme.bureau, 'scheme', year)}号"
    move(scheme, "approved", number=number, judged_by=by, judged_at=timezone.now(), judge_note=note[:200])
    journal.write(
        "scheme.approved", by=by, about=f"scheme {scheme.pk}",
        facts={"number": number, "late": bool(scheme.due_on and timezone.localdate() > scheme.due_on)},
    )  # fmt: skip
    return scheme


@transaction.atomic
def send_back(scheme, note, *, by):
    """The head does not approve; it stays on record, another may be drafted."""
    require(by, "inspections.approve_task", scheme.bureau)
    move(scheme, "returned", judged_by=by, judged_at=timezone.now(), judge_note=note[:200])
    journal.write("scheme.returned", by=by, about=f"scheme {scheme.pk}")
    return scheme


def require_approved(task):
    """Raises unless the task's visits may begin: its scheme is approved, or it is urgent."""
    if task is None or task.is_urgent:
        return
    if not task.schemes.filter(status="approved").exists():
        raise DomainError("scheme_not_approved", task=task.title)


@transaction.atomic
def issue(scheme, *, by):
    """The approved scheme as a PDF, kept; the same one when asked again."""
    require(by, "inspections.issue_document", scheme.bureau)
    if scheme.status != "approved":
        raise DomainError("stale", what=str(scheme), status=scheme.get_status_display())
    issued = scheme.documents.filter(kind="scheme").first()
    if issued:
        return issued
    cases = scheme.task.cases.exclude(status="not_done").select_related("subject").prefetch_related(
        "assignments__inspector"
    )  # fmt: skip
    rows = [
        (case, "、".join(f"{seat.inspector.name}{'（组长）' if seat.leads else ''}" for seat in case.team()))
        for case in cases.order_by("pk")
    ]
    data = render(
        "scheme", {"scheme": scheme, "task": scheme.task, "bureau": scheme.bureau, "rows": rows,
                   "kind": kinds.title_of(scheme.bureau, scheme.task.kind)},
    )  # fmt: skip
    document = Document.objects.create(
        bureau=scheme.bureau, kind="scheme", edition="inner", scheme=scheme, file=files.keep(data, "application/pdf"),
        issued_by=by,
    )  # fmt: skip
    journal.write(
        "document.issued", by=by, about=f"scheme {scheme.pk}", facts={"kind": "scheme", "file": document.file_id}
    )
    return document
