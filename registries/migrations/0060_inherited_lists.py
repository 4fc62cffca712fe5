"""A list may follow one that a bureau above has published; its items say which of theirs they are."""

import django.db.models.deletion
from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0059_moved_walls'),
    ]

    operations = [
        migrations.AddField(
            model_name='item',
            name='follows',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='registries.item', verbose_name='沿用的上级事项'),
        ),
        migrations.AddField(
            model_name='itemlist',
            name='source',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_over', to='registries.itemlist', verbose_name='沿用的上级清单'),
        ),
    ]
