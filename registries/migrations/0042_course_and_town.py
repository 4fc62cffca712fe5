"""培训计划; an account of a town."""

import django.db.models.deletion
import registries.models.keys
from django.conf import settings
from django.db import migrations, models

from registries.triggers import KeepingTriggers, refuse


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0041_edits_asked_for'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='town',
            field=models.CharField(blank=True, help_text='只给“乡镇”这个角色：看得到这个乡镇的企业。与名录里的写法一致。', max_length=50, verbose_name='乡镇（街道）'),
        ),
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100, verbose_name='培训内容')),
                ('planned_on', models.DateField(verbose_name='计划日期')),
                ('hours', models.PositiveSmallIntegerField(default=4, verbose_name='学时')),
                ('place', models.CharField(blank=True, help_text='如：局会议室、网上学习。', max_length=60, verbose_name='地点、方式')),
                ('teacher', models.CharField(blank=True, max_length=60, verbose_name='授课人')),
                ('held_on', models.DateField(blank=True, null=True, verbose_name='实际日期')),
                ('dropped', models.CharField(blank=True, max_length=100, verbose_name='不办的原因')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='安排人')),
            ],
            options={
                'verbose_name': '培训计划',
                'verbose_name_plural': '培训计划',
                'ordering': ['planned_on', 'pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.AddField(
            model_name='training',
            name='course',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to='registries.course', verbose_name='培训计划'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.UniqueConstraint(condition=models.Q(('course__isnull', False)), fields=('inspector', 'course'), name='attended_once'),
        ),
        refuse("registries_course", "DELETE"),
    ]
