"""The newest of a bureau, without the newer ones of all others."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0062_series_of_the_log'),
        ('registries', '0067_journal_action'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['bureau', '-id'], name='case_newest'),
        ),
        migrations.AddIndex(
            model_name='paper',
            index=models.Index(fields=['bureau', '-id'], name='paper_newest'),
        ),
    ]
