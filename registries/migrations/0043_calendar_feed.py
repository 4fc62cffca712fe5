"""日历订阅."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registries', '0042_course_and_town'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=60, unique=True, verbose_name='标识')),
                ('is_ended', models.BooleanField(default=False, verbose_name='已停止')),
                ('made_at', models.DateTimeField(auto_now=True, verbose_name='生成时间')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='feed', to=settings.AUTH_USER_MODEL, verbose_name='账户')),
            ],
            options={
                'verbose_name': '日历订阅',
                'verbose_name_plural': '日历订阅',
            },
        ),
    ]
