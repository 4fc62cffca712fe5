"""上报的内容: a submission's bytes as plain data, or refused before anything is kept. Knows shapes, no
acts."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_date, parse_datetime

from registries.errors import DomainError

from ..papers import spot
from . import sheets
from .findings import FIELDS
from .models import Answer, Entry, Exhibit, Filing, Finding, Visit

if TYPE_CHECKING:
    from ..case.models import Case

_VALUES, _KINDS, _SIGNERS = dict(Answer.VALUES), dict(Exhibit.KINDS), {"", *dict(Exhibit.SIGNERS)}
_FILED, _WAYS = dict(Filing.KINDS), dict(Entry.WAYS)
_SIGNED = ("visit", "undone", "supplement", "review")  # what people put their names under
MOST_FILES = 200
MOST_PAPERS = 20
MOST_SHARED = 200_000  # characters


def read(raw: bytes, case: Case, mark: uuid.UUID) -> dict[str, Any]:
    """The submission as plain data, whole enough to be kept. Raises filing_bad, sheet_bad.

    Of a signed one "signed" is what its sheet says; "kind" is always there: phones from before wrote none,
    and signed no text."""
    try:
        said = json.loads(raw)
        for name in ("signed", "refused", "digest", "spot"):  # ours to say, from what was signed
            said.pop(name, None)
        is_ours = str(said["uuid"]) == str(mark) and said["case"] == case.token
        said["kind"] = said.get("kind", "visit")
        shaped = [is_ours, said["kind"] in _FILED, _has_good_files(said["files"])]
        if said.get("v") == sheets.VERSION:
            shaped += _shape_of_lines(said.get("lines") or {}) + _shape_of_parts(said)
        elif said["kind"] == "visit":
            shaped += _shape_of_old(said)
        else:
            shaped.append(False)
        shaped.append(sheets.is_plain(said))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DomainError("filing_bad") from None
    if not all(shaped):
        raise DomainError("filing_bad")
    if said.get("v") == sheets.VERSION:
        _read_signed(said, case)
    return said


def read_share(raw: bytes) -> dict[str, Any]:
    """What one phone says of its lines, {"lines", "rulings"}, with moments as moments, and "more": photos and
    problems. Raises filing_bad."""
    try:
        said = json.loads(raw)
        shaped = [*_shape_of_lines(said["lines"]), isinstance(said["rulings"], dict), sheets.is_plain(said)]
        for each in said["rulings"].values():
            _texts(each, "by", "at")
            over = each["over"]
            shaped.append(isinstance(over, list) and all(_is_pair(pair) for pair in over))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DomainError("filing_bad") from None
    if not all(shaped):
        raise DomainError("filing_bad")
    told = {line: each | {"at": time_of(each["at"])} for line, each in said["lines"].items()}
    return {"lines": told, "rulings": said["rulings"], "more": _more_of(said)}


def _more_of(said):
    """The fingerprints of the photos and the wording of problems, as far as they have their shape."""
    photos, found, others = said.get("photos") or [], said.get("findings") or {}, said.get("others") or []
    is_shaped = (
        isinstance(photos, list)
        and isinstance(found, dict)
        and isinstance(others, list)
        and len(photos) <= MOST_FILES
        and all(isinstance(each, dict) for each in [*photos, *found.values(), *others])
    )
    if not is_shaped or len(json.dumps([photos, found, others])) > MOST_SHARED:
        raise DomainError("filing_bad")
    return {"photos": photos, "findings": found, "others": others}


def read_numbers(raw: bytes) -> dict[str, Any]:
    """What a phone says of the numbers that lie on it. Raises filing_bad."""
    try:
        said = json.loads(raw)
        shaped = [
            isinstance(said["device"], str) and 8 <= len(said["device"]) <= 36,
            _has_good_numbers(said),
            sheets.is_plain(said),
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DomainError("filing_bad") from None
    if not all(shaped):
        raise DomainError("filing_bad")
    return said | {"take": bool(said.get("take"))}


def _is_pair(thing):
    return isinstance(thing, list) and len(thing) == 2 and all(isinstance(each, str) for each in thing)


def _has_good_files(files):
    if not isinstance(files, list) or len(files) > MOST_FILES:
        return False
    for each in files:
        time_of(each.get("taken_at"))
        told = [each.get(name, "") for name in ("sha256", "line", "caption", "scaled_from")]
        if not (each["kind"] in _KINDS and each.get("signer", "") in _SIGNERS and each["sha256"]):
            return False
        if not all(isinstance(one, str) for one in told):
            return False
    return True


def _shape_of_lines(said):
    return [
        isinstance(said, dict),
        all(isinstance(each, dict) and each["value"] in _VALUES for each in said.values()),
        all(isinstance(each.get("note", ""), str) for each in said.values()),
        all(each.get("way", "") in _WAYS for each in said.values()),
        all(time_of(each.get("at")) is not None for each in said.values()),
    ]


def _shape_of_parts(said):
    found = said.get("findings") or []
    return [
        isinstance(found, list) and all(isinstance(each, dict) for each in found),
        all(isinstance(each.get("line", ""), str) for each in found),
        *(not said.get(name) or time_of(said[name]) is not None for name in ("left_at", "started_at")),
        isinstance(said.get("recusal") or {}, dict),
        isinstance(said.get("papers") or [], list) and len(said.get("papers") or []) <= MOST_PAPERS,
        _has_good_numbers(said.get("numbers") or {}),
    ]


def _has_good_numbers(told):
    spare, spoiled = told.get("spare") or [], told.get("spoiled") or []
    return (
        len(spare) + len(spoiled) <= MOST_FILES
        and all(isinstance(each, str) for each in [*spare, *(one for pair in spoiled for one in pair)])
        and all(len(pair) == 2 for pair in spoiled)
    )


def _shape_of_old(said):
    time_of(said["started_at"])
    time_of(said["ended_at"])
    found = [*(said.get("others") or []), *(said.get("findings") or {}).values()]
    return [
        isinstance(said["answers"], dict) and isinstance(said["record"], dict),
        isinstance(said.get("findings") or {}, dict),
        all(isinstance(each, dict) for each in found),
        all(
            each["value"] in _VALUES and isinstance(each.get("note", ""), str)
            for each in said["answers"].values()
        ),
    ]


def _read_signed(said, case):
    said["signatures"] = sheets.read_signatures(said.get("signatures") or [], said["files"])
    if said["kind"] in _SIGNED:
        said["signed"] = sheets.read(said.get("sheet"), said["kind"], case.token)
        try:
            _require_whole(said["signed"], said["kind"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DomainError("sheet_bad") from None
        said["digest"] = sheets.digest(said["sheet"])
        said["spot"] = [_paper(text, case) for text in said.get("papers") or []]
    if said.get("refusal"):
        told = sheets.read(said["refusal"], "refusal", case.token)
        if told.get("of") != said.get("digest"):
            raise DomainError("sheet_bad")
        said["refused"] = told


def _paper(text, case):
    """A paper that was signed on the phone, as it was signed there. Raises sheet_bad."""
    signed = sheets.read(text, "paper", case.token)
    try:
        spot.require_shape(signed)
        _require_whole(signed, "paper")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DomainError("sheet_bad") from None
    return {"text": text, "signed": signed, "digest": sheets.digest(text)}


def _require_whole(signed, kind):
    """Raises something where a sheet lacks a part that what follows reads."""
    for each in signed["team"]:
        _texts(each, "ref", "name", "role")
    for each in signed["photos"]:
        _texts(each, "sha256")
    moments = [time_of(each) for each in signed["stamps"].values()]
    lines = [*signed.get("lines", ()), *signed.get("aside", ())]
    if kind == "visit":
        moments += [time_of(signed["stamps"][name]) for name in ("arrived", "ended")]
        _texts(signed["record"], "record", "met", "site", "statement")
        _texts(signed["codes"], "entry", "enterprise")
        for each in signed["findings"]:
            _texts(each, "line")
    if kind == "review":
        _texts(signed, "record", "met", "enterprise", "unsigned_reason", "number")
        moments += [time_of(signed["stamps"]["ended"])]
        for each in signed["verdicts"]:
            _texts(each, "verdict", "note", "until")
            if type(each["number"]) is not int or each["verdict"] not in ("right", "wrong", "half"):
                raise ValueError(each["number"])
    if kind == "undone":
        _texts(signed, "reason", "seen", "asked")
        moments += [time_of(each) for each in signed["calls"]]
    for each in lines:
        _texts(each, "line", "value", "note", "by", "at", "way")
        moments.append(time_of(each["at"]))
        most = Answer._meta.get_field("note").max_length
        if each["way"] not in _WAYS or each["value"] not in _VALUES or len(each["note"]) > most:
            raise ValueError(each["line"])
    if len({(each["by"], each["line"]) for each in lines}) != len(lines):
        raise ValueError("two words of one person on one line")
    if None in moments or not signed["team"] or not isinstance(signed["photos"], list):
        raise ValueError("a moment that no clock shows")


def _texts(thing, *names):
    if not isinstance(thing, dict) or not all(isinstance(thing[name], str) for name in names):
        raise TypeError(names)


def files_of(said: dict[str, Any]) -> set[str]:
    """The digests of the files that a submission speaks of."""
    return {each["sha256"] for each in said["files"]}


def named(said: dict[str, Any]) -> set[str]:
    """The digests of the photos that a signed text speaks of."""
    photos = said.get("signed", {}).get("photos", [])
    return {each["sha256"] for each in photos if isinstance(each, dict) and each.get("sha256")}


def finding_of(told: dict[str, Any]) -> dict[str, Any]:
    """What is said of a finding, as its fields. Raises filing_long, filing_day."""
    known: dict[str, Any] = {
        name: told[name] for name in FIELDS if isinstance(told.get(name), str) and name != "due_on"
    }
    if "due_on" in told:  # emptied by hand is not the bureau's usual term
        known["due_on"] = day_of(told["due_on"]) if told["due_on"] else None
    for name in ("facts", "major_reason"):
        most = Finding._meta.get_field(name).max_length
        if len(known.get(name, "")) > most:
            raise DomainError("filing_long", field=Finding._meta.get_field(name).verbose_name, most=most)
    if known.get("disposal", "order") not in ("fixed", "order", "measure"):
        known.pop("disposal")
    return known


def record_of(record: dict[str, Any], names: list[str]) -> dict[str, str]:
    """What is said of the record, as fields of the visit. Raises filing_long."""
    known = {name: str(record.get(name) or "").strip() for name in names}
    for name, text in known.items():
        field = Visit._meta.get_field(name)
        if field.max_length and len(text) > field.max_length:
            raise DomainError("filing_long", field=field.verbose_name, most=field.max_length)
    known["signed"] = known.get("signed") or "signed"
    if known["signed"] not in dict(Visit._meta.get_field("signed").choices):
        raise DomainError("filing_long", field="签字情况", most=10)
    return known


def mark_of(text: Any) -> uuid.UUID:
    """The mark of a submission. Raises filing_bad."""
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise DomainError("filing_bad") from None


def time_of(text: Any) -> datetime | None:
    """A moment; None where nothing is said, or where the clock has stopped. Raises filing_bad."""
    if not text:
        return None
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise DomainError("filing_bad")
    return moment if 1971 <= moment.year <= 2199 else None  # a phone whose clock has stopped says nothing


def day_of(text: Any) -> date:
    """A day. Raises filing_day."""
    try:
        day = parse_date(text)
    except (ValueError, TypeError):
        day = None
    if day is None or not 2000 <= day.year <= 2199:
        raise DomainError("filing_day", text=str(text)[:20])
    return day


def degrees_of(value: Any, most: int) -> float | None:
    """A latitude or longitude, or nothing."""
    return round(value, 6) if isinstance(value, int | float) and abs(value) <= most else None


def parsed(raw: bytes) -> dict[str, Any]:
    """A sheet that was read before."""
    return json.loads(raw)
