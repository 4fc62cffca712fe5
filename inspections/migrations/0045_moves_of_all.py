"""The last nouns of this room whose moves the database did not know yet: the same pairs as their tables of
states (tests/inspections/test_walls.py compares)."""

from django.db import migrations

from registries.triggers import KeepingTriggers, require

_MOVES = {
    "inspections_plan": "drafted>approved approved>drafted approved>published published>replaced",
    "inspections_task": "drafted>approved approved>drafted",
}


def _allowed(pairs):
    said = ", ".join(f"'{each}'" for each in pairs.split())
    return f"NEW.status = OLD.status OR (OLD.status || '>' || NEW.status) IN ({said})"


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0044_red_flag")]
    operations = [
        require(table, "moves", "UPDATE", _allowed(pairs), f"states: no such move of {table}")
        for table, pairs in _MOVES.items()
    ] + [  # its wall "moves" asks only who has judged
        require(
            "inspections_proposal",
            "follows",
            "UPDATE",
            _allowed("made>adopted made>dismissed"),
            "states: no such move of inspections_proposal",
        )
    ]
