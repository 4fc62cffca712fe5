"""机关统一社会信用代码, as the credit platforms ask for it."""

from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0044_deliveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='bureau',
            name='credit_code',
            field=models.CharField(blank=True, help_text='向信用平台、互联网+监管报送时用：作出处罚的机关、数据来源单位。', max_length=18, verbose_name='机关统一社会信用代码'),
        ),
    ]
