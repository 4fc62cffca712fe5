"""After a restore the facts that the log still tells are taken back in: nothing is thrown twice, nothing that
was withdrawn is shown again, and the series goes on behind what is lost."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from inspections.draw import drawing, replacements, sealing, values, voiding
from inspections.models import Draw, SeedSource
from inspections.visit import reports
from inspections.watch import verification
from publicity.lognote import Key
from publicity.models import Disclosure, Ending, Publication
from publicity.reading import stands
from publicity.services import carrying, logresuming, publications, releases
from registries.models import LogEntry, PublicLog, Subject
from registries.services import journal, leaves

from ..staircase import CODES, inspect, publish, refused_with, throw
from ..walls import behind_the_walls
from . import playing

pytestmark = pytest.mark.django_db


@contextmanager
def an_old_database():
    """What happens inside is lost with the database; what was promised outside is not."""
    before = transaction.savepoint()
    yield
    playing.sign()
    transaction.savepoint_rollback(before)
    PublicLog.objects.update(vouched="")  # it starts
    leaves._vouched.clear()
    playing.sign()
    assert PublicLog.objects.get(is_living=True).stopped_at


@pytest.fixture
def ready(register, inspectors):
    """A bureau that may draw."""


def resumed(bureau, **more):
    call_command("log_resume", bureau.code, **more)
    playing.sign()


def teams(draw):
    return {
        case.subject.ref: [each.inspector.ref for each in case.team()]
        for case in draw.cases.select_related("subject")
    }


def texts(bureau, *kinds):
    rows = LogEntry.objects.filter(log__bureau=bureau, kind__in=kinds).order_by("log", "n")
    return [json.loads(text) for text in rows.values_list("text", flat=True)]


def assert_told_once(bureau, client, log_home, draw=None):
    """The monitor, from the first leaf on, and the bureau's own verifier find nothing."""
    log = playing.log_of(bureau)
    told = [(Key.of(playing.own_key(log, log_home / "log")[0]), "")]
    assert playing.follow(bureau, client, log_home / "log", told).faults == []
    assert verification.verify_series(bureau) == []
    for each in [draw] if draw else Draw.objects.filter(bureau=bureau):
        assert verification.verify(each.pk) == []


def test_a_throw_is_not_thrown_again(sealed, bureau, client, log_home):
    playing.sign()
    with an_old_database():
        drawn = drawing.run(throw(sealed).pk)
        was = drawn.result_digest, teams(drawn), list(SeedSource.objects.values_list("value", flat=True))
    assert Draw.objects.get().status == "sealed"
    resumed(bureau)
    drawn = Draw.objects.get()
    assert (
        drawn.result_digest,
        teams(drawn),
        list(SeedSource.objects.values_list("value", flat=True)),
    ) == was
    assert drawn.drawn_at == datetime.strptime(texts(bureau, "result")[0]["at"], "%Y-%m-%dT%H:%M%z")
    assert drawn.restored_at and len(texts(bureau, "value")) == 4 and len(texts(bureau, "result")) == 1
    assert_told_once(bureau, client, log_home)
    with refused_with("draw_not_open"):
        values.lodge(drawn.sources.first(), "0123456789", by=drawn.sources.first().account)


def test_dice_that_were_open_stay_and_the_lottery_is_still_typed(sealed, cast, bureau, client, log_home):
    playing.sign()
    with an_old_database():
        for source in sealed.sources.filter(kind="dice"):
            values.lodge(source, "0123456789", by=source.account)
    resumed(bureau)
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
    assert_told_once(bureau, client, log_home)


def test_a_throw_that_was_still_hidden_is_thrown_again_and_the_log_shows_it(sealed, bureau, client, log_home):
    playing.sign()
    with an_old_database():
        first = sealed.sources.first()
        values.lodge(first, "0123456789", by=first.account)
    resumed(bureau)
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
    with an_old_database():
        if is_thrown:
            drawing.run(throw(sealed).pk)
        voiding.request_void(Draw.objects.get(), "pool", "名录有误", by=cast.clerk)
        voiding.approve_void(Draw.objects.get(), by=cast.supervisor)
        if not is_thrown:  # its hour has come: it is completed first
            drawing.run(throw(sealed).pk)
    resumed(bureau)
    draw = Draw.objects.get()
    assert draw.status == "voided" and draw.void_reason == "pool" and draw.result_digest
    assert not draw.cases.filter(status="opened").exists() and len(texts(bureau, "void")) == 1
    seal(draw.task)
    playing.sign()
    assert_told_once(bureau, client, log_home)


def test_the_series_goes_on_behind_a_sealing_that_is_lost(ready, make_task, seal, bureau, client, log_home):
    task = make_task()
    playing.sign()
    with an_old_database():
        lost = seal(task)
        lost = lost.number, lost.commitment
    resumed(bureau)
    assert not Draw.objects.exists() and verification.verify_series(bureau) == []
    assert [(each["about"], each["reason"]) for each in texts(bureau, "void")] == [(lost[0], "restore")]
    draw = seal(task)
    assert draw.number == "990101-2026-002".replace("2026", str(draw.sealed_at.year))
    assert (draw.prev, draw.after) == (lost[1], lost[1])
    drawing.run(throw(draw).pk)
    playing.sign()
    assert_told_once(bureau, client, log_home)


def test_the_database_itself_keeps_the_series_behind_what_is_lost(ready, make_task, seal, bureau):
    """A number that the log knows may not be taken again, nor a place before it."""
    task = make_task()
    playing.sign()
    with an_old_database():
        seal(task)
    resumed(bureau)
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
    with an_old_database():
        draw = seal(task)
        for name, data in sealing.take_sealed(draw, by=cast.supervisor).items():
            (copies / name).write_bytes(data)
        draw = drawing.run(throw(draw).pk)
        was = draw.number, draw.commitment, draw.result_digest, teams(draw), draw.public_facts
    resumed(bureau, copies=str(copies))
    draw = Draw.objects.get()
    assert (draw.number, draw.commitment, draw.result_digest, teams(draw), draw.public_facts) == was
    assert texts(bureau, "void") == []
    assert client.get(f"/log/{bureau.code}/file/{texts(bureau, 'seal')[0]['notice']}").status_code == 200
    assert_told_once(bureau, client, log_home)
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
    assert_told_once(bureau, client, log_home, draw)


def test_a_copy_that_is_bent_changes_nothing_and_one_that_comes_too_late_is_refused(
    ready, make_task, seal, cast, bureau
):
    task, other = make_task(), make_task(strata=[("工贸-机械", 3000, 1)])
    playing.sign()
    with an_old_database():
        draw = seal(task)
        files = sealing.take_sealed(draw, by=cast.supervisor)
        number = drawing.run(throw(draw).pk).number
    log = playing.log_of(bureau)
    with refused_with("log_seals_lost"):
        logresuming.resume(log)
    bent = files | {"sealed.json": files["sealed.json"].replace(b"0", b"1", 1)}
    with refused_with("copies_failed"):
        logresuming.resume(log, copies=tuple(bent.values()))
    assert playing.log_of(bureau).stopped_at and not texts(bureau, "void")
    logresuming.resume(log, gives_up=True)
    assert [each["carry"] for each in texts(bureau, "void")] == [1] and not Draw.objects.exists()
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

    with an_old_database():
        replacements.approve(asked(), by=cast.head)
    resumed(bureau)
    change = asked()
    with refused_with("log_says_otherwise"):
        replacements.approve(change, by=cast.head)


def test_what_was_withdrawn_or_corrected_is_not_shown_again(approved, cast, bureau, client, log_home):
    shown = publish(approved, cast)
    other = publish(inspected(approved.case.draw, cast), cast)
    playing.sign()
    file = texts(bureau, "said")[0]["digest"]
    with an_old_database():
        ending = publications.prepare_ending(shown, "withdrawn", "登记有误", by=cast.clerk)
        publications.judge(ending, True, by=cast.head, holds=False)
        Subject.objects.filter(pk=other.report.case.subject_id).update(town="新镇")
        mended = publications.prepare_correction(other, "写错一字", by=cast.clerk)
        publications.judge(mended, True, by=cast.head, holds=False)
        new = Disclosure.objects.get(supersedes=other)
        named = [each["digest"] for each in texts(bureau, "said")[2:]]
        kept = {digest: client.get(f"/log/{bureau.code}/file/{digest}").content for digest in named}
    assert client.get(f"/log/{bureau.code}/file/{file}").status_code == 200
    done = logresuming.resume(playing.log_of(bureau), copies=tuple(kept.values()))
    assert len(done.said) == 2
    playing.sign()
    assert (
        Ending.objects.get().disclosure_id == shown.pk and not stands(Disclosure.objects.get(pk=shown.pk))[0]
    )
    again = Disclosure.objects.get(supersedes=other)
    assert (again.token, again.payload, again.digest) == (new.token, new.payload, new.digest)
    assert client.get(f"/log/{bureau.code}/file/{file}").status_code == 410
    assert client.get(f"/log/{bureau.code}/file/{said(new)[0]}").status_code == 200
    assert_told_once(bureau, client, log_home)


def inspected(draw, cast):
    return reports.approve(inspect(draw.cases.order_by("pk")[1]), by=cast.head)


def said(disclosure):
    return [each["digest"] for each in texts(disclosure.bureau, "said") if each["about"] == disclosure.token]


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
    with an_old_database():
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
    with an_old_database():
        drawing.run(throw(sealed).pk)
    resumed(bureau)
    with an_old_database():
        playing.say(bureau)
    for tile in (log_home / "log" / bureau.code / "tile").rglob("*"):
        if tile.is_file():
            tile.unlink()
    call_command("log_resume", bureau.code, new=True)
    assert Draw.objects.get().status == "voided"


def test_a_second_run_brings_what_the_first_had_not(approved, cast, bureau, client, log_home):
    """Its tiles are at hand, what they name is not: a mirror has it later."""
    shown = publish(approved, cast)
    playing.sign()
    with an_old_database():
        Subject.objects.filter(pk=approved.case.subject_id).update(town="新镇")
        mended = publications.prepare_correction(shown, "写错一字", by=cast.clerk)
        new = publications.judge(mended, True, by=cast.head, holds=False)
        (digest,) = said(new)
        file = client.get(f"/log/{bureau.code}/file/{digest}").content
    resumed(bureau)
    assert not Disclosure.objects.filter(supersedes=shown).exists()
    done = logresuming.resume(playing.log_of(bureau), copies=(file,))
    assert len(done.said) == 1 and Disclosure.objects.get(supersedes=shown).token == new.token
    playing.sign()
    assert_told_once(bureau, client, log_home)


def test_what_the_law_took_away_meanwhile_stays_away(approved, cast, bureau, client, tmp_path):
    playing.sign()
    with an_old_database():
        shown = publish(approved, cast)
        (digest,) = said(shown)
        file = client.get(f"/log/{bureau.code}/file/{digest}").content
        ending = publications.prepare_ending(shown, "withdrawn", "登记有误", by=cast.clerk)
        publications.judge(ending, True, by=cast.head, holds=False)
    done = logresuming.resume(playing.log_of(bureau), copies=(file,))
    assert client.get(f"/log/{bureau.code}/file/{digest}").status_code == 410
    assert any("请逐份核对" in each for each in done.said)


def test_what_was_approved_and_not_out_yet_is_judged_anew(approved, cast, bureau):
    """It may have gone out, and been withdrawn, in the time that is lost."""
    publish(approved, cast, not_before=timezone.now() + timedelta(hours=1))
    playing.sign()
    with an_old_database(), behind_the_walls():
        Publication.objects.update(not_before=timezone.now() - timedelta(minutes=1))
        assert carrying.carry_due() == 1
    resumed(bureau)
    assert Publication.objects.get().status == "returned"


def test_a_list_of_what_is_missing_fits_its_leaf():
    kept = logresuming._cut([f"said {'字' * 60} {n}" for n in range(3000)])
    assert len(json.dumps(kept, ensure_ascii=False).encode()) < 60_000
    assert kept[-1] == f"另有 {3000 - len(kept) + 1} 项"


def test_a_void_that_nobody_approved_and_no_leaf_tells_is_named(sealed, cast):
    with transaction.atomic():
        Draw.objects.update(status="voided", restored_at=timezone.now(), voided_at=timezone.now())
        journal.write("draw.voided", by=None, bureau=sealed.bureau, about=sealed.about, facts={})
    assert any("没有监督人的批准" in each for each in verification.verify(sealed.pk))
