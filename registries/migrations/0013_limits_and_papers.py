from django.db import migrations, models

from registries.services import bureaus
from registries.triggers import KeepingTriggers


def install(apps, schema_editor):
    """Bureaus that stand already get the limits of the case work; a number they have set stays."""
    limits = apps.get_model("registries", "LegalLimit")
    for bureau in apps.get_model("registries", "Bureau").objects.all():
        bureaus.install_limits(limits, bureau)


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0012_kinds_and_caps")]
    operations = [
        migrations.RenameField("legallimit", "days", "length"),
        migrations.AddField(
            model_name='bureau',
            name='court',
            field=models.CharField(blank=True, help_text='如：青原县人民法院。', max_length=60, verbose_name='管辖法院'),
        ),
        migrations.AddField(
            model_name='bureau',
            name='government',
            field=models.CharField(blank=True, help_text='行政复议法第24条：本级人民政府。如：青原县人民政府。', max_length=60, verbose_name='复议机关'),
        ),
        migrations.AddField(
            model_name='bureau',
            name='needs_entry_code',
            field=models.BooleanField(default=True, help_text='本省用“执法码”“检查码”的打开：没有码的检查要在期限内备案。', verbose_name='入企检查须赋码'),
        ),
        migrations.AddField(
            model_name='bureau',
            name='paper_family',
            field=models.CharField(choices=[('emergency', '应急管理行政执法文书'), ('justice', '司法部行政检查文书')], default='emergency', help_text='新出的文书用哪一套；已出的不变。', max_length=10, verbose_name='文书式样'),
        ),
        migrations.AddField(
            model_name='bureau',
            name='rectify_days',
            field=models.PositiveSmallIntegerField(default=15, help_text='责令限期整改时预先填好的天数，检查人员可逐项改。', verbose_name='整改期限预填（日）'),
        ),
        migrations.AddField(
            model_name='legallimit',
            name='begins',
            field=models.CharField(blank=True, help_text='任一节点发生即起算，以空格分开。', max_length=100, verbose_name='自何节点起'),
        ),
        migrations.AddField(
            model_name='legallimit',
            name='ends',
            field=models.CharField(blank=True, max_length=100, verbose_name='至何节点止'),
        ),
        migrations.AddField(
            model_name='legallimit',
            name='is_backward',
            field=models.BooleanField(default=False, help_text='从将来的节点往前数：须在此之前办。', verbose_name='提前'),
        ),
        migrations.AddField(
            model_name='legallimit',
            name='rolls',
            field=models.BooleanField(default=False, verbose_name='末日逢放假顺延'),
        ),
        migrations.AddField(
            model_name='legallimit',
            name='who',
            field=models.CharField(choices=[('team', '检查组'), ('head', '负责人'), ('clerk', '经办人'), ('supervisor', '监督人'), ('party', '当事人'), ('police', '公安机关')], default='team', max_length=10, verbose_name='谁办'),
        ),
        migrations.AlterField(
            model_name='legallimit',
            name='length',
            field=models.PositiveSmallIntegerField(verbose_name='长短'),
        ),
        migrations.AlterField(
            model_name='legallimit',
            name='unit',
            field=models.CharField(choices=[('workday', '工作日'), ('day', '日'), ('hour', '小时'), ('month', '个月')], max_length=10, verbose_name='单位'),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
