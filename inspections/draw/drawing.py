"""执行抽取: claim what waits, compute, store, open the cases. Safe to call twice and to lose."""

import json

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from registries.models import Subject
from registries.services import journal, messages
from registries.transitions import move

from .. import engine
from ..case import joints, opening, schemes
from ..states import DrawState
from . import logged
from .models import Draw
from .voiding import carry_out, is_due, note


def run(draw_id, at=None):
    """Draw what waits: claim it, compute, store, open the cases. Safe to call twice, at once, and to lose.

    `at`: when it was drawn, where the public log says that it was (recovery.py).
    Returns the Draw, or None when there was nothing to do (it is done, its seed is not complete, or another
    process is at it). What is a fault of ours is noted on the row, then raised.
    """
    if not _claim(draw_id):
        return None
    try:
        return _complete(draw_id, at)
    except Exception as wrong:
        _note_failure(draw_id, wrong)
        raise


@transaction.atomic
def _claim(draw_id):
    # An attempt is counted in a transaction of its own: a process that is killed while
    # it computes leaves a trace.
    waiting = Draw.objects.select_for_update(skip_locked=True, no_key=True).filter(
        pk=draw_id, status=DrawState.SEEDED
    )
    if waiting.only("pk").first() is None:
        return False
    Draw.objects.filter(pk=draw_id).update(attempts=F("attempts") + 1, attempted_at=timezone.now())
    return True


@transaction.atomic
def _complete(draw_id, at):
    draw = (
        Draw.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=draw_id, status=DrawState.SEEDED)
        .first()
    )
    if draw is None:
        return None
    sources = [[source.name, source.value] for source in draw.sources.order_by("position")]
    drawn = engine.draw(draw.commit_json.encode(), draw.sealed_json.encode(), engine.dump(sources))
    result = drawn.result_bytes
    move(
        draw,
        DrawState.DRAWN if drawn.is_feasible else DrawState.INFEASIBLE,
        result_digest=engine.digest(result),
        drawn_at=at or timezone.now(),
        attempt_error="",
    )
    draw.files.create(name="result", text=result.decode())
    draw.files.create(name="openings", text=drawn.openings_bytes.decode())
    is_void = is_due(draw)
    if drawn.is_feasible and not is_void:
        opening.open_all(draw, drawn)
        joints.propose(draw.bureau, draw)
        said = f"您被编入“{draw.task.title}”的检查组；检查方案批准后可以开始检查"
        messages.tell(schemes.people_of(draw.task, draw), "drawn", draw, said, not_before=draw.tell_at)
    messages.hand_on(draw)
    # Last: the chain of the journal is held until the transaction ends.
    journal.write(
        f"draw.{draw.status}",
        by=None,
        bureau=draw.bureau,
        about=draw.about,
        facts={"result": draw.result_digest, "commitment": draw.commitment},
    )
    logged.drawn(draw)
    if drawn.is_feasible and is_void:
        carry_out(draw)
        note(draw, draw.void_approved_by)
    return draw


@transaction.atomic
def _note_failure(draw_id, wrong):
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw_id)
    if draw.status == DrawState.SEEDED:
        Draw.objects.filter(pk=draw_id).update(attempt_error=f"{type(wrong).__name__}: {wrong}"[:200])
        journal.write(
            "draw.failed",
            by=None,
            bureau=draw.bureau,
            about=draw.about,
            facts={"attempt": draw.attempts, "error": type(wrong).__name__},
        )


def explain_infeasible(draw):
    """The facts of an infeasible draw as a sentence; names the enterprises, so for the bureau's eyes only."""
    facts = json.loads(draw.result_json)
    names = Subject.objects.filter(bureau=draw.bureau, ref__in=facts["tasks"][:5]).values_list(
        "name", flat=True
    )
    return (
        f"{'、'.join(names)}等 {len(facts['tasks'])} 户共需 {facts['demand']} 人次，"
        f"符合专业且无需回避的人员至多能出 "
        f"{facts['supply']} 人次，缺 {facts['demand'] - facts['supply']} 人次。"
        f"可以增加相应专业的人员或放宽组队规则后，"
        "接续抽取（企业不变，只重排检查组）。"
    )
