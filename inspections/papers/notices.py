"""行政检查通知书: who comes, under what, how often this year. Nobody enters without
one (国办发〔2024〕54号)."""

from django.db import transaction

from registries.errors import DomainError
from registries.services.access import require

from ..case import schemes
from ..case.models import Case
from . import issuing


def standing(case):
    """The signed notice that names today's team, or None. Looking at it signs nothing."""
    found = case.papers.filter(code="notice", status="signed").order_by("-pk").first()
    return found if found and found.facts["team"] == _team(case) else None


def _team(case):
    return [[seat.inspector.ref, seat.leads] for seat in case.team()]


@transaction.atomic
def issue(case, *, by):
    """The notice of a case that stands, with its PDF; a new one when the team has changed
    since. Returns the Paper."""
    member = case.assignments.filter(inspector__account=by, until=None).exists()
    require(by, "inspections.work_case" if member else "inspections.issue_document", case.bureau)
    schemes.require_approved(case)
    if case.status not in ("opened", "started"):
        raise DomainError("stale", what=case.subject.name, status=case.get_status_display())
    paper = require_signed(case, by=by)
    issuing.file_of(paper)
    return paper


@transaction.atomic
def require_signed(case, *, by):
    """The signed notice that names today's team: signed now where there is none. The head's approval of the
    scheme is the approval of the notices that carry it out."""
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    if found := standing(case):
        return found
    if other := case.papers.filter(code="notice", status="signed").order_by("-pk").first():
        issuing.replace_notice(other, by=by)
    return issuing.issue(case, "notice", by=by)
