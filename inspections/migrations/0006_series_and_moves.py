from django.db import migrations

from registries.triggers import freeze, refuse, require

_ZEROS = "0" * 64
# A draw takes the number its series has just given, and follows the last commitment of its bureau.
_NEXT_DRAW = f"""
    NEW.prev = COALESCE((SELECT commitment FROM inspections_draw
        WHERE bureau_id = NEW.bureau_id ORDER BY id DESC LIMIT 1), '{_ZEROS}')
    AND EXISTS (SELECT 1 FROM inspections_numberseries s JOIN registries_bureau b ON b.id = s.bureau_id
        WHERE s.bureau_id = NEW.bureau_id AND s.kind = 'draw'
        AND NEW.number = b.code || '-' || s.year || '-' || SUBSTR('00' || s.last, CASE WHEN s.last < 10 THEN 1
            WHEN s.last < 100 THEN 2 ELSE 3 END)
        AND s.last = 1 + (SELECT COUNT(*) FROM inspections_draw d
            WHERE d.bureau_id = NEW.bureau_id AND d.number LIKE b.code || '-' || s.year || '-%'))
"""


def _moves(*pairs):
    allowed = ", ".join(f"'{before}>{after}'" for before, after in pairs)
    return f"NEW.status = OLD.status OR (OLD.status || '>' || NEW.status) IN ({allowed})"


class Migration(migrations.Migration):
    dependencies = [("inspections", "0005_sealed_columns"), ("registries", "0003_chain_without_gap")]
    operations = [
        require("inspections_draw", "next", "INSERT", _NEXT_DRAW, "series: not the next draw of its bureau"),
        # SJS1 §4, §8; the same pairs as states.DRAW and states.CHANGE (tests/inspections/test_walls.py compares).
        require(
            "inspections_draw", "moves", "UPDATE",
            _moves(("sealed", "seeding"), ("sealed", "voided"), ("seeding", "seeded"), ("seeded", "drawn"),
                   ("seeded", "infeasible"), ("drawn", "voided")),
            "draw: this state cannot follow that one",
        ),
        require(
            "inspections_change", "moves", "UPDATE",
            _moves(("requested", "approved"), ("requested", "refused"), ("approved", "completed")),
            "change: this state cannot follow that one",
        ),
        require(
            "inspections_case", "moves", "UPDATE",
            _moves(("opened", "started"), ("opened", "not_done"), ("started", "ended"), ("started", "not_done"),
                   ("ended", "closed")),
            "case: this state cannot follow that one",
        ),
        require(
            "inspections_report", "moves", "UPDATE",
            _moves(("drafted", "submitted"), ("submitted", "approved"), ("submitted", "returned")),
            "report: this state cannot follow that one",
        ),
        require("inspections_report", "begins", "INSERT", "NEW.status = 'drafted'", "report: begins as a draft"),
        refuse("inspections_visit_cases", "UPDATE", "DELETE"),
        refuse("inspections_numberseries", "DELETE"),
        freeze("inspections_numberseries", fixed=["bureau_id", "kind", "year"]),
        require("inspections_numberseries", "begins", "INSERT", "NEW.last = 0", "series: begins at 0"),
        require(
            "inspections_numberseries", "steps", "UPDATE", "NEW.last IN (OLD.last, OLD.last + 1)",
            "series: a number skipped or taken back",
        ),
        # What an inspector has answered stands once the visit is over.
        require(
            "inspections_answer", "while_open", "INSERT",
            "EXISTS (SELECT 1 FROM inspections_case WHERE id = NEW.case_id AND status = 'started' AND ended_at IS NULL)",
            "answer: the visit is over",
        ),
        require(
            "inspections_answer", "still_open", "UPDATE",
            "NEW.case_id = OLD.case_id AND NEW.id = OLD.id AND "
            "EXISTS (SELECT 1 FROM inspections_case WHERE id = OLD.case_id AND status = 'started' AND ended_at IS NULL)",
            "answer: the visit is over",
        ),
        refuse("inspections_answer", "DELETE"),
    ]
