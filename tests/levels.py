"""Databases that stand ready: a level is a set of steps of the staircase, played once, committed, and kept.

A test names the steps it stands on; `Levels.stand_on` leads this process's connection to them. A test
that commits nothing works in a transaction above the level and rolls it back; a test that commits gets a
copy of its own, which is thrown away after it. On PostgreSQL a level is a database, copied as a template
after migrate and grant; on SQLite it is a file. The kept files of a level stand in a folder beside it and
are copied for each test.
"""

import itertools
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.test import override_settings

from config import grants

from .ground import cluster

OWNER, APP = os.environ.get("MINGQIAN_OWNER"), os.environ.get("MINGQIAN_APP")


@dataclass(frozen=True)
class Level:
    """One prepared state: the database's name (PostgreSQL) or path (SQLite), and the
    folder of its kept files."""

    database: str
    files: Path


class Levels:
    """All levels of one run of the suite. `steps` maps a step to (what it stands on, how it is played)."""

    def __init__(self, steps):
        self.steps = steps
        self.home = Path(tempfile.mkdtemp(prefix="mingqian-levels-"))
        self.ground = Level(connection.settings_dict["NAME"], self.home / "ground")
        self.ground.files.mkdir()
        self.made = {(): self.ground}
        self.numbers = itertools.count(1)

    def key(self, asked):
        """The asked steps with all they stand on, in the order of the procedure."""
        wanted = set(asked) & set(self.steps)
        for name in reversed(self.steps):
            if name in wanted:
                wanted |= set(self.steps[name][0])
        return tuple(name for name in self.steps if name in wanted)

    def at(self, key):
        """The level with just these steps; played on a copy of the level below where it is not there yet."""
        if key not in self.made:
            *below, last = key
            made = self.copy(self.at(tuple(below)))
            lead_to(made)
            with override_settings(FILES_DIR=made.files, **QUICK):
                self.steps[last][1]()
            self.made[key] = made
        return self.made[key]

    def copy(self, level):
        """A copy that nobody else uses."""
        number = next(self.numbers)
        made = Level(_copied(level.database, f"{self.ground.database}_{number}"), self.home / str(number))
        shutil.copytree(level.files, made.files)
        return made

    @contextmanager
    def standing_on(self, key, files, commits):
        """This process stands on the level until the end; its kept files lie in the folder `files`."""
        level = self.at(key)
        shutil.copytree(level.files, files)
        if not commits:
            lead_to(level)
            yield
            return
        own = self.copy(level)
        lead_to(own)
        yield
        lead_to(self.ground)
        _drop(own.database)
        shutil.rmtree(own.files)

    def end(self):
        """Throw all levels away, the ground too. A cluster of tests/servers.py goes whole a moment later: a
        DROP for each of its databases (a checkpoint each) took half a minute."""
        connection.close()
        if not OWNER:
            for level in self.made.values():
                _drop(level.database)
        shutil.rmtree(self.home)


QUICK = {
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "PUBLIC_SECONDS": 0,
    "PUBLISH_HOLD_MINUTES": 0,
    "SECOND_FACTOR_ROLES": set(),
}


def lead_to(level):
    """From here on every new connection of this process goes to the level's database."""
    if connection.settings_dict["NAME"] != level.database:
        connection.close()
        connection.settings_dict["NAME"] = level.database


def _copied(source, target):
    if connection.settings_dict["NAME"] == source:
        connection.close()
    if connection.vendor == "sqlite":
        for end in ("", "-wal"):
            if Path(f"{source}{end}").exists():
                shutil.copy(f"{source}{end}", f"{target}{end}")
        return target
    with cluster() as admin, admin.cursor() as cursor:
        cursor.execute(
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY'
            + (f" OWNER {OWNER}" if OWNER else "")
        )
        if APP:  # what is granted on a database itself does not travel with a template
            for statement in grants.statements(APP, target, []):
                if "ON DATABASE" in statement:
                    cursor.execute(statement)
    return target


def _drop(database):
    if connection.vendor == "sqlite":
        for end in ("", "-wal", "-shm"):
            Path(f"{database}{end}").unlink(missing_ok=True)
        return
    with cluster() as admin, admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
