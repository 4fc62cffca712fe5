"""补充记录: what is added to a signed record. The record stays as it was signed; what is added is signed
apart."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal, messages
from registries.transitions import move

from ..case import events
from ..case.opening import lines_of, wording_of
from ..case.staffing import require_member
from ..states import FOLLOWED_CASE, EntryState, FilingState, FindingState
from . import lines, outcome
from .models import Exhibit, Finding, Supplement

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from ..case.models import Case
    from .models import Entry, Sheet


@transaction.atomic
def add(case: Case, sheet: Sheet, said: dict[str, Any], *, by: Account, at: datetime) -> Supplement:
    """A signed supplement's Sheet and what it says in, Supplement out. Lines that it takes up are no longer
    waiting; a violated one is a problem of its own; a photo may stand instead of one that cannot be opened.

    Raises supplement_early (there is no record yet), supplement_empty, reason_needed.
    """
    inspector = require_member(case, by)
    if case.status not in FOLLOWED_CASE:
        raise DomainError("supplement_early")
    taken = _taken(case, said.get("lines") or [])
    photos = [each for each in said.get("photos") or [] if isinstance(each, dict)]
    text, reason = str(said.get("text") or "").strip(), str(said.get("reason") or "").strip()
    if not (taken or photos or text):
        raise DomainError("supplement_empty")
    if not reason:
        raise DomainError("reason_needed")
    signed = "signed" if said.get("enterprise") == "signed" else "unsigned"
    why = str(said.get("unsigned_reason") or "").strip()[:200]
    if signed == "unsigned" and not why and case.is_onsite:
        raise DomainError("sign_reason_missing")
    made = Supplement.objects.create(
        bureau_id=case.bureau_id,
        case=case,
        number=case.supplements.count() + 1,
        sheet=sheet,
        text=text,
        reason=reason[:300],
        signed=signed,
        unsigned_reason=why,
        instead_of=[str(each["instead_of"])[:64] for each in photos if each.get("instead_of")],
        by=inspector,
        at=at,
    )
    _adopt(made, sheet, taken, photos)
    for each in taken:
        move(each, EntryState.ADDED, supplement=made, settled_by=by, settled_at=timezone.now())
        messages.settle(each)
        lines.settle_filing(each.filing, by=by)
        _find(case, each, inspector, by)
    for each in case.filings.filter(kind="lines", status=FilingState.HELD):
        lines.settle_filing(each, by=by)
    facts = {"number": made.number, "lines": len(taken), "photos": len(photos), "digest": sheet.body_id}
    journal.write("supplement.added", by=by, about=case.about, facts=facts)
    outcome.settle(case, by=by)
    return made


def _adopt(made, sheet, taken, photos):
    """Its own pictures, those it names, and those of the lines that it takes up."""
    of_lines = Q(filing__in=[each.filing_id for each in taken], line__in={each.line for each in taken})
    named = Q(original__in={str(each.get("sha256")) for each in photos})
    made.exhibits.set(Exhibit.objects.filter(Q(filing=sheet.filing) | named | of_lines, case=made.case))


def _taken(case, said):
    """The waiting entries that a supplement speaks of."""
    wanted = {(each["by"], each["line"], each["at"]) for each in said if isinstance(each, dict)}
    waiting = case.entries.filter(status=EntryState.LATE).select_related("by", "filing")
    return [each for each in waiting if (each.by.ref, each.line, lines.moment(each.at)) in wanted]


def _find(case, entry: Entry, inspector, by):
    """A violated line that the record did not know: a problem, with the bureau's usual term."""
    if entry.value != "fail" or case.findings.filter(line=entry.line).exists():
        return
    line = next(each for each in lines_of(case) if each["key"] == entry.line)
    last = case.findings.order_by("-number").first()
    due = timezone.localdate() + timedelta(days=case.bureau.rectify_days)
    made = Finding.objects.create(
        case=case,
        number=last.number + 1 if last else 1,
        line=entry.line,
        wording=wording_of(line),
        facts=entry.note,
        basis=line["basis"],
        measure=line["measure"],
        penalty_basis=line["penalty_basis"],
        disposal="measure" if line["is_major"] else "order",
        is_major=line["is_major"],
        by=inspector,
        due_on=due,
    )
    move(made, FindingState.OPEN)
    last_moment = timezone.make_aware(datetime.combine(due, time(23, 59)))
    events.record(case, "rectify.due", by=by, at=last_moment, thread=made.thread)
    if made.is_major:
        events.record(case, "major.found", by=by, thread=made.thread)
    journal.write("finding.added", by=by, about=case.about, facts={"number": made.number})
