from django.db import migrations

from registries.triggers import freeze, require

# PostgreSQL: writers of one chain wait for each other here too, whoever writes without asking services/journal.py.
_NEXT = """
    SUBSTR(CAST(NEW.at AS TEXT), 5, 1) = '-' AND ((NEW.seq = 1 AND NEW.prev = '{zeros}'
        AND NOT EXISTS (SELECT 1 FROM registries_journalentry WHERE bureau_id = NEW.bureau_id))
    OR EXISTS (SELECT 1 FROM registries_journalentry
        WHERE bureau_id = NEW.bureau_id AND seq = NEW.seq - 1 AND digest = NEW.prev))
""".format(zeros="0" * 64)


class Migration(migrations.Migration):
    dependencies = [("registries", "0002_append_only")]
    operations = [
        freeze("registries_subject", fixed=["bureau_id", "ref"]),
        freeze("registries_inspector", fixed=["bureau_id", "ref"]),
        freeze("registries_account", fixed=["bureau_id", "username"]),
        require("registries_journalentry", "next", "INSERT", _NEXT, "journal: not the next of its chain"),
    ]
