"""带走的: what a phone takes along of a case, so that a whole day needs no network. Reads only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from registries import qrcode
from registries.errors import DomainError
from registries.models import RecusalGround
from registries.services import relations

from ..case import readiness, schemes
from ..case.models import Case
from ..papers import notices, spot
from ..sentences import say
from ..states import DONE_CASE, UNSETTLED, EntryState, FilingState, RecusalState
from . import carrying, completeness, lines, outcome, sheets, submissions
from .models import Answer, Exhibit, Finding, Visit

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..papers.models import LentNumber

_AHEAD = timedelta(days=40)  # leaves that a phone may still have to know of


def words(account: Account) -> dict[str, Any]:
    """The tables that the phone's pages speak by: they are the server's."""
    bureau = account.bureau
    return {
        "values": Answer.VALUES,
        "disposals": Finding.DISPOSALS,
        "signers": Exhibit.SIGNERS,
        "officers": sheets.OFFICERS,
        "signed": Visit._meta.get_field("signed").choices,
        "rules": completeness.RULES,
        "undone": list(outcome.UNDONE.values()),
        "measures": spot.MEASURES,
        "grounds": list(RecusalGround.objects.filter(bureau=bureau).values_list("title", flat=True)),
        "bureau": bureau.name,
    }


def of(case: Case, account: Account) -> dict[str, Any]:
    """One case with all that a visit needs: who, where, the notice, the checklist, what was found last
    time."""
    try:
        schemes.require_approved(case)
        waits = ""
    except DomainError as refused:
        waits = say(refused)
    subject, visit = case.subject, case.visits.filter(ended_at=None).first()
    lead = readiness.lead_of(case)
    return {
        "token": case.token,
        "name": subject.name,
        "address": subject.site or subject.town,
        "code": subject.credit_code,
        "legal": subject.legal_representative,
        "phone": subject.phone,
        "latitude": str(subject.latitude or ""),
        "longitude": str(subject.longitude or ""),
        "category": str(subject.category or ""),
        "task": case.task.title,
        "until": case.task.window_to.isoformat(),
        "since": case.task.window_from.isoformat(),
        "planned_on": case.planned_on.isoformat() if case.planned_on else "",
        "mode": case.mode,
        "mode_said": case.get_mode_display(),
        "status": case.status,
        "waits": waits,
        "leads": lead.pk == case.pk,
        "lead": lead.task.title,
        "together": [each.task.title for each in readiness.joined(case) if each.pk != case.pk],
        "entry_code": case.entry_code,
        "needs_code": case.bureau.needs_entry_code and case.is_onsite,
        "notice": _notice(case),
        "sign_url": f"/desk/field/{case.token}/notice/",
        "team": team(case, account),
        "items": case.checklist,
        "last": _last(case),
        "forms": spot.forms(case, spot.CODES) if case.is_onsite else {},
        "told": lines.told(case),
        "rulings": lines.rulings(case),
        "late": [lines.as_told(each) | {"line": each.line} for each in _late(case)],
        "faults": faults(case),
        "outside": outside(case),
        "started_at": lines.moment(visit.started_at) if visit else "",
    }


def _late(case):
    return case.entries.filter(status=EntryState.LATE).select_related("by").order_by("pk")


def faults(case: Case) -> list[dict[str, str]]:
    """The photos of a case that cannot be opened and nobody has settled yet."""
    settled = {each for made in case.supplements.all() for each in made.instead_of}
    broken = dict(case.uploads.exclude(fault="").values_list("original_id", "fault"))
    found = case.exhibits.filter(original__in=set(broken) - settled).order_by("pk")
    return [
        {
            "sha256": each.original_id,
            "line": each.line,
            "caption": each.caption,
            "fault": broken[each.original_id],
        }
        for each in found
    ]


def asks(case: Case) -> bool:
    """Whether something of a signed case waits for the team's phone."""
    return bool(faults(case)) or lines.waiting(case).exists() or bool(outside(case))


def outside(case: Case) -> list[str]:
    """The problems outside the list that a colleague filed after the signing, in words."""
    found = []
    for filing in case.filings.filter(kind="lines", status=FilingState.HELD).select_related("body"):
        said = submissions.parsed(filing.body.read())
        for each in carrying.outside_list(case, said):
            parts = [str(each.get(name) or "").strip() for name in ("wording", "facts", "basis")]
            found.append("；".join(filter(None, parts)))
    return found


def team(case, account):
    upheld = set(case.recusals.filter(status=RecusalState.UPHELD).values_list("inspector", flat=True))
    today = timezone.localdate()
    barred = {person for _, person in relations.pairs(case.bureau, today, subject=case.subject)}
    return [
        {
            "ref": seat.inspector.ref,
            "name": seat.inspector.name,
            "leads": seat.leads,
            "me": seat.inspector.account_id == account.pk,
            "must_keep_away": seat.inspector_id in upheld or seat.inspector.ref in barred,
            "cards": [
                [each.number, each.issued_on.isoformat(), each.expires_on.isoformat()]
                for each in seat.inspector.certificates.all()
            ],
            "away": [
                [each.since.isoformat(), each.until.isoformat()]
                for each in seat.inspector.leaves.filter(until__gte=today, since__lte=today + _AHEAD)
            ],
        }
        for seat in case.team()
    ]


def _notice(case):
    """The notice as it was signed, with the code that opens it on the public page; None until it is
    signed."""
    paper = notices.standing(case)
    if paper is None:
        return None
    facts, url = paper.facts, f"{settings.PUBLIC_URL}/papers/{paper.token}/"
    return {
        "number": paper.number,
        "title": paper.form.title,
        "url": url,
        "typed": f"{paper.typed[:4]}-{paper.typed[4:]}" if paper.typed else "",
        "qr": qrcode.of(url) if settings.PUBLIC_URL else "",
        "pdf": f"/desk/cases/{case.token}/notice.pdf",
        "bureau": facts["bureau"],
        "subject": facts["subject"],
        "date": facts["date"],
        "window": facts["window"],
        "times": facts["times"],
        "cap": facts["cap"],
        "items": facts["items"],
        "bases": facts["bases"],
        "rights": facts["texts"].get("rights", ""),
        "discipline": facts["texts"].get("discipline", ""),
        "officers": facts["officers"],
    }


def numbers(case: Case, lent: list[LentNumber]) -> list[dict[str, Any]]:
    """Lent numbers as a phone keeps them: with the address and the code that their papers will have."""
    return [
        {
            "code": each.code,
            "key": each.typed,
            "number": each.number,
            "year": each.year,
            "url": f"{settings.PUBLIC_URL}/papers/{each.token}/" if settings.PUBLIC_URL else "",
            "typed": f"{each.typed[:4]}-{each.typed[4:]}",
            "device": each.device,
        }
        for each in lent
    ]


def _last(case):
    """What the last visit to this firm found: line by line, and the problems that nobody has looked at
    since."""
    before = (
        Case.objects.filter(subject=case.subject, bureau=case.bureau, status__in=DONE_CASE)
        .exclude(pk=case.pk)
        .order_by("-ended_at")
        .first()
    )
    if before is None:
        return {"on": "", "lines": {}, "open": []}
    return {
        "on": timezone.localdate(before.ended_at).isoformat() if before.ended_at else "",
        "lines": {each.line: [each.value, each.note] for each in before.answers.all()},
        "open": [
            {
                "wording": each.wording,
                "facts": each.facts,
                "due": each.until().isoformat() if each.until() else "",
                "line": each.line,
            }
            for each in before.findings.filter(status__in=UNSETTLED).order_by("number")
        ],
    }
