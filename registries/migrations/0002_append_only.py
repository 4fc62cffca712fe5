from django.db import migrations

from registries.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("registries", "0001_initial")]
    operations = [
        refuse("registries_journalentry", "UPDATE", "DELETE"),
        refuse("registries_subject", "DELETE"),
        refuse("registries_inspector", "DELETE"),
        refuse("registries_relation", "DELETE"),
        refuse("registries_storedfile", "UPDATE", "DELETE"),
    ]
