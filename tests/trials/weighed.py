"""python -m tests.trials.weighed FILE USERNAME idle|receive|compare|write: one step of an import in a process
of its own, the caps of size lifted; its peak memory in kilobytes."""

import sys
from pathlib import Path

import django

django.setup()

from registries.models import Account, ImportRun  # noqa: E402
from registries.services import imports  # noqa: E402
from registries.sheets import bounds  # noqa: E402

bounds.MAX_BYTES = 2**31


def main(path, username, mode):
    by = Account.objects.get(username=username)
    if mode == "receive":
        imports.receive(Path(path).read_bytes(), "名录.csv", by=by)
    elif mode == "compare":
        imports.work(ImportRun.objects.get().pk)
    elif mode == "write":
        run = imports.approve(ImportRun.objects.get(), by=by)
        imports.work(run.pk)
    # Not ru_maxrss: that remembers the process it was forked from.
    status = Path("/proc/self/status").read_text().splitlines()
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))


if __name__ == "__main__":
    main(*sys.argv[1:])
