"""What the public log is told of statements and releases. A statement's file has a nonce and goes when the
statement may be read no longer: its leaf stays, and tells nothing of whom it spoke."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registries.errors import DomainError
from registries.services import leaves

from ..reading import versions

if TYPE_CHECKING:
    from ..models import Disclosure, Ending, Release

_OVER = ("withdrawn", "repaired", "ended")
_FILES = {
    "commit": "commit.json",
    "result": "result.json",
    "changes": "changes.json",
    "openings": "openings.json",
}


def said(made: Disclosure) -> None:
    """A statement, the first of its kind or one in the place of another."""
    told = {
        "token": made.token,
        "kind": made.kind,
        "payload": made.payload,
        "digest": made.digest,
        "until": made.ends_on.isoformat() if made.ends_on else "",
        "supersedes": made.supersedes.token if made.supersedes_id else "",
        "reason": made.reason,
        "nonce": leaves.nonce(),
    }
    _write(made, "correction" if made.supersedes_id else made.kind, told)


def ended(ending: Ending) -> None:
    """That a statement is shown no more, and why; what it said goes."""
    shown = ending.disclosure
    told = {
        "token": shown.token,
        "kind": ending.kind,
        "reason": ending.reason,
        "basis": ending.basis,
        "versions": [each.token for each in versions(shown)],
        "nonce": leaves.nonce(),
    }
    gone = versions(shown)
    gone += type(shown).objects.filter(answers__in=gone)  # the enterprise's word goes with what it answers
    for each in gone:
        for entry in leaves.of(shown.bureau, each.token):
            told_before = json.loads(entry.text)
            if told_before["sub"] not in _OVER:
                leaves.take_away(shown.bureau, told_before["digest"])
    if not _told(shown, _OVER):
        _write(shown, ending.kind, told)


def _told(disclosure, subs):
    """Whether the log has this already: the database was older, and it was taken back."""
    return any(
        json.loads(entry.text)["sub"] in subs for entry in leaves.of(disclosure.bureau, disclosure.token)
    )


def _write(disclosure, sub, told):
    until = told.get("until", "")
    digest = leaves.publish(disclosure.bureau, told)
    version = len(versions(disclosure))
    more = {"sub": sub, "version": version, "until": until}
    leaves.write("said", bureau=disclosure.bureau, about=disclosure.token, digest=digest, **more)


def released(made: Release) -> None:
    """A draw's files, each by its hash. Raises log_says_otherwise where others were released before."""
    kept = {title: file for name, title in _FILES.items() if (file := getattr(made, name))}
    for file in kept.values():
        leaves.publish_kept(made.bureau, file)
    number = made.draw.number
    files = {name: file.digest for name, file in kept.items()}
    before = [entry for entry in leaves.of(made.bureau, number) if entry.kind == "release"]
    if before:  # the database was older
        if json.loads(before[0].text)["files"] != files:
            raise DomainError("log_says_otherwise", what="公开文件", number=number)
        return
    leaves.write("release", bureau=made.bureau, about=number, draw=number, files=files)
