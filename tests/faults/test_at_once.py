"""Many at the same moment: one of them does it, the others are told; numbers and
chains have no gap and no fork."""

import hashlib

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from inspections.draw import drawing, replacements, values, voiding
from inspections.models import Draw, NumberSeries, Paper
from inspections.papers import issuing
from inspections.visit import visits
from inspections.watch import papertrail, verification
from registries import signin
from registries.errors import DomainError
from registries.models import JournalEntry
from registries.services import journal

from ..inspections.papers.test_papers import visited
from ..staircase import CODES, PASSWORD, throw
from ..walls import as_owner
from .conftest import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_postgres")]


def test_fifty_clicks_on_run_are_one_draw(sealed):
    draw = throw(sealed)
    outcomes = all_at_once(50, lambda n: drawing.run(draw.pk))
    assert [wrong for _, wrong in outcomes if wrong] == []
    assert sum(done is not None for done, _ in outcomes) == 1
    assert JournalEntry.objects.filter(action="draw.drawn").count() == 1
    assert verification.verify(draw.pk) == []


def test_fifty_clicks_on_seal_are_one_draw(register, inspectors, make_task, seal):
    task = make_task()
    outcomes = all_at_once(50, lambda n: seal(task))
    assert sum(done is not None for done, _ in outcomes) == 1
    assert {wrong.code for _, wrong in outcomes if wrong} == {"task_already_drawn"}
    assert NumberSeries.objects.get(kind="draw").last == Draw.objects.count() == 1


def test_fifty_clicks_of_a_witness_are_one_value(sealed):
    source = sealed.sources.order_by("position").first()
    outcomes = all_at_once(50, lambda n: values.lodge(source, f"{n:010d}", by=source.account))
    assert sum(done is not None for done, _ in outcomes) == 1
    assert {wrong.code for _, wrong in outcomes if wrong} == {"already_lodged"}
    assert JournalEntry.objects.filter(action="value.lodged").count() == 1
    assert verification.verify(sealed.pk) == []


def test_sealings_at_once_neither_fork_the_series_nor_skip_a_number(register, inspectors, make_task, seal):
    tasks = [make_task() for _ in range(12)]
    outcomes = all_at_once(12, lambda n: seal(tasks[n]))
    assert [wrong for _, wrong in outcomes if wrong] == []
    bureau = tasks[0].bureau
    assert verification.verify_series(bureau) == []
    assert [int(each.number[-3:]) for each in Draw.objects.order_by("pk")] == list(range(1, 13))
    assert journal.verify(bureau)[1] == []


def test_a_sealing_that_fails_gives_its_number_back(register, inspectors, make_task, seal, cast):
    good, bad = make_task(), make_task()
    seal_bad = dict(redraw_tip="not a tip")
    outcomes = all_at_once(20, lambda n: seal(bad, **seal_bad) if n % 2 else seal(good))
    assert {wrong.code for _, wrong in outcomes if wrong} == {"tip_invalid", "task_already_drawn"}
    with pytest.raises(RuntimeError), transaction.atomic():
        seal(bad)
        raise RuntimeError("the server is switched off before the commit")
    seal(bad)
    assert verification.verify_series(good.bureau) == []
    assert [each.number[-3:] for each in Draw.objects.order_by("pk")] == ["001", "002"]


WRITERS, ROWS = 50, 40


def test_fifty_writers_of_the_journal_neither_fork_nor_skip(bureau, cast):
    before = JournalEntry.objects.filter(bureau=bureau).count()

    def write(n):
        for row in range(ROWS):
            journal.write("test.done", by=cast.clerk, about=f"writer {n}", facts={"row": row})

    assert [wrong for _, wrong in all_at_once(WRITERS, write) if wrong] == []
    assert journal.verify(bureau) == (before + WRITERS * ROWS, [])


def test_the_control_run_without_the_lock_forks(bureau, db):
    """The same writers, “read the last row FOR UPDATE, then insert”, which two public projects shipped."""
    with as_owner() as cursor:
        cursor.execute("CREATE TABLE control_chain (id serial PRIMARY KEY, prev text, digest text)")
        cursor.execute("GRANT ALL ON control_chain TO PUBLIC; GRANT ALL ON control_chain_id_seq TO PUBLIC")
        cursor.execute("INSERT INTO control_chain (prev, digest) VALUES ('', 'first')")

    def write(n):
        for row in range(8):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT digest, pg_sleep(0.001) FROM control_chain ORDER BY id DESC LIMIT 1 FOR UPDATE"
                )
                prev, _ = cursor.fetchone()
                digest = hashlib.sha256(f"{prev}{n}{row}".encode()).hexdigest()
                cursor.execute("INSERT INTO control_chain (prev, digest) VALUES (%s, %s)", [prev, digest])

    try:
        all_at_once(WRITERS, write)
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) - COUNT(DISTINCT prev) FROM control_chain")
            assert cursor.fetchone()[0] > 0
    finally:
        with as_owner() as cursor:
            cursor.execute("DROP TABLE control_chain")


def test_the_control_run_without_lock_and_constraint_draws_twice(bureau, db):
    """“Is it drawn? No: draw.” fifty times at once, with nothing below it."""
    with as_owner() as cursor:
        cursor.execute("CREATE TABLE control_draw (id serial PRIMARY KEY)")
        cursor.execute("GRANT ALL ON control_draw TO PUBLIC; GRANT ALL ON control_draw_id_seq TO PUBLIC")

    def click(n):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*), pg_sleep(0.05) FROM control_draw")  # a slow server, as they are
            if cursor.fetchone()[0] == 0:
                cursor.execute("INSERT INTO control_draw DEFAULT VALUES")

    try:
        all_at_once(50, click)
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM control_draw")
            assert cursor.fetchone()[0] > 1
    finally:
        with as_owner() as cursor:
            cursor.execute("DROP TABLE control_draw")


def test_a_task_is_drawn_once_even_where_the_service_is_bypassed(sealed, cast):
    """What the constraint says to somebody who does not ask the service: a second living draw of a task."""
    with pytest.raises((IntegrityError, DomainError)), transaction.atomic():
        twin = Draw.objects.get(pk=sealed.pk)
        twin.pk, twin._state.adding = None, True
        twin.number, twin.prev, twin.commitment = twin.number[:-1] + "2", sealed.commitment, "a" * 64
        NumberSeries.objects.filter(kind="draw").update(last=2)
        twin.save(force_insert=True)


def test_a_change_and_the_start_of_the_visit_do_not_both_happen(drawn, cast):
    """Whoever comes second is told: a team being changed does not set out."""
    for case in drawn.cases.order_by("pk")[:4]:
        member = case.team()[0].inspector
        change = replacements.request(
            drawn,
            "inspector",
            member.ref,
            by=cast.clerk,
            reason="ill",
            note="发烧",
            task=case.subject.ref,
            scope="task",
        )
        acts = [
            lambda case=case, member=member: visits.start(case, by=member.account),
            lambda change=change: replacements.approve(change, by=cast.head),
        ]
        outcomes = all_at_once(2, lambda n, acts=acts: acts[n]())
        # a visit under way may have its change, and waits for the code; one that awaits it does not begin
        assert sum(wrong is None for _, wrong in outcomes) in (1, 2), outcomes
        assert {getattr(wrong, "code", wrong) for _, wrong in outcomes if wrong} <= {"change_awaits_code"}
        for n, code in [(change.n, CODES[1])] if not outcomes[1][1] else []:
            replacements.open_code(
                change, code[(n or replacements.ledger_of(drawn).made + 1) - 1], by=cast.supervisor
            )


def test_voiding_and_starting_at_once_is_no_deadlock(drawn, cast):
    voiding.request_void(drawn, "pool", "名录有误", by=cast.clerk)
    case = drawn.cases.order_by("pk").first()
    member = case.team()[0].inspector
    acts = [
        lambda: visits.start(case, by=member.account),
        lambda: voiding.approve_void(drawn, by=cast.supervisor),
    ]
    outcomes = all_at_once(2, lambda n: acts[n]())
    assert {type(wrong).__name__ for _, wrong in outcomes if wrong} == {"DomainError"}
    assert verification.verify(drawn.pk) == [] and journal.verify(drawn.bureau)[1] == []


def test_fifty_signings_some_rolled_back_leave_no_gap(drawn, cast):
    case = drawn.cases.order_by("pk").first()
    visited(case, others=1)
    made = [issuing.draft(case, "measure", by=cast.clerk) for _ in range(50)]

    def sign(n):
        with transaction.atomic():
            issuing.sign(made[n], by=cast.clerk)
            if n % 5 == 0:
                raise RuntimeError("the server is switched off before the commit")

    outcomes = all_at_once(50, sign)
    assert sum(isinstance(wrong, RuntimeError) for _, wrong in outcomes) == 10
    numbers = Paper.objects.filter(code="measure").exclude(number="").values_list("number", flat=True)
    serials = sorted(int(each.split("〕")[1].removesuffix("号")) for each in numbers)
    assert serials == list(range(1, 41)) and list(papertrail.series(drawn.bureau)) == []
    assert journal.verify(drawn.bureau)[1] == []


def test_fifty_tries_at_once_look_at_five_passwords(cast, settings, monkeypatch):
    looked = []
    real = signin.RoleBackend.authenticate
    monkeypatch.setattr(
        signin.RoleBackend, "authenticate", lambda *args, **kw: looked.append(1) or real(*args, **kw)
    )
    page = {"username": "clerk", "password": "wrong-password"}
    Client().get("/healthz")  # the counters of a process are made once, by the first who comes
    outcomes = all_at_once(50, lambda n: Client().post("/login/", page).content.decode())
    assert [wrong for _, wrong in outcomes if wrong] == [] and 1 <= len(looked) <= 5
    assert sum("分钟后再试" in said for said, _ in outcomes) >= 45
    assert "分钟后再试" in Client().post("/login/", page | {"password": PASSWORD}).content.decode()
