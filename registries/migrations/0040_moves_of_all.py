"""The last nouns of this room whose moves the database did not know yet: the same pairs as their tables of
states (tests/inspections/test_walls.py compares)."""

from django.db import migrations

from registries.triggers import KeepingTriggers, require

_MOVES = {
    "registries_importrun": "unmapped>unmapped unmapped>waiting waiting>unmapped waiting>waiting waiting>comparing "
    "waiting>failed comparing>comparing comparing>previewed comparing>failed previewed>unmapped previewed>waiting "
    "previewed>writing writing>applied writing>failed applied>undone",
    "registries_itemlist": "drafted>published",
    "registries_subjectevent": "recorded>verified recorded>dismissed verified>dismissed",
    "registries_consent": "asked>confirmed asked>refused asked>withdrawn",
}


def _allowed(pairs):
    said = ", ".join(f"'{each}'" for each in pairs.split())
    return f"NEW.status = OLD.status OR (OLD.status || '>' || NEW.status) IN ({said})"


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0039_national_ciphers")]
    operations = [
        require(table, "moves", "UPDATE", _allowed(pairs), f"states: no such move of {table}")
        for table, pairs in _MOVES.items()
    ] + [  # its wall "moves" asks only who has judged
        require(
            "registries_relation",
            "follows",
            "UPDATE",
            _allowed("declared>confirmed declared>refused"),
            "states: no such move of registries_relation",
        )
    ]
