"""回避: declared by the inspector, told by others, found in data; reviewed, ended, read.
Each reading is journaled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..errors import DomainError
from ..models import Declaration, Inspector, RecusalGround, Relation, Subject
from ..search import patterns
from ..states import RelationState
from ..transitions import move
from . import journal, messages
from .access import require, require_other

if TYPE_CHECKING:
    from datetime import date
    from typing import Any

    from ..models import Account, Bureau

_PARTS = ("legal_representative", "safety_officer", "liaison", "shareholders")


@transaction.atomic
def declare(inspector: Inspector, *, by: Account, found: dict[str, Any] | None = None) -> Declaration:
    """This year's statement: `found` is one relation as record() takes it; None says that there is nothing to
    declare, or nothing beside what stands.

    Only the inspector's own account may. Returns the Declaration.
    """
    require(by, "registries.declare_relation", inspector.bureau)
    if inspector.account_id != by.pk:
        raise DomainError("not_your_declaration")
    year = timezone.localdate().year
    made = Declaration.objects.create(
        bureau=inspector.bureau,
        inspector=inspector,
        year=year,
        made_by=by,
        says_none=found is None and not standing(inspector).exists(),
    )
    if found is not None:
        _keep(inspector, by=by, declaration=made, source="self", **found)
    journal.write(
        "declaration.made",
        by=by,
        about=made.about,
        facts={"inspector": inspector.ref, "year": year, "none": made.says_none},
    )
    return made


def standing(inspector):
    """The relations declared by an inspector that are in force, or wait, today; not what others told."""
    mine = Relation.objects.filter(inspector=inspector, source="self").exclude(status=RelationState.REFUSED)
    return mine.exclude(until__lt=timezone.localdate())


@transaction.atomic
def record(
    inspector: Inspector,
    subject: Subject | None,
    ground: RecusalGround,
    *,
    by: Account,
    since: date,
    relative: str = "",
    source: str = "self",
    until: date | None = None,
    **scope: str,
) -> Relation:
    """A relation entered at the desk; another person reviews it. The journal keeps codes, never the relative.

    `scope`: scope= and scope_text= where it is not one enterprise. Returns the Relation.
    """
    require(by, "registries.add_relation", inspector.bureau)
    relation = _keep(
        inspector,
        by=by,
        subject=subject,
        ground=ground,
        relative=relative,
        source=source,
        since=since,
        until=until,
        **scope,
    )
    messages.hand_on(relation, by=by)
    journal.write("relation.recorded", by=by, about=relation.about, facts={"inspector": inspector.ref})
    return relation


@transaction.atomic
def review(relation: Relation, is_true: bool, note: str = "", *, by: Account) -> Relation:
    """The legal or discipline role says whether a relation holds; not who entered it,
    and not whom it concerns."""
    require(by, "registries.review_relation", relation.bureau)
    relation = Relation.objects.select_for_update(no_key=True).get(pk=relation.pk)
    require_other(by, relation.recorded_by, relation.inspector.account)
    to = RelationState.CONFIRMED if is_true else RelationState.REFUSED
    move(relation, to, reviewed_by=by, reviewed_at=timezone.now(), review_note=note)
    messages.judged(relation, relation.recorded_by, is_true, note, by=by)
    journal.write(f"relation.{relation.status}", by=by, about=relation.about)
    return relation


@transaction.atomic
def end(relation: Relation, until: date, note: str, *, by: Account) -> Relation:
    """The relation ends on a day, with a reason; it stays on record."""
    require(by, "registries.review_relation", relation.bureau)
    relation = Relation.objects.select_for_update(no_key=True).get(pk=relation.pk)
    require_other(by, relation.inspector.account, relation.recorded_by)
    if relation.status != RelationState.CONFIRMED:
        raise DomainError("stale", what=str(relation), status=relation.get_status_display())
    if relation.until is not None:
        raise DomainError("relation_ended", day=relation.until)
    if until < relation.since:
        raise DomainError("relation_ends_before", day=relation.since)
    relation.until, relation.review_note = until, note
    relation.save(update_fields=["until", "review_note"])
    journal.write("relation.ended", by=by, about=relation.about, facts={"until": until.isoformat()})
    return relation


@transaction.atomic
def compare(bureau: Bureau, *, by: Account) -> list[Relation]:
    """Look for the inspectors, their declared relatives and former employers among the
    enterprises' people and names.

    What is found is a hint: a relation of source "data" that waits for a person, and is not made a second
    time, whatever became of it. The text says on what it rests. Returns the new Relations.
    """
    require(by, "registries.review_relation", bureau)
    people = Inspector.objects.filter(bureau=bureau, left_on=None)
    own = {}
    for each in people:
        own.setdefault(each.name, []).append((each.pk, "R07", "与{what}同名"))
        for employer in _words(each.former_employers):
            own.setdefault(employer, []).append((each.pk, "R08", "曾任职单位"))
    for relation in (
        Relation.objects.filter(bureau=bureau).exclude(relative="").exclude(status=RelationState.REFUSED)
    ):
        for name in _words(relation.relative):
            own.setdefault(name, []).append((relation.inspector_id, "R07", "申报的亲属与{what}同名"))
    grounds = {
        each.code: each
        for each in RecusalGround.objects.filter(bureau=bureau, code__in=["R06", "R07", "R08"])
    }
    known = set(Relation.objects.filter(bureau=bureau).values_list("inspector_id", "subject_id"))
    made = []
    rows = Subject.objects.filter(bureau=bureau).listed().values_list("pk", "name", "former_name", *_PARTS)
    for pk, name, former, *parts in rows.iterator():
        for person, code, said in _hits(own, name, former, parts):
            if code in grounds and (person, pk) not in known:
                known.add((person, pk))
                made.append(
                    Relation.objects.create(
                        bureau=bureau,
                        inspector_id=person,
                        subject_id=pk,
                        ground=grounds[code],
                        source="data",
                        evidence=said,
                        since=timezone.localdate(),
                    )
                )
    journal.write("relation.compared", by=by, about="relations", bureau=bureau, facts={"hints": len(made)})
    return made


def pairs(bureau, day, until=None, subject=None):
    """(enterprise's ref, inspector's ref) of every pair that must not meet on a day, or on one up to
    `until`; ranges spelt out. Of one enterprise, where it is given."""
    binding = Relation.objects.filter(bureau=bureau).in_force(day, until)
    single = binding.filter(scope="enterprise")
    if subject is not None:
        single = single.filter(Q(subject=subject) | Q(subject__merged_into=subject))
    for ref, merged, person in single.values_list(
        "subject__ref", "subject__merged_into__ref", "inspector__ref"
    ):
        yield merged or ref, person
    for relation in binding.exclude(scope="enterprise").select_related("inspector"):
        covered = Subject.objects.filter(relation.covers(), bureau=bureau).listed()
        covered = covered if subject is None else covered.filter(pk=subject.pk)
        for ref in covered.values_list("ref", flat=True):
            yield ref, relation.inspector.ref


def find_subject(bureau, words):
    """What an inspector typed for an enterprise in, the one Subject out. Raises
    subject_unknown or subject_unclear."""
    found = Subject.objects.filter(bureau=bureau).listed()
    exact = found.filter(name=words.strip())
    for part in patterns(words):
        found = found.filter(search__contains=part)
    several = list((exact if exact.exists() else found)[:6])
    if not several or not words.strip():
        raise DomainError("subject_unknown", words=words[:40])
    if len(several) > 1:
        raise DomainError(
            "subject_unclear", names="、".join(f"{each.name}（{each.ref}）" for each in several[:5])
        )
    return several[0]


def note_reading(relation: Relation, *, by: Account) -> None:
    """Write down that somebody opened a relation."""
    with transaction.atomic():
        journal.write("relation.read", by=by, about=relation.about)


def require_new(inspector, ground, subject=None, scope="enterprise", scope_text=""):
    """Raises relation_without_target, scope_unknown (no enterprise of the register is in the range) or
    relation_standing."""
    if (scope == "enterprise") != (subject is not None) or (scope != "enterprise" and not scope_text.strip()):
        raise DomainError("relation_without_target")
    same = Relation.objects.filter(
        inspector=inspector,
        ground=ground,
        scope=scope,
        subject=subject,
        scope_text=scope_text.strip(),
        until=None,
    )
    if same.exclude(status=RelationState.REFUSED).exists():
        raise DomainError("relation_standing")
    covered = Relation(scope=scope, scope_text=scope_text.strip()).covers() if scope != "enterprise" else None
    if covered is not None and not Subject.objects.filter(covered, bureau=inspector.bureau).exists():
        raise DomainError("scope_unknown", words=scope_text.strip()[:40])


def _keep(inspector, *, by, ground, subject=None, scope="enterprise", scope_text="", **rest):
    require_new(inspector, ground, subject, scope, scope_text)
    return Relation.objects.create(
        bureau=inspector.bureau,
        inspector=inspector,
        ground=ground,
        subject=subject,
        scope=scope,
        scope_text=scope_text.strip(),
        recorded_by=by,
        **rest,
    )


def _words(text):
    return {word for word in re.split(r"[^\w·]+", text) if len(word) >= 2}


def _hits(own, name, former, parts):
    for text in filter(None, (name, former)):
        for person, code, said in own.get(text, ()):
            if code == "R08":
                yield person, code, said
    for what, text in zip(("法定代表人", "安全负责人", "联络员", "股东或高管"), parts, strict=True):
        for word in _words(text) if text else ():
            for person, code, said in own.get(word, ()):
                if code == "R07":
                    yield person, "R06" if what == "股东或高管" else "R07", said.format(what=what)
