"""复查带走的: what a phone takes along to look again: every open problem with its day, the papers that name
it, and the photos of last time. Reads only."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from django.utils import timezone
from PIL import Image

from ..case.models import Case
from ..papers import spot
from ..states import FOLLOWED_CASE, UNSETTLED, FindingState, PaperState
from . import exhibits, package

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account

    from .models import Exhibit, Finding

_WIDE = 640  # points of an old photo on a phone: to be compared with, not to be measured


def cases(account: Account) -> list[Case]:
    """The cases of which an account's team still has problems to look at again."""
    found = Case.objects.visible_to(account).filter(
        status__in=FOLLOWED_CASE, findings__status__in=UNSETTLED, assignments__inspector__account=account
    )
    return list(found.select_related("subject", "task", "bureau").distinct().order_by("pk"))


def of(case: Case, account: Account) -> dict[str, Any]:
    """One case with all that looking again needs."""
    subject, cited = case.subject, _cited(case)
    return {
        "token": case.token,
        "name": subject.name,
        "address": subject.site or subject.address or subject.town,
        "phone": subject.phone,
        "legal": subject.legal_representative,
        "visited_on": timezone.localdate(case.ended_at).isoformat(),
        "mode": case.mode,
        "mode_said": case.get_mode_display(),
        "category": "",
        "items": case.checklist,
        "team": package.team(case, account),
        "forms": spot.forms(case, ("review", "delivery")),
        "problems": [
            _problem(each, cited) for each in case.findings.filter(status__in=UNSETTLED).order_by("number")
        ],
    }


def _problem(finding: Finding, cited: dict[int, list[str]]) -> dict[str, Any]:
    until = finding.until()
    return {
        "number": finding.number,
        "wording": finding.wording,
        "facts": finding.facts,
        "measure": finding.measure,
        "is_major": finding.is_major,
        "due": until.isoformat() if until else "",
        "may_extend": finding.status == FindingState.OPEN and not finding.extended_to,
        "said": finding.report_note if finding.status == FindingState.REPORTED else "",
        "papers": cited.get(finding.number, []),
        "photos": [[each.original_id, each.caption] for each in _photos(finding)],
    }


def _cited(case):
    """{number of a finding: the papers that stand and name it}."""
    found = {}
    signed = case.papers.filter(code__in=["measure", "order"], status=PaperState.SIGNED)
    for paper in signed.select_related("form").order_by("pk"):
        for each in paper.facts.get("findings", ()):
            found.setdefault(each["number"], []).append(f"{paper.form.title} {paper.number}")
    return found


def _photos(finding: Finding) -> list[Exhibit]:
    """The photos of a problem as it was found; of one outside the list, those that its name leads to."""
    standing = finding.case.exhibits.standing().filter(kind="photo")
    if finding.line:
        return list(standing.filter(line=finding.line).order_by("pk")[:4])
    return list(standing.filter(line__startswith="other:", caption__startswith=finding.wording[:20])[:4])


def old_photo(case: Case, digest: str) -> bytes | None:
    """A photo of last time, small, as JPEG; None where nobody can read what came."""
    exhibit = case.exhibits.standing().filter(kind="photo", original=digest).first()
    kept = exhibit and exhibits.to_show(exhibit)
    if not kept:
        return None
    with Image.open(io.BytesIO(kept.read())) as picture:
        small = picture.convert("RGB")
        small.thumbnail((_WIDE, _WIDE))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()
