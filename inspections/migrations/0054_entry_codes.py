"""执法码平台 and what was asked of it."""

import django.db.models.deletion
import registries.models.fields
import registries.models.keys
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0053_walls_of_departments'),
        ('registries', '0049_walls_of_other_visits'),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='幂等键')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='次数')),
                ('next_at', models.DateTimeField(null=True, verbose_name='下次不早于')),
                ('done_at', models.DateTimeField(null=True, verbose_name='取到的时间')),
                ('said', models.CharField(blank=True, max_length=200, verbose_name='平台说的')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='code_ask', to='inspections.case', verbose_name='检查')),
            ],
            options={
                'verbose_name': '取码',
                'verbose_name_plural': '取码',
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='CodePlatform',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='如：自治区涉企行政检查平台。', max_length=60, verbose_name='平台')),
                ('address', models.URLField(max_length=300, verbose_name='接口网址')),
                ('secret', registries.models.fields.EncryptedTextField(blank=True, verbose_name='密钥')),
                ('is_open', models.BooleanField(default=True, verbose_name='在用')),
                ('trouble', models.CharField(blank=True, editable=False, max_length=200, verbose_name='最近一次没有取成的原因')),
                ('asked_at', models.DateTimeField(editable=False, null=True, verbose_name='最近一次')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
            ],
            options={
                'verbose_name': '执法码平台',
                'verbose_name_plural': '执法码平台',
                'constraints': [models.UniqueConstraint(fields=('bureau',), name='one_code_platform')],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
    ]
