"""Other departments' visits, and whether they count towards the cap."""

import django.db.models.deletion
import registries.models.keys
from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0047_walls_of_deliveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='bureau',
            name='counts_others',
            field=models.BooleanField(default=True, help_text='来数里核对过的其他部门的检查，与本机关的一起计入一家企业一年的上限；联合的一次只计一次。', verbose_name='其他部门的检查计入年度上限'),
        ),
        migrations.AlterField(
            model_name='source',
            name='content',
            field=models.CharField(choices=[('abnormal', '经营异常名录'), ('dishonest', '严重失信主体'), ('penalty', '行政处罚'), ('complaint', '投诉举报'), ('credit', '企业信用风险分类'), ('grading', '分级分类'), ('licence', '许可证照'), ('visits', '其他部门的检查'), ('registry', '登记变更')], max_length=20, verbose_name='内容'),
        ),
        migrations.CreateModel(
            name='OtherVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.CharField(max_length=60, verbose_name='部门')),
                ('on', models.DateField(verbose_name='检查日期')),
                ('matter', models.CharField(blank=True, max_length=200, verbose_name='检查事项')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='登记时间')),
                ('withdrawn_on', models.DateField(null=True, verbose_name='撤回日期')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='other_visits', to='registries.subject', verbose_name='检查对象')),
            ],
            options={
                'verbose_name': '其他部门的检查',
                'verbose_name_plural': '其他部门的检查',
                'ordering': ['-on', 'pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.othervisit', verbose_name='其他部门的检查'),
        ),
    ]
