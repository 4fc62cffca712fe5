"""The last wall: triggers that refuse what must never happen, whoever asks. Used by migrations.

PostgreSQL: the application's role owns no table, so it can neither drop nor disable them (config/grants.py).
SQLite: whoever holds the file can; then only the verifiers, against an anchor, will tell.
"""

from contextlib import contextmanager

from django.db.migrations.operations.base import Operation


class Wall(Operation):
    """A migration operation that only speaks SQL. Unlike RunPython it asks for no models, whose rendering
    took half of a migration's time."""

    def __init__(self, build, undo):
        self.build, self.undo = build, undo

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self.build(schema_editor)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self.undo(schema_editor)


_FUNCTION = """
CREATE OR REPLACE FUNCTION mingqian_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501'; END $$
"""


def refuse(table, *verbs):
    """A migration operation: `table` refuses the verbs ("UPDATE", "DELETE"), and
    on PostgreSQL TRUNCATE too."""

    def build(schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            # params=None: the text holds % signs of its own
            schema_editor.execute(_FUNCTION, params=None)
            schema_editor.execute(
                f"CREATE TRIGGER {table}_refuse BEFORE {' OR '.join(verbs)} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION mingqian_refuse()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION mingqian_refuse()"
            )
            return
        for verb in verbs:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} on {table}'); END"
            )

    def undo(schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_refuse ON {table}")
            schema_editor.execute(f"DROP TRIGGER {table}_refuse_truncate ON {table}")
            return
        for verb in verbs:
            schema_editor.execute(f"DROP TRIGGER {table}_refuse_{verb.lower()}")

    return Wall(build, undo)


def freeze(table, fixed, once=(), once_text=(), clears=(), after=None):
    """A migration operation: which columns of `table` an UPDATE may not touch any more.

    fixed: never. once, once_text: not after they have a value (NOT NULL, or not the empty text).
    clears: may only become empty. after: (condition on OLD, columns): not once the condition holds.
    """
    fixed = ["id", *fixed]  # keys are what other rows speak of
    columns = dict.fromkeys([*fixed, *once, *once_text, *clears, *(after[1] if after else ())])

    def build(schema_editor):
        is_postgres = schema_editor.connection.vendor == "postgresql"
        differs = "NEW.{0} IS DISTINCT FROM OLD.{0}" if is_postgres else "NEW.{0} IS NOT OLD.{0}"
        broken = [differs.format(each) for each in fixed]
        broken += [f"(OLD.{each} IS NOT NULL AND {differs.format(each)})" for each in once]
        broken += [f"(OLD.{each} <> '' AND {differs.format(each)})" for each in once_text]
        broken += [f"(OLD.{each} <> '' AND NEW.{each} <> '' AND {differs.format(each)})" for each in clears]
        if after:
            broken += [f"(({after[0]}) AND {differs.format(each)})" for each in after[1]]
        when = " OR ".join(broken)
        # UPDATE OF: an update that leaves these columns alone pays nothing for the wall.
        head = f"CREATE TRIGGER {table}_freeze BEFORE UPDATE OF {', '.join(columns)} ON {table} "
        if is_postgres:
            schema_editor.execute(_FUNCTION, params=None)
            schema_editor.execute(
                f"{head} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION mingqian_refuse()", params=None
            )
        else:
            body = f"SELECT RAISE(ABORT, 'append-only: UPDATE on {table}');"
            schema_editor.execute(f"{head} WHEN {when} BEGIN {body} END", params=None)

    def undo(schema_editor):
        on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER {table}_freeze{on}")

    return Wall(build, undo)


def require(table, name, verb, holds, message):
    """A migration operation: `verb` on `table` only where the SQL condition `holds` is true
    of the NEW (and OLD) row."""

    def build(schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                # search_path: a temporary table of the same name must not answer in the real one's place
                f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql "
                "SET search_path = public, pg_temp AS $$ BEGIN "
                f"IF ({holds}) IS NOT TRUE THEN "
                f"RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END IF; "
                f"RETURN {'OLD' if verb == 'DELETE' else 'NEW'}; END $$",
                params=None,
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE "
                f"FUNCTION {table}_{name}()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} "
                f"WHEN ({holds}) IS NOT TRUE BEGIN SELECT RAISE(ABORT, '{message}'); END",
                params=None,
            )

    def undo(schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_{name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_{name}()")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_{name}")

    return Wall(build, undo)


def follow(table, pairs, name="moves"):
    """A migration operation: the status of a row only takes these ways ("drafted>approved approved>sent"),
    those of its table of states (tests/inspections/test_walls.py compares)."""
    allowed = ", ".join(f"'{each}'" for each in pairs.split())
    holds = f"NEW.status = OLD.status OR (OLD.status || '>' || NEW.status) IN ({allowed})"
    return require(table, name, "UPDATE", holds, f"states: no such move of {table}")


def instead(old, new):
    """A migration operation: one wall in the place of another of the same table."""

    def build(schema_editor):
        old.undo(schema_editor)
        new.build(schema_editor)

    def undo(schema_editor):
        new.undo(schema_editor)
        old.build(schema_editor)

    return Wall(build, undo)


class KeepingTriggers:
    """In front of `migrations.Migration` where a table with triggers is altered.

    SQLite alters a table by making it anew: its triggers would be gone, and those of other tables that read
    it would stop the renaming.
    """

    def apply(self, project_state, schema_editor, collect_sql=False):
        return self._keeping(schema_editor, super().apply, project_state, collect_sql)

    def unapply(self, project_state, schema_editor, collect_sql=False):
        return self._keeping(schema_editor, super().unapply, project_state, collect_sql)

    def _keeping(self, schema_editor, act, project_state, collect_sql):
        if schema_editor.connection.vendor != "sqlite":
            return act(project_state, schema_editor, collect_sql)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            done = act(project_state, schema_editor, collect_sql)
            for _, definition in triggers:
                cursor.execute(definition)
        return done


@contextmanager
def asleep(connection, *tables):
    """The triggers of `tables` sleep inside the block, which must be one
    transaction. The tables' owner only."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        marks = ", ".join(["%s"] * len(tables))
        own = f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})"  # noqa: S608
        cursor.execute(own, tables)
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, definition in triggers:
            cursor.execute(definition)
