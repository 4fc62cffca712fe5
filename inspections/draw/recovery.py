"""补回: the database is older than the public log (public-log §4).

What the leaves of a draw still tell is taken back in: its values and its void; the result is computed again
and must be the published one. A sealing comes back from the supervisor's copy. What was thrown and is not
open yet is lost: it is thrown again, in the open.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.models import LogEntry, LogFile
from registries.publiclog.leaf import moment
from registries.services import journal, messages
from registries.transitions import move

from .. import engine, numbers
from ..engine.canonical import Malformed
from ..engine.files import read_commitment, read_sealed
from ..plan import plans
from ..plan.models import Task
from ..sentences import say
from ..states import DEAD_DRAW, DrawState, TaskState
from . import bell, drawing, sealing, values, voiding
from .models import Draw, SeedSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registries.models import Bureau

_UNDRAWN = (DrawState.SEALED, DrawState.SEEDING, DrawState.SEEDED)
_TOLD = ("seal", "lodge", "value", "result", "infeasible", "void")


@dataclass
class TakenBack:
    """What came of it, a Chinese sentence each."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def take_back(bureau: Bureau, copies: Iterable[bytes] = ()) -> TakenBack:
    """Take back what the log tells of its draws and the database lacks, in the caller's transaction.

    `copies`: the files that the supervisor has kept (commit.json, sealed.json, notice.json), in any order.
    """
    kept = {engine.digest(each): each for each in copies}
    told = TakenBack()
    for number, leaves in _leaves(bureau).items():
        draw = Draw.objects.filter(bureau=bureau, number=number).first()
        can_come = leaves["value"] and leaves["seal"]["digest"] in kept
        if draw is None and not can_come or not _is_lacking(draw, leaves):
            continue
        try:
            with transaction.atomic():
                is_new = draw is None
                draw = draw or _sealed_again(bureau, leaves, kept)
                _told(draw, leaves)
        except Exception as wrong:
            why = say(wrong) if isinstance(wrong, DomainError) else f"{type(wrong).__name__} {wrong}"
            told.failed.append(f"{number} 没有补回：{why}")
            continue
        more = "；封存时另定的通知时间补不回，检查组现在就看得到" if is_new else ""
        told.done.append(f"{number} 已照日志补回：{draw.get_status_display()}{more}")
    return told


def lost(bureau: Bureau, copies: Iterable[bytes], numbers_of: Iterable[str]) -> dict[str, dict[str, Any]]:
    """{number: its leaves} of those draws that neither the database nor the copies can give back. (One that
    was not thrown need not come back: nobody has its seed.)"""
    kept = {engine.digest(each) for each in copies}
    ours = set(Draw.objects.filter(bureau=bureau).values_list("number", flat=True))
    wanted = set(numbers_of) - ours
    return {
        number: leaves
        for number, leaves in _leaves(bureau).items()
        if number in wanted and not (leaves["value"] and leaves["seal"]["digest"] in kept)
    }


def _leaves(bureau):
    """{number: {"seal": leaf, "lodge": {position: leaf}, "value": {position: leaf}, …}}, in their order."""
    found: dict[str, dict[str, Any]] = {}
    rows = LogEntry.objects.filter(log__bureau=bureau, kind__in=_TOLD).order_by("log", "n")
    for text in rows.values_list("text", flat=True).iterator():
        told = json.loads(text)
        mine = found.setdefault(told["draw"], {"lodge": {}, "value": {}})
        if told["kind"] in ("lodge", "value"):
            mine[told["kind"]][told["pos"]] = told
        else:
            mine[told["kind"]] = told
    return {number: each for number, each in found.items() if "seal" in each}


def _is_lacking(draw, leaves):
    if draw is None:
        return True
    opened = draw.sources.exclude(opened_at=None).count()
    is_drawn = "result" in leaves or "infeasible" in leaves
    return (
        draw.status in _UNDRAWN
        and (opened < len(leaves["value"]) or is_drawn)
        or ("void" in leaves and draw.status not in DEAD_DRAW)
    )


def _told(draw, leaves):
    """Everything that its leaves say of a draw, from where the database has it."""
    if draw.status in _UNDRAWN:
        _open(draw, leaves)
    is_drawn = "result" in leaves or "infeasible" in leaves
    if draw.status == DrawState.SEEDED:
        if is_drawn:
            drawing.run(draw.pk, _at(leaves.get("result") or leaves["infeasible"]))
            draw.refresh_from_db()
        else:
            bell.ring(draw.pk)
    now = timezone.now()
    Draw.objects.filter(pk=draw.pk, restored_at=None).update(restored_at=now)
    if "void" in leaves and draw.status not in DEAD_DRAW:
        if draw.void_approved_by_id is None:
            told = {"void_reason": leaves["void"]["reason"], "void_note": "照公开日志补回的作废"}
            Draw.objects.filter(pk=draw.pk).update(**told)
            draw.refresh_from_db()
        voiding.carry_out(draw, _at(leaves["void"]))
        voiding.note(draw, None)
    draw.refresh_from_db()
    facts = {"status": str(draw.status), "values": draw.sources.exclude(opened_at=None).count()}
    _write("draw.restored", draw, facts)


def _at(leaf):
    return moment(leaf["at"])


def _write(action, draw, facts):
    journal.write(action, by=None, bureau=draw.bureau, about=draw.about, facts=facts)


def _open(draw, leaves):
    """The values that were open. All dice opened together; a lottery may still be waited for."""
    for source in draw.sources.filter(position__in=leaves["value"], opened_at=None):
        value = leaves["value"][source.position]
        lodged = leaves["lodge"].get(source.position, value)
        hidden = values.lodged_digest(draw, source.name, value["value"], value["nonce"])
        if source.name != value["name"] or lodged["digest"] not in ("", hidden):
            raise DomainError("log_says_otherwise", what="数值", number=draw.number)
        nonce = value["nonce"] or secrets.token_hex(16)  # of a lottery's number, which is no secret, any
        digest = values.lodged_digest(draw, source.name, value["value"], nonce)
        mine = SeedSource.objects.filter(pk=source.pk)
        facts = {"source": source.position, "digest": digest}
        if mine.filter(lodged_at=None).update(lodged_digest=digest, lodged_at=_at(lodged), nonce=nonce):
            _write("value.lodged", draw, facts)
        mine.update(value=value["value"], hidden_value="", opened_at=_at(value))
        nonce = mine.values_list("nonce", flat=True).get()
        facts = {"source": source.position, "value": value["value"], "nonce": nonce}
        _write("value.opened", draw, facts)
    if draw.status == DrawState.SEALED and draw.sources.exclude(lodged_at=None).exists():
        move(draw, DrawState.SEEDING)
    if draw.status == DrawState.SEEDING and not draw.sources.filter(opened_at=None).exists():
        move(draw, DrawState.SEEDED)
        messages.settle(draw)
        _write("draw.seeded", draw, {})


def _sealed_again(bureau, leaves, kept):
    """The draw's row and files, as its leaf and the supervisor's copy have them."""
    leaf = leaves["seal"]
    commit = kept[leaf["digest"]]
    named = read_commitment(commit)
    sealed = next((each for each in kept.values() if _opens(each, named)), None)
    notice = LogFile.objects.filter(bureau=bureau, digest=leaf["notice"]).first()
    task = Task.objects.filter(bureau=bureau, number=leaf["task"], status=TaskState.APPROVED).first()
    throwing = list(_throwing(bureau, leaves))
    _require_next(bureau, leaf["draw"])
    needed = {"回避封存（sealed.json）": sealed, "封存公告的文件（notice.json）": notice, "批准的任务": task}
    if lacking := [what for what, found in needed.items() if not found]:
        raise DomainError("copy_lacks", what="、".join(lacking))
    year, serial = _place(leaf["draw"])
    while numbers.take(bureau, "draw", year) < serial:
        pass  # numbers that the log knows stay used
    plans.take_round(task)
    sealing.name_strata(task)
    draw = Draw(
        task=task,
        public_facts=json.loads(notice.text),
        seed_at=moment(leaf["seed_at"]),
        release_by=leaf["release_by"],
        sealed_at=moment(leaf["at"]),
    )
    sealing.write(draw, leaf | {"redraw_max": named.redraw_max}, commit, sealed)
    for each in throwing:
        SeedSource.objects.create(draw=draw, **each)
    sealing.mark_classes(draw)
    draw.refresh_from_db()
    _write("draw.sealed", draw, sealing.on_record(draw, len(named.pool), draw.lots))
    return draw


def _throwing(bureau, leaves):
    """The sources of a draw whose dice are open. Who threw them is lost; a lottery that is still waited for
    is typed by two, who can only say a public number."""
    names = leaves["seal"]["sources"]
    people = list(messages.holders(bureau.pk, "inspections.enter_value", "witness").order_by("pk")[:2])
    if len(people) < 2:
        raise DomainError("copy_lacks", what="两位见证人的账号")
    for position, name in enumerate(names, 1):
        is_dice = leaves["value"].get(position, {"nonce": ""})["nonce"]
        yield {
            "position": position,
            "name": name,
            "kind": "dice" if is_dice else "lottery",
            "account": people[0],
            "second": None if is_dice else people[1],
        }


def _opens(data, commitment):
    """Whether a file holds the openings of this very commitment."""
    try:
        read_sealed(data, commitment)
    except Malformed:
        return False
    return True


def _require_next(bureau, number):
    """What the database has of the series is older: a row is never put in behind its followers."""
    ours = Draw.objects.filter(bureau=bureau).values_list("number", flat=True)
    if any(_place(each) > _place(number) for each in ours):
        raise DomainError("copy_late", number=number)


def _place(number):
    """A draw's place in the series: its year, its number of that year."""
    year, serial = number.split("-")[-2:]
    return int(year), int(serial)
