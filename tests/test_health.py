"""运行状况: what is fine, what is not and what to do, for machines and for people."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from config.office import health
from inspections import tasks
from inspections.models import Draw
from inspections.watch import anchors
from publicity.views import draws as views
from registries.models import Pulse
from registries.services import pulses

from .levels import APP
from .staircase import throw
from .walls import as_owner

pytestmark = pytest.mark.django_db


def page(client, account):
    client.force_login(account)
    answer = client.get("/admin/health/")
    assert answer.status_code == 200
    return {what: (state, words) for what, state, words in answer.context["checks"]}


def test_the_short_answer(client, sealed):
    draw = throw(sealed)
    assert client.get("/healthz").json() == {
        "database": "ok",
        "redis": "none",
        "worker": "never",
        "waiting": 1,
    }
    tasks.sweep()
    assert client.get("/healthz").json() == {"database": "ok", "redis": "none", "worker": "ok", "waiting": 0}
    assert Draw.objects.get(pk=draw.pk).status == "drawn"
    Pulse.objects.update(at=timezone.now() - timedelta(hours=1))
    assert client.get("/healthz").json()["worker"] == "late"


def test_the_alarm_rings_for_each_part_that_is_not_well(client, db, monkeypatch):
    def answer():
        got = client.get("/healthz/all")
        assert (got.status_code == 503) == bool(got.json()["wrong"])
        return got.json()["wrong"]

    free = SimpleNamespace(total=100 * 2**30, free=50 * 2**30)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: free)
    assert answer() == ["worker", "backup"]
    pulses.beat("sweep")
    pulses.beat("backup")
    assert answer() == []
    Pulse.objects.filter(name="backup").update(at=timezone.now() - timedelta(days=3))
    assert answer() == ["backup"]
    pulses.beat("backup")
    free.free = 2**30 // 2
    assert answer() == ["disk"]
    free.free = 50 * 2**30
    Pulse.objects.filter(name="sweep").update(at=timezone.now() - timedelta(hours=1))
    assert answer() == ["worker"]
    monkeypatch.setattr(health, "bell", lambda: "down")
    assert answer() == ["redis", "worker"]
    # the web process itself is well: it is not to be started again
    assert client.get("/healthz").status_code == 200


def test_the_folder_of_keys_and_files_is_the_services_own(tmp_path):
    made = tmp_path / "new" / "var"
    served = tmp_path / "served"
    served.mkdir(0o755)
    env = os.environ | {
        "MINGQIAN_VAR": str(made),
        "MINGQIAN_SERVED": str(served),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = ["sh", "-c", f"umask 077; {sys.executable} -c 'import config.settings'"]  # as the units have it
    subprocess.run(command, env=env, check=True)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    for name in ("static", "public"):  # nginx is another user
        assert stat.S_IMODE((served / name).stat().st_mode) == 0o755


def test_the_page_says_what_to_do(client, cast, sealed, tmp_path):
    checks = page(client, cast.clerk)
    assert checks["后台进程（run_due）"][0] == "故障" and "请启动" in checks["后台进程（run_due）"][1]
    assert checks["锚点"][0] == checks["备份"][0] == "注意"
    assert checks["数据库角色" if APP else "数据库"][0] == ("正常" if APP else "注意")
    assert checks["数据库结构"][0] == checks["Redis"][0] == checks["等待执行的抽取"][0] == "正常"
    draw = throw(sealed)
    Draw.objects.filter(pk=draw.pk).update(attempts=2, attempt_error="MemoryError: planted")
    pulses.beat("sweep")
    call_command("anchor", output=str(tmp_path / "a.json"), verbosity=0)
    checks = page(client, cast.clerk)
    assert checks["后台进程（run_due）"][0] == checks["锚点"][0] == "正常"
    assert checks["等待执行的抽取"][0] == "故障" and "MemoryError" in checks["等待执行的抽取"][1]


def test_a_sleeping_trigger_is_shown(client, cast):
    if not APP:
        pytest.skip("SQLite 不能关闭触发器，只能拆掉")
    assert page(client, cast.supervisor)["防改触发器"][0] == "正常"
    with as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE inspections_draw DISABLE TRIGGER inspections_draw_freeze")
    assert "核验" in page(client, cast.supervisor)["防改触发器"][1]


def test_an_application_that_owns_its_tables_is_told_so(client, cast):
    if not APP:
        pytest.skip("SQLite 没有角色")
    client.force_login(cast.supervisor)
    with as_owner():
        state, words = page(client, cast.supervisor)["数据库角色"]
    assert state == "故障" and "属主" in words


def test_only_the_desk_reads_it(client, cast):
    assert client.get("/admin/health/").status_code == 302
    client.force_login(cast.witness1)
    assert client.get("/admin/health/").status_code == 403


def test_the_database_away_is_said_as_such(client, monkeypatch):
    def away(*args):
        raise OperationalError("the database system is starting up")

    client.raise_request_exception = False
    monkeypatch.setattr(views.Bureau.objects, "order_by", away)
    answer = client.get("/draws/")
    assert (
        answer.status_code == 503
        and answer["Retry-After"] == "30"
        and "没有提交成功" in answer.content.decode()
    )
    monkeypatch.undo()
    monkeypatch.setattr(views, "_draws", lambda: 1 / 0)
    assert client.get("/draws/").status_code == 500


def test_the_supervisors_anchor_has_the_journals_head_and_the_public_one_has_not(
    client, drawn, tmp_path, capsys
):
    path = tmp_path / "anchor.json"
    call_command("anchor", output=str(path), verbosity=0)
    kept, public = json.loads(path.read_text()), client.get("/anchor.json").json()
    assert kept["bureaus"] == anchors.take()["bureaus"]
    assert kept["bureaus"]["990101"]["draws"] == [[drawn.number, drawn.commitment, drawn.result_digest]]
    assert (
        set(public["bureaus"]["990101"]) == {"day", "digest", "draws"}
        and public["bureaus"]["990101"]["draws"] == []
    )
    assert kept["bureaus"]["990101"]["digest"] not in client.get("/draws/").content.decode()
    assert public["bureaus"]["990101"]["digest"] in client.get("/draws/").content.decode()
    with pytest.raises(CommandError, match="已经存在"):
        call_command("anchor", output=str(path))
    call_command("verify_journal", anchor=str(path))
    path.write_text(json.dumps(public))
    call_command("verify_journal", anchor=str(path))
    assert "不含办理日志" in capsys.readouterr().out
    call_command("verify_draw", all=True, anchor=str(path))


def test_verify_draw_says_what_it_was_not_given(drawn, capsys):
    with pytest.raises(CommandError, match="请写明抽取编号"):
        call_command("verify_draw")
    with pytest.raises(CommandError, match="没有这些抽取：990101-1999-001"):
        call_command("verify_draw", "990101-1999-001")
    call_command("verify_draw", drawn.number)
    assert capsys.readouterr().out == f"{drawn.number}（已抽取）：一致\n"


def test_the_connection_is_as_the_tests_say(db):
    with connection.cursor() as cursor:
        if APP:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (APP,)


def test_numbers_for_a_monitor_are_behind_a_token_and_the_rules_speak_of_them(client, db, settings):
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "token"
    assert (
        client.get("/metrics").status_code
        == client.get("/metrics", headers={"authorization": "Bearer x"}).status_code
        == 403
    )
    pulses.beat("sweep")
    pulses.beat("backup", faults=2)
    client.get("/")
    told = client.get("/metrics", headers={"authorization": "Bearer token"}).content.decode()
    assert "mingqian_backup_faults 2.0" in told and "mingqian_database_up 1.0" in told
    assert "mingqian_anchor_age_seconds +Inf" in told and "mingqian_clock_is_wrong 0.0" in told
    rules = yaml.safe_load((settings.BASE_DIR / "config/deploy/alerts.yml").read_text())["groups"][0]["rules"]
    for each in rules:
        for name in re.findall(r"(?:mingqian|django)_\w+", each["expr"].replace('job="mingqian"', "")):
            assert f"\n{name}" in told, name
        assert re.search("[一-鿿]", each["annotations"]["summary"])


def test_each_queue_says_which_machines_work_on_it(client, cast, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(health, "bell", lambda: "ok")
    for name in ("worker draws@甲", "worker draws@乙", "worker people@甲", "worker bulk@甲"):
        pulses.beat(name)
    Pulse.objects.filter(name="worker people@甲").update(at=timezone.now() - timedelta(minutes=6))
    checks = page(client, cast.clerk)
    assert checks["后台：抽取"] == ("正常", "2 台机器在办：乙、甲。")
    assert checks["后台：导入、交换、照片、装订"][0] == "正常"
    for queue in ("有人在等的", "夜里的核验和数据版本"):
        assert checks[f"后台：{queue}"][0] == "注意" and "没有进程在办" in checks[f"后台：{queue}"][1]
    Pulse.objects.filter(name__startswith="worker draws").update(at=timezone.now() - timedelta(hours=1))
    assert page(client, cast.clerk)["后台：抽取"][0] == "故障"
