import pytest

from publicity.witness import Witness

from . import playing
from .forging import Story


@pytest.fixture(autouse=True)
def log_home(settings, tmp_path):
    """A machine that signs: its files, its keys."""
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "log-keys"
    settings.LOG_KEY_BY_ITSELF, settings.LOG_HOST = True, "gov.example"
    settings.PUBLIC_SECONDS = 0
    return tmp_path


@pytest.fixture
def witness(tmp_path):
    made = Witness(tmp_path / "witness.sqlite")
    made.begin("sifaju.example")
    return made


@pytest.fixture
def log(cast, bureau):
    """A log that is signed, with a count."""
    playing.say(bureau, 3)
    playing.sign()
    return playing.log_of(bureau)


@pytest.fixture
def story():
    """Two draws, a statement corrected and ended, two counts."""
    told = Story()
    told.say("plan", "plan-2026-1.json", told.file({"plan": 1}), version="2026-1")
    told.draw(1, "甲1号")
    told.say("said", "aaaa", told.file({"said": 1}), sub="result", until="", version=1)
    told.say("said", "bbbb", told.file({"said": 2}), sub="correction", until="", version=2)
    told.count()
    told.wait(days=1)
    told.draw(2, "甲2号", changes=2)
    told.say("said", "bbbb", told.file({"said": 3}), sub="withdrawn", until="", version=2)
    told.count()
    return told
