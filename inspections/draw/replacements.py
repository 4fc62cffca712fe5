"""变更 (SJS1 §7): asked for by one, approved by another, the substitute drawn under the supervisor's code."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import presence
from registries.errors import DomainError
from registries.models import Inspector, Subject
from registries.services import journal, messages, relations
from registries.services.access import require, require_other
from registries.transitions import move

from ..case import joints, opening
from ..case.models import Assignment
from ..engine.canonical import Malformed
from ..engine.changes import Ledger, request_digest
from ..engine.files import read_commitment, read_sealed
from ..engine.teams import leader_of
from ..states import OPEN_CASE, CaseState, ChangeState, DrawState, RecusalState
from . import hands, logged
from .models import Change, Draw

if TYPE_CHECKING:
    from registries.models import Account


@transaction.atomic
def request(
    draw: Draw, kind: str, out: str, *, by: Account, reason: str, note: str, task: str = "", scope: str = ""
) -> Change:
    """Ask for an enterprise or an inspector to be replaced. Returns the Change, waiting for approval."""
    require(by, "inspections.request_change", draw.bureau)
    return ask(draw, kind, out, by=by, reason=reason, note=note, task=task, scope=scope)


@transaction.atomic
def ask(
    draw: Draw,
    kind: str,
    out: str,
    *,
    by: Account,
    reason: str,
    note: str,
    task: str = "",
    scope: str = "",
) -> Change:
    """As request(), for an act that has asked for its own right."""
    _lock(draw)
    _require_possible(draw, kind, out, task)
    change = Change.objects.create(
        draw=draw,
        kind=kind,
        out_ref=out,
        task_ref=task,
        scope=scope if kind == "inspector" else "",
        reason=reason,
        note=note,
        requested_by=by,
    )
    messages.hand_on(change, by=by)
    journal.write(
        "change.requested",
        by=by,
        about=draw.about,
        facts={"change": change.pk, "kind": kind, "reason": reason},
    )
    return change


@transaction.atomic
def approve(change: Change, *, by: Account) -> Change:
    """The head approves; n is taken and the hash of the request goes public before code n is opened."""
    draw = change.draw
    require(by, "inspections.approve_change", draw.bureau)
    require_other(by, change.requested_by)
    hands.require_one(draw, "head", by=by)
    _lock(draw)
    pending = draw.changes.filter(status=ChangeState.APPROVED).first()
    if pending:
        raise DomainError("change_pending", n=pending.n)
    _require_possible(draw, change.kind, change.out_ref, change.task_ref)
    ledger = ledger_of(draw)
    _require_owed_first(ledger, change)
    if ledger.made >= draw.redraw_max:
        raise DomainError("codes_used_up")
    change.n, change.nonce = ledger.made + 1, secrets.token_hex(16)
    digest = request_digest(event_of(change))
    move(
        change,
        ChangeState.APPROVED,
        n=change.n,
        nonce=change.nonce,
        request_digest=digest,
        approved_by=by,
        approved_at=timezone.now(),
    )
    messages.judged(change, change.requested_by, True, by=by)
    journal.write("change.approved", by=by, about=draw.about, facts={"n": change.n, "digest": digest})
    change.refresh_from_db()
    logged.requested(change)
    return change


@transaction.atomic
def refuse(change: Change, *, by: Account) -> Change:
    """The head does not approve. The request stays on record."""
    require(by, "inspections.approve_change", change.draw.bureau)
    if change.recusalrequest_set.filter(status=RecusalState.UPHELD).exists():
        raise DomainError("change_upheld")
    move(change, ChangeState.REFUSED, approved_by=by, approved_at=timezone.now())
    messages.judged(change, change.requested_by, False, by=by)
    journal.write("change.refused", by=by, about=change.draw.about, facts={"change": change.pk})
    return change


@transaction.atomic
def open_code(change: Change, code: str, *, by: Account) -> Change:
    """The supervisor opens code n; the engine says who comes in; cases and teams
    follow. Returns the Change."""
    draw = change.draw
    require(by, "inspections.open_code", draw.bureau)
    hands.require_one(draw, "supervisor", by=by)
    _lock(draw)
    _require_possible(draw, change.kind, change.out_ref, change.task_ref)
    code = "".join(code.split()).lower()
    ledger = ledger_of(draw)
    try:
        done = ledger.apply(event_of(change) | {"code": code})
    except Malformed as wrong:
        if "码链" in str(wrong):
            raise DomainError("code_wrong", n=change.n) from None
        raise DomainError("change_malformed", detail=str(wrong)) from None
    move(
        change, ChangeState.COMPLETED, code=code, in_ref=done["in"], opened_by=by, completed_at=timezone.now()
    )
    if change.kind == "subject":
        _replace_subject(change, ledger)
    else:
        _replace_inspector(change, ledger)
    messages.judged(change, change.requested_by, True, by=by)
    journal.write(
        "change.completed",
        by=by,
        about=draw.about,
        facts={"n": change.n, "has_in": bool(done["in"])},
    )
    change.refresh_from_db()
    logged.changed(change, event_of(change) | {"code": change.code, "in": change.in_ref})
    approve_upheld(draw)
    return change


def ledger_of(draw):
    """The engine's ledger with every completed change replayed."""
    if not draw.result_digest or draw.status not in (DrawState.DRAWN, DrawState.VOIDED):
        raise DomainError("draw_not_drawn", number=draw.number)
    commitment = read_commitment(draw.commit_json.encode())
    ledger = Ledger(
        commitment, read_sealed(draw.sealed_json.encode(), commitment), json.loads(draw.result_json)
    )
    ledger.replay(completed(draw))
    return ledger


def completed(draw):
    """changes.json of a draw: its completed changes in order."""
    made = draw.changes.filter(status=ChangeState.COMPLETED).order_by("n")
    return [event_of(change) | {"code": change.code, "in": change.in_ref} for change in made]


def event_of(change):
    """A change as the entry of changes.json that it is, without what its code decides."""
    event = {
        "kind": change.kind,
        "n": change.n,
        "code": "",
        "reason": change.reason,
        "nonce": change.nonce,
        "out": change.out_ref,
    }
    if change.kind == "inspector":
        event |= {"task": change.task_ref, "scope": change.scope}
    return event


def _lock(draw):
    # Changes of a draw, the starting of its visits and its voiding wait for each other
    # here, before any other row.
    Draw.objects.select_for_update(no_key=True).only("pk").get(pk=draw.pk)
    draw.refresh_from_db(fields=["status"])


def approve_upheld(draw):
    """The head's decision on a recusal is the approval of its change: the next one that
    waits is approved with it."""
    waiting = (
        draw.changes.filter(status=ChangeState.REQUESTED, recusalrequest__status=RecusalState.UPHELD)
        .order_by("pk")
        .first()
    )
    if waiting is None or draw.changes.filter(status=ChangeState.APPROVED).exists():
        return
    try:
        with transaction.atomic():
            approve(waiting, by=waiting.recusalrequest_set.get().decided_by)
    except DomainError:
        pass  # what is owed comes first, or no code is left; until then the visit waits


def _require_possible(draw, kind, out, task):
    # An enterprise is replaced before its visit has begun; a person until it is over: what he has answered
    # stays his, and the visit waits for the code. Asked again at each step: between asking and opening
    # somebody else's change may have come first.
    if timezone.localdate() >= draw.release_by:
        raise DomainError("draw_public", number=draw.number, day=draw.release_by)
    ledger = ledger_of(draw)
    ref = out if kind == "subject" else task
    if ref not in ledger.teams or (kind == "inspector" and out not in ledger.teams[ref]):
        raise DomainError("out_not_in_draw", out=out)
    case = draw.cases.filter(subject__ref=ref).first()
    may = OPEN_CASE if kind == "inspector" else (CaseState.OPENED,)
    if case is not None and case.status not in may:
        raise DomainError("visit_begun", subject=case.subject.name)


def _require_owed_first(ledger, change):
    if ledger.owed:
        task, out = ledger.owed[0]
        if (change.kind, change.task_ref, change.out_ref, change.scope) != ("inspector", task, out, "task"):
            person = Inspector.objects.filter(bureau=change.draw.bureau, ref=out).first()
            raise DomainError("change_owed", who=person or out)


def _replace_subject(change, ledger):
    draw = change.draw
    old = draw.cases.get(subject__ref=change.out_ref)
    team = [each.inspector for each in old.team()]
    move(old, CaseState.NOT_DONE)
    old.assignments.filter(until=None).update(until=timezone.now())
    if not change.in_ref:
        return
    subject = Subject.objects.select_related("category").get(bureau=draw.bureau, ref=change.in_ref)
    refs = ledger.teams[change.in_ref]
    leader = leader_of(ledger.commitment, change.in_ref, refs)
    items = list(draw.task.items.prefetch_related("lines", "categories"))
    opening.open_one(draw, subject, team, leader, items)
    joints.propose(draw.bureau, draw)
    # SJS1 §7: those recused for the newcomer are replaced next, in team order.
    for task, out in ledger.owed:
        Change.objects.create(
            draw=draw,
            kind="inspector",
            out_ref=out,
            task_ref=task,
            scope="task",
            reason="recusal",
            note="换入企业须回避，依规程随即替换",
            requested_by=change.requested_by,
        )


def _replace_inspector(change, ledger):
    if not change.in_ref:
        return
    case = change.draw.cases.get(subject__ref=change.task_ref)
    seat = case.assignments.get(inspector__ref=change.out_ref, until=None)
    Assignment.objects.filter(pk=seat.pk).update(until=timezone.now(), leads=False)
    newcomer = Inspector.objects.get(bureau=case.bureau, ref=change.in_ref)
    Assignment.objects.create(case=case, inspector=newcomer, seat=seat.seat)
    named = case.named_leader.ref if case.named_leader_id else None
    refs = ledger.teams[change.task_ref]
    leader = named if named in refs else leader_of(ledger.commitment, change.task_ref, refs)
    case.assignments.filter(until=None).update(leads=False)
    case.assignments.filter(until=None, inspector__ref=leader).update(leads=True)
    reason = _cannot_go(newcomer, case)
    if reason:
        # SJS1 draws by what was sealed. Who may not go by now is asked to be replaced at once, in the open.
        follow = Change.objects.create(
            draw=change.draw,
            kind="inspector",
            out_ref=newcomer.ref,
            task_ref=change.task_ref,
            scope="task",
            reason=reason,
            note="换入的人员封存之后已申报回避、出库或不能参加，随即申请再更换",
            requested_by=change.requested_by,
        )
        journal.write(
            "change.requested",
            by=change.requested_by,
            about=change.draw.about,
            facts={"change": follow.pk, "kind": "inspector", "reason": reason},
        )


def _cannot_go(person, case):
    """Why a newcomer may not go, as a code of the reasons "change_inspector", or ""."""
    window = case.task.window_from, case.task.window_to
    if (case.subject.ref, person.ref) in set(relations.pairs(case.bureau, *window)):
        return "recusal"
    status = presence.of(person, max(window[0], timezone.localdate()), window[1])
    return {"E": "", "X:certificate": "certificate", "X:left": "moved", "X:leave": "away"}.get(status, "away")
