from django.db import migrations

from registries.triggers import require

# PostgreSQL: writers of one chain wait for each other here too, whoever writes without asking services/journal.py.
_NEXT = """
    (NEW.seq = 1 AND NEW.prev = '{zeros}'
        AND NOT EXISTS (SELECT 1 FROM registries_journalentry WHERE bureau_id = NEW.bureau_id))
    OR EXISTS (SELECT 1 FROM registries_journalentry
        WHERE bureau_id = NEW.bureau_id AND seq = NEW.seq - 1 AND digest = NEW.prev)
""".format(zeros="0" * 64)


class Migration(migrations.Migration):
    dependencies = [("registries", "0002_append_only")]
    operations = [require("registries_journalentry", "next", "INSERT", _NEXT, "journal: not the next of its chain")]
