"""python -m tests.backwards registries 0017_signin: a database as a program of before had it.

The squashed migrations stand for the single steps; back over them one goes by the steps alone.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402

from tests.ground import APPS  # noqa: E402


class Steps(MigrationLoader):
    """The migrations of this repository without those that stand for several."""

    def load_disk(self):
        super().load_disk()
        whole = [key for key, each in self.disk_migrations.items() if each.replaces and key[0] in APPS]
        last = {key: self.disk_migrations[key].replaces[-1] for key in whole}
        for key in whole:
            del self.disk_migrations[key]
        for each in self.disk_migrations.values():  # what was written after them names them
            each.dependencies = [last.get(tuple(key), tuple(key)) for key in each.dependencies]


if __name__ == "__main__":
    executor = MigrationExecutor(connection)
    executor.loader = Steps(connection, replace_migrations=False)
    executor.migrate([tuple(sys.argv[1:3])])
