"""What stands behind rests while somebody sits at the desk, and not longer."""

import pytest
from django.core.cache import caches
from django.db import connection

from registries import bulk, givingway
from registries.models import Section


@pytest.fixture
def slept(settings, monkeypatch):
    """How long this process has rested, piece by piece."""
    settings.GIVES_WAY = 2.0
    found = []
    monkeypatch.setattr(givingway.time, "sleep", found.append)
    monkeypatch.setattr(givingway, "_said", [float("-inf")])
    caches["counters"].clear()
    return found


def test_nobody_at_the_desk_nobody_rests(slept):
    givingway.rest(0.3)
    assert slept == []
    givingway.say()
    givingway.rest(0.3)
    givingway.rest(60)  # one long piece does not stop the next for minutes
    assert slept == [pytest.approx(0.6), 2.0]


def test_the_desk_says_so_once_a_second(slept, monkeypatch):
    asked = []
    monkeypatch.setattr(caches["counters"], "set", lambda *told: asked.append(told))
    for _ in range(50):
        givingway.say()
    assert len(asked) == 1


def test_without_its_bell_the_work_goes_on(slept, monkeypatch):
    def gone(*_):
        raise ConnectionError

    monkeypatch.setattr(caches["counters"], "get", gone)
    monkeypatch.setattr(caches["counters"], "set", gone)
    givingway.say()
    givingway.rest(1)
    assert slept == []


def test_a_filing_and_each_batch_of_many_rows_are_pieces(slept, client, db, bureau, settings):
    givingway.say()
    client.post("/desk/field/nothing/filings/")
    assert len(slept) == 1
    client.get("/healthz")
    assert len(slept) == 1
    with connection.cursor():
        bulk.create(
            Section,
            [{"bureau_id": bureau.pk, "code": f"s{n}", "name": f"股{n}"} for n in range(10)],
        )
    assert len(slept) == 2
    settings.GIVES_WAY = 0
    client.post("/desk/field/nothing/filings/")
    assert len(slept) == 2
