"""Every trick that officials were ever accused of (domain §8.4, peers): refused, or named by a verifier, the
anchor or the public page. One test a trick; what the walls refuse in SQL is in inspections/test_walls.py."""

import json
import secrets
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inspections import engine
from inspections.draw import drawing, pool, replacements, values, voiding
from inspections.engine.canonical import Malformed
from inspections.engine.recheck import verify
from inspections.engine.series import check_folder
from inspections.models import Draw, Plan, SeedSource, Task
from inspections.plan import plans
from inspections.watch import flagbook, redflags, verification
from registries.models import Category, JournalEntry, Subject
from registries.services import corrections

from .staircase import CODES, refused_with, throw
from .walls import behind_the_walls

pytestmark = pytest.mark.django_db


def flags(bureau):
    return " ".join(flag.text for flag in redflags.of(bureau))


# -- drawing again ----------------------------------------------------------------------------------


def test_a_task_is_drawn_once(drawn, seal):
    with refused_with("task_already_drawn"):
        seal(drawn.task)


def test_voiding_gives_no_second_chance(drawn, cast, seal, client):
    """Void what one dislikes and draw again: the same enterprises come back as must rows,
    and the void draw is public."""
    first = set(json.loads(drawn.result_json)["order"])
    voiding.request_void(drawn, "order", "不满意", by=cast.clerk)
    with refused_with("not_allowed"):
        voiding.approve_void(drawn, by=cast.clerk)
    voiding.approve_void(drawn, by=cast.supervisor)
    again = drawing.run(throw(seal(drawn.task)).pk)
    assert set(json.loads(again.result_json)["order"]) == first and again.after == drawn.commitment
    assert "已作废" in client.get(f"/draws/{drawn.number}/").content.decode()
    assert f"{drawn.number} 已作废" in flags(drawn.bureau)


def test_voiding_before_the_throw_tells_nobody_anything_and_stays_visible(sealed, cast, seal, client):
    later = timezone.now() + timedelta(days=1)
    with behind_the_walls():
        Draw.objects.filter(pk=sealed.pk).update(seed_at=later)  # sealed for tomorrow
    sealed.refresh_from_db()
    voiding.request_void(sealed, "pool", "名录有误", by=cast.clerk)
    draw = voiding.approve_void(sealed, by=cast.supervisor)
    assert draw.status == "voided" and not draw.result_json
    again = seal(draw.task)
    assert again.number[-3:] == "002" and again.prev == again.after == draw.commitment
    assert "已作废" in client.get("/draws/").content.decode() and f"{draw.number} 已作废" in flags(
        draw.bureau
    )


def test_another_task_for_the_same_classes_ends_with_the_rounds(drawn, make_task, plan):
    Plan.objects.filter(pk=plan.pk).update(rounds=1)
    plan.refresh_from_db()
    with refused_with("rounds_used_up"):
        make_task()


def test_two_draws_for_one_task_are_refused_by_the_database(drawn):
    columns = [field.attname for field in Draw._meta.concrete_fields if field.attname != "id"]
    row = {name: getattr(drawn, name) for name in columns}
    number = drawn.number[:-1] + "2"
    with pytest.raises(DatabaseError), transaction.atomic():
        Draw.objects.create(
            **row | {"number": number, "commitment": "a" * 64, "prev": drawn.commitment, "status": "sealed"}
        )


def test_two_living_draws_for_one_task_are_named_by_the_series(drawn, tmp_path):
    """Files of two draws that both claim the task: the verifier that is given the series refuses them."""
    commit = json.loads(drawn.commit_json)
    other = commit | {
        "draw": drawn.number[:-1] + "2",
        "prev": drawn.commitment,
        "salt": secrets.token_hex(16),
    }
    for n, each in enumerate((commit, other)):
        data = engine.dump(each)
        sources = [[name, f"{secrets.randbelow(10**10):010d}"] for name in each["seed_plan"]]
        result = engine.draw(data, drawn.sealed_json.encode(), engine.dump(sources))
        (tmp_path / f"{n:02d}.commit.json").write_bytes(data)
        (tmp_path / f"{n:02d}.result.json").write_bytes(result.result_bytes)
        (tmp_path / f"{n:02d}.sources.json").write_bytes(engine.dump(sources))
    with pytest.raises(Malformed, match="第二次|两次|已有"):
        check_folder(tmp_path)


# -- the pool ---------------------------------------------------------------------------------------


def test_the_pool_edited_after_sealing_changes_nothing_or_is_named(sealed, cast, register):
    ref = next(row[0] for row in pool.of_commit(sealed).rows if row[3] == "E")
    corrections.change_many(Subject.objects.filter(ref=ref), "production", "closed", "停产", by=cast.clerk)
    draw = drawing.run(throw(sealed).pk)
    assert verification.verify(draw.pk) == []
    assert ref in [row[0] for row in pool.of_commit(draw).rows if row[3] == "E"]
    with behind_the_walls():
        commit = json.loads(draw.commit_json)
        commit["pool"] = [row for row in commit["pool"] if row[0] != ref]
        draw.files.filter(name="commit").update(text=engine.dump(commit).decode())
    assert "封存文件与指纹不符" in " ".join(verification.verify(draw.pk))


def test_two_pools_for_two_audiences(released, cast):
    """The public is shown another pool than was drawn from: its commitment is not
    the one that was published."""
    draw = released.draw
    commit = json.loads(draw.commit_json)
    commit["pool"] = commit["pool"][1:]
    shown = engine.dump(commit)
    with pytest.raises(Malformed, match="指纹"):
        verify(shown, draw.result_json.encode(), commitment=draw.commitment)
    forged = engine.draw(
        shown,
        json.dumps({row[0]: json.loads(draw.sealed_json)[row[0]] for row in commit["pool"]}).encode(),
        engine.dump([[each.name, each.value] for each in draw.sources.order_by("position")]),
    )
    with pytest.raises(Malformed, match="指纹"):
        verify(shown, forged.result_bytes, commitment=draw.commitment)


def look_at_all(bureau, cast):
    """The supervisor reads what has been written down."""
    flagbook.keep(bureau, redflags.of(bureau))
    for each in flagbook.unread(bureau):
        if each.by_id != cast.supervisor.pk:
            flagbook.read(each, "看过了", by=cast.supervisor)


def test_a_favourite_freed_by_a_false_closure_is_visited_next_time(
    register, inspectors, make_task, seal, cast, bureau
):
    """Close the favourite before the sealing, open it after the draw: next time it is a must
    row, and there is a flag."""
    favourite = register.filter(category__name="工贸-机械", production="normal").first()
    mine = Subject.objects.filter(pk=favourite.pk)
    corrections.change_many(mine, "production", "closed", "停产", by=cast.clerk)
    draw = drawing.run(throw(seal(make_task())).pk)
    assert [row[3] for row in pool.of_commit(draw).rows if row[0] == favourite.ref] == ["X:closed"]
    assert not pool.returned(bureau) and f"改过生产状态：“{favourite}”（封存前 0 天）" in flags(bureau)
    corrections.change_many(mine, "production", "normal", "复产", by=cast.clerk)
    # nobody sends an inspection to a firm by closing and opening it: an ordinary row until another has looked
    assert not pool.returned(bureau)
    found = pool.build(make_task())
    assert [row[3] for row in found.rows if row[0] == favourite.ref] == ["E"]
    assert f"“{favourite}”在 {draw.number} 以停产、关闭或不在辖区为由未查，现在又可以查：照常摇号" in flags(
        bureau
    )
    flagbook.keep(bureau, redflags.of(bureau))
    (flag,) = [each for each in flagbook.unread(bureau) if each.kind == "停产关闭"]
    for other in (cast.head, cast.auditor):  # they watch too, and send nobody to a firm
        with refused_with("flag_supervisor"):
            flagbook.read(flag, "看过了", by=other)
    assert not pool.returned(bureau)
    look_at_all(bureau, cast)
    assert pool.returned(bureau) == {favourite.ref: draw.number}
    found = pool.build(make_task())
    assert [row[3] for row in found.rows if row[0] == favourite.ref] == ["M"]
    assert "现在又可以查：下一次抽查必查" in flags(bureau)


@pytest.mark.parametrize(
    ("field", "elsewhere", "status"),
    [
        ("address", "内蒙古自治区鄂尔多斯市东胜区", "X:area"),
        ("risk", "低", "X:stratum"),
        ("town", "别处镇", "X:stratum"),
        ("category", None, None),
    ],
)
def test_a_favourite_freed_by_its_place_its_grade_or_its_class(
    register, inspectors, make_task, seal, cast, bureau, field, elsewhere, status
):
    """What one entry in the register takes out of a pool stands in the commitment, and the
    supervisor is told who entered it."""
    favourite = register.filter(category__name="工贸-机械", production="normal").first()
    Subject.objects.filter(category=favourite.category).update(risk="较大", town="清水镇")
    favourite.refresh_from_db()
    task = make_task(approved=False)
    task.strata.filter(category=favourite.category).update(risk="较大", town="清水镇")
    before = {field: corrections.raw(favourite, field)}
    new = (
        Category.objects.exclude(pk__in=task.strata.values("category")).first()
        if field == "category"
        else elsewhere
    )
    Subject.objects.filter(pk=favourite.pk).update(**{field: new})
    favourite.refresh_from_db()
    corrections.note(favourite, before, by=cast.clerk)
    draw = drawing.run(throw(seal(plans.approve_task(task, by=cast.head))).pk)
    rows = {row[0]: row[3] for row in pool.of_commit(draw).rows}
    assert rows.get(favourite.ref) == status
    assert f"“{favourite}”（封存前 0 天）" in flags(bureau) and f"由{cast.clerk.username}在封存前" in flags(
        bureau
    )
    if field == "address":
        Subject.objects.filter(pk=favourite.pk).update(address=before["address"])
        look_at_all(bureau, cast)
        assert pool.returned(bureau) == {favourite.ref: draw.number}
    corrections.note(favourite, {"note": "旧的说明"}, by=cast.clerk)
    assert flags(bureau).count("封存前 0 天") == 1  # what steers nothing is nobody's business


def test_the_register_edited_in_the_database_frees_nobody_for_long(
    register, inspectors, make_task, seal, cast, bureau
):
    """The same behind the program: no correction is on record, and still the sealed pools tell."""
    favourite = register.filter(category__name="工贸-机械", production="normal").first()
    Subject.objects.filter(pk=favourite.pk).update(production="closed")
    drawing.run(throw(seal(make_task())).pk)
    Subject.objects.filter(pk=favourite.pk).update(production="normal")
    look_at_all(bureau, cast)
    assert favourite.ref in pool.returned(bureau)


def test_a_favourite_changed_out_as_closed_is_visited_next_time(drawn, cast, make_task, bureau):
    case = drawn.cases.filter(subject__category__name="工贸-机械").first() or drawn.cases.first()
    change = replacements.request(
        drawn, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="门锁着，有照片"
    )
    with refused_with("not_allowed"):
        replacements.approve(change, by=cast.clerk)
    replacements.open_code(replacements.approve(change, by=cast.head), CODES[1][0], by=cast.supervisor)
    look_at_all(bureau, cast)
    assert case.subject.ref in pool.returned(bureau)


# -- the seed ---------------------------------------------------------------------------------------


def test_a_value_typed_by_the_operator_or_by_another_witness(sealed, cast):
    source = sealed.sources.get(position=1)
    for by in (cast.clerk, cast.witness2, cast.supervisor):
        with refused_with("not_your_source"):
            values.lodge(source, "0123456789", by=by)
    with refused_with("not_allowed"):
        values.lodge(source, "0123456789", by=cast.head)


def test_the_sealer_is_no_witness(register, inspectors, make_task, seal, cast):
    mine = [("骰子甲", "dice", cast.clerk), ("骰子乙", "dice", cast.witness1)]
    with refused_with("sources_sealer"):
        seal(make_task(), sources=mine)


def test_a_value_changed_afterwards(drawn):
    source = drawn.sources.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        SeedSource.objects.filter(pk=source.pk).update(value="9999999999")
    with behind_the_walls():
        SeedSource.objects.filter(pk=source.pk).update(value="9999999999")
    said = " ".join(verification.verify(drawn.pk))
    assert "与提交时的指纹不符" in said and "日志所记的数值与此不同" in said


def test_nobody_chooses_in_the_light_of_the_others(sealed, cast, client):
    """Until the last witness has lodged, no screen, no state and no public page tells a value."""
    for n, witness in enumerate((cast.witness1, cast.witness2), 1):
        values.lodge(sealed.sources.get(position=n), f"777000777{n}", by=witness)
    client.force_login(cast.witness3)
    pages = [
        f"/desk/draws/{sealed.number}/",
        f"/desk/draws/{sealed.number}/stage.json",
        f"/desk/draws/{sealed.number}/stage/",
        f"/draws/{sealed.number}/",
    ]
    for page in pages:
        said = client.get(page).content.decode()
        assert "777000777" not in said, page
    assert not JournalEntry.objects.filter(facts__contains="777000777").exists()


def test_a_lottery_number_needs_two_who_agree(sealed, cast):
    for n, witness in enumerate((cast.witness1, cast.witness2, cast.witness3), 1):
        values.lodge(sealed.sources.get(position=n), f"000000000{n}", by=witness)
    source = sealed.sources.get(kind="lottery")
    values.lodge(source, "12345", by=cast.supervisor)
    values.lodge(source, "12345", by=cast.supervisor)  # alone, however often
    assert sealed.sources.get(kind="lottery").value == ""
    values.lodge(source, "54321", by=cast.clerk)
    assert sealed.sources.get(kind="lottery").value == "" and "曾录入不同的号码：12345、54321" in flags(
        sealed.bureau
    )
    draw = values.lodge(source, "12345", by=cast.clerk)
    assert draw.status == "seeded" and source.entries.count() == 4


# -- the result -------------------------------------------------------------------------------------


def test_a_closure_is_not_washed_off_by_a_merger(register, inspectors, make_task, seal, cast, bureau):
    favourite, twin = register.filter(category__name="工贸-机械", production="normal")[:2]
    Subject.objects.filter(pk=favourite.pk).update(production="closed")
    drawing.run(throw(seal(make_task())).pk)
    Subject.objects.filter(pk=favourite.pk).update(merged_into=twin, left_on=timezone.localdate())
    look_at_all(bureau, cast)
    assert twin.ref in pool.returned(bureau)


def test_a_second_plan_of_the_year_or_another_kind_gives_no_more_rounds(drawn, make_task, plan, cast, bureau):
    Plan.objects.filter(pk=plan.pk).update(rounds=1)
    second = Plan.objects.create(
        bureau=bureau, year=plan.year, title="另一份", text="同样的计划", drafted_by=cast.clerk, rounds=1
    )
    plans.approve(second, by=cast.head)
    with refused_with("plan_year_taken"):
        plans.publish(second, by=cast.clerk)
    for fields in ({"plan": second}, {"plan": second, "kind": "undercover"}):
        task = make_task(approved=False)
        Task.objects.filter(pk=task.pk).update(**fields)
        task.refresh_from_db()
        with refused_with("rounds_used_up"):
            plans.approve_task(task, by=cast.head)


def test_one_typist_of_a_lottery_cannot_hold_the_draw_up(sealed, cast, monkeypatch):
    for n, witness in enumerate((cast.witness1, cast.witness2, cast.witness3), 1):
        values.lodge(sealed.sources.get(position=n), f"000000000{n}", by=witness)
    source = sealed.sources.get(kind="lottery")
    values.lodge(source, "99999", by=cast.clerk)
    values.lodge(source, "12345", by=cast.supervisor)
    with refused_with("not_your_source"):
        values.lodge(source, "12345", by=cast.witness1)
    later = sealed.seed_at + timedelta(hours=25)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert values.lodge(source, "12345", by=cast.witness1).status == "seeded"


def test_what_is_sealed_is_drawn_before_it_is_public(register, inspectors, make_task, seal):
    task = make_task()
    with refused_with("seed_at_late"):
        seal(task, seed_at=timezone.now() + timedelta(days=200))


def test_two_sources_of_one_name_are_refused(register, inspectors, make_task, seal, cast):
    for names in (("骰子", "骰子"), ("骰\n子", "另一")):
        sources = [(names[0], "dice", cast.witness1), (names[1], "dice", cast.witness2)]
        with refused_with("sources_same_name"):
            seal(make_task(), sources=sources)


def test_edits_of_schemes_typings_and_the_hour_are_named(drawn, cast, bureau):
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_lotteryentry SET value = '00000'")
        cursor.execute("UPDATE inspections_draw SET tell_at = '2026-01-01 00:00:00+00:00'")
    said = " ".join(verification.verify(drawn.pk))
    assert "通知检查组的时间与封存时不同" in said
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_draw SET tell_at = NULL")
        cursor.execute("UPDATE inspections_scheme SET judged_by_id = drafted_by_id")
    assert "彩票号码的录入与日志所记不同" in " ".join(verification.verify(drawn.pk))
    assert "方案的审批与日志所记不符" in " ".join(verification.verify_series(bureau))
