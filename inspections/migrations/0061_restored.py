"""A draw that was taken back from the public log, because the database was older: it may be void without the
two persons who voided it then, who are lost."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("inspections", "0060_kept_preview")]

    operations = [
        migrations.AddField(
            model_name="draw",
            name="restored_at",
            field=models.DateTimeField(
                help_text="数据库比公开日志旧，这次抽取的内容是照日志补回的。",
                null=True,
                verbose_name="照公开日志补回的时间",
            ),
        ),
        migrations.AlterField(
            model_name="draw",
            name="sealed_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="封存时间"
            ),
        ),
        migrations.RemoveConstraint(model_name="draw", name="void_approved"),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(
                condition=~Q(status="voided")
                | Q(void_approved_by__isnull=False)
                | Q(restored_at__isnull=False),
                name="void_approved",
            ),
        ),
    ]
