"""Inspectors lent from one bureau of the tree to another."""

import django.db.models.deletion
import registries.models.keys
from django.conf import settings
from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0060_inherited_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='inspector',
            name='lent_by',
            field=models.CharField(blank=True, editable=False, max_length=100, verbose_name='借自'),
        ),
        migrations.AddField(
            model_name='inspector',
            name='lent_since',
            field=models.DateField(editable=False, null=True, verbose_name='借调自'),
        ),
        migrations.AddField(
            model_name='inspector',
            name='lent_until',
            field=models.DateField(editable=False, null=True, verbose_name='借调至'),
        ),
        migrations.CreateModel(
            name='LoanRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('skill', models.CharField(blank=True, max_length=50, verbose_name='专业')),
                ('number', models.PositiveSmallIntegerField(verbose_name='人数')),
                ('since', models.DateField(verbose_name='自')),
                ('until', models.DateField(verbose_name='至')),
                ('reason', models.CharField(max_length=200, verbose_name='为什么借')),
                ('answer', models.CharField(blank=True, editable=False, max_length=200, verbose_name='答复')),
                ('lender_code', models.CharField(editable=False, max_length=12, verbose_name='向哪个机关（代码）')),
                ('lender', models.CharField(editable=False, max_length=100, verbose_name='向哪个机关')),
                ('status', models.CharField(choices=[('asked', '等对方决定'), ('granted', '已借到'), ('refused', '没有借到'), ('withdrawn', '已撤回')], default='asked', editable=False, max_length=20, verbose_name='状态')),
                ('asked_at', models.DateTimeField(auto_now_add=True, verbose_name='提出时间')),
                ('asked_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
            ],
            options={
                'verbose_name': '借人',
                'verbose_name_plural': '借人',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='Lending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('skill', models.CharField(blank=True, max_length=50, verbose_name='专业')),
                ('number', models.PositiveSmallIntegerField(verbose_name='人数')),
                ('since', models.DateField(verbose_name='自')),
                ('until', models.DateField(verbose_name='至')),
                ('reason', models.CharField(max_length=200, verbose_name='为什么借')),
                ('answer', models.CharField(blank=True, editable=False, max_length=200, verbose_name='答复')),
                ('borrower', models.CharField(editable=False, max_length=100, verbose_name='哪个机关借')),
                ('status', models.CharField(choices=[('asked', '待决定'), ('granted', '已借出'), ('refused', '没有借出'), ('withdrawn', '对方已撤回')], default='asked', editable=False, max_length=20, verbose_name='状态')),
                ('asked_at', models.DateTimeField(auto_now_add=True, verbose_name='提出时间')),
                ('judged_at', models.DateTimeField(editable=False, null=True, verbose_name='决定时间')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('judged_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='决定人')),
                ('people', models.ManyToManyField(related_name='lendings', to='registries.inspector', verbose_name='借出的人')),
                ('request', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lending', to='registries.loanrequest')),
            ],
            options={
                'verbose_name': '外借',
                'verbose_name_plural': '外借',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
    ]
