"""One worker signs. It dies at any point of writing, another comes beside it, it has no key: nothing that was
promised is unsaid, and nothing that does not follow is signed."""

import hashlib
import json
import shutil
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from publicity import lognote
from publicity.lognote import Checkpoint, Key, Wrong
from publicity.witness import Witness
from registries.models import LogEntry, LogHead, LogSigner, PublicLog
from registries.publiclog import merkle, notes
from registries.services import (
    journal,
    leaves,
    logcounts,
    logfiles,
    logkeys,
    logreading,
    logsigning,
)
from registries.services.logreading import reader

from ..staircase import refused_with
from ..walls import behind_the_walls
from . import playing

pytestmark = pytest.mark.django_db


def test_a_leaf_is_committed_with_its_fact_or_not_at_all(bureau, cast):
    playing.say(bureau)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        leaves.write("plan", bureau=bureau, about="plan-1.json", version="1")
        raise ZeroDivisionError
    assert LogEntry.objects.count() == PublicLog.objects.get().size == 1


@pytest.mark.django_db(transaction=True)
def test_no_leaf_without_a_transaction(bureau, cast):
    with pytest.raises(RuntimeError):
        leaves.write("plan", bureau=bureau, about="plan-1.json", version="1")


def test_the_database_itself_keeps_the_leaves(log):
    for act in (
        lambda: LogEntry.objects.filter(n=1).update(text="x"),
        lambda: LogEntry.objects.filter(n=1).delete(),
        lambda: LogHead.objects.update(root="0" * 64),
        lambda: PublicLog.objects.update(size=1),
        lambda: PublicLog.objects.update(origin="else"),
        lambda: LogEntry.objects.create(log=log, n=99, kind="plan", about="", text="", hash=b""),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_what_is_signed_is_what_was_written(log, log_home):
    found = playing.head_of(log)
    key = lognote.Key.of(playing.own_key(log, log_home / "log")[0])
    assert found.signed_by(key) and found.size == log.size == LogSigner.objects.get().size
    assert found.root == merkle.root(log.size, reader(log))
    mark = json.loads(next(log_home.glob("log-keys/*.mark")).read_text())
    assert mark == {"size": log.size, "root": found.root.hex()}
    assert [each.stat().st_mode & 0o777 for each in log_home.glob("log-keys/*.key")] == [0o600]


def test_what_stands_in_the_database_is_walked(log, bureau):
    assert list(logreading.faults(bureau)) == []
    with behind_the_walls():
        LogEntry.objects.filter(n=1).update(text='{"x":1}')
    assert "第 1 条不在，或者被改动" in next(logreading.faults(bureau))
    with behind_the_walls():
        text = LogEntry.objects.get(n=1).text
        LogEntry.objects.filter(n=1).update(hash=merkle.leaf_hash(text.encode()))
    assert "树根与签署的不同" in next(logreading.faults(bureau))
    with behind_the_walls():
        LogEntry.objects.filter(n__gte=1)._raw_delete("default")
    assert "只有 1 条" in next(logreading.faults(bureau))


def test_nothing_to_say_is_not_signed_again_but_lost_files_are_written_as_they_were(
    log, bureau, log_home, witness
):
    with playing.serving(witness) as address:
        witness.watch(playing.own_key(log, log_home / "log"))
        playing.watch(bureau, witness, address)
        playing.say(bureau, 300)
        playing.sign()
    was, kept = LogHead.objects.count(), log_home / "kept"
    shutil.move(log_home / "log", kept)
    playing.sign()
    assert LogHead.objects.count() == was
    again = {each.relative_to(log_home / "log") for each in (log_home / "log").rglob("*") if each.is_file()}
    assert all((kept / each).read_bytes() == (log_home / "log" / each).read_bytes() for each in again)
    gone = {each.relative_to(kept) for each in kept.rglob("*") if each.is_file()} - again
    assert all(".p/" in str(each) for each in gone)  # narrow ones that a wider one has followed


def test_lines_of_keys_that_nobody_knows_yet_stop_nobody(log, log_home, witness):
    """The place for ML-DSA-44 or SM2 beside Ed25519 (docs/decisions/0060)."""
    key = playing.own_key(log, log_home / "log")[0]
    witness.watch([key])
    note = logfiles.get(f"{log.folder}/checkpoint").decode() + "\u2014 future/key " + "AAAA" * 600 + "\n"
    assert Checkpoint.of(note).signed_by(Key.of(key)) and notes.read(note)[0].size == log.size
    status, line, _ = witness.add(f"old 0\n\n{note}".encode())
    assert status == 200 and Checkpoint.of(note + line).cosigned_at(witness.key())
    assert "future/key" in witness.latest(hashlib.sha256(log.origin.encode()).hexdigest())


def test_without_the_key_nobody_signs(log, bureau, log_home):
    (log_home / "log-keys").rename(log_home / "elsewhere")
    playing.say(bureau)
    playing.sign()
    assert LogSigner.objects.get().size == log.size
    (log_home / "log-keys").rmdir()
    (log_home / "elsewhere").rename(log_home / "log-keys")
    playing.sign()
    assert LogSigner.objects.get().size == log.size + 1


@pytest.mark.parametrize("point", ["tiles", "before mark", "after mark", "before head", "checkpoint"])
def test_it_dies_at_each_point_of_writing_and_goes_on(log, bureau, monkeypatch, point):
    playing.say(bureau, 300)
    before = playing.head_of(log)
    real_put, real_promise, writes = logfiles.put, logkeys.promise, []

    def put(name, data):
        writes.append(name)
        if point == "tiles" and len(writes) == 2 or point == "checkpoint" and name.endswith("/checkpoint"):
            raise OSError("the machine is gone")
        real_put(name, data)

    def promise(*given):
        if point == "before mark":
            raise OSError("the machine is gone")
        real_promise(*given)
        if point == "after mark":
            raise OSError("the machine is gone")

    monkeypatch.setattr(logfiles, "put", put)
    monkeypatch.setattr(logkeys, "promise", promise)
    if point == "before head":
        monkeypatch.setattr(notes, "written", lambda *_: 1 / 0)
    playing.sign()
    assert playing.head_of(log).text == before.text and LogSigner.objects.get().failed_for
    playing.say(bureau, 3)
    monkeypatch.undo()
    playing.sign()
    log.refresh_from_db()
    found = playing.head_of(log)
    assert found.size == log.size and not LogSigner.objects.get().failed_for and not log.stopped_at
    proof = merkle.consistency(before.size, found.size, reader(log))
    assert lognote.is_consistent(before.size, before.root, found.size, found.root, proof)


@pytest.mark.django_db(transaction=True)
def test_two_signers_at_once_sign_one_series(cast, bureau):
    """Two with one key beside people who publish: each size has one root, and the last holds all."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite 只有一个写入者")
    playing.say(bureau, 2)
    playing.sign()
    wrong = []

    def work(act):
        try:
            for _ in range(12):
                act()
        except Exception as each:
            wrong.append(each)
        finally:
            connection.close()

    acts = [playing.sign, playing.sign, lambda: playing.say(bureau), lambda: playing.say(bureau)]
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    playing.sign()
    log = playing.log_of(bureau)
    assert wrong == [] and not log.stopped_at and not LogSigner.objects.get().failed_for
    read, found = reader(log), playing.head_of(log)
    assert found.size == log.size == LogEntry.objects.filter(log=log).count()
    for size, root in LogHead.objects.filter(log=log).values_list("size", "root"):
        assert merkle.root(size, read).hex() == root


def test_a_second_signer_at_once_does_nothing(log, bureau, monkeypatch):
    """The row is held: whoever comes second goes away. (On SQLite there is one writer anyway.)"""
    playing.say(bureau)
    seen = []

    def both(*given):
        if not seen:
            seen.append(1)
            monkeypatch.setattr(LogSigner.objects, "select_for_update", lambda **_: LogSigner.objects.none())
            seen.append(logsigning._step(log.pk))
            monkeypatch.undo()
        return real(*given)

    real = logkeys.promise
    monkeypatch.setattr(logkeys, "promise", both)
    playing.sign()
    assert seen == [1, False] and playing.head_of(log).size == log.size + 1


def test_a_new_key_is_named_by_a_leaf_that_the_old_one_signs(log, bureau, log_home):
    call_command("log_key", bureau.code, renew=True)
    playing.sign()
    old, new = playing.own_key(log, log_home / "log")
    found = playing.head_of(log)
    assert found.signed_by(lognote.Key.of(old)) and found.signed_by(lognote.Key.of(new))
    call_command("log_key", bureau.code, end=old)
    for run in connection.run_on_commit:
        run[1]()
    playing.sign()
    found = playing.head_of(log)
    assert not found.signed_by(lognote.Key.of(old)) and found.signed_by(lognote.Key.of(new))


def test_the_count_is_of_the_leaves_before_it_alone(released, bureau):
    playing.sign()
    entry = LogEntry.objects.get(kind="count")
    told = json.loads(entry.text)
    assert {name: told[name] for name in ("sealed", "drawn", "void", "released", "late")} == {
        "sealed": 1,
        "drawn": 1,
        "void": 0,
        "released": 1,
        "late": 0,
    }
    assert told["force"] == released.draw.cases.count()
    log = playing.log_of(bureau)
    again = logcounts.of(log, (timezone.localdate() + timedelta(days=1)).isoformat(), entry)
    assert again == {name: told[name] for name in again}


def test_facts_of_before_the_upgrade_enter_as_first_leaves(released, bureau, client, log_home):
    kinds = list(LogEntry.objects.order_by("n").values_list("kind", flat=True))
    with behind_the_walls():
        LogEntry.objects.all()._raw_delete("default")
        PublicLog.objects.all()._raw_delete("default")
    PublicLog.objects.create(bureau=bureau, number=1)
    with refused_with("log_not_begun"):
        playing.say(bureau)
    call_command("log_begin")
    call_command("log_begin")
    again = list(LogEntry.objects.order_by("n").values_list("kind", flat=True))
    assert again[0] == "restore" and sorted(again[1:]) == sorted(kinds)
    playing.sign()
    key = lognote.Key.of(playing.own_key(playing.log_of(bureau), log_home / "log")[0])
    seen = playing.follow(bureau, client, log_home / "log", [(key, "")])
    assert seen.faults == [] and any("启用日志以前" in each for each in seen.notes)


def test_the_journal_says_what_was_done_to_the_log(log, bureau):
    playing.say(bureau)
    playing.sign()
    playing.older(log, 3)
    playing.sign()
    call_command("log_resume", bureau.code)
    said = [entry.action for entry, _ in journal.about(bureau, bureau.about)]
    assert {"log.stopped", "log.resumed"} <= set(said)


def test_on_postgresql_a_new_start_of_the_database_waits_for_the_signer(log, bureau):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite 每次都与标记比：见上面各项")
    PublicLog.objects.update(vouched="another start/1")
    with refused_with("log_waits"):
        playing.say(bureau)
    playing.sign()
    playing.say(bureau)


def test_a_witness_begins_once_and_watches_what_is_one_logs(witness, tmp_path):
    with pytest.raises(Wrong):
        witness.begin("again")
    with pytest.raises(Wrong):
        witness.watch([str(witness.key())])
    with pytest.raises(Wrong):
        Witness(tmp_path / "empty.sqlite").key()
    status, answer, _ = witness.add(b"nonsense")
    assert status == 400 and answer
