"""Tasks handed down: what was handed down stands as it was."""

import django.db.models.deletion
import inspections.stamps
import registries.models.keys
from django.conf import settings
from django.db import migrations, models

from registries.triggers import follow, freeze, refuse


_SAID = ["title", "number", "text", "amount", "window_from", "window_to", "report_by"]


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0057_found_by_day'),
        ('registries', '0060_inherited_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Directive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100, verbose_name='部署事项')),
                ('number', models.CharField(blank=True, max_length=60, verbose_name='文号')),
                ('text', models.TextField(help_text='查什么、怎样查、注意什么。', verbose_name='要求')),
                ('amount', models.CharField(blank=True, help_text='如：烟花爆竹经营不少于 20 户。', max_length=100, verbose_name='查多少')),
                ('window_from', models.DateField(verbose_name='检查自')),
                ('window_to', models.DateField(verbose_name='检查至')),
                ('report_by', models.DateField(verbose_name='何时前上报')),
                ('status', inspections.stamps.Status(default='drafted')),
                ('issued_at', models.DateTimeField(editable=False, null=True, verbose_name='交办时间')),
                ('reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='撤回的原因')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('drafted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人')),
                ('issued_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='交办人')),
                ('to', models.ManyToManyField(related_name='+', to='registries.bureau', verbose_name='交给哪些机关')),
            ],
            options={
                'verbose_name': '上级部署',
                'verbose_name_plural': '上级部署',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='Assigned',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100, verbose_name='部署事项')),
                ('number', models.CharField(blank=True, max_length=60, verbose_name='文号')),
                ('text', models.TextField(help_text='查什么、怎样查、注意什么。', verbose_name='要求')),
                ('amount', models.CharField(blank=True, help_text='如：烟花爆竹经营不少于 20 户。', max_length=100, verbose_name='查多少')),
                ('window_from', models.DateField(verbose_name='检查自')),
                ('window_to', models.DateField(verbose_name='检查至')),
                ('report_by', models.DateField(verbose_name='何时前上报')),
                ('upper', models.CharField(editable=False, max_length=100, verbose_name='交办机关')),
                ('status', inspections.stamps.Status(default='sent')),
                ('sent_at', models.DateTimeField(auto_now_add=True, verbose_name='交办时间')),
                ('taken_at', models.DateTimeField(editable=False, null=True, verbose_name='签收时间')),
                ('reported_at', models.DateTimeField(editable=False, null=True, verbose_name='上报时间')),
                ('said', models.TextField(blank=True, editable=False, verbose_name='办理情况')),
                ('numbers', models.JSONField(default=dict, editable=False, verbose_name='数')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('reported_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='上报人')),
                ('taken_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签收人')),
                ('task', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned', to='inspections.task', verbose_name='落实它的任务')),
                ('directive', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='inspections.directive', verbose_name='上级部署')),
            ],
            options={
                'verbose_name': '交办任务',
                'verbose_name_plural': '交办任务',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        follow("inspections_directive", "drafted>issued issued>withdrawn"),
        follow("inspections_assigned", "sent>taken taken>reported sent>withdrawn taken>withdrawn"),
        freeze("inspections_directive", fixed=["bureau_id"], after=("OLD.status <> 'drafted'", _SAID)),
        freeze(
            "inspections_assigned",
            fixed=["bureau_id", "directive_id", "upper", "sent_at", *_SAID],
            once=["taken_at", "reported_at"],
            once_text=["said"],
        ),
        refuse("inspections_assigned", "DELETE"),
    ]
