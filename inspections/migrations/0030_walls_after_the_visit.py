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


def _same(column):
    return f"(NEW.{column} = OLD.{column} OR (NEW.{column} IS NULL AND OLD.{column} IS NULL))"


_SETTLED = [
    "wording", "facts", "basis", "measure", "penalty_basis", "disposal", "due_on", "is_major", "major_reason", "by_id",
]
_WALLS = [
    _instead(_moves("case", "opened>started", "opened>not_done", "started>ended", "started>not_done", "ended>reported", "reported>closed", "closed>reported")),
    _instead(
        _moves(
            "finding", "noted>open", "noted>closed", "open>reported", "open>closed", "open>escalated", "reported>open",
            "reported>closed", "reported>escalated", "escalated>closed", "escalated>open", "closed>open",
        )
    ),
    _instead(
        _moves(
            "penalty", "proposed>opened", "proposed>refused", "proposed>decided", "opened>decided", "opened>dropped",
            "decided>closed", "decided>revoked", "revoked>closed", "closed>revoked",
        )
    ),
    # A wrong verdict may be put right: what was closed is open again, and closed another day.
    _instead(freeze("inspections_finding", fixed=["case_id", "number", "line"], after=("OLD.status <> 'noted'", _SETTLED))),
    require(
        "inspections_penalty", "stands", "UPDATE",
        f"NEW.party = OLD.party AND NEW.way = OLD.way AND (OLD.status IN ('proposed', 'opened') OR "
        f"({' AND '.join(map(_same, ('kinds', 'fine', 'tier_id', 'tier_reason')))}))",
        "append-only: the penalty is decided",
    ),
    *(refuse(f"inspections_{table}", "UPDATE", "DELETE") for table in ("outcome", "penaltystep")),
    *(refuse(f"inspections_{table}", "DELETE") for table in ("restraint", "extension")),
    freeze("inspections_restraint", fixed=["bureau_id", "case_id", "kind", "what", "number", "taken_by_id", "old_thread"]),
    freeze("inspections_extension", fixed=["finding_id", "case_id", "until", "reason", "asked_by_id", "asked_at"], once=["judged_by_id", "judged_at"]),
    _moves("restraint", "held>asked", "held>ended", "asked>held", "asked>ended"),
    _moves("extension", "asked>agreed", "asked>refused"),
]


class Migration(migrations.Migration):
    dependencies = [("inspections", "0029_after_the_visit")]
    operations = _WALLS
