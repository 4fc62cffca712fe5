"""The supervisor's desk: who may see it, what it says, and the self-check on what is stored."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inspections import engine
from inspections.watch import redflags, selfcheck
from registries.models import Consent, InspectionKind, JournalEntry
from registries.services import confirming

from .walls import behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_replays(settings, tmp_path):
    settings.VAR_DIR = tmp_path


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


def test_what_other_seeds_would_make_is_computed_once(drawn, bureau, monkeypatch):
    first = selfcheck.report(bureau)
    monkeypatch.setattr(selfcheck, "replay", None)
    again = selfcheck.report(bureau)
    assert first == again and not first["waiting"]


def test_the_page_does_not_wait_for_what_is_still_to_be_computed(drawn, bureau):
    found = selfcheck.report(bureau, budget=0)
    assert found["waiting"] == [drawn.number] and found["questions"]


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
