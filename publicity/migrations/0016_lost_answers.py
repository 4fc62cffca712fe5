"""A row whose answer was lost may be there: it says since when."""

from django.db import migrations, models

from registries.triggers import KeepingTriggers

class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("publicity", "0015_walls_of_handed_rows")]

    operations = [
        migrations.AddField(
            model_name="handedrow",
            name="lost_at",
            field=models.DateTimeField(null=True, verbose_name="第一次没等到答复"),
        ),
    ]
