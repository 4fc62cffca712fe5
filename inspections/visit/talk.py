"""与手机说话: refusals and a full disk as answers that the phone's page understands, each with the server's
time; a submission in, its receipt out."""

import functools

from django.db import DatabaseError
from django.db.models import Q
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from registries.errors import DomainError, is_disk_full

from ..case.models import Case
from ..sentences import say
from ..states import FilingState
from . import filings, lines, package, submissions

MARK = {"X-Mingqian": "field"}  # what the page looks for: a captive portal's 200 does not carry it


def answers(view):
    """Refusals and a full disk as an answer that the page understands; nothing else is caught."""

    @functools.wraps(view)
    def answering(request, *args, **kwargs):
        try:
            answer = view(request, *args, **kwargs)
        except DomainError as refused:
            files = refused.facts.get("files", [])
            status = {
                "filing_differs": 409,
                "filing_account": 409,
                "filing_files": 424,
                "not_allowed": 403,
            }.get(refused.code, 422)
            return marked(tell({"error": refused.code, "said": say(refused), "files": files}, status))
        except (OSError, DatabaseError) as broken:
            if not is_disk_full(broken):
                raise
            return marked(tell({"error": "no_space", "said": say(DomainError("no_space"))}, 507))
        return marked(answer)

    return answering


def tell(facts, status=200):
    return JsonResponse(facts, status=status, json_dumps_params={"ensure_ascii": False})


def marked(response):
    for name, value in MARK.items():
        response[name] = value
    response["X-Server-Time"] = lines.moment(timezone.now())  # what the phone learns its error from
    response["Cache-Control"] = "no-store"
    return response


def own(request, token):
    """A case that the account sits in or sat in: a replaced inspector's visit is kept
    too, for others to judge."""
    seated = Q(assignments__inspector__account=request.user) | Q(delegates__inspector__account=request.user)
    mine = Case.objects.filter(seated, bureau=request.user.bureau_id).distinct()
    return get_object_or_404(mine.select_related("subject", "bureau"), token=token)


def taken(request, token, receive):
    """A submission of a case of one's own in, its receipt out."""
    case = own(request, token)
    try:
        sent_at = submissions.time_of(request.headers.get("X-Sent-At", ""))
    except DomainError:
        sent_at = None
    mark = request.headers.get("Idempotency-Key", "")
    filing = receive(case, mark, request.body, by=request.user, sent_at=sent_at)
    filing.refresh_from_db()
    return tell(receipt(filing), 201)


def receipt(filing):
    due = filing.case.report_due_on
    return {
        "receipt": filing.receipt,
        "uuid": str(filing.uuid),
        "content_sha256": filing.body_id,
        "status": filing.status,
        "is_waiting": filing.status == FilingState.RECEIVED,
        "is_held": filing.status == FilingState.HELD,
        "is_taken": filing.status == FilingState.TAKEN,
        "received_at": filing.received_at.isoformat(),
        "reason": filing.reason,
        "skewed": abs(filing.skew) > filings.SKEW,
        "report_due": due.isoformat() if due else "",
        "kind": filing.kind,
        "is_settled": filing.status == FilingState.SETTLED,
        "is_final": filing.status in (FilingState.TAKEN, FilingState.SETTLED),
        "faults": package.faults(filing.case),
        "late": lines.waiting(filing.case).count(),
        "case_status": filing.case.get_status_display(),
    }
