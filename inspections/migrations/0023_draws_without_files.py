from django.db import migrations, models

import registries.models.fields
from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0022_files_of_a_draw")]

    operations = [
        # Only so that they can come back empty when somebody goes back a step.
        migrations.AlterField("draw", "commit_json", registries.models.fields.EncryptedTextField(blank=True)),
        migrations.AlterField("draw", "sealed_json", registries.models.fields.EncryptedTextField(blank=True)),
        *(migrations.RemoveField("draw", f"{name}_json") for name in ("commit", "sealed", "result", "openings")),
        migrations.AddField("draw", "copy_lost_at", models.DateTimeField(null=True, verbose_name="封存件报失时间")),
        migrations.AddField("draw", "codes_lost_at", models.DateTimeField(null=True, verbose_name="一次性码报失时间")),
    ]
