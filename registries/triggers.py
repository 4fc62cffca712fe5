"""The last wall: triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE. Used by migrations only."""

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION mingqian_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501'; END $$
"""


def refuse(table, *verbs):
    """A migration operation: `table` refuses the verbs ("UPDATE", "DELETE") whoever asks."""

    def build(apps, schema_editor):
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

    def undo(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_refuse ON {table}")
            schema_editor.execute(f"DROP TRIGGER {table}_refuse_truncate ON {table}")
            return
        for verb in verbs:
            schema_editor.execute(f"DROP TRIGGER {table}_refuse_{verb.lower()}")

    return migrations.RunPython(build, undo)
