"""封存: preflight, and the commitment published before any part of the seed exists (SJS1 §3)."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from registries import lots
from registries.errors import DomainError
from registries.models import Account, Category, Inspector, Subject
from registries.services import caps, journal, leaves, messages
from registries.services.access import require

from .. import engine, numbers
from ..engine.files import VERSION, ZEROS, Row, read_commitment, recusal_digest
from ..engine.preflight import find_lacks
from ..plan import kinds, plans
from ..plan.models import Task, TaskStratum
from ..states import DEAD_DRAW, OPEN_CASE, TaskState
from . import edits, hands, logged, pool
from .models import Draw, SeedSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


def preflight(task, before=None, table=None):
    """Task in; (Pool, [Lack]) out: what would be sealed now, and the enterprises that no team fits. `table`:
    the lot table, where it has been read already."""
    found = pool.build(task, before, table)
    return found, find_lacks(*commitment_of(task, found))


def commitment_of(task, found):
    """The Commitment that a Pool would make, without its names and hashes, and {row: recused ids}. Its rows
    are not written out and read again: the sealing will."""
    frame = read_commitment(engine.dump(_frame(task, found, "0" * 32) | {"pool": []}))
    rows = {row[0]: Row(*row, "") for row in found.rows}
    nobody = frozenset()
    recused = {ref: frozenset(found.recused[ref]) if ref in found.recused else nobody for ref in rows}
    return replace(frame, pool=rows), recused


def require_feasible(task, found, lacks):
    """Raises where a Pool has nobody to be visited, leaves out whom the task names, or has
    enterprises that no team fits."""
    full = [row[0] for row in found.rows if row[3] == "X:cap"]
    named = (
        task.named.filter(subject__ref__in=full).select_related("subject__category").first() if full else None
    )
    if named is not None:
        cap = caps.cap_of(named.subject, caps.rules_of(task.bureau))
        raise DomainError("named_cap", subject=named.subject.name, cap=cap)
    if not any(row[3] in "EM" for row in found.rows):
        raise DomainError("pool_empty")
    if lacks:
        raise DomainError("preflight_failed", count=len(lacks), example=explain(lacks[0], task))


def digest_of(table):
    """The lot table's fingerprint in the journal: what was published can be held against it."""
    return hashlib.sha256(json.dumps(table, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def seal(
    task: Task,
    *,
    by: Account,
    seed_at: datetime,
    release_by: date,
    sources: Sequence[tuple[str, str, Account]],
    redraw_tip: str,
    redraw_max: int,
    seconds: Mapping[str, Account] | Sequence[tuple[str, Account]] = (),
    tell_at: datetime | None = None,
    bodies: Mapping[str, str] | None = None,
) -> Draw:
    """Freeze the pool and publish its commitment, before any part of the seed exists. Returns the Draw.

    `sources`: [(name, kind, account)] in the order of the seed. `redraw_tip`, `redraw_max`: what the
    supervisor hands over of the one-time codes. `seconds`: {name of a lottery: the account that types it
    again}. `tell_at`: when the teams are told; None is as soon as drawn. `bodies`: {name of a source: the
    body that the witness comes from}, for the public. Raises what stands in the way.
    """
    require(by, "inspections.seal_draw", task.bureau)
    # nobody takes it back meanwhile
    task = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    seconds = dict(seconds)
    said = {"seed_at": seed_at, "release_by": release_by, "tell_at": tell_at, "sources": sources}
    require_said(task, by=by, seconds=seconds, redraw_tip=redraw_tip, **said)
    # Taking the number first makes sealers of one bureau wait for each other: no two share a prev.
    year = timezone.localdate().year
    serial = numbers.take(task.bureau, "draw", year)
    prev, after, used = logged.place(task.bureau, year, task.number)
    _require_known(task, after)
    while serial <= used:  # the log knows of sealings that a restored database has lost
        serial = numbers.take(task.bureau, "draw", year)
    plans.take_round(task)
    before, table = followed(task), lots.table(task.bureau)
    name_strata(task)
    found, lacks = preflight(task, before, table)
    require_feasible(task, found, lacks)
    _require_seen(task, found, by, sources)
    last = Draw.objects.filter(bureau=task.bureau).order_by("-pk").first()
    facts = {
        "draw": f"{task.bureau.code}-{year}-{serial:03d}",
        "prev": prev or (last.commitment if last else ZEROS),
        "after": after or (before.commitment if before else ZEROS),
        "seed_at": seed_time(seed_at),
        "seed_plan": [name for name, _, _ in sources],
        "redraw_tip": redraw_tip,
        "redraw_max": redraw_max,
    }
    draw = Draw(task=task, seed_at=seed_at, release_by=release_by, tell_at=tell_at, sealed_by=by)
    draw.public_facts, rows = _told(found, task, table), len(found.rows)
    files = _files(task, found, facts)
    del found  # of a city it is large, and so is what is written now
    write(draw, facts, *files)
    _name_sources(draw, sources, seconds, bodies or {})
    messages.settle(task)
    messages.hand_on(draw, by=by)
    facts = on_record(draw, rows, table, bodies)
    journal.write("draw.sealed", by=by, about=draw.about, facts=facts)
    logged.sealed(draw)
    return draw


def require_said(task, *, by, seed_at, release_by, tell_at, sources, seconds, redraw_tip, **more):
    """Raises what can be refused without the pool: the task, its moments, who throws and types."""
    _require_may_be_sealed(task)
    _require_times(task, seed_at, release_by, tell_at)
    _require_sources(sources, dict(seconds), by)
    _require_tip(redraw_tip)


def on_record(draw, rows, table, bodies=None):
    """What the journal keeps of a sealing."""
    facts = {"commitment": draw.commitment, "prev": draw.prev, "rows": rows, "lots": digest_of(table)}
    facts |= {"tell_at": seed_time(draw.tell_at)} if draw.tell_at else {}
    return facts | ({"bodies": sorted(map(list, bodies.items()))} if bodies else {})


@transaction.atomic
def take_sealed(draw: Draw, *, by: Account) -> dict[str, bytes]:
    """commit.json, sealed.json and the published counts for the supervisor, so that nobody can lose them:
    from these recovery.py puts a thrown draw back into a database. Each taking is journaled."""
    require(by, "inspections.take_sealed", draw.bureau)
    journal.write("draw.sealed_taken", by=by, about=draw.about, facts={"commitment": draw.commitment})
    notice = leaves.as_published(draw.public_facts)
    files = {"commit.json": draw.commit_json, "sealed.json": draw.sealed_json, "notice.json": notice}
    return {name: text.encode() for name, text in files.items()}


def seed_time(moment):
    """The announced time of the first throw as commit.json writes it (SJS1 §3)."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M+08:00")


@transaction.atomic
def report_lost(draw: Draw, what: str, note: str, *, by: Account) -> None:
    """The supervisor says that the sealed copy or the one-time codes are lost. Nothing is made anew:
    the copy may be taken again, each time on record; without its codes a draw can make no more
    changes, and that stays visible."""
    require(by, "inspections.open_code", draw.bureau)
    column = {"copy": "copy_lost_at", "codes": "codes_lost_at"}[what]
    Draw.objects.filter(pk=draw.pk, **{column: None}).update(**{column: timezone.now()})
    journal.write(
        "draw.lost",
        by=by,
        about=draw.about,
        facts={"what": what, "note": note[:200]},
    )


def explain(lack, task):
    """A Lack as a sentence a clerk can act on."""
    subject = Subject.objects.filter(bureau=task.bureau, ref=lack.row).first()
    return (
        f"“{subject.name if subject else lack.row}”（{lack.stratum}）能参加的只有 {lack.members} 人，"
        f"其中可任专业人员的 {lack.cores} 人（须回避 {lack.recused} 人），规则要求每组 {task.team} "
        f"人、专业人员 {task.core} 人"
    )


# -- inside ----------------------------------------------------------------------------------------


def _require_seen(task, found, by, sources):
    """Nobody is two of those who act; whatever was done to the register, a second person has looked at."""
    hands.require_apart(hands.of_sealing(task, found, by, sources))
    edits.require_signed(task)


def _told(found, task, table):
    """What is published: the pool's facts, and who vanished from its classes since they were last sealed."""
    return pool.public_facts(found, task, table) | {"gone": edits.gone(task, found.rows)}


def _require_known(task, last):
    """A draw of the task that was thrown binds the next one (SJS1 §8), also where the database has lost
    it."""
    if last and not task.draws.filter(commitment=last).exists() and logged.was_thrown(task.bureau, last):
        raise DomainError("log_thrown", task=task.title)


def _require_may_be_sealed(task):
    if task.status != TaskState.APPROVED:
        raise DomainError("task_not_approved", task=task.title)
    plans.require_ready(task)
    if not kinds.is_drawn(task):
        raise DomainError("kind_not_drawn", kind=kinds.kind_of(task).title)
    if task.cases.filter(draw=None).exists():
        raise DomainError("already_opened", task=task.title)


def _name_sources(draw, sources, seconds, bodies):
    """Who throws and types, in their order; and the classes remember that they were sealed."""
    for position, (name, kind, account) in enumerate(sources, 1):
        SeedSource.objects.create(
            draw=draw,
            position=position,
            name=name,
            kind=kind,
            account=account,
            second=seconds.get(name),
            body=bodies.get(name, "")[:60],
        )
    mark_classes(draw)


def mark_classes(draw):
    Category.objects.filter(pk__in=draw.task.strata.values("category")).update(sealed_at=draw.sealed_at)


def _commit(task, found, named, salt):
    sealed, rows, nobody = {}, [], []
    for ref, stratum, weight, status in found.rows:
        nonce, recused = secrets.token_hex(16), found.recused.get(ref, nobody)
        sealed[ref] = [nonce, recused]
        rows.append([ref, stratum, weight, status, recusal_digest(ref, nonce, recused)])
    return _frame(task, found, salt) | {"pool": rows} | named, sealed


def _frame(task, found, salt):
    """A commitment without its rows, its place in the series, its seed."""
    return {
        "v": VERSION,
        "draw": "-",
        "task": task.number or "-",
        "after": ZEROS,
        "prev": ZEROS,
        "seed_at": "-",
        "salt": salt,
        "strata": found.strata,
        "inspectors": found.inspectors,
        "rules": pool.rules_of(task),
        "seed_plan": ["-"],
        "redraw_tip": ZEROS,
        "redraw_max": 0,
    }


def followed(task):
    """The ended draw of this task that a new one must follow, or None. A living one forbids it."""
    last = task.draws.order_by("-pk").first()
    if last is not None and last.status not in DEAD_DRAW:
        raise DomainError("task_already_drawn", task=task.title, number=last.number)
    return last


def _files(task, found, named):
    """commit.json and sealed.json as bytes."""
    commit, sealed = _commit(task, found, named, secrets.token_hex(16))
    return engine.dump(commit), engine.dump(sealed)


def write(draw, named, commit, sealed):
    """The draw's row, and its two files beside it. What was written is read as anybody will read it."""
    draw.bureau, draw.number, draw.redraw_max = draw.task.bureau, named["draw"], named["redraw_max"]
    draw.prev, draw.after = named["prev"], named["after"]
    draw.commitment = read_commitment(commit).digest
    draw.save(force_insert=True)
    draw.files.create(name="commit", text=commit.decode())
    draw.files.create(name="sealed", text=sealed.decode())


def _require_nobody_named(names, bureau):
    """They stand in the public log for ever, which names no person (public-log §2)."""
    people = {
        *Inspector.objects.filter(bureau=bureau).values_list("name", flat=True),
        *Account.objects.filter(bureau=bureau).values_list("display_name", flat=True),
    }
    for name in names:
        if person := next((each for each in people if len(each) > 1 and each in name), None):
            raise DomainError("source_names_person", name=name, person=person)


def _require_tip(tip):
    if len(tip) != 64 or set(tip) - set("0123456789abcdef"):
        raise DomainError("tip_invalid")


def name_strata(task):
    """What each class is called from now on, whatever the register calls it later."""
    for stratum in task.strata.filter(sealed_as="").select_related("category"):
        TaskStratum.objects.filter(pk=stratum.pk).update(sealed_as=stratum.title)


def _require_times(task, seed_at, release_by, tell_at):
    # Minutes are announced, and a form takes a few to fill in; no value can be lodged
    # before the sealing anyway.
    if seed_at < timezone.now() - timedelta(minutes=5):
        raise DomainError("seed_at_past", at=timezone.localtime(seed_at).strftime("%Y-%m-%d %H:%M"))
    if not timezone.localdate(seed_at) <= min(task.window_to, release_by - timedelta(days=1)):
        raise DomainError("seed_at_late", day=task.window_to)
    if release_by < task.window_to:
        raise DomainError("release_before_window", day=task.window_to)
    if tell_at and not seed_at <= tell_at <= _end_of(task.window_to):
        raise DomainError("tell_at_outside", day=task.window_to)
    # This commitment will mark whom an earlier draw has drawn: it must not be released before that draw is.
    secret = Draw.objects.filter(bureau=task.bureau, cases__status__in=OPEN_CASE, release_by__gt=release_by)
    if secret.exists():
        latest = secret.order_by("-release_by").first()
        raise DomainError("release_before_earlier", number=latest.number, day=latest.release_by)


def _end_of(day):
    return timezone.make_aware(datetime.combine(day, time.max))


def _require_sources(sources, seconds, sealer):
    if not any(kind == "dice" for _, kind, _ in sources) or not all(
        name and account for name, _, account in sources
    ):
        raise DomainError("sources_missing")
    if any(kind == "dice" and account == sealer for _, kind, account in sources):
        raise DomainError("sources_sealer")
    names = [name for name, _, _ in sources]
    bad = next((name for name in names if names.count(name) > 1 or name.splitlines() != [name]), None)
    if bad is not None:
        raise DomainError("sources_same_name", name=" ".join(bad.split()))
    _require_nobody_named(names, sealer.bureau_id)
    accounts = [account.pk for _, _, account in sources]
    if len(set(accounts)) != len(accounts):
        raise DomainError("sources_same_account")
    for name, kind, account in sources:
        # A lottery's number is typed by two: one of them could only mistype it, or lie, in the other's sight.
        second = seconds.get(name)
        if kind == "lottery" and (
            second is None
            or second == account
            or second.bureau_id != sealer.bureau_id
            or not second.has_perm("inspections.enter_value")
        ):
            raise DomainError("lottery_second", name=name)
