"""A whole round is in the log, leaf by leaf; the monitor and a witness agree with it."""

import json

import pytest

from publicity.lognote import Key
from registries.models import LogEntry

from . import playing

pytestmark = pytest.mark.django_db


def kinds(bureau):
    rows = LogEntry.objects.filter(log__bureau=bureau).order_by("n")
    return list(rows.values_list("kind", flat=True))


def test_each_public_fact_of_a_round_has_its_leaf(released, bureau):
    said = kinds(bureau)
    assert said[:2] == ["list", "plan"]
    assert [each for each in said if each not in ("list", "plan", "said")] == [
        "seal",
        "lodge",
        "lodge",
        "lodge",
        "value",
        "value",
        "value",
        "value",
        "result",
        "release",
    ]
    assert said.count("said") == released.draw.cases.count()


def test_the_monitor_and_a_witness_agree(released, bureau, client, log_home, witness):
    with playing.serving(witness) as address:
        playing.sign()
        log = playing.log_of(bureau)
        keys = playing.own_key(log, log_home / "log")
        witness.watch(keys)
        playing.watch(bureau, witness, address)
        playing.sign()
        told = [(Key.of(keys[0]), ""), (witness.key(), address)]
        seen = playing.follow(bureau, client, log_home / "log", told)
        assert [each for each in seen.faults if "联署" not in each and "见证方在摇号" not in each] == []
        assert json.loads(json.dumps(seen.kept()))["size"] == log.size
        again = playing.follow(
            bureau, client, log_home / "log", told, json.loads(json.dumps(seen.kept())), every=True
        )
        assert again.faults == []
