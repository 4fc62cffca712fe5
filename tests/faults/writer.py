"""python -m tests.faults.writer STOP ACKNOWLEDGED [--early]: until the file STOP is there, one writer of the
journal, for the test that kills PostgreSQL under eight of them. It notes an entry as acknowledged once the
database has committed it; with --early, the control run, before. In between it rings for whatever draw waits.
"""

import os
import sys
import time

import django
from django.db import DatabaseError, InterfaceError, connection, transaction

django.setup()

from inspections import tasks  # noqa: E402
from registries.models import Account  # noqa: E402
from registries.services import journal  # noqa: E402


def main(stop, path, early):
    n = 0
    with open(path, "a", buffering=1) as acknowledged:
        by = None
        while not os.path.exists(stop):
            n += 1
            try:
                by = by or Account.objects.get(username="clerk")
                with transaction.atomic():
                    entry = journal.write("test.done", by=by, about=f"{path} {n}")
                    if early:
                        acknowledged.write(f"{entry.seq} {entry.digest}\n")
                        time.sleep(0.02)  # there is always something left to do
                if not early:
                    acknowledged.write(f"{entry.seq} {entry.digest}\n")
                if n % 20 == 0:
                    tasks.sweep()
            except (DatabaseError, InterfaceError):
                connection.close()
                time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--early" in sys.argv)
