"""A lent number stands as it was lent; what became of it is said once."""

from django.db import migrations

from registries.triggers import freeze, refuse, require

_FOLLOWS = ["lent>used", "lent>returned", "lent>spoiled", "returned>used", "returned>reused"]
_MOVES = f"(NEW.status <> 'spoiled' OR NEW.reason <> '') AND (OLD.status = NEW.status OR OLD.status || '>' || NEW.status IN ({', '.join(repr(each) for each in _FOLLOWS)}))"


class Migration(migrations.Migration):
    dependencies = [("inspections", "0039_lent_numbers")]
    operations = [
        refuse("inspections_lentnumber", "DELETE"),
        freeze(
            "inspections_lentnumber",
            fixed=["bureau_id", "case_id", "code", "word", "year", "serial", "number", "token", "typed", "device",
                   "by_id", "at"],
            once_text=["reason"],
        ),
        require(
            "inspections_lentnumber", "begins", "INSERT", "NEW.status = 'lent' AND NEW.reason = ''",
            "lentnumber: a number is lent first",
        ),
        require(
            "inspections_paper", "owes", "UPDATE", "OLD.signed_at IS NULL OR NEW.owes_approval = OLD.owes_approval",
            "paper: what was signed owes what it owed",
        ),
        require("inspections_lentnumber", "moves", "UPDATE", _MOVES, "lentnumber: this state cannot follow that one"),
    ]
