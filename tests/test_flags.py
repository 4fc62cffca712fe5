"""红旗簿 and what is flagged of people: none goes away unread, nobody reads away his own."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from config.schedule import steps
from inspections.draw import edits
from inspections.tasks import keep_flags
from inspections.watch import flagbook, redflags
from inspections.watch.flagging import RULES, Flag
from inspections.watch.models import RedFlag
from registries.models import Subject
from registries.services import corrections

from .ground import ROOT
from .staircase import refused_with
from .walls import behind_the_walls

pytestmark = pytest.mark.django_db


def kinds(bureau):
    return {each.kind for each in redflags.of(bureau)}


def move(firm, field, value, by):
    kept = Subject.objects.get(pk=firm.pk)
    before = {field: corrections.raw(kept, field)}
    setattr(kept, field, value)
    corrections.amend(kept, before, by=by, reason="核对")


def test_a_firm_moved_before_a_sealing_and_back_after_it_is_named(
    register, inspectors, make_task, seal, cast, bureau
):
    firm = register.filter(category__name="工贸-机械").order_by("ref").first()
    move(firm, "is_secret", True, cast.clerk)
    seal(make_task())
    assert "又改回来" not in kinds(bureau)
    move(firm, "is_secret", False, cast.clerk)
    (flag,) = [each for each in redflags.of(bureau) if each.kind == "又改回来"]
    assert flag.grave and firm.name in flag.text and "从“否”改成“是”" in flag.text and "990101" in flag.text
    assert flag.where[1] == firm.pk
    # it comes back as an ordinary row: nobody is sent to it by being put back
    task = make_task()
    assert edits.unsigned(task) == 0
    draw = seal(task)
    row = next(row for row in json.loads(draw.commit_json)["pool"] if row[0] == firm.ref)
    assert row[3] == "E"


def test_a_move_that_nobody_signed_is_named(register, bureau, cast):
    Subject.objects.filter(pk=register[0].pk).update(level="市级")
    (flag,) = [each for each in redflags.of(bureau) if each.kind == "没有署名的改动"]
    assert flag.grave and "“县级”变成“市级”，没有任何办理记录" in flag.text


def test_the_fifth_correction_of_one_person_is_named(register, bureau, cast):
    for n in range(4):
        move(register[n], "level", "市级", cast.clerk)
    assert "多次更正" not in kinds(bureau)
    move(register[4], "level", "市级", cast.clerk)
    assert "多次更正" in kinds(bureau)


def test_none_goes_away_unread_and_nobody_reads_away_his_own(client, bureau, cast, register):
    assert "keep-flags" in steps()
    Subject.objects.filter(pk=register[0].pk).update(level="市级")
    keep_flags()
    keep_flags()
    flag = RedFlag.objects.get(kind="没有署名的改动")
    client.force_login(cast.supervisor)
    page = client.get("/admin/oversight/").content.decode()
    assert "还没有人看过的 1 面" in page and "去看" in page
    flagbook.keep(bureau, [])  # it stands no more
    flag.refresh_from_db()
    assert flag.gone_at and "起不再成立" in client.get("/admin/oversight/").content.decode()
    assert client.post(f"/admin/oversight/flags/{flag.pk}/", {"note": " "}).status_code == 302
    assert flagbook.unread(bureau) == [flag]
    client.post(f"/admin/oversight/flags/{flag.pk}/", {"note": "数据库管理员误操作，已改回"})
    assert flagbook.unread(bureau) == []
    own = Flag("代录", "由监督人补全", True, cast.supervisor.pk)
    flagbook.keep(bureau, [own])
    kept = RedFlag.objects.get(kind="代录")
    assert "是您自己办的" in client.get("/admin/oversight/").content.decode()
    with refused_with("same_person"):
        flagbook.read(kept, "没事", by=cast.supervisor)
    with refused_with("not_allowed"):
        flagbook.read(kept, "没事", by=cast.clerk)
    flagbook.read(kept, "见证人住院", by=cast.auditor)
    with pytest.raises(DatabaseError), transaction.atomic():
        RedFlag.objects.filter(pk=kept.pk).update(note="改掉")
    with pytest.raises(DatabaseError), transaction.atomic():
        RedFlag.objects.all().delete()
    with behind_the_walls():
        assert RedFlag.objects.filter(read_at__lte=timezone.now()).count() == 2


def test_the_auditor_reads_searches_and_takes_the_journal_in_words(client, cast, drawn):
    client.force_login(cast.auditor)
    page = client.get("/admin/registries/journalentry/?q=封存").content.decode()
    assert "封存" in page and drawn.number in page
    page = client.get("/admin/registries/journalentry/act/export/?q=封存").content.decode()
    assert "导出" in page
    answer = client.post("/admin/registries/journalentry/act/export/?q=封存")
    said = b"".join(answer.streaming_content).decode()
    assert "办理事项" in said and drawn.number in said
    entry = cast.auditor.bureau.journalentry_set.filter(action="register.exported").last()
    assert entry.actor == "auditor" and "journalentry" in entry.about


def test_an_unread_flag_stands_on_the_first_page_of_who_is_to_read_it(client, cast, bureau, register):
    """Those of others for the supervisor, those of his own acts for the head and the auditor."""

    def told(who):
        client.force_login(who)
        return re.findall(r"(\d+) 面红旗还没有人看过", client.get("/admin/").content.decode())

    assert not any(told(each) for each in (cast.supervisor, cast.head, cast.auditor, cast.clerk))
    flagbook.keep(bureau, [Flag("改动", "甲", True, cast.clerk.pk), Flag("改动", "乙", True)])
    assert told(cast.supervisor) == ["2"]
    assert not told(cast.head) and not told(cast.auditor) and not told(cast.clerk)
    flagbook.keep(bureau, [Flag("代录", "丙", True, cast.supervisor.pk)])
    assert told(cast.supervisor) == ["2"] and told(cast.head) == ["1"] and told(cast.auditor) == ["1"]
    for each in flagbook.unread(bureau):
        flagbook.read(each, "看过了", by=cast.auditor)
    assert not any(told(each) for each in (cast.supervisor, cast.head, cast.auditor))


def test_who_confirms_accounts_owes_a_second_factor_in_production():
    """Nobody who draws, decides, publishes or keeps accounts signs in by a password alone there."""
    told = "from django.conf import settings as s; print(','.join(sorted(s.SECOND_FACTOR_ROLES)))"
    asked = [sys.executable, "-c", f"import django; django.setup(); {told}"]
    words = os.environ | {
        "DATABASE_URL": "postgres://x@localhost/x",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    words.pop("SECOND_FACTOR_ROLES", None)
    said = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, env=words)
    assert said.stdout.strip() == "auditor,clerk,head,legal,officer,security,supervisor", said.stderr


def test_every_kind_has_its_rule_and_nearly_every_flag_a_way_to_the_thing():
    """Read from the code: what is said of no one thing stands in a list."""
    no_one_thing = {"编号", "变更", "没有署名的改动", "多次更正", "公示", "设置", "遗失", "公开日志"}
    kinds, without = set(), set()
    for path in (ROOT / "inspections/watch").glob("*flags.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Flag":
                kind = node.args[0].value
                kinds.add(kind)
                if len(node.args) < 5 and not any(each.arg == "where" for each in node.keywords):
                    without.add(kind)
    assert kinds == set(RULES) and without <= no_one_thing


def test_an_unread_flag_says_its_rule_leads_to_the_thing_and_is_not_torn_away(client, cast, bureau, register):
    place = ("admin:registries_subject_change", register[0].pk)
    client.force_login(cast.supervisor)
    assert "js/live.js" in client.get("/admin/oversight/").content.decode()
    flagbook.keep(bureau, [Flag("辖区", "甲", True, where=place)])
    page = client.get("/admin/oversight/").content.decode()
    assert RULES["辖区"] in page and f"/admin/registries/subject/{register[0].pk}/change/" in page
    assert 'http-equiv="refresh"' not in page  # it goes on living, but not under a note that is being written


def test_the_page_shows_the_first_of_each_kind_and_leads_to_the_others(client, bureau, cast, monkeypatch):
    found = [Flag("逾期", f"第{n:03d}件过了期限") for n in range(70)] + [Flag("光盘", "没有光盘")]
    grave = [Flag("编号", f"第{n:03d}号不连续", True) for n in range(25)]
    monkeypatch.setattr(redflags, "_LOOKS", [lambda bureau, now: [*found, *grave]])
    flagbook.keep(bureau, grave)
    client.force_login(cast.supervisor)
    page = client.get("/admin/oversight/").content.decode()
    assert "96<small>面，25 面还没有人看过" in page and "其余 5 面接着列出" in page
    assert "没有光盘" in page and "第011件过了期限" in page and "第012件过了期限" not in page
    assert "“逾期”另有 58 面" in page and "“编号”另有 13 面" in page and "“光盘”另有" not in page
    way = re.search(r'href="(\?kind=[^"#]+)#flags">“逾期”', page)[1]
    pages = [client.get(f"/admin/oversight/{way}{more}").content.decode() for more in ("", "&page=2")]
    assert all(f"第{n:03d}件过了期限" in pages[n // 60] for n in range(70)) and "没有光盘" not in pages[0]
    assert "没有这一种红旗" in client.get("/admin/oversight/?kind=%3Cb%3E").content.decode()
