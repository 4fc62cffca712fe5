"""The supervisor's desk: who may see it, what it says, and the self-check on what is stored."""

import json
import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from inspections import engine
from inspections.watch import redflags, selfcheck
from inspections.watch.models import DrawSums, SelfCheck
from registries.models import ChainCheck, Consent, InspectionKind, JournalEntry
from registries.services import chaincheck, confirming, journal

from .walls import behind_the_walls

pytestmark = pytest.mark.django_db


log = logging.getLogger(__name__)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("supervisor", 200),
        ("head", 200),
        ("auditor", 200),
        ("clerk", 403),
        ("officer", 403),
        ("witness1", 403),
    ],
)
def test_who_may_watch(client, drawn, cast, who, status):
    client.force_login(getattr(cast, who))
    for page in ("/admin/oversight/", "/admin/oversight/statistics/"):
        assert client.get(page).status_code == status, page


def test_it_shows_every_draw_where_it_stands(client, drawn, make_task, seal, cast):
    sealed = seal(make_task((("工贸-轻工", 1000, 1),)))
    client.force_login(cast.supervisor)
    said = client.get("/admin/oversight/").content.decode()
    for draw in (drawn, sealed):
        assert draw.number in said and draw.get_status_display() in said
    assert "4/4" in said and "0/4" in said and "js/live.js" in said and 'id="live"' in said


def test_what_is_late_or_set_aside_is_flagged(drawn, bureau, monkeypatch):
    assert not [flag for flag in redflags.of(bureau) if flag.grave]
    later = timezone.now() + timedelta(days=40)
    monkeypatch.setattr(timezone, "now", lambda: later)
    said = " ".join(flag.text for flag in redflags.of(bureau))
    assert "台账中没有抽取后的光盘" in said and "还有" in said


def test_a_kind_that_needs_no_draw_any_more_is_flagged(client, cast, bureau):
    kind = InspectionKind.objects.get(bureau=bureau, code="random")
    client.force_login(cast.clerk)
    assert client.get(f"/admin/registries/inspectionkind/{kind.pk}/change/").status_code == 200
    fields = {
        "code": "random",
        "title": "双随机抽查",
        "draw": "forbidden",
        "is_planned": "on",
        "counts": "on",
        "order": 0,
    }
    assert client.post(f"/admin/registries/inspectionkind/{kind.pk}/change/", fields).status_code == 403
    client.force_login(cast.officer)
    assert client.post(f"/admin/registries/inspectionkind/{kind.pk}/change/", fields).status_code == 302
    kind.refresh_from_db()
    assert kind.draw != "forbidden"  # another has to say yes
    confirming.confirm(Consent.objects.get(), by=cast.security)
    kind.refresh_from_db()
    assert kind.draw == "forbidden"
    assert any(flag.kind == "设置" and "security" in flag.text for flag in redflags.of(bureau))


def test_the_command_is_quiet_on_what_was_drawn_fairly(drawn, capsys):
    call_command("draw_statistics")
    said = capsys.readouterr().out
    assert "1 次抽取" in said and "没有发现" in said
    with pytest.raises(CommandError, match="没有这个机关"):
        call_command("draw_statistics", bureau="000000")
    with pytest.raises(CommandError, match="日期"):
        call_command("draw_statistics", since="今天")


def test_the_command_names_a_class_that_was_drawn_twice_as_often(drawn, capsys):
    result = json.loads(drawn.result_json)
    part = next(each for each in result["objects"] if each["stratum"] == "工贸-机械")
    pool = [
        row[0] for row in json.loads(drawn.commit_json)["pool"] if row[1] == "工贸-机械" and row[3] == "E"
    ]
    part["drawn"] += [ref for ref in pool if ref not in part["drawn"]][: len(part["drawn"])]
    with behind_the_walls():
        drawn.files.filter(name="result").update(text=engine.dump(result).decode())
    with pytest.raises(SystemExit):
        call_command("draw_statistics")
    assert "“工贸-机械”抽取" in capsys.readouterr().out


def test_a_draw_is_counted_once_by_the_background(drawn, bureau, monkeypatch):
    first = selfcheck.report(bureau)
    assert first["questions"] and not DrawSums.objects.exists()  # a look writes nothing
    selfcheck.renew_all(log)
    monkeypatch.setattr(selfcheck, "past_of", None)
    again = selfcheck.report(bureau)
    for name in ("findings", "questions", "draws", "unread"):
        assert first[name] == again[name]
    monkeypatch.setattr(selfcheck, "Tally", None)
    kept = selfcheck.of(bureau)
    assert (kept["findings"], kept["questions"], kept["waiting"]) == (
        first["findings"],
        first["questions"],
        [],
    )
    assert SelfCheck.objects.get().draws == 1


def test_a_look_does_not_count_what_is_large(client, drawn, bureau, cast, monkeypatch):
    monkeypatch.setattr(selfcheck, "_AT_ONCE", 10)
    monkeypatch.setattr(selfcheck, "past_of", None)
    assert selfcheck.of(bureau)["waiting"] == [drawn.number]
    client.force_login(cast.supervisor)
    said = client.get("/admin/oversight/statistics/").content.decode()
    assert f"{drawn.number} 还没有计入" in said and "还没有算出来" in said


def test_a_draw_whose_files_cannot_be_read_is_named_and_stops_nothing(client, drawn, bureau, cast):
    with behind_the_walls():
        drawn.files.filter(name="result").update(text="{")
    selfcheck.renew_all(log)
    assert selfcheck.of(bureau)["unread"] == [drawn.number]
    client.force_login(cast.supervisor)
    assert "的抽取文件读不出来" in client.get("/admin/oversight/statistics/").content.decode()
    with pytest.raises(SystemExit):
        call_command("draw_statistics")


def test_the_journal_is_walked_on_from_where_the_background_ended(client, drawn, bureau, cast, monkeypatch):
    monkeypatch.setattr(chaincheck, "STEP", 7)
    monkeypatch.setattr(chaincheck, "LOOK", 3)
    client.force_login(cast.supervisor)
    said = client.get("/admin/oversight/statistics/").content.decode()
    assert "核验到第 3 条" in said and "还没有从头核验过" in said
    assert client.post("/admin/oversight/chain/").status_code == 302
    assert "正在从头核验：0 %" in client.get("/admin/oversight/statistics/").content.decode()
    chaincheck.walk_all(log)
    found = chaincheck.of(bureau)
    assert found["rest"] == 0 and not found["faults"] and found["checked_at"] and found["done"] is None
    client.force_login(cast.clerk)
    assert client.post("/admin/oversight/chain/").status_code == 403


def test_a_walk_goes_on_after_a_crash_and_finds_what_the_whole_walk_finds(drawn, bureau, cast, monkeypatch):
    monkeypatch.setattr(chaincheck, "STEP", 5)
    fourth, last = (
        JournalEntry.objects.get(bureau=bureau, seq=seq) for seq in (4, journal.head(bureau)["seq"])
    )
    chaincheck.begin(bureau)
    with behind_the_walls():
        models.QuerySet(JournalEntry).filter(pk=fourth.pk).update(facts='{"x":1}')
    saves, save = [], ChainCheck.save

    def dies(self, **kwargs):
        save(self, **kwargs)
        saves.append(1)
        if len(saves) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ChainCheck, "save", dies)
    with pytest.raises(KeyboardInterrupt):
        chaincheck.walk_all(log)
    assert ChainCheck.objects.get().walk["seq"] == 5  # what was not committed is walked again
    chaincheck.walk_all(log)
    assert chaincheck.of(bureau)["faults"] == journal.verify(bureau)[1] != []
    with behind_the_walls():
        models.QuerySet(JournalEntry).filter(pk=last.pk).update(digest="f" * 64)
    assert any("与上次核验时不同" in fault for fault in chaincheck.of(bureau)["faults"])


def test_the_supervisor_takes_the_anchor_and_it_is_on_record(client, drawn, cast, tmp_path):
    client.force_login(cast.clerk)
    assert client.post("/admin/oversight/anchor.json").status_code == 403
    client.force_login(cast.supervisor)
    assert client.get("/admin/oversight/anchor.json").status_code == 405
    assert "取走锚点" in client.get("/admin/oversight/").content.decode()
    kept = tmp_path / "anchor.json"
    kept.write_bytes(client.post("/admin/oversight/anchor.json").content)
    last = JournalEntry.objects.filter(bureau=drawn.bureau).order_by("-seq").first()
    told = json.loads(kept.read_text())["bureaus"]
    assert last.action == "anchor.taken" and last.actor == "supervisor"
    assert list(told) == ["990101"] and told["990101"]["digest"] == last.digest
    call_command("verify_journal", anchor=str(kept))
