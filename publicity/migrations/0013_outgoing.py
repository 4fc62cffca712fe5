"""报送: receivers, shapes, batches, rows."""

import django.core.validators
import django.db.models.deletion
import inspections.stamps
import registries.models.fields
import registries.models.keys
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('publicity', '0012_walls_of_returns'),
        ('registries', '0045_code_of_the_bureau'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, verbose_name='批号')),
                ('name', models.CharField(max_length=120, verbose_name='文件名')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='取走时间')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='文件')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='取走人')),
            ],
            options={
                'verbose_name': '报送批次',
                'verbose_name_plural': '报送批次',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='Receiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='文件夹名和接口地址里用它：小写字母、数字和横线。', max_length=30, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9-]*$', '只能用小写字母、数字和横线。')], verbose_name='代码')),
                ('name', models.CharField(help_text='如：自治区信用信息共享平台。', max_length=60, verbose_name='接收方')),
                ('shapes', models.JSONField(default=list, help_text='报哪几种。', verbose_name='报送格式')),
                ('way', models.CharField(choices=[('file', '经办人取文件报送'), ('folder', '写进约定的文件夹'), ('push', '本系统推送（带签名的 HTTP）'), ('pull', '对方来取（带令牌的接口）')], default='file', max_length=10, verbose_name='怎样报')),
                ('address', models.URLField(blank=True, help_text='只在“本系统推送”时用。', max_length=300, verbose_name='推送到哪里')),
                ('knows', models.CharField(choices=[('keys', '认得幂等键：同一条重发不会登记两次'), ('ask', '不认幂等键，可以先问有没有'), ('none', '不认，也不能问：说不清的由人定')], default='none', max_length=5, verbose_name='认不认得重复的')),
                ('answer_days', models.PositiveSmallIntegerField(default=5, help_text='交出以后过了这些天没有回执的，标为逾期未回，告诉经办人。', verbose_name='几天没有回执就提醒')),
                ('since', models.DateField(help_text='以前公示的不报。', verbose_name='从哪天公示的起报')),
                ('secret', registries.models.fields.EncryptedTextField(blank=True, editable=False, verbose_name='密钥')),
                ('is_open', models.BooleanField(default=True, verbose_name='在用')),
                ('trouble', models.CharField(blank=True, editable=False, max_length=200, verbose_name='最近一次没有报成的原因')),
                ('tried_at', models.DateTimeField(editable=False, null=True, verbose_name='最近一次报送')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
            ],
            options={
                'verbose_name': '接收方',
                'verbose_name_plural': '接收方',
                'ordering': ['name', 'pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='HandedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shape', models.CharField(max_length=30, verbose_name='报送格式')),
                ('version', models.PositiveIntegerField(default=0, verbose_name='格式版次')),
                ('thing', models.CharField(max_length=80, verbose_name='事项')),
                ('number', models.PositiveIntegerField(default=1, verbose_name='第几次')),
                ('what', models.CharField(choices=[('put', '报送'), ('withdraw', '撤回')], default='put', max_length=10, verbose_name='报什么')),
                ('subject_name', models.CharField(blank=True, max_length=200, verbose_name='名称')),
                ('mark', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='幂等键')),
                ('body', models.JSONField(default=dict, verbose_name='内容')),
                ('why', models.CharField(blank=True, max_length=200, verbose_name='撤回的原因')),
                ('due_on', models.DateField(null=True, verbose_name='报送期限')),
                ('status', inspections.stamps.Status(default='waiting')),
                ('said', models.CharField(blank=True, max_length=300, verbose_name='对方或检查说的')),
                ('receipt', models.CharField(blank=True, max_length=100, verbose_name='回执号')),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='报送次数')),
                ('next_at', models.DateTimeField(null=True, verbose_name='下次不早于')),
                ('line', models.PositiveIntegerField(default=0, verbose_name='文件里第几行')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='生成时间')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='交出时间')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='回执时间')),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='publicity.batch', verbose_name='批次')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('disclosure', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='handed', to='publicity.disclosure', verbose_name='公示')),
                ('judged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='认定人')),
                ('release', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='handed', to='publicity.release', verbose_name='抽取公开')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='publicity.receiver', verbose_name='接收方')),
            ],
            options={
                'verbose_name': '报送的行',
                'verbose_name_plural': '报送的行',
                'ordering': ['pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.AddField(
            model_name='batch',
            name='receiver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='publicity.receiver', verbose_name='接收方'),
        ),
        migrations.CreateModel(
            name='Shape',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, verbose_name='代码')),
                ('version', models.PositiveIntegerField(verbose_name='版次')),
                ('title', models.CharField(max_length=100, verbose_name='名称')),
                ('of', models.CharField(max_length=12, verbose_name='报什么')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='依据')),
                ('is_draft', models.BooleanField(default=True, verbose_name='草稿')),
                ('facts', models.JSONField(default=dict, verbose_name='其他')),
                ('columns', models.JSONField(verbose_name='各栏')),
                ('meanings', models.JSONField(default=dict, verbose_name='代码对应')),
                ('since', models.DateField(verbose_name='自哪天起用')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='修改时间')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='修改人')),
            ],
            options={
                'verbose_name': '报送格式',
                'verbose_name_plural': '报送格式',
                'ordering': ['code', '-version'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.UniqueConstraint(fields=('bureau', 'code'), name='receiver_code_once'),
        ),
        migrations.AddIndex(
            model_name='handedrow',
            index=models.Index(fields=['receiver', 'status', 'id'], name='handed_row_turn'),
        ),
        migrations.AddConstraint(
            model_name='handedrow',
            constraint=models.UniqueConstraint(fields=('receiver', 'shape', 'thing', 'number'), name='handed_row_once'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('receiver', 'number'), name='batch_once'),
        ),
        migrations.AddConstraint(
            model_name='shape',
            constraint=models.UniqueConstraint(fields=('bureau', 'code', 'version'), name='shape_version_once'),
        ),
    ]
