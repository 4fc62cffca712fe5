"""严重失信主体名单 (应急管理部令第11号): proposed on the bureau's own penalty, told before, heard, decided;
ends by its term, early, or with the decision that it rests on. While it stands it counts in the draws."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import limits
from registries.errors import DomainError
from registries.onebyone import one_by_one
from registries.services import journal, messages, subjects
from registries.services.access import require, require_other
from registries.transitions import move

from ..states import DiscreditState
from .models import GROUNDS, Discredit, Penalty

if TYPE_CHECKING:
    from datetime import date

    from registries.models import Account

log = logging.getLogger(__name__)
HAND, JUDGE = "inspections.issue_document", "inspections.approve_change"
OPEN = (
    DiscreditState.PROPOSED,
    DiscreditState.APPROVED,
    DiscreditState.TOLD,
    DiscreditState.LISTED,
    DiscreditState.ASKED,
)
_EVENT = "dishonest"


@transaction.atomic
def propose(penalty: Penalty, ground: str, facts: str, *, by: Account) -> Discredit:
    """Ask that a firm be listed for what it was punished for. Raises discredit_unfounded, discredit_open."""
    require(by, HAND, penalty.bureau)
    penalty = Penalty.objects.select_for_update(no_key=True).get(pk=penalty.pk)
    if ground not in dict(GROUNDS) or not facts.strip():
        raise DomainError("discredit_unfounded")
    if not Penalty.objects.in_force().filter(pk=penalty.pk).exists():
        raise DomainError("penalty_undecided")
    if penalty.discredits.filter(status__in=OPEN).exists():
        raise DomainError("discredit_open", name=penalty.case.subject.name)
    made = Discredit.objects.create(
        bureau=penalty.bureau,
        case=penalty.case,
        penalty=penalty,
        ground=ground,
        facts=facts.strip(),
        proposed_by=by,
    )
    messages.hand_on(made, by=by)
    journal.write("discredit.proposed", by=by, about=made.about, facts={"ground": ground})
    return made


@transaction.atomic
def judge(one: Discredit, agrees: bool, note: str = "", *, by: Account) -> Discredit:
    """The head: the firm is to be told that it shall be listed, or not."""
    require(by, JUDGE, one.bureau)
    require_other(by, one.proposed_by)
    if not agrees and not note.strip():
        raise DomainError("reason_needed")
    stamps = {"judged_by": by, "judged_at": timezone.now(), "judge_note": note.strip()[:300]}
    move(one, DiscreditState.APPROVED if agrees else DiscreditState.REFUSED, **stamps)
    return _told(
        one, by, one.proposed_by, agrees, note, "discredit.approved" if agrees else "discredit.refused"
    )


@transaction.atomic
def tell(one: Discredit, number: str, on: date, *, by: Account) -> Discredit:
    """The notice has reached the firm (列入前告知): its days to speak begin."""
    require(by, HAND, one.bureau)
    if not number.strip():
        raise DomainError("number_needed")
    if on > timezone.localdate() or on < timezone.localdate(one.judged_at):
        raise DomainError("day_out_of_order")
    move(one, DiscreditState.TOLD, told_number=number.strip()[:60], told_on=on)
    messages.hand_on(one, by=by)
    journal.write("discredit.told", by=by, about=one.about, facts={"on": on.isoformat()})
    return one


@transaction.atomic
def hear(one: Discredit, statement: str, reviewed: str, *, by: Account) -> Discredit:
    """What the firm said, and what was thought of it; nothing said is that it waived."""
    require(by, HAND, one.bureau)
    if one.status != DiscreditState.TOLD:
        raise DomainError("stale", what=str(one), status=one.get_status_display())
    if statement.strip() and not reviewed.strip():
        raise DomainError("reason_needed")
    one.statement, one.reviewed = statement.strip(), reviewed.strip()[:300]
    one.waived = not one.statement
    one.save(update_fields=["statement", "reviewed", "waived"])
    journal.write("discredit.heard", by=by, about=one.about, facts={"waived": one.waived})
    return one


@transaction.atomic
def decide(one: Discredit, number: str, on: date, *, by: Account) -> Discredit:
    """Listed, by a written decision, for its term: from now on it counts in the draws. Raises
    discredit_unheard while the firm may still speak."""
    require(by, JUDGE, one.bureau)
    require_other(by, one.proposed_by)
    if not number.strip():
        raise DomainError("number_needed")
    if not Penalty.objects.in_force().filter(pk=one.penalty_id).exists():
        raise DomainError("penalty_undecided")
    if not (one.waived or one.reviewed) and on <= one.may_decide_on:
        raise DomainError("discredit_unheard", until=one.may_decide_on)
    if on > timezone.localdate() or on < one.told_on:
        raise DomainError("day_out_of_order")
    ends_on = limits.due(one.bureau, "discredit_term", on)
    stamps = {"decision_number": number.strip()[:60], "decided_by": by, "decided_on": on, "ends_on": ends_on}
    move(one, DiscreditState.LISTED, **stamps)
    first, _ = _sources(one)
    subjects.record_own(one.case.subject, _EVENT, on, first, by=by, until=ends_on)
    return _told(one, by, one.proposed_by, True, "", "discredit.listed")


@transaction.atomic
def drop(one: Discredit, reason: str, *, by: Account) -> Discredit:
    """It is not listed after all, and why: before it was told by whoever has it, after that by the head."""
    require(by, JUDGE if one.status == DiscreditState.TOLD else HAND, one.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    move(one, DiscreditState.DROPPED, left_why=reason.strip()[:300])
    return _told(one, by, one.proposed_by, False, reason, "discredit.dropped")


@transaction.atomic
def ask_early(one: Discredit, reason: str, on: date, *, by: Account) -> Discredit:
    """The firm asks to be let go before its term. Raises discredit_too_early."""
    require(by, HAND, one.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    first = limits.due(one.bureau, "discredit_early", one.decided_on)
    if on < first:
        raise DomainError("discredit_too_early", day=first)
    if on > timezone.localdate():
        raise DomainError("day_out_of_order")
    move(one, DiscreditState.ASKED, asked_on=on, ask_reason=reason.strip()[:300])
    messages.hand_on(one, by=by)
    journal.write("discredit.asked", by=by, about=one.about)
    return one


@transaction.atomic
def judge_early(one: Discredit, agrees: bool, note: str = "", *, by: Account) -> Discredit:
    """The head lets it go early, or not."""
    require(by, JUDGE, one.bureau)
    if not agrees and not note.strip():
        raise DomainError("reason_needed")
    if not agrees:
        move(one, DiscreditState.LISTED, left_why=f"没有同意提前移出：{note.strip()}"[:300])
        return _told(one, by, one.proposed_by, False, note, "discredit.kept")
    today = timezone.localdate()
    move(one, DiscreditState.REMOVED, left_on=today, left_why=(note.strip() or one.ask_reason)[:300])
    for source in _sources(one):
        subjects.end_own(one.case.subject, _EVENT, source, today, by=by)
    return _told(one, by, one.proposed_by, True, note, "discredit.removed")


@transaction.atomic
def restore(one: Discredit, reason: str, *, by: Account) -> Discredit:
    """It was let go by deceit: listed again. The days that it was away are added to its term."""
    require(by, JUDGE, one.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    today = timezone.localdate()
    ends_on = one.ends_on + timedelta(days=(today - one.left_on).days)
    move(
        one,
        DiscreditState.LISTED,
        left_on=None,
        left_why=f"恢复列入：{reason.strip()}"[:300],
        ends_on=ends_on,
    )
    _, again = _sources(one)
    subjects.record_own(one.case.subject, _EVENT, today, again, by=by, until=ends_on)
    return _told(one, by, one.proposed_by, True, reason, "discredit.restored")


@transaction.atomic
def revoke(one: Discredit, reason: str, *, by: Account) -> Discredit:
    """The decision does not hold (the penalty was revoked, review or court said so): as if it had not
    been."""
    require(by, JUDGE, one.bureau)
    if not reason.strip():
        raise DomainError("reason_needed")
    move(one, DiscreditState.REVOKED, left_on=timezone.localdate(), left_why=reason.strip()[:300])
    for source in _sources(one):
        subjects.take_back_own(one.case.subject, _EVENT, source, by=by)
    return _told(one, by, one.proposed_by, True, reason, "discredit.revoked")


def end_due() -> int:
    """Those whose term is over leave the list by themselves. Returns how many."""
    over = Discredit.objects.filter(
        status__in=[DiscreditState.LISTED, DiscreditState.ASKED], ends_on__lte=timezone.localdate()
    )
    return len(one_by_one(over, _end, log))


@transaction.atomic
def _end(one):
    move(one, DiscreditState.ENDED, left_on=one.ends_on, left_why="管理期限届满")
    messages.settle(one)
    messages.tell([one.proposed_by], "judged", one, f"“{one}”管理期限届满，已移出名单")
    journal.write("discredit.ended", by=None, bureau=one.bureau, about=one.about)


def _told(one, by, whom, agrees, note, action):
    messages.judged(one, whom, agrees, note, by=by)
    journal.write(action, by=by, about=one.about)
    return one


def _sources(one):
    """Under what its events stand in the register: by the decision, and after each return to the list."""
    name = f"严重失信主体 {one.decision_number}"[:97]
    return name, f"{name} 恢复"
