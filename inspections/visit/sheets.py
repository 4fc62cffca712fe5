"""签名的内容: the text that people sign. One way of writing it down, one digest of it, and what a signature
needs to count: the digest of the very text that was filed. The phone writes it
(static/js/field-content.js); here it is read."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import TYPE_CHECKING, Any

from registries.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = 2
OFFICERS = ("officer", "second", "third", "fourth", "fifth", "sixth")  # the team, in the order of its seats
_SALT = re.compile(r"[0-9a-f]{32}")  # 128 random bits: nobody can guess a record from its fingerprint
_DIGEST = re.compile(r"[0-9a-f]{64}")


def canonical(thing: Any) -> str:
    """The one way in which a text is written: keys in order, no space, nothing but texts, whole numbers,
    yes, no and nothing. JSON.stringify of the same with its keys in order gives the same bytes."""
    return json.dumps(thing, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """The SHA-256 of a sheet: its fingerprint."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: Any, kind: str, token: str) -> dict[str, Any]:
    """A sheet's text in, what it says out. Raises sheet_bad: not written the one way, of another kind or
    case, without its random bits."""
    if not isinstance(text, str):
        raise DomainError("sheet_bad")
    try:
        said = json.loads(text)
        is_ours = said["v"] == VERSION and said["kind"] == kind and said["case"] == token
        is_whole = bool(_SALT.fullmatch(said["salt"])) and is_plain(said) and not _has_fraction(said)
        is_whole = is_whole and canonical(said) == text
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DomainError("sheet_bad") from None
    if not (is_ours and is_whole):
        raise DomainError("sheet_bad")
    return said


def require_signatures(signatures: Iterable[dict[str, str]], wanted: dict[str, str], filed: str) -> None:
    """Raises unless each of `wanted` ({role: name}) has signed the text with the digest `filed`. What was
    signed before a change stays on record and counts for nothing. Raises signature_missing,
    signature_other."""
    signed: dict[tuple[str, str], set[str]] = {}
    for each in signatures:
        signed.setdefault((each["role"], each["name"]), set()).add(each["digest"])
    for who in wanted.items():
        if who not in signed:
            raise DomainError("signature_missing", name=who[1])
        if filed not in signed[who]:
            raise DomainError("signature_other", name=who[1])


def read_signatures(told: Any, files: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The signatures of a submission, each with a picture of its own among the files, and no picture of a
    signature that is nobody's. Raises sheet_bad."""
    if not isinstance(told, list) or len(told) > 40:
        raise DomainError("sheet_bad")
    kept = {each["sha256"] for each in files if each["kind"] == "signature"}
    for each in told:
        is_shaped = isinstance(each, dict) and all(
            isinstance(each.get(name), str) for name in ("role", "name", "at", "digest", "sha256")
        )
        if not is_shaped or not _DIGEST.fullmatch(each["digest"]) or each["sha256"] not in kept:
            raise DomainError("sheet_bad")
    pictures = [each["sha256"] for each in told]
    if len(set(pictures)) != len(pictures) or set(pictures) != kept:
        raise DomainError("sheet_bad")
    return told


def is_plain(thing: Any) -> bool:
    """No character or number that a database or a PDF cannot hold: NUL, half of a pair, no number at all."""
    if isinstance(thing, str):
        return not any(letter == "\0" or 0xD800 <= ord(letter) <= 0xDFFF for letter in thing)
    if isinstance(thing, float):
        return math.isfinite(thing)
    if isinstance(thing, dict):
        return all(is_plain(each) for pair in thing.items() for each in pair)
    return all(map(is_plain, thing)) if isinstance(thing, list) else True


def _has_fraction(thing):
    if isinstance(thing, dict):
        return any(map(_has_fraction, thing.values()))
    return any(map(_has_fraction, thing)) if isinstance(thing, list) else isinstance(thing, float)
