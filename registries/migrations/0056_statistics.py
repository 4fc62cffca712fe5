"""The application owns no table, so it cannot ANALYZE one; after a large import the planner would know for a
minute nothing of what came in. This function, its owner's, refreshes what it knows of the register."""

from django.db import migrations

from registries.triggers import Wall

TABLES = ("registries_subject", "registries_importline", "registries_subjectmove")


def build(schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        lines = " ".join(f"ANALYZE {table};" for table in TABLES)
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION mingqian_refresh_statistics() RETURNS void LANGUAGE plpgsql "
            f"SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN {lines} END $$",
            params=None,
        )


def undo(schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS mingqian_refresh_statistics()")


class Migration(migrations.Migration):
    dependencies = [("registries", "0055_sealed_classes")]

    operations = [Wall(build, undo)]
