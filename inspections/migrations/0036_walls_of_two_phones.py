from django.db import migrations

from registries.triggers import Wall, freeze, refuse, require


def _moves(table, *pairs):
    """The wall that knows which state may follow which."""
    follows = f"OLD.status || '>' || NEW.status IN ({', '.join(repr(each) for each in pairs)})"
    return require(
        f"inspections_{table}", "moves", "UPDATE", f"OLD.status = NEW.status OR {follows}", f"{table}: this state cannot follow that one"
    )


def _instead(wall):
    """In the place of the wall of the same name."""

    def build(schema_editor):
        wall.undo(schema_editor)
        wall.build(schema_editor)

    return Wall(build, lambda schema_editor: None)


_VISIT = [
    "started_at", "ended_at", "met", "record", "signed", "unsigned_reason", "witness", "recorder_number", "undone",
    "statement", "stamps", "clock_note",
]
# What was answered before this version was said by somebody: his word stands beside those to come.
_SAID = """
INSERT INTO inspections_entry (case_id, line, value, note, way, by_id, at, received_at, status, settle_note)
SELECT a.case_id, a.line, a.value, a.note, '', a.by_id, a.at, a.at, 'said', ''
FROM inspections_answer a JOIN inspections_case c ON c.id = a.case_id WHERE c.status = 'started'
"""


class Migration(migrations.Migration):
    dependencies = [("inspections", "0035_two_phones")]
    operations = [
        migrations.RunSQL(_SAID, migrations.RunSQL.noop),
        _instead(_moves("filing", "received>taken", "received>held", "held>taken", "held>settled")),
        _instead(
            freeze(
                "inspections_filing",
                fixed=["bureau_id", "uuid", "case_id", "body_id", "by_id", "received_at", "sent_at", "skew", "kind", "clock"],
                once=["taken_at"],
            )
        ),
        _instead(freeze("inspections_visit", fixed=["bureau_id"], once=["left_at"], after=("OLD.ended_at IS NOT NULL", _VISIT))),
        *(refuse(f"inspections_{table}", "UPDATE", "DELETE") for table in ("sheet", "supplement", "supplement_exhibits", "ruling")),
        refuse("inspections_entry", "DELETE"),
        freeze(
            "inspections_entry",
            fixed=["case_id", "line", "value", "note", "way", "by_id", "at", "filing_id", "received_at"],
            once=["supplement_id", "settled_by_id", "settled_at"],
            once_text=["settle_note"],
        ),
        _moves("entry", "said>late", "late>added", "late>set_aside"),
    ]
