"""Where a test stands: its level of the staircase, its files, its caches; and the walls it may go behind."""

import io
import os
import random
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ.setdefault("MINGQIAN_VAR", "/tmp/mingqian-tests")

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from . import ground, staircase
from .levels import APP, OWNER, QUICK, Levels
from .walls import act_as, clear_caches


def pytest_addoption(parser):
    parser.addoption("--shuffle", type=int, help="打乱检验的次序；同一个数是同一种次序")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--shuffle") is not None:
        random.Random(config.getoption("--shuffle")).shuffle(items)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real registers and vectors, named by MINGQIAN_DATA; a test that
    wants it is skipped aloud."""
    folder = os.environ.get("MINGQIAN_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("MINGQIAN_DATA 未设置：真实数据与抽取向量的检验已跳过")
    return Path(folder)


# -- the database ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, tmp_path_factory):
    """The ground of this run (tests/ground.py). On PostgreSQL the owner role makes it, as in production; on
    SQLite it is a file, as in production, that need not outlive a power cut."""
    with django_db_blocker.unblock():
        if OWNER:
            act_as(OWNER)
        elif connection.vendor == "sqlite":
            options = connection.settings_dict["OPTIONS"]
            options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        ground.bring(tmp_path_factory.mktemp("database"), OWNER)


@pytest.fixture(scope="session")
def levels(django_db_setup, django_db_blocker):
    """The levels of this run. On PostgreSQL every test works as the application's
    role, which owns nothing."""
    with django_db_blocker.unblock():
        if APP:
            call_command("grant", APP, verbosity=0, stdout=io.StringIO())
            act_as(APP)
        made = Levels({name: (below, play) for name, (below, play, _) in staircase.STEPS.items()})
        yield made
        made.end()


@pytest.fixture
def _level(request, levels, tmp_path, django_db_blocker):
    """Before Django opens a transaction, the connection is led to the level that the test's fixtures name."""
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or "live_server" in request.fixturenames
    with (
        django_db_blocker.unblock(),
        levels.standing_on(levels.key(request.fixturenames), tmp_path / "files", commits),
    ):
        yield


@pytest.fixture
def _django_db_helper(_level, _django_db_helper):
    """What pytest-django does for each test, above the level."""


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_emptied():
    """A test that commits has a database of its own, which is thrown away: no table
    need be emptied after it."""
    tear_down = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: None
    yield
    TransactionTestCase._fixture_teardown = tear_down


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR, settings.PUBLIC_DIR = tmp_path / "files", tmp_path / "public"
    settings.PUBLIC_DIR.mkdir()
    for name, value in QUICK.items():
        setattr(settings, name, value)
    clear_caches()


# -- the staircase: what a test names, it stands on ------------------------------------------------------


def _step(name, found):
    @pytest.fixture(name=name)
    def step(db):
        return found()

    return step


for _name, (_, _, _found) in staircase.STEPS.items():
    globals()[_name] = _step(_name, _found)


@pytest.fixture
def cast(bureau):
    """clerk, head, supervisor, legal, officer, auditor and three witnesses of one
    bureau; a stranger of another."""
    return staircase.found_cast(bureau)


@pytest.fixture
def make_task(cast, plan, item_list):
    """An approved task: make_task([(class, rate, minimum), …], rule=value)."""
    return partial(staircase.make_task_with, cast)


@pytest.fixture
def seal(cast):
    """Seal a task with three witnesses and a lottery: seal(task, **changed)."""
    return partial(staircase.seal_with, cast)


@pytest.fixture
def query_budget():
    """`with query_budget(25) as asked: client.get(…)`: no more queries than that; `asked` are their texts."""

    @contextmanager
    def within(most):
        asked = []
        with CaptureQueriesContext(connection) as caught:
            yield asked
        asked += [each["sql"] for each in caught.captured_queries]
        assert len(asked) <= most, "\n".join(asked)

    return within
