"""省、市、县: whose upper a bureau is."""

from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0056_statistics")]

    operations = [
        migrations.AddField(
            model_name="bureau",
            name="level",
            field=models.CharField(
                choices=[("省级", "省级"), ("市级", "市级"), ("县级", "县级")],
                default="县级",
                editable=False,
                help_text="名录里执法层级与它相同的企业才由本机关抽取。",
                max_length=10,
                verbose_name="机关层级",
            ),
        ),
        migrations.AddField(
            model_name="bureau",
            name="upper",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="lowers",
                to="registries.bureau",
                verbose_name="上级机关",
            ),
        ),
    ]
