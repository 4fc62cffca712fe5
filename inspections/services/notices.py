"""任务通知书: sends a team to its enterprise; nobody enters without one (呼和浩特市实施细则). Its QR asks for a recusal."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from registries.documents import render
from registries.errors import DomainError
from registries.models import JournalEntry
from registries.services import caps, files, journal
from registries.services.access import require

from ..models import Case, Document
from . import ceremony, kinds, partners, schemes


@transaction.atomic
def issue(case, *, by):
    """The notice as a PDF; kept, and made anew only when the team has changed since."""
    member = case.assignments.filter(inspector__account=by, until=None).exists()
    require(by, "inspections.work_case" if member else "inspections.issue_document", case.bureau)
    schemes.require_approved(case)
    if case.status not in ("opened", "started"):
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    issued = case.documents.filter(kind="task_notice").order_by("-pk").first()
    changed = Q(since__gt=issued.issued_at) | Q(until__gt=issued.issued_at) if issued else Q()
    named = JournalEntry.objects.filter(bureau=case.bureau, about=f"case {case.pk}", action="case.leader_named")
    is_same = issued and not case.assignments.filter(changed).exists()
    if is_same and not named.filter(at__gt=issued.issued_at).exists():
        return issued
    data = render("task_notice", facts_of(case))
    document = Document.objects.create(
        bureau=case.bureau, kind="task_notice", edition="inner", case=case, draw=case.draw,
        file=files.keep(data, "application/pdf"), issued_by=by,
    )  # fmt: skip
    journal.write(
        "document.issued", by=by, about=f"case {case.pk}", facts={"kind": "task_notice", "file": document.file_id}
    )
    return document


def facts_of(case):
    """What the notice prints: who goes where under what, how often this year, the rights, the QR for a recusal."""
    team = [(seat.inspector, seat.leads, seat.inspector.certificate_on(case.task.window_from)) for seat in case.team()]
    counted = kinds.counted(case.bureau)
    this_year = Case.objects.filter(subject=case.subject, opened_at__year=case.opened_at.year).exclude(
        status="not_done"
    )
    url = f"{settings.PUBLIC_URL}{reverse('desk:recusal', args=[case.token])}"
    return {
        "case": case, "task": case.task, "bureau": case.bureau, "team": team, "others": partners.team_of(case),
        "kind": kinds.title_of(case.bureau, case.task.kind), "scheme": case.task.schemes.filter(status="approved", draw=case.draw_id).first(),
        "times": this_year.filter(task__kind__in=counted).count(), "cap": caps.cap_of(case.subject, caps.rules_of(case.bureau)),
        "url": url, "qr": ceremony.qr(url) if settings.PUBLIC_URL else "",
    }  # fmt: skip
