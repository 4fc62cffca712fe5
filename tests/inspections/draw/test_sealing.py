"""Sealing: what must be there first, what is frozen, what is said."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inspections.draw import drawing, pool, sealing
from inspections.engine import digest
from inspections.engine.compute import tasks_of
from inspections.engine.files import read_commitment, read_sealed
from inspections.engine.teams import build_teams
from inspections.engine.tickets import Tickets
from inspections.models import Draw
from registries.errors import DomainError
from registries.models import Leave, RecusalGround, SubjectEvent
from registries.services import relations, subjects

from ...staircase import recuse, refused_with, throw

pytestmark = pytest.mark.django_db


def test_the_commitment_is_the_hash_of_the_sealed_file(sealed):
    assert digest(sealed.commit_json) == sealed.commitment
    commitment = read_commitment(sealed.commit_json.encode())
    read_sealed(sealed.sealed_json.encode(), commitment)
    assert commitment.draw == sealed.number and commitment.task == sealed.task.number


def test_every_row_of_the_classes_stands_in_the_pool_and_the_reasons_add_up(register, sealed):
    commitment = read_commitment(sealed.commit_json.encode())
    classes = register.filter(category__in=sealed.task.strata.values("category"))
    assert set(commitment.pool) == set(classes.values_list("ref", flat=True))
    for stratum in sealed.public_facts["strata"]:
        assert sum(stratum["counts"].values()) == stratum["rows"]
        assert stratum["rows"] == classes.filter(category__name=stratum["name"]).count()
    gone = classes.get(registration_status="注销")
    assert commitment.pool[gone.ref].status == "X:closed"


def test_what_is_published_names_no_enterprise(register, sealed):
    told = json.dumps(sealed.public_facts, ensure_ascii=False)
    assert not any(each.name in told or each.ref in told for each in register)


def test_the_salt_and_the_openings_stand_encrypted(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM inspections_drawfile WHERE draw_id = %s", [sealed.pk])
        kept = cursor.fetchall()
    assert len(kept) == 2 and all(stored.startswith("v1:") for (stored,) in kept)


def test_an_unapproved_task_is_not_sealed(register, inspectors, make_task, seal):
    with refused_with("task_not_approved"):
        seal(make_task(approved=False))


def test_a_task_is_drawn_once(sealed, seal):
    with refused_with("task_already_drawn"):
        seal(sealed.task)


def test_the_database_too_refuses_a_second_living_draw(sealed):
    sealed.pk, sealed.number, sealed.commitment, sealed.prev = None, "x", "1" * 64, "2" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        sealed.save(force_insert=True)


def test_the_series_is_chained_and_numbered_without_a_gap(sealed, make_task, seal):
    second = seal(make_task((("工贸-轻工", 1000, 1),)))
    assert second.prev == sealed.commitment
    assert [draw.number[-3:] for draw in Draw.objects.order_by("pk")] == ["001", "002"]


def test_preflight_names_what_no_team_fits(register, inspectors, make_task, seal):
    task = make_task((("金属冶炼", 5000, 2),))
    with pytest.raises(DomainError) as refused:
        seal(task)
    assert refused.value.code == "preflight_failed"
    assert "铁合金" in refused.value.facts["example"] and "0 人" in refused.value.facts["example"]


def test_sources_need_witnesses_of_their_own(register, inspectors, make_task, seal, cast):
    task = make_task()
    with refused_with("sources_missing"):
        seal(task, sources=[("彩票", "lottery", cast.supervisor)])
    with refused_with("sources_same_account"):
        seal(task, sources=[("甲", "dice", cast.witness1), ("乙", "dice", cast.witness1)])
    with refused_with("seed_at_past"):
        seal(task, seed_at=timezone.now() - timedelta(hours=1))
    with refused_with("tip_invalid"):
        seal(task, redraw_tip="x" * 64)
    with refused_with("not_allowed"):
        seal(task, by=cast.head)
    with refused_with("other_bureau"):
        seal(task, by=cast.stranger)
    assert not Draw.objects.exists()


def test_who_may_not_be_drawn_is_said_not_missing(register, inspectors, make_task, seal, bureau):
    today = timezone.localdate()
    Leave.objects.create(inspector=inspectors[0], since=today, until=today)
    inspectors[1].certificates.update(expires_on=today)
    inspectors[2].left_on = today
    inspectors[2].save()
    commit = json.loads(seal(make_task()).commit_json)
    status = {each["id"]: each["status"] for each in commit["inspectors"]}
    assert status["R0001"] == "X:leave" and status["R0002"] == "X:certificate" and "R0003" not in status
    assert status["R0004"] == "E"


def complain(firm, day, cast, is_true=True, **more):
    event = SubjectEvent.objects.create(
        subject=firm, code="complaint", happened_on=day, source="核查记录", recorded_by=cast.clerk, **more
    )
    return subjects.judge_event(event, is_true, by=cast.head)


def test_verified_complaints_add_lots(register, inspectors, make_task, seal, cast):
    firms = list(register.filter(category__name="工贸-机械")[:2])
    for firm, is_true in zip(firms, (True, False), strict=True):
        complain(firm, timezone.localdate(), cast, is_true)
    commitment = read_commitment(seal(make_task()).commit_json.encode())
    assert [commitment.pool[firm.ref].lots for firm in firms] == [2, 1]


def test_drawn_this_year_is_left_out_but_not_after_a_complaint(drawn, cast, make_task, seal):
    hit = list(drawn.cases.select_related("subject").filter(subject__category__name="工贸-机械"))
    complain(hit[0].subject, timezone.localdate(), cast)
    commitment = read_commitment(seal(make_task((("工贸-机械", 5000, 1),))).commit_json.encode())
    assert commitment.pool[hit[0].subject.ref].status == "E"
    assert commitment.pool[hit[1].subject.ref].status == "X:drawn"


def test_a_recusal_entered_gives_another_team_and_never_that_pair(
    register, inspectors, make_task, seal, cast, bureau
):
    """The same seed with and without: a new sealing has a new salt, so the seed is
    held still by the engine."""
    values = ["1234567890", "2345678901", "3456789012", "45678"]
    first = drawing.run(throw(seal(make_task()), values).pk)
    case = first.cases.order_by("pk").first()
    member = case.team()[0].inspector
    recuse(cast, member, case.subject)
    result = json.loads(first.result_json)
    _, recused = sealing.commitment_of(first.task, pool.build(first.task))
    again = build_teams(
        read_commitment(first.commit_json.encode()), recused, tasks_of(result), Tickets(result["seed"])
    )
    assert again.teams[case.subject.ref] != result["teams"][case.subject.ref]
    assert member.ref not in again.teams[case.subject.ref]
    # And through the whole house: a new round never brings the pair together.
    second = drawing.run(throw(seal(make_task(excludes_drawn=False))).pk)
    teams = json.loads(second.result_json)["teams"]
    assert member.ref not in teams.get(case.subject.ref, [])


def test_the_supervisor_takes_the_sealed_files_and_nobody_else(sealed, cast):
    taken = sealing.take_sealed(sealed, by=cast.supervisor)
    assert digest(taken["commit.json"]) == sealed.commitment and taken["sealed.json"]
    for person in (cast.clerk, cast.head, cast.witness1):
        with refused_with("not_allowed"):
            sealing.take_sealed(sealed, by=person)


def test_what_is_still_open_is_said_before_the_pool_is_fixed(client, register, inspectors, make_task, cast):
    task = make_task()
    relations.declare(
        inspectors[0],
        by=inspectors[0].account,
        found={
            "ground": RecusalGround.objects.filter(bureau=task.bureau).first(),
            "subject": register[0],
            "since": timezone.localdate(),
        },
    )
    SubjectEvent.objects.create(
        subject=register[0],
        code="complaint",
        happened_on=timezone.localdate(),
        source="x",
        recorded_by=cast.clerk,
    )
    client.force_login(cast.clerk)
    page = client.get(f"/admin/inspections/task/{task.pk}/act/seal/").content.decode()
    for said in (
        "回避关系待审核 1 条",
        f"本年度未作回避申报 {len(inspectors) - 1} 人",
        "加签事由待核实 1 条",
    ):
        assert said in page
    answer = client.post(f"/admin/inspections/task/{task.pk}/act/check/", {}, follow=True).content.decode()
    assert "可以封存" in answer and "回避关系待审核 1 条" in answer
