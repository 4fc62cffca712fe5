"""The pool of a task: every registry row of its classes with status and reason, every
inspector of its sections.

Nothing is just missing (SJS1 §3): a row is E, M or X:code, and the codes are published with their counts.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from registries import lots, presence, tree
from registries.errors import DomainError
from registries.models import Inspector, Production, Reason, Subject, SubjectEvent
from registries.services import caps, journal, relations
from registries.services.jurisdiction import Jurisdiction

from ..case import yearly
from ..case.models import Case
from ..engine.objects import sample_size
from ..engine.probability import tier_probabilities
from ..plan import kinds
from ..plan import strata as strata_of
from ..states import CaseState, ChangeState
from .models import Change, Draw

LOOKED_AT = "subject.return_seen"  # the supervisor has read the flag that it came back
_FREED = ("X:closed", "X:area")  # what an entry in the register alone brings about, and takes back
_WORKING = [each for each in Production.values if each not in presence.STOPPED]


@dataclass
class Pool:
    """strata [name, rate, minimum, skill]; rows [ref, stratum, lots, status];
    inspectors; recused {ref: [ids]} of the rows from which anybody is."""

    strata: list
    rows: list
    inspectors: list
    recused: dict


def build(task, before=None, table=None):
    """Task in, Pool as of today out. `before`: the infeasible or void draw that is followed (SJS1
    §8). `table`: the lot table."""
    taken_over = _tasks_of(before)
    status = _Status(task, taken_over, lots.table(task.bureau) if table is None else table)
    stratum_of, rests = strata_of.chooser(task), strata_of.rests_of(task)
    titles = {each.pk: each.title for each in task.strata.select_related("category")}
    rows, rest, full = [], set(), []
    for firm in _firms(task):
        stratum = stratum_of(firm)
        if stratum is None:
            rest.add(firm.category_id)
        name = titles[stratum.pk] if stratum else rests[firm.category_id]
        rows.append([firm.ref, name, status.lots(firm), status.of(firm, stratum)])
        if taken_over is not None and firm.ref in taken_over and status.at_cap(firm):
            full.append(firm.name)
    strata = _strata(task, taken_over, {rests[each]: each for each in rest})
    if taken_over is not None:
        if full and not task.cap_reason:
            raise DomainError("followed_at_cap", names="、".join(full[:5]), count=len(full))
        rows = _with_taken_over(rows, taken_over, before)
    rows.sort()
    inspectors = _inspectors(task)
    return Pool(
        strata,
        rows,
        inspectors,
        _recused(task, {row[0] for row in rows}, {each["id"] for each in inspectors}),
    )


_ASKED = (
    "pk", "ref", "name", "category_id", "section_id", "production", "registration_status", "level", "is_key",
    "area", "premises", "address", "authority", "credit_code", "town", "risk", "grade", "credit", "standard",
)  # fmt: skip


def _firms(task):
    """The listed enterprises of the task's classes, as rows of what is asked of them: a city has hundreds of
    thousands."""
    rows = Subject.objects.listed().filter(bureau=task.bureau, category__in=task.strata.values("category"))
    # What the law keeps secret stands in no series that is published one day.
    rows = rows.filter(is_secret=False).order_by("ref")
    return rows.values_list(*_ASKED, named=True).iterator(chunk_size=5000)


def _strata(task, taken_over, rest):
    """[[name, rate, minimum, skill]]; `rest`: {name: the class of those whom no stratum holds}."""
    found = [
        [
            each.title,
            0 if taken_over is not None else each.rate_bp,
            0 if taken_over is not None else each.minimum,
            each.category.skill.name,
        ]
        for each in task.strata.select_related("category__skill")
    ]
    skills = {
        each.category_id: each.category.skill.name for each in task.strata.select_related("category__skill")
    }
    return sorted([*found, *([name, 0, 0, skills[category]] for name, category in rest.items())])


def of_commit(draw):
    """The Pool that a draw has sealed."""
    commit = json.loads(draw.commit_json)
    recused = {ref: opening[1] for ref, opening in json.loads(draw.sealed_json).items()}
    return Pool(commit["strata"], [row[:4] for row in commit["pool"]], commit["inspectors"], recused)


def public_facts(pool, task, table=None):
    """What is published at sealing (SJS1 §9): counts, rates, k, chances, recusal counts. Names nobody.
    `table`: the lot table it is sealed with; a draw of before the tables has none."""
    strata, by_name = [], {}
    for row in pool.rows:
        by_name.setdefault(row[1], []).append(row)
    for name, rate, minimum, skill in pool.strata:
        rows = by_name.get(name, [])
        tiers = Counter(row[2] for row in rows if row[3] == "E")
        size = sample_size(sum(tiers.values()), rate, minimum)
        chances = tier_probabilities(dict(tiers), size)
        strata.append(
            {
                "name": name,
                "skill": skill,
                "rate_bp": rate,
                "minimum": minimum,
                "rows": len(rows),
                "k": size,
                "counts": dict(sorted(Counter(row[3] for row in rows).items())),
                "tiers": [
                    {"lots": lots, "rows": tiers[lots], "chance": f"{chances[lots]:.4f}"}
                    for lots in sorted(tiers)
                ],
            }
        )
    recused = [len(ids) for ids in pool.recused.values()]
    return {
        "strata": strata,
        "inspectors": dict(sorted(Counter(each["status"] for each in pool.inspectors).items())),
        "recused_pairs": sum(recused),
        "recused_most": max(recused, default=0),
        "rules": rules_of(task),
        "window": [task.window_from.isoformat(), task.window_to.isoformat()],
    } | ({} if table is None else {"lots": table})


def rules_of(task):
    """The rules of the commitment (SJS1 §6)."""
    return {
        "team": task.team,
        "core": task.core,
        "core_leads": int(task.core_leads),
        "others": task.others,
        "slack_pct": task.slack_pct,
    }


class _Status:
    """Status and lots of each enterprise, by the task's published rule."""

    def __init__(self, task, taken_over, table):
        today, kind = timezone.localdate(), kinds.kind_of(task)
        self.task = task
        self.counts, self.names_all = kind.counts, kind.draw == "allowed"
        self.taken_over = taken_over
        self.events = {}
        for event in SubjectEvent.objects.filter(subject__bureau=task.bureau).counted(today):
            self.events.setdefault(event.subject_id, []).append(event)
        self.caps, self.rules, self.lots_known = caps.rules_of(task.bureau), table, {}
        self.lifting = set(
            Reason.objects.filter(bureau=task.bureau, kind="event", lifts=True).values_list("code", flat=True)
        )
        self.jurisdiction, self.claimed = Jurisdiction(task.bureau), tree.claimed(task.bureau)
        self.classes = {each.category_id: each.category for each in task.strata.select_related("category")}
        self.named = set(task.named.values_list("subject_id", flat=True))
        self.returned = returned(task.bureau)
        self.inspected, self.seen, self.visits = {}, {}, Counter()
        for each in yearly.of(task.bureau, today.year):
            # What is named and not yet begun is a secret that a released pool would tell.
            if each.draw is None and each.status == CaseState.OPENED:
                continue
            day = timezone.localdate(each.opened_at)
            self.visits[each.subject] += each.counts
            self.seen[each.subject] = max(day, self.seen.get(each.subject, day))
            if each.draw:
                self.inspected[each.subject] = max(day, self.inspected.get(each.subject, day))
        self.visits.update(yearly.others(task.bureau, today.year))
        # What was merged into another counts for that one.
        for gone, stays in (
            Subject.objects.filter(bureau=task.bureau)
            .exclude(merged_into=None)
            .values_list("pk", "merged_into")
        ):
            self.events.setdefault(stays, []).extend(self.events.pop(gone, ()))

    def of(self, subject, stratum):
        """`stratum`: its TaskStratum, or None where it lies in none."""
        if self.taken_over is not None:
            return "M" if subject.ref in self.taken_over else "X:void"
        plain = presence.of_enterprise(
            subject.production,
            subject.registration_status,
            subject.level,
            self.task.bureau.level,
            is_ours=self.jurisdiction.is_ours(subject),
        )
        if plain != "E":
            return plain
        if subject.credit_code in self.claimed:
            return "X:level"
        if stratum is None:
            return "X:stratum"
        if self.task.section_id and self.task.section_id != (
            subject.section_id or self.classes[subject.category_id].section_id
        ):
            return "X:section"
        if self.named and subject.pk not in self.named:
            return "X:unnamed"
        is_must = self.named or self.task.includes_key and subject.is_key or subject.ref in self.returned
        # The cap binds whoever is to be visited; above it a must row is visited for the
        # head's reason, and not by lot.
        if self.at_cap(subject) and not (is_must and self.task.cap_reason):
            return "X:cap"
        if is_must:
            return "M"
        if self.names_all:  # a kind whose enterprises are named, or key: chance has no part in them
            return "X:unnamed"
        if (
            self.task.excludes_drawn
            and subject.pk in self.inspected
            and not self._lifted(subject.pk, self.inspected)
        ):
            return "X:drawn"
        if (
            self.task.excludes_inspected
            and subject.pk in self.seen
            and not self._lifted(subject.pk, self.seen)
        ):
            return "X:inspected"
        return "E"

    def at_cap(self, subject):
        """Whether it has had its year's inspections, and this would be one more."""
        own = self.classes[subject.category_id].yearly_cap
        cap = caps.cap_by(subject, self.caps, own) if self.counts else None
        return cap is not None and self.visits[subject.pk] >= cap

    def _lifted(self, pk, days):
        # 乌审旗四（一）: complaint, abnormal operation, penalty or a superior's rule lift the
        # exclusion: what came after
        # the inspection, or still lasts.
        since = days[pk]
        events = [event for event in self.events.get(pk, ()) if event.code in self.lifting]
        return any(event.until or event.happened_on >= since for event in events)

    def lots(self, subject):
        """By the bureau's table as it stands: what a draw has sealed is in its public facts."""
        codes = tuple(event.code for event in self.events.get(subject.pk, ()))
        alike = (subject.risk, subject.grade, subject.credit, codes)  # all that a rule asks of
        if alike not in self.lots_known:
            self.lots_known[alike] = lots.of(subject, codes, self.rules)
        return self.lots_known[alike]


def returned(bureau):
    """{ref: number of the draw that left it out} of those that have come back and that the supervisor has
    looked at: must rows within Bureau.returned_months, until they have been inspected. A closure that spared
    somebody the draw costs them a visit; before a second person has looked they are ordinary rows, so that
    nobody sends an inspection to a firm by closing and opening it."""
    back = came_back(bureau)
    about = dict(Subject.objects.filter(bureau=bureau, ref__in=back).values_list("ref", "pk"))
    return {
        ref: number
        for ref, (number, at) in back.items()
        if journal.has_happened(bureau.pk, Subject.about_of(about[ref]), (LOOKED_AT,), at)
    }


def came_back(bureau):
    """{ref: (number of the draw, when)} of the enterprises that a sealed pool or a change left out as
    stopped, closed or another county's, that work here again, and that have not been inspected since."""
    if not bureau.returned_months:
        return {}
    since = timezone.now() - timedelta(days=31 * bureau.returned_months)
    left = _left_out(bureau, since)
    found = _work_again(bureau, left) if left else {}
    seen = Case.objects.filter(bureau=bureau, ended_at__gte=since).values_list("subject__ref", "ended_at")
    for ref, ended_at in seen:
        if ref in found and ended_at > found[ref][1]:
            del found[ref]
    return found


def _left_out(bureau, since):
    """{ref: (number of the draw, when)} of what a sealed pool, or a change since, left out."""
    left = {}
    for draw in Draw.objects.filter(bureau=bureau, sealed_at__gte=since).order_by("pk"):
        if any(draw.public_facts_have(each) for each in _FREED):
            rows = json.loads(draw.commit_json)["pool"]
            left |= {row[0]: (draw.number, draw.sealed_at) for row in rows if row[3] in _FREED}
    gone = Change.objects.filter(
        draw__bureau=bureau,
        kind="subject",
        reason="closed",
        status=ChangeState.COMPLETED,
        completed_at__gte=since,
    )
    left |= {
        change.out_ref: (change.draw.number, change.completed_at) for change in gone.select_related("draw")
    }
    merged = Subject.objects.filter(bureau=bureau).exclude(merged_into=None)
    for gone, stays in merged.values_list("ref", "merged_into__ref"):
        if gone in left:
            left.setdefault(stays, left[gone])
    return left


def _work_again(bureau, left):
    """Of those left out, the ones that could be inspected today."""
    own, found = Jurisdiction(bureau), {}
    for each in Subject.objects.listed().filter(bureau=bureau, production__in=_WORKING).iterator():
        if each.ref not in left:
            continue
        is_ours = own.is_ours(each)
        said = ("normal", each.registration_status, each.level, bureau.level)
        if presence.of_enterprise(*said, is_ours=is_ours) == "E":
            found[each.ref] = left[each.ref]
    return found


def _tasks_of(before):
    if before is None or not before.result_digest:
        return None
    return {row[0] for row in drawn_tasks(before)}


def _with_taken_over(rows, taken_over, before):
    """The enterprises of the draw that is followed are must rows, whatever has happened to them since:
    merged, taken out, of another class. Each stands under the ref and the class it was sealed with."""
    sealed = {row[0]: row[1] for row in of_commit(before).rows}
    return [row for row in rows if row[0] not in taken_over] + [
        [ref, sealed[ref], 1, "M"] for ref in taken_over
    ]


def drawn_tasks(draw):
    """[(ref, stratum or "")] of a draw's result: must rows first, then the drawn."""
    result = json.loads(draw.result_json)
    return [(ref, "") for ref in result["must"]] + [
        (ref, each["stratum"]) for each in result["objects"] for ref in each["drawn"]
    ]


def _inspectors(task):
    people = (
        Inspector.objects.filter(bureau=task.bureau, left_on=None)
        .prefetch_related("skills", "certificates", "leaves", "trainings", "declarations")
        .select_related("bureau")
    )
    if task.sections.exists():
        people = people.filter(section__in=task.sections.all())
    return sorted(
        (
            {
                "id": each.ref,
                "leader": int(each.may_lead),
                "max": each.max_tasks,
                "skills": sorted(skill.name for skill in each.skills.all()),
                "status": presence.of(each, task.window_from, task.window_to),
            }
            for each in people
        ),
        key=lambda each: each["id"],
    )


def _recused(task, refs, people):
    found = {}
    for ref, person in relations.pairs(task.bureau, task.window_from, task.window_to):
        if ref in refs and person in people:
            found.setdefault(ref, set()).add(person)
    return {ref: sorted(ids) for ref, ids in found.items()}
