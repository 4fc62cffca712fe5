import pytest

from publicity.witness import Witness

from . import playing


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
