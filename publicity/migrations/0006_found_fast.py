"""Part of a name is found by index where there is one; announcements without reading all results."""

from django.db import migrations, models


def index(apps, schema_editor):
    # Elsewhere LIKE reads the table: the embedded installation is a county's at most.
    if schema_editor.connection.vendor == "postgresql":
        for column in ("search", "sound"):
            schema_editor.execute(
                f"CREATE INDEX listing_{column} ON publicity_listing USING gin ({column} gin_trgm_ops)"
            )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX listing_search, listing_sound")


class Migration(migrations.Migration):
    dependencies = [("publicity", "0005_index"), ("registries", "0014_public_window")]
    operations = [
        migrations.RunPython(index, drop),
        migrations.AddIndex("disclosure", models.Index(fields=["kind", "-id"], name="disclosure_by_kind")),
    ]
