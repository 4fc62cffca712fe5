
import django.db.models.deletion
import registries.models.fields
from django.conf import settings
from django.db import migrations, models

from registries.triggers import KeepingTriggers


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('registries', '0017_signin'),
    ]

    operations = [
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, verbose_name='摘要')),
                ('used_at', models.DateTimeField(null=True, verbose_name='用于')),
            ],
            options={
                'verbose_name': '恢复码',
                'verbose_name_plural': '恢复码',
            },
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', registries.models.fields.EncryptedTextField(verbose_name='密钥')),
                ('confirmed_at', models.DateTimeField(auto_now_add=True, verbose_name='启用时间')),
                ('last_step', models.BigIntegerField(default=0, verbose_name='最近用过的时段')),
            ],
            options={
                'verbose_name': '动态口令',
                'verbose_name_plural': '动态口令',
            },
        ),
        migrations.CreateModel(
            name='Sitting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session', models.CharField(max_length=40, unique=True, verbose_name='会话')),
                ('address', models.CharField(max_length=45, verbose_name='来源地址')),
                ('device', models.CharField(max_length=60, verbose_name='设备')),
                ('began_at', models.DateTimeField(auto_now_add=True, verbose_name='登录时间')),
                ('seen_at', models.DateTimeField(auto_now_add=True, verbose_name='最近使用')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='结束时间')),
            ],
            options={
                'verbose_name': '登录记录',
                'verbose_name_plural': '登录记录',
            },
        ),
        migrations.AddField(
            model_name='account',
            name='sso_name',
            field=models.CharField(blank=True, help_text='本人在统一身份认证系统中的标识；不用统一身份认证的不填。', max_length=150, verbose_name='统一身份账号'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('sso_name', ''), _negated=True), fields=('sso_name',), name='sso_name_once', violation_error_message='这个统一身份账号已经属于另一个账户。'),
        ),
        migrations.AddField(
            model_name='secondfactor',
            name='account',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='second_factor', to=settings.AUTH_USER_MODEL, verbose_name='账户'),
        ),
        migrations.AddField(
            model_name='recoverycode',
            name='factor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='registries.secondfactor', verbose_name='动态口令'),
        ),
        migrations.AddField(
            model_name='sitting',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to=settings.AUTH_USER_MODEL, verbose_name='账户'),
        ),
        migrations.AddIndex(
            model_name='sitting',
            index=models.Index(fields=['account', '-began_at'], name='sitting_account'),
        ),
    ]
