"""The cast, and the staircase: each step is made by the service of the step before it."""

import io
import os
import secrets
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("MINGQIAN_VAR", "/tmp/mingqian-tests")

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from config import demo
from inspections.engine.changes import chain
from inspections.models import Plan, Task, TaskStratum
from inspections.services import cases, confirmations, draws, plans, reports, schemes, values
from publicity.services import publications, releases
from registries.models import (
    Account,
    Category,
    Certificate,
    CheckLine,
    Inspector,
    Item,
    RecusalGround,
    Section,
    Skill,
    Subject,
)
from registries.services import accounts, bureaus, classes, imports, items, relations


@pytest.fixture(scope="session")
def real_data():
    """The folder of real registers and vectors, named by MINGQIAN_DATA; a test that wants it is skipped aloud."""
    folder = os.environ.get("MINGQIAN_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("MINGQIAN_DATA 未设置：真实数据与抽取向量的检验已跳过")
    return Path(folder)


OWNER, APP = os.environ.get("MINGQIAN_OWNER"), os.environ.get("MINGQIAN_APP")


def act_as(role):
    """From here on every new connection of this process works under the role; "" is the cluster's administrator."""
    connection.close()
    connection.settings_dict.setdefault("OPTIONS", {})["options"] = f"-c role={role}" if role else ""


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """On PostgreSQL the owner role makes the test database, as in production."""
    if OWNER:
        act_as(OWNER)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """… and every test works as the application's role, which owns nothing."""
    if not APP:
        yield
        return
    with django_db_blocker.unblock():
        call_command("grant", APP, verbosity=0, stdout=io.StringIO())
        act_as(APP)
        yield
        act_as("")


@contextmanager
def behind_the_walls():
    """As somebody who holds the database itself: no role binds them, and every trigger sleeps."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET ROLE NONE")
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = DEFAULT")
            if APP:
                cursor.execute(f"SET ROLE {APP}")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for _, definition in triggers:
            cursor.execute(definition)


@contextmanager
def as_owner():
    """As the role that owns the tables (PostgreSQL); on SQLite there is only one."""
    with connection.cursor() as cursor:
        if OWNER:
            cursor.execute(f"SET ROLE {OWNER}")
        yield cursor
        if OWNER:
            cursor.execute(f"SET ROLE {APP}")


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_walls():
    """Live-server tests empty every table at their end, which our own walls refuse."""
    tear_down = TransactionTestCase._fixture_teardown

    def behind(self):
        with behind_the_walls():
            tear_down(self)

    TransactionTestCase._fixture_teardown = behind
    yield
    TransactionTestCase._fixture_teardown = tear_down


def clear_caches():
    """No page, frame or count of an earlier test is left."""
    for each in caches.all():
        each.clear()


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PUBLIC_SECONDS = 0  # each test sees its own pages
    clear_caches()


# -- the cast ----------------------------------------------------------------------------------------


@pytest.fixture
def bureau(db):
    return bureaus.found("990101", "青原县应急管理局", "青")


@pytest.fixture
def cast(bureau):
    """clerk, head, supervisor, legal, officer, auditor and three witnesses of one bureau; a stranger of another."""
    people = SimpleNamespace()
    for name, role in [
        ("clerk", "clerk"),  # drafts, imports, seals, publishes
        ("head", "head"),  # approves what the clerk drafts
        ("supervisor", "supervisor"),  # keeps the sealed copy and the codes
        ("legal", "legal"),  # recusals, report review
        ("officer", "officer"),  # accounts
        ("auditor", "auditor"),  # reads the journal
        ("witness1", "witness"),
        ("witness2", "witness"),
        ("witness3", "witness"),
    ]:
        setattr(people, name, accounts.open_account(bureau, name, f"{name}某", [role], password="pw-for-tests"))
    other = bureaus.found("990202", "白河县应急管理局", "白")
    people.stranger = accounts.open_account(other, "stranger", "外局某", ["clerk", "head"], password="pw-for-tests")
    return people


# -- the staircase -----------------------------------------------------------------------------------


@pytest.fixture
def register(bureau, cast):
    """The invented county's enterprises, imported and classified."""
    run = imports.preview(demo.register_csv(), "名录.csv", by=cast.clerk)
    imports.apply(run, by=cast.clerk)
    classes.propose(bureau, by=cast.clerk)
    classes.confirm(Subject.objects.exclude(proposed_category=None), by=cast.clerk)
    return Subject.objects.filter(bureau=bureau)


def add_inspector(bureau, number, skills, *, leads=True, account=None):
    """One inspector with a certificate."""
    section, _ = Section.objects.get_or_create(bureau=bureau, code="01", defaults={"name": "综合股"})
    today = timezone.localdate()
    inspector = Inspector.objects.create(
        bureau=bureau, ref=f"R{number:04d}", name=demo.person(number), section=section, account=account,
        may_lead=leads, entered_on=today,
    )  # fmt: skip
    inspector.skills.set(Skill.objects.filter(bureau=bureau, name__in=skills))
    Certificate.objects.create(
        inspector=inspector,
        number=f"Z{number:05d}",
        issued_on=today - timedelta(days=9),
        expires_on=today + timedelta(days=999),
    )
    return inspector


@pytest.fixture
def inspectors(bureau, cast):
    """Twelve inspectors with accounts i1 … i12; all know 工贸, every second one 危险化学品 too."""
    found = []
    for number in range(1, 13):
        account = accounts.open_account(
            bureau, f"i{number}", demo.person(number), ["inspector"], password="pw-for-tests"
        )
        skills = ["工贸", "烟花爆竹"] + (["危险化学品", "非煤矿山"] if number % 2 else [])
        found.append(add_inspector(bureau, number, skills, leads=number % 3 != 0, account=account))
    return found


@pytest.fixture
def item_list(bureau, cast):
    """A published list of two items."""
    drafted = items.draft("随机抽查事项清单", timezone.localdate(), by=cast.clerk)
    for code in ("A01", "A02"):
        item = Item.objects.create(item_list=drafted, code=code, name=f"事项 {code}", basis="安全生产法第41条")
        for number in (1, 2):
            CheckLine.objects.create(
                item=item, number=number, requirement=f"{code} 要求 {number}", violation=f"{code} 违反 {number}",
                measure="责令限期改正",
            )  # fmt: skip
    return items.publish(drafted, by=cast.head)


@pytest.fixture
def plan(bureau, cast):
    """An approved and published plan."""
    drafted = Plan.objects.create(
        bureau=bureau, year=timezone.localdate().year, title="年度计划", drafted_by=cast.clerk, rounds=99
    )
    plans.approve(drafted, by=cast.head)
    return plans.publish(drafted, by=cast.clerk)


@pytest.fixture
def make_task(bureau, cast, plan, item_list):
    """An approved task: make_task(工贸-机械=(rate, minimum), …, rule=value)."""

    def make(strata=(("工贸-机械", 2000, 2), ("烟花爆竹", 2000, 2)), approved=True, **rules):
        today = timezone.localdate()
        task = Task.objects.create(
            bureau=bureau, plan=plan, title="双随机抽查", item_list=item_list, window_from=today,
            window_to=today + timedelta(days=30), drafted_by=cast.clerk, **rules,
        )  # fmt: skip
        task.items.set(item_list.items.all())
        for name, rate, minimum in strata:
            TaskStratum.objects.create(
                task=task, category=Category.objects.get(bureau=bureau, name=name), rate_bp=rate, minimum=minimum
            )
        return plans.approve_task(task, by=cast.head) if approved else task

    return make


def recuse(cast, inspector, subject, **more):
    """A recusal as it binds: recorded by the legal role, confirmed by the supervisor."""
    ground = RecusalGround.objects.filter(bureau=inspector.bureau).first()
    made = relations.record(inspector, subject, ground, by=cast.legal, **{"since": "2026-01-01"} | more)
    return relations.review(made, True, by=cast.supervisor)


CODES = chain("c0de" * 16, 20)


@pytest.fixture
def seal(cast):
    """Seal a task with three witnesses and a lottery: seal(task, **changed)."""

    def run(task, **changed):
        witnesses = [cast.witness1, cast.witness2, cast.witness3]
        options = {
            "seed_at": timezone.now().replace(second=0, microsecond=0),
            "release_by": task.window_to + timedelta(days=30),
            "sources": [(f"骰子{n}", "dice", each) for n, each in enumerate(witnesses, 1)]
            + [("排列五26300期", "lottery", cast.supervisor)],
            "redraw_tip": CODES[0],
            "redraw_max": 20,
        } | changed
        options.setdefault("seconds", {name: cast.clerk for name, kind, _ in options["sources"] if kind == "lottery"})
        return draws.seal(task, by=options.pop("by", cast.clerk), **options)

    return run


def throw(draw, numbers=None):
    """Every source enters a value; the draw is then ready to run."""
    for n, source in enumerate(draw.sources.order_by("position")):
        value = numbers[n] if numbers else f"{secrets.randbelow(10**10):010d}"
        draw = values.lodge(source, value[:5] if source.kind == "lottery" else value, by=source.account)
        if source.second:
            draw = values.lodge(source, value[:5], by=source.second)
    return draw


@pytest.fixture
def sealed(register, inspectors, make_task, seal):
    return seal(make_task())


@pytest.fixture
def drawn(sealed):
    draw = draws.run(throw(sealed).pk)
    assert draw.status == "drawn"
    approve_scheme(draw.task)
    return draw


def approve_scheme(task):
    """The task's scheme, drafted by the clerk and approved by the head, unless it is already."""
    draw = task.draws.filter(status="drawn").order_by("-pk").first()
    if not task.schemes.filter(status="approved", draw=draw).exists():
        people = Account.objects.filter(bureau=task.bureau)
        schemes.approve(schemes.draft(task, by=people.get(username="clerk")), by=people.get(username="head"))


def inspect(case, fails=()):
    """The team starts, answers, ends and submits; returns the report."""
    by = case.team()[0].inspector.account
    approve_scheme(case.task)
    cases.start(case, by=by)
    lines = cases.lines_of(case)
    cases.answer(
        case, {each["key"]: ("fail", "现场看到") if each["key"] in fails else ("pass", "") for each in lines}, by=by
    )
    cases.end(case, by=by, record="逐项检查。", met="现场负责人")
    confirm(case)
    return reports.submit(reports.draft(case, by=by), by=by)


def confirm(case):
    """The second officer says that the record is as it was."""
    return confirmations.confirm(case, by=case.team()[1].inspector.account)


def publish(report, cast, **more):
    """A result to the public by two people. The Disclosure."""
    return publications.judge(publications.prepare_result(report, by=cast.clerk, **more), True, by=cast.head)


@pytest.fixture
def approved(drawn, cast):
    """The report of the draw's first case, approved."""
    return reports.approve(inspect(drawn.cases.order_by("pk").first()), by=cast.head)


@pytest.fixture
def released(drawn, cast):
    """The draw with every case inspected, published, and its files released."""
    for case in drawn.cases.order_by("pk"):
        publish(reports.approve(inspect(case), by=cast.head), cast)
    return releases.release(drawn, by=cast.clerk)
