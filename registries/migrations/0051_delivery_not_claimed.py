"""A delivery's steps hold its row; nobody claims it."""

from django.db import migrations

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0050_walls_of_rows_looked_at_again")]

    operations = [migrations.RemoveField(model_name="delivery", name="claimed_at")]
