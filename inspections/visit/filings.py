"""上报: a visit from the phone. Kept first, receipted, then carried out; what cannot be
carried out is kept and said."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from registries.errors import DomainError
from registries.onebyone import one_by_one
from registries.services import journal, messages, storage
from registries.services.access import require
from registries.transitions import move

from ..case import readiness, staffing
from ..case.models import Case
from ..sentences import say
from ..states import FOLLOWED_CASE, CaseState, FilingState
from . import exhibits, findings, visits
from .models import Answer, Exhibit, Filing, Finding, Upload, Visit

if TYPE_CHECKING:
    from registries.models import Account

_log = logging.getLogger(__name__)
_SIGNED = dict(Visit._meta.get_field("signed").choices)
SKEW = 300  # seconds; more than this is shown to the reviewer
_VALUES, _KINDS, _SIGNERS = dict(Answer.VALUES), dict(Exhibit.KINDS), {"", *dict(Exhibit.SIGNERS)}


def receive(
    case: Case, said_uuid: str, raw: bytes, *, by: Account, sent_at: datetime | None = None
) -> Filing:
    """The bytes of a submission in, Filing out; the second time the same bytes give the same Filing.

    Raises filing_bad (not ours to read), filing_differs (the same mark with other bytes), filing_files (files
    that have to be uploaded first). `sent_at`: the phone's clock at this moment, beside the bytes. Carried
    out in a transaction of its own, so that the receipt does not hang on it.
    """
    require(by, "inspections.work_case", case.bureau)
    mark, digest = _uuid(said_uuid), hashlib.sha256(raw).hexdigest()
    known = _same(mark, digest)
    if known is not None:
        return carry_out(known) if known.status == FilingState.RECEIVED else known
    said = _read(raw, case, mark)
    if str(said.get("account", by.pk)) != str(by.pk):
        raise DomainError("filing_account")  # the phone's page is of one person, the sign-in of another
    missing = sorted(
        _files(said) - set(Upload.objects.filter(case=case).values_list("original_id", flat=True))
    )
    if missing:
        raise DomainError("filing_files", count=len(missing), files=missing)
    try:
        filing = _keep(case, mark, raw, said, by, sent_at or timezone.now())
    except IntegrityError:
        known = _same(mark, digest)  # the other of two at once was first
        if known is None:
            raise
        return known
    return carry_out(filing)


@transaction.atomic
def _keep(case, mark, raw, said, by, sent_at):
    body = storage.keep(raw, "application/json")
    filing = Filing.objects.create(
        bureau_id=case.bureau_id,
        uuid=mark,
        case=case,
        body=body,
        by=by,
        sent_at=sent_at,
        skew=_bounded((sent_at - timezone.now()).total_seconds()),
    )
    for each in said["files"]:
        upload = Upload.objects.get(case=case, original=each["sha256"])
        exhibits.keep(
            case,
            upload,
            each["kind"],
            by=by,
            filing=filing,
            signer=each.get("signer", ""),
            line=each.get("line", "")[:40],
            caption=each.get("caption", "")[:200],
            taken_at=_time(each.get("taken_at")),
            latitude=_degrees(each.get("latitude"), 90),
            longitude=_degrees(each.get("longitude"), 180),
        )
    journal.write(
        "filing.received",
        by=by,
        about=case.about,
        facts={"filing": filing.pk, "digest": body.digest, "skew": filing.skew},
    )
    return filing


def carry_out(filing):
    """Do what the submission says: start, answers, findings, record, end. Returns
    the Filing, taken or held."""
    try:
        with transaction.atomic():
            Case.objects.select_for_update(no_key=True).only("pk").get(pk=filing.case_id)
            filing.refresh_from_db()
            if filing.status == FilingState.TAKEN:
                return filing
            _do(filing)
            move(filing, FilingState.TAKEN, taken_at=timezone.now(), reason="")
            messages.settle(filing)
            journal.write("filing.taken", by=filing.by, about=filing.case.about, facts={"filing": filing.pk})
    except DomainError as refused:
        _hold(filing, say(refused))
    except (OperationalError, InterfaceError):
        raise  # the database is away: again later
    except Exception:
        # Whatever it holds that nobody has thought of: it is kept, people see it, and the
        # next one is not kept waiting.
        _log.exception("filing %s could not be carried out", filing.pk)
        _hold(filing, "系统没有办成，原文已留存，请联系系统管理人员")
    if filing.status == FilingState.TAKEN:
        _others(filing)
    return filing


def _hold(filing, reason):
    with transaction.atomic():
        filing.refresh_from_db()
        if filing.status == FilingState.RECEIVED:
            move(filing, FilingState.HELD, reason=reason[:300])
            messages.hand_on(filing)  # whoever sent it, too: it is on the phone no more
            journal.write("filing.held", by=filing.by, about=filing.case.about, facts={"filing": filing.pk})
        elif filing.status == FilingState.HELD:
            Filing.objects.filter(pk=filing.pk).update(reason=reason[:300])
            filing.refresh_from_db()


def _others(filing):
    """A joint visit's lead may have waited for these answers."""
    joined = [each.pk for each in readiness.joined(filing.case) if each.pk != filing.case_id]
    for each in Filing.objects.filter(case__in=joined, status=FilingState.HELD).order_by("pk"):
        carry_out(each)


def _do(filing):
    said, case, by = json.loads(filing.body.read()), filing.case, filing.by
    offset = timedelta(seconds=filing.skew)
    case.refresh_from_db()
    if case.status in FOLLOWED_CASE:
        raise DomainError("filing_second", subject=case.subject.name)
    started, ended = _time(said["started_at"]), _time(said["ended_at"])
    if started and ended and ended < started:
        raise DomainError("filing_times")
    if case.status == CaseState.OPENED:
        visits.start(case, by=by, at=_ours(started, offset, case))
    inspector = staffing.require_member(case, by)
    _require_alone(case, inspector, said)
    visits.answer(
        case, {key: (each["value"], each.get("note", "")) for key, each in said["answers"].items()}, by=by
    )
    _findings(case, inspector, said, by)
    if readiness.lead_of(case).pk != case.pk:
        return  # the other side writes the record
    Visit.objects.filter(cases=case, ended_at=None).update(
        phone_started_at=started, phone_ended_at=ended, way="phone"
    )
    record = said["record"]
    known = {name: str(record.get(name) or "").strip() for name in [*visits.NOTED, *visits.MORE]}
    for name, text in known.items():
        field = Visit._meta.get_field(name)
        if field.max_length and len(text) > field.max_length:
            raise DomainError("filing_long", field=field.verbose_name, most=field.max_length)
    known["signed"] = known["signed"] or "signed"
    if known["signed"] not in _SIGNED:
        raise DomainError("filing_long", field="签字情况", most=10)
    visits.end(case, by=by, at=_ours(ended, offset, case), **known)


def _require_alone(case, inspector, said):
    """What a colleague has filled in at the desk is not written over by a phone that did not know of it."""
    for each in case.answers.exclude(by=inspector):
        told = said["answers"].get(each.line)
        if told and (told["value"], told.get("note", "").strip()) != (each.value, each.note):
            raise DomainError("filing_differs_desk", line=each.line)


def _findings(case, inspector, said, by):
    findings.collect(case, inspector)
    for each in case.findings.exclude(line=""):
        told = (said.get("findings") or {}).get(each.line)
        if told:
            findings.write(each, by=by, **_told(told))
    for told in said.get("others") or []:
        findings.note_other(
            case,
            inspector,
            by=by,
            is_major=bool(told.get("is_major")),
            **{"wording": "", "basis": ""} | _told(told),
        )


def _told(told):
    known = {
        name: str(told[name])
        for name in findings.FIELDS
        if isinstance(told.get(name), str) and name != "due_on"
    }
    if "due_on" in told:  # emptied by hand is not the bureau's usual term
        known["due_on"] = _day(told["due_on"]) if told["due_on"] else None
    for name in ("facts", "major_reason"):
        most = Finding._meta.get_field(name).max_length
        if len(known.get(name, "")) > most:
            raise DomainError("filing_long", field=Finding._meta.get_field(name).verbose_name, most=most)
    if known.get("disposal", "order") not in ("fixed", "order", "measure"):
        known.pop("disposal")
    return known


def _ours(moment, offset, case):
    """The phone's moment on the server's clock: never before the case was opened, never ahead of now."""
    now = timezone.now()
    return min(max(moment - offset, case.opened_at), now) if moment else now


def _read(raw, case, mark):
    """The submission as plain data, whole enough to be kept. Raises filing_bad."""
    try:
        said = json.loads(raw)
        shaped = [
            str(said["uuid"]) == str(mark) and said["case"] == case.token,
            isinstance(said["answers"], dict) and isinstance(said["record"], dict),
            isinstance(said["files"], list) and len(said["files"]) <= 200,
            isinstance(said.get("findings") or {}, dict),
            all(
                isinstance(each, dict)
                for each in [*(said.get("others") or []), *(said.get("findings") or {}).values()]
            ),
            all(
                each["value"] in _VALUES and isinstance(each.get("note", ""), str)
                for each in said["answers"].values()
            ),
            all(each["kind"] in _KINDS and each.get("signer", "") in _SIGNERS for each in said["files"]),
            all(
                isinstance(each.get(name, ""), str)
                for each in said["files"]
                for name in ("sha256", "line", "caption")
            ),
            all(each["sha256"] for each in said["files"]),
        ]
        moments = [_time(said["started_at"]), _time(said["ended_at"])]
        moments += [_time(each.get("taken_at")) for each in said["files"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DomainError("filing_bad") from None
    if not all(shaped) or not _is_plain(said):
        raise DomainError("filing_bad")
    return said


def _files(said):
    return {each["sha256"] for each in said["files"]}


def _same(mark, digest):
    known = Filing.objects.filter(uuid=mark).first()
    if known is not None and known.body_id != digest:
        raise DomainError("filing_differs")
    return known


def _uuid(text):
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise DomainError("filing_bad") from None


def _time(text):
    if not text:
        return None
    moment = parse_datetime(text) if isinstance(text, str) else None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise DomainError("filing_bad")
    return moment if 1971 <= moment.year <= 2199 else None  # a phone whose clock has stopped says nothing


def _day(text):
    try:
        day = parse_date(text)
    except (ValueError, TypeError):
        day = None
    if day is None or not 2000 <= day.year <= 2199:
        raise DomainError("filing_day", text=str(text)[:20])
    return day


def _is_plain(thing):
    """No character that a database or a PDF cannot hold: NUL, half of a pair."""
    if isinstance(thing, str):
        return not any(letter == "\0" or 0xD800 <= ord(letter) <= 0xDFFF for letter in thing)
    if isinstance(thing, dict):
        return all(_is_plain(each) for pair in thing.items() for each in pair)
    return all(map(_is_plain, thing)) if isinstance(thing, list) else True


def _degrees(value, most):
    return round(value, 6) if isinstance(value, int | float) and abs(value) <= most else None


def _bounded(seconds):
    return max(-(2**31), min(2**31 - 1, int(seconds)))


def again():
    """Carry out what was received and then left behind by a crash. Returns how many."""
    waiting = Filing.objects.filter(
        status=FilingState.RECEIVED, received_at__lt=timezone.now() - timedelta(minutes=1)
    )
    return len(one_by_one(waiting, carry_out, _log))
