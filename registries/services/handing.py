"""提交、退回、撤回 of drafts (plans, tasks, item lists): who writes hands in, who approves approves or sends
back with a reason. The right of each side is the noun's own and is given by its room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from ..errors import DomainError
from . import journal, messages
from .access import require

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..models import Account
    from ..models.handing import HandedIn


@transaction.atomic
def hand_in(
    draft: HandedIn, right: str, *, by: Account, require_whole: Callable[[Any], object] | None = None
) -> HandedIn:
    """A draft goes to whoever approves, and is not written any more until it comes back. `require_whole`
    raises what approving would refuse anyway: who wrote it learns it, not who approves."""
    require(by, right, draft.bureau)
    draft = _held(draft, lambda each: each.is_open)
    if require_whole:
        require_whole(draft)
    draft = _put(draft, "handed_in", {}, by=by, handed_in_at=timezone.now(), handed_in_by=by, sent_back="")
    messages.hand_on(draft, by=by)
    return draft


@transaction.atomic
def take_back(draft: HandedIn, right: str, *, by: Account) -> HandedIn:
    """Whoever writes takes a draft back before anybody has judged it."""
    require(by, right, draft.bureau)
    draft = _held(draft, lambda each: each.is_handed_in)
    messages.settle(draft)
    return _put(draft, "taken_back", {}, by=by, handed_in_at=None, handed_in_by=None)


@transaction.atomic
def send_back(draft: HandedIn, right: str, reason: str, *, by: Account) -> HandedIn:
    """Whoever approves sends a draft back, with what is to be mended."""
    require(by, right, draft.bureau)
    draft = _held(draft, lambda each: each.is_drafted)
    facts, author = {"reason": reason}, draft.handed_in_by
    draft = _put(draft, "sent_back", facts, by=by, handed_in_at=None, handed_in_by=None, sent_back=reason)
    messages.settle(draft)
    said = f"{draft._meta.verbose_name}“{draft}”被退回：{reason}"
    messages.tell([author], "returned", draft, said, by=by)
    return draft


def _held(draft, holds):
    draft = type(draft).objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)
    if not holds(draft):
        raise DomainError("stale", what=str(draft), status=draft.get_status_display())
    return draft


def _put(draft, verb, facts, *, by, **stamps):
    for name, value in stamps.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(stamps))
    noun = draft._meta.model_name
    journal.write(f"{noun}.{verb}", by=by, about=draft.about, facts=facts)
    return draft
