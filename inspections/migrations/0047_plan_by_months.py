"""计划表各行按月排户数."""

from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('inspections', '0046_who_came_back'),
    ]

    operations = [
        migrations.AddField(
            model_name='planline',
            name='schedule',
            field=models.JSONField(blank=True, default=dict, editable=False, help_text='{月份: 户数}；写了的，全年户数是它们的和。', verbose_name='各月户数'),
        ),
    ]
