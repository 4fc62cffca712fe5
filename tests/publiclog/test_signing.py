"""One worker signs; it dies at any point of writing, it is joined by another, its machine is copied, its
database is an old one: nothing that was promised is unsaid, and nothing that does not follow is signed."""

import json
import shutil
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from inspections.draw import values
from publicity import lognote
from publicity.lognote import Wrong
from publicity.services import logresuming
from publicity.witness import Witness
from registries.errors import DomainError
from registries.models import Cosignature, LogEntry, LogHead, LogSigner, LogWitness, PublicLog
from registries.publiclog import merkle, notes
from registries.services import (
    journal,
    leaves,
    logcounts,
    logfiles,
    logkeys,
    logpolicy,
    logreading,
    logsigning,
    logwitnesses,
)
from registries.services.logreading import reader

from ..staircase import refused_with
from ..walls import behind_the_walls
from . import playing

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(cast, bureau):
    """A log that is signed, with a count."""
    say(bureau, 3)
    playing.sign()
    return playing.log_of(bureau)


def say(bureau, count=1):
    for _ in range(count):
        leaves.write("plan", bureau=bureau, about="plan-1.json", version="1")


def head_of(log):
    return lognote.Checkpoint.of(logfiles.get(f"{log.folder}/checkpoint").decode())


def test_a_leaf_is_committed_with_its_fact_or_not_at_all(bureau, cast):
    say(bureau)
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
    found = head_of(log)
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


def test_nothing_to_say_is_not_signed_again_but_a_lost_file_is_written(log, log_home):
    was = LogHead.objects.count()
    playing.sign()
    assert LogHead.objects.count() == was
    logfiles.drop_all(f"{log.folder}/tile/0/000.p")
    (log_home / "log" / log.folder / "checkpoint").unlink()
    playing.sign()
    assert head_of(log).size == log.size and LogHead.objects.count() == was


def test_without_the_key_nobody_signs(log, bureau, log_home):
    (log_home / "log-keys").rename(log_home / "elsewhere")
    say(bureau)
    playing.sign()
    assert LogSigner.objects.get().size == log.size
    (log_home / "log-keys").rmdir()
    (log_home / "elsewhere").rename(log_home / "log-keys")
    playing.sign()
    assert LogSigner.objects.get().size == log.size + 1


@pytest.mark.parametrize("point", ["tiles", "before mark", "after mark", "before head", "checkpoint"])
def test_it_dies_at_each_point_of_writing_and_goes_on(log, bureau, monkeypatch, point):
    say(bureau, 300)
    before = head_of(log)
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
    assert head_of(log).text == before.text and LogSigner.objects.get().failed_for
    say(bureau, 3)
    monkeypatch.undo()
    playing.sign()
    log.refresh_from_db()
    found = head_of(log)
    assert found.size == log.size and not LogSigner.objects.get().failed_for and not log.stopped_at
    proof = merkle.consistency(before.size, found.size, reader(log))
    assert lognote.is_consistent(before.size, before.root, found.size, found.root, proof)


def test_a_second_signer_at_once_does_nothing(log, bureau, monkeypatch):
    """The row is held: whoever comes second goes away. (On SQLite there is one writer anyway.)"""
    say(bureau)
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
    assert seen == [1, False] and head_of(log).size == log.size + 1


# -- restored, copied, forked ------------------------------------------------------------------------


def older(log, size):
    """The database as it was when the log had `size` leaves: as its owner can make it."""
    with behind_the_walls():
        Cosignature.objects.filter(head__size__gt=size)._raw_delete("default")
        LogHead.objects.filter(size__gt=size)._raw_delete("default")
        LogEntry.objects.filter(log=log, n__gte=size)._raw_delete("default")
        PublicLog.objects.filter(pk=log.pk).update(size=size, vouched="")
        LogSigner.objects.filter(pk=log.pk).update(size=min(size, 3), made=min(size, 3))


def test_an_older_database_stands_still_and_is_resumed_byte_for_byte(log, bureau):
    say(bureau, 4)
    playing.sign()
    log.refresh_from_db()
    texts = list(LogEntry.objects.filter(log=log).order_by("n").values_list("text", flat=True))
    was = head_of(log)
    older(log, 4)
    playing.sign()
    log.refresh_from_db()
    assert "比公开过的旧" in log.stopped_for
    with refused_with("log_still"):
        say(bureau)
    call_command("log_resume", bureau.code)
    log.refresh_from_db()
    assert not log.stopped_at
    again = list(LogEntry.objects.filter(log=log).order_by("n").values_list("text", flat=True))
    assert again[: len(texts)] == texts and json.loads(again[len(texts)])["kind"] == "restore"
    say(bureau)
    playing.sign()
    found = head_of(log)
    proof = merkle.consistency(was.size, found.size, reader(log))
    assert lognote.is_consistent(was.size, was.root, found.size, found.root, proof)


def test_restored_without_its_tiles_a_mirror_gives_them_or_a_second_log_begins(log, bureau, log_home):
    say(bureau, 4)
    playing.sign()
    mirror = shutil.copytree(log_home / "log" / bureau.code, log_home / "mirror")
    older(log, 4)
    shutil.rmtree(log_home / "log")
    playing.sign()  # the mark still knows
    log.refresh_from_db()
    assert log.stopped_at
    with refused_with("log_bytes_nowhere"):
        logresuming.resume(log)
    fresh = logresuming.resume(log, sources=(str(mirror),))
    assert fresh.fetched == 5 and not fresh.log.stopped_at

    say(bureau, 2)
    playing.sign()
    older(log, 4)
    shutil.rmtree(log_home / "log")
    playing.sign()
    call_command("log_resume", bureau.code, new=True)
    playing.sign()
    second = playing.log_of(bureau)
    assert second.number == 2 and second.origin.endswith("/990101/2") and head_of(second).size == second.size
    first = json.loads(LogEntry.objects.filter(log=second).order_by("n").first().text)
    assert first["kind"] == "restore" and first["missing"]
    say(bureau)
    assert not PublicLog.objects.get(pk=log.pk).is_living


def test_a_machine_copied_with_its_mark_is_found_by_the_witness_alone(log, bureau, log_home, witness):
    with playing.serving(witness) as address:
        witness.watch(playing.own_key(log, log_home / "log"))
        playing.watch(bureau, witness, address)
        playing.sign()
        copied = shutil.copytree(log_home / "log-keys", log_home / "keys-then")
        files = shutil.copytree(log_home / "log", log_home / "log-then")
        say(bureau, 4)
        playing.sign()
        assert head_of(log).size == log.size + 4
        printed = logfiles.get(f"{log.folder}/checkpoint").decode()
        # the whole machine as it was, mark and files and all
        for then, now in ((copied, log_home / "log-keys"), (files, log_home / "log")):
            shutil.rmtree(now)
            then.rename(now)
        older(log, log.size)
        PublicLog.objects.update(vouched="")
        leaves._vouched.clear()  # it starts
        say_anyway(log, 2)
        playing.sign()
        log.refresh_from_db()
        assert "只有 7 条，而已经签出去 9 条" in log.stopped_for
        assert head_of(log).size == 5  # nothing of the other story was signed
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
        say(bureau)
        playing.sign()
        assert LogWitness.objects.get().seen == log.size + 1
    with playing.serving(Witness(tmp_path / "then.sqlite")) as address:
        LogWitness.objects.update(address=address)
        say(bureau)
        playing.sign()
    row = LogWitness.objects.get()
    assert row.seen == log.size + 2  # it goes on from where it says it is


# -- the first throw waits -----------------------------------------------------------------------------


def test_the_first_throw_waits_for_a_cosignature_or_for_paper(sealed, bureau, cast, log_home, witness):
    source = sealed.sources.order_by("position").first()
    type(sealed).objects.filter(pk=sealed.pk)
    with playing.serving(witness) as address:
        logpolicy.add(bureau, "司法局", str(witness.key()), address, by=cast.head)
        sealed.seed_at = timezone.now() - timedelta(minutes=1)
        assert values.refusal(sealed, source, cast.witness1).code == "log_uncosigned"
        assert not values.is_on_paper(sealed)
        playing.sign()
        witness.watch(playing.own_key(playing.log_of(bureau), log_home / "log"))
        playing.sign()
        assert values.refusal(sealed, source, cast.witness1) is None
    assert logpolicy.cosigners(bureau, sealed.number) == 1
    kinds = LogEntry.objects.filter(log__bureau=bureau).values_list("kind", flat=True)
    assert "rules" in kinds


def test_on_paper_where_no_witness_answers(sealed, bureau, cast):
    key = lognote.Key("away", lognote.WITNESS, lognote.public_of(lognote.new_seed()))
    logpolicy.add(bureau, "不在的", str(key), "http://127.0.0.1:9", by=cast.head)
    playing.sign()
    with refused_with("not_allowed"):
        values.sign_on_paper(sealed, by=cast.clerk)
    values.sign_on_paper(sealed, by=cast.supervisor)
    assert values.is_on_paper(sealed) and not values._lacking(sealed)
    with refused_with("not_allowed"):
        logpolicy.require_so_many(bureau, 1, by=cast.clerk)
    with refused_with("log_quorum"):
        logpolicy.require_so_many(bureau, 2, by=cast.head)
    logpolicy.require_so_many(bureau, 0, by=cast.head)
    assert logpolicy.needed(bureau) == 0
    row = LogWitness.objects.get()
    logpolicy.end(row, by=cast.head)
    with refused_with("log_witness_over"):
        logpolicy.end(row, by=cast.head)
    with refused_with("log_key_wrong"):
        logpolicy.add(bureau, "错的", "x+00000000+AAAA", "http://127.0.0.1:9", by=cast.head)


# -- keys and counts -----------------------------------------------------------------------------------


def test_a_new_key_is_named_by_a_leaf_that_the_old_one_signs(log, bureau, log_home):
    call_command("log_key", bureau.code, renew=True)
    playing.sign()
    old, new = playing.own_key(log, log_home / "log")
    found = head_of(log)
    assert found.signed_by(lognote.Key.of(old)) and found.signed_by(lognote.Key.of(new))
    call_command("log_key", bureau.code, end=old)
    for run in connection.run_on_commit:
        run[1]()
    playing.sign()
    found = head_of(log)
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
        say(bureau)
    call_command("log_begin")
    call_command("log_begin")
    again = list(LogEntry.objects.order_by("n").values_list("kind", flat=True))
    assert again[0] == "restore" and sorted(again[1:]) == sorted(kinds)
    playing.sign()
    key = lognote.Key.of(playing.own_key(playing.log_of(bureau), log_home / "log")[0])
    seen = playing.follow(bureau, client, log_home / "log", [(key, "")])
    assert seen.faults == [] and any("启用日志以前" in each for each in seen.notes)


def test_the_journal_says_what_was_done_to_the_log(log, bureau):
    say(bureau)
    playing.sign()
    older(log, 3)
    playing.sign()
    call_command("log_resume", bureau.code)
    said = [entry.action for entry, _ in journal.about(bureau, bureau.about)]
    assert {"log.stopped", "log.resumed"} <= set(said)


def test_on_postgresql_a_new_start_of_the_database_waits_for_the_signer(log, bureau):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite 每次都与标记比：见上面各项")
    PublicLog.objects.update(vouched="another start/1")
    with refused_with("log_waits"):
        say(bureau)
    playing.sign()
    say(bureau)


def test_a_witness_begins_once_and_watches_what_is_one_logs(witness, tmp_path):
    with pytest.raises(Wrong):
        witness.begin("again")
    with pytest.raises(Wrong):
        witness.watch([str(witness.key())])
    with pytest.raises(Wrong):
        Witness(tmp_path / "empty.sqlite").key()
    status, answer, _ = witness.add(b"nonsense")
    assert status == 400 and answer
