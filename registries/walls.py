"""库墙: the triggers that refuse or write down, and what each role may do to each table, as the database
itself tells them. Read only; what they ought to be stands in the migrations and in config/grants.py."""

from __future__ import annotations

import hashlib

from django.db import connection

_TRIGGERS = """
SELECT c.relname || '.' || t.tgname, t.tgenabled::text || pg_get_triggerdef(t.oid) || p.prosrc
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND n.nspname = 'public'
"""
_RIGHTS = """
SELECT '权限 ' || c.relname, coalesce(array_to_string(c.relacl, chr(10)), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
"""
_LITE = "SELECT tbl_name || '.' || name, sql FROM sqlite_master WHERE type = 'trigger'"


def standing() -> dict[str, str]:
    """{name: digest} of every trigger, awake or not, and of every table's rights."""
    asked = [_TRIGGERS, _RIGHTS] if connection.vendor == "postgresql" else [_LITE]
    found = {}
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(sql)
            for name, said in cursor.fetchall():
                told = _nameless(said) if name.startswith("权限") else said
                found[name] = hashlib.sha256(told.encode()).hexdigest()[:16]
    return found


def _nameless(rights):
    """Who may what, without the roles' names: another installation calls them otherwise."""
    said = []
    for each in rights.splitlines():
        grantee, _, rest = each.rpartition("=")
        may, _, grantor = rest.partition("/")
        said.append(f"{'owner' if grantee == grantor else 'role' if grantee else 'all'}={may}")
    return " ".join(sorted(said))


def compare(was: dict[str, str], now: dict[str, str]) -> list[str]:
    """What is otherwise, in words."""
    said = []
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            how = "被关闭或者改写" if name in was and name in now else "不见了" if name in was else "是新的"
            said.append(f"数据库的{name if name.startswith('权限') else '触发器 ' + name}{how}")
    return said
