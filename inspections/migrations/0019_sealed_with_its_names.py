import inspections.plan.models
from django.db import migrations, models

from registries.triggers import KeepingTriggers


def _name(apps, schema_editor):
    TaskStratum = apps.get_model("inspections", "TaskStratum")
    for each in TaskStratum.objects.exclude(task__draws=None).select_related("category").distinct():
        risk = each.risk and f"{each.risk}风险"
        each.sealed_as = "·".join(filter(None, [each.category.name, risk, each.town]))
        each.save(update_fields=["sealed_as"])


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('inspections', '0018_strata_by_risk_and_town'),
        ('registries', '0025_outside_every_stratum'),
    ]

    operations = [
        migrations.AddField(
            model_name='taskstratum',
            name='sealed_as',
            field=models.CharField(blank=True, editable=False, max_length=160, verbose_name='封存时的名称'),
        ),
        migrations.AlterField(
            model_name='task',
            name='lot_rules',
            field=models.JSONField(default=inspections.plan.models.default_lot_rules, editable=False, help_text='0.16 以前封存的；以后的在抽取里。', verbose_name='加签规则'),
        ),
        migrations.RunPython(_name, migrations.RunPython.noop),
    ]
