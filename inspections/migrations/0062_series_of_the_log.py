"""A database that is older than the public log goes on behind it: the series hangs on sealings that it has
lost, and what a leaf tells already may be written down as the leaf tells it."""

from django.db import migrations

from registries.triggers import freeze, instead, require

_ZEROS = "0" * 64
_NUMBER = """s.bureau_id = NEW.bureau_id AND s.kind = 'draw'
        AND NEW.number = b.code || '-' || s.year || '-' || SUBSTR('00' || s.last, CASE WHEN s.last < 10 THEN 1
            WHEN s.last < 100 THEN 2 ELSE 3 END)"""
_OURS = """(SELECT COUNT(*) FROM inspections_draw d
            WHERE d.bureau_id = NEW.bureau_id AND d.number LIKE b.code || '-' || s.year || '-%')"""
_SEALS = """FROM registries_logentry e JOIN registries_publiclog l ON l.id = e.log_id
            WHERE l.bureau_id = NEW.bureau_id AND e.kind = 'seal'"""
_LOST = f"""(SELECT COUNT(*) {_SEALS} AND e.about LIKE b.code || '-' || s.year || '-%'
            AND NOT EXISTS (SELECT 1 FROM inspections_draw d
                WHERE d.bureau_id = NEW.bureau_id AND d.number = e.about))"""
_LAST = f"""COALESCE((SELECT commitment FROM inspections_draw
        WHERE bureau_id = NEW.bureau_id ORDER BY id DESC LIMIT 1), '{_ZEROS}')"""
_SERIES = "SELECT 1 FROM inspections_numberseries s JOIN registries_bureau b ON b.id = s.bureau_id"
_MESSAGE = "series: not the next draw of its bureau"


def _says(field, column):
    """That a leaf's field is a column's value: LIKE would take the value's own _ and % for any sign."""
    return f"""(NEW.{column} <> '' AND REPLACE(e.text, '"{field}":"' || NEW.{column} || '"', '') <> e.text)"""


# As 0006 says it: a draw takes the number its series has just given, and follows the last commitment.
_THEN = f"NEW.prev = {_LAST} AND EXISTS ({_SERIES} WHERE {_NUMBER} AND s.last = 1 + {_OURS})"
# The last commitment is the log's, as soon as it has one; numbers that it knows stay used; and what it tells
# already may be written down as it tells it.
_NOW = f"""
    (NEW.prev = CASE WHEN EXISTS (SELECT 1 {_SEALS})
            THEN (SELECT CASE WHEN {_says("digest", "prev")} THEN NEW.prev ELSE '' END
                {_SEALS} ORDER BY l.number DESC, e.n DESC LIMIT 1)
            ELSE {_LAST} END
        AND EXISTS ({_SERIES} WHERE {_NUMBER} AND s.last = 1 + {_OURS} + {_LOST}))
    OR EXISTS (SELECT 1 {_SEALS} AND e.about = NEW.number
        AND {_says("digest", "commitment")} AND {_says("prev", "prev")})
"""

_FIXED = [
    "bureau_id", "task_id", "number", "commitment", "prev", "after",
    "public_facts", "seed_at", "release_by", "redraw_max", "sealed_at", "sealed_by_id",
]
_ONCE = ["drawn_at", "void_approved_by_id", "voided_at", "copy_lost_at", "codes_lost_at"]
_ASKED = ("OLD.void_approved_by_id IS NOT NULL", ["void_reason", "void_note", "void_requested_by_id"])
_OVER = (
    "OLD.void_approved_by_id IS NOT NULL OR OLD.status = 'voided'",
    ["void_reason", "void_note", "void_requested_by_id"],
)


def _frozen(once, after):
    return freeze("inspections_draw", _FIXED, once, ["result_digest"], after=after)


class Migration(migrations.Migration):
    dependencies = [("inspections", "0061_restored"), ("registries", "0066_public_log_walls")]
    operations = [
        instead(
            require("inspections_draw", "next", "INSERT", _THEN, _MESSAGE),
            require("inspections_draw", "next", "INSERT", _NOW, _MESSAGE),
        ),
        instead(_frozen(_ONCE, _ASKED), _frozen([*_ONCE, "restored_at"], _OVER)),
    ]
