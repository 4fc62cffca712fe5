import json

from django.db import migrations

from registries.triggers import Wall, freeze, refuse, require

_COLUMNS = {"codes": "codes_lost_at", "copy": "copy_lost_at"}


def lost(schema_editor):
    """What was reported as lost so far stands in the journal alone."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT bureau_id, about, facts, at FROM registries_journalentry WHERE action = 'draw.lost' ORDER BY seq DESC"
        )
        for bureau, about, facts, at in cursor.fetchall():
            column = _COLUMNS[json.loads(facts)["what"]]
            cursor.execute(
                f"UPDATE inspections_draw SET {column} = %s WHERE bureau_id = %s AND number = %s",
                [at, bureau, about.removeprefix("draw ")],
            )


class Migration(migrations.Migration):
    dependencies = [("inspections", "0023_draws_without_files")]

    operations = [
        Wall(lost, lambda schema_editor: None),
        freeze(
            "inspections_draw",
            fixed=[
                "bureau_id", "task_id", "number", "commitment", "prev", "after",
                "public_facts", "seed_at", "release_by", "redraw_max", "sealed_at", "sealed_by_id",
            ],
            once=["drawn_at", "void_approved_by_id", "voided_at", "copy_lost_at", "codes_lost_at"],
            once_text=["result_digest"],
            after=("OLD.void_approved_by_id IS NOT NULL", ["void_reason", "void_note", "void_requested_by_id"]),
        ),
        refuse("inspections_drawfile", "UPDATE", "DELETE"),
        require(
            "inspections_drawfile", "of_drawn", "INSERT",
            "NEW.name IN ('commit', 'sealed') OR (SELECT result_digest FROM inspections_draw WHERE id = NEW.draw_id) <> ''",
            "drawfile: nothing is drawn yet",
        ),
    ]
