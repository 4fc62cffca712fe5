"""The newest of a bureau, without the newer ones of all others."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0063_newest'),
        ('publicity', '0018_daily_digest'),
        ('registries', '0067_journal_action'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='disclosure',
            index=models.Index(fields=['bureau', '-id'], name='disclosure_newest'),
        ),
    ]
