"""办理上报: what each kind of submission does, with the same acts as the desk. Who refuses, raises; what
came after the signing is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from registries.errors import DomainError
from registries.services import storage

from ..case import readiness, staffing
from ..case.opening import lines_of
from ..states import FOLLOWED_CASE, CaseState, EntryState, FilingState
from . import findings, lines, moments, onthespot, recusals, sheets, submissions, supplements, undone, visits
from .models import Sheet, Visit

if TYPE_CHECKING:
    from typing import Any

    from ..case.models import Case
    from .models import Filing

_STAMPS = ("arrived", "shown", "code", "notice", "rights")
WAITS = -1  # for the record of the same visit


def do(filing: Filing) -> int:
    """Carry a submission out. Returns how many lines it brings that came after the signing and differ: the
    team settles them, until then it is held."""
    said = submissions.read(filing.body.read(), filing.case, filing.uuid)
    filing.case.refresh_from_db()
    if said.get("v") != sheets.VERSION:
        return _unsigned(filing, said)
    return KINDS[said["kind"]](filing, said)


def finish(filing: Filing) -> None:
    """What can only be done once its photos and signatures count: the papers that were signed with it, and
    the numbers that it used or gives back."""
    said = submissions.read(filing.body.read(), filing.case, filing.uuid)
    if said.get("v") == sheets.VERSION and said["kind"] in ("visit", "undone"):
        filing.case.refresh_from_db()
        onthespot.carry(filing, said)


# -- a visit, as it was signed -------------------------------------------------------------------------


def _visit(filing, said):
    case, by, signed = filing.case, filing.by, said["signed"]
    people = _people(case)
    _require_signed(said, case, people)
    if case.status in FOLLOWED_CASE:
        return _second(filing, signed, people)
    readiness.require_lead(case)
    _require_whole(case, signed["lines"])
    stamps = signed["stamps"]
    if case.status == CaseState.OPENED:
        visits.start(case, by=by, at=moments.ours(stamps["arrived"], case), way="phone")
    inspector = staffing.require_member(case, by)
    _coded(case, signed, by)
    entries = _say_all(filing, [*signed["lines"], *signed["aside"]], people)
    lines.file(case, signed["lines"], people)
    _findings(case, inspector, signed["findings"], by)
    _keep_sheets(filing, said)
    ended = moments.ours(stamps["ended"], case)
    written = submissions.record_of(signed["record"] | _unsigned_facts(said), [*visits.NOTED, *visits.MORE])
    moments.note_phone(case, stamps)
    visits.end(case, by=by, at=ended, **written, **_told(filing, said, case))
    case.refresh_from_db()
    known = frozenset((each["by"], each["line"], each["at"]) for each in signed["aside"])
    others = case.entries.exclude(pk__in=[each.pk for each in entries]).select_related("by")
    lines.note_late(case, others.filter(status=EntryState.SAID), known)
    return 0


def _require_whole(case, told):
    """Each line of the checklist once, and none that is not on it."""
    if sorted(each["line"] for each in told) != sorted(each["key"] for each in lines_of(case)):
        raise DomainError("sheet_lines")


def _require_signed(said, case, people):
    """Every officer of the team, each for himself, and on site the enterprise, or else a witness of its
    refusal where there was one. Raises sheet_team, signature_missing, signature_other."""
    signed = said["signed"]
    _require_team(case, signed["team"], people)
    wanted = {each["role"]: each["name"] for each in signed["team"]}
    if "refused" not in said and said["kind"] == "visit" and case.is_onsite:
        wanted["met"] = signed["record"].get("met") or "现场负责人"
    sheets.require_signatures(said["signatures"], wanted, said["digest"])
    if "refused" in said and said["refused"].get("witness"):
        filed = sheets.digest(said["refusal"])
        sheets.require_signatures(said["signatures"], {"witness": str(said["refused"]["witness"])}, filed)


def _require_team(case, team, people):
    """Those who sign are of this case, each once and under his own name; before the record, all who sit in it
    now."""
    refs, roles = [each["ref"] for each in team], [each["role"] for each in team]
    is_own = all(each["ref"] in people and people[each["ref"]].name == each["name"] for each in team)
    is_once = (
        len(set(refs)) == len(refs) and len(set(roles)) == len(roles) and set(roles) <= {*sheets.OFFICERS}
    )
    seated = {seat.inspector.ref for seat in readiness.able(case).select_related("inspector")}
    is_all = case.status in FOLLOWED_CASE or seated <= set(refs)
    if not (is_own and is_once and is_all):
        raise DomainError("sheet_team")


def _unsigned_facts(said):
    """How the enterprise signed, or why it did not: beside the text, under the fingerprint of its own
    sheet."""
    told = said.get("refused")
    if told is None:
        return {"signed": "signed"}
    words = f"：{told['words']}" if told.get("words") else ""
    reason = f"{told.get('reason', '')}{words}"[:200]
    return {
        "signed": "absent" if told.get("way") == "absent" else "refused",
        "unsigned_reason": reason,
        "witness": str(told.get("witness") or "")[:60],
    }


def _second(filing, signed, people):
    """A whole record that comes when one is there already: its lines are what people said, its own words and
    photos are for the team to look at."""
    _say_all(filing, [*signed["lines"], *signed["aside"]], people)
    late = filing.entries.filter(status=EntryState.LATE).count()
    if late == 0:
        raise DomainError("filing_second", subject=filing.case.subject.name)
    return late


def _say_all(filing, said, people):
    """Each line under the name of who answered it, whoever's phone it comes from."""
    made = []
    for each in sorted(said, key=lambda each: each["at"]):
        if each["by"] not in people:
            raise DomainError("sheet_stranger", ref=each["by"])
        told = {each["line"]: each | {"at": submissions.time_of(each["at"])}}
        made += lines.say(filing.case, people[each["by"]], told, filing=filing)
    return made


def _people(case):
    """Everybody who sits, or sat, in the case or one that is visited with it, by register number."""
    found = {}
    for each in readiness.joined(case):
        seats = [*each.assignments.select_related("inspector"), *each.delegates.select_related("inspector")]
        found |= {seat.inspector.ref: seat.inspector for seat in seats}
    return found


def _keep_sheets(filing, said):
    kinds = {said["kind"]: said["sheet"]} | ({"refusal": said["refusal"]} if "refused" in said else {})
    made = []
    for kind, text in kinds.items():
        body = storage.keep(text.encode(), "application/json")
        made.append(
            Sheet.objects.create(
                bureau_id=filing.case.bureau_id, case=filing.case, filing=filing, kind=kind, body=body
            )
        )
    return made


def _coded(case, signed, by):
    code = str(signed.get("codes", {}).get("entry") or "").strip()[:60]
    if code and not case.entry_code:
        visits.enter_code(case, by=by, entry_code=code)


def _told(filing, said, case):
    left = submissions.time_of(said.get("left_at"))
    stamps = {name: said["signed"]["stamps"].get(name, "") for name in _STAMPS}
    statement = str((said["signed"].get("record") or {}).get("statement") or "")
    return {
        "left_at": moments.ours(left, case) if left else None,
        "stamps": stamps,
        "statement": statement,
        "clock_note": moments.doubt(filing, said, case),
    }


def _findings(case, inspector, told, by):
    findings.collect(case, inspector)
    own = {each.line: each for each in case.findings.exclude(line="")}
    case.findings.filter(line="", by=inspector).discard()  # what stood there before he signed comes anew
    for each in told:
        if each.get("line"):
            if found := own.get(each["line"]):
                findings.write(found, by=by, **submissions.finding_of(each))
        else:
            known = {"wording": "", "basis": ""} | submissions.finding_of(each)
            findings.note_other(case, inspector, by=by, is_major=bool(each.get("is_major")), **known)


# -- the lines of one of two ---------------------------------------------------------------------------


def _lines(filing, said):
    """What one officer answered: of the leader's case, merged line by line; of the other case of a joint
    visit, its checklist, whole."""
    case, by = filing.case, filing.by
    inspector = staffing.require_member(case, by)
    answered = {
        line: each | {"at": submissions.time_of(each.get("at"))}
        for line, each in (said.get("lines") or {}).items()
    }
    is_joint = readiness.lead_of(case).pk != case.pk
    if is_joint and case.status == CaseState.OPENED:
        began = min(
            filter(None, [submissions.time_of(said.get("started_at")), _led_since(case)]), default=None
        )
        visits.start(case, by=by, at=moments.ours(began, case), way="phone")
    lines.say(case, inspector, answered, filing=filing)
    told = [each for each in said.get("findings") or [] if is_joint or each.get("line")]
    if case.status == CaseState.STARTED:
        lines.stand(case)
        failed = set(case.answers.filter(value="fail").values_list("line", flat=True))
        _keep_found(case, inspector, [each for each in told if each.get("line", "") in {"", *failed}], by)
    if is_joint or not (outside := outside_list(case, said)):
        return filing.entries.filter(status=EntryState.LATE).count()
    if case.status not in FOLLOWED_CASE:
        return WAITS  # a problem outside the list: the record says first whether it knows it
    return filing.entries.filter(status=EntryState.LATE).count() + len(outside)


def _led_since(case):
    """When the leader of a joint visit arrived, as his record says that waits for these lines: the visit
    began with whoever came first."""
    waiting = readiness.lead_of(case).filings.filter(kind="visit", status=FilingState.RECEIVED).first()
    if waiting is None:
        return None
    said = submissions.read(waiting.body.read(), waiting.case, waiting.uuid)
    return submissions.time_of(said["signed"]["stamps"]["arrived"]) if "signed" in said else None


def outside_list(case: Case, said: dict[str, Any]) -> list[dict[str, Any]]:
    """The problems outside the list that a colleague filed and nobody has on record."""
    known = set(case.findings.filter(line="").values_list("wording", flat=True))
    known |= {text for made in case.supplements.all() for text in made.text.splitlines()}
    found = [each for each in said.get("findings") or [] if not each.get("line")]
    return [each for each in found if _words(each) and _words(each) not in known]


def _words(told):
    return str(told.get("wording") or "").strip()


def _keep_found(case, inspector, told, by):
    """The findings that a colleague wrote, where nobody has written on them yet."""
    findings.collect(case, inspector)
    others = set(case.findings.filter(line="").values_list("wording", flat=True))
    for each in told:
        known = submissions.finding_of(each)
        found = case.findings.filter(line=each.get("line") or "-", by=inspector).first()
        if found:
            findings.write(found, by=by, **known)
        elif not each.get("line") and known.get("wording", "").strip() not in others:
            known = {"wording": "", "basis": ""} | known
            findings.note_other(case, inspector, by=by, is_major=bool(each.get("is_major")), **known)


# -- could not be inspected; added later; recusal on the spot ----------------------------------------


def _undone(filing, said):
    case, signed = filing.case, said["signed"]
    if case.status in FOLLOWED_CASE:
        raise DomainError("filing_second", subject=case.subject.name)
    _require_signed(said, case, _people(case))
    stamps = signed["stamps"]
    undone.close(
        case,
        str(signed.get("reason")),
        signed,
        by=filing.by,
        photos=sum(each["kind"] == "photo" for each in said["files"]),
        at=moments.ours(stamps.get("arrived"), case),
        ended=moments.ours(stamps.get("ended"), case),
        way="phone",
        **_told(filing, said, case),
    )
    _keep_sheets(filing, said)
    return 0


def _supplement(filing, said):
    case, signed = filing.case, said["signed"]
    if case.sheets.filter(kind="supplement", body=said["digest"]).exists():
        raise DomainError("filing_second", subject=case.subject.name)
    _require_team(case, signed["team"], _people(case))
    wanted = {each["role"]: each["name"] for each in signed["team"]}
    if signed.get("enterprise") == "signed":
        wanted["met"] = str(signed.get("met") or "现场负责人")
    sheets.require_signatures(said["signatures"], wanted, said["digest"])
    sheet = next(each for each in _keep_sheets(filing, said) if each.kind == "supplement")
    at = moments.ours(signed["stamps"].get("ended"), case)
    supplements.add(case, sheet, signed, by=filing.by, at=at)
    return 0


def _recusal(filing, said):
    """The enterprise asks by word of mouth that an officer stays away: entered by whoever heard it."""
    case = filing.case
    told = said.get("recusal") if isinstance(said.get("recusal"), dict) else {}
    person = case.team().filter(inspector__ref=told.get("person")).select_related("inspector").first()
    if person is None:
        raise DomainError("recusal_not_in_team")
    parts = [str(told.get(name) or "").strip() for name in ("words", "ground", "view")]
    recusals.ask(
        case,
        person.inspector,
        applicant="subject",
        channel="oral",
        text="；".join(filter(None, parts)),
        contact=str(told.get("asker") or "")[:100],
        by=filing.by,
    )
    return 0


# -- phones from before, and the plain form of a submission: nothing in it is bound to a signature -----


def _unsigned(filing, said):
    case, by = filing.case, filing.by
    offset = timedelta(seconds=filing.skew)
    if case.status in FOLLOWED_CASE:
        raise DomainError("filing_second", subject=case.subject.name)
    started, ended = submissions.time_of(said["started_at"]), submissions.time_of(said["ended_at"])
    if started and ended and ended < started:
        raise DomainError("filing_times")
    if case.status == CaseState.OPENED:
        visits.start(case, by=by, at=moments.ours(started, case, offset))
    inspector = staffing.require_member(case, by)
    _require_alone(case, inspector, said)
    answered = {
        key: (each["value"], each.get("note", "").strip()[:500]) for key, each in said["answers"].items()
    }
    visits.answer(case, answered, by=by)
    told = [each | {"line": line} for line, each in (said.get("findings") or {}).items()]
    told += [each | {"line": ""} for each in said.get("others") or []]
    _findings(case, inspector, told, by)
    if readiness.lead_of(case).pk != case.pk:
        return 0  # the other side writes the record
    Visit.objects.filter(cases=case, ended_at=None).update(
        phone_started_at=started, phone_ended_at=ended, way="phone"
    )
    known = submissions.record_of(said["record"], [*visits.NOTED, *visits.MORE])
    visits.end(case, by=by, at=moments.ours(ended, case, offset), **known)
    return 0


def _require_alone(case, inspector, said):
    """What a colleague has filled in at the desk is not written over by a phone that did not know of it."""
    for each in case.answers.exclude(by=inspector):
        told = said["answers"].get(each.line)
        if told and (told["value"], told.get("note", "").strip()) != (each.value, each.note):
            raise DomainError("filing_differs_desk", line=each.line)


KINDS = {
    "visit": _visit,
    "lines": _lines,
    "undone": _undone,
    "supplement": _supplement,
    "recusal": _recusal,
}
