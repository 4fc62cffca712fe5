"""What the department that went with us inspects and has found."""

import django.db.models.deletion
import inspections.stamps
import registries.models.keys
from django.conf import settings
from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('inspections', '0051_walls_of_firms'),
        ('registries', '0048_together'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='partnerdraw',
            name='items',
            field=models.JSONField(default=list, verbose_name='检查事项'),
        ),
        migrations.CreateModel(
            name='DepartmentWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.CharField(max_length=60, verbose_name='部门')),
                ('on', models.DateField(verbose_name='检查日期')),
                ('items', models.TextField(blank=True, verbose_name='检查事项')),
                ('result', models.TextField(verbose_name='检查结果')),
                ('handling', models.TextField(blank=True, verbose_name='处理')),
                ('for_us', models.TextField(blank=True, verbose_name='移交本机关的问题')),
                ('digest', models.CharField(max_length=64, verbose_name='内容的摘要')),
                ('status', inspections.stamps.Status(default='received')),
                ('received_at', models.DateTimeField(auto_now_add=True, verbose_name='接收时间')),
                ('answer', models.CharField(blank=True, max_length=300, verbose_name='答复')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('answered_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='答复人')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='department_words', to='inspections.case', verbose_name='检查')),
                ('received_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='接收人')),
            ],
            options={
                'verbose_name': '协同部门的检查结果',
                'verbose_name_plural': '协同部门的检查结果',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
    ]
