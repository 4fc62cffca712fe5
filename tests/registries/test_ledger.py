"""底册: whatever the database's owner does to the register, the people, the lists, the holidays or the
walls is named, also when the triggers slept; what acts have done is explained."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from inspections.tasks import keep_flags
from inspections.watch import redflags
from registries.models import (
    CalendarDay,
    Category,
    Certificate,
    CheckLine,
    Inspector,
    ItemList,
    JournalEntry,
    LedgerMark,
    Subject,
    SubjectMove,
)
from registries.services import (
    calendar,
    classes,
    corrections,
    duplicates,
    imports,
    items,
    ledger,
    people,
    subjects,
)

from ..walls import as_owner, behind_the_walls

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(register, inspectors, item_list, bureau):
    """A bureau whose ledger has been put down."""
    ledger.keep(bureau)
    assert ledger.faults(bureau) == []
    return bureau


def _firm(**changed):
    return lambda: Subject.objects.filter(ref=Subject.objects.first().ref).update(**changed)


def _copy_of_a_firm():
    firm = Subject.objects.first()
    firm.pk, firm.ref, firm.credit_code = None, "NC-990101-999999", ""
    firm.entered_by_run = None
    firm.save(force_insert=True)


# What somebody who owns the database does while the triggers sleep, and what is named.
ATTACKS = {
    "another level": (_firm(level="市级"), "检查对象“{ref}”改动过"),
    "kept secret": (_firm(is_secret=True), "检查对象“{ref}”改动过"),
    "another class": (
        lambda: _firm(category=Category.objects.exclude(pk=Subject.objects.first().category_id).first())(),
        "检查对象“{ref}”改动过",
    ),
    "out of the register": (_firm(left_on="2026-01-01"), "检查对象“{ref}”改动过"),
    "a firm more": (_copy_of_a_firm, "检查对象“NC-990101-999999”新增"),
    "may lead": (lambda: Inspector.objects.filter(ref="R0001").update(may_lead=False), "“R0001”改动过"),
    "a certificate longer": (
        lambda: Certificate.objects.filter(inspector__ref="R0001").update(expires_on="2099-01-01"),
        "“R0001”改动过",
    ),
    "a skill less": (lambda: Inspector.objects.get(ref="R0001").skills.clear(), "“R0001”改动过"),
    "an inspector less": (
        lambda: Inspector.objects.filter(ref="R0001").update(left_on="2026-01-01"),
        "“R0001”改动过",
    ),
    "a line of the list": (lambda: CheckLine.objects.update(requirement="不用看"), "改动过"),
    "the list away": (lambda: ItemList.objects.update(status="drafted"), "不再是公布的"),
    "a holiday": (lambda: CalendarDay.objects.update(is_workday=True), "工作日历“2026 年”改动过"),
    "the ledger too": (
        lambda: (_firm(level="市级")(), LedgerMark.objects.filter(noun="subject").delete()),
        "有人改过底册",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_no_act_explains_is_named(kept, attack, capsys):
    doing, said = ATTACKS[attack]
    said = said.format(ref=Subject.objects.first().ref)
    with behind_the_walls():
        doing()
    assert any(said in each for each in ledger.faults(kept)), ledger.faults(kept)
    with pytest.raises(SystemExit):
        call_command("verify_journal")
    assert said in capsys.readouterr().out
    # what comes later takes nothing of it over, and it is on record once
    keep_flags()
    keep_flags()
    named = [each for each in ledger.faults(kept) if said in each]
    assert named
    assert any(said in flag.text and flag.grave for flag in redflags.of(kept))
    assert JournalEntry.objects.filter(bureau=kept, action=ledger.ACTION).count() == 2


def test_a_change_that_is_taken_back_stays_named(kept):
    firm = Subject.objects.first()
    with behind_the_walls():
        Subject.objects.filter(pk=firm.pk).update(is_secret=True)
    ledger.keep(kept)
    with behind_the_walls():
        Subject.objects.filter(pk=firm.pk).update(is_secret=False)
    ledger.keep(kept)
    assert any(firm.ref in each and "日志第" in each for each in ledger.faults(kept))


def test_an_act_on_the_same_firm_explains_nothing_else_of_it(kept, cast):
    """What an act has moved leads back; what somebody has put in its place does not."""
    firm = Subject.objects.filter(pk=Subject.objects.first().pk)
    corrections.change_many(firm, "risk", "重大", "核对", by=cast.clerk)
    assert ledger.faults(kept) == []
    with behind_the_walls():
        firm.update(risk="低")
    assert any(firm.get().ref in each for each in ledger.faults(kept))
    with behind_the_walls():
        firm.update(risk="重大", level="市级")
    assert any(firm.get().ref in each for each in ledger.faults(kept))


def test_a_move_that_is_rewritten_is_named(kept, cast, monkeypatch):
    firm = Subject.objects.filter(pk=Subject.objects.first().pk)
    corrections.change_many(firm, "production", "stopped", "核对", by=cast.clerk)
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(minutes=11))
    ledger.keep(kept)
    assert ledger.faults(kept) == []
    with behind_the_walls():
        SubjectMove.objects.update(by=cast.head)
    assert any("名录变动第" in each and "有人改过" in each for each in ledger.faults(kept))


def test_what_acts_have_done_is_explained(kept, cast):
    firms = list(Subject.objects.filter(category__name="工贸-机械").order_by("ref")[:6])
    one = Subject.objects.filter(pk=firms[0].pk)
    corrections.change_many(one, "production", "stopped", "x", by=cast.clerk)
    batch = corrections.change_many(one, "risk", "重大", "x", by=cast.clerk)
    corrections.undo(batch, by=cast.clerk)
    subjects.take_out(firms[1], "关闭", by=cast.head)
    duplicates.merge(firms[2], firms[3], "同一家", by=cast.head)
    Subject.objects.filter(pk=firms[4].pk).update(proposed_category=firms[4].category)
    other = Category.objects.get(bureau=kept, name="非煤矿山")
    classes.confirm(Subject.objects.filter(pk=firms[4].pk), by=cast.clerk, category=other)
    table = "单位名称,统一社会信用代码\n新开的甲厂,\n"
    imports.apply(imports.preview(table.encode(), "新.csv", by=cast.clerk), by=cast.clerk)
    people.take_out(Inspector.objects.get(ref="R0001"), "调离", by=cast.head)
    now = ItemList.objects.get(status="published")
    following = items.draft("下一版", timezone.localdate() + timedelta(days=1), by=cast.clerk, like=now)
    items.publish(following, by=cast.head)
    calendar.enter_year(2026, "更正", "2026-10-01 休 国庆", by=cast.officer)
    assert ledger.faults(kept) == []
    ledger.keep(kept)
    assert ledger.faults(kept) == []


def test_a_wall_that_sleeps_is_named_with_its_hour(kept):
    """On both: a trigger gone. On PostgreSQL also one switched off, and a right more."""
    ways = {"DROP TRIGGER registries_storedfile_refuse_update": "触发器 registries_storedfile."}
    if connection.vendor == "postgresql":
        table, wall = "registries_storedfile", "registries_storedfile_refuse"
        ways = {
            f"ALTER TABLE {table} DISABLE TRIGGER {wall}": f"触发器 {table}.{wall}被关闭或者改写",
            f"DROP TRIGGER {wall}_truncate ON {table}": f"触发器 {table}.{wall}_truncate不见了",
            f"GRANT DELETE ON {table} TO PUBLIC": f"权限 {table}被关闭或者改写",
        }
    for way, said in ways.items():
        with as_owner() as cursor:
            cursor.execute(way)
        assert any(said in each for each in ledger.faults(kept)), (way, ledger.faults(kept))
    ledger.keep(kept)
    [entry] = JournalEntry.objects.filter(bureau=kept, action=ledger.ACTION, facts__contains="触发器")
    if connection.vendor == "postgresql":
        with as_owner() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {wall}")
    later = [each for each in ledger.faults(kept) if f"日志第 {entry.seq} 条" in each or "触发器" in each]
    assert later  # awake again, it is still on record when it slept


def test_the_columns_are_the_triggers():
    columns = import_module("registries.migrations.0036_moves")._COLUMNS
    assert set(SubjectMove.FIELDS) == set(columns)
    assert {name: Subject._meta.get_field(name).column for name in columns} == columns
