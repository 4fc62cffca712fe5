"""逐行合并: of what several people said of one line, what stands, and what does not and stays readable. The
same few rules as on the phone (static/js/field-merge.js); which order things arrive in makes no difference.

An entry: {"by", "value", "note", "at", "way"}. A ruling: {"by", "at", "over"}: whose entry the leader
chose, of which moment, and the [by, at] of all that he had before him."""

from __future__ import annotations

from typing import Any

Entry = dict[str, Any]


def merge(entries: list[Entry], ruling: dict[str, Any] | None = None) -> dict[str, Any]:
    """What was said of one line in; out {"stands": Entry or None, "is_open": bool, "aside": [Entry]}.

    The last word of each person counts. One word: it stands. An answer beats 未检查. Two that differ: open,
    until the leader has chosen; his choice stands as long as nobody has said anything since."""
    last = _last(entries)
    if not last:
        return {"stands": None, "is_open": False, "aside": []}
    chosen = _chosen(last, ruling)
    looked = [each for each in last if each["value"] != "skip"] or last
    values, notes = {each["value"] for each in looked}, {each["note"] for each in looked if each["note"]}
    stands = chosen or next((each for each in looked if each["note"]), looked[0])
    is_open = chosen is None and (len(values) > 1 or len(notes) > 1)
    if is_open:
        stands = looked[0]
    aside = [each for each in last if _differs(each, stands)]
    return {"stands": stands, "is_open": is_open, "aside": aside}


def _last(entries):
    """The last word of each person, in the order of time."""
    found: dict[str, Entry] = {}
    for each in sorted(entries, key=lambda each: (each["at"], each["by"])):
        found[each["by"]] = each
    return sorted(found.values(), key=lambda each: (each["at"], each["by"]))


def _chosen(last, ruling):
    if not ruling:
        return None
    over = {tuple(each) for each in ruling["over"]}
    if not {(each["by"], each["at"]) for each in last} <= over:
        return None  # somebody has said something that the leader did not know
    return next((each for each in last if (each["by"], each["at"]) == (ruling["by"], ruling["at"])), None)


def _differs(entry, stands):
    """A note that was left out says nothing else; the same words twice are one answer."""
    return entry["value"] != stands["value"] or bool(entry["note"]) and entry["note"] != stands["note"]
