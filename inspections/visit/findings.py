"""问题: written from the violated lines, each with its wording, basis and way;
settled when the visit ends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from registries.errors import DomainError
from registries.services import journal
from registries.transitions import move

from ..case import events
from ..case.opening import wording_of
from ..case.staffing import require_member
from ..states import FindingState, PaperState
from .models import Finding

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Account, Inspector

    from ..case.models import Case

FIELDS = ["wording", "facts", "basis", "measure", "disposal", "due_on", "major_reason"]


def collect(case, inspector):
    """Make the findings what the answers say: one for each violated line, none for the others."""
    failed = {each.line: each for each in case.answers.filter(value="fail")}
    gone = case.findings.filter(status=FindingState.NOTED).exclude(line="").exclude(line__in=failed)
    _require_unnamed(case, gone)
    gone.discard()
    kept = {each.line: each for each in case.findings.exclude(line="")}
    lines = {line["key"]: line for item in case.checklist for line in item["lines"]}
    for key in [key for key in lines if key in failed]:
        if key in kept:
            if kept[key].facts != failed[key].note:
                Finding.objects.filter(pk=kept[key].pk).update(facts=failed[key].note)
            continue
        line = lines[key]
        Finding.objects.create(
            case=case,
            number=_next(case),
            line=key,
            wording=wording_of(line),
            facts=failed[key].note,
            basis=line["basis"],
            measure=line["measure"],
            penalty_basis=line["penalty_basis"],
            disposal="measure" if line["is_major"] else "order",
            is_major=line["is_major"],
            by=inspector,
            due_on=timezone.localdate() + timedelta(days=case.bureau.rectify_days),
        )


def _require_unnamed(case, gone):
    """A decision that has been signed names its findings: they are not taken back under it."""
    numbers = set(gone.values_list("number", flat=True))
    for paper in case.papers.filter(code="measure", status=PaperState.SIGNED) if numbers else ():
        if named := numbers & {each["number"] for each in paper.facts["findings"]}:
            raise DomainError("finding_on_paper", number=min(named), paper=paper.number)


def _next(case):
    return (case.findings.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def write(finding: Finding, *, by: Account, **fields: Any) -> Finding:
    """Change a finding while the visit lasts: its wording, way, day. Returns it."""
    require_member(finding.case, by)
    finding.refresh_from_db(fields=["status"])
    from_line = bool(finding.line)
    for name in FIELDS:
        # What was seen at a line stands in the checklist; the finding repeats it.
        if name in fields and not (from_line and name == "facts"):
            setattr(finding, name, fields[name].strip() if isinstance(fields[name], str) else fields[name])
    if finding.status != FindingState.NOTED:
        raise DomainError("stale", what=str(finding), status=finding.get_status_display())
    finding.save(update_fields=FIELDS)
    journal.write("finding.written", by=by, about=finding.case.about, facts={"number": finding.number})
    return finding


@transaction.atomic
def add_other(
    case: Case, inspector: Inspector, *, by: Account, wording: str, basis: str, **fields: Any
) -> Finding:
    """其他: a finding outside the list, which needs its own basis (汶上方案二（一）: 清单外不得检查)."""
    if not wording.strip() or not basis.strip():
        raise DomainError("other_needs_basis")
    return note_other(case, inspector, by=by, wording=wording, basis=basis, **fields)


@transaction.atomic
def note_other(
    case: Case, inspector: Inspector, *, by: Account, wording: str, basis: str, **fields: Any
) -> Finding:
    """As add_other, as far as it is written; what is still missing is asked for at the end of the visit."""
    require_member(case, by)
    known = {name: fields[name] for name in FIELDS if name in fields}
    made = Finding.objects.create(
        case=case,
        number=_next(case),
        wording=wording.strip(),
        basis=basis.strip(),
        by=inspector,
        is_major=bool(fields.get("is_major")),
        **{"disposal": "order", "due_on": timezone.localdate() + timedelta(days=case.bureau.rectify_days)}
        | known,
    )
    journal.write("finding.added", by=by, about=case.about, facts={"number": made.number})
    return made


@transaction.atomic
def drop(finding: Finding, *, by: Account) -> None:
    """Take an 其他 back while the visit lasts."""
    require_member(finding.case, by)
    if finding.status != FindingState.NOTED or finding.line:
        raise DomainError("stale", what=str(finding), status=finding.get_status_display())
    found = Finding.objects.filter(pk=finding.pk)
    _require_unnamed(finding.case, found)
    journal.write("finding.dropped", by=by, about=finding.case.about, facts={"number": finding.number})
    found.discard()


def settle(case: Case, *, by: Account) -> None:
    """The visit is over: what was put right at once is closed, the rest waits, each with its own clock."""
    for each in case.findings.filter(status=FindingState.NOTED):
        if each.disposal == "fixed":
            move(each, FindingState.CLOSED, closed_at=timezone.now())
            continue
        move(each, FindingState.OPEN)
        last_moment = timezone.make_aware(datetime.combine(each.due_on, time(23, 59)))
        events.record(case, "rectify.due", by=by, at=last_moment, thread=each.thread)


def as_filed(case):
    """What stands in the findings, for the digest that the journal keeps."""
    return [
        [each.number, each.line, *(str(getattr(each, name)) for name in FIELDS), each.is_major]
        for each in case.findings.order_by("number")
    ]
