"""办理上报: what each kind of submission does, with the same acts as the desk. Who refuses, raises; what
came after the signing is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from registries.errors import DomainError
from registries.services import storage

from ..case import readiness, staffing
from ..case.opening import lines_of
from ..states import FOLLOWED_CASE, CaseState, EntryState
from . import findings, lines, recusals, sheets, submissions, supplements, undone, visits
from .models import Sheet, Visit

if TYPE_CHECKING:
    from typing import Any

    from .models import Filing

_STAMPS = ("arrived", "shown", "code", "notice", "rights")


def do(filing: Filing) -> int:
    """Carry a submission out. Returns how many lines it brings that came after the signing and differ: the
    team settles them, until then it is held."""
    said = submissions.read(filing.body.read(), filing.case, filing.uuid)
    filing.case.refresh_from_db()
    if said.get("v") != sheets.VERSION:
        return _unsigned(filing, said)
    return _BY_KIND[said["kind"]](filing, said)


# -- a visit, as it was signed -------------------------------------------------------------------------


def _visit(filing, said):
    case, by, signed = filing.case, filing.by, said["signed"]
    people = _people(case)
    if case.status in FOLLOWED_CASE:
        return _second(filing, signed, people)
    _require_signed(said, case)
    _require_whole(case, signed["lines"])
    stamps = signed["stamps"]
    if case.status == CaseState.OPENED:
        visits.start(case, by=by, at=_ours(stamps["arrived"], case), way="phone")
    inspector = staffing.require_member(case, by)
    _coded(case, signed, by)
    entries = _say_all(filing, [*signed["lines"], *signed["aside"]], people)
    lines.file(case, signed["lines"], people)
    _findings(case, inspector, signed["findings"], by)
    _keep_sheets(filing, said)
    if readiness.lead_of(case).pk == case.pk:
        ended = _ours(stamps["ended"], case)
        written = submissions.record_of(
            signed["record"] | _unsigned_facts(said), [*visits.NOTED, *visits.MORE]
        )
        _note_phone(case, stamps)
        visits.end(case, by=by, at=ended, **written, **_told(filing, said, case))
    case.refresh_from_db()
    if case.status in FOLLOWED_CASE:
        known = frozenset((each["by"], each["line"], each["at"]) for each in signed["aside"])
        others = case.entries.exclude(pk__in=[each.pk for each in entries]).select_related("by")
        lines.note_late(case, others.filter(status=EntryState.SAID), known)
    return 0


def _require_whole(case, told):
    """Each line of the checklist once, and none that is not on it."""
    if sorted(each["line"] for each in told) != sorted(each["key"] for each in lines_of(case)):
        raise DomainError("sheet_lines")


def _require_signed(said, case):
    """Every officer, and on site the enterprise, or else a witness of its refusal where there was one."""
    wanted = {each["role"]: each["name"] for each in said["signed"]["team"]}
    record = said["signed"].get("record") or {}
    if "refused" not in said and said["kind"] == "visit" and case.is_onsite:
        wanted["met"] = record.get("met") or "现场负责人"
    sheets.require_signatures(said["signatures"], wanted, said["digest"])
    if "refused" in said and said["refused"].get("witness"):
        filed = sheets.digest(said["refusal"])
        sheets.require_signatures(said["signatures"], {"witness": str(said["refused"]["witness"])}, filed)


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
    if filing.case.sheets.filter(filing=filing).exists():
        return 0
    made = _say_all(filing, [*signed["lines"], *signed["aside"]], people)
    late = sum(each.status == EntryState.LATE for each in made)
    if late == 0:
        raise DomainError("filing_second", subject=filing.case.subject.name)
    return late


def _say_all(filing, said, people):
    """Each line under the name of who answered it, whoever's phone it comes from."""
    by_author: dict[str, dict[str, Any]] = {}
    for each in said:
        told = each | {"at": submissions.time_of(each["at"])}
        by_author.setdefault(each["by"], {})[each["line"]] = told
    made = []
    for ref, answered in by_author.items():
        if ref not in people:
            raise DomainError("sheet_stranger", ref=ref)
        made += lines.say(filing.case, people[ref], answered, filing=filing)
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
        "left_at": _ours(left, case) if left else None,
        "stamps": stamps,
        "statement": statement,
        "clock_note": _doubt(filing, said, case),
    }


def _doubt(filing, said, case):
    """What a reader has to know of the phone's clock, in words; empty where it was right."""
    found, clock = [], filing.clock
    if abs(offset := _whole(clock.get("offset"))) > 60_000:
        found.append(
            f"手机的钟比标准时间{'慢' if offset > 0 else '快'} {_span(abs(offset))}，记录里已按标准时间改正"
        )
    jumps = clock.get("jumps") if isinstance(clock.get("jumps"), list) else []
    if jumps:
        found.append(f"检查期间手机的钟被拨动过 {len(jumps)} 次")
    now = timezone.now() + timedelta(minutes=5)
    moments = [submissions.time_of(each) for each in said["signed"]["stamps"].values()]
    if any(each and each > now for each in moments):
        found.append("手机记的时间在收到以后，已改为收到的时间")
    if any(each and each < case.opened_at for each in moments):
        found.append("手机记的时间在立项以前，已改为立项的时间")
    return "；".join(found)[:300]


def _whole(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _span(milliseconds):
    minutes = milliseconds // 60_000
    return (
        f"{minutes // 1440} 天"
        if minutes >= 2880
        else f"{minutes // 60} 小时"
        if minutes >= 120
        else f"{minutes} 分钟"
    )


def _note_phone(case, stamps):
    began, ended = submissions.time_of(stamps["arrived"]), submissions.time_of(stamps["ended"])
    if began and ended and ended < began:
        raise DomainError("filing_times")
    Visit.objects.filter(cases=case, ended_at=None).update(
        phone_started_at=began, phone_ended_at=ended, way="phone"
    )


def _ours(moment, case, offset=timedelta(0)):
    """The phone's moment on the server's clock: never before the case was opened, never ahead of now."""
    moment = submissions.time_of(moment) if isinstance(moment, str) else moment
    now = timezone.now()
    return min(max(moment - offset, case.opened_at), now) if moment else now


def _findings(case, inspector, told, by):
    findings.collect(case, inspector)
    own = {each.line: each for each in case.findings.exclude(line="")}
    case.findings.filter(line="").discard()  # the 其他 of a submission that was held come anew
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
        began = submissions.time_of(said.get("started_at"))
        visits.start(case, by=by, at=_ours(began, case), way="phone")
    made = lines.say(case, inspector, answered, filing=filing)
    if case.status == CaseState.STARTED:
        lines.stand(case, {each.line for each in made})
        told = said.get("findings")
        told = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
        failed = set(case.answers.filter(value="fail").values_list("line", flat=True))
        _keep_found(case, inspector, [each for each in told if each.get("line", "") in {"", *failed}], by)
    return sum(each.status == EntryState.LATE for each in made)


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
    _require_signed(said, case)
    _note = signed["stamps"]
    undone.close(
        case,
        str(signed.get("reason")),
        signed,
        by=filing.by,
        photos=len(submissions.named(said)),
        at=_ours(_note.get("arrived"), case),
        ended=_ours(_note.get("ended"), case),
        way="phone",
        **_told(filing, said, case),
    )
    _keep_sheets(filing, said)
    return 0


def _supplement(filing, said):
    case = filing.case
    wanted = {each["role"]: each["name"] for each in said["signed"]["team"]}
    if said["signed"].get("enterprise") == "signed":
        wanted["met"] = "现场负责人"
    sheets.require_signatures(said["signatures"], wanted, said["digest"])
    sheet = next(each for each in _keep_sheets(filing, said) if each.kind == "supplement")
    at = _ours(said["signed"]["stamps"].get("ended"), case)
    supplements.add(case, sheet, said["signed"], by=filing.by, at=at)
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
        visits.start(case, by=by, at=_ours(started, case, offset))
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
    visits.end(case, by=by, at=_ours(ended, case, offset), **known)
    return 0


def _require_alone(case, inspector, said):
    """What a colleague has filled in at the desk is not written over by a phone that did not know of it."""
    for each in case.answers.exclude(by=inspector):
        told = said["answers"].get(each.line)
        if told and (told["value"], told.get("note", "").strip()) != (each.value, each.note):
            raise DomainError("filing_differs_desk", line=each.line)


_BY_KIND = {
    "visit": _visit,
    "lines": _lines,
    "undone": _undone,
    "supplement": _supplement,
    "recusal": _recusal,
}
