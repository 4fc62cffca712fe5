"""A log as the outside sees it: signed, with a witness in a thread, followed by the monitor."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

from django.core.management import call_command
from django.db import transaction

from inspections.models import Draw
from inspections.watch import verification
from publicity import monitor, witness
from publicity.lognote import Checkpoint, Key
from registries.models import Cosignature, LogEntry, LogHead, LogSigner, LogWitness, PublicLog
from registries.services import leaves, logfiles, logsigning

from ..walls import behind_the_walls


def log_of(bureau):
    return PublicLog.objects.select_related("bureau").get(bureau=bureau, is_living=True)


@contextmanager
def serving(made):
    """A witness that answers; yields its address."""
    server = witness.server_of(made, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def own_key(log, folder):
    """The log's key, from its own leaves."""
    head = Checkpoint.of((folder / log.folder / "checkpoint").read_text())
    found = [
        json.loads(text)["about"] for text in log.entries.filter(kind="key").values_list("text", flat=True)
    ]
    assert any(head.signed_by(Key.of(each)) for each in found)
    return found


class Files(monitor.Source):
    """A log's files and what its leaves name, as the window serves both."""

    def __init__(self, folder, client, code):
        super().__init__(str(folder))
        self.client, self.code = client, code

    def get(self, name):
        reply = self.client.get(f"/log/{self.code}/{name}")
        if reply.status_code == 410:
            raise monitor.Gone
        return reply.content if reply.status_code == 200 else None


def follow(bureau, client, folder, keys, state=None, now=None, seen=(), every=False, reach=monitor.Source):
    """One look of the monitor. Returns the Monitor."""
    source = Files(folder, client, bureau.code)
    found = monitor.Monitor(source, keys, state, now or datetime.now(UTC), reach)
    found.look(seen, every)
    return found


def sign():
    logsigning.sign_all()


def watch(bureau, made, address):
    return LogWitness.objects.create(
        bureau=bureau, name=made.key().name, key=str(made.key()), address=address
    )


def say(bureau, count=1):
    for _ in range(count):
        with transaction.atomic():
            leaves.write("plan", bureau=bureau, about="plan-1.json", version="1")


def head_of(log):
    return Checkpoint.of(logfiles.get(f"{log.folder}/checkpoint").decode())


def older(log, size):
    """The database as it was when the log had `size` leaves: as its owner can make it."""
    with behind_the_walls():
        Cosignature.objects.filter(head__size__gt=size)._raw_delete("default")
        LogHead.objects.filter(size__gt=size)._raw_delete("default")
        LogEntry.objects.filter(log=log, n__gte=size)._raw_delete("default")
        PublicLog.objects.filter(pk=log.pk).update(size=size, vouched="")
        LogSigner.objects.filter(pk=log.pk).update(size=min(size, 3), made=min(size, 3))


@contextmanager
def an_old_database():
    """What happens inside is lost with the database; what was promised outside is not."""
    before = transaction.savepoint()
    yield
    sign()
    transaction.savepoint_rollback(before)
    PublicLog.objects.update(vouched="")  # it starts
    leaves._vouched.clear()
    sign()
    assert PublicLog.objects.get(is_living=True).stopped_at


def resumed(bureau, **more):
    call_command("log_resume", bureau.code, **more)
    sign()


def texts(bureau, *kinds):
    rows = LogEntry.objects.filter(log__bureau=bureau, kind__in=kinds).order_by("log", "n")
    return [json.loads(text) for text in rows.values_list("text", flat=True)]


def assert_told_once(bureau, client, log_home, draw=None):
    """The monitor, from the first leaf on, and the bureau's own verifier find nothing."""
    log = log_of(bureau)
    told = [(Key.of(own_key(log, log_home / "log")[0]), "")]
    assert follow(bureau, client, log_home / "log", told).faults == []
    assert verification.verify_series(bureau) == []
    for each in [draw] if draw else Draw.objects.filter(bureau=bureau):
        assert verification.verify(each.pk) == []
