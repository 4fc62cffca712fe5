"""摇号 and the draw itself: hashes before values, one draw, exactly what the engine says."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections import engine, tasks
from inspections.case import opening
from inspections.draw import drawing, values, voiding
from inspections.engine.series import check_folder
from inspections.models import Draw
from inspections.visit import visits
from registries.errors import DomainError

from ...staircase import refused_with, throw
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


def source(draw, position):
    return draw.sources.get(position=position)


def test_no_value_opens_before_the_last_witness_has_lodged(sealed, cast):
    draw = values.lodge(source(sealed, 1), "0123456789", by=cast.witness1)
    draw = values.lodge(source(draw, 2), "1123456789", by=cast.witness2)
    first = source(draw, 1)
    assert draw.status == "seeding" and first.value == "" and first.lodged_digest
    draw = values.lodge(source(draw, 3), "2123456789", by=cast.witness3)
    first = source(draw, 1)
    assert first.value == "0123456789" and first.opened_at
    assert values.lodged_digest(draw, first.name, first.value, first.nonce) == first.lodged_digest
    assert draw.status == "seeding"
    draw = values.lodge(source(draw, 4), "12345", by=cast.supervisor)
    assert draw.status == "seeding" and source(draw, 4).value == ""
    draw = values.lodge(source(draw, 4), "12345", by=cast.clerk)
    assert draw.status == "seeded"


def test_each_value_is_entered_once_by_its_own_account(sealed, cast):
    with refused_with("not_your_source"):
        values.lodge(source(sealed, 1), "0123456789", by=cast.witness2)
    with refused_with("not_allowed"):
        values.lodge(source(sealed, 1), "0123456789", by=cast.head)
    values.lodge(source(sealed, 1), "0123456789", by=cast.witness1)
    with refused_with("already_lodged"):
        values.lodge(source(sealed, 1), "9999999999", by=cast.witness1)


@pytest.mark.parametrize("value", ["123", "12345678901", "123456789x", "１２３４５６７８９０", ""])
def test_a_value_must_be_ten_digits(sealed, cast, value):
    with refused_with("dice_invalid"):
        values.lodge(source(sealed, 1), value, by=cast.witness1)


def test_the_lottery_comes_after_the_dice(sealed, cast):
    with refused_with("dice_first"):
        values.lodge(source(sealed, 4), "12345", by=cast.supervisor)


def test_nothing_is_entered_before_the_announced_time(register, inspectors, make_task, seal, cast):
    draw = seal(make_task(), seed_at=timezone.now() + timedelta(hours=1))
    with refused_with("too_early"):
        values.lodge(source(draw, 1), "0123456789", by=cast.witness1)


def test_after_a_day_the_supervisor_may_complete(sealed, cast):
    with refused_with("not_your_source"):
        values.lodge(source(sealed, 1), "0123456789", by=cast.supervisor)
    with behind_the_walls():
        Draw.objects.filter(pk=sealed.pk).update(seed_at=timezone.now() - timedelta(hours=25))
    values.lodge(source(sealed, 1), "0123456789", by=cast.supervisor)
    assert source(sealed, 1).entered_by == cast.supervisor


def test_the_stored_result_is_the_engines_and_the_cases_are_its_teams(drawn):
    sources = [[each.name, each.value] for each in drawn.sources.order_by("position")]
    again = engine.draw(drawn.commit_json.encode(), drawn.sealed_json.encode(), engine.dump(sources))
    assert again.result_bytes.decode() == drawn.result_json
    assert engine.digest(drawn.result_json) == drawn.result_digest
    result = json.loads(drawn.result_json)
    for case in drawn.cases.all():
        assert [seat.inspector.ref for seat in case.team()] == result["teams"][case.subject.ref]
        assert sum(seat.leads for seat in case.team()) == 1
    assert drawn.cases.count() == len(result["order"])


def test_running_twice_draws_once(sealed):
    draw = throw(sealed)
    assert drawing.run(draw.pk).status == "drawn"
    before = draw.cases.count()
    assert drawing.run(draw.pk) is None
    tasks.run_draw(draw.pk)
    tasks.sweep()
    assert draw.cases.count() == before


def test_the_sweep_draws_what_no_bell_rang_for(sealed):
    draw = throw(sealed)
    tasks.sweep()
    draw.refresh_from_db()
    assert draw.status == "drawn"


def test_a_draw_without_all_values_does_not_run(sealed):
    assert drawing.run(sealed.pk) is None
    sealed.refresh_from_db()
    assert sealed.status == "sealed"


def test_a_case_keeps_the_texts_it_was_drawn_under(drawn, item_list):
    case = drawn.cases.first()
    assert [item["code"] for item in case.checklist] == ["A01", "A02"]
    assert len(opening.lines_of(case)) == 4 and case.item_list == item_list


def test_an_infeasible_draw_is_explained_and_followed(register, inspectors, make_task, seal, cast):
    for inspector in inspectors:
        inspector.max_tasks = 1
        inspector.save()
    task = make_task((("工贸-机械", 6000, 1),))
    draw = drawing.run(throw(seal(task)).pk)
    assert draw.status == "infeasible" and not draw.cases.exists()
    assert "人次" in drawing.explain_infeasible(draw)
    for inspector in inspectors:
        inspector.max_tasks = 40
        inspector.save()
    follow = drawing.run(throw(seal(task)).pk)
    first, second = json.loads(draw.result_json), json.loads(follow.result_json)
    assert follow.after == draw.commitment and follow.status == "drawn"
    assert set(second["must"]) == {ref for each in first["objects"] for ref in each["drawn"]}
    assert not any(each["drawn"] for each in second["objects"])


def test_voiding_before_the_seed(register, inspectors, make_task, seal, cast):
    draw = seal(make_task(), seed_at=timezone.now() + timedelta(hours=2))
    draw = voiding.request_void(draw, "pool", "名录漏了一批", by=cast.clerk)
    with refused_with("not_allowed"):
        voiding.approve_void(draw, by=cast.clerk)
    draw = voiding.approve_void(draw, by=cast.supervisor)
    assert draw.status == "voided"
    follow = seal(draw.task)
    assert follow.after == draw.commitment and follow.prev == draw.commitment


def test_voiding_once_a_hash_is_lodged_only_takes_effect_after_the_draw(sealed, cast, seal):
    draw = values.lodge(source(sealed, 1), "0123456789", by=cast.witness1)
    voiding.request_void(draw, "rules", "规则写错", by=cast.clerk)
    draw = voiding.approve_void(draw, by=cast.supervisor)
    assert draw.status == "seeding"
    values.lodge(source(draw, 2), "0123456789", by=cast.witness2)
    values.lodge(source(draw, 3), "0123456789", by=cast.witness3)
    values.lodge(source(draw, 4), "12345", by=cast.supervisor)
    values.lodge(source(draw, 4), "12345", by=cast.clerk)
    draw = drawing.run(draw.pk)
    assert draw.status == "voided" and draw.result_json and not draw.cases.exists()
    follow = drawing.run(throw(seal(draw.task)).pk)
    result = json.loads(draw.result_json)
    assert set(json.loads(follow.result_json)["must"]) == set(result["order"])


def test_a_draw_whose_visits_have_begun_is_not_voided(drawn, cast):
    case = drawn.cases.first()
    visits.start(case, by=case.team()[0].inspector.account)
    with refused_with("void_visits_begun"):
        voiding.request_void(drawn, "pool", "", by=cast.clerk)


def test_the_public_series_command_accepts_the_bureaus_series(drawn, register, make_task, seal, tmp_path):
    drawing.run(throw(seal(make_task((("工贸-轻工", 2000, 1),)))).pk)
    for draw in Draw.objects.all():
        (tmp_path / f"{draw.number}.commit.json").write_text(draw.commit_json)
        (tmp_path / f"{draw.number}.result.json").write_text(draw.result_json)
    assert "2 次封存" in check_folder(tmp_path)


def test_no_service_moves_a_draw_backwards(drawn, cast):
    with pytest.raises(DomainError):
        values.lodge(source(drawn, 1), "0123456789", by=cast.witness1)


def test_a_void_request_is_made_once_and_may_be_refused(drawn, cast):
    voiding.request_void(drawn, "pool", "漏了一批", by=cast.clerk)
    with refused_with("void_already_requested"):
        voiding.request_void(drawn, "rules", "另一个理由", by=cast.clerk)
    draw = voiding.refuse_void(drawn, by=cast.supervisor)
    assert draw.void_requested_by is None and draw.status == "drawn"
    assert draw.bureau.journalentry_set.filter(action="draw.void_refused").exists()


def test_the_sealer_throws_no_dice(register, inspectors, make_task, seal, cast):
    with refused_with("sources_sealer"):
        seal(make_task(), sources=[("骰子甲", "dice", cast.clerk)])
