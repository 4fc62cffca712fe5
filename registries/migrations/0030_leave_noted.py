import django.utils.timezone
from django.db import migrations, models

_NOTED = {"editable": False, "null": True, "verbose_name": "登记时间"}


class Migration(migrations.Migration):
    dependencies = [("registries", "0029_message_kinds")]
    operations = [
        # When the leaves of before were noted, nobody knows.
        migrations.AddField("leave", "noted_at", models.DateTimeField(**_NOTED)),
        migrations.AlterField("leave", "noted_at", models.DateTimeField(default=django.utils.timezone.now, **_NOTED)),
    ]
