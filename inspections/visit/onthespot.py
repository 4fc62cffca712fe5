"""当场签发: papers that were signed on a phone come with the visit. Each has its own verdict; one that cannot
stand is kept, said, and waits for the team, and never stops the visit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from registries.errors import DomainError
from registries.services import journal, messages, storage

from ..case import events, readiness
from ..papers import lending, spot
from ..sentences import say
from . import moments, sheets, submissions
from .models import Exhibit, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from registries.models import Account

    from ..case.models import Case
    from .models import Filing


def carry(filing: Filing, said: dict[str, Any]) -> None:
    """The number of the record, and the papers in the order of their signing; then what was spoiled and what
    was not used."""
    case, signed = filing.case, said["signed"]
    if said["kind"] == "visit":
        _consents(case, signed, filing.by)
        record = filing.sheets.get(kind="visit")
        fault = tried(lambda: _record(filing, signed, record)) if signed.get("number") else ""
        if fault:
            refuse(record, fault, filing.by)
    for each in said["spot"]:
        fault = tried(partial(_issue, filing, said, each))
        body = storage.keep(each["text"].encode(), "application/json")
        sheet = Sheet.objects.create(
            bureau_id=case.bureau_id, case=case, filing=filing, kind="paper", body=body, fault=fault[:300]
        )
        if fault:
            refuse(sheet, fault, filing.by)
    settle_numbers(case, said.get("numbers") or {}, by=filing.by)


@transaction.atomic
def settle_numbers(case: Case, told: dict[str, Any], *, by: Account) -> None:
    """What a phone says of the numbers lent to it: {"device", "spare": [key], "spoiled": [[key, reason]]},
    by the typed code of each lending. Told twice it is the same."""
    for key, reason in told.get("spoiled") or ():
        lent = case.lent.filter(Q(typed=key) | Q(number=key, device="")).first()  # typed in: no key
        # One that nobody knows, or that was used already, is no reason to stop anything.
        if lent:
            tried(partial(lending.spoil, lent, reason or "写坏了", by=by))
    if told.get("spare"):
        lending.come_home(case, str(told.get("device") or "")[:36], told["spare"], by=by)


def set_aside(filing: Filing, reason: str, *, by: Account) -> None:
    """A submission is not taken up: the numbers that its papers were signed under are void, and say why."""
    said = submissions.parsed(filing.body.read())
    named = [
        submissions.parsed(text).get("number")
        for text in [said.get("sheet"), *(said.get("papers") or [])]
        if text
    ]
    for number in filter(None, named):
        lent, why = (
            filing.case.lent.filter(number=number).order_by("pk").last(),
            f"所在的上报没有采用：{reason.strip()}",
        )
        if lent:
            tried(partial(lending.spoil, lent, why, by=by))
    settle_numbers(filing.case, said.get("numbers") or {}, by=by)


def tried(act: Callable[[], Any]) -> str:
    """Why an act was refused, in words; the empty text where it was done."""
    try:
        with transaction.atomic():
            act()
    except DomainError as refused:
        return say(refused)
    return ""


def _record(filing, signed, sheet):
    """The record itself, with the number that its text names: it stands as a paper at once."""
    told = {"code": "record", "number": signed["number"]}
    spot.issue(filing.case, told, {"digest": sheet.body_id}, by=filing.by, at=filing.case.ended_at)


def _issue(filing, said, each):
    case, signed = filing.case, each["signed"]
    wanted = {one["role"]: one["name"] for one in said["signed"]["team"]}
    if signed["code"] == "delivery" and signed.get("receiver_signs"):
        wanted["met"] = str(signed.get("receiver") or "现场负责人")
    if signed["code"] == "delivery" and signed.get("witness"):
        wanted["witness"] = str(signed["witness"])
    sheets.require_signatures(said["signatures"], wanted, each["digest"])
    at = moments.ours(submissions.time_of(signed["stamps"].get("signed")), case)
    under = names_under(filing, each["digest"])
    spot.issue(case, signed, {"digest": each["digest"], "signatures": under}, by=filing.by, at=at)


def names_under(filing: Filing, digest: str) -> list[dict[str, str]]:
    """The signatures of a submission under one text, as a paper shows them: [{"who", "file"}]."""
    found = Exhibit.objects.filter(filing=filing, kind="signature", signed_digest=digest).order_by("pk")
    return [
        {"who": f"{each.get_signer_display()}（{each.signer_name}）", "file": each.file_id}
        for each in found
        if each.file_id
    ]


def _consents(case, signed, by):
    """The head said by telephone that nothing need be stopped: he says so on record the same day."""
    found = {each.line or each.wording: each for each in case.findings.filter(is_major=True)}
    for told in signed["findings"]:
        consent, known = told.get("consent"), found.get(told["line"] or told.get("wording", "").strip())
        if known and isinstance(consent, dict) and str(consent.get("to") or "").strip():
            note = f"{consent['to']}：{consent.get('words') or ''}"[:300]
            at = moments.ours(submissions.time_of(consent.get("at")), case)
            events.record(case, "major.told", by=by, at=at, thread=known.thread, note=note)
            heads = messages.holders(case.bureau_id, "inspections.approve_task")
            asks = f"“{case.subject.name}”第 {known.number} 项重大隐患没有停用，说是您电话同意的，请当天确认"
            messages.tell(heads, "major", case, asks, by=by)


def refuse(sheet: Sheet, fault: str, by: Account) -> None:
    """A signed text has no paper: said to the team, whose clock begins."""
    case = sheet.case
    events.record(case, "paper.refused", by=by, thread=sheet.thread, note=fault)
    team = [seat.inspector.account for seat in case.team().select_related("inspector__account")]
    messages.tell(team, "returned", case, f"“{case.subject.name}”当场签的文书没有收下：{fault}"[:200], by=by)
    journal.write(
        "paper.refused", by=by, about=case.about, facts={"sheet": sheet.body_id, "why": fault[:200]}
    )


@transaction.atomic
def settle(sheet: Sheet, note: str, *, by: Account) -> None:
    """What became of a signed paper that could not stand: another was issued and served, or its number is
    void. Raises reason_needed, stale."""
    readiness.require_hand(sheet.case, by)
    readiness.hold(sheet.case)
    if not note.strip():
        raise DomainError("reason_needed")
    if sheet not in open_papers(sheet.case):
        raise DomainError("stale", what=str(sheet), status="已处理")
    events.record(sheet.case, "paper.settled", by=by, thread=sheet.thread, note=note)
    journal.write(
        "paper.settled",
        by=by,
        about=sheet.case.about,
        facts={"sheet": sheet.body_id, "note": note.strip()[:200]},
    )


def open_papers(case: Case) -> list[Sheet]:
    """The signed papers of a case that could not stand and that nobody has settled yet; each with `why`."""
    told = {}
    for each in case.events.filter(code__in=["paper.refused", "paper.settled"]).order_by("pk"):
        told[each.thread] = each
    found = []
    for sheet in case.sheets.select_related("body").order_by("pk"):
        last = told.get(sheet.thread)
        if last and last.code == "paper.refused":
            sheet.why = last.note
            found.append(sheet)
    return found
