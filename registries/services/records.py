"""What stands of a source's record: its statements that were taken, the later over the earlier, and what the
register has from them: an event, fields of an enterprise, a licence. The same statements in any order, once
or twice, give the same."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q
from django.utils import timezone

from ..errors import DomainError
from ..models import DeliveryRow, Licence, OtherVisit, SourceRecord, Subject, SubjectEvent, SubjectMove
from ..sheets.delivered import CONTENTS
from ..states import LIVE_ROWS, DeliveryRowState, DeliveryState, EventState
from ..transitions import move
from . import corrections, journal, messages, moves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models import Account, Source


class Hands(NamedTuple):
    """Who looked, who confirmed (None where one person is enough), and how the act is called."""

    first: Account | None
    second: Account | None
    how: str
    undoes: bool = False

    @property
    def last(self) -> Account | None:
        return self.second or self.first


def key_of(content: str, values: dict[str, str], firm: str) -> str:
    """What tells a record again: the source's own number, else what it is of; "" where nothing does.
    `firm`: the enterprise's ref, or what the row calls it."""
    makes = CONTENTS[content]["makes"]
    values = {name: unicodedata.normalize("NFKC", text).replace(" ", "") for name, text in values.items()}
    if makes == "fields":
        return firm[:200]
    if values.get("record"):
        return values["record"][:200]
    if makes == "licence":
        return f"{values.get('kind', '')}|{values.get('number', '')}"[:200]
    told = values.get("number") or values.get("day")
    return f"{firm}|{told}"[:200] if told else ""


def stands(rows: Iterable[DeliveryRow]) -> dict[str, str]:
    """{field: text} of a record by its statements, the latest last; an empty cell takes nothing back."""
    said: dict[str, str] = {}
    for row in sorted(rows, key=_order):
        said |= {name: text for name, text in row.values.items() if text}
    said.pop("as_of", None)
    return said


def is_denied(said: dict[str, str]) -> bool:
    """Whether the source itself says that there is nothing: taken back, or found untrue."""
    return said.get("revoked") == "yes" or said.get("is_true") == "no"


def _order(row):
    # Without a time of its own an ending comes after a beginning, whichever came in first.
    is_end = bool(row.values.get("until") or row.values.get("revoked") == "yes")
    return (row.as_of, is_end, row.delivery_id, row.number)


def weighs(content: str, values: dict[str, str]) -> bool:
    """Whether it may change lots, or who may be drawn: then a second person is asked."""
    makes = CONTENTS[content]["makes"]
    if makes in ("event", "visit"):
        return True
    return makes == "fields" and any(values.get(name) and name in SubjectMove.FIELDS for name in values)


def take(row: DeliveryRow, hands: Hands) -> None:
    """A statement is believed: what stands of its record now is what the register has from it."""
    record, _ = SourceRecord.objects.get_or_create(
        bureau_id=row.bureau_id, source=row.delivery.source, key=row.key, defaults={"subject": row.subject}
    )
    if record.subject_id != row.subject_id:
        merged = record.subject and record.subject.merged_into_id == row.subject_id
        if not merged and record.rows.filter(status=DeliveryRowState.TAKEN).exists():
            raise DomainError("record_of_another", key=row.key, name=str(record.subject))
        SourceRecord.objects.filter(pk=record.pk).update(subject=row.subject)
        record.subject = row.subject
    stamps = {"judged_by": hands.last, "judged_at": timezone.now(), "record": record}
    move(row, DeliveryRowState.TAKEN, **stamps)
    settle(record, hands)


def settle(record: SourceRecord, hands: Hands) -> list[str]:
    """Make the register's share of a record what its statements say: those that were taken, and those that
    then changed nothing. Where nobody has looked at any that is left, a person does. Returns what was left
    as it is, in Chinese."""
    rows = list(_of(record.source, [record.key]))
    if not any(row.status == DeliveryRowState.TAKEN for row in rows):
        reopen(record.source, [record.key])
        rows = []
    content = CONTENTS[record.source.content]
    return _MAKERS[content["makes"]](record, stands(rows), content, hands) or []


def _of(source, keys):
    """Statements that count, by their keys: taken, or kept beside because they changed nothing."""
    silent = [DeliveryRowState.SAME, DeliveryRowState.OLDER, DeliveryRowState.REJECTED]
    beside = Q(status__in=silent, judged_at=None)
    rows = DeliveryRow.objects.filter(bureau=source.bureau_id, key__in=list(keys), delivery__source=source)
    rows = rows.filter(Q(status=DeliveryRowState.TAKEN) | beside, subject__isnull=False)
    rows = rows.exclude(delivery__status=DeliveryState.UNDONE)
    return rows.select_related("delivery").order_by("pk")


def refuse_alike(row: DeliveryRow) -> None:
    """What a person has said no to is said no to where it stands a second time."""
    alike = DeliveryRow.objects.filter(bureau=row.bureau_id, delivery__source=row.delivery.source_id)
    alike = alike.filter(key=row.key, digest=row.digest, as_of=row.as_of)
    silent = alike.filter(status__in=[DeliveryRowState.SAME, DeliveryRowState.OLDER])
    silent.update(judged_by=row.judged_by, judged_at=row.judged_at)


def reopen(source: Source, keys: Iterable[str]) -> int:
    """What was kept beside a statement that has gone is for a person to look at. Returns how many rows."""
    count, found = 0, {}
    for row in _of(source, keys):
        found.setdefault(row.key, []).append(row)
    for key, rows in found.items():
        waits = statements(source, [key]).get(key, [])
        if any(row.status in LIVE_ROWS for row in waits) or is_denied(stands(rows)):
            continue
        for row in rows:
            if row.status == DeliveryRowState.TAKEN:
                continue
            move(row, DeliveryRowState.ODD, said="先前说同一件事的那一行没有采用或撤销了，请看这一行")
            messages.hand_on(row)
            count += 1
    return count


def _settle_event(record, said, content, hands):
    wanted = _event_said(record.source, content, said)
    old = record.event if record.event and record.event.status == EventState.VERIFIED else None
    if old and wanted and all(getattr(old, name) == value for name, value in wanted.items()):
        return
    if old:
        move(old, EventState.DISMISSED)
        _journal_event(old, "event.dismissed", hands)
    record.event = None
    if wanted:
        record.event = SubjectEvent.objects.create(
            subject=record.subject,
            status=EventState.VERIFIED,
            recorded_by=hands.first,
            verified_by=hands.second,
            verified_at=timezone.now(),
            **wanted,
        )
        _journal_event(record.event, "event.verified", hands)
    record.save(update_fields=["event"])


def _event_said(source, content, said):
    if is_denied(said) or not said.get("day"):
        return None
    number = said.get("number") or said.get("record") or ""
    return {
        "code": content["event"],
        "happened_on": date.fromisoformat(said["day"]),
        "until": date.fromisoformat(said["until"]) if said.get("until") else None,
        "source": f"{source.name} {content['title']} {number}".strip()[:100],
    }


def _journal_event(event, action, hands):
    facts = {"ref": event.subject.ref, "code": event.code, "how": hands.how}
    journal.write(action, by=hands.last, bureau=event.subject.bureau, about=event.about, facts=facts)


def _settle_fields(record, said, content, hands):
    wanted = {name: said[name] for name in content["sets"] if said.get(name)}
    subject = Subject.objects.select_for_update(no_key=True).get(pk=record.subject_id)
    if "new_name" in wanted:
        wanted["name"] = wanted.pop("new_name")
        held = record.before.get("name", subject.name)
        wanted["former_name"] = held if held != wanted["name"] else subject.former_name
    touched = {*wanted, *record.given}
    raw = {name: corrections.raw(subject, name) for name in touched}
    left, given = [], dict(record.given)
    for name in touched:
        is_ours = record.given.get(name) == raw[name]
        if wanted.get(name) == given.get(name):
            continue  # it says nothing new: what somebody has changed since stays
        if name in given and not is_ours and hands.undoes:  # somebody has changed it since: his word stands
            title = Subject._meta.get_field(name).verbose_name
            left.append(f"{subject.name}的{title}后来改过，保留现在的")
            _pass_on(record, name)
        elif name in wanted:
            if not is_ours:
                record.before[name] = raw[name]
            setattr(subject, name, wanted[name])
            given[name] = wanted[name]
            continue
        else:
            setattr(subject, name, record.before.pop(name, ""))
        given.pop(name, None)
    with moves.signed(subject.bureau, hands.how, by=hands.last, reason=str(record.source)):
        subject.save(update_fields=[*touched, "changed_at"] if touched else [])
    corrections.note(subject, raw, by=hands.last, reason=hands.how)
    record.given = {name: corrections.raw(subject, name) for name in given}
    record.save(update_fields=["before", "given"])
    return left


def _pass_on(record, name):
    """What stood before a record that goes is what stands before the one that wrote over it."""
    before, given = record.before.pop(name, ""), record.given[name]
    for other in SourceRecord.objects.filter(subject=record.subject_id).exclude(pk=record.pk):
        if name in other.given and other.before.get(name) == given:
            other.before[name] = before
            other.save(update_fields=["before"])


def _settle_visit(record, said, content, hands):
    """Another department's visit counts towards the cap; one that was taken back or moved stays on record."""
    gone = is_denied(said) or not said.get("day")
    wanted = None
    if not gone:
        wanted = {
            "department": said.get("organ", "")[:60],
            "on": date.fromisoformat(said["day"]),
            "matter": said.get("matter", ""),
        }
    old = record.visit if record.visit and record.visit.withdrawn_on is None else None
    if old and wanted and all(getattr(old, name) == value for name, value in wanted.items()):
        return
    if old:
        OtherVisit.objects.filter(pk=old.pk).update(withdrawn_on=timezone.localdate())
    record.visit = None
    if wanted:
        record.visit = OtherVisit.objects.create(bureau_id=record.bureau_id, subject=record.subject, **wanted)
    record.save(update_fields=["visit"])
    facts = {"how": hands.how, "counts": bool(wanted)}
    about = record.subject.about
    journal.write("visit.delivered", by=hands.last, bureau=record.subject.bureau, about=about, facts=facts)


_LICENCE = {
    "kind": "kind",
    "number": "number",
    "issuer": "organ",
    "issued_on": "day",
    "expires_on": "until",
    "scope": "scope",
}
_DAYS = ("issued_on", "expires_on", "ended_on")


def _settle_licence(record, said, content, hands):
    held = record.licence or _licence_of(record, said)
    now = {name: _text(getattr(held, name)) for name in [*_LICENCE, "ended_on"]} if held else {}
    if not said:
        _let_go(record, held, now)
        return
    if record.licence_id is None:
        record.before = now
    held = held or Licence(subject=record.subject)
    told = {name: said[theirs] for name, theirs in _LICENCE.items() if said.get(theirs)}
    if is_denied(said):
        told["ended_on"] = now.get("ended_on") or timezone.localdate().isoformat()
    elif "ended_on" in record.given or said.get("revoked") == "no":
        told["ended_on"] = ""
    kept = {name for name, text in record.given.items() if now.get(name) != text}  # changed by somebody since
    gone = set(record.given) - {*told, "kind", "number"}  # it stays the licence that it is
    back = {name: record.before.get(name, "") for name in gone}
    news = {name: text for name, text in told.items() if text != record.given.get(name)}
    kept = kept if hands.undoes else kept - set(news)
    _write_licence(held, {name: text for name, text in (back | news).items() if name not in kept})
    record.licence, record.given = held, told
    record.save(update_fields=["licence", "before", "given"])
    facts = {"how": hands.how, "licence": held.pk}
    about = record.subject.about
    journal.write("licence.delivered", by=hands.last, bureau=record.subject.bureau, about=about, facts=facts)


def _licence_of(record, said):
    told = {"kind": said.get("kind", ""), "number": said.get("number", "")}
    return Licence.objects.filter(subject=record.subject, **told).first() if said else None


def _let_go(record, held, now):
    """Nothing is deleted: a licence that came from here ends, another is as it was; one of which another
    source speaks stays."""
    others = SourceRecord.objects.filter(licence=held).exclude(pk=record.pk).exclude(given={}) if held else []
    later = next((each for each in others if each.pk > record.pk), None)
    if later is not None:
        later.before = record.before
        later.save(update_fields=["before"])
    elif held is not None and (record.before or others):
        ours = {name for name, text in record.given.items() if now.get(name) == text}
        _write_licence(held, {name: text for name, text in record.before.items() if name in ours})
    ended = {name: text for name, text in record.given.items() if name == "ended_on" and text == now[name]}
    if later is None and held is not None and not (record.before or others or held.ended_on):
        ended = {"ended_on": timezone.localdate().isoformat()}  # kept, so that it may be taken back
        _write_licence(held, ended)
    record.licence, record.before, record.given = None, {}, ended
    record.save(update_fields=["licence", "before", "given"])


def _write_licence(licence, told):
    for name, text in told.items():
        setattr(licence, name, (date.fromisoformat(text) if text else None) if name in _DAYS else text)
    licence.save()


def _text(value):
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


_MAKERS = {
    "event": _settle_event,
    "fields": _settle_fields,
    "licence": _settle_licence,
    "visit": _settle_visit,
}


def statements(source: Source, keys: Iterable[str]) -> dict[str, list[DeliveryRow]]:
    """{key: [what a source has said of it before and was not undone]}."""
    # what was once decided is not asked again
    live = [*LIVE_ROWS, DeliveryRowState.ODD, DeliveryRowState.REJECTED]
    live += [DeliveryRowState.SAME, DeliveryRowState.OLDER]
    found: dict[str, list[DeliveryRow]] = {}
    rows = DeliveryRow.objects.filter(
        bureau=source.bureau_id, key__in=list(keys), delivery__source=source, status__in=live
    ).exclude(delivery__status=DeliveryState.UNDONE)
    for row in rows.select_related("delivery", "subject").order_by("pk"):
        found.setdefault(row.key, []).append(row)
    return found
