from django.db import migrations

from registries.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("publicity", "0002_links"), ("registries", "0002_append_only")]
    operations = [
        refuse("publicity_disclosure", "UPDATE", "DELETE"),
        refuse("publicity_release", "UPDATE", "DELETE"),
    ]
