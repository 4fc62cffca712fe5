"""Who watches looks for a few rare acts among all: an index by act."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registries', '0066_public_log_walls'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='journalentry',
            index=models.Index(fields=['bureau', 'action', '-seq'], name='journal_action'),
        ),
    ]
