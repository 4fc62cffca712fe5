"""What the public log is told of a draw: each fact when it becomes public, in the fact's own transaction, and
nothing that names an enterprise or a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registries.errors import DomainError
from registries.models import LogEntry
from registries.services import leaves

from .. import engine
from ..states import DrawState

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Bureau

    from .models import Change, Draw, SeedSource


def sealed(draw: Draw) -> None:
    """The commitment, its place in the series, what was announced with it."""
    leaves.write(
        "seal",
        bureau=draw.bureau,
        about=draw.number,
        digest=draw.commitment,
        draw=draw.number,
        task=draw.task.number,
        prev=draw.prev,
        after=draw.after,
        seed_at=leaves.minute(draw.seed_at),
        release_by=draw.release_by.isoformat(),
        sources=list(draw.sources.order_by("position").values_list("name", flat=True)),
        notice=leaves.publish(draw.bureau, draw.public_facts),
    )


def place(draw_of: Bureau, year: int, task: str) -> tuple[str, str, int]:
    """(the last sealing's commitment, that of the task's last one, the year's last number) by the log, which
    may know of sealings that a restored database has lost; "" and 0 where there is none."""
    leaves_of = LogEntry.objects.filter(log__bureau=draw_of, kind="seal").order_by("-log", "-n")
    last = leaves_of.first()
    mine = leaves_of.filter(text__contains=f'"task":{json.dumps(task, ensure_ascii=False)}').first()
    ours = leaves_of.filter(about__startswith=f"{draw_of.code}-{year}-").first()
    told = [json.loads(each.text)["digest"] if each else "" for each in (last, mine)]
    return told[0], told[1], int(ours.about.rpartition("-")[2]) if ours else 0


def was_thrown(bureau: Bureau, commitment: str) -> bool:
    """Whether anything of the seed of a sealing is public, or what came of it."""
    told = f'"digest":"{commitment}"'
    seals = LogEntry.objects.filter(log__bureau=bureau, kind="seal", text__contains=told)
    facts = LogEntry.objects.filter(log__bureau=bureau, kind__in=("value", "result", "infeasible"))
    return facts.filter(about__in=seals.values("about")).exists()


def lodged(source: SeedSource) -> None:
    """A witness's hash. A lottery's number is public anyway, and opens as it is typed."""
    if source.kind == "dice":
        _of_source("lodge", source, digest=source.lodged_digest)


def opened(source: SeedSource) -> None:
    """A source's value, and what it was hidden under."""
    nonce = source.nonce if source.kind == "dice" else ""
    _of_source("value", source, value=source.value, nonce=nonce)


def _of_source(kind, source, digest="", **more):
    draw = source.draw
    told = {"draw": draw.number, "pos": source.position, "name": source.name} | more
    leaves.write(kind, bureau=draw.bureau, about=draw.number, digest=digest, **told)


def drawn(draw: Draw) -> None:
    """The hash of what was drawn (and perhaps voided since); or that no roster exists."""
    kind = "infeasible" if draw.status == DrawState.INFEASIBLE else "result"
    if _has_said(draw, "结果", digest=draw.result_digest, kind__in=("result", "infeasible")):
        return
    leaves.write(kind, bureau=draw.bureau, about=draw.number, digest=draw.result_digest, draw=draw.number)


def requested(change: Change) -> None:
    """The hash of an approved request, before its code is opened."""
    draw = change.draw
    if _has_said(draw, "变更", digest=change.request_digest, kind="request", text__contains=_num(change)):
        return
    told = {"draw": draw.number, "num": change.n}
    leaves.write("request", bureau=draw.bureau, about=draw.number, digest=change.request_digest, **told)


def changed(change: Change, event: dict[str, Any]) -> None:
    """A change as its entry in changes.json will stand, by its hash; its coded reason."""
    draw = change.draw
    told = {"draw": draw.number, "num": change.n, "reason": change.reason}
    digest = engine.digest(engine.dump(event))
    if _has_said(draw, "变更", digest=digest, kind="change", text__contains=_num(change)):
        return
    leaves.write("change", bureau=draw.bureau, about=draw.number, digest=digest, **told)


def voided(draw: Draw) -> None:
    """That a draw is void, why, and whether the next one is bound by it (SJS1 §8)."""
    if _has_said(draw, "作废", kind="void"):
        return
    told = {"draw": draw.number, "reason": draw.void_reason, "carry": int(bool(draw.result_digest))}
    leaves.write("void", bureau=draw.bureau, about=draw.number, **told)


def _num(change):
    return f'"num":{change.n},'


def _has_said(draw, what, digest="", **which):
    """Whether the log has this very fact already: the database was older, and the fact was taken back. Raises
    log_says_otherwise where it has another in its place."""
    rows = LogEntry.objects.filter(log__bureau=draw.bureau, about=draw.number, **which)
    text = rows.values_list("text", flat=True).first()
    if text is None:
        return False
    if json.loads(text)["digest"] != digest:
        raise DomainError("log_says_otherwise", what=what, number=draw.number)
    return True
