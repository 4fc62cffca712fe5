"""双人办理: asked for by one; taken back, sent back. What is carried out once another has said yes stands in
confirming.py."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from ..models import Consent
from ..states import ConsentState
from ..transitions import move
from . import journal, messages
from .access import require, require_other

if TYPE_CHECKING:
    from typing import Any

    from ..models import Account, Bureau


@transaction.atomic
def ask(
    kind: str,
    bureau: Bureau,
    title: str,
    shown: list[list[str]],
    facts: dict[str, Any],
    *,
    by: Account,
    account: Account | None = None,
    reason: str = "",
    half: str = "",
) -> Consent:
    """Put down what somebody wants, for another to confirm; the person it touches is told at once. The one
    who calls has asked for the right. Returns the Consent."""
    made = Consent.objects.create(
        bureau=bureau,
        kind=kind,
        title=title[:200],
        shown=shown,
        facts=facts,
        account=account,
        reason=reason[:200],
        half=half,
        asked_by=by,
    )
    journal.write("consent.asked", by=by, about=made.about, facts=told_of(made))
    messages.hand_on(made, by=by)
    messages.tell(
        [account],
        "touched",
        made,
        f"{by}提出：{title}。另一人确认以后生效；不是您要办的，请马上告诉监督人。",
        by=by,
    )
    return made


@transaction.atomic
def withdraw(one: Consent, *, by: Account) -> Consent:
    """Whoever asked wants it no more."""
    if one.asked_by_id != by.pk:
        raise DomainError("not_allowed", act="registries.withdraw_consent")
    return _end(one, ConsentState.WITHDRAWN, "", by=by)


@transaction.atomic
def refuse(one: Consent, reason: str, *, by: Account) -> Consent:
    """The second person says no, and why."""
    require_second(one, by=by)
    return _end(one, ConsentState.REFUSED, reason, by=by)


def require_second(one: Consent, *, by: Account) -> None:
    """Raises not_allowed, other_bureau, same_person: neither who asked nor whom it touches may judge it."""
    require(by, "registries.allow_edit" if one.kind == "edit" else "registries.confirm_consent", one.bureau)
    require_other(by, one.asked_by, *filter(None, [one.account]))


def _end(one, state, reason, *, by):
    one = Consent.objects.select_for_update(no_key=True, of=("self",)).get(pk=one.pk)
    move(one, state, judged_by=by, judged_at=timezone.now(), answer=reason[:200], half="")
    journal.write(
        f"consent.{state.value}", by=by, about=one.about, facts={"kind": one.kind, "reason": reason}
    )
    messages.settle(one)
    if state == ConsentState.REFUSED:
        messages.tell([one.asked_by, one.account], "returned", one, f"“{one.title}”被退回：{reason}", by=by)
    return one


def told_of(one: Consent) -> dict[str, str]:
    """What the journal keeps of it: no name and no value, but a digest over all that was asked."""
    asked = json.dumps([one.title, one.shown, one.facts], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(asked.encode()).hexdigest()
    return {"kind": one.kind, "whom": one.account.about if one.account else "", "asked": digest}
