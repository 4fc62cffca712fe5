"""A leaf of MQL1: canonical JSON, exactly the fields of its kind (registries/data/leaves.json)."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .tiles import MOST

if TYPE_CHECKING:
    from typing import Any

VERSION = "MQL1"
FIELDS = json.loads((Path(__file__).parent.parent / "data/leaves.json").read_text(encoding="utf-8"))
_LIMIT = 2**53


class BadLeaf(ValueError):
    """What MQL1 has no form for: a mistake of ours, never of a person at a desk."""


def text_of(kind: str, fields: dict[str, Any], **frame: Any) -> str:
    """A leaf's text. `frame`: bureau, n, at, about, digest. Raises BadLeaf."""
    if sorted(fields) != FIELDS.get(kind):
        raise BadLeaf(f"{kind}: {sorted(fields)}")
    text = dump({"v": VERSION, "kind": kind} | frame | fields)
    if len(text.encode()) > MOST:
        raise BadLeaf(f"{kind}: {len(text.encode())} bytes")
    return text


def moment(text: str) -> datetime:
    """The moment that a leaf writes."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M%z")


def dump(value: Any) -> str:
    """Canonical JSON (SJS1 §2) as text; strings become NFC. Raises BadLeaf on null, true, false, fractions
    and what no JSON has."""
    told = _plain(value)
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_plain(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LIMIT:
        return value
    raise BadLeaf(f"{type(value).__name__} {value!r}")
