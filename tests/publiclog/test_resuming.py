"""A database is restored, a machine copied, another story told: the log stands still, then goes on byte by
byte."""

import json
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from publicity import lognote
from publicity.services import logresuming
from publicity.witness import Witness
from registries.errors import DomainError
from registries.models import Cosignature, LogEntry, LogHead, LogWitness, PublicLog
from registries.publiclog import merkle, notes
from registries.services import (
    leaves,
    logfiles,
    logkeys,
    logwitnesses,
)
from registries.services.logreading import reader

from ..staircase import refused_with
from . import playing

pytestmark = pytest.mark.django_db


def test_a_key_that_was_lost_vouches_for_nothing(log, bureau, log_home):
    """A new key on a machine whose database is old does not make the old database good."""
    playing.say(bureau, 4)
    playing.sign()
    playing.older(log, 4)
    shutil.rmtree(log_home / "log-keys")  # key and mark: only what was shown knows, under the lost key
    leaves._vouched.clear()
    call_command("log_key", bureau.code, renew=True)
    assert not leaves.is_vouched(playing.log_of(bureau))
    playing.sign()
    assert playing.log_of(bureau).stopped_at
    with pytest.raises(CommandError, match="停着"):
        call_command("log_key", bureau.code, renew=True)


def test_an_older_database_stands_still_and_is_resumed_byte_for_byte(log, bureau):
    playing.say(bureau, 4)
    playing.sign()
    log.refresh_from_db()
    texts = list(LogEntry.objects.filter(log=log).order_by("n").values_list("text", flat=True))
    was = playing.head_of(log)
    playing.older(log, 4)
    playing.sign()
    log.refresh_from_db()
    assert "比公开过的旧" in log.stopped_for
    with refused_with("log_still"):
        playing.say(bureau)
    call_command("log_resume", bureau.code)
    log.refresh_from_db()
    assert not log.stopped_at
    again = list(LogEntry.objects.filter(log=log).order_by("n").values_list("text", flat=True))
    assert again[: len(texts)] == texts and json.loads(again[len(texts)])["kind"] == "restore"
    playing.say(bureau)
    playing.sign()
    found = playing.head_of(log)
    proof = merkle.consistency(was.size, found.size, reader(log))
    assert lognote.is_consistent(was.size, was.root, found.size, found.root, proof)


def test_restored_without_its_tiles_a_mirror_gives_them_or_a_second_log_begins(log, bureau, log_home):
    playing.say(bureau, 4)
    playing.sign()
    mirror = shutil.copytree(log_home / "log" / bureau.code, log_home / "mirror")
    playing.older(log, 4)
    shutil.rmtree(log_home / "log")
    playing.sign()  # the mark still knows
    log.refresh_from_db()
    assert log.stopped_at
    with refused_with("log_bytes_nowhere"):
        logresuming.resume(log)
    fresh = logresuming.resume(log, sources=(str(mirror),))
    assert fresh.fetched == 5 and not fresh.log.stopped_at

    playing.say(bureau, 2)
    playing.sign()
    playing.older(log, 4)
    shutil.rmtree(log_home / "log")
    playing.sign()
    call_command("log_resume", bureau.code, new=True)
    playing.sign()
    second = playing.log_of(bureau)
    assert (
        second.number == 2
        and second.origin.endswith("/990101/2")
        and playing.head_of(second).size == second.size
    )
    first = json.loads(LogEntry.objects.filter(log=second).order_by("n").first().text)
    assert first["kind"] == "restore" and first["missing"]
    playing.say(bureau)
    assert not PublicLog.objects.get(pk=log.pk).is_living


def test_a_machine_copied_with_its_mark_is_found_by_the_witness_alone(log, bureau, log_home, witness):
    with playing.serving(witness) as address:
        witness.watch(playing.own_key(log, log_home / "log"))
        playing.watch(bureau, witness, address)
        playing.sign()
        copied = shutil.copytree(log_home / "log-keys", log_home / "keys-then")
        files = shutil.copytree(log_home / "log", log_home / "log-then")
        playing.say(bureau, 4)
        playing.sign()
        assert playing.head_of(log).size == log.size + 4
        printed = logfiles.get(f"{log.folder}/checkpoint").decode()
        # the whole machine as it was, mark and files and all
        for then, now in ((copied, log_home / "log-keys"), (files, log_home / "log")):
            shutil.rmtree(now)
            then.rename(now)
        playing.older(log, log.size)
        PublicLog.objects.update(vouched="")
        leaves._vouched.clear()  # it starts
        say_anyway(log, 2)
        playing.sign()
        log.refresh_from_db()
        assert "只有 7 条，而已经签出去 9 条" in log.stopped_for
        assert playing.head_of(log).size == 5  # nothing of the other story was signed
        # nor does a typed checkpoint go with another story
        with pytest.raises(DomainError, match="log_bytes_nowhere|log_forked"):
            logresuming.resume(log, printed)


def say_anyway(log, count):
    with transaction.atomic():
        row = PublicLog.objects.select_related("bureau").get(pk=log.pk)
        for _ in range(count):
            leaves.append(row, "plan", about="other.json", version="9")


def test_a_fork_is_refused_by_the_witness_and_stops_the_log(log, bureau, log_home, witness):
    with playing.serving(witness) as address:
        witness.watch(playing.own_key(log, log_home / "log"))
        row = playing.watch(bureau, witness, address)
        playing.sign()
        assert LogWitness.objects.get().seen == log.size and Cosignature.objects.count() == 1
        # another story of the same length, signed with the same key, shown to the witness
        signer = logkeys.signers(log)[0]
        other = notes.Checkpoint(log.origin, log.size, b"\1" * 32)
        head = LogHead(
            log=log, size=log.size, root=other.root.hex(), note=notes.written(other, [signer.line(other)])
        )
        logwitnesses._ask(log, head, row)
        log.refresh_from_db()
        row.refresh_from_db()
    assert "分叉" in log.stopped_for and row.is_alarm
    assert [why for _, _, why in witness.refusals()][0].startswith("409")


def test_each_answer_of_a_witness(log, bureau, monkeypatch):
    row = LogWitness.objects.create(
        bureau=bureau, name="甲", key="sifaju+x", address="http://witness.example"
    )
    key = lognote.Key("sifaju", lognote.WITNESS, lognote.public_of(lognote.new_seed()))
    LogWitness.objects.update(key=str(key))
    said = {}
    for status in (400, 403, 404, 500, None, 200):
        monkeypatch.setattr(logwitnesses, "_talk", lambda *_, s=status: s and (s, "x"))
        logwitnesses.ask_all(log.pk)
        row.refresh_from_db()
        said[status] = row.said
    assert "不认识我们的公钥" in said[403] and "没有登记" in said[404] and "不成形" in said[400]
    assert "暂时不办" in said[500] and "没有应答" in said[None] and "没有它公钥的签名" in said[200]
    log.refresh_from_db()
    assert not log.stopped_at and not row.is_alarm  # away, or badly set up: stops nothing


def test_a_witness_whose_file_is_old_is_told(log, bureau, log_home, witness, tmp_path):
    with playing.serving(witness) as address:
        keys = playing.own_key(log, log_home / "log")
        witness.watch(keys)
        playing.watch(bureau, witness, address)
        playing.sign()
    shutil.copy(tmp_path / "witness.sqlite", tmp_path / "then.sqlite")
    with playing.serving(witness) as address:
        LogWitness.objects.update(address=address)
        playing.say(bureau)
        playing.sign()
        assert LogWitness.objects.get().seen == log.size + 1
    with playing.serving(Witness(tmp_path / "then.sqlite")) as address:
        LogWitness.objects.update(address=address)
        playing.say(bureau)
        playing.sign()
    row = LogWitness.objects.get()
    assert row.seen == log.size + 2  # it goes on from where it says it is
