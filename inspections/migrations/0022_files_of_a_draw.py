from django.db import migrations, models

import registries.models.fields
from registries import cipher
from registries.triggers import Wall, freeze

_FILES = ("commit", "sealed", "result", "openings")
_PLAIN = "result"  # was never encrypted
_NEW = "inspections.drawfile.text"
_FROZEN = freeze(
    "inspections_draw",
    fixed=[
        "bureau_id", "task_id", "number", "commitment", "prev", "after", "commit_json", "sealed_json",
        "public_facts", "seed_at", "release_by", "redraw_max", "sealed_at", "sealed_by_id",
    ],
    once=["drawn_at", "void_approved_by_id", "voided_at"],
    once_text=["result_json", "result_digest", "openings_json"],
    after=("OLD.void_approved_by_id IS NOT NULL", ["void_reason", "void_note", "void_requested_by_id"]),
)


def _bound(name):
    return f"inspections.draw.{name}_json"


def copy(schema_editor):
    """Each file into a row of its own, under its new place in the cipher's binding."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM inspections_draw ORDER BY id")
        for (draw,) in cursor.fetchall():
            for name in _FILES:
                cursor.execute(f"SELECT {name}_json FROM inspections_draw WHERE id = %s", [draw])
                (text,) = cursor.fetchone()
                plain = text if not text or name == _PLAIN else cipher.decrypt(text, _bound(name))
                if plain:
                    cursor.execute(
                        "INSERT INTO inspections_drawfile (draw_id, name, text) VALUES (%s, %s, %s)",
                        [draw, name, cipher.encrypt(plain, _NEW)],
                    )


def copy_back(schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT draw_id, name, text FROM inspections_drawfile ORDER BY id")
        for draw, name, text in cursor.fetchall():
            plain = cipher.decrypt(text, _NEW)
            kept = plain if name == _PLAIN else cipher.encrypt(plain, _bound(name))
            cursor.execute(f"UPDATE inspections_draw SET {name}_json = %s WHERE id = %s", [kept, draw])


class Migration(migrations.Migration):
    dependencies = [("inspections", "0021_least_numbers_and_several_ways")]

    operations = [
        migrations.CreateModel(
            name="DrawFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(choices=[("commit", "封存文件"), ("sealed", "回避封存"), ("result", "抽取结果"), ("openings", "回避开封")], max_length=10, verbose_name="文件")),
                ("text", registries.models.fields.EncryptedTextField(verbose_name="内容")),
                ("draw", models.ForeignKey(on_delete=models.deletion.PROTECT, related_name="files", to="inspections.draw", verbose_name="抽取")),
            ],
            options={
                "verbose_name": "抽取文件",
                "verbose_name_plural": "抽取文件",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("draw", "name"), name="draw_file_once")],
            },
        ),
        # The wall that names the old columns goes first; 0024 builds it anew without them.
        Wall(_FROZEN.undo, _FROZEN.build),
        Wall(copy, copy_back),
    ]
