"""What is approved goes out at its hour: said, corrected or ended, and nothing that has changed since."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inspections import engine
from inspections.case import events
from inspections.models import Penalty
from inspections.states import DiscreditState
from registries import limits
from registries.errors import DomainError
from registries.onebyone import one_by_one
from registries.services import journal, messages
from registries.transitions import move

from ..models import Disclosure, Ending, Publication
from ..payload import (
    CLASSES,
    HIDDEN,
    statement_facts,
)
from ..reading import head, stands
from ..states import PublicationState
from . import listings, saidof, thirdparty

if TYPE_CHECKING:
    from typing import Any

    from registries.models import Bureau

log = logging.getLogger(__name__)

_MATTERS = ("report", "penalty", "discredit", "answers")  # what a statement speaks of


def carry(publication):
    """What was approved, out: the statement, or the ending of one. Returns the Disclosure."""
    if publication.kind in ("withdrawn", "repaired"):
        return _end(publication)
    # the firm may have answered while it was held back
    thirdparty.require_heard(publication, publication.judge_note)
    return _say(publication)


def carry_due():
    """Let out what was held back until now; end what has been shown for its term. Returns how many.

    Each by itself: one that cannot go out (withdrawn meanwhile) keeps no other back.
    """
    now = timezone.now()
    held = Publication.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        Q(held_until=None) | Q(held_until__lte=now),
        status=PublicationState.APPROVED,
    ).order_by("pk")
    over = Disclosure.objects.filter(ends_on__lte=timezone.localdate(), ending=None, superseded_by=None)
    return len(
        one_by_one(held, transaction.atomic(carry), log)
        + one_by_one(over, transaction.atomic(_end_of_term), log)
    )


def _end_of_term(disclosure):
    _close(disclosure, "ended", "公示期满，自动终止")


def hold_back(bureau: Bureau) -> list[str]:
    """What was approved and waits for its hour may have gone out, and been withdrawn, before the database was
    restored: it is judged anew. [Chinese sentence]."""
    held = Publication.objects.filter(bureau=bureau, status=PublicationState.APPROVED).order_by("pk")
    found = []
    for each in held:
        move(
            each, PublicationState.RETURNED, judge_note="数据库恢复过，可能已经公示过：请核对日志以后重新提出"
        )
        messages.settle(each)
        messages.tell([each.prepared_by], "returned", each, f"公示“{each}”退回：{each.judge_note}")
        journal.write("publication.returned", by=None, bureau=bureau, about=each.about)
        found.append(f"待公示的“{each}”退回重新审核：恢复以前可能已经公示过")
    return found


def said_again(bureau: Bureau, told: dict[str, Any]) -> bool:
    """A correction or an ending that the public log tells (its file as plain data) and an older database has
    lost: what was withdrawn or mended is not shown again as it was. True where it is so now."""
    names = [told["supersedes"]] if told.get("supersedes") else told.get("versions", [told["token"]])
    shown = (
        Disclosure.objects.filter(bureau=bureau, token__in=names).select_related("bureau", "ending").last()
    )
    shown = shown and head(shown)
    if shown is None or not stands(shown)[0] or Disclosure.objects.filter(supersedes=shown).exists():
        return False
    if "payload" not in told:  # an ending
        _close(shown, told["kind"], told["reason"], told.get("basis", ""))
        return True
    if not told["supersedes"] or Disclosure.objects.filter(token=told["token"]).exists():
        return False
    made = _shown(
        shown,
        told["payload"],
        token=told["token"],
        bureau=bureau,
        kind=told["kind"],
        ends_on=told["until"] or None,
        published_by=shown.published_by,
        reason=told["reason"],
        **{name: getattr(shown, name) for name in _MATTERS},
    )
    facts = statement_facts(made)
    journal.write("disclosure.corrected", by=None, about=made.about, facts=facts, bureau=made.bureau)
    return True


def _say(publication):
    old = publication.disclosure if publication.kind == "correction" else None
    if old:
        require_standing(old)
    _require_still_so(publication, old)
    kind = old.kind if old else publication.kind
    payload = publication.payload
    made = _shown(
        old,
        payload,
        bureau=publication.bureau,
        kind=kind,
        report=publication.report or (old and old.report),
        penalty=publication.penalty or (old and old.penalty),
        discredit=publication.discredit or (old and old.discredit),
        answers=publication.disclosure if publication.kind == "statement" else (old and old.answers),
        ends_on=publication.ends_on,
        published_by=publication.judged_by,
        reason=publication.reason,
    )
    move(publication, PublicationState.PUBLISHED, made=made)
    if made.report_id and not old:
        events.record(made.report.case, "result.published", by=publication.judged_by)
    if made.penalty_id and not old:
        events.record(
            made.penalty.case,
            "penalty.published",
            by=publication.judged_by,
            thread=made.penalty.thread,
        )
    journal.write(
        "disclosure.corrected" if old else "disclosure.published",
        by=publication.judged_by,
        about=made.about,
        facts=statement_facts(made),
        bureau=made.bureau,
    )
    saidof.said(made)
    return made


def _shown(old, payload, **more):
    """A statement on the public window, in the place of another where there is one."""
    made = Disclosure.objects.create(
        subject_name=payload["subject"],
        subject_code=payload.get("code", ""),
        payload=payload,
        digest=engine.digest(engine.dump(payload)),
        supersedes=old,
        **more,
    )
    listings.put(made)
    return made


def _end(publication):
    shown = head(publication.disclosure)  # a correction may have come between
    require_standing(shown)
    move(publication, PublicationState.PUBLISHED)
    _close(shown, publication.kind, publication.reason, publication.basis, by=publication.judged_by)
    if shown.penalty_id and publication.kind == "withdrawn":
        events.record(
            shown.penalty.case,
            "penalty.withdrawn",
            by=publication.judged_by,
            thread=shown.penalty.thread,
            note=publication.reason,
        )
    return shown


def _close(shown, kind, reason, basis="", by=None):
    ending = Ending.objects.create(
        bureau=shown.bureau, disclosure=shown, kind=kind, reason=reason, basis=basis, by=by
    )
    listings.drop(shown)
    journal.write(
        "disclosure.ended",
        by=by,
        bureau=shown.bureau,
        about=shown.about,
        facts={"digest": shown.digest, "kind": kind, "reason": reason, "basis": basis},
    )
    saidof.ended(ending)


def _require_still_so(publication, old):
    """What was prepared may have been overtaken: a penalty revoked, an enterprise made
    secret, a term that began later."""
    penalty = publication.penalty or (old and old.penalty)
    if penalty:
        require_in_force(penalty)
        if not old and publication.ends_on != term(penalty, publication.payload["class"]):
            raise DomainError("term_moved")
    if discredit := publication.discredit or (old and old.discredit):
        require_listed(discredit)
    if publication.kind == "statement" and not stands(publication.disclosure)[0]:
        raise DomainError("already_ended", title=publication.disclosure.subject_name)
    case = case_of(old) or (publication.matter and publication.matter.case)
    if case and case.subject.is_secret and publication.payload["subject"] != HIDDEN:
        raise DomainError("subject_secret")


def require_in_force(penalty):
    if not Penalty.objects.in_force().filter(pk=penalty.pk).exists():
        raise DomainError("penalty_undecided")


def require_listed(discredit):
    """Raises discredit_off: it does not stand on the list now."""
    if discredit.status not in (DiscreditState.LISTED, DiscreditState.ASKED):
        raise DomainError("discredit_off", name=discredit.case.subject.name)


def case_of(disclosure):
    matter = disclosure and (
        disclosure.report
        or disclosure.penalty
        or disclosure.discredit
        or (disclosure.answers and disclosure.answers.report)
    )
    return matter.case if matter else None


def term(penalty, title):
    weight = next(code for code, words in CLASSES.items() if words == title)
    return limits.due(penalty.bureau, f"publish_{weight}", timezone.localdate())


def require_standing(disclosure):
    if Disclosure.objects.filter(supersedes=disclosure).exists():
        raise DomainError("already_corrected")
    if not stands(Disclosure.objects.select_related("ending").get(pk=disclosure.pk))[0]:
        raise DomainError("already_ended", title=disclosure.subject_name)
