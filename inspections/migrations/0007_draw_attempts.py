from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0006_series_and_moves")]
    operations = [
        migrations.AddField("draw", "attempts", models.PositiveSmallIntegerField("执行次数", default=0)),
        migrations.AddField("draw", "attempted_at", models.DateTimeField("最近一次执行", null=True)),
        migrations.AddField(
            "draw", "attempt_error", models.CharField("执行未成的原因", max_length=200, blank=True)
        ),
    ]
