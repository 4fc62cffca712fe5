"""行政检查通知书: who comes, under what, how often this year. Nobody enters without
one (国办发〔2024〕54号)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from django.db import transaction
from pypdf import PdfReader, PdfWriter

from registries.errors import DomainError
from registries.services.access import require

from ..case import schemes
from ..case.models import Case
from ..states import OPEN_CASE, PaperState
from . import issuing

if TYPE_CHECKING:
    from collections.abc import Callable

    from registries.models import Account

    from ..plan.models import Task
    from .models import Paper


def standing(case):
    """The signed notice that names today's team, or None. Looking at it signs nothing."""
    found = case.papers.filter(code="notice", status=PaperState.SIGNED).order_by("-pk").first()
    return found if found and found.facts["team"] == _team(case) else None


def _team(case):
    return [[seat.inspector.ref, seat.leads] for seat in case.team()]


@transaction.atomic
def issue(case: Case, *, by: Account) -> Paper:
    """The notice of a case that stands, with its PDF; a new one when the team has changed
    since. Returns the Paper."""
    member = case.assignments.filter(inspector__account=by, until=None).exists()
    require(by, "inspections.work_case" if member else "inspections.issue_document", case.bureau)
    schemes.require_approved(case)
    if case.status not in OPEN_CASE:
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    paper = require_signed(case, by=by)
    issuing.file_of(paper)
    return paper


def all_of(task: Task, *, by: Account, tell: Callable[[int, int], None] = lambda done, total: None) -> bytes:
    """The notices of all open visits of a task as one PDF, enterprise by enterprise; each is issued where it
    is not yet. `tell(done, total)` is called before each."""
    writer, cases = (
        PdfWriter(),
        list(task.cases.filter(status__in=OPEN_CASE).defer("checklist").order_by("pk")),
    )
    for n, case in enumerate(cases):
        tell(n, len(cases))
        paper = issue(case, by=by)
        file = issuing.file_of(paper)
        title = f"{paper.number} {case.subject.name}"
        writer.append(PdfReader(io.BytesIO(file.read())), outline_item=title, import_outline=False)
    tell(len(cases), len(cases))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@transaction.atomic
def require_signed(case: Case, *, by: Account) -> Paper:
    """The signed notice that names today's team: signed now where there is none. The head's approval of the
    scheme is the approval of the notices that carry it out."""
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    if found := standing(case):
        return found
    if other := case.papers.filter(code="notice", status=PaperState.SIGNED).order_by("-pk").first():
        issuing.replace_notice(other, by=by)
    return issuing.issue(case, "notice", by=by)
