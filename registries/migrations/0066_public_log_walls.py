"""What is in the log stays as it was written. Bureaus that have spoken before there was a log get one that
waits: `log_begin` enters what they have said."""

from django.db import migrations

from registries.models.journal import PUBLIC_ACTS
from registries.triggers import freeze, refuse, require


def wait(apps, schema_editor):
    entries = apps.get_model("registries", "JournalEntry").objects
    spoken = entries.filter(action__in=PUBLIC_ACTS).exclude(action="dump.made")
    logs = apps.get_model("registries", "PublicLog").objects
    for bureau in apps.get_model("registries", "Bureau").objects.filter(pk__in=spoken.values("bureau")):
        logs.get_or_create(bureau=bureau, number=1)


class Migration(migrations.Migration):
    dependencies = [("registries", "0065_public_log")]

    operations = [
        refuse("registries_logentry", "UPDATE", "DELETE"),
        refuse("registries_logbranch", "UPDATE", "DELETE"),
        refuse("registries_loghead", "UPDATE", "DELETE"),
        refuse("registries_cosignature", "UPDATE", "DELETE"),
        refuse("registries_publiclog", "DELETE"),
        freeze("registries_publiclog", ["bureau_id", "number"], once=["begun_at"], once_text=["origin"]),
        require(
            "registries_publiclog", "grows", "UPDATE", "NEW.size >= OLD.size", "append-only: a log never shrinks"
        ),
        require(
            "registries_logentry",
            "next",
            "INSERT",
            "NEW.n <= (SELECT size FROM registries_publiclog WHERE id = NEW.log_id)",
            "append-only: a leaf comes after the last",
        ),
        freeze("registries_logfile", ["bureau_id", "digest"], clears=["text"], once=["gone_at"]),
        migrations.RunPython(wait, migrations.RunPython.noop),
    ]
