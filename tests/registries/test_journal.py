"""The journal takes new entries and nothing else; whoever writes behind it is named."""

import ast
import json
import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from registries.models import AppendOnly, Consent, JournalEntry
from registries.services import accounts, journal, subjects

from ..walls import as_owner, behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(bureau, cast):
    for n in range(5):
        journal.write("test.done", by=cast.clerk, about=f"thing {n}", facts={"n": n})
    return JournalEntry.objects.filter(bureau=bureau).order_by("seq")


def sql(statement, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def without_triggers(statement, *arguments):
    """As somebody would who holds the database itself."""
    with behind_the_walls() as cursor:
        cursor.execute(statement, arguments)


def test_the_chain_is_whole(bureau, entries):
    count, faults = journal.verify(bureau)
    assert count == entries.count() and faults == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows.update(action="x"),
        lambda rows: rows.delete(),
        lambda rows: rows[0].delete(),
        lambda rows: rows[0].save(),
        lambda rows: rows.bulk_update(list(rows), ["action"]),
    ],
)
def test_python_refuses(entries, spoil):
    with pytest.raises(AppendOnly):
        spoil(entries)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE registries_journalentry SET action = 'x'", "DELETE FROM registries_journalentry"],
)
def test_the_database_refuses(entries, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), as_owner() as cursor:
        cursor.execute(statement)


def test_postgresql_refuses_truncate(entries):
    if connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), as_owner() as cursor:
        cursor.execute("TRUNCATE registries_journalentry CASCADE")


@pytest.mark.parametrize(
    ("column", "value"), [("facts", '{"n":9}'), ("actor", "other"), ("at", "2020-01-01 00:00:00+00")]
)
def test_a_row_altered_behind_the_triggers_is_named(bureau, entries, column, value):
    without_triggers(f"UPDATE registries_journalentry SET {column} = %s WHERE id = %s", value, entries[3].pk)
    assert f"第 4 条（{entries[3].action}）的内容被改动过" in journal.verify(bureau)[1]


def test_a_row_cut_out_of_the_middle_is_named(bureau, entries):
    without_triggers("DELETE FROM registries_journalentry WHERE id = %s", entries[3].pk)
    assert "第 4 条缺失" in journal.verify(bureau)[1][0]


def test_a_tail_cut_off_is_named_against_the_last_anchor(bureau, entries, tmp_path, capsys):
    anchor = tmp_path / "anchor.json"
    call_command("anchor", output=str(anchor))
    call_command("verify_journal", anchor=str(anchor))
    last = entries.last()
    without_triggers("DELETE FROM registries_journalentry WHERE id = %s", last.pk)
    assert journal.verify(bureau)[1] == []  # the chain alone cannot see it
    with pytest.raises(SystemExit):
        call_command("verify_journal", anchor=str(anchor))
    assert f"锚点记到第 {last.seq} 条" in capsys.readouterr().out


def test_a_chain_written_again_is_named_against_the_anchor(bureau, entries):
    anchor = journal.head(bureau)
    without_triggers("UPDATE registries_journalentry SET facts = '{}' WHERE id = %s", entries.last().pk)
    row = JournalEntry.objects.get(pk=entries.last().pk)
    without_triggers(
        "UPDATE registries_journalentry SET digest = %s WHERE id = %s", journal.digest_of(row), row.pk
    )
    assert journal.verify(bureau)[1] == []
    assert "与锚点不同" in journal.verify(bureau, anchor)[1][0]


def test_an_act_that_fails_leaves_no_entry(bureau, cast, entries):
    before = entries.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        journal.write("test.done", by=cast.clerk, about="x")
        raise RuntimeError
    assert entries.count() == before


def test_each_bureau_has_its_own_chain(cast, entries):
    journal.write("test.done", by=cast.stranger, about="x")
    assert journal.verify(cast.stranger.bureau) == (
        JournalEntry.objects.filter(bureau=cast.stranger.bureau).count(),
        [],
    )


def test_a_broken_anchor_file_is_said(bureau, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([]))
    with pytest.raises(Exception, match="锚点"):
        call_command("verify_journal", anchor=str(path))


def written():
    """Every action that the code gives the journal: what stands in a call of its own, and the two that the
    desk composes of a table's name, for each page and each row within a page."""
    house = Path(__file__).parents[2]
    rooms = ("config", "inspections", "publicity", "registries")
    for path in (each for room in rooms for each in house.glob(f"{room}/**/*.py")):
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(each, ast.Call) and ast.unparse(each.func) == "journal.write" and each.args:
                first = each.args[0]
                found = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                yield from (one.value for one in found if isinstance(one, ast.Constant))
    for desk in admin.site._registry.values():
        for model in [desk.model, *(inline.model for inline in desk.inlines)]:
            yield from (f"{model._meta.model_name}.{verb}" for verb in ("added", "changed"))


def test_every_action_is_said_in_chinese():
    actions = set(written())
    assert {"rolegrant.added", "certificate.changed", "message.urged"} <= actions and len(actions) > 150
    silent = {
        each
        for each in actions
        if re.search("[a-z]{2}", journal.in_words(each)) or not journal.in_words(each)
    }
    assert silent == set()
    assert journal.in_words("nobody.knows") == "nobody.knows"


def test_where_the_journal_cannot_be_written_nothing_is_done(cast, register, monkeypatch):
    """The entry stands in the act's own transaction: without it the act did not happen."""

    def broken(*args, **kwargs):
        raise OSError("no journal")

    firm = register.first()
    monkeypatch.setattr("registries.services.journal.write", broken)
    acts = [
        lambda: subjects.take_out(firm, "关闭", by=cast.head),
        lambda: subjects.take_out_many(register.exclude(pk=firm.pk), "关闭", by=cast.head),
        lambda: accounts.ask_reset(cast.witness1, by=cast.officer),
    ]
    for act in acts:
        with pytest.raises(OSError, match="no journal"):
            act()
    firm.refresh_from_db()
    assert firm.left_on is None and not Consent.objects.exists()


def test_of_a_chain_that_is_broken_everywhere_the_first_faults_are_told(bureau):
    walk = journal.Walk()
    for n in range(250):
        walk.fault(str(n))
    assert len(walk.faults) == 201 and walk.faults[-1] == "另有 50 处，没有一一列出"
    again = journal.Walk(walk.state)
    again.fault("x")
    assert again.faults[-1] == "另有 51 处，没有一一列出" and again.faults[:200] == walk.faults[:200]


def test_a_walk_goes_past_a_row_that_cannot_be_read_and_stops_where_the_database_does(bureau, monkeypatch):
    for n in range(4):
        journal.write("x.y", by=None, bureau=bureau, about=str(n))
    whole, of = journal.head(bureau)["seq"], journal.digest_of

    def breaks(entry, wrong):
        if entry.seq == whole - 1:
            raise wrong
        return of(entry)

    monkeypatch.setattr(journal, "digest_of", lambda entry: breaks(entry, ValueError("odd")))
    walk = journal.Walk()
    walk.on(bureau)
    assert walk.seq == whole and walk.faults == [f"第 {whole - 1} 条读不下去：ValueError: odd"]
    monkeypatch.setattr(journal, "digest_of", lambda entry: breaks(entry, journal.OperationalError("away")))
    with pytest.raises(journal.OperationalError):
        journal.Walk().on(bureau)
