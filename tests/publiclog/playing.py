"""A log as the outside sees it: signed, with a witness in a thread, followed by the monitor."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import transaction

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
