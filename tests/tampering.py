"""Twelve ways to tamper with a downloaded file of a draw; each gives other bytes than were published."""

from __future__ import annotations

import json
from collections.abc import Callable

Way = Callable[[bytes], bytes]


def _dumped(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _first_text(value, change):
    """The value with its first text changed, wherever that stands."""
    if isinstance(value, str):
        return change(value), True
    parts = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    for key, part in parts:
        made, done = _first_text(part, change)
        if done:
            value[key] = made
            return value, True
    return value, False


def _loaded(change) -> Way:
    return lambda data: _dumped(change(json.loads(data)))


def _without_last(value):
    if isinstance(value, dict):
        value.pop(sorted(value)[-1])
        return value
    return value[:-1]


def _twice(value):
    if isinstance(value, dict):
        return value | {"zz": value[sorted(value)[-1]]}
    return [*value, value[-1] if value else {}]


def _backwards(value):
    return value[::-1] if isinstance(value, list) and len(value) > 1 else {"0": value}


WAYS: dict[str, Way] = {
    "another letter": _loaded(lambda value: _first_text(value, lambda text: "X" + text[1:])[0]),
    "a letter more": _loaded(lambda value: _first_text(value, lambda text: text + "0")[0]),
    "the last taken away": _loaded(_without_last),
    "the last twice": _loaded(_twice),
    "turned round": _loaded(_backwards),
    "emptied list": lambda data: b"[]",
    "emptied object": lambda data: b"{}",
    "nothing": lambda data: b"",
    "cut short": lambda data: data[: len(data) // 2],
    "white space": lambda data: data + b"\n",
    "byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "one byte": lambda data: data[:-2] + bytes([data[-2] ^ 1]) + data[-1:],
}
