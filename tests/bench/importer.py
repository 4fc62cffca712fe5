"""python -m tests.bench.importer FILE USERNAME import|idle: the peak memory of a process that imports a
register, or that has only been started. Kilobytes."""

import sys
from pathlib import Path

import django

django.setup()

from registries.models import Account  # noqa: E402
from registries.services import imports  # noqa: E402


def main(path, username, mode):
    by = Account.objects.get(username=username)
    if mode == "import":
        imports.apply(imports.preview(Path(path).read_bytes(), path, by=by), by=by)
    # Not ru_maxrss: that remembers the process it was forked from.
    status = Path("/proc/self/status").read_text().splitlines()
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))


if __name__ == "__main__":
    main(*sys.argv[1:])
