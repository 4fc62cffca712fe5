"""python -m tests.bench.importer FILE USERNAME import|idle: the peak memory of a process that imports a register, or
that has only been started. Kilobytes."""

import resource
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
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(*sys.argv[1:])
