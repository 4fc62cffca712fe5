"""The walls of the database, and who may go behind them in a test."""

from contextlib import contextmanager

from django.core.cache import caches
from django.db import connection

from publicity import generation

from .levels import APP, OWNER


def act_as(role):
    """From here on every new connection of this process works under the role; "" is
    the cluster's administrator."""
    connection.close()
    connection.settings_dict.setdefault("OPTIONS", {})["options"] = f"-c role={role}" if role else ""


@contextmanager
def behind_the_walls():
    """As somebody who holds the database itself: no role binds them, and every trigger sleeps."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET ROLE NONE")
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = DEFAULT")
            if APP:
                cursor.execute(f"SET ROLE {APP}")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for _, definition in triggers:
            cursor.execute(definition)


@contextmanager
def as_owner():
    """As the role that owns the tables (PostgreSQL); on SQLite there is only one."""
    with connection.cursor() as cursor:
        if OWNER:
            cursor.execute(f"SET ROLE {OWNER}")
        yield cursor
        if OWNER:
            cursor.execute(f"SET ROLE {APP}")


def clear_caches():
    """No page, frame or count of an earlier test is left."""
    for each in caches.all():
        each.clear()
    generation.forget()
