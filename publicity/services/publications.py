"""公示办理: one person prepares, the free text is checked, another lets it out as it
stands; nothing said is unsaid."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inspections import engine
from inspections.models import Discredit, Outcome, Penalty, Report
from inspections.states import ReportState
from registries import limits
from registries.errors import DomainError
from registries.models import Account, Inspector, Reason
from registries.services import caps, journal, messages
from registries.services.access import require, require_other
from registries.transitions import move

from .. import redaction
from ..models import Disclosure, Publication
from ..payload import (
    NEWS,
    listing_payload,
    news_payload,
    penalty_payload,
    result_payload,
    statement_payload,
)
from ..reading import living, stands
from ..states import PREPARING, LetterState, PublicationState
from . import thirdparty
from .carrying import carry, case_of, require_in_force, require_listed, require_standing

if TYPE_CHECKING:
    from datetime import datetime

    from registries.models import Bureau

    from ..models import Letter

PREPARE, APPROVE = "publicity.prepare_publication", "publicity.approve_publication"
# What people typed, by kind; everything else of a payload comes from tables.
_FREE = {
    "result": ("task",),
    "penalty": ("cause", "outcome"),
    "listing": (),
    "news": ("subject", "text"),
    "statement": ("text",),
}
_HELD = ("result", "penalty", "listing", "news", "statement")


@transaction.atomic
def prepare_moved(disclosure: Disclosure, *, by: Account, said: str = "") -> Publication:
    """The next version of a published result, as it stands now; it says from what to what it has moved."""
    standing = Outcome.standing(disclosure.report.case)
    titles = dict(Reason.objects.filter(bureau=disclosure.bureau, kind="result").values_list("code", "title"))
    now = titles.get(standing.code, standing.code) if standing else ""
    reason = f"{Disclosure.PROGRESS}检查结果由“{disclosure.payload['result']}”变为“{now}”"
    return prepare_correction(disclosure, reason, by=by, said=said)


@transaction.atomic
def prepare_result(
    report: Report, *, by: Account, said: str = "", not_before: datetime | None = None
) -> Publication:
    """The result of an approved report. `not_before` holds it back (a wider campaign not yet
    over). A Publication out."""
    require(by, PREPARE, report.case.bureau)
    report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    require_other(by, report.author)
    name = report.case.subject.name
    if report.status != ReportState.APPROVED:
        raise DomainError("report_not_approved", subject=name)
    if report.disclosures.exists():
        raise DomainError("already_published", subject=name)
    _require_unprepared(Publication.objects.filter(report=report), name)
    if report.case.ended_at is None:
        raise DomainError("result_embargoed", subject=name)
    return _prepare(
        report.case.bureau,
        "result",
        name,
        _result(report),
        by,
        report=report,
        said=said,
        not_before=not_before,
        case=report.case,
    )


@transaction.atomic
def prepare_penalty(penalty: Penalty, weight: str, *, by: Account, said: str = "") -> Publication:
    """A decided penalty; `weight` (minor, general, serious) says by 信用修复管理办法 how long it is shown."""
    require(by, PREPARE, penalty.bureau)
    penalty = Penalty.objects.select_for_update(no_key=True).get(pk=penalty.pk)
    require_in_force(penalty)
    if penalty.disclosures.exists():
        raise DomainError("already_published", subject=penalty.case.subject.name)
    _require_unprepared(Publication.objects.filter(penalty=penalty), penalty.decision_number)
    ends_on = limits.due(penalty.bureau, f"publish_{weight}", timezone.localdate())
    payload = penalty_payload(penalty, weight, ends_on)
    return _prepare(
        penalty.bureau,
        "penalty",
        penalty.decision_number,
        payload,
        by,
        penalty=penalty,
        said=said,
        ends_on=ends_on,
        case=penalty.case,
    )


@transaction.atomic
def prepare_listing(discredit: Discredit, *, by: Account, said: str = "") -> Publication:
    """A firm that was listed as 严重失信主体, until its term is over."""
    require(by, PREPARE, discredit.bureau)
    discredit = Discredit.objects.select_for_update(no_key=True).get(pk=discredit.pk)
    require_listed(discredit)
    if living().filter(discredit=discredit).exists():
        raise DomainError("already_published", subject=discredit.case.subject.name)
    _require_unprepared(Publication.objects.filter(discredit=discredit), discredit.decision_number)
    return _prepare(
        discredit.bureau,
        "listing",
        discredit.decision_number,
        listing_payload(discredit),
        by,
        discredit=discredit,
        said=said,
        ends_on=discredit.ends_on,
        case=discredit.case,
        free=(),
    )


@transaction.atomic
def prepare_news(
    bureau: Bureau,
    kind: str,
    title: str,
    text: str,
    *,
    by: Account,
    said: str = "",
    not_before: datetime | None = None,
) -> Publication:
    """An announcement of one of payload.NEWS."""
    require(by, PREPARE, bureau)
    if kind not in NEWS or not title.strip() or not text.strip():
        raise DomainError("news_incomplete")
    payload = news_payload(bureau, kind, title.strip(), text.strip())
    return _prepare(bureau, "news", title.strip()[:200], payload, by, said=said, not_before=not_before)


@transaction.atomic
def prepare_statement(letter: Letter, text: str, *, by: Account, said: str = "") -> Publication:
    """The enterprise's own word, from its letter, as it will stand beside the result: its
    words, less what may not be."""
    require(by, PREPARE, letter.bureau)
    is_taken = Publication.objects.filter(letter=letter, status=PublicationState.PUBLISHED).exists()
    if letter.kind != "statement" or letter.disclosure_id is None or not text.strip() or is_taken:
        raise DomainError("statement_incomplete")
    if letter.status not in (LetterState.ACCEPTED, LetterState.ANSWERED):
        raise DomainError("stale", what=letter.receipt, status=letter.get_status_display())
    if not stands(letter.disclosure)[0]:
        raise DomainError("already_ended", title=letter.disclosure.subject_name)
    _require_unprepared(Publication.objects.filter(letter=letter), letter.subject_said)
    payload = statement_payload(letter.disclosure, text.strip())
    return _prepare(
        letter.bureau,
        "statement",
        letter.disclosure.subject_name,
        payload,
        by,
        letter=letter,
        said=said,
        disclosure=letter.disclosure,
    )


@transaction.atomic
def prepare_correction(
    disclosure: Disclosure, reason: str, *, by: Account, said: str = "", title: str = "", text: str = ""
) -> Publication:
    """A dated statement in the place of an old one, made again from the tables as they are
    now (news: as typed now)."""
    require(by, PREPARE, disclosure.bureau)
    require_standing(disclosure)
    _require_unprepared(
        Publication.objects.filter(disclosure=disclosure, kind="correction"), disclosure.subject_name
    )
    if not reason.strip():
        raise DomainError("reason_needed")
    if (
        disclosure.kind in ("news", "statement")
        and not text.strip()
        or (disclosure.kind == "news" and not title.strip())
    ):
        raise DomainError("news_incomplete")
    ends_on, case = disclosure.ends_on, None
    if disclosure.kind == "result":
        report = Report.objects.get(pk=disclosure.report_id)
        payload, case = _result(report), report.case
    elif disclosure.kind == "penalty":
        penalty = Penalty.objects.get(pk=disclosure.penalty_id)
        require_in_force(penalty)
        payload, case = penalty_payload(penalty, "general", ends_on), penalty.case
        payload["class"] = disclosure.payload["class"]
    elif disclosure.kind == "listing":
        discredit = Discredit.objects.get(pk=disclosure.discredit_id)
        require_listed(discredit)
        payload, case, ends_on = listing_payload(discredit), discredit.case, discredit.ends_on
    elif disclosure.kind == "news":
        payload = news_payload(disclosure.bureau, disclosure.payload["news"], title.strip(), text.strip())
    else:
        payload = statement_payload(disclosure.answers, text.strip())
    if payload == disclosure.payload:
        raise DomainError("correction_same")
    return _prepare(
        disclosure.bureau,
        "correction",
        disclosure.subject_name,
        payload,
        by,
        disclosure=disclosure,
        said=said,
        reason=reason.strip(),
        ends_on=ends_on,
        case=case,
    )


@transaction.atomic
def prepare_ending(
    disclosure: Disclosure, kind: str, reason: str, basis: str = "", *, by: Account, said: str = ""
) -> Publication:
    """Withdraw a statement (行政处罚法第48条), or end a penalty's early after 信用修复.
    The page stays and says why."""
    require(by, PREPARE, disclosure.bureau)
    require_standing(disclosure)
    if (
        kind not in ("withdrawn", "repaired")
        or not reason.strip()
        or (kind == "repaired" and not basis.strip())
    ):
        raise DomainError("ending_incomplete")
    if kind == "repaired" and disclosure.kind not in ("penalty", "listing"):
        raise DomainError("repair_of_penalty")
    endings = Publication.objects.filter(disclosure=disclosure, kind__in=["withdrawn", "repaired"])
    _require_unprepared(endings, disclosure.subject_name)
    return _prepare(
        disclosure.bureau,
        kind,
        disclosure.subject_name,
        {"reason": reason.strip()},
        by,
        disclosure=disclosure,
        reason=reason.strip()[:200],
        basis=basis.strip()[:200],
        free=(),
        said=said,
    )


def _prepare(bureau, kind, title, payload, by, *, case=None, said="", free=None, **more):
    base = more["disclosure"].kind if kind == "correction" else kind
    payload = {name: _clean(value) for name, value in payload.items()}
    if "（请" in payload.get("text", ""):
        raise DomainError("text_unfinished")
    texts = {name: payload.get(name, "") for name in (_FREE[base] if free is None else free)}
    texts |= {name: more.get(name, "") for name in ("reason", "basis")}
    hits = redaction.check(texts, _names(bureau, case or case_of(more.get("disclosure"))))
    if any(each["kind"] in redaction.FORBIDDEN for each in hits):
        found = "、".join(sorted({each["kind"] for each in hits} & redaction.FORBIDDEN))
        raise DomainError("text_forbidden", found=found)
    if hits and not said.strip():
        found = "、".join(dict.fromkeys(f"{each['kind']}“{each['text']}”" for each in hits))
        raise DomainError("text_sensitive", found=found)
    made = Publication.objects.create(
        bureau=bureau,
        kind=kind,
        title=title[:200],
        payload=payload,
        hits=hits,
        said=said.strip()[:200],
        prepared_by=by,
        **more,
    )
    messages.hand_on(made, by=by)
    journal.write(
        "publication.prepared",
        by=by,
        about=made.about,
        facts={"kind": kind, "digest": engine.digest(engine.dump(payload)), "hits": len(hits)},
    )
    return made


def _clean(value):
    """Without control letters: a word processor's soft line break (U+000B) is no text of a feed."""
    if isinstance(value, list):
        return [_clean(each) for each in value]
    return (
        "".join(each for each in value if each >= " " or each in "\n\t") if isinstance(value, str) else value
    )


def _result(report):
    subject = report.case.subject
    return result_payload(report, caps.cap_of(subject, caps.rules_of(subject.bureau)) or 0)


def _names(bureau, case):
    """The persons that a text may name: those of the bureau, and of the enterprise that it is about."""
    own = (
        [case.subject.legal_representative, case.subject.safety_officer, case.subject.liaison] if case else []
    )
    ours = Inspector.objects.filter(bureau=bureau).values_list("name", flat=True)
    others = Account.objects.filter(bureau=bureau).values_list("display_name", flat=True)
    return [each for each in [*own, *ours, *others] if each]


@transaction.atomic
def judge(
    publication: Publication, publishes: bool, note: str = "", *, by: Account, holds: bool = True
) -> Disclosure | None:
    """Let out what was prepared, exactly as it stands, or give it back with a reason. The one who prepared it
    cannot. `holds`: not before some minutes have passed in which it may be stopped
    (PUBLISH_HOLD_MINUTES); the demonstration, which plays a round in a minute, does not wait. Returns the
    Disclosure that is out, or None."""
    require(by, APPROVE, publication.bureau)
    publication = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
    require_other(by, publication.prepared_by)
    if not publishes and not note.strip():
        raise DomainError("reason_needed")
    if publishes:
        thirdparty.require_heard(publication, note)
    stamps = {"judged_by": by, "judged_at": timezone.now(), "judge_note": note.strip()[:200]}
    stamps["held_until"] = _held_until(publication, holds) if publishes else None
    move(publication, PublicationState.APPROVED if publishes else PublicationState.RETURNED, **stamps)
    messages.judged(publication, publication.prepared_by, publishes, note, by=by)
    journal.write(
        "publication.approved" if publishes else "publication.returned",
        by=by,
        about=publication.about,
    )
    if not publishes:
        return None
    return None if publication.goes_out_at > timezone.now() else carry(publication)


def _held_until(publication, holds):
    """For some minutes it may still be stopped (停止公示); what takes something away from the public, or puts
    it right, goes out at once."""
    minutes = settings.PUBLISH_HOLD_MINUTES if holds and publication.kind in _HELD else 0
    return timezone.now() + timedelta(minutes=minutes) if minutes else None


@transaction.atomic
def take_back(publication: Publication, *, by: Account) -> None:
    """Who prepared it finds a slip himself, before anybody has judged; what was prepared stays to be read."""
    require(by, PREPARE, publication.bureau)
    publication = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
    if publication.prepared_by_id != by.pk or publication.status != PublicationState.PREPARED:
        raise DomainError("take_back_own")
    move(
        publication,
        PublicationState.RETURNED,
        judged_by=by,
        judged_at=timezone.now(),
        judge_note="拟办人收回",
    )
    messages.settle(publication)
    journal.write("publication.taken_back", by=by, about=publication.about)


def _require_unprepared(rows, title):
    if rows.filter(status__in=PREPARING).exists():
        raise DomainError("already_prepared", title=title)
