"""After a restore the facts that the log still tells are taken back in: nothing is thrown twice, and
the series goes on behind what is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from inspections.draw import drawing, replacements, sealing, values, voiding
from inspections.models import Draw, SeedSource
from inspections.watch import verification
from publicity.lognote import Key
from publicity.services import logresuming, releases
from registries.models import Message
from registries.services import journal, leaves

from ..staircase import CODES, refused_with, throw
from . import playing

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(register, inspectors):
    """A bureau that may draw."""


def teams(draw):
    return {
        case.subject.ref: [each.inspector.ref for each in case.team()]
        for case in draw.cases.select_related("subject")
    }


def test_a_throw_is_not_thrown_again(sealed, bureau, client, log_home):
    playing.sign()
    with playing.an_old_database():
        drawn = drawing.run(throw(sealed).pk)
        was = drawn.result_digest, teams(drawn), list(SeedSource.objects.values_list("value", flat=True))
    assert Draw.objects.get().status == "sealed"
    playing.resumed(bureau)
    drawn = Draw.objects.get()
    assert (
        drawn.result_digest,
        teams(drawn),
        list(SeedSource.objects.values_list("value", flat=True)),
    ) == was
    assert drawn.drawn_at == datetime.strptime(playing.texts(bureau, "result")[0]["at"], "%Y-%m-%dT%H:%M%z")
    assert (
        drawn.restored_at
        and len(playing.texts(bureau, "value")) == 4
        and len(playing.texts(bureau, "result")) == 1
    )
    playing.assert_told_once(bureau, client, log_home)
    with refused_with("draw_not_open"):
        values.lodge(drawn.sources.first(), "0123456789", by=drawn.sources.first().account)


def test_dice_that_were_open_stay_and_the_lottery_is_still_typed(sealed, cast, bureau, client, log_home):
    playing.sign()
    with playing.an_old_database():
        for source in sealed.sources.filter(kind="dice"):
            values.lodge(source, "0123456789", by=source.account)
    playing.resumed(bureau)
    draw = Draw.objects.get()
    assert draw.status == "seeding" and set(draw.sources.values_list("value", flat=True)) == {
        "0123456789",
        "",
    }
    lottery = draw.sources.get(kind="lottery")
    for by in (lottery.account, lottery.second):
        draw = values.lodge(lottery, "12345", by=by)
    drawing.run(draw.pk)
    playing.sign()
    playing.assert_told_once(bureau, client, log_home)


def test_a_throw_that_was_still_hidden_is_thrown_again_and_the_log_shows_it(sealed, bureau, client, log_home):
    playing.sign()
    with playing.an_old_database():
        first = sealed.sources.first()
        values.lodge(first, "0123456789", by=first.account)
    playing.resumed(bureau)
    drawing.run(throw(Draw.objects.get()).pk)
    playing.sign()
    told = [(Key.of(playing.own_key(playing.log_of(bureau), log_home / "log")[0]), "")]
    seen = playing.follow(bureau, client, log_home / "log", told)
    assert len(seen.faults) == 1 and "提交了两次" in seen.faults[0]
    assert any("从旧的数据库恢复" in each for each in seen.notes)
    assert verification.verify(Draw.objects.get().pk) == []


@pytest.mark.parametrize("is_thrown", [False, True])
def test_what_was_void_is_void_again(sealed, cast, bureau, client, log_home, seal, is_thrown):
    playing.sign()
    with playing.an_old_database():
        if is_thrown:
            drawing.run(throw(sealed).pk)
        voiding.request_void(Draw.objects.get(), "pool", "名录有误", by=cast.clerk)
        voiding.approve_void(Draw.objects.get(), by=cast.supervisor)
        if not is_thrown:  # its hour has come: it is completed first
            drawing.run(throw(sealed).pk)
    playing.resumed(bureau)
    draw = Draw.objects.get()
    assert draw.status == "voided" and draw.void_reason == "pool" and draw.result_digest
    assert not draw.cases.filter(status="opened").exists() and len(playing.texts(bureau, "void")) == 1
    seal(draw.task)
    playing.sign()
    playing.assert_told_once(bureau, client, log_home)


def test_the_series_goes_on_behind_a_sealing_that_is_lost(ready, make_task, seal, bureau, client, log_home):
    task = make_task()
    playing.sign()
    with playing.an_old_database():
        lost = seal(task)
        lost = lost.number, lost.commitment
    playing.resumed(bureau)
    assert not Draw.objects.exists() and verification.verify_series(bureau) == []
    assert [(each["about"], each["reason"]) for each in playing.texts(bureau, "void")] == [
        (lost[0], "restore")
    ]
    draw = seal(task)
    assert draw.number == "990101-2026-002".replace("2026", str(draw.sealed_at.year))
    assert (draw.prev, draw.after) == (lost[1], lost[1])
    _is_shown_as_lost(client, *lost, draw)
    drawing.run(throw(draw).pk)
    playing.sign()
    playing.assert_told_once(bureau, client, log_home)


def _is_shown_as_lost(client, number, commitment, after):
    """Whoever counts the numbers in the window finds no hole: the list, its own page, and the series that a
    browser follows say what became of it."""
    page = client.get("/draws/").content.decode()
    assert number in page and "找不回来，已经作废" in page
    page = client.get(f"/draws/{number}/").content.decode()
    assert commitment in page and "已经作废" in page
    assert client.get(f"/draws/{number[:-1]}9/").status_code == 404
    gone, never = (client.get(f"/api/v1/draws/{each}") for each in (number, f"{number[:-1]}9"))
    assert (gone.status_code, never.status_code) == (410, 404) and number in gone.json()["detail"]
    first, second = client.get("/draws/series.json").json()
    assert (first["number"], first["commitment"], first["status"]) == (number, commitment, "lost")
    assert first["prev"] == "0" * 64 and first["is_void"] and first["is_dead"] and first["files"] == []
    assert (second["number"], second["prev"], second["after"]) == (after.number, commitment, commitment)


def test_the_database_itself_keeps_the_series_behind_what_is_lost(ready, make_task, seal, bureau):
    """A number that the log knows may not be taken again, nor a place before it."""
    task = make_task()
    playing.sign()
    with playing.an_old_database():
        seal(task)
    playing.resumed(bureau)
    draw = seal(task)
    row = Draw.objects.filter(pk=draw.pk).values().get()
    row |= {"id": None, "commitment": "c" * 64, "status": "voided", "restored_at": draw.sealed_at}
    for changed in (
        {"prev": "d" * 64},
        {"prev": "_" * 64},
        {"prev": "_" * 64, "commitment": "_" * 64},
        {"number": draw.number[:-1] + "1"},
        {"number": draw.number[:-1] + "4"},
    ):
        with pytest.raises(Exception, match="series: not the next draw"), transaction.atomic():
            Draw(**row | {"prev": draw.commitment} | changed).save(force_insert=True)


def test_a_sealing_comes_back_from_the_supervisors_copy(
    ready, make_task, seal, cast, bureau, client, log_home, tmp_path
):
    task = make_task()
    playing.sign()
    copies = tmp_path / "copies"
    copies.mkdir()
    with playing.an_old_database():
        draw = seal(task)
        for name, data in sealing.take_sealed(draw, by=cast.supervisor).items():
            (copies / name).write_bytes(data)
        draw = drawing.run(throw(draw).pk)
        was = draw.number, draw.commitment, draw.result_digest, teams(draw), draw.public_facts
    playing.resumed(bureau, copies=str(copies))
    draw = Draw.objects.get()
    assert (draw.number, draw.commitment, draw.result_digest, teams(draw), draw.public_facts) == was
    assert playing.texts(bureau, "void") == []
    assert {each.typists for each in draw.sources.all()} == {"照公开日志补回"}
    assert (
        client.get(f"/log/{bureau.code}/file/{playing.texts(bureau, 'seal')[0]['notice']}").status_code == 200
    )
    playing.assert_told_once(bureau, client, log_home)
    case = draw.cases.order_by("pk").first()  # its codes are with the supervisor, as before
    change = replacements.request(
        draw, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="关闭"
    )
    replacements.approve(change, by=cast.head)
    replacements.open_code(change, CODES[1][0], by=cast.supervisor)
    client.force_login(cast.supervisor)
    page = client.get(f"/admin/inspections/draw/{draw.pk}/change/").content.decode()
    assert "照公开日志补回" in page
    Draw.objects.get()
    playing.sign()
    playing.assert_told_once(bureau, client, log_home, draw)


def test_a_copy_that_is_bent_changes_nothing_and_one_that_comes_too_late_is_refused(
    ready, make_task, seal, cast, bureau
):
    task, other = make_task(), make_task(strata=[("工贸-机械", 3000, 1)])
    playing.sign()
    with playing.an_old_database():
        draw = seal(task)
        files = sealing.take_sealed(draw, by=cast.supervisor)
        number = drawing.run(throw(draw).pk).number
    log = playing.log_of(bureau)
    with refused_with("log_seals_lost"):
        logresuming.resume(log)
    bent = files | {"sealed.json": files["sealed.json"].replace(b"0", b"1", 1)}
    with refused_with("copies_failed"):
        logresuming.resume(log, copies=tuple(bent.values()))
    assert playing.log_of(bureau).stopped_at and not playing.texts(bureau, "void")
    logresuming.resume(log, gives_up=True)
    assert [each["carry"] for each in playing.texts(bureau, "void")] == [1] and not Draw.objects.exists()
    with refused_with("log_thrown"):  # its enterprises bind the next draw, and nobody has them
        seal(task)
    draw = seal(other)
    assert draw.number != number and verification.verify_series(bureau) == []
    with refused_with("copies_failed"):
        logresuming.resume(log, copies=tuple(files.values()))


def test_a_change_that_the_log_knows_is_not_made_in_another_way(drawn, cast, bureau):
    playing.sign()
    case = drawn.cases.order_by("pk").first()

    def asked():
        return replacements.request(
            drawn, "subject", case.subject.ref, by=cast.clerk, reason="closed", note="关闭"
        )

    with playing.an_old_database():
        replacements.approve(asked(), by=cast.head)
    playing.resumed(bureau)
    change = asked()
    with refused_with("log_says_otherwise"):
        replacements.approve(change, by=cast.head)


def test_another_result_than_the_published_one_is_refused(sealed, bureau):
    playing.sign()
    with transaction.atomic():
        log = leaves.living(bureau)
        leaves.append(log, "result", about=sealed.number, digest="e" * 64, draw=sealed.number)
    with refused_with("log_says_otherwise"):
        drawing.run(throw(sealed).pk)
    assert Draw.objects.get().status == "seeded"


def test_with_a_second_log_what_was_sealed_in_the_first_ends(
    sealed, make_task, seal, cast, bureau, client, log_home
):
    """Its bytes are nowhere: one is void at once, one is completed first, and the series goes on."""
    drawn = drawing.run(throw(sealed).pk)
    soon = timezone.now() + timedelta(hours=2)
    thrown, late, waits = seal(make_task()), seal(make_task()), seal(make_task(), seed_at=soon)
    first = thrown.sources.first()
    values.lodge(first, "0123456789", by=first.account)
    playing.sign()
    with playing.an_old_database():
        playing.say(bureau, 3)
    with pytest.raises(CommandError, match="还取得回"):
        call_command("log_resume", bureau.code, new=True)
    for tile in (log_home / "log" / bureau.code / "tile").rglob("*"):
        if tile.is_file():
            tile.unlink()
    call_command("log_resume", bureau.code, new=True)
    state = dict(Draw.objects.values_list("pk", "status"))
    assert (state[drawn.pk], state[waits.pk]) == ("voided", "voided")
    assert (state[thrown.pk], state[late.pk]) == ("seeding", "sealed")  # completed first (SJS1 §8)
    for each in (thrown, late):
        drawing.run(throw_rest(each).pk)
        assert Draw.objects.get(pk=each.pk).status == "voided"
    followed = seal(drawn.task)
    drawing.run(throw(followed).pk)
    for each in filter(releases.may_release, Draw.objects.order_by("pk")):
        releases.release(each, by=cast.clerk)
    playing.sign()
    second = playing.log_of(bureau)
    assert second.number == 2
    told = [(Key.of(playing.own_key(second, log_home / "log")[0]), "")]
    source = playing.Files(log_home / "log" / second.folder, client, second.folder)
    seen = playing.monitor.Monitor(source, told, None, datetime.now(UTC))
    seen.look()
    assert seen.faults == [] and any("找不回的那一本" in each for each in seen.notes)
    for each in Draw.objects.all():
        assert verification.verify(each.pk) == []


def throw_rest(draw):
    for source in draw.sources.filter(lodged_at=None).order_by("position"):
        value = "12345" if source.kind == "lottery" else "0123456789"
        draw = values.lodge(source, value, by=source.account)
        if source.second:
            draw = values.lodge(source, value, by=source.second)
    return draw


def test_a_draw_that_was_taken_back_may_end_with_its_log(sealed, bureau, log_home):
    playing.sign()
    with playing.an_old_database():
        drawing.run(throw(sealed).pk)
    playing.resumed(bureau)
    with playing.an_old_database():
        playing.say(bureau)
    for tile in (log_home / "log" / bureau.code / "tile").rglob("*"):
        if tile.is_file():
            tile.unlink()
    call_command("log_resume", bureau.code, new=True)
    assert Draw.objects.get().status == "voided"


def test_a_void_that_nobody_approved_and_no_leaf_tells_is_named(sealed, cast):
    with transaction.atomic():
        Draw.objects.update(status="voided", restored_at=timezone.now(), voided_at=timezone.now())
        journal.write("draw.voided", by=None, bureau=sealed.bureau, about=sealed.about, facts={})
    assert any("没有监督人的批准" in each for each in verification.verify(sealed.pk))


def test_a_lost_draw_that_was_thrown_and_void_binds_its_task_too(ready, make_task, seal, cast, bureau):
    task = make_task()
    playing.sign()
    with playing.an_old_database():
        draw = drawing.run(throw(seal(task)).pk)
        voiding.request_void(draw, "pool", "名录有误", by=cast.clerk)
        voiding.approve_void(draw, by=cast.supervisor)
    log = playing.log_of(bureau)
    with refused_with("log_seals_lost"):
        logresuming.resume(log)
    logresuming.resume(log, gives_up=True)
    assert len(playing.texts(bureau, "void")) == 1 and verification.verify_series(bureau) == []
    with refused_with("log_thrown"):
        seal(task)


def test_whom_it_concerns_is_told(sealed, cast, bureau):
    playing.sign()
    with playing.an_old_database():
        drawing.run(throw(sealed).pk)
    playing.resumed(bureau)
    for each in (cast.head, cast.supervisor, cast.officer):
        said = list(Message.objects.filter(account=each, kind="watch").values_list("said", flat=True))
        assert any("公开日志停住了" in one for one in said) and any("公开日志已恢复" in one for one in said)
        assert any(f"{sealed.number} 已照日志补回：已抽取" in one for one in said)
