from django.db import migrations, models

import inspections.papers.models
from registries.triggers import KeepingTriggers

_TYPED = {"editable": False, "max_length": 8, "null": True, "unique": True, "verbose_name": "手输核验码"}


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0036_walls_of_two_phones")]
    operations = [
        migrations.AddField("case", "planned_on", models.DateField(blank=True, null=True, verbose_name="打算哪天去")),
        # The papers of before have their QR code alone.
        migrations.AddField("paper", "typed", models.CharField(**_TYPED)),
        migrations.AlterField("paper", "typed", models.CharField(default=inspections.papers.models.new_typed, **_TYPED)),
    ]
