"""python -m tests.trials.weighed FILE USERNAME idle|receive|compare|write: one step of an import in a process
of its own, the caps of size lifted; its peak memory in kilobytes. `TASK USERNAME seal` seals a task."""

import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402

from inspections.draw import sealing  # noqa: E402
from inspections.engine.changes import chain  # noqa: E402
from inspections.models import Task  # noqa: E402
from registries.models import Account, ImportRun  # noqa: E402
from registries.services import imports  # noqa: E402


def main(path, username, mode):
    by = Account.objects.get(username=username)
    if mode == "receive":
        imports.receive(Path(path).read_bytes(), "名录.csv", by=by)
    elif mode == "compare":
        imports.work(ImportRun.objects.get().pk)
    elif mode == "write":
        run = imports.approve(ImportRun.objects.get(), by=by)
        imports.work(run.pk)
    elif mode == "seal":
        _seal(Task.objects.get(pk=path), by)
    # Not ru_maxrss: that remembers the process it was forked from.
    status = Path("/proc/self/status").read_text().splitlines()
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))


def _seal(task, by):
    sealing.seal(
        task,
        by=by,
        seed_at=timezone.now().replace(second=0, microsecond=0),
        release_by=task.window_to + timedelta(days=30),
        sources=[("骰子", "dice", Account.objects.get(bureau=by.bureau, username__endswith="witness"))],
        redraw_tip=chain("c0de" * 16, 20)[0],
        redraw_max=20,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
