import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0004_pulse'),
    ]

    operations = [
        migrations.CreateModel(
            name='HeaderChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('header', models.CharField(max_length=100, verbose_name='表头')),
                ('field', models.CharField(max_length=40, verbose_name='对应')),
            ],
            options={
                'verbose_name': '栏目习惯',
                'verbose_name_plural': '栏目习惯',
            },
        ),
        migrations.AddField(
            model_name='importrun',
            name='claimed_at',
            field=models.DateTimeField(null=True, verbose_name='后台最近一次动作'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='compared_at',
            field=models.DateTimeField(null=True, verbose_name='比对时间'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='done',
            field=models.PositiveIntegerField(default=0, verbose_name='已比对行数'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='encoding',
            field=models.CharField(blank=True, max_length=20, verbose_name='文字编码'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='error',
            field=models.CharField(blank=True, max_length=60, verbose_name='没有做成的原因'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='told',
            field=models.JSONField(default=list, verbose_name='说明'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone_at',
            field=models.DateTimeField(null=True, verbose_name='撤销时间'),
        ),
        migrations.AddField(
            model_name='subject',
            name='changed_at',
            field=models.DateTimeField(auto_now=True, default=timezone.now, verbose_name="最近改动"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='subject',
            name='entered_by_run',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='registries.importrun', verbose_name='入库文件'),
        ),
        migrations.AddField(
            model_name='subject',
            name='sealed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='最近一次封入抽取'),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='status',
            field=models.CharField(choices=[('unmapped', '待指定栏目'), ('waiting', '等待比对'), ('comparing', '正在比对'), ('previewed', '已预览'), ('writing', '正在写入'), ('applied', '已应用'), ('undone', '已撤销'), ('failed', '没有做成')], default='unmapped', max_length=20, verbose_name='状态'),
        ),
        migrations.AddIndex(
            model_name='importline',
            index=models.Index(fields=['run', 'outcome'], name='line_outcome'),
        ),
        migrations.AddIndex(
            model_name='importline',
            index=models.Index(fields=['run', 'ref'], name='line_ref'),
        ),
        migrations.AddField(
            model_name='headerchoice',
            name='bureau',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
        ),
        migrations.AddConstraint(
            model_name='headerchoice',
            constraint=models.UniqueConstraint(fields=('bureau', 'header'), name='header_once'),
        ),
    ]
