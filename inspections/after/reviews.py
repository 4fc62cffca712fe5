"""复查上报: looking again where there is no network. The phone's submission does what the desk does:
verdicts, more time asked for, the 整改复查意见书 with a lent number."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.onebyone import one_by_one
from registries.services import messages, storage

from ..case import readiness
from ..papers import spot
from ..sentences import say
from ..visit import filings, moments, onthespot, sheets, submissions
from ..visit.models import Sheet
from . import rectifications

if TYPE_CHECKING:
    from datetime import datetime

    from registries.models import Account

    from ..case.models import Case
    from ..visit.models import Filing

_log = logging.getLogger(__name__)


def receive(case: Case, mark: str, raw: bytes, *, by: Account, sent_at: datetime | None = None) -> Filing:
    """As filings.receive, for a re-inspection. Raises what it raises, and filing_bad for anything else."""
    return filings.receive(case, mark, raw, by=by, sent_at=sent_at, carry=carry_out, kinds=("review",))


def do(filing: Filing) -> int:
    """Carry a re-inspection out. Returns 0: nothing of it comes late. Raises sheet_team, signature_missing,
    and what rectifications.reinspect raises."""
    case, said = filing.case, submissions.read(filing.body.read(), filing.case, filing.uuid)
    signed = said["signed"]
    officers = _two(case, signed, filing.by)
    wanted = {each["role"]: each["name"] for each in signed["team"]}
    if signed["enterprise"] == "signed":
        wanted["met"] = signed["met"] or "现场负责人"
    sheets.require_signatures(said["signatures"], wanted, said["digest"])
    body = storage.keep(said["sheet"].encode(), "application/json")
    Sheet.objects.create(bureau_id=case.bureau_id, case=case, filing=filing, kind="review", body=body)
    found = {each.number: each for each in case.findings.all()}
    verdicts = {}
    for each in signed["verdicts"]:
        if each["number"] not in found:
            raise DomainError("review_unknown", number=each["number"])
        part = "部分整改：" if each["verdict"] == "half" and each["note"].strip() else ""
        verdicts[found[each["number"]]] = (each["verdict"] == "right", part + each["note"])
    at = moments.ours(submissions.time_of(signed["stamps"]["ended"]), case)
    for each in signed["verdicts"]:
        if each["until"] and each["verdict"] != "right":
            _ask_more(case, found[each["number"]], each, filing.by)
    rectifications.reinspect(
        case,
        verdicts,
        by=filing.by,
        second=officers[1],
        at=at,
        record=_record(signed),
        met=signed["met"],
        drafts=not signed["number"],
    )
    return 0


def _two(case, signed, by):
    """The two who looked: whoever hands it in, and the other one. Raises sheet_team."""
    people = {each.ref: each for each in readiness.on(case)}
    told = [people.get(each["ref"]) for each in signed["team"]]
    named = [each.name == one["name"] for each, one in zip(told, signed["team"], strict=True) if each]
    roles = [each["role"] for each in signed["team"]]
    if (
        len(told) < 2
        or None in told
        or not all(named)
        or len(set(told)) != len(told)
        or len(set(roles)) != len(roles)
    ):
        raise DomainError("sheet_team")
    mine = next((each for each in told if each.account_id == by.pk), None)
    if mine is None:
        raise DomainError("sheet_team")
    return [mine, next(each for each in told if each != mine)]


def _record(signed):
    unsigned = f"企业没有签字：{signed['unsigned_reason']}" if signed["enterprise"] != "signed" else ""
    return "\n".join(filter(None, [signed["record"], unsigned]))


def _ask_more(case, finding, told, by):
    """More time, as the team noted it: where it may not be given, the verdict stands all the same."""
    try:
        with transaction.atomic():
            rectifications.ask_extension(finding, submissions.day_of(told["until"]), told["note"], by=by)
    except DomainError as refused:
        team = [seat.inspector.account for seat in case.team().select_related("inspector__account")]
        text = f"“{case.subject.name}”第 {finding.number} 项没有申请延期：{say(refused)}"
        messages.tell(team, "returned", case, text[:200], by=by)


def finish(filing: Filing) -> None:
    """The 整改复查意见书 with its number, and the receipt for it; what was not used goes home."""
    said = submissions.read(filing.body.read(), filing.case, filing.uuid)
    signed, case = said["signed"], filing.case
    made = case.reinspections.order_by("-pk").first()
    if signed["number"]:
        told = {"code": "review", "number": signed["number"]}
        sheet = filing.sheets.get(kind="review")
        under = {"digest": sheet.body_id, "signatures": onthespot.names_under(filing, sheet.body_id)}
        fault = onthespot.tried(
            lambda: spot.issue(case, told, under, by=filing.by, at=made.at, reinspection=made)
        )
        if fault:
            rectifications.draft_paper(made, by=filing.by)
            onthespot.refuse(sheet, fault, filing.by)
    onthespot.carry(filing, said)


carry_out = partial(filings.carry_out, do=do, finish=finish)


def again() -> int:
    """Carry out what was received and then left behind by a crash. Returns how many."""
    waiting = filings.left_behind(timezone.now()).filter(kind="review")
    return len(one_by_one(waiting, carry_out, _log))
